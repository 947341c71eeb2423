using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>What is written in topics, beside whoever holds the rows of members: on SQLite there is one writer.</summary>
[OnBothDatabases]
public sealed class PostingLockTests(TestHost host)
{
    [Theory]
    [InlineData("ben")]
    [InlineData("anna")]
    [InlineData("carla")]
    public async Task A_reply_waits_for_who_erases_its_author_whom_it_answers_or_mentions_without_holding_the_topic(string erased)
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite has one writer.");
        var site = await host.NewSite();
        var (anna, ben, carla) = (await site.SignIn("anna"), await site.Reader("ben"), await site.Reader("carla"));
        var topic = Conversation.Id(await anna.Start("general", "Held"));
        var id = (await site.Reader(erased)).Id!.Value;
        var reply = Task.FromResult<Published?>(null);
        await site.Db(async db =>
        {
            await using var change = await db.Change<Member>(id);
            reply = site.With((PublishPost p) => p.Reply(ben, topic, 1, null, $"Now, @{carla.Name}", Guid.NewGuid(), default));
            await TestSite.Until(
                async () => await db.Database.SqlQuery<bool>(
                    $"""
                    SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))) AS "Value"
                    """).SingleAsync(),
                "the reply waits for the member");
            // As erasing and merging do, with the member's lock. Whoever held the topic would wait for us, and we for them.
            await db.Topics.Where(t => t.Id == topic).ExecuteUpdateAsync(s => s.SetProperty(t => t.LastPostBy, (long?)null));
            await change.Commit();
            return 0;
        });
        Assert.Equal(2, (await reply)!.Number);
        var mentioned = await site.Db(db => db.PostMentions.Where(m => m.Post.TopicId == topic).Select(m => m.MemberId).ToListAsync());
        Assert.Equal([carla.Id!.Value], mentioned);
    }

    /// <summary>A topic that Ben began and Carla and Ben answered, and one that Carla began, where Carla answered.</summary>
    sealed record Place(TestSite Site, long Topic, long Carlas, Reader Carla, Reader Ben, Reader Mod, long Thing)
    {
        public string Mention => $"Now, @{Carla.Name}";
    }

    /// <summary>Acts that lock a topic and then write rows that refer to Carla, and what has to be there before.</summary>
    static readonly Dictionary<string, (Func<Place, Task> Do, Func<SiteDb, Place, object>? Before)> acts = new()
    {
        ["an edit that mentions"] = (p => p.Site.With((ChangePost c) => c.Edit(p.Ben, p.Topic, 3, null, p.Mention, null, default)), null),
        ["deleting the last post"] = (p => p.Site.With((ChangePost c) => c.Delete(p.Ben, p.Topic, 3, default)), null),
        ["a correction that mentions"] = (p => p.Site.With((CorrectPost c) =>
            c.Edit(p.Mod, p.Topic, 3, null, p.Mention, "Names", null, default)), null),
        ["hiding the last post"] = (p => p.Site.With((Moderate m) => m.HidePost(p.Mod, p.Topic, 3, "", default)), null),
        ["pinning"] = (p => p.Site.With((Moderate m) => m.Pin(p.Mod, p.Carlas, true, default)), null),
        ["moving"] = (p => p.Site.With((Moderate m) => m.Move(p.Mod, p.Carlas, "news", default)), null),
        ["dismissing a report"] = (p => p.Site.With((Moderate m) => m.Dismiss(p.Mod, p.Thing, default)), (db, p) =>
            new Report { PostId = db.Posts.First(o => o.TopicId == p.Topic && o.Number == 2).Id, Reason = "So", At = db.Now }),
        ["approving an edit that mentions"] = (p => p.Site.With((DecideQueue q) => q.Approve(p.Mod, p.Thing, 0, null, null, default)),
            (db, p) => new QueueEntry
            {
                PostId = db.Posts.First(o => o.TopicId == p.Topic && o.Number == 3).Id,
                IsEdit = true,
                Text = p.Mention,
                Since = db.Now,
            }),
        ["splitting"] = (p => p.Site.With((SplitTopic s) => s.Branch(p.Mod, p.Topic, 2, "Apart", default)), null),
        ["merging"] = (p => p.Site.With((MergeTopics m) => m.Of(p.Mod, p.Topic, p.Carlas, default)), null),
        ["ending a poll"] = (p => p.Site.With((SavePoll s) => s.Close(p.Mod, p.Carlas, true, default)), (db, p) =>
            new Poll { TopicId = p.Carlas, Question = "Which?", Options = "One\nTwo", MadeAt = db.Now }),
        ["clearing what another wrote"] = (Clear, (db, p) => Begun(db, p, p.Ben)),
        ["clearing what she wrote"] = (Clear, (db, p) => Begun(db, p, p.Carla)),
    };

    static Task Clear(Place place) => place.Site.With((IServiceProvider s) =>
        ActivatorUtilities.CreateInstance<ClearingWork>(s).Next(new RunClearing(place.Thing), false, default));

    static Clearing Begun(SiteDb db, Place place, Reader of) =>
        new() { FormKey = Guid.NewGuid(), MemberId = of.Id, StartedBy = place.Mod.Id, At = db.Now, LastId = long.MaxValue };

    public static TheoryData<string> Acts => [.. acts.Keys];

    [Theory]
    [MemberData(nameof(Acts))]
    public async Task Whoever_writes_in_a_topic_waits_for_who_erases_a_member_without_holding_the_topic(string name)
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite has one writer.");
        var site = await host.NewSite();
        var (ben, carla) = (await site.Reader("ben"), await site.Reader("carla"));
        // Not through pages: what they have shown is noted after them, and would wait for the member too.
        var topic = await Start(site, ben, "Ben's");
        await Reply(site, carla, topic, "Second");
        await Reply(site, ben, topic, "Third");
        var carlas = await Start(site, carla, "Carla's");
        await Reply(site, carla, carlas, "Second");
        var place = new Place(site, topic, carlas, carla, ben, await site.Reader("mod"), 0);
        var (act, before) = acts[name];
        if (before is not null)
            place = place with
            {
                Thing = await site.Db(async db =>
                {
                    var row = db.Add(before(db, place));
                    await db.SaveChangesAsync();
                    return (long)row.Property("Id").CurrentValue!;
                }),
            };
        // Whoever tells of the posts refers to the member, too.
        await site.EventsRead();
        await Beside(site, place.Carla, [place.Topic, place.Carlas], () => act(place));
    }

    [Fact]
    public async Task An_import_and_its_undoing_wait_for_who_erases_a_member_without_holding_the_topic()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite has one writer.");
        var site = await host.NewSite();
        var (admin, carla) = (await site.SignIn("admin"), await site.Reader("carla"));
        const string from = "Carla <carla@example.com>";
        var first = await BoardImports.Import(site, admin, BoardImports.Mail("a@x", "Old", "One"));
        var topic = (await BoardImports.Posts(site, first.Id)).Single().TopicId;
        var second = await BoardImports.Check(
            site, admin, BoardImports.Mail("b@x", "Re: Old", "Two", from, "a@x", "Tue, 06 Jan 2009 10:00:00 +0900"), members: true);
        await Beside(site, carla, [topic], () => BoardImports.Press(site, admin, second.Id, "run", BoardImportState.Done));
        Assert.Equal(carla.Id, (await BoardImports.Posts(site, second.Id)).Single().AuthorId);
        var third = await BoardImports.Import(
            site, admin, BoardImports.Mail("c@x", "Re: Old", "Three", answers: "b@x", date: "Wed, 07 Jan 2009 10:00:00 +0900"));
        await Beside(site, carla, [topic], () => BoardImports.Press(site, admin, third.Id, "undo", BoardImportState.Undone));
        Assert.Equal(carla.Id, await site.Db(db => db.Topics.Where(t => t.Id == topic).Select(t => t.LastPostBy).SingleAsync()));
    }

    static async Task<long> Start(TestSite site, Reader author, string title) =>
        (await site.With((PublishPost p) => p.StartTopic(author, "general", title, "First", Guid.NewGuid(), default)))!.TopicId;

    static Task Reply(TestSite site, Reader author, long topic, string text) =>
        site.With((PublishPost p) => p.Reply(author, topic, 1, null, text, Guid.NewGuid(), default));

    /// <summary>
    /// Holds a member as erasing and merging do, and, once the act waits, takes what these take: who waits must not have it.
    /// </summary>
    static async Task Beside(TestSite site, Reader member, long[] topics, Func<Task> act)
    {
        var done = Task.CompletedTask;
        await site.Db(async db =>
        {
            await using var change = await db.Change<Member>(member.Id!.Value);
            done = act();
            await TestSite.Until(
                async () => done.IsFaulted || await db.Database.SqlQuery<bool>(
                    $"""
                    SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))) AS "Value"
                    """).SingleAsync(),
                "the act waits for the member");
            await db.Database.ExecuteSqlAsync($"SELECT id FROM topics WHERE id = ANY({topics}) ORDER BY id FOR NO KEY UPDATE NOWAIT");
            await db.Database.ExecuteSqlAsync($"SELECT id FROM clearings WHERE member_id = {member.Id} FOR NO KEY UPDATE NOWAIT");
            await change.Commit();
            return 0;
        });
        await done;
    }
}
