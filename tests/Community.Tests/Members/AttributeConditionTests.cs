using System.Net;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Members are selected by the attributes that the site defined, exactly, on either database.</summary>
[OnBothDatabases]
public sealed class AttributeConditionTests(TestHost host)
{
    static Task<long> Define(TestSite site, string label, AttributeType type, string options = "") =>
        AttributeTests.Define(site, label, type, d => d with { NewOptions = options });

    static Task Give(TestSite site, string member, long id, string text) => AttributeTests.Give(site, member, id, text);

    static Task<AttributeCondition> Condition(TestSite site, long id) =>
        site.Db(async db =>
            (AttributeCondition)(await MemberCondition.On(db)).Single(c => c is AttributeCondition a && a.Attribute.Id == id)
        );

    /// <summary>The names of the members who fit, among those of the sample site.</summary>
    static async Task<List<string>> Who(TestSite site, long id, AttributeTest test)
    {
        var condition = await Condition(site, id);
        return await site.Db(async db =>
            await (await Chosen.By(condition.With(test)).Apply(db.Members, db))
                .Where(m => m.Role == null)
                .Select(m => m.Name)
                .Order()
                .ToListAsync()
        );
    }

    static Task<List<string>> All(TestSite site) =>
        site.Db(db => db.Members.Where(m => m.Role == null).Select(m => m.Name).Order().ToListAsync());

    [Fact]
    public async Task Is_not_is_the_exact_complement_of_is_and_no_value_is_a_condition_of_its_own()
    {
        var site = await host.NewSite();
        var place = await Define(site, "Prefecture", AttributeType.Prefecture);
        await Give(site, "anna", place, "東京都");
        await Give(site, "ben", place, "大阪府");
        var tokyo = new AttributeTest(AttributeOperator.Is) { Codes = ["13"] };
        Assert.Equal(["Anna"], await Who(site, place, tokyo));
        Assert.Equal((await All(site)).Except(["Anna"]), await Who(site, place, tokyo with { Operator = AttributeOperator.IsNot }));
        Assert.Equal((await All(site)).Except(["Anna", "Ben"]), await Who(site, place, new(AttributeOperator.HasNone)));
        Assert.Equal(["Anna", "Ben"], await Who(site, place, new(AttributeOperator.HasValue)));
        Assert.Equal(["Anna", "Ben"], await Who(site, place, new(AttributeOperator.Is) { Codes = ["13", "27"] }));
    }

    [Fact]
    public async Task An_option_is_a_member_of_the_set_and_never_a_part_of_another_options_label()
    {
        var site = await host.NewSite();
        var drink = await Define(site, "Drink", AttributeType.ManyOf, "wine\nwine, red\ntea\na | b, c");
        await Give(site, "anna", drink, "wine");
        await Give(site, "ben", drink, "wine; tea");
        await Give(site, "carla", drink, "wine, red; a | b, c");
        var ids = await site.Db(async db => (await db.Attributes())[drink]!.Options.Select(o => o.Id).ToList());
        AttributeTest Of(AttributeOperator op, params int[] which) => new(op) { Options = [.. which.Select(i => ids[i])] };
        Assert.Equal(["Anna", "Ben"], await Who(site, drink, Of(AttributeOperator.Is, 0)));
        Assert.Equal((await All(site)).Except(["Anna", "Ben"]), await Who(site, drink, Of(AttributeOperator.IsNot, 0)));
        Assert.Equal(["Ben"], await Who(site, drink, Of(AttributeOperator.All, 0, 2)));
        Assert.Equal(["Carla"], await Who(site, drink, Of(AttributeOperator.All, 1, 3)));
        Assert.Equal(["Ben", "Carla"], await Who(site, drink, Of(AttributeOperator.Is, 2, 3)));
    }

