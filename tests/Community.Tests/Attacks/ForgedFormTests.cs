using Community.Boards;
using Community.Members;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Attacks;

/// <summary>Forms that another site's page submits in a member's name (CSRF).</summary>
[Collection("attacks")]
public sealed class ForgedFormTests(AttackHost attacks)
{
    /// <summary>Needs no form token: the link in the mail is the proof (RFC 8058).</summary>
    const string OneClick = "/u/{token}/one-click";

    [Fact]
    public async Task No_route_takes_a_form_without_the_token_that_was_given_to_this_person()
    {
        var site = await attacks.Another();
        var (admin, anna, theirs, addresses) = (
            await AttackHost.SignIn(site, "admin"),
            await AttackHost.SignIn(site, "anna"),
            await AttackHost.SignIn(attacks.B, "admin"),
            await Addresses.Of(site)
        );
        // What another page can make the browser send: the session cookie, and every token that attackers can get for themselves.
        string OnlySession(Person p) => string.Join("; ", p.Cookies.Split("; ").Where(c => !c.StartsWith("form=")));
        string FormCookie(Person p) => p.Cookies.Split("; ").First(c => c.StartsWith("form="));
        var forged = new (string What, Person Person)[]
        {
            ("no token", admin.With(token: "")),
            ("nonsense", admin.With(token: "CfDJ8nonsense")),
            ("another member's token", admin.With(token: anna.Token)),
            ("another member's token and its cookie", admin.With($"{OnlySession(admin)}; {FormCookie(anna)}", anna.Token)),
            ("another site's token and its cookie", admin.With($"{OnlySession(admin)}; {FormCookie(theirs)}", theirs.Token)),
            ("the right token without its cookie", admin.With(OnlySession(admin))),
        };
        await attacks.RestOf(site);
        var before = await attacks.Dump(site);
        var taken = new List<string>();
        foreach (
            var (_, path) in Routes
                .All(attacks.Host)
                .Where(r => r.Method == "POST" && r.Path is not OneClick and not "/u/{Token}/one-click")
        )
            foreach (var (what, person) in forged)
            {
                var answer = await person.Post(
                    addresses.Fill(path),
                    [new("_handler", "profile"), new("role", "administrator"), new("member", "6")],
                    ("Origin", "https://evil.example"),
                    ("Sec-Fetch-Site", "cross-site")
                );
                // 404: the console's pages do not exist on a member site.
                if (answer.Status is not (400 or 404))
                    taken.Add($"{path} {what}: {answer.Status}");
            }
        Assert.Empty(taken);
        await attacks.RestOf(site);
        Assert.Equal(before, await attacks.Dump(site));
    }

    [Fact]
    public async Task A_page_that_is_shown_anew_for_want_of_its_token_does_nothing_of_what_its_form_asks_for()
    {
        var site = await attacks.Another();
        var addresses = await Addresses.Of(site);
        foreach (
            var person in new[]
            {
                await Person.Visitor(site),
                await AttackHost.SignIn(site, "anna"),
                await AttackHost.SignIn(site, "admin"),
            }
        )
        {
            var forms = await Form.Found(person, addresses);
            Assert.NotEmpty(forms);
            await attacks.RestOf(site);
            var before = Rows(await attacks.Dump(site));
            foreach (var form in forms)
                foreach (var token in new[] { "", "CfDJ8nonsense" })
                {
                    // As if from a window of this site, filled in so that it would otherwise be accepted.
                    var answer = await person.Send(
                        HttpMethod.Post,
                        form.Action,
                        form.With(token, "12", typed: true),
                        ("Sec-Fetch-Site", "same-origin")
                    );
                    Assert.True(answer.Status < 500 && !answer.Headers.Contains("session="), $"{person.Name} {form}: {answer.Status}");
                }
            await attacks.RestOf(site);
            Assert.Equal(before, Rows(await attacks.Dump(site)));
        }
    }

    /// <summary>The dump without the records that staff viewed pages: a refused form still shows its page.</summary>
    static string Rows(string dump) =>
        string.Join('\n', dump.Split("=== ").Where(t => !new[] { "audit\n", "audit_seals\n", "work\n" }.Any(t.StartsWith)));

    [Fact]
    public async Task Nobody_is_signed_in_by_another_page_s_form()
    {
        var mine = await Person.Visitor(attacks.A);
        var fields = new KeyValuePair<string, string>[]
        {
            new("_handler", "sign-in"),
            new("Email", "anna@example.com"),
            new("Password", TestSite.Password),
        };
        foreach (var forged in new[] { mine.With(cookies: ""), mine.With(token: ""), (await Person.Visitor(attacks.A)).With(mine.Cookies) })
        {
            var answer = await forged.Post("/sign-in", fields);
            Assert.True(answer.Status == 400 && !answer.Headers.Contains("session="), $"{answer.Status}");
        }
        Assert.Equal(302, (await mine.Post("/sign-in", fields)).Status);
    }

