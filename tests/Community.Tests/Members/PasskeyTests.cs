using System.Net;
using Community.Members;
using Community.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>Passkeys, with an authenticator in software; Chromium's own is in the browser tests.</summary>
[OnBothDatabases]
public sealed class PasskeyTests(TestHost host)
{
    const string Add = "/account/security/passkeys/new", Security = "/account/security";

    static async Task<SoftPasskey> Make(Visitor member, string name = "My telephone")
    {
        var passkey = new SoftPasskey(member.Site.Url);
        var page = await member.Get(Add);
        var sent = passkey.Make(page);
        sent["Name"] = name;
        var done = await member.Submit(page, sent, "form:has([data-passkey])");
        Assert.True(done.Url.AbsolutePath == Security, done.Text);
        return passkey;
    }

    static async Task<Page> SignIn(Visitor visitor, SoftPasskey passkey, string url = "/sign-in")
    {
        var page = await visitor.Get(url);
        return await visitor.Submit(page, passkey.Use(page), "form:has([data-passkey])");
    }

    static bool IsIn(Page page) => page.Document.QuerySelector("form[action='/sign-out']") is not null;

    static Task<Page> Password(Visitor visitor, string key = "anna") =>
        visitor.Submit("/sign-in", new() { ["Email"] = $"{key}@example.com", ["Password"] = TestSite.Password });

