using Community.Boards;
using Community.Members;
using Community.Statistics;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Statistics;

/// <summary>The counters: right after every act, counted once, made anew, checked, by the site's days.</summary>
[OnBothDatabases]
public sealed class CountingTests(TestHost host)
{
    static Task<TestSite> NewSite(TestHost host, string zone = "Asia/Tokyo") =>
        host.NewSite(r =>
        {
            r["features"]!.AsArray().Add("Statistics");
            r["timeZone"] = zone;
        });

    /// <summary>Reads the log, and counts the marked days at once instead of in a minute.</summary>
    static async Task Counted(TestSite site)
    {
        do await site.EventsRead();
        while (await Jobs(site) > 0);
        while (await site.With<CountDays, bool>(c => c.Next(default))) { }
    }

    static async Task<int> Jobs(TestSite site)
    {
        var jobs = await site.Db(db => db.Work.Where(w => w.Handler.StartsWith("statistics.mark")).CountAsync());
        if (jobs > 0) await Task.Delay(50);
        return jobs;
    }

    static async Task<(int Posts, int Topics, int Unanswered)> Totals(TestSite site)
    {
        await Counted(site);
        Assert.Equal([], await Problems(site));
        return await site.Db(async db =>
        {
            var days = await db.BoardDays.ToListAsync();
            return (days.Sum(d => d.Posts), days.Sum(d => d.Topics), days.Sum(d => d.Unanswered));
        });
    }

    static Task<List<string>> Problems(TestSite site) => site.Db(async db =>
    {
        List<string> found = [];
        await foreach (var problem in new CheckStatistics(db).Problems(default)) found.Add(problem);
        return found;
    });

    static async Task<(int Code, string Said)> Command(TestSite site, string name)
    {
        var said = new StringWriter();
        var command = new StatisticsModule().Commands.All.Single(c => c.Name == name);
        var code = await command.Run(new(site.Host.Services.GetRequiredService<SiteScopes>(), site.Site, [], said, default));
        return (code, said.ToString().Trim());
    }

    [Fact]
    public async Task After_every_act_the_counters_say_what_the_posts_say()
    {
        var site = await NewSite(host);
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Mugs");
        await anna.Reply(topic, "Nobody?");
        Assert.Equal((2, 1, 1), await Totals(site));
        await ben.Reply(topic, "Here");
        Assert.Equal((3, 1, 0), await Totals(site));
        await mod.Submit($"{topic}/posts/3/hide", new() { ["reason"] = "Spam" });
        Assert.Equal((2, 1, 1), await Totals(site));
        Func<Func<Moderate, Task<bool>>, Task<bool>> moderate = site.With;
        var moderator = await site.Reader("mod");
        await moderate(m => m.RestorePost(moderator, Conversation.Id(topic), 3, default));
        Assert.Equal((3, 1, 0), await Totals(site));
        await ben.Submit($"{topic}/posts/3/delete", [], "form:has(button.danger)");
        Assert.Equal((2, 1, 1), await Totals(site));
        await ben.Reply(topic, "Again");
        await moderate(m => m.Move(moderator, Conversation.Id(topic), "lounge", default));
        Assert.Equal((3, 1, 0), await Totals(site));
        var lounge = await site.Db(db => db.Boards.Where(b => b.Key == "lounge").Select(b => b.Id).SingleAsync());
        Assert.Equal([lounge], await site.Db(db => db.BoardDays.Select(d => d.BoardId).Distinct().ToListAsync()));
        await site.With<SplitTopic, Place?>(s => s.Branch(moderator, Conversation.Id(topic), 4, "Split", default));
        Assert.Equal((3, 2, 2), await Totals(site));
        var other = await site.Db(db => db.Topics.MaxAsync(t => t.Id));
        await site.With<MergeTopics, Place?>(m => m.Of(moderator, Conversation.Id(topic), other, default));
        Assert.Equal((3, 1, 0), await Totals(site));
        await moderate(m => m.HideTopic(moderator, Conversation.Id(topic), "Off", default));
        Assert.Equal((0, 0, 0), await Totals(site));
        await moderate(m => m.RestoreTopic(moderator, Conversation.Id(topic), default));
        Assert.Equal((3, 1, 0), await Totals(site));
    }

