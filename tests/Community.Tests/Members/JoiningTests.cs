using System.Net;
using System.Text.Json.Nodes;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>Who may become a member: by invitation, on approval, by domain and age; and what stops programs.</summary>
public sealed class JoiningTests(TestHost host)
{
    const string Password = "a violet bicycle rests", Dora = "dora@example.com";

    Task<TestSite> Site(string settings) =>
        host.NewSite(r => r["settings"] = JsonNode.Parse($$"""{ "registration": {{settings}} }"""));

    static Dictionary<string, string> Fields(string email = Dora) =>
        new() { ["Name"] = "Dora", ["Email"] = email, ["Password"] = Password };

    static async Task<Page> Confirm(TestSite site, string email = Dora, Visitor? visitor = null) =>
        await (visitor ?? site.Visitor()).Submit(await Mails.Link(site, email, "members.confirm"), [], "main form");

    [OnBothDatabases, Fact]
    public async Task On_approval_a_confirmed_address_waits_until_staff_accept_and_nobody_gets_in_before()
    {
        var site = await Site("""{ "mode": "approval", "welcomeMail": { "en": "Glad that you are here." } }""");
        var dora = site.Visitor();
        Assert.Contains("the staff look at your registration", (await dora.Get("/register")).Text);
        await dora.Submit("/register", Fields());
        var told = await Confirm(site, visitor: dora);
        Assert.Contains("Your address is confirmed. The staff look at your registration", told.Text);
        var tried = await dora.Submit("/sign-in", new() { ["Email"] = Dora, ["Password"] = Password });
        Assert.Equal("/account/data", tried.Url.AbsolutePath);
        Assert.Null(tried.Document.QuerySelector("form[action='/sign-out']"));
        // Neither does the e-mail for a forgotten password let anybody in.
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = Dora });
        Assert.Equal(0, await Mails.Count(site, Dora, "members.reset"));
        Assert.Equal(0, await Mails.Count(site, Dora, "members.welcome"));
        var admin = await site.SignIn("admin");
        Assert.Contains("1 registration waits to be accepted.", (await admin.Get("/staff")).Text);
        await admin.Submit("/staff/approvals", [], "form[action$='/accept']");
        Assert.Equal(1, await Mails.Count(site, Dora, "members.accepted"));
        Assert.Equal(1, await Mails.Count(site, Dora, "members.welcome"));
        var inside = await dora.Submit("/sign-in", new() { ["Email"] = Dora, ["Password"] = Password });
        Assert.NotNull(inside.Document.QuerySelector("form[action='/sign-out']"));
    }

    [Fact]
    public async Task A_declined_registration_gets_the_reason_by_e_mail_and_is_erased()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite(r => r["settings"] = JsonNode.Parse("""{ "registration": { "mode": "approval" } }"""));
        await site.Visitor().Submit("/register", Fields());
        await Confirm(site);
        var admin = await site.SignIn("admin");
        var id = await site.Db(db => db.Members.Where(m => m.Email == Dora).Select(m => m.Id).SingleAsync());
        var empty = await admin.Submit($"/staff/approvals/{id}/decline", new() { ["Reason"] = " " });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, empty.Status);
        await admin.Submit(empty, new() { ["Reason"] = "Customers only, I am afraid." });
        var mail = await site.Db(db => db.SystemMails.SingleAsync(m => m.Kind == "members.not-accepted"));
        await TestSite.Until(
            () => site.Db(db => db.SystemMails.AnyAsync(m => m.Id == mail.Id && m.State == SystemMailState.Sent)),
            "it is sent"
        );
        Assert.Contains("Customers only, I am afraid.", await Mails.Text(site, mail.MessageId));
        own.Clock.Advance(TimeSpan.FromMinutes(5));
        await TestSite.Until(async () => !await site.Db(db => db.Members.AnyAsync(m => m.Id == id)), "it is erased");
    }

    [Fact]
    public async Task The_e_mail_for_a_forgotten_password_is_no_way_around_the_approval()
    {
        var site = await Site("""{ "mode": "approval" }""");
        await site.Visitor().Submit("/register", Fields());
        await site.Db(db =>
            db.Members.Where(m => m.Email == Dora).ExecuteUpdateAsync(s => s.SetProperty(m => m.LastMailAt, (DateTime?)null))
        );
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = Dora });
        await site.Visitor().Submit(
            await Mails.Link(site, Dora, "members.reset"),
            new() { ["Name"] = "Dora", ["Password"] = "another violet bicycle" }
        );
        Assert.Equal(MemberState.Awaiting, (await site.Db(db => db.Members.SingleAsync(m => m.Email == Dora))).State);
    }

    [OnBothDatabases, Fact]
    public async Task By_invitation_only_who_has_the_link_or_the_code_registers_and_no_more_than_were_invited()
    {
        var site = await Site("""{ "mode": "invitation" }""");
        var closed = await site.Visitor().Get("/register");
        Assert.Null(closed.Document.QuerySelector("input[name=Password]"));
        var wrong = await site.Visitor().Submit(closed, new() { ["invitation"] = "nonsense" });
        Assert.Contains("This invitation is not valid", wrong.Text);
        var admin = await site.SignIn("admin");
        await admin.Submit("/staff/invitations", new() { ["Label"] = "Fair", ["Uses"] = "1", ["Days"] = "7" });
        var code = await site.Db(db => db.Invitations.Select(i => i.Code).SingleAsync());
        // As somebody types it from a card.
        var open = await site.Visitor().Get("/register?invitation=" + code.ToUpperInvariant().Insert(5, "-"));
        await site.Visitor().Submit(open.Url.PathAndQuery, Fields());
        await site.Visitor().Submit(open.Url.PathAndQuery, Fields("erik@example.com"));
        await Confirm(site);
        Assert.Equal(MemberState.Active, (await site.Db(db => db.Members.SingleAsync(m => m.Email == Dora))).State);
        // The invitation was for one: the other waits for the staff, instead of being lost.
        await Confirm(site, "erik@example.com");
        Assert.Equal(MemberState.Awaiting, (await site.Db(db => db.Members.SingleAsync(m => m.Email == "erik@example.com"))).State);
        Assert.Null((await site.Visitor().Get("/register?invitation=" + code)).Document.QuerySelector("input[name=Password]"));
        Assert.Equal(1, await site.Db(db => db.Invitations.Select(i => i.Uses).SingleAsync()));
    }

    [Fact]
    public async Task A_list_of_addresses_is_invited_each_for_itself_and_wrong_lines_are_told()
    {
        var site = await Site("""{ "mode": "closed", "blockedDomains": "example.com" }""");
        var admin = await site.SignIn("admin");
        var page = await admin.Submit(
            "/staff/invitations",
            new()
            {
                ["ListLabel"] = "Club",
                ["List"] = "dora@example.com\r\nno address\nanna@example.com\nＥＲＩＫ@example.com",
                ["ListDays"] = "30",
            }
        );
        Assert.Contains("2 invitations are on their way.", page.Text);
        Assert.Contains("1 address belongs to a member already.", page.Text);
        Assert.Contains("Line 2: no address", page.Text);
        Assert.Equal("no address", page.Document.QuerySelector("#List")!.TextContent.Trim());
        var link = await Mails.Link(site, Dora, "members.invitation", path: "/register");
        var other = await site.Visitor().Submit(link, Fields("mallory@example.com"));
        Assert.Contains("This invitation is for another address.", other.Text);
        await site.Visitor().Submit(link, Fields());
        await Confirm(site);
        Assert.Equal(MemberState.Active, (await site.Db(db => db.Members.SingleAsync(m => m.Email == Dora))).State);
        await site.With<IServiceProvider, int>(async s =>
        {
            await ActivatorUtilities.CreateInstance<ForgetInvitations>(s).Handle(new(), default);
            return 0;
        });
        Assert.Equal(
            ["ERIK@EXAMPLE.COM"],
            await site.Db(db => db.Invitations.Where(i => i.Email != null).Select(i => i.Email).ToListAsync())
        );
    }

    [Theory]
    [InlineData("""{ "blockedDomains": "throwaway.test\n@Spam.Example" }""", "x@throwaway.test", false)]
    [InlineData("""{ "blockedDomains": "throwaway.test" }""", "x@mail.throwaway.test", false)]
    [InlineData("""{ "blockedDomains": "throwaway.test" }""", "x@notthrowaway.test", true)]
    [InlineData("""{ "allowedDomains": "company.example" }""", "x@company.example", true)]
    [InlineData("""{ "allowedDomains": "company.example" }""", "x@company.example.evil.test", false)]
    [InlineData("""{ "allowedDomains": "company.example", "blockedDomains": "old.company.example" }""", "x@old.company.example", false)]
    public async Task Addresses_are_taken_by_their_domain(string settings, string email, bool taken)
    {
        var site = await Site(settings);
        var page = await site.Visitor().Submit("/register", Fields(email));
        Assert.Equal(taken, page.Url.AbsolutePath == "/check-your-mail");
        if (!taken)
            Assert.Contains("Addresses of this domain cannot register here.", page.Document.QuerySelector("#Email-error")!.TextContent);
        Assert.Equal(taken, await site.Db(db => db.Members.AnyAsync(m => m.Email == email)));
    }

    [Fact]
    public async Task The_least_age_is_a_box_that_is_not_ticked_beforehand_and_nothing_else_is_asked()
    {
        var site = await Site("""{ "leastAge": 16 }""");
        var dora = site.Visitor();
        var form = await dora.Get("/register");
        Assert.False(form.Document.QuerySelector("#OfAge")!.HasAttribute("checked"));
        var refused = await dora.Submit(form, Fields());
        Assert.Contains("This site is for people of 16 and older.", refused.Text);
        Assert.Equal("/check-your-mail", (await dora.Submit(refused, new(Fields()) { ["OfAge"] = "true" })).Url.AbsolutePath);
    }

    [Fact]
    public async Task A_program_that_fills_in_what_nobody_sees_or_answers_at_once_is_stopped_and_a_person_loses_nothing()
    {
        await using var own = await TestHost.Start(new() { ["Community:RegisterSeconds"] = "3" });
        var site = await own.NewSite();
        var dora = site.Visitor();
        using var still = own.Clock.Stop();
        var form = await dora.Get("/register");
        var quick = await dora.Submit(form, Fields());
        Assert.Contains("That was very quick.", quick.Text);
        Assert.Equal("Dora", quick.Document.QuerySelector("#Name")!.GetAttribute("value"));
        own.Clock.Advance(TimeSpan.FromSeconds(4));
        var trapped = await dora.Submit(quick, new(Fields()) { ["homepage"] = "https://spam.test" });
        Assert.Contains("Leave the field", trapped.Text);
        var forged = await dora.Submit(trapped, new(Fields()) { ["homepage"] = "", ["made"] = "AAAA" });
        Assert.Contains("This form had been open for too long", forged.Text);
        Assert.Equal(0, await site.Db(db => db.Members.CountAsync(m => m.Email == Dora)));
        Assert.Equal("/check-your-mail", (await dora.Submit(trapped, new(Fields()) { ["homepage"] = "" })).Url.AbsolutePath);
    }

    [Fact]
    public async Task The_site_writes_a_welcome_mail_and_first_steps_in_both_languages()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var saved = await admin.Submit(
            "/staff/settings/registration",
            new()
            {
                ["welcomeSubject.en"] = "Hello there",
                ["welcomeMail.en"] = "Glad that you are *here*.",
                ["welcomeMail.ja"] = "ようこそ。",
                ["firstSteps.en"] = "# Begin\n\nRead the rules.",
            }
        );
        Assert.Contains("The settings were saved.", saved.Text);
        var dora = site.Visitor();
        await dora.Submit("/register", Fields());
        var inside = await Confirm(site, visitor: dora);
        Assert.NotNull(inside.Document.QuerySelector(".notice a[href='/welcome']"));
        Assert.Contains("Read the rules.", (await dora.Get("/welcome")).Text);
        var mail = await site.Db(db => db.SystemMails.SingleAsync(m => m.Kind == "members.welcome"));
        Assert.Equal("Hello there", mail.Subject);
        await Mails.Link(site, Dora, "members.welcome", path: "/welcome");
        var jun = site.Visitor();
        await jun.Get("/language/ja?back=%2F");
        await jun.Submit("/register", Fields("jun@example.com"));
        await Confirm(site, "jun@example.com", jun);
        mail = await site.Db(db => db.SystemMails.SingleAsync(m => m.Kind == "members.welcome" && m.To == "jun@example.com"));
        await Mails.Link(site, "jun@example.com", "members.welcome");
        Assert.Contains("ようこそ。", await Mails.Text(site, mail.MessageId));
        // What was written is not in the audit log; that it was changed, is.
        Assert.DoesNotContain(
            "Glad",
            string.Concat(await site.Db(db => db.Audit.Where(a => a.Action == "settings.change").Select(a => a.Changes!).ToListAsync()))
        );
    }
}

public sealed class JoiningActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
        [
            ("Invitations.Make", "admin", c => c.Get<Invitations>().Make(c.Actor, "x", 7, 1, new())),
            ("Invitations.Send", "admin", c => c.Get<Invitations>().Send(c.Actor, "x", "a@example.com", 7, new())),
            ("Invitations.End", "admin", c => c.Get<Invitations>().End(c.Actor, 1)),
            ("Approvals.Accept", "admin", c => c.Get<Approvals>().Accept(c.Actor, c.Member)),
            ("Approvals.Decline", "admin", c => c.Get<Approvals>().Decline(c.Actor, c.Member, "x", new())),
        ];
}