    [Fact]
    public async Task A_passkey_signs_in_without_a_password_and_counts_as_both_steps()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var passkey = await Make(anna);
        Assert.Contains("My telephone", (await anna.Get(Security)).Text);
        Assert.Equal(1, await Mails.Count(site, "anna@example.com", "members.access-changed"));
        await anna.Submit(Security + "/app", []);
        var there = site.Visitor();
        Assert.Equal("/groups", (await SignIn(there, passkey, "/sign-in?returnUrl=%2Fgroups")).Url.AbsolutePath);
        var row = await site.Db(db => db.Sessions.AsNoTracking().OrderByDescending(s => s.Id).FirstAsync());
        Assert.Equal((SignInMethod.Passkey, true, false), (row.Method, row.SecondFactor, row.Persistent));
        var list = (await there.Get("/account")).Document.QuerySelector(".session-list")!.TextContent;
        Assert.Contains("Passkey", list);
        // A role that needs a second factor is satisfied, and a passkey alone may be all that a member has.
        await site.Db(db =>
            db.Members.ExecuteUpdateAsync(s => s.SetProperty(m => m.TwoFactorEnabled, true).SetProperty(m => m.PasswordHash, (string?)null))
        );
        Assert.True(IsIn(await SignIn(site.Visitor(), passkey)));
    }

    [Fact]
    public async Task Who_has_a_passkey_alone_changes_the_address_sets_a_password_downloads_and_leaves_and_it_leaves_no_trace_in_logs()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var passkey = await Make(anna);
        await site.Db(db => db.Members.ExecuteUpdateAsync(s => s.SetProperty(m => m.PasswordHash, (string?)null)));
        var (old, shown) = (host.Clock.Now.AddHours(-2), new List<string>());
        async Task<Page> Proved(string url)
        {
            await site.Db(db => db.Sessions.ExecuteUpdateAsync(s => s.SetProperty(x => x.ProvedAt, old)));
            var asks = await anna.Get(url);
            Assert.Equal("/account/confirm", asks.Url.AbsolutePath);
            Assert.Null(asks.Document.QuerySelector("[name=Password]"));
            var answer = passkey.Use(asks);
            shown.AddRange(answer.Values);
            var page = await anna.Submit(asks, answer, "form:has([data-passkey])");
            Assert.Equal(url, page.Url.AbsolutePath);
            return page;
        }
        var email = await anna.Submit(await Proved("/account/email"), new() { ["Email"] = "anna@new.example" });
        Assert.Contains("A change that waits", email.Text);
        var password = await Proved("/account/password");
        Assert.Contains("You have none yet", password.Text);
        Assert.Equal("/account", (await anna.Submit(password, new() { ["Password"] = "seven tall giraffes" })).Url.AbsolutePath);
        await site.Db(db => db.Members.ExecuteUpdateAsync(s => s.SetProperty(m => m.PasswordHash, (string?)null)));
        var left = await anna.Submit(await Proved("/account/leave"), [], "main form.form");
        Assert.Equal("/", left.Url.AbsolutePath);
        // The way back by the passkey alone, without a session.
        var back = await SignIn(anna, passkey);
        Assert.Equal("/account/come-back", back.Url.AbsolutePath);
        await anna.Submit(back, [], "main form");
        Assert.True(IsIn(await SignIn(anna, passkey)));
        foreach (var hidden in shown.Where(v => v.Length > 10))
            Assert.DoesNotContain(host.Log.Lines, l => l.Contains(hidden[..Math.Min(60, hidden.Length)], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_door_passes_the_same_gate_suspended_locked_unconfirmed_or_another_site()
    {
        var site = await host.NewSite();
        var passkey = await Make(await site.SignIn("anna"));
        var now = host.Clock.Now;
        async Task Set(Action<Member> change)
        {
            await site.Db(async db =>
            {
                change(await db.Members.SingleAsync(m => m.Email == "anna@example.com"));
                return await db.SaveChangesAsync();
            });
        }
        await Set(m => m.Suspend("For a reason.", 1, now));
        var suspended = await SignIn(site.Visitor(), passkey);
        Assert.Equal(HttpStatusCode.Forbidden, suspended.Status);
        Assert.Contains("For a reason.", suspended.Text);
        await Set(m => { m.Lift(); m.ConfirmedAt = null; });
        Assert.Equal("/check-your-mail", (await SignIn(site.Visitor(), passkey)).Url.AbsolutePath);
        await Set(m => m.ConfirmedAt = now);
        await site.Db(db => db.SignIns.ExecuteDeleteAsync());
        await Set(m => m.LockedUntil = now.AddMinutes(5));
        Assert.False(IsIn(await SignIn(site.Visitor(), passkey)));
        await Set(m => m.LockedUntil = null);
        var other = await host.NewSite();
        Assert.False(IsIn(await SignIn(other.Visitor(), passkey)));
        Assert.True(IsIn(await SignIn(site.Visitor(), passkey)));
        await site.Db(db =>
            db.Members.Where(m => m.Email == "anna@example.com").ExecuteUpdateAsync(s => s.SetProperty(m => m.Handle, "gone"))
        );
        Assert.False(IsIn(await SignIn(site.Visitor(), passkey)));
    }

    [Fact]
    public async Task A_question_is_answered_once_and_an_old_one_is_asked_again_on_the_same_page()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var passkey = await Make(await site.SignIn("anna"));
        var (first, second) = (site.Visitor(), site.Visitor());
        var page = await first.Get("/sign-in");
        var answer = passkey.Use(page);
        Assert.True(IsIn(await first.Submit(page, answer, "form:has([data-passkey])")));
        // The same answer from another browser, with a form token of its own.
        var again = await second.Submit(await second.Get("/sign-in"), answer, "form:has([data-passkey])");
        Assert.False(IsIn(again));
        Assert.Contains("open for too long", again.Text);
        var pair = new[] { site.Visitor(), site.Visitor() };
        var forms = await Task.WhenAll(pair.Select(v => v.Get("/sign-in")));
        var one = passkey.Use(forms[0]);
        var done = await Task.WhenAll(pair.Zip(forms).Select(p => p.First.Submit(p.Second, one, "form:has([data-passkey])")));
        Assert.Single(done, IsIn);
        var late = site.Visitor();
        var open = await late.Get("/sign-in?returnUrl=%2Fgroups");
        own.Clock.Advance(TimeSpan.FromMinutes(16));
        var asked = await late.Submit(open, passkey.Use(open), "form:has([data-passkey])");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, asked.Status);
        Assert.Contains("open for too long", asked.Text);
        Assert.Equal("/groups", (await late.Submit(asked, passkey.Use(asked), "form:has([data-passkey])")).Url.AbsolutePath);
    }

    [Fact]
    public async Task What_no_passkey_of_this_site_has_signed_is_refused()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var passkey = await Make(anna);
        passkey.SignCount = 5;
        Assert.True(IsIn(await SignIn(site.Visitor(), passkey)));
        // A copied key is behind its original's count.
        Assert.False(IsIn(await SignIn(site.Visitor(), passkey)));
        passkey.SignCount = 6;
        passkey.Verifies = false;
        Assert.False(IsIn(await SignIn(site.Visitor(), passkey)));
        passkey.Verifies = true;
        passkey.Origin = "http://evil.example";
        Assert.False(IsIn(await SignIn(site.Visitor(), passkey)));
        passkey.Origin = site.Url;
        passkey.RpId = "example.test";
        Assert.False(IsIn(await SignIn(site.Visitor(), passkey)));
        passkey.RpId = new Uri(site.Url).Host;
        var visitor = site.Visitor();
        var page = await visitor.Get("/sign-in");
        var answer = passkey.Use(page);
        foreach (
            var (field, nonsense) in new[]
            {
                ("Credential", "{}"),
                ("Credential", "null"),
                ("Credential", "\ud800"),
                ("State", "x"),
                ("State", "日本"),
            }
        )
        {
            var wrong = await visitor.Submit(page, new(answer) { [field] = nonsense }, "form:has([data-passkey])");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        }
        // A passkey that is made needs the device's own check too, and a state that was made for that.
        var ben = await site.SignIn("ben");
        var form = await ben.Get(Add);
        Assert.False(
            (await ben.Submit(form, new SoftPasskey(site.Url) { Verifies = false }.Make(form), "form:has([data-passkey])")).Url.AbsolutePath
                == Security
        );
        Assert.True(IsIn(await SignIn(site.Visitor(), passkey)));
    }

    [Fact]
    public async Task A_passkey_is_the_second_step_of_its_member_alone()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var (hers, his) = (await Make(anna), await Make(ben));
        var on = await anna.Submit("/account/security/on", [], "form.form");
        var codes = on.Document.QuerySelectorAll(".codes code").Select(c => c.TextContent).ToList();
        Assert.Equal(RecoveryCode.Count, codes.Count);
        var there = site.Visitor();
        var step = await Password(there);
        Assert.Equal("/sign-in/second", step.Url.AbsolutePath);
        Assert.Null(step.Document.QuerySelector("[name=Code]"));
        Assert.False(IsIn(await there.Submit(step, his.Use(step), "form:has([data-passkey])")));
        step = await there.Get("/sign-in/second");
        Assert.True(IsIn(await there.Submit(step, hers.Use(step), "form:has([data-passkey])")));
        var lost = site.Visitor();
        Assert.True(IsIn(await lost.Submit(await Password(lost), new() { ["Recovery"] = codes[0] })));
        // Without the last passkey there is nothing left to ask for.
        var id = await site.Db(db => db.Passkeys.OrderBy(p => p.Id).Select(p => p.Id).FirstAsync());
        await anna.Submit($"/account/security/passkeys/{id}", [], "form:has(.danger)");
        Assert.True(IsIn(await Password(site.Visitor())));
        Assert.Equal(0, await site.Db(db => db.RecoveryCodes.CountAsync()));
    }

    [Fact]
    public async Task Passkeys_have_names_are_the_member_s_own_and_the_last_way_in_stays()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        await Make(anna, "");
        var second = await Make(anna, "Second");
        var ids = await site.Db(db => db.Passkeys.OrderBy(p => p.Id).Select(p => p.Id).ToListAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await ben.Get($"/account/security/passkeys/{ids[0]}")).Status);
        var unnamed = await anna.Submit($"/account/security/passkeys/{ids[0]}", new() { ["Name"] = "\u3164" });
        Assert.NotNull(unnamed.Document.QuerySelector("#Name-error"));
        Assert.Contains("Renamed", (await anna.Submit($"/account/security/passkeys/{ids[0]}", new() { ["Name"] = "Renamed" })).Text);
        await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com")
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.PasswordHash, (string?)null)));
        var elsewhere = site.Visitor();
        Assert.True(IsIn(await SignIn(elsewhere, second)));
        Assert.Equal(Security, (await anna.Submit($"/account/security/passkeys/{ids[0]}", [], "form:has(.danger)")).Url.AbsolutePath);
        Assert.False(IsIn(await elsewhere.Get("/")));
        var last = await anna.Submit($"/account/security/passkeys/{ids[1]}", [], "form:has(.danger)");
        Assert.Contains("your last way to sign in", last.Text);
        Assert.Equal(1, await site.Db(db => db.Passkeys.CountAsync()));
    }

    [Fact]
    public async Task After_a_change_of_domain_old_passkeys_say_so_are_asked_for_no_more_and_the_operator_was_told()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        var passkey = await Make(anna);
        await anna.Submit("/account/security/on", [], "form.form");
        await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com")
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.PasswordHash, (string?)null)));
        var console = new TestSite(own, (await own.Services.GetRequiredService<SiteDirectory>().FindByKey(Site.OperatorKey, default))!);
        var op = await console.SignInAs("operator@localhost");
        Assert.Contains("Members who have one: 1. Without a password among them: 1;", (await op.Get($"/sites/{site.Site.Key}/edit")).Text);
        await own.Services.GetRequiredService<ChangeSite>().WithKey(
            Operators.OfMachine, site.Site.Key, new() { Hosts = $"moved-{site.Site.Key}.example.test" }, null, default);
        var moved = new TestSite(own, (await own.Services.GetRequiredService<SiteDirectory>().FindByKey(site.Site.Key, default))!);
        passkey.Origin = moved.Url;
        Assert.False(IsIn(await SignIn(moved.Visitor(), passkey)));
        // The proven way in is the mailbox: a new password, then a recovery code.
        var there = moved.Visitor();
        await there.Submit("/forgotten-password", new() { ["Email"] = "anna@example.com" });
        var link = await Mails.Link(moved, "anna@example.com", "members.reset", path: "/reset-password");
        var reset = await there.Submit(link, new() { ["Password"] = "seven tall giraffes" });
        Assert.Equal("/sign-in", reset.Url.AbsolutePath);
        var step = await there.Submit(reset, new() { ["Email"] = "anna@example.com", ["Password"] = "seven tall giraffes" });
        Assert.Equal("/sign-in/second", step.Url.AbsolutePath);
        Assert.Null(step.Document.QuerySelector("[data-passkey]"));
        Assert.NotNull(step.Document.QuerySelector("[name=Recovery]"));
        var back = await moved.SignIn("anna");
        await moved.Db(db => db.Sessions.ExecuteUpdateAsync(s => s.SetProperty(x => x.SecondFactor, true)));
        Assert.Contains("the earlier address of this site", (await back.Get(Security)).Text);
    }

    [Fact]
    public async Task Whoever_knows_the_password_of_staff_with_a_passkey_adds_no_factor_beside_it()
    {
        var site = await host.NewSite();
        var mod = await site.SignIn("mod");
        var passkey = await Make(mod);
        var admin = await site.SignIn("admin");
        await admin.Submit("/staff/settings/sign-in", new() { ["moderatorsNeedSecondFactor"] = "true" }, "form.form");
        var burglar = site.Visitor();
        Assert.Equal(Security, (await Password(burglar, "mod")).Url.AbsolutePath);
        foreach (var path in new[] { Add, Security + "/app" })
            Assert.Equal("/account/confirm", (await burglar.Get(path)).Url.AbsolutePath);
        var page = await burglar.Get("/account/confirm?returnUrl=%2Fstaff");
        Assert.Null(page.Document.QuerySelector("[name=Password]"));
        Assert.Equal("/staff", (await burglar.Submit(page, passkey.Use(page), "form:has([data-passkey])")).Url.AbsolutePath);
    }
}