    [Fact]
    public async Task An_archive_is_counted_on_its_days_and_no_longer_when_it_is_taken_back()
    {
        var site = await NewSite(host);
        var admin = await site.SignIn("admin");
        Assert.Equal((0, 0, 0), await Totals(site));
        var import = await BoardImports.Import(site, admin,
            BoardImports.Mail("1", "Stoves", "Which?")
            + BoardImports.Mail("2", "Re: Stoves", "This one.", "Momo <momo@list.example>", "1", "Wed, 07 Jan 2009 10:00:00 +0900")
            + BoardImports.Mail("3", "Alone", "Nobody?", date: "Wed, 07 Jan 2009 12:00:00 +0900")
            + BoardImports.Mail("4", "Re: Alone", "Still me.", answers: "3", date: "Thu, 08 Jan 2009 12:00:00 +0900"));
        Assert.Equal((4, 2, 1), await Totals(site));
        var opened = await site.Db(db => db.TopicDays.Where(t => t.Opens).OrderBy(t => t.Day).Select(t => new { t.Day, t.AnsweredAfter })
            .ToListAsync());
        Assert.Equal([(new DateOnly(2009, 1, 5), 172_800L), (new DateOnly(2009, 1, 7), (long?)null)],
            opened.Select(t => (t.Day, t.AnsweredAfter)));
        await BoardImports.Press(site, admin, import.Id, "undo", BoardImportState.Undone);
        Assert.Equal((0, 0, 0), await Totals(site));
    }

    [Fact]
    public async Task A_post_that_waits_is_counted_when_it_is_approved()
    {
        var site = await NewSite(host);
        await site.Db(db => db.Boards.ExecuteUpdateAsync(s => s.SetProperty(b => b.Hold, Hold.Everything)));
        var anna = await site.SignIn("anna");
        await anna.Submit("/boards/general/new", new() { ["title"] = "Mugs", ["text"] = "Words" });
        Assert.Equal((0, 0, 0), await Totals(site));
        var (entry, moderator) = (await site.Db(db => db.QueueEntries.SingleAsync()), await site.Reader("mod"));
        await site.With<DecideQueue, Decided>(q => q.Approve(moderator, entry.Id, entry.Version, null, null, default));
        Assert.Equal((1, 1, 1), await Totals(site));
    }

    [Fact]
    public async Task Events_handled_again_and_days_counted_by_several_at_once_change_nothing()
    {
        var site = await NewSite(host);
        var (anna, admin) = (await site.SignIn("anna"), await site.Reader("admin"));
        await anna.Start("general", "Mugs");
        var stranger = await site.Db(db => db.Members.Where(m => m.Email == "new@example.com").Select(m => m.Id).SingleAsync());
        Assert.True(await site.With<Registration, bool>(r => r.ConfirmByStaff(admin, stranger)));
        var before = (await Totals(site), await Members(site));
        foreach (var handler in new[] { CountMembers.Handler, "statistics.posts" })
            Assert.True(await site.With<EventHandlers, bool>(h => h.Rebuild(handler, default)));
        await site.EventsRead();
        await Task.WhenAll(Count(), Count(), Count());
        Assert.Equal(before, (await Totals(site), await Members(site)));

        async Task Count()
        {
            while (await site.With<CountDays, bool>(c => c.Next(default))) { }
        }
    }

    /// <summary>Joined, left, came back.</summary>
    static async Task<(int, int, int)> Members(TestSite site)
    {
        await site.EventsRead();
        return await site.Db(async db =>
        {
            var days = await db.SiteDays.ToListAsync();
            return (days.Sum(d => d.Joined), days.Sum(d => d.Left), days.Sum(d => d.Returned));
        });
    }

