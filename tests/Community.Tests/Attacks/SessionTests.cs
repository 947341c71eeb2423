using System.Text.RegularExpressions;
using Community.Boards;
using Community.Mailing;
using Community.Members;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Attacks;

/// <summary>Passwords, sessions and links in e-mails: guessing, enumeration, takeover, reuse.</summary>
[Collection("attacks")]
[Trait("takes", "long")]
public sealed partial class SessionTests(AttackHost attacks)
{
    TestSite A => attacks.A;

    static KeyValuePair<string, string>[] SignInWith(string email, string password) =>
        [new("_handler", "sign-in"), new("Email", email), new("Password", password)];

    static KeyValuePair<string, string>[] RegisterWith(string email, string made) =>
        [
            new("_handler", "register"),
            new(FormGuard.Made, made),
            new("Name", "Somebody"),
            new("Email", email),
            new("Password", "seven tall giraffes"),
        ];

    [Fact]
    public async Task No_answer_tells_whether_an_address_is_a_member_s()
    {
        var site = await attacks.Another();
        var nobody = await Person.Visitor(site);
        var made = await site.With<FormGuard, string>(guard => Task.FromResult(guard.Seal()));
        // Addresses of the same length, so that only our own words can differ.
        foreach (
            var (path, fields) in new (string, Func<string, KeyValuePair<string, string>[]>)[]
            {
                ("/sign-in", email => SignInWith(email, "not the password")),
                ("/forgotten-password", email => [new("_handler", "forgotten"), new("Email", email)]),
                ("/register", email => RegisterWith(email, made)),
                // With the password just registered: even for an address that was free it must not be accepted.
                ("/sign-in", email => SignInWith(email, "seven tall giraffes")),
            }
        )
        {
            var (known, unknown) = (
                await nobody.Post(path, fields("carla@example.com")),
                await nobody.Post(path, fields("zarla@example.com"))
            );
            Assert.Equal(path is "/sign-in" ? 422 : 302, known.Status);
            Assert.Equal(Plain(unknown), Plain(known));
        }
        // A signed-in member who asks for a new address.
        var anna = await AttackHost.SignIn(site, "anna");
        KeyValuePair<string, string>[] Change(string email) =>
            [new("_handler", "email"), new("Email", email)];
        var taken = await anna.Post("/account/email", Change("carla@example.com"));
        // As a minute later.
        await site.Db(db => db.Members.ExecuteUpdateAsync(s => s.SetProperty(m => m.LastMailAt, (DateTime?)null)));
        var free = await anna.Post("/account/email", Change("yarla@example.com"));
        Assert.Equal(302, free.Status);
        Assert.Equal(Plain(free), Plain(taken));
    }

    /// <summary>
    /// A response without what differs each time: encrypted values and so the length, a passkey's challenge, the request's id, the date,
    /// and the typed address.
    /// </summary>
    static string Plain(Answer answer) =>
        Address()
            .Replace(
                Sealed()
                    .Replace(
                        $"{answer.Status} {answer.Location} {string.Join('\n', answer.Headers.Split('\n').Where(Tells))} {answer.Body}",
                        "•"
                    ),
                "address"
            );

    static bool Tells(string header) => !header.StartsWith("Date") && !header.StartsWith("Content-Length");

    [GeneratedRegex("(?:flash-[0-9a-f]+=)?CfDJ8[A-Za-z0-9_-]+|challenge&quot;:&quot;[A-Za-z0-9_-]+")] private static partial Regex Sealed();
    [GeneratedRegex("[cyz]arla@example.com")] private static partial Regex Address();

