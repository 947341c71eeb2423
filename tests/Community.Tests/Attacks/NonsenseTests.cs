using System.Reflection;
using System.Text;
using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.House;
using Community.Tests.Members;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Attacks;

/// <summary>
/// Nonsense in every place that takes a stranger's input: no response may be a server error or reveal internals.
/// </summary>
[Collection("attacks")]
[Trait("takes", "long")]
public sealed class NonsenseTests(AttackHost attacks)
{
    /// <summary>Percent-encoded, as sent over the wire.</summary>
    static readonly (string Name, string Value)[] all =
    [
        ("NUL", "a%00b"),
        ("half a surrogate pair", "%ED%A0%80"),
        ("half a pair, in JSON", "%5Cud800"),
        ("no UTF-8", "%FF%FE%80"),
        ("overlong slash", "%C0%AF%C0%AE"),
        ("UTF-7", "%2BADw-script%2BAD4-"),
        ("no characters (noncharacters of Unicode)", "a%EF%BF%BEb"),
        ("the last of a plane", "%F0%9F%BF%BF%EF%BF%BF"),
        ("noncharacters between Arabic forms", "%EF%B7%90%EF%B7%AF"),
        ("control characters", "a%01%1B%7F%C2%85b"),
        ("cut percent", "%"),
        ("far too large a number", "99999999999999999999999"),
        ("the largest long", "9223372036854775807"),
        ("the smallest long", "-9223372036854775808"),
        ("minus one", "-1"),
        ("nought", "0"),
        ("no number", "NaN"),
        ("exponent", "1e309"),
        ("no day", "2099-13-45"),
        ("the first day", "0001-01-01"),
        ("the last day", "9999-12-31"),
        ("holes of a format", "%7B0%7D%7B99%7D%7B%7Bx%7D%7D"),
        ("wildcards", "%25_%5C%5B%5D"),
        ("quotes", "'%22%60%3B--"),
        ("right to left", "%E2%80%AE%E2%81%A6"),
        ("line ends", "a%0D%0Ab%0Ac%E2%80%A8"),
        ("emptiness", ""),
        ("white space", "%20%09%E3%80%80"),
        // A surrogate pair that must not be split, at each length where text is truncated or counted.
        .. new[] { 40, 59, 89, 119, 199, 299, 499 }.Select(n => ($"{n} letters and an emoji", new string('a', n) + "%F0%9F%98%80")),
        ("100,000 letters", new string('x', 100_000)),
    ];

    /// <summary>On PostgreSQL only those that SQLite stores and PostgreSQL may reject.</summary>
    static readonly (string Name, string Value)[] values = TestHost.OnPostgreSql
        ?
        [
            .. all.Where(v =>
                v.Name
                    is "NUL"
                        or "half a surrogate pair"
                        or "no characters (noncharacters of Unicode)"
                        or "the largest long"
                        or "the first day"
                        or "the last day"
                || v.Name.EndsWith("emoji")
            ),
        ]
        : all;

    [OnBothDatabases, Fact]
    public async Task Nonsense_in_any_field_of_any_form_breaks_nothing()
    {
        var site = await attacks.Another();
        var broken = new List<string>();
        foreach (
            var person in new[]
            {
                await Person.Visitor(site),
                await AttackHost.SignIn(site, "anna"),
                await AttackHost.SignIn(site, "admin"),
                await AttackHost.SignIn(attacks.Console, "operator"),
            }
        )
        {
            var forms = (await Form.Found(person, await Addresses.Of(site))).Where(f => !f.IsButton).ToList();
            Assert.NotEmpty(forms);
            foreach (var form in forms)
                await Task.WhenAll(
                    values
                        .SelectMany(v => new[] { (v.Name, v.Value, Typed: true), (v.Name, v.Value, Typed: false) })
                        .Where(v => v.Typed || form.Fields.Count(f => !f.Typed) > 2)
                        .Select(async v =>
                            Look(
                                broken,
                                await person.Send(HttpMethod.Post, form.Action, form.With(person.Token, v.Value, v.Typed)),
                                $"{person.Name} {form} {v.Name}"
                            )
                        )
                );
            // Only the token and the form's name.
            foreach (var form in forms)
                Look(
                    broken,
                    await person.Post(
                        form.Action,
                        form.Fields.Where(f => f.Name == "_handler").Select(f => KeyValuePair.Create(f.Name, f.Value))
                    ),
                    $"{person.Name} {form} without fields"
                );
        }
        // Nonsense as the current password has locked the operator's account for a while.
        await attacks.Console.Db(db => db.SignIns.Where(s => !s.Succeeded).ExecuteDeleteAsync());
        Assert.True(broken.Count == 0, $"{broken.Count}:\n{string.Join('\n', broken.Take(20).Select(b => b.Length > 700 ? b[..700] : b))}");
    }

