using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

/// <summary>The log of a site and those who read it, on a clock of its own.</summary>
[OnBothDatabases]
public sealed class EventTests(EventHost queue) : IClassFixture<EventHost>
{
    static long next = 1_000_000;

    TestHost Host => queue.Host;
    static long NewPost() => Interlocked.Increment(ref next);

    [Fact]
    public async Task What_members_and_staff_do_stands_in_the_log_with_who_did_it()
    {
        var site = await Host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "A topic");
        await anna.Reply(topic, "An answer");
        var mod = await site.SignIn("mod");
        await mod.Submit($"{topic}/posts/2/hide", new() { ["Reason"] = "Off topic" });
        var (annaId, modId) = await site.Db(async db => (
            await db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync(),
            await db.Members.Where(m => m.Email == "mod@example.com").Select(m => m.Id).SingleAsync()));
        var log = await site.Db(db => db.Events.AsNoTracking().OrderBy(e => e.Seq).ToListAsync());
        Assert.Equal(
            [("boards.post-published", annaId), ("boards.post-published", annaId), ("boards.post-hidden", modId)],
            log.ConvertAll(e => (e.Type, e.Actor!.Value))
        );
        var reply = Assert.IsType<PostPublished>(Host.Services.GetRequiredService<EventList>().Read(log[1]).Event);
        Assert.Equal((2, 1, annaId), (reply.Number, reply.ParentNumber, reply.AuthorId));
        Assert.DoesNotContain(log, e => e.Data.Contains("Off topic") || e.Data.Contains("answer"));
    }

    [Fact]
    public async Task A_change_that_is_not_committed_publishes_nothing()
    {
        var site = await Host.NewSite();
        await site.Db(async db =>
        {
            await using (await db.Change())
            {
                db.Publish(EventHost.Post(NewPost()));
                await db.SaveChangesAsync();
            }
            return 0;
        });
        var kept = NewPost();
        await EventHost.Publish(site, kept);
        await TestSite.Until(() => Task.FromResult(HearPosts.Of(site).Contains(kept)), "the next one is read");
        Assert.Equal([kept], HearPosts.Of(site));
    }

    [Fact]
    public async Task Ids_that_the_database_gives_are_in_the_event()
    {
        var site = await Host.NewSite();
        var id = await site.Db(async db =>
        {
            var group = new Group { Key = "tea", Name = "Tea", CreatedAt = Host.Clock.Now };
            db.Groups.Add(group);
            db.Publish(() => new GroupCreated(group.Id));
            await db.SaveChangesAsync();
            return group.Id;
        });
        var row = await site.Db(db => db.Events.AsNoTracking().SingleAsync(e => e.Type == "members.group-created"));
        Assert.Equal(new GroupCreated(id), Host.Services.GetRequiredService<EventList>().Read(row).Event);
    }

    [Fact]
    public async Task A_handler_reads_each_event_once_and_in_order_and_many_together()
    {
        var site = await Host.NewSite();
        var gate = HearPosts.Gates[site.Site.Key] = new();
        var posts = Enumerable.Range(0, 30).Select(_ => NewPost()).ToArray();
        await EventHost.Publish(site, posts[0]);
        await TestSite.Until(() => Task.FromResult(HearPosts.Running.GetValueOrDefault(site.Site.Key) == 1), "it handles the first");
        gate.SetResult();
        foreach (var post in posts[1..]) await EventHost.Publish(site, post);
        await TestSite.Until(() => Task.FromResult(HearPosts.Of(site).Count >= posts.Length), "all are read");
        await EventHost.Read(site);
        Assert.Equal(posts, HearPosts.Of(site));
        Assert.True(HearPosts.Heard.Any(h => h.Site == site.Site.Key && h.Together > 1), "Many that wait are handled together.");
    }

    [Fact]
    public async Task A_handler_that_fails_waits_at_its_event_and_the_others_go_on()
    {
        var site = await Host.NewSite();
        var (before, bad, after) = (NewPost(), NewPost(), NewPost());
        HearPosts.Failing[bad] = true;
        await EventHost.Publish(site, before, bad, after);
        await TestSite.Until(async () => await EventHost.Cursor(site) is { Attempts: 1 }, "it failed");
        var cursor = await EventHost.Cursor(site);
        // Of the batch only what cannot be handled waits, and what comes behind it.
        Assert.Equal([before], HearPosts.Of(site));
        Assert.Equal("Told to fail.", cursor!.Error);
        var last = await site.Db(db => db.Events.MaxAsync(e => e.Seq));
        Assert.Equal(last - 2, cursor.Seq);
        await TestSite.Until(async () => (await EventHost.Cursor(site, "boards.counters"))!.Seq == last, "others go on");
        Host.Clock.Advance(TimeSpan.FromSeconds(31));
        await TestSite.Until(async () => await EventHost.Cursor(site) is { Attempts: 2 }, "it failed again");
        HearPosts.Failing.TryRemove(bad, out _);
        Host.Clock.Advance(TimeSpan.FromSeconds(31));
        await EventHost.Read(site);
        Assert.Equal([before, bad, after], HearPosts.Of(site));
        Assert.Equal((0, null), ((await EventHost.Cursor(site))!.Attempts, (await EventHost.Cursor(site))!.Error));
    }

    [Fact]
    public async Task What_a_handler_writes_is_written_once_for_each_event()
    {
        var site = await Host.NewSite();
        var posts = Enumerable.Range(0, 5).Select(_ => NewPost()).ToArray();
        HearPosts.Failing[posts[3]] = true;
        foreach (var post in posts) await EventHost.Publish(site, post);
        await TestSite.Until(async () => await EventHost.Cursor(site) is { Attempts: 1 }, "it failed");
        HearPosts.Failing.TryRemove(posts[3], out _);
        Host.Clock.Advance(TimeSpan.FromSeconds(31));
        await EventHost.Read(site);
        Assert.Equal(posts, await Written(site));
    }

    [Fact]
    public async Task A_handler_is_rebuilt_from_the_oldest_event_by_a_command()
    {
        var site = await Host.NewSite();
        var posts = new[] { NewPost(), NewPost() };
        await EventHost.Publish(site, posts);
        await EventHost.Read(site);
        await site.Db(db => db.Boards.ExecuteUpdateAsync(s => s.SetProperty(b => b.PostCount, 77)));
        foreach (var handler in new[] { EventHost.Name, "boards.counters" })
            Assert.True(await site.With((EventHandlers h) => h.Rebuild(handler, default)));
        await EventHost.Read(site);
        Assert.Equal([.. posts, .. posts], HearPosts.Of(site));
        Assert.Equal(posts, await Written(site));
        Assert.True(await site.Db(db => db.Boards.AllAsync(b => b.PostCount == 0)));
        Assert.False(await site.With((EventHandlers h) => h.Rebuild("no.such", default)));
        var status = (await site.With((EventHandlers h) => h.Status(default))).Single(h => h.Name == EventHost.Name);
        Assert.Equal((0, 0), (status.Lag, status.Attempts));
    }

    [Fact]
    public async Task Old_events_are_removed_when_every_handler_has_read_them()
    {
        var site = await Host.NewSite();
        var (old, stuck) = (NewPost(), NewPost());
        HearPosts.Failing[stuck] = true;
        await EventHost.Publish(site, old);
        await EventHost.Read(site);
        await EventHost.Publish(site, stuck);
        await TestSite.Until(async () => await EventHost.Cursor(site) is { Attempts: 1 }, "it is stuck");
        await site.Db(db => db.Events.ExecuteUpdateAsync(s => s.SetProperty(e => e.At, Host.Clock.Now.AddDays(-91))));
        await Forget(site);
        Assert.Equal(1, await site.Db(db => db.Events.CountAsync()));
        HearPosts.Failing.TryRemove(stuck, out _);
        Host.Clock.Advance(TimeSpan.FromSeconds(31));
        await EventHost.Read(site);
        await Forget(site);
        Assert.Equal(0, await site.Db(db => db.Events.CountAsync()));
        // Numbers are never given twice: a cursor stands behind all that was ever read.
        var after = NewPost();
        await EventHost.Publish(site, after);
        await TestSite.Until(() => Task.FromResult(HearPosts.Of(site).Contains(after)), "the next one is read");
    }

    [Fact]
    public async Task A_handler_of_a_module_that_is_off_neither_runs_nor_keeps_events()
    {
        var events = new EventList();
        events.Add<PostPublished>("boards.post-published");
        events.Handle<CountBoard>("boards.counters", EventStart.Oldest, typeof(PostPublished));
        var modules = Host.Services.GetRequiredService<ModuleList>();
        var site = (await Host.NewSite()).Site;
        Assert.Single(EventRunner.Active(events, modules, site));
        Assert.Empty(EventRunner.Active(events, modules, site with { Features = new HashSet<string>() }));
    }

    /// <summary>
    /// The trap of numbers that are drawn before the commit: whoever reads "everything behind my cursor" passes 6 by when 7 is
    /// committed first.
    /// </summary>
    [Fact]
    public async Task An_event_that_commits_late_is_not_skipped()
    {
        if (!TestHost.OnPostgreSql) Assert.Skip("On SQLite numbers are given under the write lock.");
        var site = await Host.NewSite();
        var (first, late, early) = (NewPost(), NewPost(), NewPost());
        await EventHost.Publish(site, first);
        await EventHost.Read(site);
        var written = new TaskCompletionSource();
        var commit = new TaskCompletionSource();
        var slow = Task.Run(() => site.Db(async db =>
        {
            await using var change = await db.Change();
            db.Publish(EventHost.Post(late));
            await db.SaveChangesAsync();
            written.SetResult();
            await commit.Task;
            return await change.Commit();
        }));
        await written.Task;
        await EventHost.Publish(site, early);
        var cursor = (await EventHost.Cursor(site))!.Seq;
        // What a naive reader sees: the later number alone.
        Assert.Equal(cursor + 2, await site.Db(db => db.Events.Where(e => e.Seq > cursor).MinAsync(e => e.Seq)));
        var log = Host.Services.GetRequiredService<EventLog>();
        var (rows, blocked) = await site.Db(db => log.Read(db, cursor, 100, default));
        Assert.Equal((0, true), (rows.Count, blocked));
        commit.SetResult();
        await slow;
        await EventHost.Read(site);
        Assert.Equal([first, late, early], HearPosts.Of(site));
    }

    [Fact]
    public async Task A_number_that_was_rolled_back_holds_up_nobody()
    {
        if (!TestHost.OnPostgreSql) Assert.Skip("On SQLite numbers have no gaps.");
        var site = await Host.NewSite();
        await EventHost.Publish(site, NewPost());
        await EventHost.Read(site);
        await site.Db(async db =>
        {
            await using (await db.Change())
            {
                db.Publish(EventHost.Post(NewPost()));
                await db.SaveChangesAsync();
            }
            return 0;
        });
        var after = NewPost();
        await EventHost.Publish(site, after);
        var cursor = (await EventHost.Cursor(site))!.Seq;
        Assert.False(await site.Db(db => db.Events.AnyAsync(e => e.Seq == cursor + 1)));
        await EventHost.Read(site);
        Assert.Equal(after, HearPosts.Of(site)[^1]);
    }

    [Fact]
    public async Task Many_writers_at_once_and_no_event_is_lost_or_read_twice()
    {
        var site = await Host.NewSite();
        var posts = Enumerable.Range(0, 200).Select(_ => NewPost()).ToArray();
        await Parallel.ForEachAsync(posts, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (post, _) =>
        {
            // Every fifth change draws a number and gives it up.
            if (post % 5 == 0)
                await site.Db(async db =>
                {
                    await using (await db.Change())
                    {
                        db.Publish(EventHost.Post(-post));
                        await db.SaveChangesAsync();
                    }
                    return 0;
                });
            await EventHost.Publish(site, post);
        });
        await TestSite.Until(() => Task.FromResult(HearPosts.Of(site).Count >= posts.Length), "all are read");
        await EventHost.Read(site);
        Assert.Equal(posts.Order(), HearPosts.Of(site).Order());
    }

    [Fact]
    public async Task Two_nodes_never_run_one_handler_of_a_site_at_once()
    {
        if (!TestHost.OnPostgreSql) Assert.Skip("SQLite is for one node.");
        var site = await Host.NewSite();
        await using var other = await TestHost.Start(new() { ["Community:Data"] = Host.Data, ["Community:Database"] = Host.Database });
        EventHost.Listen(other);
        var gate = HearPosts.Gates[site.Site.Key] = new();
        var (first, second) = (NewPost(), NewPost());
        await EventHost.Publish(site, first);
        await TestSite.Until(() => Task.FromResult(HearPosts.Running.GetValueOrDefault(site.Site.Key) == 1), "one of them runs it");
        // Its lease runs out as if its process had slept: the other node leases the site, and finds the cursor locked.
        await using (var catalogue = Host.Services.GetRequiredService<Databases>().OpenCatalogue())
            await catalogue.Work.Where(w => w.SiteId == site.Site.Id && w.Queue == SiteQueues.Work)
                .ExecuteUpdateAsync(s => s
                    .SetProperty(w => w.LeaseUntil, Host.Clock.Now.AddMinutes(-1))
                    .SetProperty(w => w.NextAt, Host.Clock.Now.AddMinutes(-1)));
        await EventHost.Publish(site, second);
        await TestSite.Until(
            () => site.Db(db => db.Database.SqlQuery<bool>(
                $"""
                SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()) AS "Value"
                """
            ).SingleAsync()),
            "the other waits for the cursor"
        );
        gate.SetResult();
        await TestSite.Until(() => Task.FromResult(HearPosts.Of(site).Count >= 2), "both are read");
        await EventHost.Read(site);
        Assert.Equal([first, second], HearPosts.Of(site));
        Assert.DoesNotContain(site.Site.Key, HearPosts.RanTwiceAtOnce);
    }

    static async Task<List<long>> Written(TestSite site) =>
        [
            .. (await site.Db(db => db.Audit.Where(a => a.Action == "test.heard").OrderBy(a => a.Id).Select(a => a.Purpose).ToListAsync()))
                .SelectMany(p => p.Split(' '))
                .Select(long.Parse),
        ];

    static Task Forget(TestSite site) =>
        site.With(async (IServiceProvider s) =>
        {
            await ActivatorUtilities.CreateInstance<ForgetEvents>(s).Handle(new Tick(), default);
            return 0;
        });
}
