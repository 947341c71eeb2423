using System.Net;
using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Warnings, silences and suspensions: each ends by itself, asked by the time at each act.</summary>
[OnBothDatabases]
public sealed class MeasureTests
{
    /// <summary>A host of its own: these tests move the clock.</summary>
    static async Task<(TestHost Host, TestSite Site)> Own()
    {
        var host = await TestHost.Start();
        return (host, await host.NewSite());
    }

    static async Task<Page> Take(TestSite site, Visitor staff, string member, string kind, string days, string reason) =>
        await staff.Submit($"/staff/members/{(await site.Reader(member)).Id}/measure", new()
        {
            ["kind"] = kind,
            ["days"] = days,
            ["reason"] = reason,
        }, "form:has([name=days])");

    [Fact]
    public async Task A_warning_is_read_before_writing_on_and_a_silence_ends_by_itself()
    {
        var (host, site) = await Own();
        await using var _ = host;
        var (ben, mod) = (await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await ben.Start("general", "Talk", "First words");
        var form = await ben.Get(topic + "/reply?to=1");
        // Names the field, keeps what was typed.
        var refused = await Take(site, mod, "ben", "Warning", "", "");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.NotNull(refused.Document.QuerySelector("#reason-error"));
        Assert.NotNull(refused.Document.QuerySelector("[name=kind][value=Warning][checked]"));
        Assert.Contains("Warned", (await Take(site, mod, "ben", "Warning", "", "No insults, please")).Text);
        // On every page, and by mail; the form that was open is not taken, and its text is not lost.
        Assert.Contains("No insults, please", (await ben.Get("/")).Text);
        Assert.Contains("No insults, please", await Mail(site, "members.warned"));
        var told = await ben.Submit(form, new() { ["text"] = "Written meanwhile" });
        Assert.Contains("read the warning", told.Text);
        Assert.Contains("Written meanwhile", told.Html);
        foreach (var act in Writes(site, topic))
            Assert.Equal("measures.hindered.warned", (await Assert.ThrowsAsync<Refused>(act)).Message);
        // Reading changes nothing; saying so does.
        Assert.Contains("No insults, please", (await ben.Get(topic)).Text);
        await ben.Submit(topic, [], "form[action='/account/measures/read']");
        Assert.DoesNotContain("No insults", (await ben.Get(topic)).Text);
        await ben.Reply(topic, "Sorry");
        Assert.Contains("Sorry", (await ben.Get(topic)).Text);

        Assert.Contains("Silenced", (await Take(site, mod, "ben", "Silence", "3", "Three days of rest")).Text);
        Assert.Contains("Three days of rest", (await ben.Get(topic)).Text);
        Assert.Null((await ben.Get(topic)).Document.QuerySelector(".reply-form form"));
        foreach (var act in Writes(site, topic))
            Assert.Equal("measures.hindered.silenced", (await Assert.ThrowsAsync<Refused>(act)).Message);
        // He reads, keeps what he has read, and deletes his own words.
        await ben.Submit(topic + "/posts/2/delete", [], "main form[method=post]");
        Assert.Equal(1, await site.Db(db => db.Posts.CountAsync(p => p.DeletedAt != null)));
        host.Clock.Advance(TimeSpan.FromDays(3) + TimeSpan.FromSeconds(1));
        ben = await site.SignIn("ben");
        Assert.DoesNotContain("Three days of rest", (await ben.Get(topic)).Text);
        await ben.Reply(topic, "Back again");
        Assert.Contains("Back again", (await ben.Get(topic)).Text);

        // Ended before its time; and a silence that nobody gave an end.
        mod = await site.SignIn("mod");
        await Take(site, mod, "ben", "Silence", "", "Until further notice");
        var page = await mod.Get($"/staff/members/{(await site.Reader("ben")).Id}/measure");
        await mod.Submit(page, [], "form[action$='/end-silence']");
        await ben.Reply(topic, "And once more");
        Assert.Contains("And once more", (await ben.Get(topic)).Text);
        var log = await mod.Get("/staff/boards/moderation");
        foreach (var did in new[] { "warned a member: Ben", "silenced a member: Ben", "ended a silence: Ben" })
            Assert.Contains(did, log.Text);
    }

    [Fact]
    public async Task A_suspension_ends_at_its_time_at_the_sign_in_itself_whatever_the_work_queue_does()
    {
        var (host, site) = await Own();
        await using var _ = host;
        var mod = await site.SignIn("mod");
        await Take(site, mod, "ben", "Suspension", "7", "A week off");
        Assert.Contains("A week off", await Mail(site, "members.suspended"));
        // No work is done for the site.
        await site.Db(db => db.Work.Where(w => w.Handler == "members.end-suspension").ExecuteDeleteAsync());
        var ben = site.Visitor();
        Task<Page> SignIn() =>
            ben.Submit("/sign-in", new() { ["Email"] = "ben@example.com", ["Password"] = TestSite.Password });
        Assert.Contains("A week off", (await SignIn()).Text);
        host.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMinutes(5));
        Assert.Contains("A week off", (await SignIn()).Text);
        host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.NotNull((await SignIn()).Document.QuerySelector("form[action='/sign-out']"));
        var row = await site.Db(db => db.Suspensions.OrderByDescending(s => s.Id).FirstAsync());
        Assert.Equal((row.EndsAt, null), (row.LiftedAt, row.LiftedBy));
        Assert.Equal(1, await site.Db(db => db.Events.CountAsync(e => e.Type == "members.reinstated")));
    }