    /// <summary>
    /// Forms that are on no page of a new site: they need an attribute, a waiting file, a version of the terms, a link from an e-mail. Each
    /// page is named here, and must have a form, so that none is left out unseen.
    /// </summary>
    [OnBothDatabases, Fact]
    public async Task Nonsense_in_the_forms_of_members_that_need_something_first_breaks_nothing()
    {
        var site = await attacks.Another();
        var types = Enum.GetValues<AttributeType>();
        await site.Db(async db =>
        {
            db.MemberAttributes.AddRange(types.Select((type, i) => new MemberAttribute
            {
                Key = "of-" + type.ToString().ToLowerInvariant(),
                Type = type,
                Labels = Translations.Of(_ => type.ToString()),
                Asked = AskedWhen.Registration,
                Visibility = Community.Members.Visibility.Everyone,
                MemberMayEdit = true,
                Position = i,
                Options = AttributeDefinition.HasOptions(type) ? [new() { Key = "a", Labels = Translations.Of(_ => "A") }] : [],
            }));
            db.Touch(SiteAttributes.Version);
            var tag = new Tag();
            tag.Rename("Tag");
            db.Tags.Add(tag);
            return await db.SaveChangesAsync();
        });
        var (staff, ben) = (await site.Reader("admin"), (await site.Reader("ben")).Id!.Value);
        var anna = await site.SignIn("anna");
        await anna.Submit("/account/email", new() { ["Email"] = "anna@new.example" });
        var terms = await site.With<WriteTerms, TermsVersion?>(w => w.Draft(staff, TermsKind.Terms, TermsTests.Fields("One", "一"), new()));
        await site.With<WriteTerms, bool>(w => w.Publish(staff, terms!.Id, default, TermsEffect.Ask, new()));
        var draft = await site.With<WriteTerms, TermsVersion?>(w => w.Draft(staff, TermsKind.Terms, TermsTests.Fields("Two", "二"), new()));
        var file = await site.With<ImportMembers, long>(i =>
            i.Upload(staff, "a.csv", new MemoryStream("email,name,Number,YesNo\nx@example.com,X,1,perhaps\n"u8.ToArray()), default));
        var reset = await site.With<IServiceProvider, string>(async services =>
        {
            var bens = await services.GetRequiredService<SiteDb>().Members.SingleAsync(m => m.Id == ben);
            return services.GetRequiredService<MailLinks>().Token(MailLinkPurpose.Reset, bens);
        });
        var (tag, ids) = await site.Db(async db => (
            await db.Tags.Select(t => t.Id).SingleAsync(),
            await db.MemberAttributes.OrderBy(a => a.Position).Select(a => a.Id).ToListAsync()
        ));
        (Person Who, string[] Pages)[] forms =
        [
            (
                await AttackHost.SignIn(site, "admin"),
                [
                    .. types.Select(t => "/staff/attributes/new?type=" + AttributeTexts.Word(t)),
                    .. ids.Take(3).Select(i => "/staff/attributes/" + i),
                    "/staff/members/new",
                    $"/staff/members/{ben}/edit",
                    $"/staff/members/{ben}/measure",
                    $"/staff/members/{ben}/consents",
                    $"/staff/members/{ben}/merge?with={ben + 1}",
                    "/staff/tags/" + tag,
                    "/staff/members?" + string.Join('&', ids.Select(i => $"a{i}-op=HasValue")),
                    "/staff/segments/new?q=",
                    "/staff/members/import/" + file,
                    $"/staff/requests/new?member={ben}",
                    $"/staff/terms/{draft!.Id}/edit",
                    $"/staff/terms/{terms!.Id}/correct",
                    "/staff/providers/new?kind=Google",
                    "/staff/roles/moderator",
                    "/staff/roles/new",
                    "/staff/mail-kinds/1",
                    "/staff/mail-kinds/ask",
                    "/staff/members/acts/new",
                    "/staff/members/export",
                    "/staff/invitations",
                ]
            ),
            (
                await AttackHost.SignIn(site, "anna"),
                ["/account", "/agree", "/account/data", "/account/email"]
            ),
            (
                await Person.Visitor(site),
                ["/register", "/reset-password?token=" + reset, "/sign-in", "/forgotten-password"]
            ),
        ];
        // What the database may refuse, what arithmetic may not bear, what a format takes for a field, and a cut through a letter.
        string[] chosen =
        [
            "NUL", "half a surrogate pair", "the largest long", "the last day", "holes of a format", "199 letters and an emoji",
        ];
        var broken = new List<string>();
        foreach (var (who, pages) in forms)
            foreach (var page in pages)
            {
                var shown = await who.Get(page);
                var found = Form.On(page, shown.Body).Where(f => !f.IsButton).ToList();
                if (shown.Status != 200 || found.Count == 0) broken.Add($"no form: {who.Name} {page}: {shown.Status} {shown.Location}");
                await Task.WhenAll(found.SelectMany(f => all.Where(v => chosen.Contains(v.Name)).Select(async v => Look(
                    broken,
                    await who.Send(HttpMethod.Post, f.Action, f.With(who.Token, v.Value, typed: true)),
                    $"{who.Name} {f} {v.Name}"
                ))));
            }
        Assert.True(broken.Count == 0, $"{broken.Count}:\n{string.Join('\n', broken.Take(20).Select(b => b.Length > 700 ? b[..700] : b))}");
    }

