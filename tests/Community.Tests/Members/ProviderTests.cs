using System.Net;
using System.Security.Cryptography;
using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Community.Tests.Members;

/// <summary>Signing in by other providers: against a real OpenID Connect server, and against one that answers what it must not.</summary>
public sealed class ProviderTests(TestHost host)
{
    const string Security = "/account/security";

    static async Task<Provider> SetUp(
        TestSite site,
        string issuer,
        Action<Dictionary<string, string>>? change = null,
        string kind = "other"
    )
    {
        var admin = await site.SignIn("admin");
        var fields = new Dictionary<string, string>
        {
            ["Form.Name"] = "Acme ID",
            ["Form.ClientId"] = OpenIdServer.ClientId,
            ["Form.Secret"] = OpenIdServer.Secret,
            ["Form.IsOn"] = "true",
        };
        if (kind == "other") fields["Form.Issuer"] = issuer;
        change?.Invoke(fields);
        var page = await admin.Submit($"/staff/providers/new?kind={kind}", fields, "form.form");
        Assert.True(page.Url.AbsolutePath.StartsWith("/staff/providers/") && !page.Url.AbsolutePath.EndsWith("new"), page.Text);
        return await site.Db(db => db.Providers.AsNoTracking().OrderByDescending(p => p.Id).FirstAsync());
    }

    /// <summary>A preset's provider, as if the real one stood at this address.</summary>
    static Task<int> Move(TestSite site, string issuer) =>
        site.Db(db => db.Providers.ExecuteUpdateAsync(s => s.SetProperty(p => p.Issuer, issuer).SetProperty(p => p.IsOn, true)
            .SetProperty(p => p.Rev, p => p.Rev + 1)));

    static Task<Page> Come(Visitor visitor, Provider provider, string back = "") =>
        visitor.Get($"/sign-in/with/{provider.Key}" + (back.Length > 0 ? "?returnUrl=" + Uri.EscapeDataString(back) : ""));

    static bool IsIn(Page page) => page.Document.QuerySelector("form[action='/sign-out']") is not null;

    static Task<Page> Password(Visitor visitor, string key, string url = "/sign-in") =>
        visitor.Submit(url, new() { ["Email"] = $"{key}@example.com", ["Password"] = TestSite.Password });

    [OnBothDatabases, Fact]
    public async Task Of_edits_of_a_provider_at_once_one_is_saved_and_the_others_are_told()
    {
        var site = await host.NewSite();
        var provider = await SetUp(site, "https://id.example", f => f.Remove("Form.IsOn"));
        var admin = await site.Reader("admin");
        var saved = await Task.WhenAll(Enumerable.Range(1, 6).Select(n => site.With<SaveProvider, bool>(async save =>
        {
            var fields = new ProviderFields { Name = $"Name {n}", Issuer = provider.Issuer, ClientId = "x", Rev = provider.Rev };
            return await save.Save(admin, provider.Id, provider.Kind, fields, new()) is not null;
        })));
        Assert.Single(saved, s => s);
        Assert.Equal(provider.Rev + 1, await site.Db(db => db.Providers.Select(p => p.Rev).SingleAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task Somebody_new_registers_without_a_password_and_comes_back_whatever_the_provider_tells_then()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        Assert.Contains("Sign in with Acme ID", (await site.Visitor().Get("/sign-in")).Text);
        idp.Person = new() { ["sub"] = "u-7", ["email"] = "nora@example.com", ["email_verified"] = "true", ["name"] = "Nora N" };
        var nora = site.Visitor();
        var first = await Come(nora, provider, "/groups");
        Assert.Equal("/sign-in/first", first.Url.AbsolutePath);
        Assert.Equal(0, await site.Db(db => db.Members.CountAsync(m => m.Email == "nora@example.com")));
        var form = await nora.Get(first.Document.QuerySelector(".card a[href^='/register']")!.GetAttribute("href")!);
        Assert.Null(form.Document.QuerySelector("[name=Password]"));
        Assert.Equal("nora@example.com", form.Document.QuerySelector("[name=Email]")!.GetAttribute("value"));
        var done = await nora.Submit(form, new() { ["Name"] = "Nora" }, "form.form");
        Assert.True(IsIn(done), done.Text);
        Assert.Equal("/groups", done.Url.AbsolutePath);
        // The provider proved the address: no e-mail asks for it.
        Assert.Equal(0, await Mails.Count(site, "nora@example.com", "members.confirm"));
        // The second time it says the subject alone.
        idp.Person = new() { ["sub"] = "u-7" };
        var again = await Come(site.Visitor(), provider, "/groups");
        Assert.Equal("/groups", again.Url.AbsolutePath);
        Assert.True(IsIn(again));
        var row = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email == "nora@example.com"));
        Assert.Equal(("Nora", null), (row.Name, row.PasswordHash));
        Assert.Equal(
            SignInMethod.Provider,
            await site.Db(db => db.Sessions.OrderByDescending(s => s.Id).Select(s => s.Method).FirstAsync())
        );
    }

