using Community.Boards;
using Community.Members;
using Community.Notifications;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Notifications;

/// <summary>A word to moderators when something waits, and to reporters and authors when it was decided.</summary>
[OnBothDatabases]
public sealed class ModeratorNoticeTests(TestHost host)
{
    static Task HoldAll(TestSite site) =>
        site.Db(db => db.Boards.Where(b => b.Key == "general").ExecuteUpdateAsync(s => s.SetProperty(b => b.Hold, Hold.Everything)));

    static Task Moderates(TestSite site, string member, string board) => site.Db(async db =>
    {
        db.Add(new MemberPermission
        {
            MemberId = await db.Members.Where(m => m.Email == member + "@example.com").Select(m => m.Id).SingleAsync(),
            Permission = BoardsPermissions.Moderate,
            ThingId = await db.Boards.Where(b => b.Key == board).Select(b => b.Id).SingleAsync(),
        });
        return await db.SaveChangesAsync();
    });

    [Fact]
    public async Task What_waits_is_one_mail_an_hour_for_who_moderates_that_board_without_what_was_decided_meanwhile()
    {
        var site = await host.NewSite();
        await Moderates(site, "anna", "general");
        await Moderates(site, "carla", "inner");
        var (ben, anna, mod) = (await site.SignIn("ben"), await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await (await site.SignIn("admin")).Start("general", "Talk");
        await HoldAll(site);
        for (var i = 0; i < 4; i++) await ben.Reply(topic, $"Waits {i}");
        await ben.Submit(topic + "/posts/1/report", new() { ["reason"] = "Bad" });
        await site.Noticed();
        Assert.Equal("5", await anna.Number());
        Assert.Equal("5", await mod.Number());
        Assert.Equal("0", await (await site.SignIn("carla")).Number());
        // One is decided before the mail is due.
        await mod.Submit("/staff/queue", new() { ["act"] = "approve" }, "article form");
        await site.Noticed();
        Assert.Equal("4", await anna.Number());
        await site.SendMails();
        var mail = Assert.Single(await site.MailsTo("anna"));
        Assert.EndsWith("something waits for a moderator", mail.Subject);
        Assert.Contains("in the queue: 3", mail.Text);
        Assert.Contains("Reported posts that wait for a decision: 1", mail.Text);
        Assert.DoesNotContain("Waits 2", mail.Text);
        Assert.Empty(await site.MailsTo("carla"));
        // The next comes an hour after that at the earliest.
        await ben.Reply(topic, "One more");
        await site.Noticed();
        var (due, done) = await site.Db(async db =>
        {
            var id = await db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync();
            return await db.NoticeMails.Where(m => m.MemberId == id && m.Pace == MailPace.Hourly)
                .Select(m => new ValueTuple<DateTime?, DateTime?>(m.DueAt, m.DoneAt)).SingleAsync();
        });
        Assert.True(due - done >= TimeSpan.FromHours(1), $"{done} {due}");
        // Marked as read, the next is told again.
        await anna.Submit("/notifications", [], "form[action='/notifications/read']");
        Assert.Equal("0", await anna.Number());
        await ben.Reply(topic, "And another");
        await site.Noticed();
        Assert.Equal("1", await anna.Number());
        // Whoever moderates no more is shown nothing.
        await site.Db(db => db.Set<MemberPermission>().ExecuteDeleteAsync());
        Assert.Equal("0", await anna.Number());
        // Settable.
        var settings = await mod.Get("/notifications/settings");
        Assert.NotNull(settings.Document.QuerySelector("select[name=Queue] option[value=Hourly][selected]"));
        Assert.Null((await ben.Get("/notifications/settings")).Document.QuerySelector("select[name=Queue]"));
        await mod.Submit(settings, new() { ["Queue"] = "Never" });
        Assert.Equal(MailPace.Never, await site.Db(db => db.NoticeSettings.Select(s => s.Queue).SingleAsync()));
    }

    [Fact]
    public async Task Who_has_looked_at_a_waiting_post_is_told_when_its_author_changes_it()
    {
        var site = await host.NewSite();
        await Moderates(site, "anna", "general");
        var (ben, anna) = (await site.SignIn("ben"), await site.SignIn("anna"));
        var topic = await (await site.SignIn("admin")).Start("general", "Talk");
        await HoldAll(site);
        await ben.Reply(topic, "Waits");
        await site.Noticed();
        Assert.Equal("1", await anna.Number());
        await site.Db(db => db.Notices.ExecuteUpdateAsync(s => s.SetProperty(n => n.ReadAt, host.Clock.Now)));
        // With the reason to wait and without one.
        foreach (var text in new[] { "Waits, changed", "Waits, changed again" })
        {
            await ben.Submit(topic + "/posts/2/edit", new() { ["title"] = "", ["text"] = text });
            await site.Noticed();
            Assert.Equal("1", await anna.Number());
            await site.Db(db => db.Notices.ExecuteUpdateAsync(s => s.SetProperty(n => n.ReadAt, host.Clock.Now)));
            await site.Db(db => db.Boards.ExecuteUpdateAsync(s => s.SetProperty(b => b.Hold, Hold.None)));
        }
    }

    [Fact]
    public async Task A_watched_word_that_takes_too_long_is_told_once_to_who_moderates_all_boards()
    {
        var site = await host.NewSite();
        await Moderates(site, "anna", "general");
        await (await site.SignIn("ben")).Start("general", "Slow");
        await site.Db(async db =>
        {
            var word = new WatchedWord { Text = "(a+)+$", FailedAt = db.Now };
            db.Add(word);
            await using var change = await db.Change();
            foreach (var _ in "ab") db.Publish(new WatchedWordFailed(1));
            return await change.Commit();
        });
        await site.Noticed();
        Assert.Equal(["A watched word takes too long"], await (await site.SignIn("mod")).News());
        Assert.Equal("0", await (await site.SignIn("anna")).Number());
    }

    [Fact]
    public async Task The_reporter_is_told_the_outcome_and_the_author_what_was_done_and_why()
    {
        var site = await host.NewSite();
        var (ben, anna, mod) = (await site.SignIn("ben"), await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await ben.Start("general", "Reported", "Words");
        // A reason of the site's list is enough; the list is the same in both languages; twice reported is one.
        var form = await anna.Get(topic + "/posts/1/report");
        var first = form.Document.QuerySelector("[name=category]")!.GetAttribute("value")!;
        Assert.Equal("Spam or advertising", first);
        var empty = await anna.Submit(form, new() { ["reason"] = "" }, "form:has([name=category])");
        Assert.NotNull(empty.Document.QuerySelector("#reason-error"));
        foreach (var _ in "ab")
            await anna.Submit(topic + "/posts/1/report", new() { ["category"] = first }, "form:has([name=category])");
        Assert.Equal(first, await site.Db(db => db.Reports.Select(r => r.Category).SingleAsync()));
        Assert.Contains("迷惑な宣伝", (await anna.Get($"/language/ja?back={topic}/posts/1/report")).Text);
        await anna.Get("/language/en");
        Assert.Contains(first, (await mod.Get("/staff/reports?board=general")).Text);
        Assert.DoesNotContain(first, (await mod.Get("/staff/reports?board=inner")).Document.QuerySelector("main")!.TextContent);
        await mod.Submit("/staff/reports", [], "form[action$='/dismiss']");
        await site.Noticed();
        Assert.Equal(["Your report was looked at: nothing needed to be done"], await anna.News());
        Assert.Equal("0", await ben.Number());
        // Decided anew, told anew.
        var id = await site.Db(db => db.Reports.Select(r => r.Id).SingleAsync());
        await mod.Submit("/staff/reports?state=handled", [], "form[action$='/reopen']");
        await mod.Submit(topic + "/posts/1/hide", new() { ["reason"] = "Advertising" });
        await site.Noticed();
        Assert.Equal(["Your report was looked at: something was done about it"], await anna.News());
        Assert.Equal(["A moderator has hidden or refused your post"], await ben.News());
        Assert.Contains("Advertising", (await ben.Get("/notifications")).Text);
        await site.SendMails();
        Assert.Contains("you think that it is a mistake", Assert.Single(await site.MailsTo("ben")).Text);
        // Shown again: nothing is left to tell.
        await mod.Submit(topic, [], "form[action$='/posts/1/restore']");
        await site.Noticed();
        Assert.Equal("0", await ben.Number());
        // A topic hidden as a whole has no page for its author: the list says why.
        await mod.Submit(topic + "/hide", new() { ["reason"] = "All of it" });
        await site.Noticed();
        var news = await ben.Get("/notifications");
        Assert.Contains("All of it", news.Text);
        var opened = await ben.Get(news.Document.QuerySelector(".notices li.unread > a")!.GetAttribute("href")!);
        Assert.Equal("/notifications", opened.Url.AbsolutePath);
    }

    [Fact]
    public async Task Whose_posts_are_all_hidden_at_once_is_not_told_of_each()
    {
        var site = await host.NewSite();
        var (ben, mod) = (await site.SignIn("ben"), await site.Reader("mod"));
        var topic = await ben.Start("general", "Spam");
        await ben.Reply(topic, "More spam");
        var id = await site.MemberId("ben");
        await site.With((ClearPosts c) => c.Begin(mod, Guid.NewGuid(), id, "Spam", false, default));
        await TestSite.Until(() => site.Db(db => db.Clearings.AnyAsync(c => c.State == ClearingState.Done)), "it is done");
        await site.Noticed();
        Assert.Equal("0", await ben.Number());
    }

    [Theory]
    [InlineData("report_id = 7", "report_id")]
    [InlineData("group_id = 7 AND requester_id = 8", "group_id")]
    public async Task What_was_told_of_a_report_or_a_request_is_found_by_an_index(string which, string index)
    {
        var plan = await Plan.Of(await host.NewSite(), "DELETE FROM notices WHERE " + which);
        Assert.Contains("ix_notices_" + index, plan, StringComparison.OrdinalIgnoreCase);
    }
}
