using System.Net;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>One mailbox, one member: wherever an address can be entered.</summary>
public sealed class AddressTests(TestHost host)
{
    const string Text = "anna@bücher.example", Wire = "anna@xn--bcher-kva.example", Password = "a violet bicycle rests";

    public static readonly TheoryData<string> Spellings = [Wire, "ANNA@Bücher.Example", "ａｎｎａ＠bücher。example", "an\u200bna@bücher.example"];

    Task<TestSite> Site() => host.NewSite(r => r["members"]![0]!["email"] = Text);

    [Theory, MemberData(nameof(Spellings))]
    public async Task Every_spelling_signs_in_and_gets_the_mails(string typed)
    {
        var site = await Site();
        var anna = site.Visitor();
        var inside = await anna.Submit("/sign-in", new() { ["Email"] = typed, ["Password"] = TestSite.Password });
        Assert.NotNull(inside.Document.QuerySelector("form[action='/sign-out']"));
        Assert.Contains(Text, (await anna.Get("/account")).Text);
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = typed });
        await Mails.Link(site, Text, "members.reset");
    }

    [Theory, MemberData(nameof(Spellings))]
    public async Task No_spelling_makes_a_twin(string typed)
    {
        var site = await Site();
        await site.Visitor().Submit("/register", new() { ["Name"] = "Twin", ["Email"] = typed, ["Password"] = Password });
        Assert.Equal(1, await Mails.Count(site, Text, "members.already"));
        // Ben asks for the address, and staff try to assign it.
        var ben = await site.SignIn("ben");
        await ben.Submit("/account/email", new() { ["Email"] = typed });
        var admin = await site.SignIn("admin");
        var id = await site.Db(db => db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync());
        foreach (
            var (page, fields) in new (string, Dictionary<string, string>)[]
            {
                ("/staff/members/new", new() { ["Name"] = "Twin", ["Email"] = typed }),
                ($"/staff/members/{id}/edit", new() { ["Name"] = "Ben", ["Email"] = typed, ["How"] = "met" }),
            }
        )
            Assert.Contains("Another member has this address.", (await admin.Submit(page, fields)).Text);
        Assert.Equal(0, await site.Db(db => db.SystemMails.CountAsync(l => l.Kind == "members.new-email")));
        Assert.Equal(1, await site.Db(db => db.Members.CountAsync(m => m.NormalizedEmail == Wire.ToUpper())));
        // Staff find her by each spelling.
        Assert.Equal(
            "Anna",
            (await admin.Get("/staff/members?q=" + Uri.EscapeDataString(typed))).Document.QuerySelector("tbody th")!.TextContent.Trim()
        );
    }

    [Theory, MemberData(nameof(Spellings))]
    public async Task A_suppression_stops_mail_to_every_spelling(string typed)
    {
        var site = await Site();
        await site.With<Suppress, bool>(async s => { await s.Address(typed, SuppressionReason.Complaint); return true; });
        var kind = await site.Db(db => db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync());
        Assert.False(await site.Db(db => db.Members.MayReceive(kind).AnyAsync(m => m.Email == Text)));
        Assert.True(await site.Db(db => db.Members.MayReceive(kind).AnyAsync(m => m.Name == "Ben")));
    }

    [Fact]
    public async Task A_form_that_is_sent_with_the_address_as_a_browser_spells_it_changes_nothing()
    {
        var site = await Site();
        var admin = await site.SignIn("admin");
        var id = await site.Db(db => db.Members.Where(m => m.Email == Text).Select(m => m.Id).SingleAsync());
        var saved = await admin.Submit($"/staff/members/{id}/edit", new() { ["Name"] = "Anna B", ["Email"] = Wire });
        Assert.Equal("Saved.", saved.Document.QuerySelector(".notice.ok p")!.TextContent);
        Assert.Equal(0, await Mails.Count(site, Text, "members.email-changed"));
        var anna = site.Visitor();
        await anna.Submit("/sign-in", new() { ["Email"] = Text, ["Password"] = TestSite.Password });
        var same = await anna.Submit("/account/email", new() { ["Email"] = Wire });
        Assert.Equal("That is your present address.", same.Document.QuerySelector("#Email-error")!.TextContent);
    }

    [
        Theory,
        InlineData("josé@example.com", "before the @"),
        InlineData("花子@example.jp", "before the @"),
        InlineData("dora@exa_mple.com", "behind the @"),
        InlineData("dora@127.0.0.1", "behind the @")
    ]
    public async Task What_cannot_be_mailed_is_refused_in_words_at_every_form_and_no_page_says_that_a_mail_went(
        string typed,
        string words
    )
    {
        var site = await host.NewSite();
        var (nobody, anna, admin) = (site.Visitor(), await site.SignIn("anna"), await site.SignIn("admin"));
        Page[] pages =
        [
            await nobody.Submit("/register", new() { ["Name"] = "Dora", ["Email"] = typed, ["Password"] = Password }),
            await nobody.Submit("/forgotten-password", new() { ["Email"] = typed }),
            await anna.Submit("/account/email", new() { ["Email"] = typed }),
            await admin.Submit("/staff/members/new", new() { ["Name"] = "Dora", ["Email"] = typed }),
        ];
        foreach (var page in pages)
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
            Assert.Contains(words, page.Document.QuerySelector("#Email-error")!.TextContent);
            Assert.Equal(typed, page.Document.QuerySelector("#Email")!.GetAttribute("value"));
        }
    }

    [Fact]
    public async Task Members_from_before_are_made_comparable_and_two_of_one_mailbox_stay_and_are_shown_to_staff()
    {
        var site = await host.NewSite();
        var before = await site.Db(async db =>
        {
            // As the previous rule stored them; in one transaction, as the upgrade's job may start at any moment.
            await using var change = await db.Change();
            await Kept(db, "Anna", Text, "ANNA@BÜCHER.EXAMPLE");
            await Kept(db, "Ben", Wire, Wire.ToUpper());
            await Kept(db, "Carla", "carla@ｅxample.com", "CARLA@ＥXAMPLE.COM");
            await Kept(db, "Newman", "josé@example.com", "JOSÉ@EXAMPLE.COM");
            db.Suppressions.Add(new Suppression { AddressHash = "hash of Carla", Reason = SuppressionReason.Bounce, At = host.Clock.Now });
            await change.Commit();
            return await db.Members.Where(m => m.Name == "Admin").Select(m => m.AddressHash).SingleAsync();
        });
        // Until then, each signs in with the spelling typed then.
        foreach (var email in new[] { Text, Wire })
            Assert.NotNull((await SignIn(site, email)).Document.QuerySelector("form[action='/sign-out']"));
        // Running it again changes nothing; another process may run it at the same time.
        for (var i = 0; i < 2; i++)
            await site.With<IServiceProvider, bool>(async s =>
            {
                await Microsoft
                    .Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<RenewAddresses>(s)
                    .Handle(new Tick(), default);
                return true;
            });

        var members = await site.Db(db => db.Members.AsNoTracking().ToDictionaryAsync(m => m.Name));
        Assert.Equal(("ANNA@BÜCHER.EXAMPLE", members["Ben"].Id), (members["Anna"].NormalizedEmail, members["Anna"].AddressTwin));
        Assert.Equal((Wire.ToUpper(), Text, null), (members["Ben"].NormalizedEmail, members["Ben"].Email, members["Ben"].AddressTwin));
        Assert.Equal(members["Anna"].AddressHash, members["Ben"].AddressHash);
        Assert.Equal(("CARLA@EXAMPLE.COM", "carla@example.com"), (members["Carla"].NormalizedEmail, members["Carla"].Email));
        Assert.Equal("JOSÉ@EXAMPLE.COM", members["Newman"].NormalizedEmail);
        Assert.All(members.Values, m => Assert.Equal(RenewAddresses.Rule, m.AddressRule));
        // The suppression has moved with the address; what was right is unchanged.
        Assert.Equal(members["Carla"].AddressHash, await site.Db(db => db.Suppressions.Select(s => s.AddressHash).SingleAsync()));
        Assert.Equal(before, members["Admin"].AddressHash);
        // Both sign in as before, each to their own account.
        Assert.Contains("Anna", (await SignIn(site, Text)).Document.QuerySelector(".account-menu")!.TextContent);
        Assert.Contains("Ben", (await SignIn(site, Wire)).Document.QuerySelector(".account-menu")!.TextContent);

        var admin = await site.SignIn("admin");
        var notice = (await admin.Get("/staff/members")).Document.QuerySelector("section.notice")!;
        Assert.Equal(
            [$"/staff/members/{members["Anna"].Id}", $"/staff/members/{members["Ben"].Id}"],
            notice.QuerySelectorAll("a").Select(a => a.GetAttribute("href"))
        );
        // Ben gets another address: from the next run, Anna alone has hers.
        var edit = $"/staff/members/{members["Ben"].Id}/edit";
        await admin.Submit(edit, new() { ["Name"] = "Ben", ["Email"] = "ben@example.com", ["How"] = "met" });
        await site.With<IServiceProvider, bool>(async s =>
        {
            await Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<RenewAddresses>(s).Handle(new Tick(), default);
            return true;
        });
        var anna = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Name == "Anna"));
        Assert.Equal((Wire.ToUpper(), null), (anna.NormalizedEmail, anna.AddressTwin));
        Assert.Null((await admin.Get("/staff/members")).Document.QuerySelector("section.notice"));
        Assert.Contains("Anna", (await SignIn(site, Wire)).Document.QuerySelector(".account-menu")!.TextContent);

        static Task<int> Kept(SiteDb db, string name, string email, string normal) =>
            db
                .Members.Where(m => m.Name == name)
                .ExecuteUpdateAsync(s =>
                    s.SetProperty(m => m.Email, email)
                        .SetProperty(m => m.UserName, email)
                        .SetProperty(m => m.NormalizedEmail, normal)
                        .SetProperty(m => m.NormalizedUserName, normal)
                        .SetProperty(m => m.AddressHash, "hash of " + name)
                        .SetProperty(m => m.AddressRule, 0)
                );
    }

    static Task<Page> SignIn(TestSite site, string email) =>
        site.Visitor().Submit("/sign-in", new() { ["Email"] = email, ["Password"] = TestSite.Password });
}