    [Fact]
    public async Task No_answer_takes_longer_for_an_address_that_is_a_member_s()
    {
        // Hashes expensive enough to stand out; everything else is as in production.
        await using var own = await TestHost.Start(new() { ["Community:PasswordIterations"] = "150000" });
        var site = await own.NewSite();
        var nobody = await Person.Visitor(site);
        var made = await site.With<FormGuard, string>(guard => Task.FromResult(guard.Seal()));
        foreach (
            var (path, fields) in new (string, Func<string, KeyValuePair<string, string>[]>)[]
            {
                ("/sign-in", email => SignInWith(email, "not the password")),
                ("/forgotten-password", email => [new("_handler", "forgotten"), new("Email", email)]),
                ("/register", email => RegisterWith(email, made)),
            }
        )
        {
            List<double> known = [],
                unknown = [];
            var first = await nobody.Post(path, fields("first@example.com"));
            Assert.Equal(path is "/sign-in" ? 422 : 302, first.Status);
            var members = new[] { "anna", "ben", "carla", "mod", "mailer", "web", "admin" };
            // Other tests only add time, so the fastest say what each costs: of seven, and on a busy machine of more. Alternating, so that
            // it slows both down. Without the dummy hash or the pause, the ratio would be ten or a tenth, however often.
            for (var round = 0; round < 6 && (round == 0 || !IsEven()); round++)
                foreach (var member in members)
                {
                    known.Add(await Time(fields(member + "@example.com")));
                    unknown.Add(await Time(fields("no-" + member + "@example.com")));
                }
            var ratio = known.Min() / unknown.Min();
            bool IsEven() => known.Min() / unknown.Min() is > 0.4 and < 2.5;
            Assert.True(
                IsEven(),
                $"{path}: {ratio:0.00} ({string.Join(' ', known.Select(k => k.ToString("0")))} / "
                    + $"{string.Join(' ', unknown.Select(k => k.ToString("0")))})"
            );

            async Task<double> Time(KeyValuePair<string, string>[] form)
            {
                var watch = System.Diagnostics.Stopwatch.StartNew();
                await nobody.Post(path, form);
                return watch.Elapsed.TotalMilliseconds;
            }
        }
    }

    [Fact]
    public async Task An_attacker_s_guesses_do_not_keep_out_the_member_on_a_network_known_to_us()
    {
        var site = await attacks.Another();
        // Anna has signed in from here before; the attacker is elsewhere.
        await AttackHost.SignIn(site, "anna");
        await Guess("198.51.100.7", 3 * SignIns.FailuresToLock);
        Assert.True(await site.Db(db => db.Members.AnyAsync(m => m.Email == "anna@example.com" && m.LockedUntil != null)));
        await AttackHost.SignIn(site, "anna");
        // Her sign-in does not unlock the attacker's network: even the right password is refused there until the lock expires.
        Assert.Equal(SignInResult.Refused, await Try("198.51.100.7", TestSite.Password));
        // Guesses from a known network are limited too.
        await Guess("127.0.0.1", 2 * SignIns.FailuresToLock);
        Assert.Equal(SignInResult.Refused, await Try("127.0.0.1", TestSite.Password));

        async Task Guess(string from, int times)
        {
            for (var i = 0; i < times; i++) Assert.Equal(SignInResult.Refused, await Try(from, "guess " + i));
        }

        // Acts as a request from that address; behind a proxy it would be the forwarded one.
        Task<SignInResult> Try(string from, string password) => site.With<IServiceProvider, SignInResult>(async services =>
        {
            var http = new DefaultHttpContext { RequestServices = services };
            http.Connection.RemoteIpAddress = System.Net.IPAddress.Parse(from);
            services.GetRequiredService<IHttpContextAccessor>().HttpContext = http;
            return (await services.GetRequiredService<SignIns>().WithPassword("anna@example.com", password, false)).Result;
        });
    }

