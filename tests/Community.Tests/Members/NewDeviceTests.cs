using System.Net;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>An e-mail tells of a sign-in from a browser that was not known, and ends it.</summary>
[OnBothDatabases]
public sealed class NewDeviceTests(TestHost host)
{
    const string Kind = "members.new-device", To = "anna@example.com";

    static Task<Page> SignIn(Visitor visitor) =>
        visitor.Submit("/sign-in", new() { ["Email"] = To, ["Password"] = TestSite.Password });

    static async Task<bool> IsIn(Visitor visitor) =>
        (await visitor.Get("/")).Document.QuerySelector("form[action='/sign-out']") is not null;

    [Fact]
    public async Task A_new_browser_is_told_once_the_first_of_all_and_a_known_one_are_not()
    {
        var site = await host.NewSite();
        var first = site.Visitor();
        await SignIn(first);
        Assert.Equal(0, await Mails.Count(site, To, Kind));
        await first.Submit("/account", [], "form[action='/sign-out']");
        await SignIn(first);
        Assert.Equal(0, await Mails.Count(site, To, Kind));
        var second = site.Visitor();
        await SignIn(second);
        await second.Submit("/account", [], "form[action='/sign-out']");
        await SignIn(second);
        Assert.Equal(1, await Mails.Count(site, To, Kind));
        await site.Rests();
        var id = await site.Db(db => db.SystemMails.Where(m => m.Kind == Kind).Select(m => m.MessageId).SingleAsync());
        var text = await Mails.Text(site, id);
        Assert.Contains(site.Site.TimeZone, text);
        Assert.Contains("Unknown browser", text);
        // Another member in the same browser has a row of their own, which tells nothing of the first.
        await second.Submit("/account", [], "form[action='/sign-out']");
        await second.Submit("/sign-in", new() { ["Email"] = "ben@example.com", ["Password"] = TestSite.Password });
        var hashes = await site.Db(db => db.KnownDevices.AsNoTracking().Select(d => d.KeyHash).ToListAsync());
        Assert.Equal(3, hashes.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public async Task A_member_who_registers_gets_no_such_mail()
    {
        var site = await host.NewSite();
        var visitor = site.Visitor();
        await visitor.Submit(
            "/register",
            new()
            {
                ["Name"] = "Nora",
                ["Email"] = "nora@example.com",
                ["Password"] = "seven tall giraffes",
            }
        );
        var link = await Mails.Link(site, "nora@example.com", "members.confirm", path: "/confirm");
        await visitor.Submit(link, [], "form.form");
        Assert.True(await IsIn(visitor));
        await visitor.Submit("/account", [], "form[action='/sign-out']");
        await visitor.Submit("/sign-in", new() { ["Email"] = "nora@example.com", ["Password"] = "seven tall giraffes" });
        Assert.Equal(0, await Mails.Count(site, "nora@example.com", Kind));
    }

    [Fact]
    public async Task The_link_shows_a_button_which_ends_all_sessions_and_leads_to_a_new_password()
    {
        var site = await host.NewSite();
        var (anna, burglar) = (site.Visitor(), site.Visitor());
        await SignIn(anna);
        await SignIn(burglar);
        var link = await Mails.Link(site, To, Kind, path: "/account/sessions/stop");
        for (var i = 0; i < 3; i++) await site.Visitor().Get(link);
        Assert.True(await IsIn(burglar));
        var there = site.Visitor();
        var done = await there.Submit(link, [], "form.form");
        Assert.Equal("/forgotten-password", done.Url.AbsolutePath);
        Assert.Contains("All sessions have ended", done.Text);
        Assert.False(await IsIn(burglar));
        Assert.False(await IsIn(anna));
        var used = await site.Visitor().Get(link);
        Assert.Equal(HttpStatusCode.Gone, used.Status);
        Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get("/account/sessions/stop?token=x")).Status);
        var other = await host.NewSite();
        Assert.Equal(HttpStatusCode.Gone, (await other.Visitor().Get(link)).Status);
    }
}
