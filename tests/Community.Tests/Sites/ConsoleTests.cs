using System.Net;
using Community.Members;
using Community.Sites;
using Community.Tests.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Community.Tests.Sites;

public sealed class ConsoleTests(TestHost host)
{
    static int made;
    static string NewKey() => "made" + Interlocked.Increment(ref made);

    async Task<TestSite> Console() =>
        new(host, (await host.Services.GetRequiredService<SiteDirectory>().FindByKey(Site.OperatorKey, default))!);

    async Task<Visitor> Operator()
    {
        var visitor = (await Console()).Visitor();
        await visitor.Submit("/sign-in", new() { ["Email"] = "operator@localhost", ["Password"] = TestSite.Password });
        return visitor;
    }

    static Dictionary<string, string> NewSite(string key, string recipe = "blank") =>
        new()
        {
            ["Form.Recipe"] = recipe,
            ["Form.Key"] = key,
            ["Form.Name"] = "Made " + key,
            ["Form.Hosts"] = $"{key}.example.test\r\nwww.{key}.example.test",
        };

    /// <summary>Sends the form, looks at what would be made, and has it made.</summary>
    static async Task<Page> Make(Visitor visitor, Dictionary<string, string> fields) =>
        await visitor.Submit(await visitor.Submit("/sites/new", fields), [], "form:has([name='Form.Confirm'])");

    [Fact]
    public async Task A_stranger_finds_only_the_way_in()
    {
        var site = await host.NewSite();
        var visitor = (await Console()).Visitor();
        var home = await visitor.Get("/");
        Assert.NotNull(home.Document.QuerySelector("a.button[href='/sign-in']"));
        Assert.DoesNotContain(site.Site.Name, home.Html);
        Assert.DoesNotContain(site.Site.CanonicalHost, home.Html);
        Assert.StartsWith("/sign-in", (await visitor.Get("/sites/new")).Url.AbsolutePath);
        Assert.StartsWith("/sign-in", (await visitor.Get("/sites/" + site.Site.Key)).Url.AbsolutePath);
    }

    [Fact]
    public async Task The_menu_of_a_telephone_says_which_place_of_the_console_is_open()
    {
        var site = await host.NewSite();
        var visitor = await Operator();
        foreach (
            var (path, place) in new[]
            {
                ("/", "Sites"),
                ($"/sites/{site.Site.Key}", "Sites"),
                ($"/sites/{site.Site.Key}/edit", "Sites"),
                ("/sites/new", "New site"),
                ("/staff", "Overview"),
                ("/staff/audit", "Audit log"),
            }
        )
        {
            var page = await visitor.Get(path);
            Assert.Equal(place, page.Document.QuerySelector(".side-box > summary b")!.TextContent);
            Assert.Equal(place, page.Document.QuerySelector(".side-nav [aria-current]")!.TextContent.Trim());
        }
    }

