using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Community.Boards;
using Community.Mailing;
using Community.Members;
using Community.Tests.Attacks;
using Community.Tests.Boards;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>
/// A text that tries to be script in every text of every row of every table and in every setting, whatever the forms refuse today; then
/// every page of the site, its feeds and its mails, in a real browser without Content-Security-Policy, many at once. The tables are walked
/// by the model: a new one is attacked as soon as it is there.
/// </summary>
[Trait("needs", "browser")]
public sealed class EveryTextTests(Chromium chromium)
{
    /// <summary>Texts that the program chooses or parses itself: another one would only make the row unreadable.</summary>
    static readonly HashSet<string> parsed =
    [
        "Key", "Kind", "Type", "Handler", "File", "Extension", "MediaType", "Hash", "SmallHash", "Path", "Handle", "Language", "Culture",
        "Role", "Picture", "SecurityStamp", "PasswordHash", "Stamp", "Secret", "AddressHash", "AddressKey", "Digest", "Email",
        "NormalizedEmail", "UserName", "NormalizedUserName", "To", "Host", "Zone", "LocalTime", "Counts", "Reactions", "ImportedReactions",
        "Html", "Theme", "Tokens", "Permissions", "Permission", "Columns", "Ids", "Payload", "Data", "Blocks", "Consents", "Agreed",
        "Kinds", "Values", "Args", "Meanings", "Changes", "Action", "Target", "Rule", "Step", "Part", "Emoji", "Color", "Precedence",
        "Skeleton", "SearchName", "Code", "Transports", "Pattern", "Issuer", "Source", "Way", "Outcome", "Status", "Phase", "Owner", "Wish",
        "Content", "Fields", "Scan", "Typed", "Failure", "Class", "Method", "Words", "Error",
    ];

    /// <summary>Tables whose rows make work or change what the site is.</summary>
    static readonly HashSet<Type> machinery =
    [
        typeof(WorkRow), typeof(EventRow), typeof(EventCursor), typeof(StoredSettings), typeof(SiteSecret), typeof(AuditSeal),
        typeof(Themes.ThemeVersion),
        // A published version is asked of every member before anything is shown.
        typeof(TermsVersion), typeof(TermsText), typeof(TermsAnswer),
        // Its kind says how it is read.
        typeof(AttributeValue),
    ];

    [Fact]
    public async Task Nothing_that_stands_in_any_text_of_any_row_runs_on_any_page()
    {
        var site = await Filled();
        var (admin, carla, visitor) = (await site.SignIn("admin"), await site.SignIn("carla"), site.Visitor());
        var planted = await Plant(site);
        Assert.True(planted > 80, $"{planted} columns");
        var addresses = await Addresses.Of(site);
        string[] others = ["/dev/", "/language/", "/files/"];
        var paths = Routes.All(chromium.Host)
            .Where(r => r.Method == "GET" && !others.Any(o => r.Path.StartsWith(o, StringComparison.Ordinal)))
            .Select(r => addresses.Fill(r.Path))
            .Concat(["/search?q=" + Attack, "/search?q=script", "/staff/members?q=" + Attack, "/staff/audit?member=" + Attack])
            .Concat(["/sign-in?returnUrl=" + Uri.EscapeDataString("javascript:xss(1)"), "/none/" + Attack])
            .Concat(["/boards/general?view=tree", "/boards/general?view=posts"])
            .Distinct().ToList();
        var pages = new List<(string Path, string Html)>();
        foreach (var (who, own) in new[]
        {
            (admin, paths.Where(p => p.StartsWith("/staff") || p.StartsWith("/boards"))),
            (carla, paths.Where(p => !p.StartsWith("/staff"))),
            (visitor, paths.Where(p => p.Count(c => c == '/') < 3 && !p.StartsWith("/staff"))),
        })
            foreach (var some in own.Chunk(8))
                foreach (var (path, page) in await Task.WhenAll(some.Select(async path => (path, await who.Get(path)))))
                    if (page.ContentType is "text/html") pages.Add(($"{path} {(int)page.Status}", page.Html));
                    else if (page.ContentType is "application/atom+xml")
                        pages.AddRange(System.Xml.Linq.XDocument.Parse(page.Html).Descendants().Where(e => !e.HasElements)
                            .Select(e => (path, e.Attribute("type")?.Value == "html" ? e.Value : WebUtility.HtmlEncode(e.Value))));
        var broken = pages.Where(p => p.Path.EndsWith(" 500")).Select(p => p.Path).ToList();
        Assert.True(broken.Count == 0, string.Join('\n', broken) + "\n" + string.Join('\n', chromium.Host.Log.Errors.Distinct()));
        pages.AddRange(await Mails(site));
        Assert.True(pages.Count > 200, $"{pages.Count} pages");
        Assert.Empty(await Faults(site, pages));
    }

