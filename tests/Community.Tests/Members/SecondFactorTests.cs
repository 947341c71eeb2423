using System.Net;
using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;

namespace Community.Tests.Members;

/// <summary>The second step: an authenticator app, recovery codes, and what staff and sites decide about them.</summary>
[OnBothDatabases]
public sealed class SecondFactorTests(TestHost host)
{
    const string App = "/account/security/app", Second = "/sign-in/second";

    /// <summary>The key on the page, and the code that an app with it shows.</summary>
    static byte[] SecretOn(Page page) => Base32Encoding.ToBytes(page.Document.QuerySelector(".secret")!.TextContent.Replace(" ", ""));

    string CodeOf(byte[] secret, int steps = 0, TestHost? on = null) =>
        new Totp(secret).ComputeTotp((on ?? host).Clock.Now.AddSeconds(30 * steps));

    /// <summary>Sets up an app as a member does; returns its secret and the recovery codes. The code used was of the step before.</summary>
    async Task<(byte[] Secret, List<string> Codes)> SetUp(Visitor member)
    {
        for (var left = 10; ; left--)
        {
            var page = await member.Get(App);
            var secret = SecretOn(page);
            var done = await member.Submit(page, new() { ["Code"] = CodeOf(secret, -1, member.Site.Host) });
            List<string> codes = [.. done.Document.QuerySelectorAll(".codes code").Select(c => c.TextContent)];
            // The next step may have begun since, and then the step before is too old.
            if (codes.Count > 0 || left == 1) return (secret, codes);
        }
    }

    static Task<Page> Password(Visitor visitor, string key = "anna", string url = "/sign-in") =>
        visitor.Submit(url, new() { ["Email"] = $"{key}@example.com", ["Password"] = TestSite.Password });

    static bool IsIn(Page page) => page.Document.QuerySelector("form[action='/sign-out']") is not null;

    /// <summary>The texts of the mails of a change that a member was sent.</summary>
    static async Task<List<string>> Told(TestSite site, string key)
    {
        await site.Rests();
        var ids = await site.Db(db =>
            db.SystemMails.Where(m => m.To == key + "@example.com" && m.Kind == "members.access-changed")
                .Select(m => m.MessageId)
                .ToListAsync()
        );
        return [.. await Task.WhenAll(ids.Select(id => Mails.Text(site, id)))];
    }