    [Fact]
    public async Task A_member_site_has_no_console_even_for_its_administrator()
    {
        var admin = await (await host.NewSite()).SignIn("admin");
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Get("/sites/new")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Get("/sites/operator")).Status);
    }

    [Fact]
    public async Task An_operator_makes_a_site_from_a_recipe_and_it_answers_at_once()
    {
        var visitor = await Operator();
        var key = NewKey();
        var page = await Make(visitor, NewSite(key, "blank-ja"));
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal("/sites/" + key, page.Url.AbsolutePath);
        Assert.Contains($"Operator created {key}", page.Text);
        var answer = await Raw.Get(host.Port, "/", key + ".example.test");
        Assert.Equal(200, answer.Status);
        Assert.Equal("ja", answer.Header("Content-Language"));
        Assert.Contains("おしゃべり", (await Raw.Get(host.Port, "/boards/talk", key + ".example.test")).Body + answer.Body);
        Assert.Contains("Made " + key, (await visitor.Get("/?q=" + key)).Text);
        var audit = await (await Console()).Db(db => db.Audit.SingleAsync(a => a.Action == ConsoleLog.Created && a.Purpose == key));
        Assert.NotNull(audit.ActorId);
    }

    [Fact]
    public async Task The_first_administrator_is_a_member_and_gets_a_mail()
    {
        var key = NewKey();
        await Make(await Operator(), new(NewSite(key)) { ["Form.Administrator"] = $"boss@{key}.example" });
        var site = new TestSite(host, (await host.Services.GetRequiredService<SiteDirectory>().FindByKey(key, default))!);
        Assert.Equal(Roles.Administrator, await site.Db(db => db.Members.Select(m => m.Role).SingleAsync()));
        var mail = await site.Db(db => db.SystemMails.SingleAsync());
        Assert.Equal($"boss@{key}.example", mail.To);
        Assert.True(mail.Text is null || mail.Text.Contains("/forgotten-password"));
        // Its first link leads straight to the choice.
        var boss = site.Visitor();
        var page = await boss.Submit(
            await Mails.Link(site, $"boss@{key}.example", "sites.administrator", path: "/reset-password"),
            new() { ["Password"] = "nine yellow kites" }
        );
        page = await boss.Submit("/sign-in", new() { ["Email"] = $"boss@{key}.example", ["Password"] = "nine yellow kites" });
        Assert.NotNull(page.Document.QuerySelector("form[action='/sign-out']"));
    }

    [Fact]
    public async Task An_operator_changes_name_hosts_and_sender_and_the_old_name_leads_to_the_new()
    {
        var site = await host.NewSite();
        var (key, old) = (site.Site.Key, site.Site.CanonicalHost);
        var visitor = await Operator();
        var edit = $"/sites/{key}/edit";
        var form = await visitor.Get(edit);
        Assert.Equal(old, form.Document.QuerySelector("[name='Form.Hosts']")!.TextContent.Trim());
        var page = await visitor.Submit(
            form,
            new()
            {
                ["Form.Name"] = "Renamed " + key,
                ["Form.Tagline"] = "",
                ["Form.Hosts"] = $"new-{old}\r\n{old}",
                ["Form.Culture"] = "ja",
                ["Form.TimeZone"] = "Asia/Tokyo",
                ["Form.MailFrom"] = "",
                ["Form.MailFromName"] = "",
            }
        );
        Assert.Equal("/sites/" + key, page.Url.AbsolutePath);
        Assert.Contains($"Operator changed {key}", page.Text);
        var answer = await Raw.Get(host.Port, "/", old);
        Assert.Equal((308, $"http://new-{old}/"), (answer.Status, answer.Header("Location")));
        answer = await Raw.Get(host.Port, "/", "new-" + old);
        Assert.Equal("ja", answer.Header("Content-Language"));
        Assert.Contains("Renamed " + key, answer.Body);
        var now = (await host.Services.GetRequiredService<SiteDirectory>().FindByKey(key, default))!;
        Assert.Equal(($"no-reply@new-{old}", "Renamed " + key), (now.MailFrom, now.MailFromName));

        // What was opened before it is not saved over it unseen; again, it is.
        var values = new Dictionary<string, string> { ["Form.Name"] = "Older " + key, ["Form.Hosts"] = old };
        page = await visitor.Submit(form, values);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal("Older " + key, page.Document.QuerySelector("[name='Form.Name']")!.GetAttribute("value"));
        page = await visitor.Submit(page, values);
        Assert.Equal("/sites/" + key, page.Url.AbsolutePath);
        Assert.Equal(404, (await Raw.Get(host.Port, "/", "new-" + old)).Status);
    }

    [Fact]
    public async Task What_no_site_can_be_is_refused_beside_the_field_and_changes_nothing()
    {
        var (site, other) = (await host.NewSite(), await host.NewSite());
        var visitor = await Operator();
        var edit = $"/sites/{site.Site.Key}/edit";
        foreach (
            var (field, value) in new[]
            {
                ("Name", " "),
                ("Hosts", ""),
                ("Hosts", "https://x.example"),
                ("Hosts", other.Site.CanonicalHost),
                ("TimeZone", "Mars/Olympus"),
                ("Culture", "xx"),
                ("MailFrom", "a<b>"),
                ("Tagline", new string('x', 201)),
                ("MailFromName", new string('x', 101)),
            }
        )
        {
            var page = await visitor.Submit(edit, new() { ["Form." + field] = value });
            Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
            Assert.True(page.Document.QuerySelector($"[id$='{field}-error']") is not null, field + ": " + page.Text);
        }
        var now = (await host.Services.GetRequiredService<SiteDirectory>().FindByKey(site.Site.Key, default))!;
        Assert.Equal((site.Site.Name, site.Site.CanonicalHost, site.Site.TimeZone), (now.Name, now.CanonicalHost, now.TimeZone));
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get("/sites/operator/edit")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get("/sites/nobody/edit")).Status);
    }

    [Fact]
    public async Task A_site_that_names_no_sender_writes_as_no_reply_at_its_host_under_its_own_name()
    {
        var site = (await host.NewSite(r => r.Remove("mail"))).Site;
        Assert.Equal(($"no-reply@{site.CanonicalHost}", site.Name), (site.MailFrom, site.MailFromName));
        await using var catalogue = host.Services.GetRequiredService<Databases>().OpenCatalogue();
        Assert.Equal("", await catalogue.Sites.Where(s => s.Id == site.Id).Select(s => s.MailFrom).SingleAsync());
    }

    [Fact]
    public async Task Mail_is_sent_under_the_name_that_the_site_has_now_unless_another_was_chosen()
    {
        var site = (
            await host.NewSite(r => r["mail"] = new System.Text.Json.Nodes.JsonObject { ["fromName"] = r["name"]!.GetValue<string>() })
        ).Site;
        var directory = host.Services.GetRequiredService<SiteDirectory>();
        var visitor = await Operator();
        var edit = $"/sites/{site.Key}/edit";
        async Task Sender(string name) => Assert.Equal(name, (await directory.FindByKey(site.Key, default))!.MailFromName);
        await visitor.Submit(edit, new() { ["Form.Name"] = "Second name" });
        await Sender("Second name");
        await visitor.Submit(edit, new() { ["Form.Name"] = "Third name", ["Form.MailFromName"] = "The team" });
        await Sender("The team");
        await visitor.Submit(edit, new() { ["Form.Name"] = "Fourth name" });
        await Sender("The team");
        await visitor.Submit(edit, new() { ["Form.MailFromName"] = "Fourth name" });
        await visitor.Submit(edit, new() { ["Form.Name"] = "Fifth name" });
        await Sender("Fifth name");

        // Made in the console from a recipe whose example has a sender of its own; renamed before the sender followed the name.
        await using (var catalogue = host.Services.GetRequiredService<Databases>().OpenCatalogue())
            await catalogue.Sites.Where(s => s.Id == site.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.MailFromName, "Fifth name"));
        directory.Forget(site.Id);
        await visitor.Submit(edit, new() { ["Form.Name"] = "Sixth name" });
        await Sender("Sixth name");
    }

    [OnBothDatabases, Fact]
    public async Task Pressing_the_button_twice_makes_one_site()
    {
        var visitor = await Operator();
        var key = NewKey();
        var form = await visitor.Submit("/sites/new", NewSite(key));
        var pages = await Task.WhenAll(visitor.Submit(form, NewSite(key)), visitor.Submit(form, NewSite(key)));
        var third = await visitor.Submit(form, NewSite(key));
        Assert.Contains(pages, p => p.Url.AbsolutePath == "/sites/" + key);
        Assert.Equal("/sites/" + key, third.Url.AbsolutePath);
        Assert.Equal(1, (await host.Services.GetRequiredService<SiteList>().Find(key + ".", null, 10, default)).Count);
    }

    [Fact]
    public async Task What_is_wrong_is_told_beside_the_field_and_nothing_is_lost()
    {
        var visitor = await Operator();
        var page = await visitor.Submit(
            "/sites/new",
            new(NewSite("Not A Key"))
            {
                ["Form.Hosts"] = "https://x.example",
                ["Form.TimeZone"] = "Mars/Olympus",
                ["Form.MailFrom"] = "a<b>",
            }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal(4, page.Document.QuerySelectorAll(".error-summary li").Length);
        Assert.Equal("Not A Key", page.Document.QuerySelector("[name='Form.Key']")!.GetAttribute("value"));
        Assert.Contains("https://x.example", page.Document.QuerySelector("[name='Form.Hosts']")!.TextContent);
        await visitor.Get("/language/ja?back=/");
        page = await visitor.Submit("/sites/new", NewSite("operator"));
        Assert.Contains("「operator」というサイトはすでにあります", page.Text);
    }

    [Fact]
    public async Task Key_name_and_host_names_are_a_site_s_own_and_one_host_stands_on_a_line()
    {
        var visitor = await Operator();
        var empty = await visitor.Submit("/sites/new", new() { ["Form.Recipe"] = "blank" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, empty.Status);
        foreach (var field in new[] { "Form.Key", "Form.Name", "Form.Hosts" })
            Assert.NotNull(empty.Document.QuerySelector($"[id='{field}-error']"));
        Assert.Contains("Our community", empty.Document.QuerySelector("#Recipe option[value=blank]")!.TextContent);
        var page = await visitor.Submit("/sites/new", new(NewSite(NewKey())) { ["Form.Hosts"] = "foo bar\r\nmore.example.test" });
        Assert.Contains("“foo bar” is no host name", page.Document.QuerySelector("[id='Form.Hosts-error']")!.TextContent);
    }

    [Theory]
    [InlineData("{", "at line 1")]
    [InlineData("{", "cannot be read")]
    [InlineData("[]", "no recipe")]
    [InlineData("""{"members":[{"key":"x","name":"X","email":"x@x.test","Role":"Operator"}]}""", "console's alone")]
    [InlineData(
        """{"members":[{"key":"x","name":"X","email":"x@x.test","role":null,"role":"operator"}]}""",
        "members[0].role: The same property stands here twice"
    )]
    [InlineData("""{"tagline":"a","tagline":"b"}""", "twice")]
    [InlineData("""{"features":["Members","Sites"]}""", "console's alone")]
    [InlineData("""{"features":["Members","Rockets"]}""", "no feature")]
    [InlineData("""{"theme":"../../etc"}""", "no theme")]
    [InlineData(
        """{"groups":[{"key":"a","name":"A"},{"key":"a","name":"B"}]}""",
        "groups[1].key: “a” stands there already, at groups[0].key"
    )]
    [InlineData("""{"members":"all"}""", "members: Here stands a list")]
    [InlineData(
        """{"members":[{"key":"x","name":"X","email":"x@x.test","password":"nine green bottles"}]}""",
        "members[0].password: No recipe has this property"
    )]
    [InlineData("""{"members":[{"key":"x","name":"X","email":"x@x.test","rôle":"mailer","rolle":"mailer"}]}""", "Is “role” meant?")]
    [InlineData("""{"members":[{"key":"x","name":"\u3164","email":"x@x.test"}]}""", "members[0].name: What you typed can't be seen")]
    [InlineData("""{"members":[{"key":"x","name":"\ud800","email":"x@x.test"}]}""", "members[0].name: There is half a character")]
    [InlineData("""{"tagline":"a\u0000b"}""", "tagline: There is half a character")]
    [InlineData("""{"members":[{"key":"x","name":"X","email":"x@x.test","role":"king"}]}""", "members[0].role: Here stands one of")]
    [InlineData(
        """{"members":[{"key":"x","name":"X","email":"x@x.test","joinedDaysAgo":1e300}]}""",
        "members[0].joinedDaysAgo: Here stands a number"
    )]
    [InlineData(
        """{"members":[{"key":"x","name":"Staff","email":"x@x.test"}]}""",
        "members[0].name: This name looks like one of our staff"
    )]
    [InlineData(
        """{"members":[{"key":"x","name":"X","email":"X@x.test"},{"key":"y","name":"Y","email":"x@X.test"}]}""",
        "members[1].email: “x@X.test” stands there already"
    )]
    [InlineData("""{"members":[null]}""", "members[0]: Here stands an entry")]
    [InlineData("""{"members":[{"key":"x","name":"X"}]}""", "members[0].email: This is missing")]
    [InlineData("""{"boards":[{"key":"b","name":"B","read":"everybody"}]}""", "boards[0].read: Here stands one of: everyone")]
    [InlineData(
        """{"topics":[{"board":"b","title":"T","by":"x","hoursAgo":1,"text":"x","replies":[{"by":"x","hoursAgo":"1","text":"y"}]}]}""",
        "topics[0].replies[0].hoursAgo: Here stands a number"
    )]
    [InlineData("""{"bords":[]}""", "bords: No recipe has this property. Is “boards” meant?")]
    [InlineData("""{"tokens":{"color-brnd":"#ffffff"}}""", "tokens.color-brnd: No recipe has this property. Is “color-brand” meant?")]
    [InlineData("""{"tokens":{"color-brand":"red"}}""", "tokens.color-brand")]
    [InlineData("""{"tokens":null}""", "cannot be read")]
    public async Task A_recipe_that_cannot_be_followed_leaves_nothing_behind(string json, string words)
    {
        var key = NewKey();
        var page = await (await Operator()).Submit("/sites/new", new(NewSite(key)) { ["Form.Json"] = json });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains(words, page.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Equal(json, page.Document.QuerySelector("[name='Form.Json']")!.TextContent.TrimStart('\n'));
        Assert.Null(await host.Services.GetRequiredService<SiteList>().WithKey(key, default));
        Assert.False(Directory.Exists(Path.Combine(host.Data, "Sites", key)));
        Assert.Equal("/sites/" + key, (await Make(await Operator(), NewSite(key))).Url.AbsolutePath);
    }

    [Fact]
    public async Task A_suspended_site_says_so_in_both_languages_and_comes_back_whole()
    {
        var site = await host.NewSite();
        var visitor = await Operator();
        await visitor.Submit("/sites/" + site.Site.Key, new() { ["Act"] = "suspend" });
        var closed = await Raw.Get(host.Port, "/", site.Site.CanonicalHost);
        Assert.Equal(503, closed.Status);
        Assert.NotNull(closed.Header("Retry-After"));
        Assert.Contains("closed for the moment", closed.Body);
        Assert.Contains("お休み", closed.Body);
        Assert.DoesNotContain("unsafe", closed.Header("Content-Security-Policy"));
        var page = await visitor.Submit("/sites/" + site.Site.Key, new() { ["Act"] = "resume" });
        Assert.Contains($"Operator opened {site.Site.Key} again", page.Text);
        Assert.Equal(200, (await Raw.Get(host.Port, "/", site.Site.CanonicalHost)).Status);
    }

    [Fact]
    public async Task Deleting_wants_the_key_and_leaves_nothing()
    {
        var site = await host.NewSite();
        var key = site.Site.Key;
        var visitor = await Operator();
        var refused = await visitor.Submit("/sites/" + key, new() { ["Typed"] = "wrong" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Equal(200, (await Raw.Get(host.Port, "/", site.Site.CanonicalHost)).Status);

        var page = await visitor.Submit("/sites/" + key, new() { ["Typed"] = key });
        Assert.Contains($"“{key}” is deleted", page.Text);
        Assert.Equal(404, (await Raw.Get(host.Port, "/", site.Site.CanonicalHost)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get("/sites/" + key)).Status);
        await AssertNothingLeft(host, site.Site);
    }

    /// <summary>Only a row that says "gone", for the other nodes.</summary>
    internal static async Task AssertNothingLeft(TestHost host, Site site)
    {
        Assert.False(Directory.Exists(Path.Combine(host.Data, "Sites", site.Key)));
        await using var db = host.Services.GetRequiredService<Databases>().OpenCatalogue();
        Assert.False(await db.Hosts.AnyAsync(h => h.SiteId == site.Id));
        // What was just working on it may have noted more; the queue finds no such site, and forgets that.
        await TestSite.Until(async () => !await db.Work.AnyAsync(w => w.SiteId == site.Id), "no queue has work of it");
        Assert.False(await db.ContentVersions.AnyAsync(v => v.SiteId == site.Id));
        Assert.False(await db.Sites.AnyAsync(s => s.Key == site.Key || s.Name == site.Name));
        if (TestHost.OnPostgreSql) await Assert.ThrowsAnyAsync<Exception>(() => new TestSite(host, site).Db(d => d.Members.CountAsync()));
    }

    [Fact]
    public async Task The_console_itself_can_be_neither_suspended_nor_deleted()
    {
        var visitor = await Operator();
        Assert.Null((await visitor.Get("/sites/operator")).Document.QuerySelector("main form"));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            host.Services.GetRequiredService<SuspendSite>().WithKey(Operators.OfMachine, "operator", default)
        );
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            host.Services.GetRequiredService<DeleteSite>().WithKey(Operators.OfMachine, "operator", default)
        );
    }

    [Fact]
    public async Task A_deletion_that_died_is_finished_at_the_next_start()
    {
        var site = await host.NewSite();
        await using (var db = host.Services.GetRequiredService<Databases>().OpenCatalogue())
            await db.Sites.Where(s => s.Id == site.Site.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.State, SiteState.Deleting));
        host.Services.GetRequiredService<SiteDirectory>().Forget(site.Site.Id);
        Assert.Equal(404, (await Raw.Get(host.Port, "/", site.Site.CanonicalHost)).Status);
        Assert.Contains("interrupted", (await (await Operator()).Get("/sites/" + site.Site.Key)).Text);
        await host.Services.GetRequiredService<DeleteSite>().FinishAll(default);
        await AssertNothingLeft(host, site.Site);
    }

    [OnBothDatabases, Fact]
    public async Task A_creation_that_died_is_done_again_under_the_same_key()
    {
        var key = NewKey();
        await using (var db = host.Services.GetRequiredService<Databases>().OpenCatalogue())
        {
            db.Add(
                new CatalogueSite
                {
                    Key = key,
                    Name = "Half",
                    Culture = "en",
                    TimeZone = "Etc/UTC",
                    Theme = "plain",
                    Hosts = [new() { Host = key + ".example.test" }],
                }
            );
            await db.SaveChangesAsync();
        }
        if (!TestHost.OnPostgreSql)
        {
            Directory.CreateDirectory(Path.Combine(host.Data, "Sites", key));
            await File.WriteAllTextAsync(Path.Combine(host.Data, "Sites", key, "site.db"), "half a file");
        }
        Assert.Equal(404, (await Raw.Get(host.Port, "/", key + ".example.test")).Status);
        Assert.Equal("/sites/" + key, (await Make(await Operator(), NewSite(key))).Url.AbsolutePath);
        Assert.Equal(200, (await Raw.Get(host.Port, "/", key + ".example.test")).Status);
    }

    [Fact]
    public async Task The_list_pages_by_key_and_searches_words()
    {
        var prefix = "pg" + Guid.NewGuid().ToString("N")[..6];
        await using (var db = host.Services.GetRequiredService<Databases>().OpenCatalogue())
        {
            for (var i = 0; i < 60; i++)
                db.Add(
                    new CatalogueSite
                    {
                        Key = $"{prefix}-{i:00}",
                        Name = $"Paged {i}",
                        Culture = "en",
                        TimeZone = "Etc/UTC",
                        Theme = "plain",
                        Hosts = [new() { Host = $"{prefix}-{i}.example.test" }],
                    }
                );
            await db.SaveChangesAsync();
        }
        var visitor = await Operator();
        var first = await visitor.Get("/?q=" + prefix.ToUpperInvariant());
        Assert.Contains("60 sites", first.Text);
        Assert.Equal(50, first.Document.QuerySelectorAll("tbody tr").Length);
        var second = await visitor.Get(first.Document.QuerySelector("a[rel=next]")!.GetAttribute("href")!);
        Assert.Equal(10, second.Document.QuerySelectorAll("tbody tr").Length);
        Assert.Contains("Paged 59", second.Text);
        await using (var db = host.Services.GetRequiredService<Databases>().OpenCatalogue())
            await db.Sites.Where(s => s.Key.StartsWith(prefix)).ExecuteDeleteAsync();
    }
}
