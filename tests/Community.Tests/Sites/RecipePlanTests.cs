using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Community.Members;
using Community.Sites;
using Community.Tests.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Sites;

/// <summary>A recipe may come from anybody: it is shown before it is followed, and opens no account.</summary>
public sealed class RecipePlanTests(TestHost host)
{
    async Task<Visitor> Operator()
    {
        var visitor = new TestSite(
            host,
            (await host.Services.GetRequiredService<SiteDirectory>().FindByKey(Site.OperatorKey, default))!
        ).Visitor();
        await visitor.Submit("/sign-in", new() { ["Email"] = "operator@localhost", ["Password"] = TestSite.Password });
        return visitor;
    }

    static string NewKey() => "plan" + Guid.NewGuid().ToString("N")[..8];

    static Dictionary<string, string> Fields(string key, string json = "") =>
        new()
        {
            ["Form.Recipe"] = "blank",
            ["Form.Json"] = json,
            ["Form.Key"] = key,
            ["Form.Name"] = "Made " + key,
            ["Form.Hosts"] = key + ".example.test",
        };

    [Fact]
    public async Task What_a_recipe_will_make_is_shown_before_it_is_made()
    {
        var visitor = await Operator();
        var key = NewKey();
        var json = TestSite.Recipe(key, "ja").ToJsonString();
        var shown = await visitor.Submit("/sites/new", Fields(key, json));
        Assert.Equal(HttpStatusCode.OK, shown.Status);
        var plan = shown.Document.QuerySelector("#plan")!.TextContent;
        foreach (
            var word in new[]
            {
                $"Made {key}",
                $"{key}.example.test",
                "Asia/Tokyo",
                "日本語",
                "Boards, Mailing, Members",
                "plain",
                "General",
                "Announcements",
                "Inner",
                "Circle",
                "News",
                "admin@example.com",
                "mod@example.com",
                "Administrator",
                "Moderator",
            }
        )
            Assert.Contains(word, plan);
        // Nobody's name or address who is only a member.
        Assert.DoesNotContain("Anna", plan);
        Assert.Null(await host.Services.GetRequiredService<SiteList>().WithKey(key, default));

        // Another recipe under the mark of what was shown is shown again, not made.
        var other = TestSite.Recipe(key, "ja");
        ((JsonArray)other["members"]!).Add(
            new JsonObject
            {
                ["key"] = "eve",
                ["name"] = "Eve",
                ["email"] = "eve@example.com",
                ["role"] = "administrator",
            }
        );
        shown = await visitor.Submit(shown, new() { ["Form.Json"] = other.ToJsonString() });
        Assert.Contains("eve@example.com", shown.Document.QuerySelector("#plan")!.TextContent);
        Assert.Null(await host.Services.GetRequiredService<SiteList>().WithKey(key, default));
        var made = await visitor.Submit(shown, [], "form:has([name='Form.Confirm'])");
        Assert.Equal("/sites/" + key, made.Url.AbsolutePath);
    }

