using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

[OnBothDatabases]
public sealed class ConsentTests(TestHost host)
{
    [Fact]
    public async Task Mail_goes_to_active_members_who_agreed_to_its_kind()
    {
        var site = await host.NewSite();
        Assert.Equal(["Anna", "Ben"], await Receivers(site, "news"));
        Assert.Equal(["Ben"], await Receivers(site, "events"));
    }

    [Fact]
    public async Task Who_stops_all_mail_gets_a_kind_again_only_after_agreeing_to_it_anew()
    {
        var site = await host.NewSite();
        var (ben, news, events) = await Ids(site);
        await site.With<Consents, int>(async c =>
        {
            await c.WithdrawAll(ben, "one-click", "");
            await c.WithdrawAll(ben, "one-click", "");
            return 0;
        });
        Assert.Equal(["Anna"], await Receivers(site, "news"));
        Assert.Equal(1, await site.Db(db => db.ConsentEvents.CountAsync(e => e.MemberId == ben && e.Action == ConsentAction.WithdrawAll)));
        await Task.Delay(5);
        await site.With<Consents, int>(async c =>
        {
            await c.Grant(ben, news, "profile", "x");
            await c.Grant(ben, news, "profile", "x");
            return 0;
        });
        Assert.Equal(["Anna", "Ben"], await Receivers(site, "news"));
        Assert.Empty(await Receivers(site, "events"));
        Assert.Equal(
            2,
            await site.Db(db => db.ConsentEvents.CountAsync(e => e.MemberId == ben && e.KindId == news && e.Action == ConsentAction.Grant))
        );
        Assert.NotEqual(news, events);
    }