    [Fact]
    public async Task A_condition_on_a_retired_attribute_is_broken_matches_nobody_says_so_and_leaves_the_others_alone()
    {
        var site = await host.NewSite();
        var (course, city) = (await Define(site, "Course", AttributeType.Text), await Define(site, "City", AttributeType.Text));
        await Give(site, "anna", course, "beginner");
        await Give(site, "ben", city, "Kobe");
        var beginner = new AttributeTest(AttributeOperator.Is) { Text = "beginner" };
        var chosen = Chosen.By((await Condition(site, course)).With(beginner));
        var actor = await site.Reader("admin");
        await site.With<SaveAttribute, bool>(s => s.Retire(actor, course, true));
        Assert.Empty(await Who(site, course, beginner));
        Assert.Empty(await Who(site, course, beginner with { Operator = AttributeOperator.IsNot }));
        Assert.Equal(["conditions.broken.attribute"], await site.Db(async db => (await chosen.Broken(db)).Select(b => b.Text).ToList()));
        Assert.Equal(["Ben"], await Who(site, city, new(AttributeOperator.Is) { Text = "kobe" }));
        await site.With<SaveAttribute, bool>(s => s.Retire(actor, course, false));
        Assert.Equal(["Anna"], await Who(site, course, beginner));
        // Renamed, it is still the same attribute.
        var definition = await site.Db(async db => AttributeDefinition.Of((await db.Attributes())[course]!));
        await site.With<SaveAttribute, bool>(s =>
            s.Change(actor, course, definition with { Labels = Translations.Of(l => "Level") }, null, new())
        );
        Assert.Equal(["Anna"], await Who(site, course, beginner));
    }

    [Fact]
    public async Task A_segment_that_stands_on_a_retired_attribute_is_broken_on_its_page_and_mails_nobody()
    {
        var site = await host.NewSite();
        var (course, city) = (await Define(site, "Course", AttributeType.Text), await Define(site, "City", AttributeType.Text));
        await Give(site, "anna", course, "beginner");
        await Give(site, "anna", city, "Kobe");
        var (admin, actor) = (await site.SignIn("admin"), await site.Reader("admin"));
        foreach (var (name, id, text) in new[] { ("Beginners", course, "beginner"), ("Kobe", city, "kobe") })
        {
            var chosen = Chosen.By((await Condition(site, id)).With(new AttributeTest(AttributeOperator.Is) { Text = text }));
            Assert.NotNull(await site.With<SaveSegment, long?>(s => s.Make(actor, name, chosen, false, new(), default)));
        }
        await site.With<SaveAttribute, bool>(s => s.Retire(actor, course, true));
        var list = await admin.Get("/staff/segments");
        var counts = list.Document.QuerySelectorAll("tbody tr").ToDictionary(
            r => r.QuerySelector("th")!.TextContent.Trim(), r => r.QuerySelector("td:nth-of-type(2)")!.TextContent.Trim());
        Assert.Equal(("Broken", "1"), (counts["Beginners"], counts["Kobe"]));
        var segment = await site.Db(db => db.Segments.Where(s => s.Name == "Beginners").Select(s => s.Id).SingleAsync());
        Assert.Contains("Course", (await admin.Get($"/staff/segments/{segment}")).Document.QuerySelector(".notice.danger")!.TextContent);
        var mailing = new Community.Mailing.Mailing { KindId = 1, Audience = new(Chosen.By(SegmentCondition.With(segment))) };
        Assert.Empty(await site.Db(async db => await (await Community.Mailing.Audience.Receivers(mailing, db)).ToListAsync()));
        Assert.True(await site.Db(db => mailing.Audience.RefersToDeleted(db)));
    }

