using System.Net;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Addresses of a partner's event: asked once, and used for nothing else until they agree.</summary>
[OnBothDatabases]
public sealed class AskedTests(TestHost host)
{
    static async Task<Page> Ask(TestSite site, Visitor admin, string addresses) =>
        await admin.Submit("/staff/mail-kinds/ask", new()
        {
            ["Event"] = "Spring fair, Acme",
            ["HeldOn"] = "2026-01-20",
            ["Addresses"] = addresses,
            ["Kinds"] = (await site.Db(db => db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync())).ToString(),
        });

    /// <summary>The link of the one mail; its text is gone once it is sent.</summary>
    static async Task<string> Link(TestSite site, string address)
    {
        Assert.True(await site.Db(db => db.SystemMails.AnyAsync(m => m.Kind == "members.ask-consent" && m.To == address)));
        var id = await site.Db(db => db.AskedAddresses.Where(a => a.Email == address).Select(a => a.Id).SingleAsync());
        return AskedPage.UrlOf(await site.With<AskedLinks, string>(l => l.Token(id)));
    }

    [Fact]
    public async Task An_address_is_asked_once_ever_and_is_no_member_before_it_agrees()
    {
        var site = await host.NewSite();
        var (admin, members) = (await site.SignIn("admin"), await site.Db(db => db.Members.CountAsync()));
        var page = await Ask(site, admin, "guest@example.org\nANNA@example.com\n\nguest@EXAMPLE.org");
        Assert.Contains("1 asked. Left out: 1 who are members", page.Text);
        page = await Ask(site, admin, "guest@example.org");
        Assert.Contains("0 asked. Left out: 0 who are members, 1 who were asked before", page.Text);
        Assert.Equal(1, await site.Db(db => db.SystemMails.CountAsync(m => m.To == "guest@example.org")));
        // No member: no search, audience or export can find it.
        Assert.Equal(members, await site.Db(db => db.Members.CountAsync()));
    }

    [Fact]
    public async Task Opening_the_link_answers_nothing_and_agreeing_makes_a_member_with_its_proof()
    {
        var site = await host.NewSite();
        await Ask(site, await site.SignIn("admin"), "guest@example.org");
        var (guest, link) = (site.Visitor(), await Link(site, "guest@example.org"));
        for (var i = 0; i < 3; i++) await guest.Get(link);
        Assert.Equal(AskedAnswer.None, await site.Db(db => db.AskedAddresses.Select(a => a.Answer).SingleAsync()));
        var page = await guest.Get(link);
        Assert.Contains("g•••@example.org", page.Text);
        Assert.Contains("Spring fair, Acme", page.Text);
        Assert.All(page.Document.QuerySelectorAll("input[name=Kinds]"), b => Assert.False(b.HasAttribute("checked")));
        page = await guest.Submit(page, new() { ["Name"] = "Guest" });
        Assert.Contains("Tick what you would like", page.Text);
        var news = await site.Db(db => db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync());
        page = await guest.Submit(page, new() { ["Name"] = "Guest", ["Kinds"] = news.ToString() });
        Assert.Contains("You agreed.", page.Text);
        Assert.True(await site.Db(db => db.Members.MayReceive(news).AnyAsync(m => m.Email == "guest@example.org")));
        var entry = await site.Db(db => db.ConsentEvents.Include(e => e.Proof).SingleAsync(e => e.Source == ConsentSource.Event));
        Assert.Equal(("Spring fair, Acme", new DateOnly(2026, 1, 20)), (entry.Proof!.Place, entry.Proof.SignedOn!.Value));
        // A used link says so.
        Assert.Contains("You agreed.", (await site.Visitor().Get(link)).Text);
        Assert.Null(await site.Db(db => db.AskedAddresses.Select(a => a.Email).SingleAsync()));
    }

    [Fact]
    public async Task A_refusal_deletes_the_address_and_is_for_ever()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        await Ask(site, admin, "guest@example.org");
        var link = await Link(site, "guest@example.org");
        var page = await site.Visitor().Submit(link, [], "form:has([value=refuse])");
        Assert.Contains("You are not asked again", page.Text);
        Assert.Null(await site.Db(db => db.AskedAddresses.Select(a => a.Email).SingleAsync()));
        Assert.Contains("1 who were asked before", (await Ask(site, admin, "guest@example.org")).Text);
    }

    [Fact]
    public async Task Without_an_answer_the_address_is_deleted_and_never_asked_again()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        await Ask(site, admin, "guest@example.org");
        var long_ago = host.Clock.Now.AddDays(-31);
        await site.Db(db => db.AskedAddresses.ExecuteUpdateAsync(s => s.SetProperty(a => a.AskedAt, long_ago)));
        await site.Db(db => db.SystemMails.ExecuteUpdateAsync(s => s.SetProperty(a => a.CreatedAt, long_ago)));
        await site.Db(async db =>
        {
            await new ForgetAsked(db).Handle(new Tick(), default);
            return 0;
        });
        Assert.Null(await site.Db(db => db.AskedAddresses.Select(a => a.Email).SingleAsync()));
        Assert.False(await site.Db(db => db.SystemMails.AnyAsync(m => m.To == "guest@example.org")));
        Assert.Contains("1 who were asked before", (await Ask(site, admin, "guest@example.org")).Text);
    }

    [Fact]
    public async Task Wrong_lines_are_named_and_nothing_is_sent_or_lost()
    {
        var site = await host.NewSite();
        var page = await Ask(site, await site.SignIn("admin"), "guest@example.org\nnobody\nsomeone@");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("These lines are not e-mail addresses: 2, 3", page.Text);
        Assert.Contains("guest@example.org", page.Html);
        Assert.Equal(0, await site.Db(db => db.AskedAddresses.CountAsync()));
        // A link of another site, or one that was changed, is worth nothing.
        Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get("/asked/1-AAAAAAAAAAAAAAAAAAAAAA")).Status);
    }
}