    [Fact]
    public async Task Joiners_and_leavers_are_counted_once_and_stay_counted_when_they_are_erased()
    {
        var site = await NewSite(host);
        var admin = await site.Reader("admin");
        var ids = await site.Db(db => db.Members.ToDictionaryAsync(m => m.Email!.Split('@')[0], m => m.Id));
        Assert.True(await site.With<Registration, bool>(r => r.ConfirmByStaff(admin, ids["new"])));
        // The recipe's eight, and the new one.
        Assert.Equal((9, 0, 0), await Members(site));
        // Erased without having left: a leaver. Who had left, and comes back, is none.
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(ids["new"])));
        Assert.Equal((9, 1, 0), await Members(site));
        await Publish(site, new MemberLeaving(ids["ben"]), new MemberLeaving(ids["ben"], EndsMembership: false));
        await Publish(site, new MemberReturned(ids["ben"]));
        Assert.Equal((9, 2, 1), await Members(site));
        await Publish(site, new MembersMerged(ids["anna"], ids["ben"]));
        Assert.Equal((9, 2, 1), await Members(site));
        // The days before the log begins keep what nothing else knows.
        await site.Db(db => db.Events.OrderBy(e => e.Seq).Take(1).ExecuteDeleteAsync());
        Assert.True(await site.With<EventHandlers, bool>(h => h.Rebuild(CountMembers.Handler, default)));
        Assert.Equal((9, 2, 1), await Members(site));
        Assert.Equal([], await Problems(site));
    }

    static Task<int> Publish(TestSite site, params SiteEvent[] events) => site.Db(async db =>
    {
        foreach (var e in events) db.Publish(e);
        return await db.SaveChangesAsync();
    });

    [Fact]
    public async Task Each_member_is_active_once_a_day_a_week_and_a_month_and_only_the_last_day_is_kept()
    {
        var site = await NewSite(host);
        var ids = await site.Db(db => db.Members.OrderBy(m => m.Id).Select(m => m.Id).Take(3).ToListAsync());
        var friday = new DateOnly(2026, 1, 30);
        await Seen(friday, ids[0], ids[1]);
        await Seen(friday, ids[1], ids[1], ids[2], 987654);
        await Seen(friday.AddDays(1), ids[0]);
        // Sunday: the same week, another month.
        await Seen(friday.AddDays(2), ids[0]);
        await Seen(friday.AddDays(3), ids[0]);
        // A clock that was set back.
        await Seen(friday, ids[0]);
        var days = await site.Db(db => db.SiteDays.Where(d => d.Day >= friday && d.Active > 0).OrderBy(d => d.Day)
            .Select(d => new { d.Active, d.ActiveOfWeek, d.ActiveOfMonth }).ToListAsync());
        Assert.Equal([(3, 3, 3), (1, 0, 0), (1, 0, 1), (1, 1, 0)], days.Select(d => (d.Active, d.ActiveOfWeek, d.ActiveOfMonth)));
        var kept = await site.Db(db => db.MemberVisits.SingleAsync(v => v.MemberId == ids[0]));
        Assert.Equal(friday.AddDays(3), kept.Day);

        Task<bool> Seen(DateOnly day, params long[] members) => site.Db(async db =>
        {
            await ActiveMembers.Keep(db, day, [.. members], default);
            return true;
        });
    }

    [Fact]
    public async Task Days_are_those_of_the_site_and_a_rebuild_follows_it_to_another_zone()
    {
        var site = await NewSite(host);
        await (await site.SignIn("anna")).Start("general", "Mugs");
        await Counted(site);
        // 00:30 of the next day in Tokyo.
        var at = new DateTime(2026, 2, 28, 15, 30, 0, DateTimeKind.Utc);
        await site.Db(db => db.Posts.ExecuteUpdateAsync(s => s.SetProperty(p => p.At, at)));
        Assert.NotEqual([], await Problems(site));
        Assert.Equal(0, (await Command(site, "rebuild")).Code);
        Assert.Equal([new DateOnly(2026, 3, 1)], await Days());
        Assert.Equal((0, "The counters agree with posts and members."), await Command(site, "check"));
        // The rebuilding marked the days once more: the host would count them again.
        await Counted(site);
        await site.Db(db => db.BoardDays.ExecuteUpdateAsync(s => s.SetProperty(d => d.Posts, 7)));
        var (code, said) = await Command(site, "check");
        Assert.Equal(1, code);
        Assert.Contains("2026-03-01", said, StringComparison.Ordinal);

        Task<List<DateOnly>> Days() => site.Db(db => db.BoardDays.Select(d => d.Day).ToListAsync());
    }
}