    [Fact]
    public async Task A_birthday_is_a_day_and_not_a_moment_and_today_is_the_sites()
    {
        // It is never the same day in these two.
        foreach (var zone in new[] { "Pacific/Kiritimati", "Pacific/Pago_Pago" })
        {
            var site = await host.NewSite(r => r["timeZone"] = zone);
            var birthday = await Define(site, "Birthday", AttributeType.Birthday);
            var now = host.Clock.GetUtcNow();
            var today = TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById(zone));
            await Give(site, "anna", birthday, $"1990-{today:MM-dd}");
            await Give(site, "ben", birthday, $"1990-{today.AddDays(-1):MM-dd}");
            await Give(site, "carla", birthday, $"1990-{today.AddDays(1):MM-dd}");
            Assert.Equal(["Anna"], await Who(site, birthday, new(AttributeOperator.Today)));
            // What was typed is what is read again, wherever.
            var stored = await site.Db(async db => (await db.Attributes())[birthday]!.Plain(
                MemberAttribute.Of(await db.AttributeValues.Where(v => v.MonthDay == today.Month * 100 + today.Day).ToListAsync())!, "en"));
            Assert.Equal($"1990-{today:MM-dd}", stored);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("　")]
    public async Task An_empty_comparison_is_refused_naming_its_line_and_an_old_one_is_broken(string typed)
    {
        var site = await host.NewSite();
        var city = await Define(site, "City", AttributeType.Text);
        var admin = await site.SignIn("admin");
        var refused = await admin.Get($"/staff/members?a{city}-op=Is&a{city}-text={Uri.EscapeDataString(typed)}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("City", refused.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Empty(await Who(site, city, new(AttributeOperator.Is) { Text = typed }));
        Assert.Empty(await Who(site, city, new(AttributeOperator.IsNot) { Text = typed }));
    }

    [Fact]
    public async Task Birthdays_are_found_by_the_sites_day_over_the_turn_of_the_year_and_on_29_February()
    {
        var site = await host.NewSite();
        var birthday = await Define(site, "Birthday", AttributeType.Birthday);
        var today = await site.Db(db => Task.FromResult(SetValues.Today(db)));
        await Give(site, "anna", birthday, $"1990-{today:MM-dd}");
        await Give(site, "ben", birthday, $"{today.AddDays(3):--MM-dd}");
        await Give(site, "carla", birthday, $"{today.AddDays(9):--MM-dd}");
        Assert.Equal(["Anna"], await Who(site, birthday, new(AttributeOperator.Today)));
        Assert.Equal(["Anna", "Ben"], await Who(site, birthday, new(AttributeOperator.Within) { Days = 3 }));
        Assert.Equal(["Anna", "Ben", "Carla"], await Who(site, birthday, new(AttributeOperator.Within) { Days = 9 }));
        Assert.Equal(["Anna", "Ben", "Carla"], await Who(site, birthday, new(AttributeOperator.Within) { Days = 365 }));
        Assert.Equal(
            ["Anna"],
            await Who(site, birthday, new(AttributeOperator.Between) { FromDay = new(1990, 1, 1), ToDay = new(1990, 12, 31) })
        );
        Assert.Contains("Anna", await Who(site, birthday, new(AttributeOperator.Month) { Codes = [$"{today.Month}"] }));
    }

    [Theory]
    [InlineData("2026-12-30", 5, "12-31 01-01 01-04", "12-29 01-05 06-01")]
    [InlineData("2026-02-27", 1, "02-27 02-28 02-29", "03-01")]
    [InlineData("2026-02-28", 0, "02-28 02-29", "03-01 02-27")]
    [InlineData("2028-02-28", 0, "02-28", "02-29")]
    [InlineData("2028-02-28", 1, "02-28 02-29", "03-01")]
    [InlineData("2026-07-31", 31, "07-31 08-31", "09-01 07-30")]
    public void The_days_ahead_hold_the_right_birthdays(string today, int days, string within, string outside)
    {
        bool IsIn(string day) => AttributeCondition
            .OnDays(
                new[] { new AttributeValue { MonthDay = int.Parse(day.Replace("-", "")) } }.AsQueryable(),
                DateOnly.Parse(today),
                days + 1
            )
            .Any();
        Assert.All(within.Split(' '), d => Assert.True(IsIn(d), d));
        Assert.All(outside.Split(' '), d => Assert.False(IsIn(d), d));
    }

    [Fact]
    public async Task Whoever_may_not_see_a_value_finds_nobody_by_it()
    {
        var site = await host.NewSite();
        var secret = await AttributeTests.Define(
            site,
            "Diagnosis",
            AttributeType.Text,
            d => d with { Visibility = Visibility.Personal }
        );
        await Give(site, "anna", secret, "quinsy");
        foreach (var key in new[] { "mod", "mailer" })
        {
            var staff = await site.SignIn(key);
            var page = await staff.Get($"/staff/members?a{secret}-op=Is&a{secret}-text=quinsy");
            Assert.DoesNotContain("Diagnosis", page.Html);
            // The condition is not offered: the address asks for nothing, and finds everybody.
            Assert.Contains("Ben", page.Text);
            var crafted = await staff.Submit(
                "/staff/members",
                new() { ["c0-key"] = $"attributes.{secret}", [$"c0-a{secret}-op"] = "Is", [$"c0-a{secret}-text"] = "quinsy" },
                "form.search, form[role=search]"
            );
            Assert.Contains("Ben", crafted.Text);
        }
        var admin = await site.SignIn("admin");
        var found = await admin.Get($"/staff/members?a{secret}-op=Is&a{secret}-text=quinsy");
        Assert.Contains("Anna", found.Document.QuerySelector("tbody")!.TextContent);
        Assert.DoesNotContain("Ben", found.Document.QuerySelector("tbody")!.TextContent);
    }

    [Fact]
    public async Task An_attribute_is_a_column_of_the_list_for_those_who_may_see_it()
    {
        var site = await host.NewSite();
        var drink = await AttributeTests.Define(
            site,
            "Drink",
            AttributeType.OneOf,
            d => d with { Key = "drink", NewOptions = "Wine\nTea" }
        );
        await AttributeTests.Define(site, "Diagnosis", AttributeType.Text, d => d with { Visibility = Visibility.Personal });
        await Give(site, "anna", drink, "tea");
        var mod = await site.SignIn("mod");
        Assert.DoesNotContain("Diagnosis", (await mod.Get("/staff/members")).Html);
        var page = await mod.Submit("/staff/members", new() { ["column"] = "attribute.drink" }, "form[action$='/columns']");
        Assert.Contains("Tea", page.Document.QuerySelector("tbody")!.TextContent);
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "members.search" && a.Fields.Contains("attribute.drink"))));
    }

    /// <summary>Random values and random comparisons against a naive evaluation in memory.</summary>
    [Fact]
    public async Task Random_comparisons_find_whom_a_naive_evaluation_finds()
    {
        var site = await host.NewSite();
        var random = new Random(4711);
        string[] words = ["red", "Rot", "ｒｅｄ wine", "赤", "blue|red", "%", "_", "a'b", "100%"];
        var (text, number, yes, many, date) = (
            await Define(site, "Text", AttributeType.Text),
            await AttributeTests.Define(site, "Number", AttributeType.Number, d => d with { Decimals = "2" }),
            await Define(site, "Yes", AttributeType.YesNo),
            await Define(site, "Many", AttributeType.ManyOf, "one\ntwo\nthree"),
            await Define(site, "Date", AttributeType.Date)
        );
        await site.Db(async db =>
        {
            var attributes = await db.Attributes();
            for (var i = 0; i < 40; i++)
            {
                Assert.True(EmailAddress.TryParse($"m{i}@example.net", out var email));
                var member = Member.Create($"Reader {i}", email!, db.Now);
                db.Members.Add(member);
                await db.SaveChangesAsync();
                async Task Value(long id, string typed)
                {
                    if (random.Next(3) == 0) return;
                    await db.SetValue(member.Id, attributes[id]!, attributes[id]!.Parse(typed, new(2026, 1, 1)).Value);
                }
                await Value(text, words[random.Next(words.Length)]);
                await Value(number, $"{random.Next(-5, 6)}.{random.Next(2) * 5}");
                await Value(yes, random.Next(2) == 0 ? "yes" : "no");
                await Value(many, string.Join(';', new[] { "one", "two", "three" }.Where(_ => random.Next(2) == 0).DefaultIfEmpty("two")));
                await Value(date, $"2026-0{random.Next(1, 4)}-1{random.Next(10)}");
            }
            return await db.SaveChangesAsync();
        });
        var values = await site.Db(async db =>
        {
            var ids = await db.Members.Select(m => m.Id).ToListAsync();
            var all = await db.ValuesOf(ids, (await db.Attributes()).All);
            return ids.ToDictionary(id => id, id => all.GetValueOrDefault(id) ?? new Dictionary<long, TypedValue>());
        });
        var options = await site.Db(async db => (await db.Attributes())[many]!.Options.Select(o => o.Id).ToList());
        for (var round = 0; round < 120; round++)
        {
            var id = new[] { text, number, yes, many, date }[random.Next(5)];
            var condition = await Condition(site, id);
            var op = condition.Operators[random.Next(condition.Operators.Count)];
            var test = new AttributeTest(op)
            {
                Text = words[random.Next(words.Length)],
                From = random.Next(-5, 6),
                To = random.Next(3) == 0 ? null : 6,
                FromDay = new(2026, random.Next(1, 4), 15),
                ToDay = random.Next(2) == 0 ? null : new DateOnly(2026, 3, 20),
                Codes = random.Next(3) == 0 ? ["0", "1"] : ["1"],
                Options = [.. options.Take(random.Next(1, 4))],
            };
            var found = await site.Db(async db =>
                await (await Chosen.By(condition.With(test)).Apply(db.Members, db)).Select(m => m.Id).Order().ToListAsync()
            );
            var expected = values.Where(m => Fits(condition, test, m.Value.GetValueOrDefault(id))).Select(m => m.Key).Order();
            Assert.True(expected.SequenceEqual(found), $"{condition.Attribute.Label("en")} {test}");
        }
    }

    static bool Fits(AttributeCondition condition, AttributeTest test, TypedValue? value)
    {
        if (test.Operator is AttributeOperator.HasNone) return value is null;
        if (test.Operator is AttributeOperator.IsNot) return !Fits(condition, test with { Operator = AttributeOperator.Is }, value);
        if (value is null) return false;
        string Key(string text) => Member.Searchable(text);
        return (condition.Attribute.Type, test.Operator) switch
        {
            (_, AttributeOperator.HasValue) => true,
            (AttributeType.Text, AttributeOperator.Is) => Key(value.Text!) == Key(test.Text!),
            (AttributeType.Text, AttributeOperator.Contains) => Key(value.Text!).Contains(Key(test.Text!), StringComparison.Ordinal),
            (AttributeType.Text, AttributeOperator.Begins) => Key(value.Text!).StartsWith(Key(test.Text!), StringComparison.Ordinal),
            (AttributeType.Number, AttributeOperator.Is) => value.Number == test.From,
            (AttributeType.Number, _) => value.Number >= test.From && (test.To is null || value.Number <= test.To),
            (AttributeType.YesNo, _) => test.Codes!.Contains($"{value.Number:0}"),
            (AttributeType.ManyOf, AttributeOperator.All) => test.Options!.All(value.Options.Contains),
            (AttributeType.ManyOf, _) => test.Options!.Any(value.Options.Contains),
            (AttributeType.Date, _) => value.Date >= test.FromDay && (test.ToDay is null || value.Date <= test.ToDay),
            _ => throw new NotSupportedException(test.ToString()),
        };
    }
}