    [Fact]
    public async Task An_app_is_set_up_by_a_picture_and_a_code_and_from_then_on_the_password_is_not_enough()
    {
        var site = await host.NewSite();
        var (anna, elsewhere) = (await site.SignIn("anna"), await site.SignIn("anna"));
        var page = await anna.Get(App);
        var picture = page.Document.QuerySelector("svg.qr")!;
        Assert.NotEqual("", picture.GetAttribute("aria-label"));
        Assert.Empty(await site.Db(db => db.Authenticators.ToListAsync()));
        var (secret, codes) = await SetUp(anna);
        Assert.Equal(RecoveryCode.Count, codes.Distinct().Count());
        // Shown once, and nobody finds them in the database.
        Assert.DoesNotContain(codes[0], (await anna.Get("/account/security")).Text);
        Assert.Equal("/sign-in", (await elsewhere.Get("/account")).Url.AbsolutePath);
        Assert.Contains(await Told(site, "anna"), m => m.Contains("authenticator app was set up"));

        var there = site.Visitor();
        var step = await Password(there, url: "/sign-in?returnUrl=%2Fgroups");
        Assert.Equal(Second, step.Url.AbsolutePath);
        Assert.False(IsIn(await there.Get("/")));
        Assert.Equal("/sign-in", (await there.Get("/account")).Url.AbsolutePath);
        var wrong = await there.Submit(step, new() { ["Code"] = "000 000" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        Assert.Contains("#Code", wrong.Document.QuerySelector(".error-summary a")!.GetAttribute("href"));
        // Typed on a Japanese keyboard.
        var typed = string.Concat(CodeOf(secret).Select(c => (char)(c + '０' - '0')));
        var done = await there.Submit(wrong, new() { ["Code"] = typed });
        Assert.Equal("/groups", done.Url.AbsolutePath);
        Assert.True(IsIn(done));
        var row = await site.Db(db => db.Sessions.AsNoTracking().OrderByDescending(s => s.Id).FirstAsync());
        Assert.Equal((SignInMethod.Password, true), (row.Method, row.SecondFactor));
        Assert.Contains("with second step", (await there.Get("/account")).Document.QuerySelector(".session-list")!.TextContent);
    }

    [Theory, InlineData("suspended"), InlineData("leaving")]
    public async Task Who_is_suspended_or_leaving_passes_the_second_step_before_the_pages_of_their_data(string state)
    {
        var site = await host.NewSite();
        var (secret, _) = await SetUp(await site.SignIn("anna"));
        var now = host.Clock.Now;
        await site.Db(async db =>
        {
            var anna = await db.Members.SingleAsync(m => m.Email == "anna@example.com");
            if (state == "suspended") anna.Suspend("For a reason.", 1, now);
            else anna.Leave(now, now.AddDays(14));
            return await db.SaveChangesAsync();
        });
        var there = site.Visitor();
        var step = await Password(there);
        Assert.Equal(Second, step.Url.AbsolutePath);
        Assert.DoesNotContain("For a reason.", step.Text);
        foreach (var page in new[] { "/account/data", "/account/leave", "/account/come-back" })
            Assert.Equal("/sign-in", (await there.Get(page)).Url.AbsolutePath);
        await there.Submit(step, new() { ["Code"] = CodeOf(secret) });
        Assert.Equal("/account/data", (await there.Get("/account/data")).Url.AbsolutePath);
        Assert.False(IsIn(await there.Get("/")));
        if (state == "leaving") Assert.Equal("/account/come-back", (await there.Get("/account/come-back")).Url.AbsolutePath);
    }

    [Fact]
    public async Task Wrong_codes_again_and_again_are_told_by_one_mail_and_nothing_typed_or_kept_secret_is_logged()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        using var still = own.Clock.Stop();
        var anna = await site.SignIn("anna");
        var page = await anna.Get(App);
        var secret = SecretOn(page);
        var offer = page.Document.QuerySelector("input[name=Offer]")!.GetAttribute("value")!;
        string Code(int step) => new Totp(secret).ComputeTotp(own.Clock.Now.AddSeconds(30 * step));
        var first = Code(-1);
        var done = await anna.Submit(page, new() { ["Code"] = first });
        var codes = done.Document.QuerySelectorAll(".codes code").Select(c => c.TextContent).ToList();
        var there = site.Visitor();
        var step = await Password(there);
        const string Typed = "918273";
        for (var i = 0; i < 7; i++) step = await there.Submit(step, new() { ["Code"] = Typed });
        Assert.Equal(1, await Mails.Count(site, "anna@example.com", "members.wrong-codes"));
        own.Clock.Advance(TimeSpan.FromMinutes(20));
        var again = site.Visitor();
        var right = Code(0);
        Assert.True(IsIn(await again.Submit(await Password(again), new() { ["Code"] = right })));
        var used = site.Visitor();
        Assert.True(IsIn(await used.Submit(await Password(used), new() { ["Recovery"] = codes[0] })));
        await site.Rests();
        string[] secrets =
        [
            Base32Encoding.ToString(secret).TrimEnd('='), Convert.ToHexString(secret), Convert.ToBase64String(secret), offer, first, right,
            Typed, .. codes, .. codes.Select(c => c.Replace("-", "").Replace(" ", "")),
        ];
        var audit = await site.Db(db => db.Audit.AsNoTracking().ToListAsync());
        var rows = audit.ConvertAll(a => $"{a.Action} {a.Fields} {a.Purpose} {a.Changes}");
        foreach (var hidden in secrets)
        {
            Assert.DoesNotContain(own.Log.Lines, l => l.Contains(hidden, StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(rows, r => r.Contains(hidden, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Opening_the_page_again_or_mistyping_leaves_the_working_app_and_the_picture_as_they_are()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var (secret, _) = await SetUp(anna);
        var page = await anna.Get(App);
        Assert.NotEqual(secret, SecretOn(page));
        var wrong = await anna.Submit(page, new() { ["Code"] = "123456" });
        Assert.Equal(SecretOn(page), SecretOn(wrong));
        Assert.Equal(page.Document.QuerySelector("svg.qr")!.OuterHtml, wrong.Document.QuerySelector("svg.qr")!.OuterHtml);
        var there = site.Visitor();
        Assert.True(IsIn(await there.Submit(await Password(there), new() { ["Code"] = CodeOf(secret) })));
        // Only a code of the new one makes the new one count; the old one is void from then on, and no new recovery codes are made.
        var replaced = await anna.Submit(wrong, new() { ["Code"] = CodeOf(SecretOn(wrong)) });
        Assert.Empty(replaced.Document.QuerySelectorAll(".codes code"));
        var late = site.Visitor();
        Assert.False(IsIn(await late.Submit(await Password(late), new() { ["Code"] = CodeOf(secret, 1) })));
        // An offer is for one member.
        var ben = await site.SignIn("ben");
        var form = await ben.Get(App);
        var stolen = await ben.Submit(form, new()
        {
            ["Offer"] = page.Document.QuerySelector("input[name=Offer]")!.GetAttribute("value")!,
            ["Code"] = CodeOf(SecretOn(page)),
        });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, stolen.Status);
    }

    [Fact]
    public async Task A_code_opens_once_also_in_two_requests_at_once_and_holds_for_one_step_either_way()
    {
        // A step ends between two requests of a clock that goes on.
        await using var own = await TestHost.Start();
        using var still = own.Clock.Stop();
        var site = await own.NewSite();
        var (secret, _) = await SetUp(await site.SignIn("anna"));
        var visitors = Enumerable.Range(0, 4).Select(_ => site.Visitor()).ToList();
        foreach (var visitor in visitors) await Password(visitor);
        var code = CodeOf(secret, on: own);
        var answers = await Task.WhenAll(visitors.Select(async v => await v.Submit(Second, new() { ["Code"] = code })));
        Assert.Single(answers, IsIn);
        // The step after is taken, the one before it has passed.
        foreach (var (steps, opens) in new[] { (2, false), (1, true), (0, false), (-1, false) })
        {
            var there = site.Visitor();
            await Password(there);
            Assert.Equal(opens, IsIn(await there.Submit(Second, new() { ["Code"] = CodeOf(secret, steps, own) })));
        }
    }

    [Fact]
    public async Task A_recovery_code_opens_once_tells_its_owner_and_warns_before_they_are_used_up()
    {
        var site = await host.NewSite();
        var (_, codes) = await SetUp(await site.SignIn("anna"));
        foreach (var nothing in new[] { "anything", "0000-0000-0000-0000", "" })
        {
            var there = site.Visitor();
            await Password(there);
            Assert.False(IsIn(await there.Submit(Second, new() { ["Recovery"] = nothing })));
        }
        await site.Db(db => db.Members.ExecuteUpdateAsync(s => s.SetProperty(m => m.AccessFailedCount, 0)));
        await site.Db(db => db.SignIns.ExecuteDeleteAsync());
        var pair = new[] { site.Visitor(), site.Visitor() };
        foreach (var visitor in pair) await Password(visitor);
        var typed = codes[0].ToUpperInvariant().Replace("-", " ");
        var answers = await Task.WhenAll(pair.Select(v => v.Submit(Second, new() { ["Recovery"] = typed })));
        var done = Assert.Single(answers, IsIn);
        Assert.Contains("You signed in with a recovery code, and have 9 left.", done.Text);
        Assert.Single(await Told(site, "anna"), m => m.Contains("A recovery code was used; 9 are left."));
        var again = site.Visitor();
        await Password(again);
        Assert.False(IsIn(await again.Submit(Second, new() { ["Recovery"] = codes[0] })));
        Assert.DoesNotContain(codes[1].Replace("-", ""), await Dump(site));
        var anna = pair.Single(v => v.Cookies.GetCookies(new Uri(site.Url)).Any(c => c.Name == "session"));
        await site.Db(async db => await db.RecoveryCodes.OrderBy(c => c.Id).Skip(2).ExecuteDeleteAsync());
        Assert.Contains("Only 2 codes are left", (await anna.Get("/account/security")).Text);
        var made = await anna.Submit("/account/security/codes", [], "form.form");
        Assert.Equal(RecoveryCode.Count, made.Document.QuerySelectorAll(".codes code").Length);
        var old = site.Visitor();
        await Password(old);
        Assert.False(IsIn(await old.Submit(Second, new() { ["Recovery"] = codes[9] })));
    }

    static Task<string> Dump(TestSite site) => site.Db(async db =>
        string.Join('|', await db.RecoveryCodes.Select(c => c.Hash).ToListAsync() is var rows ? rows.Select(Convert.ToHexString) : []));

    [Fact]
    public async Task Whoever_knows_the_password_cannot_guess_codes_without_end()
    {
        var site = await host.NewSite();
        await SetUp(await site.SignIn("anna"));
        // A stranger's network: the test's own is one that the member has signed in from.
        await site.Db(db => db.SignIns.ExecuteUpdateAsync(s => s.SetProperty(r => r.Network, "203.0.113.0/24")));
        for (var i = 0; i < SignIns.FailuresToLock; i++)
        {
            var burglar = site.Visitor();
            var step = await Password(burglar);
            Assert.Equal(Second, step.Url.AbsolutePath);
            Assert.False(IsIn(await burglar.Submit(step, new() { ["Code"] = "000000" })));
        }
        var late = site.Visitor();
        Assert.NotEqual(Second, (await Password(late)).Url.AbsolutePath);
        var member = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email == "anna@example.com"));
        Assert.True(member.LockedUntil > host.Clock.Now);
        // The list of attempts says that somebody knew the password.
        var anna = await site.SignIn("anna");
        Assert.Contains("First step only", (await anna.Get("/account")).Text);
    }

    [Fact]
    public async Task What_changes_between_the_two_steps_voids_the_first()
    {
        var site = await host.NewSite();
        var (secret, _) = await SetUp(await site.SignIn("anna"));
        var there = site.Visitor();
        var step = await Password(there);
        await site.Db(async db =>
        {
            var anna = await db.Members.SingleAsync(m => m.Email == "anna@example.com");
            anna.Suspend("why", 1, host.Clock.Now);
            return await db.SaveChangesAsync();
        });
        var refused = await there.Submit(step, new() { ["Code"] = CodeOf(secret) });
        Assert.Equal("/sign-in", refused.Url.AbsolutePath);
        Assert.False(IsIn(await there.Get("/")));
        // Without a first step there is no second, and one of another site is none here.
        Assert.Equal("/sign-in", (await site.Visitor().Get(Second)).Url.AbsolutePath);
        var other = await host.NewSite();
        var thief = other.Visitor();
        foreach (Cookie cookie in there.Cookies.GetAllCookies())
            thief.Cookies.Add(new Uri(other.Url), new Cookie(cookie.Name, cookie.Value));
        Assert.Equal("/sign-in", (await thief.Get(Second)).Url.AbsolutePath);
    }

    [Fact]
    public async Task Switching_the_app_off_asks_for_the_password_ends_other_sessions_and_is_told()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var (_, codes) = await SetUp(anna);
        var elsewhere = site.Visitor();
        await Password(elsewhere);
        Assert.True(IsIn(await elsewhere.Submit(Second, new() { ["Recovery"] = codes[0] })));
        var refused = await anna.Submit("/account/security/off", new() { ["Present"] = "not the password" });
        Assert.NotNull(refused.Document.QuerySelector("#Present-error"));
        var done = await anna.Submit("/account/security/off", new() { ["Present"] = TestSite.Password });
        Assert.Equal("/account/security", done.Url.AbsolutePath);
        Assert.False(IsIn(await elsewhere.Get("/")));
        Assert.Equal(0, await site.Db(db => db.RecoveryCodes.CountAsync()));
        Assert.Contains(await Told(site, "anna"), m => m.Contains("switched off"));
        Assert.True(IsIn(await Password(site.Visitor())));
    }

    [Fact]
    public async Task A_dangerous_act_asks_for_a_proof_that_is_not_older_than_ten_minutes_and_leads_back()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        Assert.Equal(App, (await anna.Get(App)).Url.AbsolutePath);
        var page = await anna.Get(App);
        own.Clock.Advance(SessionGate.Fresh + TimeSpan.FromSeconds(1));
        Assert.Equal("/account/security", (await anna.Get("/account/security")).Url.AbsolutePath);
        // A form that was opened in time may be filled in slowly.
        Assert.Equal(App, (await anna.Submit(page, new() { ["Code"] = "000000" })).Url.AbsolutePath);
        var asked = await anna.Get(App);
        Assert.Equal("/account/confirm", asked.Url.AbsolutePath);
        var before = anna.Cookies.GetCookies(new Uri(site.Url))["session"]!.Value;
        Assert.NotNull((await anna.Submit(asked, new() { ["Password"] = "no" })).Document.QuerySelector("#Password-error"));
        Assert.Equal(App, (await anna.Submit(asked, new() { ["Password"] = TestSite.Password })).Url.AbsolutePath);
        Assert.NotEqual(before, anna.Cookies.GetCookies(new Uri(site.Url))["session"]!.Value);
        own.Clock.Advance(TimeSpan.FromHours(1.1));
        Assert.Equal("/account/confirm", (await anna.Submit(page, new() { ["Code"] = "000000" })).Url.AbsolutePath);
    }

    [Fact]
    public async Task Staff_whose_role_needs_a_second_factor_reach_nothing_else_until_it_is_there()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var mod = site.Visitor();
        await Password(mod, "mod");
        Assert.Equal("/staff", (await mod.Get("/staff")).Url.AbsolutePath);
        await admin.Submit("/staff/settings/sign-in", new() { ["moderatorsNeedSecondFactor"] = "true" }, "form.form");
        foreach (var path in new[] { "/", "/staff", "/boards/general", "/account", "/account/password", "/staff/members" })
            Assert.Equal("/account/security", (await mod.Get(path)).Url.AbsolutePath);
        Assert.Contains("Your role needs a second step", (await mod.Get("/staff")).Text);
        var post = await mod.Send(new(HttpMethod.Post, "/account/sessions/end-others") { Content = new FormUrlEncodedContent([]) });
        Assert.NotEqual("/account", post.Location?.AbsolutePath);
        // Others are not asked.
        Assert.Equal("/account", (await (await site.SignIn("anna")).Get("/account")).Url.AbsolutePath);
        var (secret, _) = await SetUp(mod);
        Assert.Equal("/staff", (await mod.Get("/staff")).Url.AbsolutePath);
        Assert.Null((await mod.Get("/account/security")).Document.QuerySelector("a[href='/account/security/off']"));
        var kept = await mod.Submit("/account/security/off", new() { ["Present"] = TestSite.Password });
        Assert.Contains("Your role needs a second step", kept.Text);
        Assert.Equal(1, await site.Db(db => db.Authenticators.CountAsync()));
        var there = site.Visitor();
        var step = await Password(there, "mod", "/sign-in?returnUrl=%2Fstaff");
        Assert.Equal("/staff", (await there.Submit(step, new() { ["Code"] = CodeOf(secret) })).Url.AbsolutePath);
    }

