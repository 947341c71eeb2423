using System.Net;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Community.Tests.Mailing;

/// <summary>Opens and clicks: what a mail says, who is counted, and where its links lead.</summary>
[OnBothDatabases]
public sealed class TrackingTests : IAsyncDisposable
{
    const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const string Typed = "https://example.com/?a=1&b=2#c";
    static readonly string[] addresses =
        [Typed, "https://example.com/%E6%9D%B1?x=%2B+1;y=2&amp=3", "https://example.com/a;b=c/~d?q=a+b&&c=", "http://例え.jp/東京?語=茶"];

    readonly ScriptedSmtpServer server = new();
    TestHost host = null!;
    TestSite site = null!;
    Visitor mailer = null!;

    async Task Start(TrackingMode mode, string campaign = "")
    {
        server.Start();
        host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{server.Port}" });
        site = await host.NewSite();
        mailer = await site.SignIn("mailer");
        if (mode is TrackingMode.Individual)
        {
            var made = await (await site.SignIn("admin")).Submit(
                "/staff/mail-kinds/new", new() { ["use"] = "Tracking", ["name.en"] = "Know what I read" }, "form:has([name=use])");
            Assert.EndsWith("/staff/mail-kinds", made.Url.AbsolutePath);
        }
        this.mode = (mode, campaign);
    }

    (TrackingMode Mode, string Campaign) mode;

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Links_that_were_made_in_a_change_that_did_not_happen_are_made_again()
    {
        await Start(TrackingMode.Pseudonymous);
        await mailer.Write("News of the week", "x", null, new() { ["Form.Then"] = "save" });
        var mailing = await site.Db(db => db.Mailings.AsNoTracking().SingleAsync());
        var targets = new LinkTargets();
        string[] urls = ["https://example.com/a", "https://example.com/b"];
        await site.Db(async db =>
        {
            await using var change = await db.Change();
            var own = await targets.Of(db, mailing, urls, default);
            // In the same change they are there.
            Assert.Equal(own, await targets.Of(db, mailing, urls, default));
            return 0;
        });
        var links = await site.Db(db => targets.Of(db, mailing, urls, default));
        Assert.Equal(3, links.Count);
        Assert.Equal(links.Values.Order(), await site.Db(db => db.TrackedLinks.OrderBy(l => l.Id).Select(l => l.Id).ToListAsync()));
        Assert.Same(links, await site.Db(db => targets.Of(db, mailing, urls, default)));
    }

    async Task Agree(string email) => await site.Db(async db =>
    {
        var kind = await db.MailKinds.Where(k => k.Use == MailKindUse.Tracking).Select(k => k.Id).SingleAsync();
        var member = await db.Members.Where(m => m.Email == email).Select(m => m.Id).SingleAsync();
        db.ConsentStates.Add(new() { MemberId = member, KindId = kind, Granted = true, Since = db.Now });
        return await db.SaveChangesAsync();
    });

    /// <summary>Writes, chooses what is recorded, sends, and returns the messages by recipient.</summary>
    async Task<(long Id, Dictionary<string, MimeMessage> Messages)> Sent(string text)
    {
        var draft = await mailer.Write("News of the week", text, null, new() { ["Form.Then"] = "save" });
        var id = long.Parse(draft.Url.Segments.First(s => long.TryParse(s.TrimEnd('/'), out _)).TrimEnd('/'));
        var saved = await mailer.Submit(
            $"/staff/mailings/{id}/tracking",
            new() { ["Form.Mode"] = mode.Mode.ToString(), ["Form.Campaign"] = mode.Campaign },
            "form:has([name='Form.Mode'])");
        Assert.Equal($"/staff/mailings/{id}", saved.Url.AbsolutePath);
        await mailer.Submit(await mailer.Get($"/staff/mailings/{id}/confirm"), [], "form:has(input[name=Rev])");
        await site.Until(id, MailingState.Finished);
        var messages = server.Messages.Select(m => MimeMessage.Load(new MemoryStream(m))).ToDictionary(m => m.To.Mailboxes.First().Address);
        return (id, messages);
    }

