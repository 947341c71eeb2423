using System.Net;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>Finding members, and the staff's home page.</summary>
[OnBothDatabases]
public sealed class FindTests(TestHost host)
{
    [Theory]
    [InlineData("whit sam", "Sam Whitfield")]
    [InlineData("ＳＡＭ", "Sam Whitfield")]
    [InlineData("sam whitfield@shop", "Sam Whitfield")]
    [InlineData("ost", "Östen Ærø")]
    [InlineData("aer ÖST", "Östen Ærø")]
    [InlineData("がとう", "さとうがとう")]
    [InlineData("かとう", "")]
    [InlineData("%", "")]
    [InlineData("sam nobody", "")]
    public async Task Words_find_a_member_in_any_order(string words, string found)
    {
        var site = await host.NewSite(r =>
        {
            (r["members"]![0]!["name"], r["members"]![0]!["email"]) = ("Sam Whitfield", "sam.whitfield@shop.example");
            r["members"]![1]!["name"] = "Östen Ærø";
            r["members"]![2]!["name"] = "さとうがとう";
        });
        var admin = await site.SignIn("admin");
        Assert.Equal(found.Length == 0 ? [] : [found], Names(await admin.Get("/staff/members?q=" + Uri.EscapeDataString(words))));
    }

    /// <summary>By what staff have in front of them: a letter, a card, a telephone that rings.</summary>
    [Fact]
    public async Task Words_find_a_member_by_furigana_number_and_telephone_in_every_spelling_and_the_page_says_so()
    {
        var site = await host.NewSite(r => (r["members"]![0]!["name"], r["members"]![1]!["name"]) = ("山田花子", "ガトウたろう"));
        await site.Db(async db =>
        {
            MemberAttribute[] all =
            [
                Of("Furigana", AttributeType.Furigana, Visibility.Staff), Of("Card", AttributeType.MemberNumber, Visibility.Staff),
                Of("Phone", AttributeType.Telephone, Visibility.Personal), Of("Retired", AttributeType.MemberNumber, Visibility.Staff),
            ];
            all[3].RetiredAt = db.Now;
            db.MemberAttributes.AddRange(all);
            db.Touch(SiteAttributes.Version);
            await db.SaveChangesAsync();
            var id = await db.Members.Where(m => m.Name == "山田花子").Select(m => m.Id).SingleAsync();
            string[] values = ["ヤマダ ハナコ", "A-00123", "090-1234-5678", "R-77777"];
            foreach (var (attribute, value) in all.Zip(values))
                db.AttributeValues.AddRange(attribute.Rows(id, attribute.Parse(value, new(2026, 1, 1)).Value!));
            return await db.SaveChangesAsync();
        });
        var (admin, mod) = (await site.SignIn("admin"), await site.SignIn("mod"));
        string[] hers = ["やまだ", "ﾊﾅｺ", "ヤマダ はなこ", "まだ 山田", "a-00123", "Ａ－００１２３", "00123"];
        foreach (var words in hers)
        {
            Assert.Equal(["山田花子"], await Found(admin, words));
            Assert.Equal(["山田花子"], await Found(mod, words));
        }
        // Kept in another kana than it is typed in; and two words of which one fits nothing.
        foreach (var words in new[] { "がとう", "ｶﾞﾄｳ", "タロウ", "ガトウ" }) Assert.Equal(["ガトウたろう"], await Found(admin, words));
        foreach (var words in new[] { "やまた", "やまだ nobody", "R-77777", "77777" }) Assert.Empty(await Found(admin, words));
        // A number that staff may not see finds nobody for them.
        foreach (var words in new[] { "090-1234-5678", "０９０１２３４", "+81 90 1234", "12345678" })
        {
            Assert.Equal(["山田花子"], await Found(admin, words));
            Assert.Empty(await Found(mod, words));
        }
        Assert.Contains("Furigana, Card, Phone is searched too", (await admin.Get("/staff/members")).Text);
        var page = await mod.Get("/staff/members");
        Assert.Contains("Furigana, Card is searched too", page.Text);
        Assert.DoesNotContain("Phone is searched", page.Text);
        // Kept as a segment it finds the same, and staff who may not see the numbers may not open it.
        var kept = await admin.Submit("/staff/members", new() { ["q"] = "090-1234-5678" }, "form[role='search']");
        var form = await admin.Get(kept.Document.QuerySelector("a[href^='/staff/segments/new']")!.GetAttribute("href")!);
        await admin.Submit(form, new() { ["Name"] = "Who rang" }, "form:has([name=Name])");
        var segment = await site.Db(db => db.Segments.AsNoTracking().SingleAsync());
        Assert.Equal(1, await site.Db(db => segment.Chosen.Count(db)));
        // Edited it keeps where it looks.
        await admin.Submit(segment.Url, new() { ["Name"] = "Who called" }, "form:has([name=Name])");
        segment = await site.Db(db => db.Segments.AsNoTracking().SingleAsync());
        Assert.Equal(("Who called", 1), (segment.Name, await site.Db(db => segment.Chosen.Count(db))));
        var (all, few) = (await site.Reader("admin"), await site.Reader("mod"));
        Assert.True(await site.Db(db => segment.Chosen.IsOpenTo(all, db)));
        Assert.False(await site.Db(db => segment.Chosen.IsOpenTo(few, db)));

        static MemberAttribute Of(string label, AttributeType type, Visibility visibility) =>
            new() { Key = label.ToLowerInvariant(), Type = type, Labels = Translations.Of(_ => label), Visibility = visibility };

        static async Task<IReadOnlyList<string>> Found(Visitor staff, string words) =>
            Names(await staff.Submit("/staff/members", new() { ["q"] = words }, "form[role='search']"));
    }

