using System.Net;
using System.Text.RegularExpressions;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

public sealed class RegistrationTests(TestHost host)
{
    const string Password = "a violet bicycle rests";

    [Fact]
    public async Task The_front_page_welcomes_a_stranger_and_leads_to_registering_first()
    {
        var site = await host.NewSite();
        var stranger = (await site.Visitor().Get("/")).Document;
        Assert.Equal($"Welcome to {site.Site.Name}", stranger.QuerySelector("main .welcome h1")!.TextContent);
        Assert.Equal("/register", stranger.QuerySelector("main .button")!.GetAttribute("href"));
        Assert.Equal("/register", Assert.Single(stranger.QuerySelectorAll("main .button.primary")).GetAttribute("href"));
        var member = (await (await site.SignIn("anna")).Get("/")).Document;
        Assert.Null(member.QuerySelector(".welcome"));
        Assert.Equal(site.Site.Name, member.QuerySelector("h1")!.TextContent);
    }

    [Fact]
    public async Task What_is_wrong_elsewhere_asks_for_the_password_again()
    {
        var site = await host.NewSite();
        var page = await site.Visitor()
            .Submit(
                "/register",
                new()
                {
                    ["Name"] = "",
                    ["Email"] = "reader@example.com",
                    ["Password"] = "nine green bottles",
                }
            );
        Assert.Equal("Type the password once more.", page.Document.QuerySelector("#Password-error")!.TextContent);
    }

    [Fact]
    public async Task Somebody_registers_confirms_and_signs_in()
    {
        var site = await host.NewSite();
        var dora = site.Visitor();
        await Register(dora, "dora@example.com");
        Assert.Equal("/sign-in", (await dora.Get("/account")).Url.AbsolutePath);

        var link = await Mails.Link(site, "dora@example.com", "members.confirm");
        var opened = await dora.Get(link);
        Assert.Null(await site.Db(db => db.Members.Where(m => m.Email == "dora@example.com").Select(m => m.ConfirmedAt).SingleAsync()));
        // In the browser where she registered she is signed in at once.
        var inside = await dora.Submit(opened, [], "main form");
        Assert.Equal("/", inside.Url.AbsolutePath);
        Assert.Contains("Dora", inside.Document.QuerySelector(".account-menu")!.TextContent);
        Assert.Contains("Welcome, Dora.", inside.Document.QuerySelector(".notice.ok")!.TextContent);
        Assert.DoesNotContain(
            "Welcome, ",
            (await site.Visitor().Get(inside.Url.PathAndQuery)).Document.QuerySelector("main")!.QuerySelector(".notice")?.TextContent ?? ""
        );
        Assert.NotNull(await site.Db(db => db.Members.Where(m => m.Email == "dora@example.com").Select(m => m.LastSignInAt).SingleAsync()));
    }

    [Fact]
    public async Task A_link_of_confirmation_signs_nobody_in_but_the_browser_that_registered()
    {
        var site = await host.NewSite();
        var (dora, erik, mallory) = (site.Visitor(), site.Visitor(), site.Visitor());
        foreach (var (who, email) in new[] { (dora, "dora@example.com"), (erik, "erik@example.com"), (mallory, "mallory@example.com") })
            await Register(who, email);
        // Opened in another browser, the link confirms, and then the password is asked for.
        var signIn = await site.Visitor().Submit(await Mails.Link(site, "dora@example.com", "members.confirm"), [], "main form");
        Assert.Equal("/sign-in", signIn.Url.AbsolutePath);
        Assert.Equal("dora@example.com", signIn.Document.QuerySelector("#Email")!.GetAttribute("value"));
        Assert.DoesNotContain("dora", signIn.Url.Query);
        Assert.Null((await dora.Get("/")).Document.QuerySelector(".account-menu"));
        // A browser that made another registration does not count.
        Assert.Equal(
            "/sign-in",
            (await mallory.Submit(await Mails.Link(site, "erik@example.com", "members.confirm"), [], "main form")).Url.AbsolutePath
        );
        Assert.Equal(0, await site.Db(db => db.Sessions.CountAsync()));
        // The cookie is set for a member's address too, with the same length.
        var taken = site.Visitor();
        await Register(taken, "anna@example.com");
        Assert.Equal(Cookie(mallory).Length, Cookie(taken).Length);
        // It grants nothing by itself, and is deleted once used.
        Assert.Equal("/sign-in", (await mallory.Get("/account")).Url.AbsolutePath);
        var link = await Mails.Link(site, "mallory@example.com", "members.confirm");
        await mallory.Submit(link, [], "main form");
        Assert.Equal("/account", (await mallory.Get("/account")).Url.AbsolutePath);
        Assert.Null(mallory.Cookies.GetCookies(new Uri(site.Url))["registered"]);

        static string Cookie(Visitor visitor) => visitor.Cookies.GetCookies(new Uri(visitor.Site.Url))["registered"]!.Value;
    }