    static List<string> Links(MimeMessage message) =>
        [.. Html(message).QuerySelectorAll("a[href]").Select(a => a.GetAttribute("href")!)];

    static AngleSharp.Dom.IDocument Html(MimeMessage message) => new AngleSharp.Html.Parser.HtmlParser().ParseDocument(message.HtmlBody!);

    static string Pixel(MimeMessage message) =>
        Html(message).QuerySelector("img[src*='/o/']")!.GetAttribute("src")!;

    static List<string> Tracked(MimeMessage message) => [.. Links(message).Where(l => l.Contains("/l/"))];

    async Task<HttpResponseMessage> Fetch(string url, string agent = Firefox, HttpMethod? method = null, params (string, string)[] headers)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(30) });
        var at = new Uri(url);
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, $"http://127.0.0.1:{host.Port}{at.PathAndQuery}");
        request.Headers.Host = at.Authority;
        if (agent.Length > 0) request.Headers.TryAddWithoutValidation("User-Agent", agent);
        request.Headers.TryAddWithoutValidation("Accept-Language", "en");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }

    /// <summary>Waits until so many are recorded, and counts them.</summary>
    async Task<List<Engagement>> Recorded(int n)
    {
        await TestSite.Until(async () => await site.Db(db => db.Engagements.CountAsync()) >= n, $"{n} are recorded");
        host.Clock.Advance(EngagementRecorder.CountAfter + TimeSpan.FromSeconds(5));
        await site.With<IServiceProvider, bool>(async s =>
        {
            while (await new CountEngagements((SiteDb)s.GetService(typeof(SiteDb))!).Next(default)) { }
            return true;
        });
        return await site.Db(db => db.Engagements.AsNoTracking().OrderBy(e => e.Id).ToListAsync());
    }

    Task<int> Persons(long id, EngagementKind kind, Verdict verdict) =>
        site.Db(db => db.EngagementCounts.Where(c => c.MailingId == id && c.Kind == kind && c.Verdict == verdict && c.LinkId == 0)
            .SumAsync(c => c.Persons));

    [Fact]
    public async Task Who_may_be_known_by_name_is_asked_once_for_all_messages_that_are_written_together()
    {
        SiteQueries.Listen();
        await Start(TrackingMode.Individual);
        await Agree("anna@example.com");
        var (id, _) = await Sent($"[Look]({Typed})");
        var (mailing, members, anna) = await site.Db(async db => (
            await db.Mailings.AsNoTracking().SingleAsync(m => m.Id == id),
            await db.Members.Where(m => m.Email == "anna@example.com" || m.Email == "ben@example.com").Select(m => m.Id).ToListAsync(),
            await db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync()));
        await site.With<IServiceProvider, bool>(async services =>
        {
            var tracked = (TrackedLinks)services.GetService(typeof(TrackedLinks))!;
            var texts = (Microsoft.Extensions.Localization.IStringLocalizer)services.GetService(
                typeof(Microsoft.Extensions.Localization.IStringLocalizer))!;
            var message = new MailingMessage(
                FrozenContent.Parse(mailing.Content!), texts, await MergeFields.On((SiteDb)services.GetService(typeof(SiteDb))!, default));
            IReadOnlySet<long> known = new HashSet<long>();
            Assert.Single(await SiteQueries.Texts(async () => known = await tracked.Known(mailing, members, default)));
            Assert.Equal([anna], known);
            async Task Write()
            {
                foreach (var member in members)
                {
                    var to = new Recipient(member, "x", "x@example.com", "en", "https://a.example/u", "https://a.example/u/1");
                    to = await message.For(to, services, default);
                    Assert.NotNull(await tracked.For(mailing, message, to, 1, known, default));
                }
            }
            await Write();
            Assert.DoesNotContain(await SiteQueries.Texts(Write), command => command.Contains("consent_states"));
            Assert.Empty(await SiteQueries.Texts(() => tracked.Known(mailing, [], default)));
            return true;
        });
    }

    [Fact]
    public async Task Each_link_leads_to_the_very_address_that_was_typed_and_nowhere_else()
    {
        await Start(TrackingMode.Pseudonymous);
        var (id, messages) = await Sent(
            string.Join("\n\n", addresses.Select((a, i) => $"[link {i}]({a})"))
                + "\n\nFor you: [yours](https://example.com/?name={{member.name}})"
        );
        var message = messages["anna@example.com"];
        host.Clock.Advance(TimeSpan.FromHours(1));
        foreach (var (i, address) in addresses.Index())
        {
            var link = Html(message).QuerySelectorAll("a").Single(a => a.TextContent == $"link {i}").GetAttribute("href")!;
            Assert.DoesNotContain("example", new Uri(link).PathAndQuery);
            var answer = await Fetch(link);
            Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
            var expected = address.Contains("例え") ? "http://xn--r8jz45g.jp/%E6%9D%B1%E4%BA%AC?%E8%AA%9E=%E8%8C%B6" : address;
            Assert.Equal(expected, answer.Headers.GetValues("Location").Single());
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
            // The plain text leads there, too.
            Assert.Contains(link, message.TextBody);
        }
        var yours = Html(message).QuerySelectorAll("a").Single(a => a.TextContent == "yours").GetAttribute("href")!;
        Assert.Equal("https://example.com/?name=Anna", (await Fetch(yours)).Headers.GetValues("Location").Single());
        Assert.DoesNotContain("Anna", yours);
        // No address of a person stands in the tables.
        Assert.Equal(0, await site.Db(db => db.TrackedLinks.CountAsync(l => l.Url.Contains("Anna"))));
        // One letter changed; a link of another site; a target as a parameter.
        var token = new Uri(yours).Segments[^1];
        foreach (var at in new[] { 0, 5, token.Length / 2, token.Length - 1 })
            Assert.Equal(HttpStatusCode.NotFound, (await Fetch(yours.Replace(token, Changed(token, at)))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Fetch(yours[..^3])).StatusCode);
        var other = await host.NewSite();
        Assert.Equal(HttpStatusCode.NotFound, (await Fetch(other.Url + new Uri(yours).PathAndQuery)).StatusCode);
        var first = Tracked(message)[0];
        Assert.DoesNotContain(
            "evil", (await Fetch(first + "?url=https://evil.example&to=//evil.example")).Headers.GetValues("Location").Single());
        // Links to unsubscribe lead there at once.
        Assert.Contains(Links(message), l => l.Contains("/u/"));
        Assert.Contains("/u/", message.Headers["List-Unsubscribe"]);

        static string Changed(string token, int at) => token[..at] + (token[at] == 'A' ? 'B' : 'A') + token[(at + 1)..];
    }

    [Fact]
    public async Task Plain_text_keeps_its_words_and_what_a_recipient_wrote_leads_nowhere_in_the_sites_name()
    {
        await Start(TrackingMode.Pseudonymous);
        await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com")
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.Name, "https://evil.example/x")));
        var (_, messages) = await Sent(
            "{{member.name}} さま\n\n詳しくはhttps://shop.example/sale?a=1をご覧ください。\n\nhttps://shop.example/。\n\n"
                + "[資料](https://shop.example/資料?a=1|2)と（https://shop.example/?n={{member.name}}）です。\n\n"
                + "`https://shop.example/code` [here](https://shop.example/sale?a=1)abc");
        var message = messages["anna@example.com"];
        var lines = message.TextBody!.ReplaceLineEndings("\n").Split('\n');
        Assert.Equal("https://evil.example/x さま", lines[0]);
        Assert.Matches(@"^詳しくはhttps?://[^ ]+/l/[A-Za-z0-9_-]+をご覧ください。$", lines[2]);
        Assert.Matches("^https?://[^ ]+/l/[A-Za-z0-9_-]+。$", lines[4]);
        Assert.Matches(@"^資料 \(https?://[^ ]+/l/[A-Za-z0-9_-]+\)と（https?://[^ ]+/l/[A-Za-z0-9_-]+）です。$", lines[6]);
        Assert.Contains("https://shop.example/code", lines[8]);
        Assert.Matches(@"here \(https?://[^ ]+/l/[A-Za-z0-9_-]+\)abc$", lines[8]);
        // Text and HTML lead to the same places.
        foreach (var line in new[] { lines[2], lines[4], lines[6] })
            foreach (System.Text.RegularExpressions.Match link in
                System.Text.RegularExpressions.Regex.Matches(line, "https?://[^ ]+?/l/[A-Za-z0-9_-]+"))
            {
                var to = (await Fetch(link.Value)).Headers.GetValues("Location").Single();
                Assert.StartsWith("https://shop.example/", to);
                Assert.Contains(await Targets(), at => at == to);
            }

        async Task<List<string>> Targets()
        {
            var found = new List<string>();
            foreach (var link in Tracked(message))
                if ((await Fetch(link)).Headers.GetValues("Location").Single() is var at) found.Add(at.Replace("|", "%7C"));
            return [.. found, .. found.Select(at => at.Replace("%7C", "|"))];
        }
    }

    [Fact]
    public async Task An_address_with_fields_of_its_own_gets_none_of_the_campaign()
    {
        await Start(TrackingMode.None, "a&b");
        (string Url, bool Gets)[] all =
        [
            ("https://a.example/?a", true),
            ("https://a.example/?utm_medium=mail", false),
            ("https://a.example/?a=1&UTM_Source=x#c", false),
            ("https://a.example/?utm_campaign=", false),
            ("https://a.example/?next=https://b.example/?utm_source=x", true),
            ("https://a.example/?my_utm_source=x", true),
            ("https://a.example/page#utm_source=x", true),
            ("https://a.example/page#/?utm_source=x", true),
        ];
        var (_, messages) = await Sent(string.Join("\n\n", all.Select(one => $"[x]({one.Url})")));
        var fields = $"utm_source={site.Site.Key}&utm_medium=email&utm_campaign=a%26b";
        Assert.Equal(all.Select(one => one.Gets ? With(one.Url) : one.Url),
            Links(messages["anna@example.com"]).Where(l => l.StartsWith("https://a.example/", StringComparison.Ordinal)));

        string With(string url)
        {
            var page = url.Split('#')[0];
            return page + (page.Contains('?') ? "&" : "?") + fields + url[page.Length..];
        }
    }

    [Fact]
    public async Task Nothing_is_marked_unless_it_was_chosen_and_the_fields_of_a_campaign_come_before_the_fragment()
    {
        await Start(TrackingMode.None, "Spring 春");
        var (_, messages) = await Sent($"[x]({Typed}) and <https://example.com/plain>");
        var message = messages["anna@example.com"];
        Assert.Empty(Tracked(message));
        Assert.Null(Html(message).QuerySelector("img[src*='/o/']"));
        Assert.Contains(
            $"https://example.com/?a=1&b=2&utm_source={site.Site.Key}&utm_medium=email&utm_campaign=Spring%20%E6%98%A5#c", Links(message));
        Assert.Contains(
            $"https://example.com/plain?utm_source={site.Site.Key}&utm_medium=email&utm_campaign=Spring%20%E6%98%A5", Links(message));
        Assert.Equal(0, await site.Db(db => db.TrackedLinks.CountAsync()));
    }

    [Fact]
    public async Task Sums_alone_mark_all_messages_alike_and_persons_without_names_are_told_apart_by_a_number_that_stands_nowhere()
    {
        await Start(TrackingMode.Aggregate);
        var (id, messages) = await Sent($"[x]({Typed})");
        Assert.Equal(Tracked(messages["anna@example.com"]), Tracked(messages["ben@example.com"]));
        Assert.Equal(Pixel(messages["anna@example.com"]), Pixel(messages["ben@example.com"]));
        await Fetch(Pixel(messages["anna@example.com"]));
        await Fetch(Pixel(messages["ben@example.com"]));
        Assert.All(await Recorded(2), e => Assert.Equal((0, (long?)null), (e.Subject, e.MemberId)));
        Assert.Equal(2, await Persons(id, EngagementKind.Open, Verdict.Human));
        server.Messages.Clear();
        mode = (TrackingMode.Pseudonymous, "");
        var (second, others) = await Sent($"[x]({Typed})");
        host.Clock.Advance(TimeSpan.FromHours(1));
        Assert.NotEqual(Tracked(others["anna@example.com"]), Tracked(others["ben@example.com"]));
        var gif = await Fetch(Pixel(others["anna@example.com"]), headers: [("Sec-Fetch-Dest", "image"), ("Sec-Fetch-Site", "cross-site")]);
        Assert.Equal(("image/gif", "no-store"), (gif.Content.Headers.ContentType!.ToString(), gif.Headers.CacheControl!.ToString()));
        await Fetch(Pixel(others["anna@example.com"]));
        await Fetch(Pixel(others["ben@example.com"]));
        var rows = (await Recorded(5)).FindAll(e => e.MailingId == second);
        Assert.All(rows, e => Assert.Null(e.MemberId));
        var deliveries = await site.Db(db => db.Deliveries.Select(d => d.Id).ToListAsync());
        Assert.DoesNotContain(rows, e => deliveries.Contains(e.Subject));
        Assert.Equal(2, rows.Select(e => e.Subject).Distinct().Count());
        Assert.Equal(2, await Persons(second, EngagementKind.Open, Verdict.Human));
    }

    [Fact]
    public async Task Who_agreed_is_known_by_name_and_chosen_by_it_and_who_takes_it_back_is_forgotten()
    {
        await Start(TrackingMode.Individual);
        await Agree("anna@example.com");
        var (id, messages) = await Sent($"[x]({Typed})");
        host.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["anna@example.com"], await Chosen("Unopened", id));
        // By a proxy, a scanner, a machine of Apple: selects nobody.
        await Fetch(Pixel(messages["anna@example.com"]), "Mozilla/5.0");
        await Fetch(Tracked(messages["anna@example.com"])[0], method: HttpMethod.Head);
        await Recorded(2);
        Assert.Empty(await Chosen("Opened", id));
        Assert.Equal(["anna@example.com"], await Chosen("Unopened", id));
        await Fetch(Pixel(messages["anna@example.com"]));
        await Fetch(Pixel(messages["ben@example.com"]));
        await Recorded(4);
        Assert.Equal(["anna@example.com"], await Chosen("Opened", id));
        Assert.Empty(await Chosen("Clicked", id));
        Assert.Empty(await Chosen("Unopened", id));
        host.Clock.Advance(TimeSpan.FromMinutes(5));
        await Fetch(Tracked(messages["anna@example.com"]).First(l => l.Length > 0));
        await Recorded(5);
        Assert.Equal(["anna@example.com"], await Chosen("Clicked", id));
        Assert.Equal(2, await Persons(id, EngagementKind.Open, Verdict.Human));
        var anna = await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync());
        await site.With<Consents, bool>(async c => { await c.WithdrawAll(anna, ConsentSource.Profile, ""); return true; });
        await TestSite.Until(async () => !await site.Db(db => db.Engagements.AnyAsync(e => e.MemberId == anna)), "forgotten");
        Assert.Equal(2, await Persons(id, EngagementKind.Open, Verdict.Human));

        Task<List<string>> Chosen(string which, long mailing) =>
            site.Db(async db =>
            {
                var condition = (await MemberCondition.On(db))
                    .OfType<MemberCondition>()
                    .Single(c => c.Key == "mailing." + which.ToLowerInvariant());
                var values = System.Text.Json.JsonSerializer.SerializeToElement(new { mailing });
                var where = await condition.Predicate(values, new Selecting(db), default);
                return await db.Members.Where(where!).Select(m => m.Email!).ToListAsync();
            });
    }

    [Fact]
    public async Task Several_links_within_seconds_and_the_link_that_nobody_sees_are_a_machines()
    {
        await Start(TrackingMode.Pseudonymous);
        var (id, messages) = await Sent("[a](https://example.com/a) [b](https://example.com/b) [c](https://example.com/c)");
        host.Clock.Advance(TimeSpan.FromHours(1));
        using var still = host.Clock.Stop();
        foreach (var link in Tracked(messages["anna@example.com"]).Where(l => l.Length > 0).Take(3)) await Fetch(link);
        await Fetch(Pixel(messages["ben@example.com"]));
        await Fetch(Html(messages["ben@example.com"]).QuerySelector("a[aria-hidden]")!.GetAttribute("href")!);
        Assert.All(await Recorded(5), e => Assert.Equal(Verdict.Machine, e.Verdict));
        Assert.Equal(0, await Persons(id, EngagementKind.Open, Verdict.Human));
        Assert.Equal(
            (1, 1),
            (await Persons(id, EngagementKind.Open, Verdict.Machine), await Persons(id, EngagementKind.Click, Verdict.Machine))
        );
        // A person, later, one link after the other.
        foreach (var link in Tracked(messages["anna@example.com"]).Where(l => l.Length > 0).Take(2))
        {
            host.Clock.Advance(TimeSpan.FromMinutes(1));
            await Fetch(link);
            await Fetch(link);
        }
        await Recorded(9);
        Assert.Equal(1, await Persons(id, EngagementKind.Click, Verdict.Human));
        var counts = await site.Db(db => db.EngagementCounts.AsNoTracking().ToListAsync());
        var clicks = counts.Where(c => c is { Kind: EngagementKind.Click, Verdict: Verdict.Human }).ToList();
        Assert.Equal(4, clicks.Where(c => c.LinkId == 0).Sum(c => c.N));
        Assert.Equal([2, 2], clicks.Where(c => c.LinkId != 0).Select(c => c.N));
        // Over time: people alone, and of all links together.
        var course = await site.Db(db => db.EngagementCounts.OverTime().AsNoTracking().ToListAsync());
        Assert.All(course, c => Assert.Equal((Verdict.Human, 0L), (c.Verdict, c.LinkId)));
        Assert.Equal((4, 1), (course.Sum(c => c.N), course.Sum(c => c.Persons)));
    }

    [Theory]
    [InlineData(Firefox, "", 3600, Verdict.Human)]
    [InlineData(Firefox, "", 3, Verdict.Machine)]
    [InlineData(Firefox, "", 10, Verdict.Unknown)]
    [InlineData(Firefox, "40.94.1.2 40.92.10.20", 3600, Verdict.Machine)]
    [InlineData(Firefox, "::ffff:148.163.130.1", 3600, Verdict.Machine)]
    [InlineData("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "", 20, Verdict.Machine)]
    [InlineData("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "", 86400, Verdict.Unknown)]
    [InlineData("Mozilla/5.0", "17.58.1.1", 86400, Verdict.Machine)]
    [InlineData("", "", 86400, Verdict.Machine)]
    [InlineData("python-requests/2.31", "", 86400, Verdict.Machine)]
    [InlineData("Mozilla/5.0 (compatible; bingbot/2.0)", "", 86400, Verdict.Machine)]
    [InlineData("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.1; Pro)", "", 86400, Verdict.Human)]
    [InlineData("SomethingElse/1.0", "", 86400, Verdict.Unknown)]
    public void An_open_is_judged_by_who_asks_and_how_soon(string agent, string from, int seconds, Verdict right)
    {
        var http = new DefaultHttpContext();
        http.Request.Method = "GET";
        http.Request.Headers.UserAgent = agent;
        if (from.Length > 0) http.Connection.RemoteIpAddress = IPAddress.Parse(from.Split(' ')[^1]);
        var judge = new JudgeEngagement(Options.Create(new MailingOptions()));
        Assert.Equal(right, judge.Of(http, EngagementKind.Open, TimeSpan.FromSeconds(seconds)));
        http.Request.Headers["Sec-Purpose"] = "prefetch;prerender";
        Assert.Equal(Verdict.Machine, judge.Of(http, EngagementKind.Open, TimeSpan.FromDays(1)));
    }
}