    [Fact]
    public async Task A_choice_that_is_saved_again_unchanged_writes_nothing()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var page = await anna.Get("/account");
        var before = await site.Db(db => db.ConsentEvents.CountAsync());
        for (var i = 0; i < 3; i++) page = await anna.Submit(page, [], "form:has([name$=Kinds])");
        Assert.Contains("Your choice of mail is saved.", page.Text);
        Assert.Equal(before, await site.Db(db => db.ConsentEvents.CountAsync()));
    }

    [Fact]
    public async Task The_same_choice_made_by_many_requests_at_once_is_logged_once()
    {
        var site = await host.NewSite();
        var (_, _, events) = await Ids(site);
        var anna = await site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.Id).SingleAsync());
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    site.With<Consents, int>(async c =>
                    {
                        await c.Grant(anna, events, "profile", "x");
                        return 0;
                    })
                )
        );
        Assert.Equal(1, await site.Db(db => db.ConsentEvents.CountAsync(e => e.MemberId == anna && e.KindId == events)));
    }

    [Fact]
    public async Task A_suppressed_address_gets_nothing_whoever_has_it()
    {
        var site = await host.NewSite();
        await site.With<Suppress, int>(async s =>
        {
            await s.Address("ANNA@example.com", SuppressionReason.Bounce);
            await s.Address("anna@example.com", SuppressionReason.Staff);
            return 0;
        });
        Assert.Equal(["Ben"], await Receivers(site, "news"));
        Assert.Equal(SuppressionReason.Bounce, await site.Db(db => db.Suppressions.Select(s => s.Reason).SingleAsync()));
    }

    [Fact]
    public async Task Of_several_who_register_first_at_once_one_makes_the_key_under_which_addresses_are_hashed()
    {
        var site = await host.NewSite(r =>
        {
            r.Remove("members");
            r.Remove("topics");
        });
        var hashes = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => Task.Run(() => site.With<AddressHashes, string>(h => h.Of("anna@example.com"))))
        );
        Assert.Single(hashes.Distinct());
    }

    [Fact]
    public async Task A_member_chooses_kinds_and_stops_everything_on_the_account_page()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var page = await anna.Get("/account");
        Assert.Equal([true, false], page.Document.QuerySelectorAll("input[name=Kinds]").Select(b => b.HasAttribute("checked")));
        var (_, _, events) = await Ids(site);
        await anna.Submit(page, new() { ["Kinds"] = events.ToString() }, "form:has([name=Kinds])");
        Assert.Equal(["Ben"], await Receivers(site, "news"));
        Assert.Equal(["Anna", "Ben"], await Receivers(site, "events"));
        var stop = (await anna.Get("/account")).Document.QuerySelectorAll("form").Single(f => f.TextContent.Contains("Stop all"));
        Assert.NotNull(stop.QuerySelector("[name=__RequestVerificationToken]"));
        await anna.Submit(await anna.Get("/account"), [], "form:has([value='stop-all'])");
        Assert.Equal(["Ben"], await Receivers(site, "events"));
    }

    static Task<List<string>> Receivers(TestSite site, string kind) => site.Db(async db =>
    {
        var id = await db.MailKinds.Where(k => k.Key == kind).Select(k => k.Id).SingleAsync();
        return await db.Members.MayReceive(id).OrderBy(m => m.Name).Select(m => m.Name).ToListAsync();
    });

    static Task<(long Ben, long News, long Events)> Ids(TestSite site) => site.Db(async db =>
        (await db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync(),
         await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync(),
         await db.MailKinds.Where(k => k.Key == "events").Select(k => k.Id).SingleAsync()));

    [Fact]
    public async Task No_entry_of_the_logs_of_consent_terms_and_audit_is_changed_or_deleted()
    {
        var site = await host.NewSite();
        object[] logs =
        [
            new AuditRecord { Id = 1, Action = "test.did" },
            new ConsentEvent { Id = 1, Source = ConsentSource.Staff },
            new TermsAnswer { Id = 1, Way = TermsWay.Page, Language = "en", Digest = "" },
        ];
        foreach (var entry in logs)
            foreach (var state in new[] { EntityState.Modified, EntityState.Deleted })
            {
                var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => site.Db(db =>
                {
                    db.Entry(entry).State = state;
                    return db.SaveChangesAsync();
                }));
                Assert.Contains("append-only", refused.Message);
            }
    }

    [Theory]
    [InlineData(SuppressionReason.Bounce, false)]
    [InlineData(SuppressionReason.Complaint, true)]
    [InlineData(SuppressionReason.Staff, true)]
    [InlineData(null, true)]
    public async Task A_mail_that_the_member_asked_for_comes_unless_the_address_is_dead(SuppressionReason? reason, bool comes)
    {
        var site = await host.NewSite();
        const string Email = "anna@example.com";
        var anna = await site.SignIn("anna");
        if (reason is { } why) await site.With<Suppress, int>(async s => { await s.Address(Email, why); return 0; });
        // Her own stop of all newsletters concerns no such mail either.
        else await anna.Submit("/account", [], "form:has([value=stop-all])");
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = Email });
        await site.Rests();
        var mail = await site.Db(db => db.SystemMails.AsNoTracking().SingleAsync(m => m.To == Email));
        Assert.Equal(comes ? SystemMailState.Sent : SystemMailState.Failed, mail.State);
        if (!comes) Assert.Contains("suppressed", mail.Answer);
        Assert.True(await site.Db(db => db.Members.MayReceive(1).AllAsync(m => m.Email != Email)));
    }

    [Theory]
    [InlineData(SuppressionReason.Bounce, "come back to us", "/account/email")]
    [InlineData(SuppressionReason.Complaint, "reported as spam", "/account/data")]
    [InlineData(SuppressionReason.Staff, "staff have stopped", "/account/data")]
    public async Task The_pages_say_that_an_address_is_suppressed_and_what_helps_until_staff_lift_it(
        SuppressionReason reason,
        string said,
        string link
    )
    {
        var site = await host.NewSite();
        const string Email = "anna@example.com";
        await site.With<Suppress, int>(async s => { await s.Address(Email, reason); return 0; });
        var anna = await site.SignIn("anna");
        var id = await site.Db(db => db.Members.Where(m => m.Email == Email).Select(m => m.Id).SingleAsync());
        var stop = "/u/" + await site.With<Community.Mailing.UnsubscribeLinks, string>(l => l.Token(id, 1));
        // Ticking a kind again lifts nothing of it.
        await anna.Submit("/account", [], "form:has([value=consents])");
        foreach (var page in new[] { "/account", "/account/mail", stop })
        {
            var notice = (await anna.Get(page)).Document.QuerySelector("main .notice.warn")!;
            Assert.Contains(said, notice.TextContent);
            Assert.NotNull(notice.QuerySelector($"a[href='{link}']"));
        }
        var admin = await site.SignIn("admin");
        var consents = await admin.Get($"/staff/members/{id}/consents");
        Assert.Contains("Choose why", (await admin.Submit(consents, [], "form[action$='/lift-suppression']")).Text);
        await admin.Submit(consents, new() { ["why"] = "works" }, "form[action$='/lift-suppression']");
        Assert.Null((await anna.Get("/account/mail")).Document.QuerySelector("main .notice.warn"));
        Assert.True(await site.Db(db => db.Members.MayReceive(1).AnyAsync(m => m.Email == Email)));
        var entry = await site.Db(db => db.Audit.SingleAsync(a => a.Action == "members.lift-suppression"));
        Assert.Equal(id, entry.SubjectId);
    }
}
