using System.IO.Compression;
using System.Net;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.House;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Attributes that a site defines, from their definition to every place where values appear.</summary>
[OnBothDatabases]
public sealed class AttributeTests(TestHost host)
{
    /// <summary>Defines an attribute as an administrator does.</summary>
    internal static async Task<long> Define(
        TestSite site,
        string label,
        AttributeType type,
        Func<AttributeDefinition, AttributeDefinition>? with = null
    )
    {
        var (admin, problems) = (await site.Reader("admin"), new Problems());
        var definition = new AttributeDefinition { Type = type, Labels = Translations.Of(l => l == "en" ? label : null) };
        var id = await site.With<SaveAttribute, long?>(s => s.Create(admin, with?.Invoke(definition) ?? definition, problems));
        Assert.Equal([], problems.All);
        return id!.Value;
    }

    /// <summary>Gives a member a value, as staff type it.</summary>
    internal static async Task Give(TestSite site, string member, long id, string text)
    {
        var problem = await site.Db(async db =>
        {
            var attribute = (await db.Attributes())[id]!;
            var read = attribute.Parse(text, SetValues.Today(db));
            if (read.Value is null) return read.Problem!.Reason;
            var owner = await db.Members.SingleAsync(m => m.Email == member + "@example.com");
            await db.SetValue(owner.Id, attribute, read.Value);
            await db.SaveChangesAsync();
            return null;
        });
        Assert.Null(problem);
    }

    static Task<long> IdOf(TestSite site, string key) =>
        site.Db(db => db.Members.Where(m => m.Email == key + "@example.com").Select(m => m.Id).SingleAsync());

    static Task<string?> TextOf(TestSite site, string key, long id) =>
        site.Db(async db =>
        {
            var attribute = (await db.Attributes())[id]!;
            var member = await db.Members.SingleAsync(m => m.Email == key + "@example.com");
            return (await db.ValuesOf(member.Id, [attribute])).TryGetValue(id, out var value) ? attribute.Plain(value, "en") : null;
        });

    [Fact]
    public async Task Staff_define_an_attribute_on_a_page_and_it_is_asked_kept_and_shown_by_itself()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        Assert.Contains("no attributes yet", (await admin.Get("/staff/attributes")).Text);
        Assert.Contains("type=many-of", (await admin.Get("/staff/attributes/new")).Html);
        var refused = await admin.Submit("/staff/attributes/new?type=one-of", new() { ["Label-ja"] = "飲み物" }, "main form.form");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.NotNull(refused.Document.QuerySelector("#NewOptions-error"));
        Assert.Equal("飲み物", refused.Document.QuerySelector("[name=Label-ja]")!.GetAttribute("value"));
        var saved = await admin.Submit(
            refused,
            new()
            {
                ["Label-en"] = "Drink",
                ["NewOptions"] = "Wine | ワイン\nTea | お茶",
                ["Visibility"] = "Members",
                ["Asked"] = "Registration",
                ["MemberMayEdit"] = "true",
                ["Required"] = "true",
            },
            "main form.form"
        );
        Assert.Equal("/staff/attributes", saved.Url.AbsolutePath);
        Assert.Contains("Drink", saved.Text);