    [Fact]
    public async Task A_missing_or_unproved_address_is_asked_for_and_proved_by_an_e_mail()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        foreach (var (subject, email) in new[] { ("none", null), ("unproved", "unproved@example.com") })
        {
            idp.Person = new() { ["sub"] = subject };
            if (email is not null) idp.Person["email"] = email;
            var visitor = site.Visitor();
            await Come(visitor, provider);
            var typed = email ?? "typed@example.com";
            var waits = await visitor.Submit("/register", new() { ["Name"] = "N " + subject, ["Email"] = typed }, "form.form");
            Assert.Equal("/check-your-mail", waits.Url.AbsolutePath);
            Assert.False(IsIn(await visitor.Get("/")));
            Assert.Equal("/sign-in/first", (await Come(site.Visitor(), provider)).Url.AbsolutePath);
            var link = await Mails.Link(site, typed, "members.confirm", path: "/confirm");
            Assert.True(IsIn(await visitor.Submit(link, [], "form.form")));
            Assert.True(IsIn(await Come(site.Visitor(), provider)));
        }
        // A proved address is no proof of another that is typed in its place.
        idp.Person = new() { ["sub"] = "other", ["email"] = "mine@example.com", ["email_verified"] = "true" };
        var thief = site.Visitor();
        await Come(thief, provider);
        var page = await thief.Submit("/register", new() { ["Name"] = "Thief", ["Email"] = "victim@example.com" }, "form.form");
        Assert.Equal("/check-your-mail", page.Url.AbsolutePath);
    }

    [Fact]
    public async Task The_same_address_joins_nothing_until_its_member_signs_in_and_presses_the_button()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        idp.Person = new() { ["sub"] = "u-1", ["email"] = "ben@example.com", ["email_verified"] = "true" };
        var ben = site.Visitor();
        var first = await Come(ben, provider);
        Assert.Contains("belongs to a member", first.Text);
        Assert.Null(first.Document.QuerySelector(".card a[href^='/register']"));
        Assert.False(IsIn(await ben.Get("/")));
        // Who only claims the address learns nothing of it.
        idp.Person = new() { ["sub"] = "u-2", ["email"] = "ben@example.com" };
        Assert.DoesNotContain("belongs to a member", (await Come(site.Visitor(), provider)).Text);
        var connect = await Password(ben, "ben", first.Document.QuerySelector(".card a[href^='/sign-in']")!.GetAttribute("href")!);
        Assert.Equal("/account/security/connect", connect.Url.AbsolutePath);
        Assert.Equal(0, await site.Db(db => db.ProviderAccounts.CountAsync()));
        Assert.Equal(Security, (await ben.Submit(connect, [], "form.form")).Url.AbsolutePath);
        Assert.Equal(1, await Mails.Count(site, "ben@example.com", "members.access-changed"));
        idp.Person = new() { ["sub"] = "u-1" };
        var again = site.Visitor();
        Assert.True(IsIn(await Come(again, provider)));
        Assert.Contains("Ben", (await again.Get("/account")).Text);
        // Another member does not get it too.
        var anna = await site.SignIn("anna");
        var hers = await anna.Get($"/account/security/providers/{provider.Key}/connect");
        Assert.Contains("connected with another member", (await anna.Submit(hers, [], "form.form")).Text);
        // Another step: the member's own second step is asked for, unless the provider says that it asks itself.
        await site.Db(db =>
            db.Members.Where(m => m.Email == "ben@example.com").ExecuteUpdateAsync(s => s.SetProperty(m => m.TwoFactorEnabled, true))
        );
        Assert.Equal("/sign-in/second", (await Come(site.Visitor(), provider)).Url.AbsolutePath);
        await site.Db(db => db.Providers.ExecuteUpdateAsync(s => s.SetProperty(p => p.ProvesSecondFactor, true)));
        Assert.True(IsIn(await Come(site.Visitor(), provider)));
    }

    [Fact]
    public async Task Who_comes_by_a_provider_alone_proves_it_again_there_and_changes_the_address_and_leaves()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        await Connected(site, provider, "ben", "u-1", idp.Issuer);
        await site.Db(db => db.Members.ExecuteUpdateAsync(s => s.SetProperty(m => m.PasswordHash, (string?)null)));
        var ben = site.Visitor();
        Assert.True(IsIn(await Come(ben, provider)));
        var old = host.Clock.Now.AddHours(-2);
        Task Stale() => site.Db(db => db.Sessions.ExecuteUpdateAsync(s => s.SetProperty(x => x.ProvedAt, old)));
        async Task<Page> Asked(string url)
        {
            await Stale();
            var asks = await ben.Get(url);
            Assert.Equal("/account/confirm", asks.Url.AbsolutePath);
            return asks;
        }
        async Task<Page> Proved(string url)
        {
            var asks = await Asked(url);
            var proved = await ben.Get(asks.Document.QuerySelector("a[href^='/account/confirm/with/']")!.GetAttribute("href")!);
            Assert.Contains("Acme ID has confirmed that it is you", proved.Text);
            return await ben.Submit(proved, [], "form:has([value=confirm-provider])");
        }
        // Another account at the provider proves nothing, nor one that was proved there long ago.
        idp.Person = new() { ["sub"] = "u-2" };
        var another = await Proved("/account/email");
        Assert.Contains("not an account that is connected", another.Text);
        idp.Person = new() { ["sub"] = "u-1", ["auth_time"] = DateTimeOffset.UtcNow.AddHours(-3).ToUnixTimeSeconds().ToString() };
        const string Link = "a[href^='/account/confirm/with/']";
        var link = (await Asked("/account/email")).Document.QuerySelector(Link)!.GetAttribute("href")!;
        Assert.Contains("did not ask you again", (await ben.Get(link)).Text);
        Assert.Equal("/account/confirm", (await ben.Get("/account/email")).Url.AbsolutePath);
        idp.Person = new() { ["sub"] = "u-1" };
        var email = await Proved("/account/email");
        Assert.Equal("/account/email", email.Url.AbsolutePath);
        Assert.Contains("A change that waits", (await ben.Submit(email, new() { ["Email"] = "ben@new.example" })).Text);
        Assert.Equal("/", (await ben.Submit(await Proved("/account/leave"), [], "main form.form")).Url.AbsolutePath);
        Assert.Equal("/account/come-back", (await Come(ben, provider)).Url.AbsolutePath);
        // No token and no code of the provider is logged.
        foreach (var hidden in new[] { "eyJ", "code=" })
            Assert.DoesNotContain(host.Log.Lines, l => l.Contains(hidden, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_to_the_members_address_joins_the_account_when_that_member_is_signed_in_and_presses_the_button()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        idp.Person = new() { ["sub"] = "u-1", ["email"] = "ben@example.com", ["email_verified"] = "true" };
        var here = site.Visitor();
        var told = await here.Submit(await Come(here, provider), [], "form[action='/sign-in/first/link']");
        Assert.Contains("If the address belongs to a member", told.Text);
        var link = await Mails.Link(site, "ben@example.com", "members.join-provider", path: JoinPage.Url);
        Assert.StartsWith(JoinPage.LinkUrl, link);
        // In another browser: opened by nobody, by another member, and by ben.
        var visitor = await site.Visitor().Get(link);
        Assert.Null(visitor.Document.QuerySelector("form:has([value=join])"));
        var anna = await site.SignIn("anna");
        var hers = await anna.Get(link);
        Assert.Contains("somebody else", hers.Text);
        Assert.Null(hers.Document.QuerySelector("form:has([value=join])"));
        var there = site.Visitor();
        var signIn = (await there.Get(link)).Document.QuerySelector("main a.primary")!.GetAttribute("href")!;
        Assert.Equal("/sign-in?returnUrl=" + Uri.EscapeDataString(JoinPage.Url), signIn);
        var page = await Password(there, "ben", signIn);
        Assert.Equal(JoinPage.Url, page.Url.PathAndQuery);
        Assert.Equal(0, await site.Db(db => db.ProviderAccounts.CountAsync()));
        Assert.Equal(Security, (await there.Submit(page, [], "form:has([value=join])")).Url.AbsolutePath);
        Assert.True(IsIn(await Come(site.Visitor(), provider)));
        Assert.DoesNotContain(host.Log.Lines, l => l.Contains(link[(link.IndexOf('=') + 1)..][..60], StringComparison.Ordinal));
        // Where no member has the proved address, the same is said and nothing is sent.
        idp.Person = new() { ["sub"] = "u-3", ["email"] = "nobody@example.net", ["email_verified"] = "true" };
        var stranger = site.Visitor();
        var first = await Come(stranger, provider);
        Assert.Null(first.Document.QuerySelector("form[action='/sign-in/first/link']"));
        var sent = await stranger.Submit(first, [], "form[action='/sign-in/first/forget']");
        Assert.Equal(0, await Mails.Count(site, "nobody@example.net", "members.join-provider"));
        Assert.Equal("/sign-in", sent.Url.AbsolutePath);
    }

    [Fact]
    public async Task A_stranger_who_registered_the_address_before_gets_nothing_of_it()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        await site.Visitor()
            .Submit(
                "/register",
                new()
                {
                    ["Name"] = "Stranger",
                    ["Email"] = "vera@example.com",
                    ["Password"] = "seven tall giraffes",
                }
            );
        idp.Person = new()
        {
            ["sub"] = "v",
            ["email"] = "vera@example.com",
            ["email_verified"] = "true",
        };
        var vera = site.Visitor();
        Assert.DoesNotContain("belongs to a member", (await Come(vera, provider)).Text);
        Assert.True(IsIn(await vera.Submit("/register", new() { ["Name"] = "Vera" }, "form.form")));
        var link = await Mails.Link(site, "vera@example.com", "members.confirm", path: "/confirm");
        Assert.Null((await site.Visitor().Get(link)).Document.QuerySelector("form.form"));
        var stranger = await site.Visitor()
            .Submit("/sign-in", new() { ["Email"] = "vera@example.com", ["Password"] = "seven tall giraffes" });
        Assert.False(IsIn(stranger));
        Assert.Equal(0, await site.Db(db => db.PendingRegistrations.CountAsync()));
        Assert.Equal("Vera", await site.Db(db => db.Members.Where(m => m.Email == "vera@example.com").Select(m => m.Name).SingleAsync()));
    }

    [Fact]
    public async Task Where_registration_is_closed_nobody_registers_by_a_provider_and_where_it_awaits_staff_they_wait()
    {
        await using var idp = await OpenIdServer.Start();
        idp.Person = new() { ["sub"] = "u-1", ["email"] = "new@example.net", ["email_verified"] = "true" };
        foreach (var mode in new[] { "closed", "approval" })
        {
            var settings = $$"""{ "registration": { "mode": "{{mode}}" } }""";
            var site = await host.NewSite(r => r["settings"] = System.Text.Json.Nodes.JsonNode.Parse(settings));
            var provider = await SetUp(site, idp.Issuer);
            var visitor = site.Visitor();
            var first = await Come(visitor, provider);
            Assert.Equal(mode == "closed", first.Document.QuerySelector(".card a[href^='/register']") is null);
            var form = await visitor.Get("/register");
            Assert.Equal(mode == "closed", form.Document.QuerySelector("[name=Email]") is null);
            if (mode == "closed") continue;
            var waits = await visitor.Submit(form, new() { ["Name"] = "New" }, "form.form");
            Assert.False(IsIn(waits));
            Assert.Equal("/account/data", (await Come(site.Visitor(), provider)).Url.AbsolutePath);
        }
    }

    [Fact]
    public async Task Suspended_locked_and_switched_off_hold_at_this_door_too()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        await Connected(site, provider, "ben", "u-1", idp.Issuer);
        idp.Person = new() { ["sub"] = "u-1" };
        Assert.True(IsIn(await Come(site.Visitor(), provider)));
        var now = host.Clock.Now;
        await site.Db(db =>
            db.Members.Where(m => m.Email == "ben@example.com").ExecuteUpdateAsync(s => s.SetProperty(m => m.SuspendedAt, now))
        );
        var suspended = await Come(site.Visitor(), provider);
        Assert.False(IsIn(suspended));
        Assert.Contains("suspended", suspended.Text);
        await site.Db(db =>
            db.Members.ExecuteUpdateAsync(s =>
                s.SetProperty(m => m.SuspendedAt, (DateTime?)null).SetProperty(m => m.LockedUntil, now.AddMinutes(5))
            )
        );
        await site.Db(db => db.SignIns.ExecuteDeleteAsync());
        Assert.False(IsIn(await Come(site.Visitor(), provider)));
        await site.Db(db => db.Providers.ExecuteUpdateAsync(s => s.SetProperty(p => p.IsOn, false)));
        Assert.Equal(HttpStatusCode.NotFound, (await Come(site.Visitor(), provider)).Status);
    }

    static Task<int> Connected(TestSite site, Provider provider, string key, string subject, string issuer) =>
        site.Db(async db =>
        {
            var member = await db.Members.SingleAsync(m => m.Email == key + "@example.com");
            // The real server's issuer ends with a slash.
            db.ProviderAccounts.Add(
                new()
                {
                    MemberId = member.Id,
                    ProviderId = provider.Id,
                    Issuer = issuer.TrimEnd('/') + "/",
                    Subject = subject,
                }
            );
            return await db.SaveChangesAsync();
        });

    [Fact]
    public async Task Two_tabs_come_back_in_any_order_and_late_and_what_does_not_is_said_without_an_exception()
    {
        await using var own = await TestHost.Start();
        await using var idp = await OpenIdServer.Start();
        var site = await own.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        await Connected(site, provider, "ben", "u-1", idp.Issuer);
        var ben = site.Visitor();
        async Task<Uri> Away(Visitor visitor)
        {
            var lead = await visitor.Send(new(HttpMethod.Get, $"/sign-in/with/{provider.Key}"));
            return (await visitor.Send(new(HttpMethod.Get, lead.Location))).Location!;
        }
        var (first, second) = (await Away(ben), await Away(ben));
        own.Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.True(IsIn(await ben.Get(second.ToString())));
        Assert.True(IsIn(await ben.Get(first.ToString())));
        // The same answer once more, in another browser, on another site, without its state, late.
        var other = await own.NewSite();
        await SetUp(other, idp.Issuer);
        var third = await Away(ben);
        var old = await Away(ben);
        foreach (
            var (visitor, url) in new[]
            {
                (ben, second.ToString()),
                (site.Visitor(), third.ToString()),
                (other.Visitor(), other.Url + third.PathAndQuery),
                (ben, site.Url + third.AbsolutePath + "?code=x"),
                (ben, site.Url + third.AbsolutePath + "?code=x&state=CfDJ8"),
                (ben, site.Url + third.AbsolutePath),
            }
        )
        {
            var page = await visitor.Get(url);
            Assert.True((int)page.Status < 500, url);
            Assert.True(visitor == ben || !IsIn(page), url);
        }
        own.Clock.Advance(TimeSpan.FromHours(2));
        var late = site.Visitor();
        var said = await late.Get(old.ToString());
        Assert.Equal("/sign-in", said.Url.AbsolutePath);
        Assert.Contains("Start again", said.Text);
        // The person declines.
        idp.Person = null;
        var declined = await Come(site.Visitor(), provider);
        Assert.Equal("/sign-in", declined.Url.AbsolutePath);
        Assert.Contains("Start again", declined.Text);
    }

    [Fact]
    public async Task A_provider_that_is_down_or_set_up_wrongly_is_said_and_the_password_works()
    {
        var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        // A wrong secret shows when the code is redeemed.
        var wrong = await SetUp(site, idp.Issuer, f => f["Form.Secret"] = "not the secret");
        Assert.Equal(provider.Key + "-2", wrong.Key);
        Assert.Contains("did not work", (await Come(site.Visitor(), wrong)).Text);
        await idp.DisposeAsync();
        await site.Db(db => db.Providers.ExecuteUpdateAsync(s => s.SetProperty(p => p.Rev, p => p.Rev + 10)));
        var visitor = site.Visitor();
        var page = await Come(visitor, provider, "/groups");
        Assert.Contains("cannot be reached", page.Text);
        Assert.Equal("/groups", (await Password(visitor, "anna", page.Url.PathAndQuery)).Url.AbsolutePath);
        // Saving says it too, beside the field, and keeps what was typed but the secret.
        var admin = await site.SignIn("admin");
        var refused = await admin.Submit("/staff/providers/new?kind=other", new()
        {
            ["Form.Name"] = "Down",
            ["Form.Issuer"] = idp.Issuer,
            ["Form.ClientId"] = "x",
            ["Form.Secret"] = "typed secret 4715",
            ["Form.IsOn"] = "true",
        }, "form.form");
        Assert.Contains("No OpenID configuration", refused.Document.QuerySelector("[id='Form.Issuer-error']")!.TextContent);
        Assert.Equal("Down", refused.Document.QuerySelector("[name='Form.Name']")!.GetAttribute("value"));
        Assert.DoesNotContain("typed secret", refused.Html);
    }

    [Fact]
    public async Task Tokens_of_another_issuer_audience_nonce_time_key_or_signature_are_not_taken()
    {
        await using var idp = await CraftedProvider.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer, f => f["Form.Secret"] = new string('s', 40));
        await site.Db(async db =>
        {
            var ben = await db.Members.SingleAsync(m => m.Email == "ben@example.com");
            db.ProviderAccounts.Add(new() { MemberId = ben.Id, ProviderId = provider.Id, Issuer = idp.Issuer, Subject = "u-1" });
            return await db.SaveChangesAsync();
        });
        async Task Comes(bool comes, string what = "")
        {
            var page = await Come(site.Visitor(), provider);
            Assert.True(IsIn(page) == comes, $"{what}: {page.Text}");
            if (!comes) Assert.Equal("/sign-in", page.Url.AbsolutePath);
        }
        await Comes(true);
        Assert.True(idp.Received["code_verifier"].Length > 40);
        idp.Token = t => t.Expires = DateTime.UtcNow.AddSeconds(-60);
        await Comes(true); // Clocks differ.
        using var strangers = RSA.Create(2048);
        var stranger = new RsaSecurityKey(strangers) { KeyId = "k1" };
        foreach (
            var (what, wrong) in new (string, Action<SecurityTokenDescriptor>)[]
            {
                ("issuer", t => t.Issuer = "https://evil.example"),
                ("audience", t => t.Audience = "another"),
                ("nonce", t => t.Claims["nonce"] = "another"),
                ("no nonce", t => t.Claims.Remove("nonce")),
                ("expired", t => t.Expires = DateTime.UtcNow.AddMinutes(-10)),
                ("no subject", t => t.Claims.Remove("sub")),
                ("signed with the secret", t => t.SigningCredentials = new(
                    new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(new string('s', 40))), "HS256")),
                ("another key", t => t.SigningCredentials = new(stranger, "RS256")),
                ("unsigned", t => t.SigningCredentials = null),
            }
        )
        {
            idp.Token = wrong;
            await Comes(false, what);
        }
        idp.Token = _ => { };
        idp.Written = token => token[..^4] + "AAAA";
        await Comes(false);
        idp.Written = _ => "nonsense";
        await Comes(false);
        idp.Written = token => token;
        await Comes(true);
    }

    [Fact]
    public async Task Line_signs_with_the_secret_and_tells_no_proved_address()
    {
        await using var idp = await CraftedProvider.Start();
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var shorter = await admin.Submit("/staff/providers/new?kind=line",
            new() { ["Form.Name"] = "LINE", ["Form.ClientId"] = "1", ["Form.Secret"] = "short" }, "form.form");
        Assert.NotNull(shorter.Document.QuerySelector("[id='Form.Secret-error']"));
        var secret = new string('a', 32);
        var provider = await SetUp(site, "", f => { f.Remove("Form.IsOn"); f["Form.Secret"] = secret; }, "line");
        await Move(site, idp.Issuer);
        idp.SharedSecret = secret;
        idp.Claims = new() { ["sub"] = "U1234", ["name"] = "リナ", ["email"] = "ben@example.com" };
        var visitor = site.Visitor();
        var page = await Come(visitor, provider);
        Assert.Equal("/sign-in/first", page.Url.AbsolutePath);
        Assert.DoesNotContain("belongs to a member", page.Text);
        Assert.Equal("リナ", (await visitor.Get("/register")).Document.QuerySelector("[name=Name]")!.GetAttribute("value"));
        idp.SharedSecret = new string('b', 32);
        Assert.Equal("/sign-in", (await Come(site.Visitor(), provider)).Url.AbsolutePath);
    }

    [Fact]
    public async Task Apple_answers_by_a_form_tells_the_name_once_and_its_secret_is_a_signature()
    {
        await using var idp = await CraftedProvider.Start();
        var site = await host.NewSite();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var admin = await site.SignIn("admin");
        Dictionary<string, string> fields = new()
        {
            ["Form.Name"] = "Apple",
            ["Form.ClientId"] = OpenIdServer.ClientId,
            ["Form.TeamId"] = "TEAM",
            ["Form.KeyId"] = "KEY1",
            ["Form.Secret"] = "no key",
        };
        var wrong = await admin.Submit("/staff/providers/new?kind=apple", fields, "form.form");
        Assert.NotNull(wrong.Document.QuerySelector("[id='Form.Secret-error']"));
        fields["Form.Secret"] = key.ExportPkcs8PrivateKeyPem();
        await admin.Submit(wrong, fields, "form.form");
        await Move(site, idp.Issuer);
        idp.Claims = new() { ["sub"] = "001.a", ["email"] = "x1@privaterelay.appleid.com", ["email_verified"] = "true" };
        var visitor = site.Visitor();
        await visitor.Get("/sign-in/with/apple");
        var answer = await visitor.Send(new(HttpMethod.Post, idp.Posts["url"])
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["state"] = idp.Posts["state"],
                ["code"] = idp.Posts["code"],
                ["user"] = """{"name":{"firstName":"Ada","lastName":"L"},"email":"x1@privaterelay.appleid.com"}""",
            }),
        });
        Assert.Equal("/sign-in/first", answer.Location!.AbsolutePath);
        var secret = new JsonWebToken(idp.Received["client_secret"]);
        Assert.Equal(("ES256", "KEY1", "TEAM", OpenIdServer.ClientId), (secret.Alg, secret.Kid, secret.Issuer, secret.Subject));
        var form = await visitor.Get("/register");
        Assert.Equal("Ada L", form.Document.QuerySelector("[name=Name]")!.GetAttribute("value"));
        var done = await visitor.Submit(form, new() { ["Name"] = "Ada" }, "form.form");
        Assert.True(IsIn(done), done.Text);
        // Without its state, what another page posts is nothing.
        var forged = await site.Visitor().Send(new(HttpMethod.Post, idp.Posts["url"])
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["state"] = idp.Posts["state"], ["code"] = "c1" }),
        });
        Assert.Equal("/sign-in", forged.Location!.AbsolutePath);
    }

    [Fact]
    public async Task The_last_way_in_stays_and_disconnecting_ends_other_sessions()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        await Connected(site, provider, "ben", "u-1", idp.Issuer);
        var (ben, elsewhere) = (await site.SignIn("ben"), site.Visitor());
        Assert.True(IsIn(await Come(elsewhere, provider)));
        await site.Db(db =>
            db.Members.Where(m => m.Email == "ben@example.com").ExecuteUpdateAsync(s => s.SetProperty(m => m.PasswordHash, (string?)null))
        );
        var page = await ben.Get(Security);
        var refused = await ben.Submit(page, [], "form[action*='/disconnect']");
        Assert.Contains("your last way to sign in", refused.Text);
        await site.Db(db =>
            db.Members.Where(m => m.Email == "ben@example.com").ExecuteUpdateAsync(s => s.SetProperty(m => m.PasswordHash, "x"))
        );
        Assert.Equal(Security, (await ben.Submit(page, [], "form[action*='/disconnect']")).Url.AbsolutePath);
        Assert.False(IsIn(await elsewhere.Get("/")));
    }

    [Fact]
    public async Task A_provider_may_be_the_only_way_for_staff_and_the_operator_opens_the_others_again()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        await Connected(site, provider, "admin", "boss", idp.Issuer);
        var admin = await site.SignIn("admin");
        var page = await admin.Get($"/staff/providers/{provider.Id}");
        Dictionary<string, string> only = new() { ["Form.OnlyWayForStaff"] = "true" };
        Assert.Contains("Sign in by this provider yourself first", (await admin.Submit(page, only, "form.form")).Text);
        idp.Person = new() { ["sub"] = "boss" };
        var mod = await site.SignIn("mod");
        var boss = site.Visitor();
        await Come(boss, provider);
        await boss.Submit(await boss.Get($"/staff/providers/{provider.Id}"), only, "form.form");
        Assert.True(await site.Db(db => db.Providers.AnyAsync(p => p.OnlyWayForStaff)));
        Assert.False(IsIn(await mod.Get("/")));
        Assert.False(IsIn(await admin.Get("/")));
        Assert.True(IsIn(await boss.Get("/")));
        var refused = await Password(site.Visitor(), "mod");
        Assert.Contains("The staff of this site sign in with the provider", refused.Text);
        Assert.True(IsIn(await Password(site.Visitor(), "anna")));
        Assert.True(IsIn(await Come(site.Visitor(), provider)));
        Assert.True(await site.With<SaveProvider, bool>(s => s.OpenAllWaysForStaff()));
        Assert.True(IsIn(await Password(site.Visitor(), "mod")));
    }

    [Fact]
    public async Task The_only_way_for_staff_is_that_of_moderators_of_single_boards_too()
    {
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        var (admin, board) = (await site.Reader("admin"), await site.Db(db => db.Boards.Select(b => b.Id).FirstAsync()));
        async Task Appoint(string who, bool on = true)
        {
            var member = (await site.Reader(who)).Id!.Value;
            Assert.True(await site.With<BoardModerators, bool>(m => m.Appoint(admin, board, member, on, default)));
        }
        await Appoint("ben");
        await Connected(site, provider, "admin", "boss", idp.Issuer);
        var (ben, anna) = (await site.SignIn("ben"), await site.SignIn("anna"));
        idp.Person = new() { ["sub"] = "boss" };
        var boss = site.Visitor();
        await Come(boss, provider);
        await boss.Submit(await boss.Get($"/staff/providers/{provider.Id}"), new() { ["Form.OnlyWayForStaff"] = "true" }, "form.form");
        Assert.False(IsIn(await ben.Get("/")));
        Assert.Contains("The staff of this site sign in with the provider", (await Password(site.Visitor(), "ben")).Text);
        Assert.True(IsIn(await anna.Get("/")));
        // Who is appointed now comes in anew, and by the provider.
        await Appoint("anna");
        Assert.False(IsIn(await anna.Get("/")));
        Assert.False(IsIn(await Password(site.Visitor(), "anna")));
        await Appoint("anna", on: false);
        Assert.True(IsIn(await Password(site.Visitor(), "anna")));
    }

    [Fact]
    public async Task A_secret_goes_in_and_never_comes_out()
    {
        const string Secret = OpenIdServer.Secret;
        await using var idp = await OpenIdServer.Start();
        var site = await host.NewSite();
        var provider = await SetUp(site, idp.Issuer);
        var admin = await site.SignIn("admin");
        var page = await admin.Get($"/staff/providers/{provider.Id}");
        Assert.DoesNotContain(Secret, page.Html);
        Assert.Contains("/sign-in/with/openid/return", page.Text);
        // Empty keeps it.
        await admin.Submit(page, new() { ["Form.Name"] = "Renamed", ["Form.Secret"] = "" }, "form.form");
        await Connected(site, provider, "ben", "u-1", idp.Issuer);
        Assert.True(IsIn(await Come(site.Visitor(), provider)));
        Assert.Contains("changed a provider", (await admin.Get("/staff/audit")).Text);
        var audit = await site.Db(db =>
            db.Audit.AsNoTracking().Where(a => a.Action == "members.provider").Select(a => a.Changes).ToListAsync()
        );
        Assert.DoesNotContain(audit, c => c!.Contains(Secret));
        var stored = await site.Db(db => db.Providers.AsNoTracking().Select(p => p.Secret).SingleAsync());
        Assert.DoesNotContain(Secret, System.Text.Encoding.UTF8.GetString(stored));
        Assert.DoesNotContain(host.Log.Lines, l => l.Contains(Secret) || l.Contains("id_token") || l.Contains("eyJ"));
        var id = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync());
        using var zip = new MemoryStream();
        await site.With<ExportMember, bool>(e => e.Write(id, false, zip, default));
        Assert.DoesNotContain(Secret, System.Text.Encoding.UTF8.GetString(zip.ToArray()));
        // Another site does not open it, though it has the row.
        var other = await host.NewSite();
        Assert.Null(
            await other.With<ProviderSecrets, string?>(secrets => Task.FromResult(secrets.Read(new() { Key = "x", Secret = stored })))
        );
        Assert.Equal(
            Secret,
            await site.With<ProviderSecrets, string?>(secrets => Task.FromResult(secrets.Read(new() { Key = "x", Secret = stored })))
        );
    }

    [Theory]
    [InlineData("http://idp.example.com"), InlineData("https://127.0.0.1"), InlineData("https://localhost"), InlineData("https://[::1]")]
    [InlineData("https://169.254.169.254"), InlineData("https://user:x@idp.example.com"), InlineData("https://idp.example.com/?a=b")]
    public async Task In_production_no_issuer_leads_the_server_into_its_own_network(string issuer)
    {
        var connections = new ProviderConnections(
            host.Services.GetRequiredService<Microsoft.AspNetCore.DataProtection.IDataProtectionProvider>(),
            Microsoft.Extensions.Options.Options.Create(new MembersOptions()),
            new Production(),
            host.Clock
        );
        using (connections)
        {
            if (!connections.IsAllowed(issuer)) return;
            var site = await host.NewSite();
            var provider = new Provider { Key = "x", Kind = ProviderKind.Other, Issuer = issuer, ClientId = "x", Id = 1 };
            Assert.False(await connections.Answers(provider, "secret", default));
        }
    }

    sealed class Production : Microsoft.Extensions.Hosting.IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";
        public string ApplicationName { get; set; } = "";
        public string ContentRootPath { get; set; } = "";
        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } =
            new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
