using System.Net;
using Community.Kernel;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Notifications;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>A second person approves mailings to many; quiet hours; the next mailing; the accounts of a mailing.</summary>
[OnBothDatabases]
public sealed class ApprovalTests(TestHost host)
{
    static Task Set(TestSite site, string json) => site.Db(async db =>
    {
        db.StoredSettings.Add(new StoredSettings { Part = "mailing", Json = json });
        return await db.SaveChangesAsync();
    });

    static Task<List<SystemMail>> Mails(TestSite site) =>
        site.Db(db => db.SystemMails.AsNoTracking().Where(m => m.Kind == "mailing.approval").OrderBy(m => m.Id).ToListAsync());

    [Fact]
    public async Task Above_the_number_somebody_else_approves_this_version_and_no_other()
    {
        var site = await host.NewSite();
        await Set(site, """{"approveFrom":2}""");
        var (mailer, admin) = (await site.SignIn("mailer"), await site.SignIn("admin"));
        var inThreeDays = site.Site.ToLocal(host.Clock.Now.AddDays(3));
        var id = await mailer.Reserve("Big news", "Hello", inThreeDays);
        Assert.Equal(MailingState.Approving, (await site.Mailing(id)).State);
        // All who may approve are told, but not its author.
        Assert.Equal(["admin@example.com"], (await Mails(site)).Select(m => m.To));
        Assert.Contains("Big news", (await admin.Get("/staff")).Text);
        Assert.DoesNotContain("waits for your approval", (await mailer.Get("/staff")).Text);
        var own = await mailer.Get($"/staff/mailings/{id}");
        Assert.Contains("somebody else has to approve it", own.Text);
        Assert.Null(own.Document.QuerySelector("form[action$='/approve']"));
        // The author cannot, also not without the button.
        var seen = await admin.Get($"/staff/mailings/{id}");
        var rev = seen.Document.QuerySelector("form[action$='/approve'] [name=rev]")!.GetAttribute("value")!;
        var (asMailer, asAdmin) = (await site.Reader("mailer"), await site.Reader("admin"));
        await Assert.ThrowsAsync<Refused>(() => Approve(site, asMailer, id, int.Parse(rev)));
        // A change between look and click: what was seen is not what would go out.
        await mailer.Submit($"/staff/mailings/{id}/edit", new() { ["Form.Text"] = "Other words", ["Form.Then"] = "save" },
            "form:has([name='Form.Subject'])");
        Assert.Equal(MailingState.Draft, (await site.Mailing(id)).State);
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        await admin.Submit(seen, [], "form[action$='/approve']");
        Assert.Equal(MailingState.Approving, (await site.Mailing(id)).State);
        await admin.Submit($"/staff/mailings/{id}", [], "form[action$='/approve']");
        var approved = await site.Mailing(id);
        Assert.Equal((MailingState.Scheduled, true, asAdmin.Id), (approved.State, approved.IsApproved, approved.ApprovedBy));
        Assert.Equal("mailer@example.com", (await Mails(site))[^1].To);
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "mailing.approve")));
        // Another time is another version.
        var later = inThreeDays.AddHours(1);
        await mailer.Submit($"/staff/mailings/{id}/time",
            new() { ["Form.Date"] = later.ToString("yyyy-MM-dd"), ["Form.Time"] = later.ToString("HH:mm") });
        Assert.Equal((MailingState.Approving, false), ((await site.Mailing(id)).State, (await site.Mailing(id)).IsApproved));
        // Sent back with a reason, which its author reads.
        await admin.Submit($"/staff/mailings/{id}", new() { ["reason"] = "The price is wrong" }, "form[action$='/decline']");
        var declined = await mailer.Get($"/staff/mailings/{id}");
        Assert.Contains("The price is wrong", declined.Document.QuerySelector(".notice")!.TextContent);
        Assert.Equal(MailingState.Draft, (await site.Mailing(id)).State);
        Assert.Equal(2, (await Mails(site)).Count(m => m.To == "mailer@example.com"));
        var last = (await site.Mailing(id)).Rev;
        await Assert.ThrowsAsync<Refused>(() => Approve(site, asAdmin, id, last));
    }

    [Fact]
    public async Task The_bell_tells_who_may_approve_and_the_author_what_was_decided()
    {
        var site = await host.NewSite();
        await Set(site, """{"approveFrom":2}""");
        var (mailer, admin) = (await site.SignIn("mailer"), await site.SignIn("admin"));
        var id = await mailer.Reserve("Big news", "Hello", site.Site.ToLocal(host.Clock.Now.AddDays(3)));
        await site.EventsRead();
        Assert.Equal(["A mailing waits for your approval"], await admin.News());
        Assert.Empty(await mailer.News());
        // It leads to the mailing, which marks it.
        var link = (await admin.Get("/notifications")).Document.QuerySelector(".notices li.unread > a")!.GetAttribute("href")!;
        Assert.Equal($"/staff/mailings/{id}", (await admin.Get(link)).Url.AbsolutePath);
        Assert.Empty(await admin.News());
        // Another version waits anew, until somebody decides.
        var later = site.Site.ToLocal(host.Clock.Now.AddDays(4));
        await mailer.Submit($"/staff/mailings/{id}/time",
            new() { ["Form.Date"] = later.ToString("yyyy-MM-dd"), ["Form.Time"] = later.ToString("HH:mm") });
        await site.EventsRead();
        Assert.Single(await admin.News());
        await admin.Submit($"/staff/mailings/{id}", new() { ["reason"] = "The price is wrong" }, "form[action$='/decline']");
        await site.EventsRead();
        Assert.Empty(await admin.News());
        Assert.Equal(["Your mailing was not approved: look at the reason"], await mailer.News());
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        await site.EventsRead();
        Assert.Empty(await mailer.News());
        await admin.Submit($"/staff/mailings/{id}", [], "form[action$='/approve']");
        await site.EventsRead();
        Assert.Empty(await admin.News());
        Assert.Equal(["Your mailing was approved"], await mailer.News());
        // Who is no longer of the staff is shown none of it.
        await site.Db(db => db.Members.Where(m => m.Email == "mailer@example.com")
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, (string?)null)));
        Assert.Empty(await mailer.News());
    }

    [Fact]
    public async Task Whoever_changed_any_of_it_since_the_last_approval_approves_none_of_it()
    {
        var site = await host.NewSite();
        await Set(site, """{"approveFrom":2}""");
        var (mailer, admin) = (await site.SignIn("mailer"), await site.SignIn("admin"));
        var asAdmin = await site.Reader("admin");
        var inThreeDays = site.Site.ToLocal(host.Clock.Now.AddDays(3));
        await mailer.Write("Big news", "Hello", inThreeDays, new() { ["Form.Then"] = "save" });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        Task Says(Visitor who, string text) => who.Submit(
            $"/staff/mailings/{id}/edit", new() { ["Form.Text"] = text, ["Form.Then"] = "save" }, "form:has([name='Form.Subject'])");
        Task Reserve() => mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        // The colleague writes, and the author only adds a word and reserves it: the colleague's words are nobody's second look.
        await Says(admin, "The colleague's words");
        await Says(mailer, "The colleague's words!");
        await Reserve();
        var waiting = await site.Mailing(id);
        Assert.Equal(MailingState.Approving, waiting.State);
        Assert.Empty(await Mails(site));
        Assert.Null((await admin.Get($"/staff/mailings/{id}")).Document.QuerySelector("form[action$='/approve']"));
        Assert.DoesNotContain("waits for your approval", (await admin.Get("/staff")).Text);
        await Assert.ThrowsAsync<Refused>(() => Approve(site, asAdmin, id, waiting.Rev));
        // Somebody else may. What was approved counts no more: after the author's next change the colleague is a second person again.
        await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com")
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, Roles.Administrator)));
        await Approve(site, await site.Reader("anna"), id, waiting.Rev);
        await Says(mailer, "The author's words");
        await Reserve();
        await Approve(site, asAdmin, id, (await site.Mailing(id)).Rev);
        Assert.Equal(asAdmin.Id, (await site.Mailing(id)).ApprovedBy);
    }

    [Fact]
    public async Task What_is_recorded_who_sends_it_and_when_is_approved_too()
    {
        var site = await host.NewSite();
        await Set(site, """{"approveFrom":2}""");
        var mailer = await site.SignIn("mailer");
        var asAdmin = await site.Reader("admin");
        var id = await mailer.Reserve("Big news", "Hello", site.Site.ToLocal(host.Clock.Now.AddDays(3)));
        async Task Approved() => await Approve(site, asAdmin, id, (await site.Mailing(id)).Rev);
        await Approved();
        // What is recorded is part of the version, as all else that is chosen for the mailing.
        await mailer.Submit($"/staff/mailings/{id}/tracking", new() { ["Form.Mode"] = "Pseudonymous" }, "form:has([name='Form.Mode'])");
        var changed = await site.Mailing(id);
        Assert.Equal((MailingState.Draft, false), (changed.State, changed.IsApproved));
        await mailer.Submit($"/staff/mailings/{id}/tracking", new() { ["Form.Mode"] = "" }, "form:has([name='Form.Mode'])");
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        await Approved();
        // And so is what stands elsewhere: the site's preset.
        await site.Db(db => db.StoredSettings.Where(s => s.Part == "mailing")
            .ExecuteUpdateAsync(s => s.SetProperty(r => r.Json, """{"approveFrom":2,"tracking":"pseudonymous"}""")));
        await Due(site, id);
        await site.With<AdvanceMailings, DueMailings>(a => a.Run(default));
        var waits = await site.Mailing(id);
        Assert.Equal((MailingState.Approving, null), (waits.State, waits.StartedAt));
        await Approved();
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task Each_thing_that_members_get_or_that_is_recorded_makes_another_digest()
    {
        var site = await host.NewSite();
        var segment = await site.With<SaveSegment, long?>(async s =>
            await s.Make(await site.Reader("admin"), "All", Chosen.Everybody, false, new(), default));
        var id = await (await site.SignIn("mailer")).Reserve("Big news", "Hello", site.Site.ToLocal(host.Clock.Now.AddDays(3)));
        Task<string> Digest() => site.With<IServiceProvider, string>(async s =>
        {
            var db = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<SiteDb>(s);
            var mailing = await db.Mailings.AsNoTracking().SingleAsync(m => m.Id == id);
            return await Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<Approval>(s)
                .DigestOf(mailing);
        });
        Task<int> Changed(Action<Community.Mailing.Mailing> change) => site.Db(async db =>
        {
            change(await db.Mailings.Include(m => m.Contents).SingleAsync(m => m.Id == id));
            return await db.SaveChangesAsync();
        });
        var all = new HashSet<string>();
        async Task Other(string what) => Assert.True(all.Add(await Digest()), what);
        await Other("first");
        Assert.False(all.Add(await Digest()));
        await Changed(m => m.Main.Text = "Other words");
        await Other("words");
        await Changed(m => m.Audience = new(Chosen.By(SegmentCondition.With(segment!.Value))));
        await Other("audience");
        await site.Db(db => db.Segments.ExecuteUpdateAsync(s => s.SetProperty(r => r.ChosenJson,
            Chosen.By(SegmentCondition.With(99)).ToJson())));
        await Other("what the segment means");
        await Changed(m => m.Tracking = TrackingMode.Individual);
        await Other("tracking");
        await Changed(m => m.Campaign = "spring");
        await Other("campaign");
        await Changed(m => m.LocalTime = "2030-01-01T09:00");
        await Other("time");
        await Changed(m => m.EmbedsPictures = true);
        await Other("pictures");
        await Changed(m => m.SamplePercent = 20);
        await Other("sample");
        await site.Db(async db =>
        {
            db.StoredSettings.Add(new StoredSettings
            {
                Part = "mailing.relay",
                Json = """{"Host":"relay.example","Port":587,"From":"other@example.com","FromName":"Other"}""",
            });
            db.Touch("@mailing-relay");
            return await db.SaveChangesAsync();
        });
        await Other("sender");
    }

    [Fact]
    public async Task One_that_was_approved_and_missed_its_time_is_approved_for_another()
    {
        var site = await host.NewSite();
        await Set(site, """{"approveFrom":2}""");
        var mailer = await site.SignIn("mailer");
        var asAdmin = await site.Reader("admin");
        var id = await mailer.Reserve("Big news", "Hello", site.Site.ToLocal(host.Clock.Now.AddDays(3)));
        await Approve(site, asAdmin, id, (await site.Mailing(id)).Rev);
        await Due(site, id, TimeSpan.FromHours(7));
        await site.With<AdvanceMailings, DueMailings>(a => a.Run(default));
        Assert.Equal((MailingState.Overdue, StopReason.Late), ((await site.Mailing(id)).State, (await site.Mailing(id)).StopReason));
        await mailer.Press(id, "send-late");
        Assert.Equal(MailingState.Approving, (await site.Mailing(id)).State);
        await Approve(site, asAdmin, id, (await site.Mailing(id)).Rev);
        await site.Until(id, MailingState.Finished);
    }

    static Task<int> Approve(TestSite site, Reader actor, long id, int rev) => site.With<ApproveMailing, int>(async a =>
    {
        await a.Approve(actor, id, rev, default);
        return 0;
    });

    [Fact]
    public async Task A_mailing_that_reaches_fewer_needs_nobody_and_one_that_grew_by_its_start_waits()
    {
        var site = await host.NewSite();
        await Set(site, """{"approveFrom":3}""");
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve("x", "x", site.Site.ToLocal(host.Clock.Now.AddDays(3)));
        Assert.Equal(MailingState.Scheduled, (await site.Mailing(id)).State);
        await site.AddReaders(1);
        await Due(site, id);
        await site.With<AdvanceMailings, DueMailings>(a => a.Run(default));
        var waiting = await site.Mailing(id);
        Assert.Equal((MailingState.Approving, 0), (waiting.State, waiting.Count));
        Assert.Single(await Mails(site));
        // Approved a little later, it starts; nobody gets it twice or is left out.
        await (await site.SignIn("admin")).Submit($"/staff/mailings/{id}", [], "form[action$='/approve']");
        await site.Until(id, MailingState.Finished);
        Assert.Equal(3, (await site.Counts(id))[DeliveryState.Accepted]);
        await site.IdentityHolds(id);
    }

    static Task<int> Due(TestSite site, long id, TimeSpan ago = default) => site.Db(db =>
    {
        var at = db.Now - ago;
        return db.Mailings.Where(m => m.Id == id)
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.StartAt, at).SetProperty(m => m.LocalTime, (string?)null));
    });

    [Fact]
    public async Task What_nobody_approves_in_time_does_not_go_out_by_itself()
    {
        var site = await host.NewSite();
        await Set(site, """{"approveFrom":1}""");
        var id = await (await site.SignIn("mailer")).Reserve("x", "x", site.Site.ToLocal(host.Clock.Now.AddDays(3)));
        await Due(site, id, TimeSpan.FromHours(7));
        await site.With<AdvanceMailings, DueMailings>(a => a.Run(default));
        var late = await site.Mailing(id);
        Assert.Equal((MailingState.Overdue, StopReason.NotApproved), (late.State, late.StopReason));
        Assert.Contains("Nobody approved it in time", (await (await site.SignIn("mailer")).Get($"/staff/mailings/{id}")).Text);
    }

    [Theory]
    [InlineData("Asia/Tokyo", 22, 8, "2026-11-27T12:59:00Z", null)]
    [InlineData("Asia/Tokyo", 22, 8, "2026-11-27T13:00:00Z", "2026-11-27T23:00:00Z")]
    [InlineData("Asia/Tokyo", 22, 8, "2026-11-27T22:59:00Z", "2026-11-27T23:00:00Z")]
    [InlineData("Asia/Tokyo", 22, 8, "2026-11-27T23:00:00Z", null)]
    [InlineData("Asia/Tokyo", 12, 13, "2026-11-27T03:30:00Z", "2026-11-27T04:00:00Z")]
    [InlineData("Asia/Tokyo", 0, 0, "2026-11-27T15:30:00Z", null)]
    [InlineData("Asia/Tokyo", -1, 8, "2026-11-27T15:30:00Z", null)]
    [InlineData("Asia/Tokyo", 22, -1, "2026-11-27T15:30:00Z", null)]
    [InlineData("Asia/Tokyo", 0, 6, "2026-11-27T15:30:00Z", "2026-11-27T21:00:00Z")]
    // The hour at which they end is skipped: they end after the jump. In the hour that comes twice they are over once.
    [InlineData("America/New_York", 22, 2, "2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z")]
    [InlineData("America/New_York", 22, 1, "2026-11-01T04:30:00Z", "2026-11-01T05:00:00Z")]
    [InlineData("America/New_York", 22, 1, "2026-11-01T06:30:00Z", null)]
    public void Quiet_hours_end_by_the_clock_of_the_site(string zone, int from, int until, string at, string? end)
    {
        static DateTime Utc(string text) => DateTime.Parse(text, null, System.Globalization.DateTimeStyles.AdjustToUniversal);
        Assert.Equal(
            end is null ? null : Utc(end),
            QuietHours.EndOf(new() { QuietFrom = from, QuietUntil = until }, Utc(at), TimeZoneInfo.FindSystemTimeZoneById(zone))
        );
    }

    [Fact]
    public async Task In_quiet_hours_messages_wait_and_the_pages_say_until_when()
    {
        var site = await host.NewSite();
        var hour = site.Site.ToLocal(host.Clock.Now).Hour;
        await Set(site, $$"""{"quietFrom":{{hour}},"quietUntil":{{(hour + 2) % 24}}}""");
        var mailer = await site.SignIn("mailer");
        var confirm = await mailer.Write("x", "x");
        Assert.Contains("falls in the quiet hours", confirm.Text);
        await mailer.Submit(confirm, [], "form:has(input[name=Rev])");
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        await site.Until(id, MailingState.Running);
        // Every turn passes the site by: the outlook is the end of the hours.
        var outlook = await site.With<AdvanceMailings, DueMailings>(a => a.Run(default));
        Assert.False(outlook.HasDue);
        Assert.InRange(outlook.Next!.Value - host.Clock.Now, TimeSpan.FromMinutes(59), TimeSpan.FromHours(2));
        Assert.Equal(2, (await site.Counts(id))[DeliveryState.Pending]);
        Assert.Contains("Quiet hours: nothing is sent before", (await mailer.Get($"/staff/mailings/{id}")).Text);
        await site.Db(db => db.StoredSettings.ExecuteDeleteAsync());
        await mailer.Press(id, "pause");
        await mailer.Press(id, "resume");
        await site.Until(id, MailingState.Finished);
        Assert.Equal(2, (await site.Counts(id))[DeliveryState.Accepted]);
    }

    [Fact]
    public async Task The_next_mailing_is_for_those_of_whom_it_is_true_when_it_starts()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve("First", "Hello");
        await site.Until(id, MailingState.Finished);
        var page = await mailer.Get($"/staff/mailings/{id}");
        // It counted no names: nobody can be chosen by opens and clicks, and the page says why.
        var whom = page.Document.QuerySelector("section[aria-labelledby=waves]")!;
        Assert.Equal(["received"], whom.QuerySelectorAll("option").Select(o => o.GetAttribute("value")).Where(v => v?.Length > 0));
        Assert.Contains("counted no names", whom.TextContent);
        var edit = await mailer.Submit(page, new() { ["who"] = "received" }, "form[action$='/wave']");
        var wave = await site.Db(db => db.Mailings.AsNoTracking().Include(m => m.Contents).OrderBy(m => m.Id).LastAsync());
        Assert.Equal((id, MailingState.Draft, "First – to those who received it"), (wave.WaveOfId, wave.State, wave.Title));
        Assert.Equal("First", wave.Main.Subject);
        Assert.EndsWith($"/staff/mailings/{wave.Id}/edit", edit.Url.AbsolutePath);
        // The same form twice makes one.
        await mailer.Submit(page, new() { ["who"] = "received" }, "form[action$='/wave']");
        Assert.Equal(2, await site.Db(db => db.Mailings.CountAsync()));
        // Consent is asked for anew.
        await site.Withdraw("ben@example.com");
        Assert.Equal(1, await site.Db(async db => await (await Audience.Receivers(wave, db)).CountAsync()));
        Assert.Contains(wave.Title, (await mailer.Get($"/staff/mailings/{id}")).Text);
        Assert.Contains("First", (await mailer.Get(wave.Url)).Document.QuerySelector("section[aria-labelledby=waves]")!.TextContent);
        var unknown = await mailer.Submit(page, new() { ["who"] = "members.role" }, "form[action$='/wave']");
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
    }

    [Fact]
    public async Task A_mailing_whose_recipients_do_not_add_up_is_not_finished_and_one_that_ended_so_is_found()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Finished);
        await site.With<IServiceProvider, int>(Check);
        Assert.Null((await site.Mailing(id)).UnevenSince);
        // A row that is lost, as by hand in the database.
        await site.Db(db => db.Deliveries.Where(d => d.MailingId == id && d.Seq == 1).ExecuteDeleteAsync());
        await site.With<IServiceProvider, int>(Check);
        Assert.NotNull((await site.Mailing(id)).UnevenSince);
        Assert.Contains("do not add up", (await mailer.Get($"/staff/mailings/{id}")).Text);
        await site.Db(db => db.Mailings.Where(m => m.Id == id).ExecuteUpdateAsync(s => s.SetProperty(m => m.State, MailingState.Running)));
        await site.With<AdvanceMailings, DueMailings>(a => a.Run(default));
        var stopped = await site.Mailing(id);
        Assert.Equal((MailingState.Suspended, StopReason.Uneven, "1 / 2"), (stopped.State, stopped.StopReason, stopped.StopText));
    }

    static async Task<int> Check(IServiceProvider site)
    {
        await Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<CheckAccounts>(site).Handle(new Tick(), default);
        return 0;
    }
}
