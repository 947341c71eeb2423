using System.Net;
using System.Text.RegularExpressions;
using AngleSharp.Html.Dom;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Strangers register somebody's address: its owner decides, and nothing that they chose is kept.</summary>
public sealed partial class TakeoverTests(TestHost host)
{
    const string Email = "dora@example.com", Hers = "a violet bicycle rests", Theirs = "nine green bottles fell";

    [Theory, InlineData(true), InlineData(false)]
    public async Task Whose_link_is_used_is_the_member_and_nothing_of_the_others_stays(bool strangerFirst)
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        foreach (var stranger in new[] { strangerFirst, !strangerFirst })
        {
            if (stranger) await Register(site, "Mallory", Theirs, "1");
            else await Register(site, "Dora", Hers, "2");
            own.Clock.Advance(TimeSpan.FromMinutes(1.5));
        }
        var links = await Links(site, 2);
        var (her, theirs) = strangerFirst ? (links[1], links[0]) : (links[0], links[1]);

        // Opening a link changes nothing, and shows whose registration it is.
        foreach (var (link, name) in new[] { (theirs, "Mallory"), (her, "Dora") })
            for (var i = 0; i < 3; i++)
                Assert.Equal(name, (await site.Visitor().Get(link)).Document.QuerySelector("main dl dd")!.TextContent);
        Assert.Equal(MemberState.Unconfirmed, (await Dora(site)).State);
        await site.Visitor().Submit(her, [], "main form");