    /// <summary>Every destination in the Fetch standard that a page can load without a click; a page of ours must never be one.</summary>
    static readonly string[] loaded =
    [
        "image",
        "script",
        "style",
        "font",
        "audio",
        "video",
        "track",
        "object",
        "embed",
        "iframe",
        "frame",
        "fencedframe",
        "manifest",
        "worker",
        "sharedworker",
        "serviceworker",
        "audioworklet",
        "paintworklet",
        "report",
        "xslt",
        "json",
        "webidentity",
        "nonsense",
    ];

    /// <summary>Paths of subresources, including the frame that previews a mail, which only our own pages may embed.</summary>
    static bool IsPart(string path) =>
        path.StartsWith("/files/")
        || path.StartsWith("/themes/")
        || path.StartsWith("/staff/theme/picture/")
        // The pixel of mails.
        || path.StartsWith("/o/")
        || path is "/theme.css" or "/icon.svg" or "/favicon.ico";

    static bool IsFrame(string path) => path.EndsWith("/preview.html") || path.StartsWith("/dev/mail")
        || (path.StartsWith("/mailings/") && path.EndsWith("/mail"));

    static readonly (string, string) elsewhere = ("Sec-Fetch-Site", "cross-site"), neighbour = ("Sec-Fetch-Site", "same-site");

    [Fact]
    public async Task No_page_is_loaded_by_a_page()
    {
        var (admin, visitor, addresses) = (
            await AttackHost.SignIn(attacks.A, "admin"),
            await Person.Visitor(attacks.A),
            await Addresses.Of(attacks.A)
        );
        var taken = new List<string>();
        foreach (var path in Routes.All(attacks.Host).Where(r => r.Method == "GET" && !IsPart(r.Path)).Select(r => r.Path))
            foreach (var dest in loaded.Where(d => d != "iframe" || !IsFrame(path)))
                foreach (var person in new[] { admin, visitor })
                    if (
                        await person.Get(addresses.Fill(path), ("Sec-Fetch-Dest", dest), ("Sec-Fetch-Site", "same-origin")) is { } answer
                        && (answer.Status != 403 || answer.Headers.Contains("Set-Cookie") || answer.Body.Length > 100)
                    )
                        taken.Add($"{person.Name} {path} as {dest}: {answer.Status}");
        Assert.Empty(taken);
        // Another site's script fetches a page, and another site's frame embeds the preview of a mail.
        foreach (var (name, value) in new[] { elsewhere, neighbour })
        {
            Assert.Equal(403, (await admin.Get("/boards", ("Sec-Fetch-Dest", "empty"), (name, value))).Status);
            Assert.Equal(
                403,
                (
                    await admin.Get(addresses.Fill("/staff/mailings/{id:long}/preview.html"), ("Sec-Fetch-Dest", "iframe"), (name, value))
                ).Status
            );
        }
    }

    [Fact]
    public async Task What_pages_are_made_of_is_loaded_and_a_person_opens_what_is_a_page()
    {
        var (admin, addresses) = (await AttackHost.SignIn(attacks.A, "admin"), await Addresses.Of(attacks.A));
        var home = await attacks.A.Visitor().Get("/");
        foreach (
            var path in home
                .Document.QuerySelectorAll("link[href]:not([rel=alternate]),script[src],img[src]")
                .Select(e => e.GetAttribute("href") ?? e.GetAttribute("src")!)
                .Append("/files/" + addresses.Picture)
                .Append("/favicon.ico")
        )
            foreach (var dest in new[] { "image", "style", "script", "document", "empty" })
                Assert.True(
                    (await admin.Get(path, ("Sec-Fetch-Dest", dest), ("Sec-Fetch-Site", "same-origin"))).Status is 200 or 301,
                    $"{path} as {dest}"
                );
        Assert.Equal(200, (await admin.Get("/healthz", ("Sec-Fetch-Dest", "image"))).Status);
        foreach (var path in new[] { "/", "/boards", await Addresses.FirstTopic(attacks.A), "/staff", "/sign-in" })
            foreach (
                var headers in new (string, string)[][]
                {
                [],
                [("Sec-Fetch-Dest", "document")],
                [("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Site", "none"), ("Sec-Fetch-User", "?1")],
                [("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Site", "same-origin")],
                }
            )
                Assert.True((await admin.Get(path, headers)).Status is 200 or 302, path);
        // The preview of a mail in the frame on our own page.
        Assert.Equal(
            200,
            (
                await admin.Get(
                    "/staff/mailings/1/preview.html?member=" + await Handle("admin"),
                    ("Sec-Fetch-Dest", "iframe"),
                    ("Sec-Fetch-Site", "same-origin")
                )
            ).Status
        );
        // A missing picture does not render an error page.
        Assert.True(await admin.Get("/files/" + new string('0', 64) + ".png", ("Sec-Fetch-Dest", "image")) is { Status: 404, Body: "" });

        Task<string> Handle(string key) => attacks.A.Db(async db => (await db.Members.FindAsync(await AttackHost.Id(db, key)))!.Handle);
    }