    [Fact]
    public async Task Marks_and_directions_of_a_text_leave_the_page_around_it_as_it_is()
    {
        var site = await chromium.Host.NewSite();
        var carla = await site.Reader("carla");
        var topic = (await site.With<PublishPost, Published?>(p => p.StartTopic(
            carla, "general", "Marks", "Plain words", Guid.NewGuid(), default)))!.TopicId;
        // Each letter is as high as a page, in every kind of block.
        var marks = string.Concat(Enumerable.Repeat("h" + string.Concat(Enumerable.Repeat("\u0310\u0321\u0352\u0363\u0343\u0347", 30)), 9));
        var high = $"{marks}\n\n- {marks}\n\n> {marks}\n\n###### {marks}\n\n|{marks}|\n|-|\n|{marks}|\n\n`{marks}`\n\n```\n{marks}\n```";
        foreach (var text in new[] { high, "Plain again", "\u202e\u2067 Backwards \u202d\u2066 and \u202e so on" })
            await site.With<PublishPost, Published?>(p => p.Reply(carla, topic, 1, null, text, Guid.NewGuid(), default));
        var page = await chromium.Open(site, 700);
        await page.GotoAsync($"/boards/general/{topic}?view=chronological");
        async Task<string> Neighbours() =>
            Convert.ToHexString(await page.Locator("#p1").ScreenshotAsync())
                + Convert.ToHexString(await page.Locator("#p3").ScreenshotAsync());
        var shown = await Neighbours();
        await page.EvaluateAsync("document.querySelector('#p2 .post-text').style.visibility = 'hidden'");
        Assert.True(shown == await Neighbours(), "the marks of a post are painted over its neighbours");
        var lists = new[] { $"/boards/general/{topic}?view=chronological", "/boards/general?view=posts", "/boards/general?view=tree" };
        foreach (var path in lists)
        {
            await page.GotoAsync(path);
            Assert.Empty(await page.EvaluateAsync<string[]>(
                """
                () => {
                  const around = [...document.querySelectorAll('main :is(time, .member, .badge, .post-number, h1, h2, h3)')];
                  const places = () => around.map(e => e.getBoundingClientRect());
                  const before = places();
                  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                  let found = 0;
                  while (texts.nextNode()) {
                    const plain = texts.currentNode.data.replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
                    if (plain !== texts.currentNode.data) { found++; texts.currentNode.data = plain; }
                  }
                  if (found === 0) return ['no text with a direction on ' + location.pathname];
                  return places().flatMap((r, i) => Math.abs(r.left - before[i].left) + Math.abs(r.top - before[i].top) < 3
                    ? [] : [`${location.pathname}: ${around[i].outerHTML} was elsewhere`]);
                }
                """));
        }
        await page.Context.CloseAsync();
    }

    static string Attack => Uri.EscapeDataString("\"><img src=x onerror=xss(1)>");

    /// <summary>Shows pages side by side, each in a frame of its own, and says what ran or could run.</summary>
    async Task<List<string>> Faults(TestSite site, List<(string Path, string Html)> pages)
    {
        var page = await chromium.Open(site, bypassCsp: true);
        var faults = ScriptTests.Watch(page, chromium);
        await page.GotoAsync("/keyboard-shortcuts");
        // That it would be noticed.
        Assert.NotEmpty(await Shown(page, [("control", "<svg onload=xss(1)>")]));
        Assert.NotEmpty(await Shown(page, [("control", "<a href=\"java&Tab;script:xss(1)\">x</a>")]));
        foreach (var some in pages.Chunk(40)) faults.AddRange(await Shown(page, some));
        await page.Context.CloseAsync();
        return [.. faults.Distinct().Take(30)];
    }