    [Fact]
    public async Task A_handle_or_the_address_of_a_profile_finds_its_member()
    {
        var site = await host.NewSite();
        var handle = await site.Db(db => db.Members.Where(m => m.Name == "Ben").Select(m => m.Handle).SingleAsync());
        var mod = await site.SignIn("mod");
        Assert.Equal(["Ben"], Names(await mod.Get("/staff/members?q=" + handle)));
        Assert.Equal(["Ben"], Names(await mod.Get("/staff/members?q=" + Uri.EscapeDataString(site.Url + "/members/" + handle))));
        // Staff who may not see addresses find nobody by one.
        Assert.Empty(Names(await mod.Get("/staff/members?q=ben%40")));
        Assert.Equal(["Ben"], Names(await (await site.SignIn("admin")).Get("/staff/members?q=ben%40")));
    }

    [Fact]
    public async Task Names_searched_by_an_earlier_rule_are_made_anew()
    {
        var site = await host.NewSite(r => r["members"]![0]!["name"] = "Öst");
        await site.Db(db =>
            db.Members.Where(m => m.Name == "Öst")
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.SearchName, "öst").SetProperty(m => m.SearchVersion, 0))
        );
        var admin = await site.SignIn("admin");
        Assert.Empty(Names(await admin.Get("/staff/members?q=ost")));
        await site.With<SiteDb, bool>(async db => { await new RenewSearchNames(db).Handle(new Tick(), default); return true; });
        Assert.Equal(["Öst"], Names(await admin.Get("/staff/members?q=ost")));
    }

    [Theory]
    [InlineData("name", "ascending", "Admin Anna Ben Carla Mailer")]
    [InlineData("-name", "descending", "Webmaster Susan Newman Moderator Mailer")]
    [InlineData("", "descending", "Newman Susan Carla Ben Anna")]
    [InlineData("-joined", "ascending", "Admin Moderator Mailer Webmaster Anna")]
    [InlineData("seen", "descending", "Admin Ben Anna Newman Susan")]
    [InlineData("-seen", "ascending", "Anna Ben Admin Newman Susan")]
    public async Task Headings_sort(string sort, string aria, string first)
    {
        var site = await host.NewSite();
        foreach (var who in new[] { "anna", "ben" })
        {
            await site.SignIn(who);
            await Task.Delay(5);
        }
        var admin = await site.SignIn("admin");
        var page = await admin.Get("/staff/members?sort=" + sort);
        Assert.Equal(first.Split(' '), Names(page).Take(5));
        var heading = Assert.Single(page.Document.QuerySelectorAll("th[aria-sort]"));
        Assert.Equal(aria, heading.GetAttribute("aria-sort"));
        // The same heading reverses the order.
        var turned = await admin.Get(heading.QuerySelector("a")!.GetAttribute("href")!);
        Assert.NotEqual(aria, turned.Document.QuerySelector("th[aria-sort]")!.GetAttribute("aria-sort"));
    }

    [Fact]
    public async Task The_purpose_is_asked_before_unmasked_data_is_shown_and_remembered_for_the_session()
    {
        var site = await host.NewSite();
        var admin = await Unasked(site, "admin");
        var asked = await admin.Submit("/staff/members", new() { ["q"] = "anna" }, "form[role='search']");
        Assert.Empty(Names(asked));
        Assert.Empty(asked.Document.QuerySelectorAll("[name='for'][checked]"));
        Assert.DoesNotContain("anna@example.com", asked.Html);
        Assert.Equal(0, await site.Db(db => db.Audit.CountAsync(a => a.Action == "members.search")));
        // What says nothing is told so; the search and the words stay.
        foreach (
            var (choice, words, answer) in new[]
            {
                ("", "", "Choose what you need the data for"),
                ("enquiryx", "", "Choose what you need the data for"),
                ("other", "", "Say in a few words"),
                ("other", "　", "Say in a few words"),
                ("other", "xxxxxx", "does not say what the data is for"),
                ("other", "...!!", "does not say what the data is for"),
                ("other", "about ben@example.com", "Leave addresses and long numbers out"),
                ("other", "call 090 1234 5678", "Leave addresses and long numbers out"),
                ("other", new string('w', 60) + new string('o', 61), "at most 120"),
            }
        )
        {
            var page = await admin.Submit(asked, new() { ["for"] = choice, ["words"] = words }, "form:has([name='for'])");
            Assert.True(page.Text.Contains(answer), $"{choice} {words}: {page.Text}");
            Assert.Equal("anna", page.Document.QuerySelector("#q")!.GetAttribute("value"));
            Assert.Equal(words.Trim('　'), page.Document.QuerySelector("#words")!.GetAttribute("value")!.Trim('　'));
            Assert.Empty(Names(page));
        }
        var found = await admin.Submit(
            asked, new() { ["for"] = "other", ["words"] = "株主総会の案内" }, "form:has([name='for'])");
        Assert.Equal(["Anna"], Names(found));
        Assert.Contains("株主総会の案内", found.Text);
        Assert.NotEmpty(Names(await admin.Get("/staff/members")));
        Assert.All(
            await site.Db(db => db.Audit.Where(a => a.Action == "members.search").Select(a => a.Purpose).ToListAsync()),
            p => Assert.Equal("株主総会の案内", p)
        );
        // It can be changed, and counts in this session alone.
        var change = await admin.Get(found.Document.QuerySelector("a[href*='change=purpose']")!.GetAttribute("href")!);
        Assert.Empty(Names(change));
        Assert.Equal(["Anna"], Names(await admin.Submit(change, new() { ["for"] = "upkeep" }, "form:has([name='for'])")));
        Assert.Equal("upkeep", await site.Db(db => db.Audit.Where(a => a.Action == "members.search").OrderBy(a => a.Id)
            .Select(a => a.Purpose).LastAsync()));
        Assert.Empty(Names(await (await Unasked(site, "admin")).Get("/staff/members")));
        // The page of one member asks as well, and shows nothing of them before.
        var (straight, anna) = (await Unasked(site, "admin"), await site.Db(db => db.Members.SingleAsync(m => m.Name == "Anna")));
        var opened = await straight.Get($"/staff/members/{anna.Id}");
        Assert.DoesNotContain("Anna", opened.Html);
        Assert.DoesNotContain("anna@example.com", opened.Html);
        opened = await straight.Submit(opened, new() { ["for"] = "other", ["words"] = "..." }, "form:has([name='for'])");
        Assert.DoesNotContain("Anna", opened.Html);
        Assert.Equal(0, await site.Db(db => db.Audit.CountAsync(a => a.Action == "members.open")));
        opened = await straight.Submit(opened, new() { ["for"] = "moderation" }, "form:has([name='for'])");
        Assert.Contains("anna@example.com", opened.Html);
        Assert.Equal(
            "moderation", await site.Db(db => db.Audit.Where(a => a.Action == "members.open").Select(a => a.Purpose).SingleAsync()));
        Assert.Contains("Anna", (await (await Unasked(site, "mod")).Get($"/staff/members/{anna.Id}")).Text);
        // Who sees masked data alone is not asked.
        Assert.NotEmpty(Names(await (await Unasked(site, "mod")).Get("/staff/members")));
    }

    [Fact]
    public async Task Purposes_of_the_site_are_offered_beside_the_usual_ones_and_end_with_their_time()
    {
        var site = await host.NewSite();
        var admin = await Unasked(site, "admin");
        await admin.Submit("/staff/settings/members", new() { ["purposes"] = "Recall of a product\n Prize draw " });
        var asked = await admin.Get("/staff/members");
        Assert.Equal(
            [.. Purposes.All, "Recall of a product", "Prize draw", Purposes.Other],
            asked.Document.QuerySelectorAll("[name='for']").Select(r => r.GetAttribute("value")!)
        );
        Assert.NotEmpty(Names(await admin.Submit(asked, new() { ["for"] = "Prize draw" }, "form:has([name='for'])")));
        // Another session's answer is worth nothing, nor is one whose time is over.
        var (member, session) = await site.Db(async db =>
            (await db.Members.Where(m => m.Name == "Admin").Select(m => m.Id).SingleAsync(), await db.Sessions.MaxAsync(s => s.Id)));
        foreach (var (of, lifetime, shown) in new[]
        {
            (session, TimeSpan.FromHours(1), true), (session + 1, TimeSpan.FromHours(1), false), (session, TimeSpan.FromSeconds(-1), false),
        })
        {
            var sealedPurpose = await site.With<IDataProtectionProvider, string>(keys =>
                Task.FromResult(Purposes.Seal(keys, member, of, "upkeep", lifetime)));
            var name = Purposes.CookieName(site.Host.Services.GetRequiredService<IConfiguration>());
            admin.Cookies.GetCookies(new Uri(site.Url))[name]!.Value = sealedPurpose;
            Assert.Equal(shown, Names(await admin.Get("/staff/members")).Any());
        }
    }

    /// <summary>Somebody signed in who has not said yet what they look at members for.</summary>
    static async Task<Visitor> Unasked(TestSite site, string who)
    {
        var visitor = await site.SignIn(who);
        var name = Purposes.CookieName(site.Host.Services.GetRequiredService<IConfiguration>());
        visitor.Cookies.GetCookies(new Uri(site.Url))[name]!.Expired = true;
        return visitor;
    }

    [Theory]
    [InlineData("name")]
    [InlineData("-name")]
    [InlineData("joined")]
    [InlineData("-joined")]
    [InlineData("seen")]
    [InlineData("-seen")]
    public async Task Every_member_stands_on_one_page_of_the_list(string sort)
    {
        var site = await host.NewSite();
        await site.Db(async db =>
        {
            for (var i = 0; i < 110; i++)
            {
                var member = Member.Create("Same " + i % 7, EmailAddress.Parse($"m{i}@example.com"), site.Host.Clock.Now.AddDays(-(i % 5)));
                member.AddressHash = "h" + i;
                if (i % 3 == 0) member.LastSignInAt = site.Host.Clock.Now.AddDays(-(i % 4));
                db.Members.Add(member);
            }
            return await db.SaveChangesAsync();
        });
        var admin = await site.SignIn("admin");
        var (seen, url) = (new List<string>(), (string?)("/staff/members?q=same&sort=" + sort));
        for (var n = 0; url is not null && n < 5; n++)
        {
            var page = await admin.Get(url);
            seen.AddRange(page.Document.QuerySelectorAll("tbody th a").Select(a => a.GetAttribute("href")!));
            url = page.Document.QuerySelector("a[rel=next]")?.GetAttribute("href");
        }
        Assert.Equal(110, seen.Count);
        Assert.Equal(110, seen.Distinct().Count());
    }

    [Fact]
    public async Task Conditions_are_folded_until_one_is_set_and_wrong_ones_are_told()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        Assert.False((await admin.Get("/staff/members?q=anna")).Document.QuerySelector("details.filters-more")!.HasAttribute("open"));
        Assert.True((await admin.Get("/staff/members?state=Active")).Document.QuerySelector("details.filters-more")!.HasAttribute("open"));
        // Who was found stands below the conditions: the search leads there.
        var form = await admin.Get("/staff/members?state=Active");
        var state = form.Document.QuerySelector("[name$=state]")!.GetAttribute("name")!;
        Assert.EndsWith("#found", (await admin.Post(form, new() { [state] = "Active" }, "form[action$='/find']")).Location!.ToString());
        Assert.NotNull(form.Document.QuerySelector("#found"));
        foreach (var query in new[] { "from=soon", "group=77", "state=Asleep", "role=king", "sort=luck", "from=2026-03-10&to=2026-03-09" })
        {
            var page = await admin.Get("/staff/members?" + query);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
            Assert.Empty(Names(page));
        }
    }

    [Fact]
    public async Task The_overview_counts_who_is_new_and_leads_to_them()
    {
        var site = await host.NewSite();
        await (await site.SignIn("admin")).Submit("/staff/members/new", new() { ["Name"] = "Dora", ["Email"] = "dora@example.com" });
        var admin = await site.SignIn("admin");
        var page = await admin.Get("/staff");
        var week = page.Document.QuerySelectorAll(".figures > div").Single(d => d.TextContent.Contains("New this week"));
        Assert.Contains("2 of them unconfirmed", week.TextContent);
        Assert.Equal("2", week.QuerySelector("dd")!.TextContent);
        foreach (var figure in page.Document.QuerySelectorAll(".figures dd a").Cast<AngleSharp.Html.Dom.IHtmlAnchorElement>())
            Assert.Equal(int.Parse(figure.TextContent), Names(await admin.Get(figure.GetAttribute("href")!)).Count);
    }

    [Fact]
    public async Task The_overview_shows_requests_to_who_decides_and_mailings_to_who_writes_them()
    {
        var site = await host.NewSite();
        await (await site.SignIn("ben")).Submit("/groups/circle", new() { ["message"] = "" });
        var mailer = await site.SignIn("mailer");
        var draft = await mailer.Submit(
            "/staff/mailings/new",
            new()
            {
                ["Form.Subject"] = "Spring news",
                ["Form.Text"] = "Hello",
                ["Form.When"] = "at",
                ["Form.Date"] = DateTime.UtcNow.AddDays(3).ToString("yyyy-MM-dd"),
                ["Form.Time"] = "08:00",
                ["Form.Then"] = "save",
            }
        );
        Assert.DoesNotContain("Spring news", (await mailer.Get("/staff")).Text);
        await site.Db(db =>
            db.Set<Community.Mailing.Mailing>()
                .ExecuteUpdateAsync(s =>
                    s.SetProperty(m => m.State, Community.Mailing.MailingState.Scheduled)
                        .SetProperty(m => m.StartAt, site.Host.Clock.Now.AddDays(3))
                )
        );
        var overview = await mailer.Get("/staff");
        Assert.Contains("Spring news", overview.Document.QuerySelector("[aria-labelledby=mailings-summary]")!.TextContent);
        Assert.DoesNotContain("asks to come into", overview.Text);
        var mod = await (await site.SignIn("mod")).Get("/staff");
        Assert.Contains("1 member asks to come into a group", mod.Text);
        Assert.NotNull(mod.Document.QuerySelector(".notice a[href='/staff/groups/circle']"));
        Assert.Null(mod.Document.QuerySelector("[aria-labelledby=mailings-summary]"));
        // Staff for whom no panel is shown see links instead.
        Assert.NotEmpty((await (await site.SignIn("web")).Get("/staff")).Document.QuerySelectorAll("main [aria-labelledby=places] a"));
        Assert.NotEqual(HttpStatusCode.UnprocessableEntity, draft.Status);
    }

    static IReadOnlyList<string> Names(Page page) => [.. page.Document.QuerySelectorAll("tbody th").Select(t => t.TextContent.Trim())];
}