    [Fact]
    public async Task Staff_of_a_recipe_are_invited_to_choose_their_passwords()
    {
        await using var real = await TestHost.Start(new() { ["Community:SamplePassword"] = "" });
        var recipe = TestSite.Recipe("invited", "en");
        var site = new TestSite(
            real,
            await real.Services.GetRequiredService<CreateSite>()
                .From(Operators.OfMachine, Community.Sites.Recipe.Parse(recipe.ToJsonString()))
        );
        Assert.Equal(0, await site.Db(db => db.Members.CountAsync(m => m.PasswordHash != null)));
        Assert.Equal(
            ["admin@example.com", "mailer@example.com", "mod@example.com", "web@example.com"],
            await site.Db(db => db.SystemMails.Select(l => l.To).OrderBy(t => t).ToListAsync())
        );
        var mod = site.Visitor();
        var link = await Mails.Link(site, "mod@example.com", "sites.staff", path: "/reset-password");
        await mod.Submit(link, new() { ["Password"] = "nine yellow kites" });
        var inside = await mod.Submit("/sign-in", new() { ["Email"] = "mod@example.com", ["Password"] = "nine yellow kites" });
        Assert.NotNull(inside.Document.QuerySelector("form[action='/sign-out']"));
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        var page = await (await Operator()).Submit(
            "/sites/new",
            new(Fields("", """{"theme":"washy","bords":[],"members":[{"key":"x","name":"\u3164","email":"x"}]}"""))
            {
                ["Form.TimeZone"] = "Mars/Olympus",
                ["Form.Hosts"] = "localhost",
                ["Form.MailFrom"] = "a<b>",
            }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        foreach (var field in new[] { "Form.Key", "Form.Hosts", "Form.TimeZone", "Form.MailFrom", "Theme" })
            Assert.True(page.Document.QuerySelector($"[id='{field}-error']") is not null, field + ": " + page.Text);
        foreach (var words in new[] { "Is “boards” meant?", "members[0].name", "members[0].email" })
            Assert.Contains(words, page.Document.QuerySelector(".error-summary")!.TextContent);
    }

    [
        Theory,
        InlineData("localhost"),
        InlineData("192.168.0.1"),
        InlineData("shop.invalid"),
        InlineData("x.onion"),
        InlineData("1.0.0.127.in-addr.arpa")
    ]
    public void No_site_takes_a_name_that_leads_to_none(string name)
    {
        var recipe = TestSite.Recipe("x1", "en");
        recipe["hosts"] = new JsonArray(name);
        Assert.Contains(
            Assert.Throws<RecipeException>(() => Community.Sites.Recipe.Parse(recipe.ToJsonString())).Problems,
            p => p.Reason == "host-reserved"
        );
    }

    [Fact]
    public void What_is_too_large_or_too_deep_is_refused()
    {
        Assert.Equal(
            "large",
            Assert
                .Throws<RecipeException>(() => Community.Sites.Recipe.Parse("{\"tagline\":\"" + new string('x', 5 * 1024 * 1024) + "\"}"))
                .Problems[0]
                .Reason
        );
        Assert.Equal(
            "deep",
            Assert
                .Throws<RecipeException>(() =>
                    Community.Sites.Recipe.Parse("{\"x\":" + new string('[', 100_000) + new string(']', 100_000) + "}")
                )
                .Problems[0]
                .Reason
        );
    }

    /// <summary>No recipe whatever makes anything but a plan or a refusal that names the place.</summary>
    [Fact]
    public async Task A_recipe_that_was_changed_at_random_is_a_plan_or_a_refusal()
    {
        var seed = Seeds.Next();
        var random = new Random(seed);
        var create = host.Services.GetRequiredService<CreateSite>();
        var visitor = await Operator();
        for (var i = 0; i < 400; i++)
        {
            var recipe = TestSite.Recipe("f" + i, "en");
            recipe["topics"] = JsonNode.Parse(
                """[{"board":"general","title":"T","by":"anna","hoursAgo":2,"text":"x","replies":[{"by":"ben","hoursAgo":1,"text":"y"}]}]"""
            );
            for (var n = random.Next(1, 4); n > 0; n--)
                Change(recipe, random);
            var json = Spoil(recipe.ToJsonString(), random);
            try
            {
                var found = new List<SiteProblem>();
                await create.Check(Community.Sites.Recipe.Parse(json, null, found), found, default);
            }
            catch (RecipeException error) { Assert.All(error.Problems, p => Assert.NotEqual("step", p.Reason)); }
            catch (Exception error) { Assert.Fail($"Seed {seed}, {i}: {error}\n{json}"); }
            if (i % 40 != 0) continue;
            var page = await visitor.Submit("/sites/new", Fields("fz" + i, json));
            Assert.True(page.Status is HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity, $"Seed {seed}, {i}: {page.Status}\n{json}");
            if (page.Document.QuerySelector("[name='Form.Confirm']") is null) continue;
            page = await visitor.Submit(page, [], "form:has([name='Form.Confirm'])");
            Assert.True(page.Status is HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity, $"Seed {seed}, {i}: {page.Status}\n{json}");
        }
    }

    static readonly string[] odd =
    [
        "null",
        "true",
        "-1",
        "1e308",
        "1e-308",
        "99999999999999999999",
        "\"\"",
        "\" \"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\uffff\"",
        "\"\\u202e\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "[{}]",
        "\"../..\"",
        "\"{{x}}\"",
        "\"" + new string('x', 70_000) + "\"",
        "{\"a\":{\"b\":[]}}",
        "\"operator\"",
        "\"admin@example.com\"",
        "3.5",
        "\"2026-01-01\"",
    ];

    static void Change(JsonObject recipe, Random random)
    {
        var places = new List<(JsonNode Parent, object At)>();
        Collect(recipe, places);
        var (parent, at) = places[random.Next(places.Count)];
        var value = JsonNode.Parse("{\"v\":" + odd[random.Next(odd.Length)].Replace("\\ud800", "x") + "}")!["v"]?.DeepClone();
        switch (parent, at, random.Next(4))
        {
            case (JsonObject o, string name, 0): o.Remove(name); break;
            case (JsonObject o, string name, 1): o[name + random.Next(10)] = value; break;
            case (JsonObject o, string name, _): o[name] = value; break;
            case (JsonArray a, int i, 0): a.RemoveAt(i); break;
            case (JsonArray a, int i, 1): a.Add(a[i]?.DeepClone()); break;
            case (JsonArray a, int i, _): a[i] = value; break;
        }
    }

    static void Collect(JsonNode? node, List<(JsonNode, object)> places)
    {
        if (node is JsonObject o) foreach (var (name, value) in o) { places.Add((o, name)); Collect(value, places); }
        if (node is JsonArray a) for (var i = 0; i < a.Count; i++) { places.Add((a, i)); Collect(a[i], places); }
    }

    /// <summary>Now and then the text itself: cut off, halves of characters, a property twice.</summary>
    static string Spoil(string json, Random random) => random.Next(8) switch
    {
        0 => json[..random.Next(json.Length)],
        1 => json.Insert(random.Next(json.Length), "\\ud83d"),
        2 => json.Insert(random.Next(json.Length), "\""),
        3 => "{\"key\":\"other\"," + json[1..],
        _ => json,
    };
}