    [Fact]
    public async Task Of_a_suspension_that_is_over_the_work_queue_keeps_lists_and_mailings_right()
    {
        var (host, site) = await Own();
        await using var _ = host;
        await Take(site, await site.SignIn("mod"), "ben", "Suspension", "1", "A day");
        host.Clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        await TestSite.Until(() => site.Db(db => db.Members.AnyAsync(m => m.Email == "ben@example.com" && m.SuspendedAt == null)),
            "the suspension is written down as over");
    }

    [Fact]
    public async Task The_log_is_filtered_by_board_member_moderator_kind_and_day_and_paged_to_its_end()
    {
        var (host, site) = await Own();
        await using var _ = host;
        var (ben, carla, mod, admin) =
            (await site.SignIn("ben"), await site.SignIn("carla"), await site.SignIn("mod"), await site.SignIn("admin"));
        var (general, inner) = (await ben.Start("general", "Ben's topic"), await carla.Start("inner", "Carla's topic"));
        await mod.Submit(general, [], "form[action$='/lock']");
        await admin.Submit(inner, [], "form[action$='/lock']");
        await Take(site, mod, "ben", "Warning", "", "Warned for it");
        host.Clock.Advance(TimeSpan.FromDays(2));
        (mod, admin) = (await site.SignIn("mod"), await site.SignIn("admin"));
        await admin.Submit(general, [], "form[action$='/unlock']");
        var (benId, modId) = ((await site.Reader("ben")).Id, (await site.Reader("mod")).Id);
        var today = DateOnly.FromDateTime(site.Site.ToLocal(host.Clock.Now)).ToString("yyyy-MM-dd");
        foreach (var (query, lines) in new (string, string[])[]
        {
            ("", ["opened the topic again", "warned a member", "closed the topic", "closed the topic"]),
            ("board=inner", ["closed the topic"]),
            ($"member={benId}", ["opened the topic again", "warned a member", "closed the topic"]),
            ($"by={modId}", ["warned a member", "closed the topic"]),
            ("kind=Warning", ["warned a member"]),
            ("kind=Lock&board=general", ["closed the topic"]),
            ($"from={today}", ["opened the topic again"]),
            ("kind=Suspend", []),
        })
        {
            var page = await mod.Get("/staff/boards/moderation?" + query);
            Assert.Equal(lines, page.Document.QuerySelectorAll("ol.log li p:first-of-type").Select(p => Did(p.TextContent)));
        }
        Assert.Contains("Give the member", (await mod.Get("/staff/boards/moderation?member=Ben")).Text);
        // Pages by key keep the filter.
        for (var i = 0; i < 70; i++)
            await site.With((Moderate m) => m.Lock(site.Reader("mod").Result, Conversation.Id(general), i % 2 == 0, default));
        var first = await mod.Get($"/staff/boards/moderation?member={benId}");
        var second = await mod.Get(first.Document.QuerySelector("a[rel=next]")!.GetAttribute("href")!);
        Assert.Equal(73, first.Document.QuerySelectorAll("ol.log li").Length + second.Document.QuerySelectorAll("ol.log li").Length);

        static string Did(string line) => line.Split('·')[1].Split(':')[0].Trim();
    }

    static IEnumerable<Func<Task>> Writes(TestSite site, string topic)
    {
        var (ben, id) = (site.Reader("ben"), Conversation.Id(topic));
        yield return async () => await site.With((PublishPost p) => p.Reply(ben.Result, id, 1, null, "x", Guid.NewGuid(), default));
        yield return async () => await site.With((PublishPost p) => p.StartTopic(ben.Result, "general", "T", "x", Guid.NewGuid(), default));
        yield return async () => await site.With((ChangePost c) => c.Edit(ben.Result, id, 1, "T", "other words", null, default));
    }

    static async Task<string> Mail(TestSite site, string kind)
    {
        await TestSite.Until(() => site.Db(db => db.SystemMails.AnyAsync(m => m.Kind == kind && m.State == SystemMailState.Sent)), kind);
        var id = await site.Db(db => db.SystemMails.Where(m => m.Kind == kind).Select(m => m.MessageId).SingleAsync());
        return await Mails.Text(site, id);
    }
}