    [Fact]
    public async Task A_session_is_made_at_sign_in_and_an_old_one_is_worth_nothing()
    {
        var site = await attacks.Another();
        var fixedSession = "session=CfDJ8attacker; ";
        var nobody = await Person.Visitor(site);
        var answer = await nobody.With(fixedSession + nobody.Cookies).Post("/sign-in", SignInWith("ben@example.com", TestSite.Password));
        var session = answer.Headers.Split('\n').Single(h => h.Contains("session=")).Split("session=")[1].Split(';')[0];
        Assert.NotEqual("CfDJ8attacker", session);
        // A new password ends all earlier sessions, here and elsewhere.
        var (mine, other) = (await AttackHost.SignIn(site, "ben"), await AttackHost.SignIn(site, "ben"));
        Assert.Equal(
            302,
            (
                await mine.Post(
                    "/account/password",
                    [new("_handler", "password"), new("Password", "eight small zebras")]
                )
            ).Status
        );
        Leads(await other.Get("/account"), "the other session");
        Leads(await mine.Get("/account"), "the cookie from before the change");
        // Halves of two cookies, and damaged ones, give no session.
        var (anna, carla) = (await AttackHost.SignIn(site, "anna"), await AttackHost.SignIn(site, "carla"));
        string Value(Person p) => p.Cookies.Split("; ").First(c => c.StartsWith("session="))["session=".Length..];
        foreach (
            var forged in new[]
            {
                Value(anna)[..^20] + Value(carla)[^20..],
                Value(anna)[..^1],
                Value(anna) + "A",
                Value(anna)[..20] + (Value(anna)[20] == 'A' ? 'B' : 'A') + Value(anna)[21..],
                "",
                "null",
            }
        )
            Leads(await anna.With("session=" + forged).Get("/account"), forged.Length.ToString());
    }

    void Leads(Answer answer, string what) =>
        Assert.True(
            answer.LeadsToSignIn,
            $"{what}: {answer.Status} {answer.Location} {(answer.Status < 500 ? "" : attacks.Host.Log.Errors.LastOrDefault())}"
        );