    static Task<string[]> Shown(IPage page, (string Path, string Html)[] pages) =>
        page.EvaluateAsync<string[]>(
            """
            async pages => {
              document.body.replaceChildren();
              const found = [];
              await Promise.all(pages.map(([path, html]) => new Promise(done => {
                const frame = document.createElement('iframe');
                // What the page brings itself is not looked at here, and would ask the host for each frame.
                const own = /<script src="\/[^"]*"[^>]*><\/script>|<link rel="(?:stylesheet|preload|modulepreload)" href="\/[^"]*"[^>]*>/g;
                frame.srcdoc = html.replace(own, '');
                frame.onload = () => {
                  const here = frame.contentDocument;
                  for (const e of here.querySelectorAll('*')) {
                    for (const a of e.attributes) {
                      if (a.name.startsWith('on')) found.push(`${path}: ${e.localName} ${a.name}`);
                      if (/^(href|src|action|formaction|data|xlink:href|poster|srcset|srcdoc|background|ping)$/.test(a.name)) {
                        let url; try { url = new URL(a.value, 'https://own.example/x'); } catch { continue; }
                        if (!/^(https?|mailto|tel|data):$/.test(url.protocol) || a.name === 'srcdoc' && /xss/.test(a.value))
                          found.push(`${path}: ${e.localName} ${a.name}=${a.value}`);
                        if (url.protocol === 'data:' && !/^data:image\/(png|svg)/.test(a.value)) found.push(`${path}: ${a.value}`);
                      }
                    }
                    if (/^(object|embed|base|applet|portal|math|frame)$/.test(e.localName)) found.push(`${path}: <${e.localName}>`);
                    if (e.localName === 'script' && /xss/.test(e.textContent) && !/json/.test(e.type))
                      found.push(`${path}: script ${e.textContent}`);
                    if (e.localName === 'style' && /evil|xss/.test(e.textContent)) found.push(`${path}: style ${e.textContent}`);
                  }
                  found.push(...(frame.contentWindow.ran ?? []).map(r => `${path}: ${r}`));
                  done();
                };
                document.body.append(frame);
              })));
              return found;
            }
            """,
            pages.Select(p => new[] { p.Path, p.Html }).ToArray()
        );

    /// <summary>The HTML of all mails that the site has sent.</summary>
    static async Task<List<(string, string)>> Mails(TestSite site)
    {
        await TestSite.Until(
            () => site.Db(async db =>
                !await db.SystemMails.AnyAsync(l => l.State == SystemMailState.Waiting || l.State == SystemMailState.InFlight)),
            "the mails are sent"
        );
        var mails = new List<(string, string)>();
        var mailbox = (DevMailbox)site.Host.Services.GetRequiredService<MailTransport>();
        foreach (var file in mailbox.Files())
            if ((await mailbox.Open(file))?.Message is { } mail && mail.From.Mailboxes.First().Address == site.Site.MailFrom)
                mails.Add(($"mail {mail.Subject}", mail.HtmlBody ?? WebUtility.HtmlEncode(mail.TextBody ?? "")));
        Assert.True(mails.Count > 1, $"{mails.Count} mails");
        return mails;
    }