    /// <summary>
    /// Every way to request a page that nobody reads: none changes anything, not even what counts as read, or records anything.
    /// </summary>
    [Fact]
    public async Task Looking_at_a_page_changes_nothing()
    {
        var site = await attacks.Another();
        var (admin, ben, addresses) = (
            await AttackHost.SignIn(site, "admin"),
            await AttackHost.SignIn(site, "ben"),
            await Addresses.Of(site)
        );
        await attacks.RestOf(site);
        var before = await attacks.Dump(site);
        var paths = Routes.All(attacks.Host).Where(r => r.Method == "GET").Select(r => addresses.Fill(r.Path)).Distinct().ToList();
        var ways = new (string, string)[][]
        {
            // Requests that a picture in a post, or on another site, can make a reader's browser send.
            [("Sec-Fetch-Dest", "image"), ("Sec-Fetch-Site", "same-origin")],
            [("Sec-Fetch-Dest", "image"), elsewhere],
            [("Sec-Fetch-Dest", "iframe"), neighbour],
            // Prefetches by the browser, and pages opened by another site without a click.
            [("Sec-Purpose", "prefetch;prerender")],
            [("Purpose", "prefetch"), ("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Site", "same-origin")],
            [("Sec-Fetch-Dest", "document"), elsewhere],
            [("Sec-Fetch-Dest", "document"), neighbour],
        };
        var topic = await Addresses.FirstTopic(site);
        foreach (var way in ways)
            foreach (var path in paths.Append(topic + "?view=chronological").Append("/boards/general?view=posts"))
                if (await admin.Get(path, way) is { } answer)
                    Assert.True(
                        !new[] { "view=", "language=", "scheme=" }.Any(c => answer.Headers.Contains("Set-Cookie: " + c)),
                        $"{path} {answer.Headers}"
                    );
        // Visits are recorded in order: once Ben's is there, any earlier one would be too.
        await ben.Get(await Addresses.FirstTopic(site));
        var reader = await site.Db(db => AttackHost.Id(db, "ben"));
        await TestSite.Until(
            () => site.Db(async db => await db.TopicReads.Where(r => r.MemberId == reader).ExecuteDeleteAsync() > 0),
            "Ben has read"
        );
        await site.Db(db => db.BoardReads.Where(r => r.MemberId == reader).ExecuteDeleteAsync());
        await attacks.RestOf(site);
        Assert.Equal(before, await attacks.Dump(site));
    }

    [Fact]
    public async Task A_page_that_records_its_reader_asks_before_it_opens_for_who_comes_from_another_site()
    {
        var site = await attacks.Another();
        var (admin, addresses) = (await AttackHost.SignIn(site, "admin"), await Addresses.Of(site));
        var path = addresses.Fill("/staff/members/{Id:long}");
        foreach (var from in new[] { elsewhere, neighbour })
        {
            // With a click too: whoever clicked did not know where the link leads.
            var asked = await admin.Get(path, from, ("Sec-Fetch-Dest", "document"), ("Sec-Fetch-User", "?1"));
            Assert.Equal(403, asked.Status);
            Assert.Contains($"href=\"{path}\"", asked.Body);
            Assert.DoesNotContain("anna@", asked.Body);
        }
        Assert.Equal(0, await site.Db(db => db.Audit.CountAsync(a => a.Action == "members.open" && a.SubjectId == addresses.Member)));
        Assert.Equal(200, (await admin.Get(path, ("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Site", "same-origin"))).Status);
        Assert.Equal(1, await site.Db(db => db.Audit.CountAsync(a => a.Action == "members.open" && a.SubjectId == addresses.Member)));
        // Members' pages open without asking: a link in a mail opens them, and they count as read.
        var anna = await AttackHost.SignIn(site, "anna");
        Assert.Equal(
            200,
            (await anna.Get(await Addresses.FirstTopic(site), elsewhere, ("Sec-Fetch-Dest", "document"), ("Sec-Fetch-User", "?1"))).Status
        );
        await TestSite.Until(
            () => site.Db(db => db.TopicReads.AnyAsync(r => r.TopicId == 1 && r.MemberId == addresses.Member)),
            "the topic is read"
        );
    }

    [Fact]
    public async Task The_session_s_cookie_is_not_sent_along_by_other_sites_nor_read_by_scripts()
    {
        var visitor = await Person.Visitor(attacks.A);
        var answer = await visitor.Post(
            "/sign-in",
            [new("_handler", "sign-in"), new("Email", "anna@example.com"), new("Password", TestSite.Password)]
        );
        var cookie = answer.Headers.Split('\n').Single(l => l.Contains("session=")).ToLowerInvariant();
        foreach (var attribute in new[] { "httponly", "samesite=lax", "path=/" }) Assert.Contains(attribute, cookie);
        Assert.DoesNotContain("domain=", cookie);
    }
}