    [Fact]
    public async Task A_suspended_member_s_cookie_and_links_open_nothing()
    {
        var site = await attacks.Another();
        var (anna, admin) = (await AttackHost.SignIn(site, "anna"), await AttackHost.SignIn(site, "admin"));
        var member = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email == "anna@example.com"));
        var reset = await site.With<MailLinks, string>(links => Task.FromResult(links.Token(MailLinkPurpose.Reset, member)));
        await admin.Post($"/staff/members/{member.Id}", [new("_handler", "suspend"), new("reason", "spam")]);
        // At once, nothing can be read or written as a member.
        await anna.Post("/boards/general/new", [new("_handler", "start-topic"), new("title", "Spam"), new("text", "Spam")]);
        Assert.False(await site.Db(db => db.Topics.AnyAsync(t => t.Title == "Spam")));
        Assert.Equal(404, (await anna.Get("/boards/lounge")).Status);
        foreach (var path in new[] { "/account", "/groups", "/account/picture", "/boards/general/new" }) Leads(await anna.Get(path), path);
        Assert.Equal(410, (await anna.Get("/reset-password?token=" + reset)).Status);
        Assert.Equal(403, (await (await Person.Visitor(site)).Post("/sign-in", SignInWith("anna@example.com", TestSite.Password))).Status);
    }

    [Fact]
    public async Task What_staff_may_do_ends_in_that_moment_on_every_route()
    {
        var site = await attacks.Another();
        // More administrators, each in a browser that keeps using its cookie whatever happens.
        await site.Db(db =>
            db.Members.Where(m => m.ConfirmedAt != null && m.SuspendedAt == null)
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, Roles.Administrator))
        );
        var (admin, addresses) = (await AttackHost.SignIn(site, "admin"), await Addresses.Of(site));
        async Task<Person> Victim(string key)
        {
            var victim = await AttackHost.SignIn(site, key);
            Assert.Equal(200, (await victim.Get("/staff/members")).Status);
            return victim;
        }
        Task<long> Id(Person person) =>
            site.Db(db => db.Members.Where(m => m.Email == person.Name + "@example.com").Select(m => m.Id).SingleAsync());
        async Task Done(Task<Answer> answer) => Assert.Equal(302, (await answer).Status);

        var suspended = await Victim("carla");
        await Done(admin.Post($"/staff/members/{await Id(suspended)}", [new("_handler", "suspend"), new("reason", "x")]));
        var demoted = await Victim("ben");
        await Done(admin.Post($"/staff/members/{await Id(demoted)}/role", [new("role", "")]));
        var copied = await Victim("mod");
        await Done(
            (await AttackHost.SignIn(site, "mod")).Post(
                "/account/password",
                [new("_handler", "password"), new("Password", "eight small zebras")]
            )
        );
        var signedOut = await Victim("mailer");
        await Done(signedOut.Post("/sign-out"));
        var ended = await Victim("web");
        await Done(admin.Post($"/staff/members/{await Id(ended)}/sessions/end"));
        var elsewhere = await Victim("anna");
        await Done((await AttackHost.SignIn(site, "anna")).Post("/account/sessions/end-others"));

        await attacks.RestOf(site);
        var before = await attacks.Dump(site);
        var permissions = attacks.Host.Services.GetRequiredService<ModuleList>().Permissions;
        var open = new List<string>();
        foreach (var route in House.Routes.Of(attacks.Host))
        {
            var asks = route.Metadata.GetOrderedMetadata<Microsoft.AspNetCore.Authorization.IAuthorizeData>();
            if (asks.Count == 0) continue;
            var forStaff = asks.Any(a =>
                a.Policy is { } policy && !permissions[Permission.NameOf(policy, out _)].Roles.Contains(Roles.Member));
            var path = addresses.Fill(House.Routes.Path(route));
            foreach (var method in House.Routes.Methods(route))
            {
                foreach (
                    var (what, person) in new[]
                    {
                        ("suspended", suspended),
                        ("new password", copied),
                        ("signed out", signedOut),
                        ("ended by staff", ended),
                        ("ended elsewhere", elsewhere),
                    }
                )
                    if (await Ask(person, method, path) is { LeadsToSignIn: false, Status: not 404 } answer)
                        open.Add($"{what}: {method} {path} {answer.Status}");
                // Still a member, who may do what every member may.
                if (forStaff && await Ask(demoted, method, path) is { Status: not (403 or 404) } refused)
                    open.Add($"without the role: {method} {path} {refused.Status}");
            }
        }
        Assert.Empty(open);
        await attacks.RestOf(site);
        Assert.Equal(before, await attacks.Dump(site));

        // With the right token, and fields that some of the forms would accept.
        static Task<Answer> Ask(Person person, string method, string path) =>
            method == "POST"
                ? person.Post(
                    path,
                    [new("_handler", "profile"), new("Name", "Thief"), new("role", Roles.Administrator), new("member", "6")]
                )
                : person.Send(new HttpMethod(method), path, null);
    }

    [Fact]
    public async Task Every_link_of_a_mail_works_once_and_only_for_what_it_is()
    {
        var site = await attacks.Another();
        var nobody = await Person.Visitor(site);
        var (newman, ben) = (await Of("new"), await Of("ben"));
        var confirm = await Token(MailLinkPurpose.Confirm, newman);
        var reset = await Token(MailLinkPurpose.Reset, ben);
        var asked = new EmailChange { MemberId = ben.Id, Email = "ben2@example.com", Stamp = ben.SecurityStamp! };
        asked.AskedAt = attacks.Host.Clock.Now;
        await site.Db(db => { db.EmailChanges.Add(asked); return db.SaveChangesAsync(); });
        var change = await Token(MailLinkPurpose.NewEmail, ben, $"{asked.Id} {asked.Email}");
        var present = await Token(MailLinkPurpose.PresentEmail, ben, $"{asked.Id} {asked.Email}");
        // Each token on the pages of the others, truncated, and with a character changed.
        foreach (
            var (page, right) in new[]
            {
                ("/confirm", confirm),
                ("/reset-password", reset),
                ("/account/new-email", change),
                ("/account/present-email", present),
            }
        )
            foreach (
                var token in new[]
                {
                confirm,
                reset,
                change,
                present,
                right[..^4],
                right[..20] + (right[20] == 'A' ? 'B' : 'A') + right[21..],
                "",
                }.Where(t => t != right)
            )
                Assert.Equal(410, (await nobody.Get($"{page}?token={token}")).Status);
        await Once($"/confirm?token={confirm}", KeyValuePair.Create("_handler", "confirm"));
        Assert.Equal(200, (await nobody.Post($"/account/new-email?token={change}", [new("_handler", "confirm-email")])).Status);
        Assert.Equal(302, (await nobody.Post($"/account/present-email?token={present}", [new("_handler", "confirm-email")])).Status);
        // The address has changed, so the earlier link to reset the password is void.
        Assert.Equal(410, (await nobody.Get("/reset-password?token=" + reset)).Status);
        reset = await Token(MailLinkPurpose.Reset, await Of("ben2"));
        await Once($"/reset-password?token={reset}", new("_handler", "reset"), new("Password", "eight small zebras"));
        // The unsubscribe link works repeatedly, with the same result.
        var leave = "/u/" + await site.With<UnsubscribeLinks, string>(links => links.Token(ben.Id, 1));
        for (var i = 0; i < 2; i++)
            Assert.Equal(
                200,
                (
                    await nobody.Send(
                        HttpMethod.Post,
                        leave + "/one-click",
                        new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")])
                    )
                ).Status
            );
        Assert.Equal(1, await site.Db(db => db.ConsentEvents.CountAsync(e => e.MemberId == ben.Id && e.Source == "one-click")));
        // Another member's or kind's id under this signature is rejected.
        foreach (
            var forged in new[]
            {
                leave.Replace($"/u/{ben.Id:x}-", $"/u/{newman.Id:x}-"),
                leave.Replace("-1-", "-2-"),
                leave[..^1],
                leave + "A",
                leave.Replace("/u/", "/u/0"),
            }
        )
            Assert.Equal(404, (await nobody.Get(forged)).Status);

        async Task Once(string path, params KeyValuePair<string, string>[] fields)
        {
            Assert.Equal(302, (await nobody.Post(path, fields)).Status);
            var again = await nobody.Post(path, fields);
            Assert.True(again.Status != 302 && (await nobody.Get(path)).Status == 410, $"{path}: {again.Status}");
        }

        Task<Member> Of(string key) => site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email == key + "@example.com"));
        Task<string> Token(MailLinkPurpose purpose, Member member, string? extra = null) =>
            site.With<MailLinks, string>(links => Task.FromResult(links.Token(purpose, member, extra)));
    }

    [Fact]
    public async Task No_log_holds_a_password_a_token_a_cookie_or_an_address()
    {
        var site = await attacks.Another();
        var nobody = await Person.Visitor(site);
        string[] secrets = ["wrong giraffe 4711", "right zebra 4712", "secret-person-4713@example.net"];
        await nobody.Post("/sign-in", SignInWith("ben@example.com", secrets[0]));
        await nobody.Post(
            "/register",
            [new("_handler", "register"), new("Name", "Somebody"), new("Email", secrets[2]), new("Password", secrets[1])]
        );
        await nobody.Post("/forgotten-password", [new("_handler", "forgotten"), new("Email", secrets[2])]);
        var ben = await AttackHost.SignIn(site, "ben");
        await ben.Post("/account/password", [new("_handler", "password"), new("Password", secrets[1])]);
        // Requests that fail, too.
        await ben.Get("/account?x=%00" + secrets[0].Replace(' ', '+'));
        await nobody.Get("/reset-password?token=" + ben.Token);
        await attacks.RestOf(site);
        var session = ben.Cookies.Split("; ").First(c => c.StartsWith("session="))["session=".Length..];
        foreach (var secret in secrets.Append(ben.Token).Append(session).Append(TestSite.Password))
            Assert.DoesNotContain(attacks.Host.Log.Lines, l => l.Contains(secret, StringComparison.OrdinalIgnoreCase));
    }
}