        var dora = await Dora(site);
        Assert.Equal(("Dora", MemberState.Active), (dora.Name, dora.State));
        Assert.True(own.Clock.Now - dora.JoinedAt < TimeSpan.FromMinutes(1));
        Assert.Equal(
            [2L],
            await site.Db(db => db.ConsentStates.Where(c => c.MemberId == dora.Id && c.Granted).Select(c => c.KindId).ToListAsync())
        );
        Assert.Equal(
            [2L],
            await site.Db(db => db.ConsentEvents.Where(c => c.MemberId == dora.Id).Select(c => c.KindId!.Value).ToListAsync())
        );
        Assert.Equal(0, await site.Db(db => db.PendingRegistrations.CountAsync()));
        Assert.False(await ComesIn(site, Theirs));
        Assert.True(await ComesIn(site, Hers));
        // The other link, and hers again, say that the address is confirmed.
        foreach (var link in new[] { theirs, her })
        {
            var page = await site.Visitor().Get(link);
            Assert.Equal((HttpStatusCode.Gone, true), (page.Status, page.Text.Contains("This address is confirmed.")));
        }
    }

    [Fact]
    public async Task A_stranger_s_registration_does_not_keep_an_address_from_a_member_who_has_it()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var id = await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync());
        await Register(site, "Mallory", Theirs, "1");
        var theirs = (await Links(site, 1))[0];
        await anna.Submit("/account/email", new() { ["Email"] = Email });
        await anna.Submit(await Mails.Link(site, "anna@example.com", "members.present-email"), [], "main form");
        await anna.Submit(await Mails.Link(site, Email, "members.new-email"), [], "main form");
        Assert.Equal(id, (await Dora(site)).Id);
        Assert.Equal(0, await site.Db(db => db.PendingRegistrations.CountAsync()));
        Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get(theirs)).Status);
        Assert.False(await ComesIn(site, Theirs));
    }

    [OnBothDatabases, Fact]
    public async Task Two_links_used_at_once_make_one_of_the_two()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        await Register(site, "Dora", Hers);
        own.Clock.Advance(TimeSpan.FromMinutes(1.5));
        await Register(site, "Mallory", Theirs, "1");
        var member = await Dora(site);
        var waiting = await site.Db(db => db.PendingRegistrations.OrderBy(r => r.Id).Select(r => r.Id).ToListAsync());
        var tokens = await site.With<MailLinks, List<string>>(links =>
            Task.FromResult(waiting.ConvertAll(id => links.Token(MailLinkPurpose.Confirm, member, null, id)))
        );
        var pages = await Task.WhenAll(
            tokens
                .Concat(tokens)
                .Select(async t =>
                {
                    var v = site.Visitor();
                    return (v, Page: await v.Get("/confirm?token=" + t));
                })
        );
        var answers = await Task.WhenAll(pages.Select(p => p.v.Post(p.Page, [], "main form")));
        // Who comes when the link is void already is led to its page, which says so.
        var done = answers.Where(a => a.Location is { } to && to.AbsolutePath != "/confirm").ToList();
        Assert.True(done.Count == 1, string.Join("\n", answers.Select(a => $"{a.Status} {a.Location} {a.Text}")));
        var dora = await Dora(site);
        Assert.Equal(dora.Name == "Dora", await ComesIn(site, Hers));
        Assert.Equal(dora.Name == "Mallory", await ComesIn(site, Theirs));
        Assert.Equal(
            dora.Name == "Mallory" ? 1 : 0,
            await site.Db(db => db.ConsentStates.CountAsync(c => c.MemberId == dora.Id && c.Granted))
        );
    }

    [Fact]
    public async Task Who_registers_within_the_minute_of_a_stranger_has_the_mail_sent_and_confirms_the_own()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        await Register(site, "Mallory", Theirs);
        var dora = site.Visitor();
        var check = await dora.Submit("/register", new() { ["Name"] = "Dora", ["Email"] = Email, ["Password"] = Hers });
        Assert.Equal(1, await Mails.Count(site, Email, "members.confirm"));
        own.Clock.Advance(TimeSpan.FromMinutes(1.5));
        await dora.Submit(check, [], "main form");
        await site.Visitor().Submit(await Mails.Link(site, Email, "members.confirm", 2), [], "main form");
        Assert.Equal("Dora", (await Dora(site)).Name);
        Assert.True(await ComesIn(site, Hers));
    }

    [Fact]
    public async Task A_new_password_by_mail_leaves_nothing_that_a_stranger_chose()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        await Register(site, "Mallory", Theirs, "1");
        // Newman registered before pending registrations had their own table: his row has a password and a consent.
        foreach (var email in new[] { Email, "new@example.com" })
        {
            own.Clock.Advance(TimeSpan.FromMinutes(1.5));
            await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = email });
            var done = await site.Visitor()
                .Submit(await Mails.Link(site, email, "members.reset"), new() { ["Name"] = "Dora", ["Password"] = Hers });
            Assert.Equal("/sign-in", done.Url.AbsolutePath);
            var member = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email == email));
            Assert.Equal(("Dora", MemberState.Active), (member.Name, member.State));
            Assert.Equal(0, await site.Db(db => db.ConsentStates.CountAsync(c => c.MemberId == member.Id && c.Granted)));
            Assert.True(await ComesIn(site, Hers, email));
            Assert.False(await ComesIn(site, Theirs, email));
        }
        Assert.Equal(0, await site.Db(db => db.PendingRegistrations.CountAsync()));
    }

    [Fact]
    public async Task By_the_word_of_staff_the_address_counts_and_no_stranger_s_password()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        await Register(site, "Dora", Theirs, "1");
        var admin = await site.SignIn("admin");
        var page = await admin.Submit($"/staff/members/{(await Dora(site)).Id}", [], "form[action$='/confirm']");
        Assert.Contains("lets the member choose a password", page.Text);
        Assert.False(await ComesIn(site, Theirs));
        await site.Visitor().Submit(await Mails.Link(site, Email, "members.invite"), new() { ["Password"] = Hers });
        Assert.True(await ComesIn(site, Hers));
        Assert.Equal(
            (0, 0),
            (
                await site.Db(db => db.PendingRegistrations.CountAsync()),
                await site.Db(db => db.ConsentEvents.CountAsync(e => e.Source == ConsentSource.Register))
            )
        );
    }

    [Fact]
    public async Task A_member_from_before_registrations_waited_confirms_by_the_old_link_or_a_new_one()
    {
        var site = await host.NewSite();
        var newman = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email == "new@example.com"));
        // The right password leads to the page about the e-mail, as it did then.
        var check = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "new@example.com", ["Password"] = TestSite.Password });
        Assert.Equal("/check-your-mail", check.Url.AbsolutePath);
        var link =
            "/confirm?token=" + await site.With<MailLinks, string>(links => Task.FromResult(links.Token(MailLinkPurpose.Confirm, newman)));
        await site.Visitor().Submit(link, [], "main form");
        await site.SignIn("new");
    }

    /// <summary>Twenty-four concurrent browsers, on each form that sends mail to an address.</summary>
    [OnBothDatabases, Theory]
    [InlineData("/register"), InlineData("/forgotten-password"), InlineData("/check-your-mail"), InlineData("/account/email")]
    public async Task Of_many_who_ask_at_once_for_a_mail_one_is_given_it(string form)
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var check = form == "/check-your-mail" ? await Register(site, "Dora", Hers) : null;
        var anna = form == "/account/email" ? await site.SignIn("anna") : null;
        own.Clock.Advance(TimeSpan.FromMinutes(1.5));
        var before = await site.Db(db => db.SystemMails.CountAsync());
        var opened = await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
        {
            var visitor = anna ?? site.Visitor();
            return (Visitor: visitor, Page: await visitor.Get(check?.Url.PathAndQuery ?? form), Number: i);
        }));
        await Task.WhenAll(opened.Select(o => o.Visitor.Submit(o.Page, form switch
        {
            "/register" => new() { ["Name"] = "Dora", ["Email"] = Email, ["Password"] = Hers },
            "/forgotten-password" => new() { ["Email"] = "anna@example.com" },
            "/account/email" => new() { ["Email"] = $"anna{o.Number}@new.example" },
            _ => [],
        }, form == "/check-your-mail" ? "main form" : null)));
        // A change of address is told to the old one too.
        Assert.Equal(before + (form == "/account/email" ? 2 : 1), await site.Db(db => db.SystemMails.CountAsync()));
        Assert.Equal(
            form is "/forgotten-password" or "/account/email" ? 0 : 1,
            await site.Db(db => db.Members.CountAsync(m => m.Email == Email))
        );
    }

    [Fact]
    public async Task Ten_mails_a_day_and_tomorrow_ten_more()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var id = await site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.Id).SingleAsync());
        Task<bool> Take() => site.With<MailRateLimit, bool>(p => p.Take(id));
        var given = 0;
        for (var i = 0; i < 15; i++)
        {
            own.Clock.Advance(TimeSpan.FromMinutes(1.1));
            if (await Take()) given++;
        }
        Assert.Equal(10, given);
        own.Clock.Advance(TimeSpan.FromDays(1));
        Assert.True(await Take());
        Assert.False(await Take());
        // Setting the clock back does not lock anybody out.
        own.Clock.Advance(TimeSpan.FromHours(-3));
        Assert.True(await Take());
    }

    static async Task<Page> Register(TestSite site, string name, string password, string? kind = null)
    {
        var visitor = site.Visitor();
        var form = await visitor.Get("/register");
        foreach (var box in form.Document.QuerySelectorAll("input[name=Kinds]").OfType<IHtmlInputElement>())
            box.IsChecked = box.Value == kind;
        return await visitor.Submit(
            form,
            new()
            {
                ["Name"] = name,
                ["Email"] = Email,
                ["Password"] = password,
            }
        );
    }

    /// <summary>The links of all confirmation e-mails, in the order in which they were written.</summary>
    static async Task<List<string>> Links(TestSite site, int count)
    {
        await Mails.Link(site, Email, "members.confirm", count);
        var mails = await site.Db(db =>
            db.SystemMails.Where(l => l.To == Email && l.Kind == "members.confirm")
                .OrderBy(l => l.Id)
                .Select(l => l.MessageId)
                .ToListAsync()
        );
        var links = new List<string>();
        foreach (var id in mails) links.Add(new Uri(Address().Match(await Mails.Text(site, id)).Value).PathAndQuery);
        return links;
    }

    [GeneratedRegex(@"https?://[^\s)]+")]
    private static partial Regex Address();

    static Task<Member> Dora(TestSite site) => site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email == Email));

    static async Task<bool> ComesIn(TestSite site, string password, string email = Email) =>
        (await site.Visitor().Submit("/sign-in", new() { ["Email"] = email, ["Password"] = password })).Document.QuerySelector(
            "form[action='/sign-out']"
        )
            is not null;
}