    /// <summary>A site with a topic, a file, a poll, and answers that came by e-mail, one of HTML alone.</summary>
    async Task<TestSite> Filled()
    {
        var texts = new Turns();
        var site = await chromium.Host.NewSite(recipe =>
        {
            recipe["name"] = "\"><script>xss(1)</script>";
            recipe["tagline"] = "</title><img src=x onerror=xss(1)>";
            recipe["features"]!.AsArray().Add("Search");
            foreach (var part in new[] { "groups", "boards", "mailKinds" })
                foreach (var item in recipe[part]!.AsArray()) (item!["name"], item["description"]) = (texts.Next(60), texts.Next(200));
        });
        var carla = await site.Reader("carla");
        var start = string.Join("\n\n", Vectors.Tricks.Where((_, i) => i % 29 == 0).Take(60));
        var topic = (await site.With<PublishPost, Published?>(p => p.StartTopic(
            carla, "general", texts.Next(110), start + "\n\n@" + carla.Name, Guid.NewGuid(), default)))!;
        foreach (var some in Vectors.Events.Where((_, i) => i % 15 == 0).Chunk(80))
            await site.With<PublishPost, Published?>(p => p.Reply(carla, topic.TopicId, 1, texts.Next(110), string.Join("\n\n", some),
                Guid.NewGuid(), default));
        await site.With<IServiceProvider, int>(async services =>
        {
            var options = Microsoft.Extensions.Options.Options.Create(new CommunityOptions { ReplyAddress = "reply@in.{host}" });
            var replies = ActivatorUtilities.CreateInstance<Notifications.ReplyAddresses>(services, options);
            var to = await replies.For(carla.Id!.Value, 1, default);
            var html = string.Concat(Vectors.Plain.Take(120).Select(v => $"<p>{v}</p>"));
            foreach (var (type, text) in new[] { ("plain", start), ("html", html) })
            {
                var mail = $"From: carla@example.com\r\nTo: {to}\r\nSubject: Re: {texts.Next(60)}\r\nMessage-ID: <{type}@a.example>\r\n"
                    + $"Content-Type: text/{type}; charset=utf-8\r\n\r\n{text.ReplaceLineEndings("\r\n")}\r\n";
                var taken = await ActivatorUtilities.CreateInstance<Notifications.TakeMail>(services, replies)
                    .Take(System.Text.Encoding.UTF8.GetBytes(mail), default);
                Assert.Equal(Notifications.MailTaken.Posted, taken);
            }
            return 0;
        });
        await site.Db(db =>
        {
            foreach (var text in Vectors.Tricks.Where((_, i) => i % 11 == 0).Chunk(200))
                db.Send(new SystemMail
                {
                    Kind = "test",
                    To = "anna@example.com",
                    Subject = texts.Next(150),
                    Culture = "en",
                    Text = string.Join("\n\n", text),
                });
            return db.SaveChangesAsync();
        });
        return site;
    }