        var dora = site.Visitor();
        var without = await dora.Submit("/register", Registering("dora"));
        var tea = without.Document.QuerySelectorAll("main select option").Single(o => o.TextContent == "Tea").GetAttribute("value")!;
        var field = without.Document.QuerySelector("main select")!.Id!;
        Assert.Contains("has to be filled in", without.Document.QuerySelector($"#{field}-error")!.TextContent);
        var with = Registering("dora");
        with[field] = tea;
        await dora.Submit(without, with);
        await dora.Submit(await dora.Get(await Mails.Link(site, "dora@example.com", "members.confirm")), [], "main form");
        var profile = await site.Db(db =>
            db.Members.Where(m => m.Email == "dora@example.com").Select(m => "/members/" + m.Handle).SingleAsync()
        );
        Assert.Contains("Drink Tea", (await (await site.SignIn("anna")).Get(profile)).Text);
        Assert.Equal(tea, (await dora.Get("/account")).Document.QuerySelector($"#{field} option[selected]")!.GetAttribute("value"));
        Assert.Contains("Drink Tea", (await admin.Get($"/staff/members/{await IdOf(site, "dora")}")).Text);
    }

    static Dictionary<string, string> Registering(string key) => new()
    {
        ["Name"] = "Dora",
        ["Email"] = key + "@example.com",
        ["Password"] = "a violet bicycle rests",
    };

    [Fact]
    public async Task A_member_edits_what_may_be_edited_and_is_told_what_is_wrong_beside_the_field()
    {
        var site = await host.NewSite();
        var phone = await Define(site, "Phone", AttributeType.Telephone);
        var given = await Define(site, "Level", AttributeType.Text, d => d with { MemberMayEdit = false, Visibility = Visibility.Members });
        var hidden = await Define(site, "Note", AttributeType.Text, d => d with { MemberMayEdit = false });
        await Give(site, "anna", given, "Gold");
        await Give(site, "anna", hidden, "Difficult");
        var anna = await site.SignIn("anna");
        var wrong = await anna.Submit("/account", new() { [$"attribute-{phone}"] = "12" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        Assert.Contains("too few digits", wrong.Document.QuerySelector($"#attribute-{phone}-error")!.TextContent);
        Assert.Equal("12", wrong.Document.QuerySelector($"#attribute-{phone}")!.GetAttribute("value"));
        await anna.Submit(wrong, new() { [$"attribute-{phone}"] = "０９０ー１２３４ー５６７８" });
        Assert.Equal("+819012345678", await TextOf(site, "anna", phone));
        var account = await anna.Get("/account");
        Assert.Contains("Level Gold", account.Text);
        Assert.DoesNotContain("Difficult", account.Html);
        // A crafted field changes nothing that the member may not edit.
        await anna.Submit(
            account,
            new() { [$"attribute-{phone}"] = "", [$"attribute-{given}"] = "Platinum", [$"attribute-{given}.asked"] = "1" },
            "form[action='/account'], main form.form"
        );
        Assert.Equal("Gold", await TextOf(site, "anna", given));
        Assert.Null(await TextOf(site, "anna", phone));
    }

    [Fact]
    public async Task A_value_for_the_eyes_of_few_reaches_no_other_staff_and_no_member()
    {
        var site = await host.NewSite();
        var secret = await Define(site, "Diagnosis", AttributeType.Text, d => d with { Visibility = Visibility.Personal });
        await Give(site, "anna", secret, "Quinsy-4711");
        await site.Db(async db =>
        {
            var attribute = (await db.Attributes())[secret]!;
            var id = await db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync();
            db.KeptAside.Add(
                new()
                {
                    MemberId = id,
                    AttributeId = attribute.Id,
                    Type = AttributeType.Text,
                    Text = "Quinsy-4711",
                    At = db.Now,
                }
            );
            return await db.SaveChangesAsync();
        });
        var anna = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email == "anna@example.com"));
        var (id, handle) = (anna.Id, anna.Handle);
        foreach (var key in new[] { "mod", "web", "mailer", "ben" })
        {
            var visitor = await site.SignIn(key);
            foreach (
                var url in new[]
                {
                    $"/staff/members/{id}",
                    $"/staff/members/{id}/edit",
                    $"/members/{handle}",
                    "/staff/members",
                    "/staff/audit",
                }
            )
                Assert.DoesNotContain("Quinsy", (await visitor.Get(url)).Html);
        }
        Assert.Contains(
            "hidden",
            (await (await site.SignIn("mod")).Get($"/staff/members/{id}")).Document.QuerySelector("main")!.TextContent
        );
        Assert.Contains("Quinsy-4711", (await (await site.SignIn("admin")).Get($"/staff/members/{id}")).Html);
        Assert.Contains("Quinsy-4711", (await (await site.SignIn("anna")).Get("/account")).Html);
        var read = await site.Db(db => db.Audit.Where(a => a.SubjectId == id && a.Fields.Contains("attribute.")).CountAsync());
        Assert.Equal(1, read);
        Assert.Contains("Diagnosis", (await (await site.SignIn("admin")).Get("/staff/audit")).Text);
    }

    /// <summary>Every page that a link leads to, and the pages of one's own account.</summary>
    [Theory]
    [InlineData("mod")]
    [InlineData("web")]
    [InlineData("mailer")]
    [InlineData("ben")]
    public async Task No_page_that_a_link_leads_to_has_a_byte_of_a_value_for_the_eyes_of_few(string key)
    {
        var site = await host.NewSite();
        var secret = await Define(site, "Diagnosis", AttributeType.Text, d => d with { Key = "secret", Visibility = Visibility.Personal });
        foreach (var member in new[] { "anna", "carla", "admin" }) await Give(site, member, secret, "Quinsy-4711");
        await (await site.SignIn("anna")).Start("general", "Mugs");
        var visitor = await site.SignIn(key);
        var (open, seen) = (new Queue<string>(["/", "/staff", "/account", "/staff/members?sort=name"]), new HashSet<string>());
        while (open.TryDequeue(out var url) && seen.Count < 150)
        {
            if (!seen.Add(url)) continue;
            var page = await visitor.Get(url);
            Assert.False(page.Html.Contains("Quinsy", StringComparison.Ordinal), url);
            if (page.ContentType != "text/html") continue;
            foreach (var link in page.Document.QuerySelectorAll("main a[href^='/'], nav a[href^='/']"))
                open.Enqueue(link.GetAttribute("href")!.Split('#')[0]);
        }
        Assert.True(seen.Count > 15);
        Assert.Equal(key is "ben" or "web", !seen.Any(u => u.StartsWith("/staff/members/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_list_of_members_is_sorted_by_furigana_page_by_page_and_who_has_none_comes_last()
    {
        var site = await host.NewSite();
        var kana = await Define(site, "Furigana", AttributeType.Furigana);
        foreach (var (key, reading) in new[] { ("anna", "さとう"), ("ben", "ガトウ"), ("carla", "かとう") }) await Give(site, key, kana, reading);
        var admin = await site.SignIn("admin");
        async Task<List<string>> Names(string sort)
        {
            var page = await admin.Get($"/staff/members?sort={sort}");
            return [.. page.Document.QuerySelectorAll("tbody th[scope=row]").Select(r => r.TextContent.Trim())];
        }
        Assert.Equal(["Carla", "Ben", "Anna"], (await Names("furigana")).Take(3));
        Assert.Equal(["Anna", "Ben", "Carla"], (await Names("-furigana")).Take(3));
        var carla = await IdOf(site, "carla");
        var after = await admin.Get($"/staff/members?sort=furigana&after={carla}");
        Assert.Equal("Ben", after.Document.QuerySelector("tbody th[scope=row]")!.TextContent.Trim());
        var all = (await Names("furigana")).Count;
        Assert.Equal(all - 1, after.Document.QuerySelectorAll("tbody th[scope=row]").Length);
    }

    [Fact]
    public async Task Every_order_walked_in_small_pages_has_each_member_once_and_is_the_order_of_a_naive_sort()
    {
        var site = await host.NewSite();
        var kana = await Define(site, "Furigana", AttributeType.Furigana);
        await site.Db(async db =>
        {
            string[] readings = ["さとう", "ガトウ", "かとう", "さとう"];
            var members = Enumerable.Range(0, 24).Select(i =>
            {
                // Equal names, moments and readings, since those are what a page may end between.
                var member = Member.Create("Member " + i % 5, EmailAddress.Parse($"o{i}@example.com"), db.Now.AddDays(-i % 4));
                (member.AddressHash, member.LastSignInAt) = ("o" + i, i % 3 == 0 ? null : db.Now.AddDays(-i % 2));
                return member;
            }).ToList();
            db.Members.AddRange(members);
            await db.SaveChangesAsync();
            var attribute = (await db.Attributes())[kana]!;
            foreach (var (member, i) in members.Select((m, i) => (m, i)).Where(m => m.i % 5 > 0))
                await db.SetValue(member.Id, attribute, attribute.Parse(readings[i % 4], default).Value!, default);
            return await db.SaveChangesAsync();
        });
        var (all, keys) = await site.Db(async db => (await db.Members.AsNoTracking().ToListAsync(),
            await db.AttributeValues.Where(v => v.AttributeId == kana).ToDictionaryAsync(v => v.MemberId, v => v.Key)));
        foreach (var word in MemberOrder.All.Append("furigana").Append("-furigana"))
        {
            var order = MemberOrder.Of(word, await site.Db(async db => (await db.Attributes())[kana]))!;
            var walked = new List<long>();
            for (Member? last = null; ;)
            {
                var page = await site.Db(db => order.Page(db.Members.AsNoTracking(), last, 3, db));
                walked.AddRange(page.Rows.Select(m => m.Id));
                if (!page.More) break;
                last = page.Rows[^1];
            }
            Assert.Equal(Naive(order).Select(m => m.Id), walked);
        }

        IEnumerable<Member> Naive(MemberOrder order)
        {
            Func<Member, IComparable?> by = order.By switch
            {
                MemberOrder.Name => m => Ordinal(m.SearchName),
                MemberOrder.Joined => m => m.JoinedAt,
                MemberOrder.Seen => m => m.LastSignInAt,
                _ => m => keys.GetValueOrDefault(m.Id) is { } key ? Ordinal(key) : null,
            };
            // Names and readings rise by nature, moments fall.
            var rises = order.Backwards != order.By is MemberOrder.Name or MemberOrder.Furigana;
            var (with, without) = (all.Where(m => by(m) is not null).OrderBy(by).ThenBy(m => m.Id), all.Where(m => by(m) is null));
            return (rises ? with : with.Reverse())
                .Concat(order.By is MemberOrder.Seen ? without.OrderByDescending(m => m.Id) : without.OrderBy(m => m.Id));
        }
    }

    /// <summary>In the order in which both databases compare it.</summary>
    static string Ordinal(string text) => Convert.ToHexString(System.Text.Encoding.BigEndianUnicode.GetBytes(text));

    [Fact]
    public async Task No_two_members_have_one_member_number_and_zeros_stay()
    {
        var site = await host.NewSite();
        var number = await Define(site, "Number", AttributeType.MemberNumber);
        var (anna, ben) = (await IdOf(site, "anna"), await IdOf(site, "ben"));
        var admin = await site.SignIn("admin");
        await admin.Submit($"/staff/members/{anna}/edit", new() { [$"attribute-{number}"] = "００１２３" });
        Assert.Equal("00123", await TextOf(site, "anna", number));
        var taken = await admin.Submit($"/staff/members/{ben}/edit", new() { [$"attribute-{number}"] = "00123" });
        Assert.Contains("00123", taken.Document.QuerySelector($"#attribute-{number}-error")!.TextContent);
        await admin.Submit($"/staff/members/{ben}/edit", new() { [$"attribute-{number}"] = "123" });
        Assert.Equal("123", await TextOf(site, "ben", number));
        Assert.DoesNotContain($"attribute-{number}", (await (await site.SignIn("anna")).Get("/account")).Html);
    }

    static Task Rewritten(TestSite site) =>
        TestSite.Until(() => site.Db(db => db.MemberAttributes.AllAsync(a => a.RetypingSince == null)), "the values are rewritten");

    [Fact]
    public async Task A_retyped_attribute_keeps_what_fits_and_keeps_the_rest_aside_until_it_fits_again()
    {
        var site = await host.NewSite();
        var size = await Define(site, "Size", AttributeType.Text);
        foreach (var (key, text) in new[] { ("anna", "12"), ("ben", "１，０００"), ("carla", "large") }) await Give(site, key, size, text);
        var admin = await site.SignIn("admin");
        var preview = await admin.Get($"/staff/attributes/{size}/type?to=number");
        Assert.Contains("Fit2 members", preview.Text);
        Assert.Contains("would be kept aside 1 member", preview.Text);
        Assert.Contains("large – 1 member", preview.Text);
        await admin.Submit(preview, [], "main form[method=post]");
        await Rewritten(site);
        Assert.Equal(
            ["12", "1000", null],
            [await TextOf(site, "anna", size), await TextOf(site, "ben", size), await TextOf(site, "carla", size)]
        );
        Assert.Equal(1000, await site.Db(db => db.AttributeValues.Where(v => v.AttributeId == size).MaxAsync(v => v.Number)));
        var carla = await IdOf(site, "carla");
        Assert.Contains("Size: large", (await admin.Get($"/staff/members/{carla}")).Text);
        Assert.Contains("Carla", (await admin.Get($"/staff/attributes/{size}")).Text);

        await admin.Submit(await admin.Get($"/staff/attributes/{size}/type?to=one-of&add=true"), [], "main form[method=post]");
        await Rewritten(site);
        var options = await site.Db(async db => (await db.Attributes())[size]!.Options.Select(o => o.Label("en")).ToList());
        Assert.Equal(["12", "1000"], options);
        await admin.Submit(await admin.Get($"/staff/attributes/{size}/type?to=text"), [], "main form[method=post]");
        await Rewritten(site);
        Assert.Equal(
            ["12", "1000", "large"],
            [await TextOf(site, "anna", size), await TextOf(site, "ben", size), await TextOf(site, "carla", size)]
        );
        Assert.Equal(0, await site.Db(db => db.KeptAside.CountAsync()));
        // A zero in front would be lost by the number: the text is kept aside instead.
        await Give(site, "anna", size, "00123");
        Assert.Contains("would lose what stands before", (await admin.Get($"/staff/attributes/{size}/type?to=number")).Text);
        Assert.Null(await site.Db(async db => (await db.Attributes())[size]!.RetypingSince));
    }

    [Fact]
    public async Task Values_are_rewritten_once_however_often_and_by_how_many_at_once_it_is_begun()
    {
        var site = await host.NewSite();
        var size = await Define(site, "Size", AttributeType.Text);
        foreach (var (key, text) in new[] { ("anna", "12"), ("ben", "large"), ("carla", "3") }) await Give(site, key, size, text);
        var actor = await site.Reader("admin");
        await site.With<RetypeAttribute, bool>(r => r.Begin(actor, size, AttributeType.Number, false, null));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => site.With<RetypeAttribute, bool>(async r =>
        {
            await r.Handle(new ConvertValues(size), default);
            return true;
        })));
        await Rewritten(site);
        Assert.Equal(
            ["12", null, "3"],
            [await TextOf(site, "anna", size), await TextOf(site, "ben", size), await TextOf(site, "carla", size)]
        );
        Assert.Equal("large", await site.Db(db => db.KeptAside.Select(v => v.Text).SingleAsync()));
        Assert.Equal(1, await site.Db(db => db.Events.CountAsync(e => e.Type == "members.attribute-retyped")));
    }

    [Fact]
    public async Task A_value_kept_aside_is_discarded_by_a_person()
    {
        var site = await host.NewSite();
        var size = await Define(site, "Size", AttributeType.Text);
        await Give(site, "carla", size, "large");
        var actor = await site.Reader("admin");
        await site.With<RetypeAttribute, bool>(r => r.Begin(actor, size, AttributeType.Number, false, null));
        await TestSite.Until(() => site.Db(db => db.MemberAttributes.AllAsync(m => m.RetypingSince == null)), "the values are rewritten");
        var admin = await site.SignIn("admin");
        var page = await admin.Submit($"/staff/members/{await IdOf(site, "carla")}", [], "form[action$='/discard']");
        Assert.DoesNotContain("large", page.Text);
        Assert.Equal(0, await site.Db(db => db.KeptAside.CountAsync()));
    }

    [Fact]
    public async Task A_retired_attribute_is_gone_from_every_form_and_comes_back_with_its_values()
    {
        var site = await host.NewSite();
        var size = await Define(site, "Size", AttributeType.Text, d => d with { Visibility = Visibility.Members });
        await Give(site, "anna", size, "12");
        var (admin, anna) = (await site.SignIn("admin"), await site.SignIn("anna"));
        await admin.Submit($"/staff/attributes/{size}", [], "form[action$='/retire']");
        Assert.DoesNotContain($"attribute-{size}", (await anna.Get("/account")).Html);
        Assert.DoesNotContain("Size 12", (await admin.Get($"/staff/members/{await IdOf(site, "anna")}")).Text);
        await admin.Submit("/staff/attributes", [], "form[action$='/restore']");
        Assert.Equal("12", (await anna.Get("/account")).Document.QuerySelector($"#attribute-{size}")!.GetAttribute("value"));
    }

    [Fact]
    public async Task Options_are_renamed_ordered_and_retired_without_losing_what_was_chosen()
    {
        var site = await host.NewSite();
        var drink = await Define(site, "Drink", AttributeType.ManyOf, d => d with { NewOptions = "Wine\nTea\nWine, red" });
        await Give(site, "anna", drink, "wine, red; tea");
        var ids = await site.Db(async db => (await db.Attributes())[drink]!.Options.Select(o => o.Id).ToList());
        var admin = await site.SignIn("admin");
        await admin.Submit(
            $"/staff/attributes/{drink}",
            new()
            {
                [$"Option-{ids[1]}-en"] = "Green tea",
                [$"Option-{ids[0]}-position"] = "9",
                [$"Option-{ids[2]}-retired"] = "true",
                ["NewOptions"] = "Milk",
            },
            "main form.form"
        );
        Assert.Equal("Green tea; Wine, red", await TextOf(site, "anna", drink));
        var anna = await (await site.SignIn("anna")).Get("/account");
        Assert.Equal(
            ["Green tea", "Wine, red", "Wine", "Milk"],
            anna.Document.QuerySelectorAll($"#attribute-{drink} label").Select(l => l.TextContent.Trim())
        );
        var ben = await (await site.SignIn("ben")).Get("/account");
        Assert.DoesNotContain("Wine, red", ben.Document.QuerySelector($"#attribute-{drink}")!.TextContent);
    }

    [Fact]
    public async Task The_order_is_that_of_staff_on_every_page()
    {
        var site = await host.NewSite();
        var (first, second) = (await Define(site, "First", AttributeType.Text), await Define(site, "Second", AttributeType.Text));
        var admin = await site.SignIn("admin");
        await admin.Submit("/staff/attributes", new() { ["up"] = "false" }, $"form[action='/staff/attributes/{first}/place']");
        var account = await (await site.SignIn("anna")).Get("/account");
        Assert.Equal(
            [$"attribute-{second}", $"attribute-{first}"],
            account.Document.QuerySelectorAll("input[id^=attribute-]").Select(i => i.Id)
        );
    }

    [Fact]
    public async Task What_was_typed_to_register_and_no_longer_fits_is_kept_aside()
    {
        var site = await host.NewSite();
        var size = await Define(site, "Size", AttributeType.Text, d => d with { Asked = AskedWhen.Registration });
        var dora = site.Visitor();
        var fields = Registering("dora");
        fields[$"attribute-{size}"] = "large";
        await dora.Submit("/register", fields);
        var actor = await site.Reader("admin");
        await site.With<RetypeAttribute, bool>(r => r.Begin(actor, size, AttributeType.Number, false, null));
        await Rewritten(site);
        await dora.Submit(await dora.Get(await Mails.Link(site, "dora@example.com", "members.confirm")), [], "main form");
        Assert.Equal("large", await site.Db(db => db.KeptAside.Select(v => v.Text).SingleAsync()));
    }

    [Fact]
    public async Task A_members_export_names_attributes_and_erasing_removes_every_value()
    {
        var site = await host.NewSite();
        var drink = await Define(site, "Drink", AttributeType.ManyOf, d => d with { Key = "drink", NewOptions = "Wine\nTea" });
        await Give(site, "anna", drink, "tea; wine");
        var anna = await IdOf(site, "anna");
        var json = await site.With<ExportMember, string>(async export =>
        {
            using var zip = new MemoryStream();
            Assert.True(await export.Write(anna, false, zip, default));
            zip.Position = 0;
            using var archive = new ZipArchive(zip);
            using var reader = new StreamReader(archive.GetEntry("data.json")!.Open());
            return await reader.ReadToEndAsync();
        });
        Assert.Contains("\"attribute\": \"drink\"", json);
        Assert.Contains("\"value\": \"Wine; Tea\"", json);
        await site.With<EraseMember, string?>(e => e.Erase(anna));
        Assert.Equal(0, await site.Db(db => db.AttributeValues.CountAsync(v => v.MemberId == anna)));
    }

    [Fact]
    public async Task A_birthday_entered_anywhere_is_the_same_day_everywhere()
    {
        var site = await host.NewSite();
        var birthday = await Define(site, "Birthday", AttributeType.Birthday, d => d with { Visibility = Visibility.Members });
        var anna = await site.SignIn("anna");
        await anna.Submit("/account", new() { [$"attribute-{birthday}"] = "June 1, 1990" });
        Assert.Equal("1990-06-01", await TextOf(site, "anna", birthday));
        Assert.Equal(new DateOnly(1990, 6, 1), await site.Db(db => db.AttributeValues.Select(v => v.Date).SingleAsync()));
    }
}

public sealed class AttributeActs : ActsOfModule
{
    static readonly AttributeDefinition definition =
        new() { Type = AttributeType.Text, Labels = Translations.Of(l => l == "en" ? "New" : null) };

    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
        [
            ("SaveAttribute.Create", "admin", c => c.Get<SaveAttribute>().Create(c.Actor, definition, new())),
            ("SaveAttribute.Change", "admin", c => c.Get<SaveAttribute>().Change(c.Actor, 1, definition, null, new())),
            ("SaveAttribute.Move", "admin", c => c.Get<SaveAttribute>().Move(c.Actor, 1, true)),
            ("SaveAttribute.Retire", "admin", c => c.Get<SaveAttribute>().Retire(c.Actor, 1, true)),
            ("RetypeAttribute.Begin", "admin", c => c.Get<RetypeAttribute>().Begin(c.Actor, 1, AttributeType.Number, false, null)),
            ("DiscardKeptAside.Do", "admin", c => c.Get<DiscardKeptAside>().Do(c.Actor, 1)),
        ];
}