    [
        Theory,
        InlineData("/boards/general?view=topics", true),
        InlineData("//elsewhere.example", false),
        InlineData("https://elsewhere.example/", false)
    ]
    public async Task Who_registers_from_a_page_comes_back_to_it(string from, bool back)
    {
        var site = await host.NewSite();
        var dora = site.Visitor();
        var signIn = await dora.Get("/sign-in?returnUrl=" + Uri.EscapeDataString(from));
        var register = signIn.Document.QuerySelector("main a[href^='/register']")!.GetAttribute("href")!;
        var check = await dora.Submit(register, new() { ["Name"] = "Dora", ["Email"] = "dora@example.com", ["Password"] = Password });
        Assert.Equal("/check-your-mail", check.Url.AbsolutePath);
        // The e-mail may be opened in another browser.
        var elsewhere = site.Visitor();
        var confirmed = await elsewhere.Submit(await Mails.Link(site, "dora@example.com", "members.confirm"), [], "main form");
        var inside = await elsewhere.Submit(confirmed, new() { ["Email"] = "dora@example.com", ["Password"] = Password });
        Assert.Equal(back ? from : "/", inside.Url.PathAndQuery);
    }

    [Fact]
    public async Task The_link_of_confirmation_is_opened_by_programs_confirmed_by_a_person_once_and_then_says_so()
    {
        var site = await host.NewSite();
        await Register(site.Visitor(), "dora@example.com");
        var link = await Mails.Link(site, "dora@example.com", "members.confirm");
        // A mail scanner opens what it finds, again and again, in several ways.
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(link)).Status);
            Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Send(new(HttpMethod.Head, link))).Status);
        }
        Assert.Equal(MemberState.Unconfirmed, await State());
        Assert.Equal(0, await site.Db(db => db.Events.CountAsync(e => e.Type == "members.confirmed")));
        // The form is open on the computer and on the telephone; one after the other presses the button.
        var (computer, telephone) = (site.Visitor(), site.Visitor());
        var (first, second) = (await computer.Get(link), await telephone.Get(link));
        await computer.Submit(first, [], "main form");
        Assert.Equal(MemberState.Active, await State());
        foreach (var said in new[] { await telephone.Submit(second, [], "main form"), await telephone.Get(link), await computer.Get(link) })
        {
            Assert.Contains("This address is confirmed.", said.Text);
            Assert.DoesNotContain("no longer valid", said.Text);
            Assert.NotNull(said.Document.QuerySelector("main a[href='/sign-in']"));
        }
        Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get(link)).Status);
        Assert.Equal(1, await site.Db(db => db.Events.CountAsync(e => e.Type == "members.confirmed")));

        async Task<MemberState> State() => (await site.Db(db => db.Members.AsNoTracking().OfAddress("dora@example.com", default)))!.State;
    }

    [Fact]
    public async Task The_link_of_confirmation_expires_and_can_be_sent_again()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var dora = site.Visitor();
        var check = await Register(dora, "dora@example.com");
        var old = await Mails.Link(site, "dora@example.com", "members.confirm");
        own.Clock.Advance(MailLinks.Lifetime + TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get(old)).Status);
        await dora.Submit(check, [], "main form");
        var link = await Mails.Link(site, "dora@example.com", "members.confirm", 2);
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(link)).Status);
        Assert.Contains("dora@example.com", check.Text);
        Assert.DoesNotContain("dora", check.Url.PathAndQuery);
    }

    [Fact]
    public async Task A_link_of_one_site_is_worth_nothing_on_another()
    {
        var a = await host.NewSite();
        var b = await host.NewSite();
        foreach (var site in new[] { a, b }) await Register(site.Visitor(), "dora@example.com");
        var link = await Mails.Link(a, "dora@example.com", "members.confirm");
        Assert.Equal(HttpStatusCode.Gone, (await b.Visitor().Get(link)).Status);
    }

    [Fact]
    public async Task An_address_that_is_registered_already_is_not_revealed()
    {
        var site = await host.NewSite();
        var fresh = await Register(site.Visitor(), "dora@example.com");
        var taken = await Register(site.Visitor(), "anna@example.com");
        Assert.Equal(fresh.Status, taken.Status);
        Assert.Equal(fresh.Text, taken.Text.Replace("anna@example.com", "dora@example.com"));
        Assert.Equal(1, await Mails.Count(site, "anna@example.com", "members.already"));
        Assert.Equal("Anna", await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Name).SingleAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task A_registration_that_is_posted_twice_gives_one_account()
    {
        var site = await host.NewSite();
        var forms = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async _ =>
                {
                    var v = site.Visitor();
                    return (Visitor: v, Form: await v.Get("/register"));
                })
        );
        var answers = await Task.WhenAll(
            forms.Select(f =>
                f.Visitor.Submit(
                    f.Form,
                    new()
                    {
                        ["Name"] = "Dora",
                        ["Email"] = "dora@example.com",
                        ["Password"] = Password,
                    }
                )
            )
        );
        Assert.All(answers, a => Assert.Equal("/check-your-mail", a.Url.AbsolutePath));
        Assert.Equal(1, await site.Db(db => db.Members.CountAsync(m => m.Email == "dora@example.com")));
        Assert.Equal(1, await Mails.Count(site, "dora@example.com", "members.confirm"));
    }

    [Fact]
    public async Task No_box_of_consent_is_ticked_beforehand_and_what_is_ticked_is_logged_with_its_sentence()
    {
        var site = await host.NewSite();
        var dora = site.Visitor();
        var form = await dora.Get("/register");
        var boxes = form.Document.QuerySelectorAll("input[name=Kinds]");
        Assert.Equal(2, boxes.Length);
        Assert.All(boxes, b => Assert.False(b.HasAttribute("checked")));
        await dora.Submit(
            form,
            new()
            {
                ["Name"] = "Dora",
                ["Email"] = "dora@example.com",
                ["Password"] = Password,
                ["Kinds"] = boxes[1].GetAttribute("value")!,
            }
        );
        // Consent does not count before the address is confirmed.
        Assert.Empty(await site.Db(db => db.Members.Where(m => m.Email == "dora@example.com").SelectMany(m => m.Consents).ToListAsync()));
        await site.Visitor().Submit(await Mails.Link(site, "dora@example.com", "members.confirm"), [], "main form");
        var logged = await site.Db(async db =>
            await db
                .ConsentEvents.Join(db.Members.Where(m => m.Email == "dora@example.com"), c => c.MemberId, m => m.Id, (c, m) => c)
                .ToListAsync()
        );
        var entry = Assert.Single(logged);
        Assert.Equal(("register", "Invite me to events by e-mail.", ConsentAction.Grant), (entry.Source, entry.Text, entry.Action));
    }

    [Fact]
    public async Task Weak_passwords_and_wrong_addresses_are_refused_with_what_was_typed_kept()
    {
        var site = await host.NewSite();
        var page = await site.Visitor()
            .Submit(
                "/register",
                new()
                {
                    ["Name"] = "Dora",
                    ["Email"] = "dora@nowhere",
                    ["Password"] = "short",
                }
            );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.NotNull(page.Document.QuerySelector("#Email-error"));
        Assert.NotNull(page.Document.QuerySelector("#Password-error"));
        Assert.Equal("dora@nowhere", page.Document.QuerySelector("#Email")!.GetAttribute("value"));
        Assert.Null(page.Document.QuerySelector("#Password")!.GetAttribute("value"));
    }

    static Task<Page> Register(Visitor visitor, string email) =>
        visitor.Submit("/register", new() { ["Name"] = "Dora", ["Email"] = email, ["Password"] = Password });
}
