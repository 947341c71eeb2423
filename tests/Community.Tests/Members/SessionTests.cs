using System.Net;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

public sealed class SessionTests(TestHost host)
{
    static string Key(Visitor visitor) => visitor.Cookies.GetCookies(new Uri(visitor.Site.Url))["session"]!.Value;

    /// <summary>Another browser with a copy of this one's cookie.</summary>
    static Visitor Copy(Visitor visitor)
    {
        var thief = visitor.Site.Visitor();
        thief.Cookies.Add(new Uri(visitor.Site.Url), new Cookie("session", Key(visitor)));
        return thief;
    }

    static async Task<bool> IsIn(Visitor visitor) => (await visitor.Get("/account")).Url.AbsolutePath == "/account";

    static Task<List<Session>> Rows(TestSite site, string key) =>
        site.Db(db => db.Sessions.AsNoTracking().Where(s => s.Member.Email == key + "@example.com").OrderBy(s => s.Id).ToListAsync());

    [Fact]
    public async Task Signing_out_ends_a_copied_cookie_too()
    {
        var site = await host.NewSite();
        var anna = await site.SignInByForm("anna");
        var thief = Copy(anna);
        Assert.True(await IsIn(thief));
        await anna.Submit("/account", [], "form[action='/sign-out']");
        Assert.False(await IsIn(thief));
        Assert.Empty(await Rows(site, "anna"));
    }

    [Fact]
    public async Task A_new_password_ends_every_other_session_and_every_copy_of_this_one()
    {
        var site = await host.NewSite();
        var (anna, elsewhere) = (await site.SignInByForm("anna"), await site.SignInByForm("anna"));
        var thief = Copy(anna);
        var done = await anna.Submit("/account/password", new() { ["Password"] = "seven tall giraffes" });
        Assert.Equal("/account", done.Url.AbsolutePath);
        Assert.True(await IsIn(anna));
        Assert.False(await IsIn(elsewhere));
        Assert.False(await IsIn(thief));
        Assert.Single(done.Document.QuerySelectorAll(".session-list > li"));
    }