    /// <summary>Puts a text into each column that holds words; returns the number of columns.</summary>
    static async Task<int> Plant(TestSite site)
    {
        var texts = new Turns();
        var carla = (await site.Reader("carla")).Id!.Value;
        var types = await site.Db(db => Task.FromResult(db.Model.GetEntityTypes()
            .Where(t => t.GetTableName() is not null && !t.IsOwned() && !machinery.Contains(t.ClrType)).ToList()));
        await (await site.SignIn("carla")).Submit("/account/data", new() { ["Message"] = texts.Next(180) });
        var admin = await site.Reader("admin");
        var paragraphs = string.Join("\n\n", Vectors.Tricks.Skip(500).Take(99));
        var terms = new TermsFields(Translations.Of(_ => paragraphs), Translations.Of(_ => "x"));
        await site.With<WriteTerms, TermsVersion?>(w => w.Draft(admin, TermsKind.Terms, terms, new()));
        await site.Db(async db =>
        {
            // What is more than its row.
            var options = texts.Next(90) + "\n" + texts.Next(90);
            var now = site.Host.Clock.Now;
            db.Polls.Add(new() { TopicId = 1, Question = texts.Next(110), Options = options, Counts = "1 0", MadeAt = now });
            MemberAttribute Asked(string key, AttributeType type) => new()
            {
                Key = key,
                Type = type,
                Labels = Translations.Of(_ => texts.Next(60)),
                Asked = AskedWhen.Registration,
                Visibility = Community.Members.Visibility.Everyone,
                MemberMayEdit = true,
                Options = type is AttributeType.OneOf ? [new() { Key = "a", Labels = Translations.Of(_ => texts.Next(60)) }] : [],
            };
            var words = db.MemberAttributes.Add(Asked("words", AttributeType.Text)).Entity;
            db.MemberAttributes.Add(Asked("chosen", AttributeType.OneOf));
            db.Touch(SiteAttributes.Version);
            db.Mailings.Add(new()
            {
                FormKey = Guid.NewGuid(),
                KindId = 1,
                Title = "x",
                Zone = "Etc/UTC",
                CreatedAt = site.Host.Clock.Now,
                Contents = [new() { Subject = "x", Text = "{{member.name}}\n\n" + string.Join("\n\n", Vectors.Tricks.Take(99)) }]
            });
            await db.SaveChangesAsync();
            db.AttributeValues.AddRange(words.Rows(carla, words.Parse(texts.Next(150), new(2026, 1, 1)).Value!));
            return await db.SaveChangesAsync();
        });
        // A row where there is none. What cannot be made of the model alone has its own tests.
        foreach (var type in types)
            try
            {
                await site.Db(async db => await RowsOfModel.Of(db, type.ClrType).AnyAsync() ? 0
                    : await RowsOfModel.Make(db, type, MemberColumn(type), carla, site.Host.Clock.Now) is null ? 0 : 1);
            }
            catch (Exception error) when (error is DbUpdateException or InvalidOperationException or MissingMethodException) { }
        return await site.Db(async db =>
        {
            var count = 0;
            foreach (var type in types)
                foreach (var column in type.GetProperties().Where(IsOfWords))
                {
                    var text = texts.Next(Math.Min(column.GetMaxLength() ?? 180, 180));
                    var value = column.ClrType == typeof(Translations) ? Translations.Of(_ => text).ToJson() : text;
#pragma warning disable EF1002, EF1003 // Names of the model.
                    var rows = await db.Database.ExecuteSqlRawAsync(
                        $"UPDATE OR IGNORE {type.GetTableName()} SET \"{column.GetColumnName()}\" = {{0}}"
                            // The posts of the topic have their own.
                            + (type.ClrType == typeof(Post) ? " WHERE \"Title\" IS NULL" : ""),
                        value
                    );
#pragma warning restore EF1002, EF1003
                    if (rows > 0) count++;
                }
            foreach (var part in db.Modules.All.SelectMany(m => m.Settings))
            {
                var json = new JsonObject();
                foreach (var field in part.Type.GetProperties().Where(p => p.CanWrite))
                {
                    var name = JsonNamingPolicy.CamelCase.ConvertName(field.Name);
                    if (field.PropertyType == typeof(string)) json[name] = texts.Next(28);
                    else if (field.PropertyType == typeof(Translations))
                        json[name] = JsonNode.Parse(Translations.Of(_ => texts.Next(60)).ToJson());
                }
                if (json.Count == 0 || await db.StoredSettings.AnyAsync(s => s.Part == part.Name)) continue;
                db.StoredSettings.Add(new() { Part = part.Name, Json = json.ToJsonString(), ChangedAt = site.Host.Clock.Now });
                count += json.Count;
            }
            await db.SaveChangesAsync();
            return count;
        });
    }

    static string? MemberColumn(IEntityType type) =>
        type.GetProperties().FirstOrDefault(p => p.Name is "MemberId" && p.ClrType == typeof(long))?.Name;

    static bool IsOfWords(IProperty column) =>
        (column.ClrType == typeof(string) || column.ClrType == typeof(Translations))
        && !column.IsKey() && !column.IsForeignKey() && !column.GetContainingIndexes().Any(i => i.IsUnique)
        && (column.GetMaxLength() ?? 99) >= 50
        && !parsed.Contains(column.Name) && !column.Name.EndsWith("Json", StringComparison.Ordinal)
        && !(column.ClrType == typeof(string) && column.GetTypeMapping().Converter is not null);

    /// <summary>Attacks in turns.</summary>
    sealed class Turns
    {
        readonly List<string> all = [.. Vectors.Plain.Where((_, i) => i % 3 == 0), .. Vectors.Events.Where((_, i) => i % 7 == 0)];
        int next;

        public string Next(int most)
        {
            for (; ; )
                if (all[next++ % all.Count] is var text && text.Length <= most && !text.AsSpan().ContainsAny('\0', '\f')) return text;
        }
    }
}
