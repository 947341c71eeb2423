using Community.Tests.House;

namespace Community.Tests.Attacks;

/// <summary>Forms that somebody else's page sends in a member's name (CSRF).</summary>
[Collection("attacks")]
public sealed class ForgedFormTests(AttackHost attacks)
{
    /// <summary>Takes no form of ours: the link in the mail is the proof (RFC 8058).</summary>
    const string OneClick = "/u/{token}/one-click";

    [Fact]
    public async Task No_route_takes_a_form_without_the_token_that_was_given_to_this_person()
    {
        var site = await attacks.Another();
        var (admin, anna, theirs, addresses) = (await AttackHost.SignIn(site, "admin"), await AttackHost.SignIn(site, "anna"), await AttackHost.SignIn(attacks.B, "admin"), await Addresses.Of(site));
        // What another page can make the browser send: the session's cookies; and every token that an attacker can get for himself.
        string OnlySession(Person p) => string.Join("; ", p.Cookies.Split("; ").Where(c => !c.StartsWith("form=")));
        string FormCookie(Person p) => p.Cookies.Split("; ").First(c => c.StartsWith("form="));
        var forged = new (string What, Person Person)[]
        {
            ("no token", admin.With(token: "")), ("nonsense", admin.With(token: "CfDJ8nonsense")), ("another member's token", admin.With(token: anna.Token)),
            ("another member's token and its cookie", admin.With($"{OnlySession(admin)}; {FormCookie(anna)}", anna.Token)),
            ("another site's token and its cookie", admin.With($"{OnlySession(admin)}; {FormCookie(theirs)}", theirs.Token)),
            ("the right token without its cookie", admin.With(OnlySession(admin))),
        };
        await attacks.RestOf(site);
        var before = await attacks.Dump(site);
        var taken = new List<string>();
        foreach (var (_, path) in Routes.All(attacks.Host).Where(r => r.Method == "POST" && r.Path is not OneClick and not "/u/{Token}/one-click"))
            foreach (var (what, person) in forged)
            {
                var answer = await person.Post(addresses.Fill(path), [new("_handler", "profile"), new("role", "administrator"), new("member", "6")], ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"));
                // On the console's pages a member site has nothing.
                if (answer.Status is not (400 or 404)) taken.Add($"{path} {what}: {answer.Status}");
            }
        Assert.Empty(taken);
        await attacks.RestOf(site);
        Assert.Equal(before, await attacks.Dump(site));
    }

    [Fact]
    public async Task Nobody_is_signed_in_by_another_page_s_form()
    {
        var mine = await Person.Visitor(attacks.A);
        var fields = new KeyValuePair<string, string>[] { new("_handler", "sign-in"), new("Email", "anna@example.com"), new("Password", TestSite.Password) };
        foreach (var forged in new[] { mine.With(cookies: ""), mine.With(token: ""), (await Person.Visitor(attacks.A)).With(mine.Cookies) })
        {
            var answer = await forged.Post("/sign-in", fields);
            Assert.True(answer.Status == 400 && !answer.Headers.Contains("session="), $"{answer.Status}");
        }
        Assert.Equal(302, (await mine.Post("/sign-in", fields)).Status);
    }

    [Fact]
    public async Task Looking_at_a_page_changes_nothing()
    {
        var site = await attacks.Another();
        var (admin, addresses) = (await AttackHost.SignIn(site, "admin"), await Addresses.Of(site));
        await attacks.RestOf(site);
        var before = Rows(await attacks.Dump(site));
        // What a picture in a post can make a reader's browser ask for.
        foreach (var path in Routes.All(attacks.Host).Select(r => addresses.Fill(r.Path)).Distinct()) await admin.Get(path, ("Sec-Fetch-Dest", "image"));
        await attacks.RestOf(site);
        Assert.Equal(before, Rows(await attacks.Dump(site)));
    }

    /// <summary>But what is a record of having looked: the audit log, and what is read.</summary>
    static string Rows(string dump) => string.Join('\n', dump.Split("=== ").Where(t => !new[] { "audit\n", "topic_reads\n", "board_reads\n", "work\n" }.Any(t.StartsWith)));

    [Fact]
    public async Task The_session_s_cookie_is_not_sent_along_by_other_sites_nor_read_by_scripts()
    {
        var visitor = await Person.Visitor(attacks.A);
        var answer = await visitor.Post("/sign-in", [new("_handler", "sign-in"), new("Email", "anna@example.com"), new("Password", TestSite.Password)]);
        var cookie = answer.Headers.Split('\n').Single(l => l.Contains("session=")).ToLowerInvariant();
        foreach (var attribute in new[] { "httponly", "samesite=lax", "path=/" }) Assert.Contains(attribute, cookie);
        Assert.DoesNotContain("domain=", cookie);
    }
}