    [Fact]
    public async Task A_role_of_the_sites_own_says_itself_whether_it_needs_a_second_factor()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var made = await admin.Submit("/staff/roles/new", new()
        {
            ["name.en"] = "Desk",
            ["Permissions"] = BoardsPermissions.Moderate,
            ["NeedsSecondFactor"] = "true",
        });
        Assert.Contains("Second step", made.Document.QuerySelector("a[href*='/staff/roles/own-']")!.ParentElement!.TextContent);
        var key = await site.Db(db => db.StaffRoles.Select(r => r.Key).SingleAsync());
        await site.Db(db => db.Members.Where(m => m.Name == "Anna").ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, key)));
        var anna = site.Visitor();
        await Password(anna, "anna");
        Task<Page> There() => anna.Get("/staff");
        Assert.Equal("/account/security", (await There()).Url.AbsolutePath);
        // The others' settings do not count for it, whatever they are.
        await admin.Submit("/staff/settings/sign-in", new() { ["moderatorsNeedSecondFactor"] = "true" }, "form.form");
        var form = await admin.Get("/staff/roles/" + key);
        var box = (AngleSharp.Html.Dom.IHtmlInputElement)form.Document.QuerySelector("[name='NeedsSecondFactor']")!;
        Assert.True(box.IsChecked);
        box.IsChecked = false;
        await admin.Submit(form, [], "form:has([name='NeedsSecondFactor'])");
        Assert.Equal("/staff", (await There()).Url.AbsolutePath);
        Assert.Contains("needs a second step", (await admin.Get("/staff/audit")).Text);
        // A role from before this could be said keeps to what holds for administrators.
        await site.Db(db => db.StaffRoles.ExecuteUpdateAsync(s => s.SetProperty(r => r.NeedsSecondFactor, (bool?)null)));
        await site.With<SaveRole, bool>(async save => await save.Change(
            await site.Reader("admin"),
            key,
            new(Translations.Of(_ => "Front desk"), new HashSet<string> { BoardsPermissions.Moderate }),
            null,
            new()
        ));
        Assert.Equal("/staff", (await There()).Url.AbsolutePath);
        await admin.Submit("/staff/settings/sign-in", new() { ["administratorsNeedSecondFactor"] = "true" }, "form.form");
        Assert.Equal("/account/security", (await There()).Url.AbsolutePath);
        Assert.Contains("This role needs a second step", (await admin.Get("/staff/roles/moderator")).Text);
    }

    [Fact]
    public async Task The_console_asks_for_a_second_factor_outside_development()
    {
        // Hosts of its own: a new password ends the operator's sessions.
        await using var development = await TestHost.Start();
        await using var production = await TestHost.Start(
            new() { ["environment"] = "Production", ["Community:Relay"] = "smtp://127.0.0.1:9" }
        );
        foreach (var (on, asks) in new[] { (development, false), (production, true) })
        {
            var directory = on.Services.GetRequiredService<SiteDirectory>();
            var console = new TestSite(on, (await directory.FindByKey(Site.OperatorKey, default))!);
            var page = await SignInAtConsole(on, console);
            Assert.Equal(asks ? "/account/security" : "/", page.Url.AbsolutePath);
        }
    }

    static async Task<Page> SignInAtConsole(TestHost on, TestSite console)
    {
        await on
            .Services.GetRequiredService<Community.Sites.SetPassword>()
            .Of(console.Site, "operator@localhost", TestSite.Password, default);
        return await console.Visitor().Submit("/sign-in", new() { ["Email"] = "operator@localhost", ["Password"] = TestSite.Password });
    }

    [Fact]
    public async Task Staff_reset_a_lost_factor_with_a_reason_a_record_and_a_mail_and_nobody_resets_above_them()
    {
        var site = await host.NewSite();
        var (ben, mod) = (await site.SignIn("ben"), await site.SignIn("mod"));
        await SetUp(ben);
        await SetUp(await site.SignIn("admin"));
        // Anew: a new session is asked for its purpose, and this one has said it.
        var admin = await site.SignIn("admin");
        var id = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync());
        var own = await site.Db(db => db.Members.Where(m => m.Email == "admin@example.com").Select(m => m.Id).SingleAsync());
        Assert.Null((await mod.Get($"/staff/members/{id}")).Document.QuerySelector($"form[action='/staff/members/{id}/reset-factors']"));
        Assert.Null(
            (await admin.Get($"/staff/members/{own}")).Document.QuerySelector($"form[action='/staff/members/{own}/reset-factors']")
        );
        var form = $"form[action='/staff/members/{id}/reset-factors']";
        var page = await admin.Get($"/staff/members/{id}");
        var without = await admin.Submit(page, new() { ["how"] = "" }, form);
        Assert.Contains("choose how you made sure", without.Text);
        Assert.Equal(HttpStatusCode.Forbidden, without.Status);
        var done = await admin.Submit(page, new() { ["how"] = "called" }, form);
        Assert.Contains("The second step is reset", done.Text);
        Assert.False(IsIn(await ben.Get("/")));
        Assert.True(IsIn(await Password(site.Visitor(), "ben")));
        var record = await site.Db(db => db.Audit.AsNoTracking().SingleAsync(a => a.Action == "members.reset-factors"));
        Assert.Equal((own, id), (record.ActorId, record.SubjectId));
        Assert.Contains("called", record.Changes);
        Assert.Contains("Called back on a number", (await admin.Get("/staff/audit")).Text);
        Assert.Contains(await Told(site, "ben"), m => m.Contains("The staff switched your second step off"));
        Assert.DoesNotContain("reset-factors", (await admin.Get($"/staff/members/{id}")).Html);
    }
}