    [OnBothDatabases, Fact]
    public async Task Nonsense_in_any_address_breaks_nothing()
    {
        var (nobody, admin, addresses) = (
            await Person.Visitor(attacks.A),
            await AttackHost.SignIn(attacks.A, "admin"),
            await Addresses.Of(attacks.A)
        );
        var broken = new List<string>();
        var targets = new List<string>();
        foreach (var endpoint in Routes.Of(attacks.Host).Where(e => Routes.Methods(e).Contains("GET")).DistinctBy(Routes.Path))
        {
            var path = Routes.Path(endpoint);
            var page = endpoint.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type;
            var names = (page?.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) ?? [])
                .Select(p => (p.Name, Query: p.GetCustomAttribute<SupplyParameterFromQueryAttribute>()))
                .Where(p => p.Query is not null)
                .Select(p => p.Query!.Name ?? p.Name)
                .ToList();
            if (!path.Contains('{') && page is null)
                names.AddRange(["v", "back", "member"]);
            if (path.Contains("{code}"))
                names.Add("back");
            foreach (var (_, value) in values.Where(v => v.Value.Length < 1000))
            {
                targets.AddRange(
                    names.Select(name => $"{addresses.Fill(path)}{(addresses.Fill(path).Contains('?') ? '&' : '?')}{name}={value}")
                );
                if (path.Contains('{'))
                    targets.Add(System.Text.RegularExpressions.Regex.Replace(path, @"\{(?:[^{}]|\{\{|\}\})*\}", value));
            }
        }
        foreach (var part in targets.Distinct().Chunk(16))
            await Task.WhenAll(
                part.SelectMany(t => new[] { (nobody, t), (admin, t) })
                    .Select(async x => Look(broken, await x.Item1.Get(x.t), $"{x.Item1.Name} {x.t}"))
            );
        Assert.True(targets.Count > values.Length * 15);
        Assert.True(broken.Count == 0, $"{broken.Count}:\n{string.Join('\n', broken.Take(20).Select(b => b.Length > 700 ? b[..700] : b))}");
    }

    [Fact]
    public async Task A_body_that_is_no_form_breaks_nothing()
    {
        var anna = await AttackHost.SignIn(attacks.A, "anna");
        var token = $"{Person.TokenField}={Uri.EscapeDataString(anna.Token)}";
        var broken = new List<string>();
        foreach (
            var path in new[]
            {
                "/boards/general/new",
                "/account",
                "/account/picture",
                "/groups/open/join",
                "/u/0-0-none/one-click",
                "/reset-password",
                "/sign-in",
            }
        )
            foreach (
                var type in new[]
                {
                "text/plain",
                "application/json",
                "multipart/form-data",
                "multipart/form-data; boundary=\"\"",
                "multipart/form-data; boundary=" + new string('b', 300),
                "multipart/form-data; boundary=x",
                "application/x-www-form-urlencoded; charset=utf-7",
                "application/x-www-form-urlencoded; charset=utf-16",
                "application/x-www-form-urlencoded; charset=nonsense",
                ";;;",
                "application/xml",
                "",
                }
            )
                foreach (
                    var body in new[]
                    {
                token + "&_handler=profile&Name=x&title=x&text=y",
                "--x\r\nContent-Disposition: form-data; name=\"a",
                "{\"a\":",
                "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>",
                "\0\0\0\u00ff",
                    }
                )
                {
                    var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
                    content.Headers.TryAddWithoutValidation("Content-Type", type);
                    Look(broken, await anna.Send(HttpMethod.Post, path, content), $"{path} {type} {body[..Math.Min(12, body.Length)]}");
                }
        Assert.True(broken.Count == 0, $"{broken.Count}:\n{string.Join('\n', broken.Take(20).Select(b => b.Length > 700 ? b[..700] : b))}");
    }

    [OnBothDatabases, Fact]
    public async Task Characters_that_no_database_keeps_are_refused_in_parts_too()
    {
        var anna = await AttackHost.SignIn(attacks.A, "anna");
        var broken = new List<string>();
        foreach (var encoding in new[] { Encoding.UTF8, Encoding.Unicode, Encoding.Latin1 })
            foreach (var text in new[] { "a\0b", "a\ud83d", "\udc00\ud83d" })
            {
                var form = new MultipartFormDataContent
            {
                { new StringContent(anna.Token), Person.TokenField },
                { new StringContent("profile"), "_handler" },
            };
                foreach (var field in new[] { "Name", "Bio" })
                    form.Add(new StringContent(text, encoding), field);
                Look(broken, await anna.Send(HttpMethod.Post, "/account", form), $"{encoding.WebName} {text.Length}");
            }
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Fact]
    public async Task Ten_thousand_fields_and_ten_megabytes_are_refused_before_anybody_reads_them()
    {
        var anna = await AttackHost.SignIn(attacks.A, "anna");
        var token = $"{Person.TokenField}={Uri.EscapeDataString(anna.Token)}&_handler=profile&";
        async Task<Answer> Send(string body) =>
            await anna.Send(
                HttpMethod.Post,
                "/account",
                new StringContent(token + body, Encoding.ASCII, "application/x-www-form-urlencoded"),
                ("Expect", "100-continue")
            );
        Assert.Equal(400, (await Send(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"f{i}=1&")))).Status);
        Assert.Equal(400, (await Send(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"Kinds[{i}]=1&")))).Status);
        Assert.Equal(400, (await Send("Bio=" + new string('x', 10 * 1024 * 1024))).Status);
        Assert.Equal(400, (await Send(new string('k', 100_000) + "=1")).Status);
        Assert.Equal(413, (await Send("Bio=" + new string('x', 17 * 1024 * 1024))).Status);
        Assert.Equal(200, (await anna.Get("/account")).Status);
    }

    /// <summary>The names of the columns that store what people wrote.</summary>
    static readonly string[] words =
    [
        "name",
        "title",
        "text",
        "subject",
        "description",
        "reason",
        "bio",
        "message",
        "purpose",
        "agent",
        "snippet",
        "answer",
        "search_name",
    ];

    [OnBothDatabases, Fact]
    public async Task What_was_kept_before_it_was_turned_away_breaks_no_page()
    {
        var site = await attacks.Another();
        var (admin, visitor, addresses) = (await AttackHost.SignIn(site, "admin"), await Person.Visitor(site), await Addresses.Of(site));
        var columns = await site.Db(async db =>
        {
            var found = (
                from entity in db.Model.GetEntityTypes()
                from property in entity.GetProperties()
                where property.ClrType == typeof(string) && words.Contains(property.GetColumnName())
                select (Table: entity.GetTableName()!, Column: property.GetColumnName())
            )
                .Distinct()
                .ToList();
#pragma warning disable EF1002 // Names of the model.
            foreach (var (table, column) in found)
                await db.Database.ExecuteSqlRawAsync(
                    $"UPDATE {table} SET {column} = {{0}} || {column} || {{0}} WHERE {column} IS NOT NULL",
                    "\uFFFE\uFDD0\U0010FFFF\u0001"
                );
#pragma warning restore EF1002
            await db.Posts.ExecuteUpdateAsync(s => s.SetProperty(p => p.HtmlVersion, 0));
            return found.Count;
        });
        Assert.True(columns > 20, $"{columns} columns");
        var broken = new List<string>();
        foreach (var person in new[] { admin, visitor })
            foreach (var path in Routes.All(attacks.Host).Where(r => r.Method == "GET").Select(r => addresses.Fill(r.Path)).Distinct())
                Look(broken, await person.Get(path), $"{person.Name} {path}");
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Fact]
    public async Task The_port_of_a_host_is_a_port()
    {
        var host = attacks.A.Site.CanonicalHost;
        foreach (var port in new[] { "65536", "70000", "99999", "2147483648", "99999999999999999999", "065536" })
            foreach (var path in new[] { "/", "/boards", "/files/x", "/theme.css", "/nothing" })
                Assert.Equal(400, (await Sites.Raw.Get(attacks.Host.Port, path, $"{host}:{port}")).Status);
        foreach (var port in new[] { "", ":65535", ":1", ":80" })
            Assert.Equal((port, 200), (port, (await Sites.Raw.Get(attacks.Host.Port, "/boards", host + port)).Status));
    }

    [Fact]
    public async Task A_page_that_is_not_in_the_visitors_cache_is_made_whatever_is_asked()
    {
        var site = await attacks.Another();
        var visitor = (await Person.Visitor(site)).With(cookies: "");
        foreach (var path in new[] { "/", "/boards", "/boards/general", await Addresses.FirstTopic(site) })
            foreach (var wish in new[] { "only-if-cached", "max-age=60, Only-If-Cached", "no-store", "no-cache" })
                foreach (var method in new[] { HttpMethod.Head, HttpMethod.Get })
                    Assert.Equal(200, (await visitor.Send(method, $"{path}?view={wish.Length}{method}", null, ("Cache-Control", wish))).Status);
    }

    /// <summary>Such responses are cut down for a script that our pages do not use.</summary>
    [Fact]
    public async Task Answers_for_the_framework_s_own_script_are_given_to_nobody()
    {
        var (visitor, anna) = (await Person.Visitor(attacks.A), await AttackHost.SignIn(attacks.A, "anna"));
        foreach (
            var accept in new[]
            {
                "text/html; blazor-enhanced-nav=on",
                "text/html;blazor-enhanced-nav=on",
                "TEXT/HTML; Blazor-Enhanced-Nav=on",
                "text/html; blazor-enhanced-nav=on, */*;q=0.1",
                "*/*; blazor-enhanced-nav=off",
            }
        )
            foreach (var person in new[] { visitor.With(cookies: ""), anna })
                foreach (var path in new[] { "/nothing", "/boards", "/boards/general/1", "/boards/none", "/staff", "/members/none", "/groups" })
                {
                    var (plain, asked) = (await person.Get(path, ("Accept", "text/html")), await person.Get(path, ("Accept", accept)));
                    Assert.Equal((plain.Status, plain.Location), (asked.Status, asked.Location));
                    Assert.DoesNotContain("blazor-enhanced-nav-redirect", asked.Headers);
                    Assert.Equal(plain.Status, (await person.Get(path, ("Accept", "text/html"))).Status);
                }
    }

    /// <summary>No server error, and nothing that reveals internals.</summary>
    void Look(List<string> broken, Answer answer, string what)
    {
        if (
            answer.Status < 500
            && !answer.Body.Contains("   at ")
            && !answer.Body.Contains("Exception")
            && !answer.Body.Contains("Npgsql")
            && !answer.Body.Contains("SQLite Error")
        )
            return;
        lock (broken)
            broken.Add(
                $"{what}: {answer.Status} {attacks.Host.Log.Errors.LastOrDefault()?.Split('\n').Take(4).Aggregate((a, b) => a + " " + b.Trim())}"
            );
    }
}