    [Fact]
    public async Task A_new_address_leaves_only_the_browser_signed_in_in_which_it_was_confirmed()
    {
        var site = await host.NewSite();
        var (anna, elsewhere) = (await site.SignInByForm("anna"), await site.SignInByForm("anna"));
        var thief = Copy(anna);
        var row = await site.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email == "anna@example.com"));
        var change = new EmailChange { MemberId = row.Id, Email = "anna2@example.com", Stamp = row.SecurityStamp! };
        change.AskedAt = host.Clock.Now;
        change.Confirm(EmailEnd.Present, host.Clock.Now);
        await site.Db(db => { db.EmailChanges.Add(change); return db.SaveChangesAsync(); });
        var token = await site.With<MailLinks, string>(links =>
            Task.FromResult(links.Token(MailLinkPurpose.NewEmail, row, $"{change.Id} {change.Email}"))
        );
        var done = await anna.Submit("/account/new-email?token=" + token, [], "form.form");
        Assert.Equal("/account", done.Url.AbsolutePath);
        Assert.Contains("anna2@example.com", done.Text);
        Assert.False(await IsIn(elsewhere));
        Assert.False(await IsIn(thief));
    }

    [Fact]
    public async Task A_member_sees_where_she_is_signed_in_and_signs_out_there_or_everywhere_else()
    {
        var site = await host.NewSite();
        var (anna, second, third) = (await site.SignInByForm("anna"), await site.SignInByForm("anna"), await site.SignInByForm("anna"));
        var ben = await site.SignInByForm("ben");
        var account = await anna.Get("/account");
        var list = account.Document.QuerySelectorAll(".session-list > li");
        Assert.Equal(3, list.Length);
        Assert.Single(list, l => l.QuerySelector(".badge")?.TextContent == "This browser");
        Assert.Equal(2, list.Count(l => l.QuerySelector("form") is not null));
        var rows = await Rows(site, "anna");
        account = await anna.Submit(account, [], $"form[action='/account/sessions/{rows[1].Id}/end']");
        Assert.Contains("Signed out there.", account.Text);
        Assert.False(await IsIn(second));
        Assert.True(await IsIn(third));
        account = await anna.Submit(account, [], "form[action='/account/sessions/end-others']");
        Assert.Contains("Signed out everywhere else.", account.Text);
        Assert.True(await IsIn(anna));
        Assert.False(await IsIn(third));
        // With only one session there is nothing to end.
        Assert.Null(account.Document.QuerySelector("form[action*='/sessions/']"));
        Assert.True(await IsIn(ben));
    }

    [Fact]
    public async Task Nobody_ends_another_member_s_session_by_its_number()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignInByForm("anna"), await site.SignInByForm("ben"));
        await site.SignInByForm("ben");
        var page = await ben.Get("/account");
        var token = page.Document.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        await ben.Send(
            new(HttpMethod.Post, $"/account/sessions/{(await Rows(site, "anna"))[0].Id}/end")
            {
                Content = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]),
            }
        );
        Assert.True(await IsIn(anna));
    }

    [Fact]
    public async Task Staff_sign_a_member_out_and_it_is_recorded_but_nobody_above_themselves()
    {
        var site = await host.NewSite();
        var (anna, second, admin, mod) = (
            await site.SignInByForm("anna"),
            await site.SignInByForm("anna"),
            await site.SignInByForm("admin"),
            await site.SignInByForm("mod")
        );
        var (annas, admins) = (await Rows(site, "anna"), await Rows(site, "admin"));
        var page = await mod.Submit(
            $"/staff/members/{annas[0].MemberId}",
            [],
            $"form[action='/staff/members/{annas[0].MemberId}/sessions/{annas[0].Id}/end']"
        );
        Assert.Contains("Signed out there", page.Text);
        Assert.False(await IsIn(anna));
        Assert.True(await IsIn(second));
        await mod.Submit(page, [], $"form[action='/staff/members/{annas[0].MemberId}/sessions/end']");
        Assert.False(await IsIn(second));
        Assert.Equal(
            2,
            await site.Db(db => db.Audit.CountAsync(a => a.Action == "members.end-sessions" && a.SubjectId == annas[0].MemberId))
        );
        // For an administrator the moderator sees no button, and the endpoint refuses.
        page = await mod.Get($"/staff/members/{admins[0].MemberId}");
        Assert.Null(page.Document.QuerySelector("form[action*='/sessions/']"));
        var token = page.Document.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        foreach (var path in new[] { "sessions/end", $"sessions/{admins[0].Id}/end" })
            Assert.Equal(
                HttpStatusCode.Forbidden,
                (
                    await mod.Send(
                        new(HttpMethod.Post, $"/staff/members/{admins[0].MemberId}/{path}")
                        {
                            Content = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]),
                        }
                    )
                ).Status
            );
        Assert.True(await IsIn(admin));
    }

    [Fact]
    public async Task What_a_member_is_called_and_may_do_is_what_the_database_says_at_that_moment()
    {
        var site = await host.NewSite();
        var (anna, admin) = (await site.SignInByForm("anna"), await site.SignIn("admin"));
        var id = (await Rows(site, "anna"))[0].MemberId;
        Assert.Equal(HttpStatusCode.Forbidden, (await anna.Get("/staff/members")).Status);
        await admin.Submit($"/staff/members/{id}", new() { ["role"] = "moderator" }, $"form[action='/staff/members/{id}/role']");
        Assert.Equal(HttpStatusCode.OK, (await anna.Get("/staff/members")).Status);
        await admin.Submit($"/staff/members/{id}/edit", new() { ["Name"] = "Annabel" });
        Assert.Contains("Annabel", (await anna.Get("/")).Document.QuerySelector(".account-menu")!.TextContent);
        await admin.Submit($"/staff/members/{id}", new() { ["role"] = "" }, $"form[action='/staff/members/{id}/role']");
        Assert.Equal(HttpStatusCode.Forbidden, (await anna.Get("/staff/members")).Status);
    }

    [Fact]
    public async Task The_database_does_not_hold_what_the_cookie_bears()
    {
        var site = await host.NewSite();
        var anna = await site.SignInByForm("anna");
        var row = Assert.Single(await Rows(site, "anna"));
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(Key(anna))), row.KeyHash);
        Assert.NotEqual(Key(anna), Key(await site.SignInByForm("anna")));
    }

    [Fact]
    public async Task A_session_ends_twelve_hours_or_thirty_days_after_the_last_visit_and_a_year_after_signing_in()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var (brief, kept) = (await site.SignInByForm("ben"), site.Visitor());
        await kept.Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password, ["Remember"] = "true" });
        own.Clock.Advance(TimeSpan.FromHours(11));
        Assert.True(await IsIn(brief));
        own.Clock.Advance(TimeSpan.FromHours(11));
        Assert.True(await IsIn(brief));
        own.Clock.Advance(TimeSpan.FromHours(13));
        Assert.False(await IsIn(brief));
        for (var day = 0; day < 364; day += 28)
        {
            Assert.True(await IsIn(kept), "day " + day);
            own.Clock.Advance(TimeSpan.FromDays(28));
        }
        Assert.False(await IsIn(kept));
    }

    [OnBothDatabases, Fact]
    public async Task A_visit_is_written_down_once_in_some_minutes_however_many_come_at_once()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignInByForm("anna");
        var first = Assert.Single(await Rows(site, "anna"));
        own.Clock.Advance(TimeSpan.FromMinutes(2));
        await anna.Get("/boards");
        Assert.Equal(first.LastSeenAt, (await Rows(site, "anna"))[0].LastSeenAt);
        own.Clock.Advance(TimeSpan.FromMinutes(4));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => anna.Get("/boards")));
        var seen = (await Rows(site, "anna"))[0];
        Assert.InRange((seen.LastSeenAt - first.LastSeenAt).TotalMinutes, 6, 8);
        Assert.True(seen.ExpiresAt > first.ExpiresAt);
        // The clock was set back: times in the future are corrected.
        own.Clock.Advance(TimeSpan.FromMinutes(-60));
        Assert.True(await IsIn(anna));
        Assert.True((await Rows(site, "anna"))[0].LastSeenAt < seen.LastSeenAt);
    }

    [Fact]
    public async Task Sessions_that_are_over_are_deleted_by_the_daily_job()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        await site.SignInByForm("anna");
        own.Clock.Advance(TimeSpan.FromHours(13));
        await site.SignInByForm("ben");
        await site.SignInByForm("carla");
        await site.Db(db =>
            db.Members.Where(m => m.Email == "carla@example.com").ExecuteUpdateAsync(s => s.SetProperty(m => m.SecurityStamp, "another"))
        );
        await site.With<IServiceProvider, int>(async services =>
        {
            await Microsoft
                .Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<ForgetSessions>(services)
                .Handle(new Tick(), default);
            return 0;
        });
        Assert.Equal(["ben@example.com"], await site.Db(db => db.Sessions.Select(s => s.Member.Email!).ToListAsync()));
    }

    [Fact]
    public async Task A_member_s_sessions_do_not_grow_without_end()
    {
        var site = await host.NewSite();
        await site.SignInByForm("anna");
        var row = Assert.Single(await Rows(site, "anna"));
        await site.Db(async db =>
        {
            db.Sessions.AddRange(
                Enumerable
                    .Range(0, 120)
                    .Select(i => new Session
                    {
                        MemberId = row.MemberId,
                        Stamp = row.Stamp,
                        KeyHash = [(byte)i],
                        SignedInAt = row.SignedInAt,
                        LastSeenAt = row.LastSeenAt,
                        ExpiresAt = row.ExpiresAt,
                    })
            );
            return await db.SaveChangesAsync();
        });
        var last = await site.SignInByForm("anna");
        Assert.Equal(100, (await Rows(site, "anna")).Count);
        Assert.True(await IsIn(last));
    }
}
