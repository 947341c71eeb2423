using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Community.Bulk;
using Community.Bulk.Tests.Harness;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Sites;
using Community.Web.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using MimeKit;

namespace Community.Tests.Mailing.HandOffs;

/// <summary>A mailing is handed to the delivery engine, watched, stopped and taken back, by the pages that mailers know.</summary>
[OnBothDatabases]
[Trait("needs", "server")]
public sealed class HandOffTests(LedgerServer server)
{
    static async Task<HandOff> HandOff(TestSite site, long id) =>
        await site.Db(db => db.HandOffs.AsNoTracking().FirstOrDefaultAsync(h => h.MailingId == id)) ?? new();

    static Task Until(TestSite site, long id, HandOffState state) =>
        TestSite.Until(async () => await HandOff(site, id) is { Rev: > 0 } h && h.State == state, $"the hand-off is {state}");

    static Task Holds(EngineBeside engine, string question, string what) =>
        TestSite.Until(async () => await engine.Ledger.Ask<bool>(question), what);

    /// <summary>Without the site's own e-mails, such as that a mailing has stopped.</summary>
    static List<byte[]> Mailings(ScriptedSmtpServer relay) =>
        [.. relay.Messages.Where(m => MimeMessage.Load(new MemoryStream(m)).Headers.Contains("List-Id"))];

    static List<string> To(IEnumerable<byte[]> messages) =>
        [.. messages.Select(m => MimeMessage.Load(new MemoryStream(m)).To.Mailboxes.First().Address)];

    [Fact]
    public async Task The_engine_sends_what_web_servers_would_and_the_results_stand_on_the_same_pages()
    {
        var spans = new System.Collections.Concurrent.ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == EngineTrace.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var engine = await EngineBeside.Start(server, settings: new() { ["Community:MetricsListen"] = "http://127.0.0.1:0" });
        var site = await engine.Host.NewSite();
        await site.AddReaders(28);
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(
            "For {{member.name}}",
            "Dear {{member.name}}, [look](https://shop.example/?who={{member.name}}), [here](https://shop.example/all).\n\n{{unsubscribe}}",
            DateTime.UtcNow.AddDays(2)
        );
        Assert.Contains("by the delivery engine from 10 recipients on", (await mailer.Get($"/staff/mailings/{id}")).Text);
        await site.With<ChooseTracking, bool>(async c => await c.Of(await Mailer(site), id, TrackingMode.Aggregate, "spring"));
        // It is another version, to be confirmed.
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        // It is handed over before its time, and begins at it.
        await site.Db(db => db.Mailings.Where(m => m.Id == id).ExecuteUpdateAsync(s => s
            .SetProperty(m => m.LocalTime, (string?)null).SetProperty(m => m.StartAt, DateTime.UtcNow.AddSeconds(2))));
        await site.Db(async db => { db.Schedule(MailingSender.Queue, db.Now); return await db.SaveChangesAsync(); });
        await site.With<QueueSignals, bool>(async q => { await q.Lower(site.Site.Id, MailingSender.Queue, DateTime.UtcNow); return true; });
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        Assert.Empty(Mailings(engine.WebRelay));
        var to = To(Mailings(engine.Relay));
        Assert.Equal(30, to.Count);
        Assert.Equal(30, to.Distinct().Count());
        Assert.Equal(["engine"], await site.Db(db => db.DeliveryAttempts.Select(a => a.Server).Distinct().ToListAsync()));
        Assert.Equal(0, await site.Db(db => db.EngineOutbox.CountAsync(r => r.Body != null && r.ChunkNo != null)));
        Assert.Equal(0, await site.Db(db => db.Deliveries.CountAsync(d => d.AddressKey != null)));
        Assert.Contains("It was with the delivery engine.", (await mailer.Get($"/staff/mailings/{id}")).Text);
        Assert.Contains("30", (await mailer.Get($"/staff/mailings/{id}/results")).Text);
        foreach (var message in Mailings(engine.Relay).Take(5)) await IsAsWebServersWrite(site, id, message);
        // Web server and delivery server write the same trace, that of the mailing's identifier.
        var trace = (await HandOff(site, id)).Key.ToString("N");
        Assert.Equal(
            ["deliver", "hand over"],
            spans.Where(s => s.TraceId.ToHexString() == trace).Select(s => s.DisplayName).Distinct().Order()
        );
        await IsMeasured(engine, site);

        // Before it is reserved the page says who sends it; what carries files stays with the web servers, and is not for the engine.
        Assert.Contains("the delivery engine, from its time on", (await mailer.Write("Carries", "x")).Text);
        var carries = await site.Db(db => db.Mailings.OrderBy(m => m.Id).Select(m => m.Id).LastAsync());
        await site.Db(db => db.Mailings.Where(m => m.Id == carries)
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.EmbedsPictures, true)));
        Assert.Contains("cannot send: the web servers send it", (await mailer.Get($"/staff/mailings/{carries}/confirm")).Text);
        var own = await mailer.Get($"/staff/mailings/{carries}");
        Assert.NotNull(own.Document.QuerySelector("input[name=route][value=Engine][disabled]"));
        await Assert.ThrowsAsync<Community.Kernel.Refused>(() => site.With<DecideHandOff, bool>(async d =>
        {
            await d.Choose(await Mailer(site), carries, MailingRoute.Engine);
            return true;
        }));
    }

    static async Task IsMeasured(EngineBeside engine, TestSite site)
    {
        using var http = new HttpClient { BaseAddress = engine.Host.Services.GetRequiredService<MetricsDoor>().Address };
        var scrape = await http.GetStringAsync("/metrics");
        Assert.Matches(@"community_mailing_outcomes_total\{[^}]*outcome=""accepted""[^}]*\} [1-9]", scrape);
        Assert.Contains("community_mailing_engine_published_total", scrape);
        Assert.DoesNotContain(site.Site.CanonicalHost, scrape);
        // Never where a site's visitors could ask.
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await site.Visitor().Get("/metrics")).Status);
        var documented = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operating.md"));
        var rules = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "prometheus-rules.yml"));
        Assert.Equal(
            [],
            System.Text.RegularExpressions.Regex.Matches(rules + scrape, @"\bcommunity_mailing_\w+")
                .Select(m => m.Value)
                .Distinct()
                .Where(n => !documented.Contains(n))
        );
    }

    static async Task<Reader> Mailer(TestSite site) =>
        new(
            await site.Db(db => db.Members.Where(m => m.Email == "mailer@example.com").Select(m => m.Id).FirstAsync()),
            "", "", new HashSet<long>(), new HashSet<string>()
        );

    /// <summary>The same text, HTML and fields to the letter, with links that lead to the same place.</summary>
    static Task<bool> IsAsWebServersWrite(TestSite site, long id, byte[] sent) => site.With<IServiceProvider, bool>(async services =>
    {
        var (db, got) = (services.GetRequiredService<SiteDb>(), MimeMessage.Load(new MemoryStream(sent)));
        var mailing = await db.Mailings.AsNoTracking().FirstAsync(m => m.Id == id);
        var member = await db.Members.AsNoTracking().FirstAsync(m => m.Email == got.To.Mailboxes.First().Address);
        var delivery = await db.Deliveries.AsNoTracking().FirstAsync(d => d.MailingId == id && d.MemberId == member.Id);
        var frozen = FrozenContent.Parse(mailing.Content!);
        var message = new MailingMessage(frozen, services.GetRequiredService<IStringLocalizer>(), await MergeFields.On(db));
        var link = await services.GetRequiredService<UnsubscribeLinks>().To(member.Id, mailing.KindId, default, id);
        var to = new Recipient(
            member.Id, member.Name, member.Email!, member.Language ?? site.Site.Culture, link, UnsubscribeLinks.OneClickOf(link))
        {
            ViewUrl = await services.GetRequiredService<ViewLinks>().To(id, member.Id, member.Language ?? site.Site.Culture),
        };
        to = await message.For(to, services, default);
        var tracked = services.GetRequiredService<TrackedLinks>();
        var known = await tracked.Known(mailing, [member.Id], default);
        to = to with { Links = await tracked.For(mailing, message, to, delivery.Id, known, default) };
        var wanted = message.Write(to, delivery.MessageId(mailing, frozen.Host), DateTime.UtcNow);
        Assert.Equal(wanted.Subject, got.Subject);
        var tokens = (await TrackingTokens.Present(db, default))!;
        Assert.Equal(Lines(wanted.TextBody, tokens), Lines(got.TextBody, tokens));
        Assert.Equal(Lines(wanted.HtmlBody, tokens), Lines(got.HtmlBody, tokens));
        Assert.Equal(wanted.MessageId, got.MessageId);
        foreach (var name in new[] { "From", "To", "List-Unsubscribe", "List-Id", "Feedback-ID", "Auto-Submitted" })
            Assert.Equal(wanted.Headers[name], got.Headers[name]);
        // A reader counts it among the body's fields.
        Assert.Equal(wanted.Headers["Content-Language"], got.Body!.Headers["Content-Language"]);
        return true;
    });

    /// <summary>With what a link says of itself in the place of its token, which may be sealed anew each time.</summary>
    static string Lines(string? text, TrackingTokens tokens) =>
        Regex.Replace(text!.ReplaceLineEndings("\n").TrimEnd(), "[A-Za-z0-9_-]{20,}", t => tokens.Read(t.Value)?.ToString() ?? t.Value);

    [Fact]
    public async Task A_suspended_site_stops_its_mailings_in_the_engine_and_they_go_on_when_it_is_open_again()
    {
        await using var engine = await EngineBeside.Start(server);
        var gate = new TaskCompletionSource();
        engine.Relay.On(".", new ScriptedReply("250 2.0.0 Ok").When(gate.Task));
        var site = await engine.Host.NewSite();
        await site.AddReaders(98);
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve();
        await Holds(engine, "SELECT EXISTS (SELECT 1 FROM recipients WHERE state = 'handing')", "begun");
        await site.With<SuspendSite, bool>(s => s.WithKey(Operators.OfMachine, site.Site.Key, default));
        await Holds(engine, "SELECT paused FROM offers", "the engine has stopped");
        gate.SetResult();
        await Holds(engine, "SELECT NOT EXISTS (SELECT 1 FROM recipients WHERE state IN ('leased', 'handing'))", "what was begun is done");
        Assert.Equal(MailingState.Running, await site.Db(db => db.Mailings.Where(m => m.Id == id).Select(m => m.State).SingleAsync()));
        Assert.True(Mailings(engine.Relay).Count < 100);
        await site.With<SuspendSite, bool>(s => s.Resume(Operators.OfMachine, site.Site.Key, default));
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        var to = To(Mailings(engine.Relay));
        Assert.Equal((100, 100), (to.Count, to.Distinct().Count()));
    }

    [Fact]
    public async Task What_a_mailer_wants_reaches_the_engine_and_is_confirmed_without_waiting_for_a_time()
    {
        await using var engine = await EngineBeside.Start(server, sends: false);
        var site = await engine.Host.NewSite();
        await site.AddReaders(18);
        var mailer = await site.SignIn("mailer");
        int[] minutes = [20, 21, 22];
        var ids = new List<long>();
        foreach (var after in minutes)
            ids.Add(await mailer.Reserve($"In {after}", local: site.Site.ToLocal(DateTime.UtcNow.AddMinutes(after))));
        var (moved, stopped, edited) = (ids[0], ids[1], ids[2]);
        foreach (var id in ids)
        {
            await Until(site, id, HandOffState.Go);
            await Confirmed(id, paused: false);
        }
        // From here on no poll of the web server comes due: what a button left to one would never be heard.
        using var standing = engine.Host.Clock.Stop();

        await mailer.Press(moved, "pause");
        await Confirmed(moved, paused: true);
        await mailer.Press(moved, "resume");
        await Confirmed(moved, paused: false);
        var sooner = site.Site.ToLocal(engine.Host.Clock.Now.AddMinutes(10));
        await mailer.Submit($"/staff/mailings/{moved}/time", new()
        {
            ["Form.Date"] = sooner.ToString("yyyy-MM-dd"),
            ["Form.Time"] = sooner.ToString("HH:mm"),
        }, "form:has([name='Form.Date'])");
        var start = (await site.Mailing(moved)).StartAt!.Value;
        await TestSite.Until(
            async () => (await Of<DateTime>(moved, "start_at")).ToUniversalTime() == start && (await HandOff(site, moved)).IsConfirmed,
            "the engine has confirmed the new time"
        );
        await mailer.Press(stopped, "cancel");
        await site.Until(stopped, MailingState.Cancelled);
        Assert.Equal("ended", await Of<string>(stopped, "state::text"));
        await mailer.PressOn($"/staff/mailings/{edited}", "engine/edit");
        await site.Until(edited, MailingState.Draft);
        Assert.Equal("ended", await Of<string>(edited, "state::text"));

        async Task<T> Of<T>(long id, string what) =>
            await engine.Ledger.Ask<T>($"SELECT {what} FROM offers WHERE mailing = $1", (await HandOff(site, id)).Key);

        Task Confirmed(long id, bool paused) => TestSite.Until(
            async () => await Of<bool>(id, "paused") == paused && await HandOff(site, id) is { Seq: > 0, IsConfirmed: true } h
                && h.EnginePaused == paused,
            $"the engine has confirmed paused: {paused}"
        );
    }

    [Fact]
    public async Task A_deleted_site_sends_nothing_more_by_the_engine_which_is_told_again_if_the_broker_is_away()
    {
        await using var engine = await EngineBeside.Start(server, sends: false);
        var delete = engine.Host.Services.GetRequiredService<DeleteSite>();
        foreach (var isAway in (bool[])[false, true])
        {
            var site = await engine.Host.NewSite();
            await site.AddReaders(18);
            var mailer = await site.SignIn("mailer");
            var id = await mailer.Reserve();
            await Until(site, id, HandOffState.Go);
            var key = (await HandOff(site, id)).Key;
            await TestSite.Until(
                async () => await HandOff(site, id) is { IsConfirmed: true, EngineState: OfferState.Running }, "it runs, and says so");
            engine.IsAway = isAway;
            engine.Gone.Add(site.Site.Key);
            Assert.True(await delete.WithKey(Operators.OfMachine, site.Site.Key, default));
            Assert.Equal(isAway, delete.IsUntold);
            if (isAway)
            {
                // Its key is nobody else's meanwhile, and what the engine still says of it is no dead letter.
                Assert.True(await IsListed());
                Assert.Null(await engine.ToSite(Progress(site.Site.Key, key)));
                engine.IsAway = false;
                await delete.FinishAll(default);
            }
            Assert.False(await IsListed());
            await TestSite.Until(
                async () => await engine.Ledger.Ask<bool>(
                    "SELECT state = 'ended' AND closed_at IS NOT NULL FROM offers WHERE mailing = $1", key),
                "the engine has ended it"
            );
            Assert.Contains("there is no site", await engine.ToSite(Progress(site.Site.Key, key)));

            async Task<bool> IsListed() =>
                await engine.Host.Services.GetRequiredService<SiteList>().WithKey(site.Site.Key, default) is not null;
        }
    }

    static OfferProgress Progress(string site, Guid mailing) => new()
    {
        Site = site,
        MailingId = mailing,
        Rev = 1,
        FactNo = 99,
        Life = 1,
        State = OfferState.Running,
        ControlSeq = 1,
        Counts = new(20, 20, 0, 0, 0, 0, 0, 0, 0),
    };

    [Fact]
    public async Task What_a_web_server_cannot_take_stands_in_the_ledger_with_its_reason()
    {
        await using var engine = await EngineBeside.Start(server, sends: false);
        var stray = Progress("nobody-here", Guid.CreateVersion7());
        await engine.Bury(stray, (await engine.ToSite(stray))!);
        await engine.Bury(null, "not a message: " + new string('x', 1000));
        await Holds(engine, "SELECT count(*) = 2 FROM dead_letters WHERE queue = 'mail.outcome'", "both are written down");
        Assert.Equal(
            "there is no site nobody-here",
            await engine.Ledger.Ask<string>("SELECT reason FROM dead_letters WHERE site = 'nobody-here' AND schema = 'mailing.progress'"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_the_broker_away_it_says_so_and_a_person_takes_it_back_at_once_and_nobody_gets_it_twice(bool hangs)
    {
        await using var engine = await EngineBeside.Start(server);
        var hang = new TaskCompletionSource();
        if (hangs) engine.Hangs = hang.Task;
        else engine.IsAway = true;
        var site = await engine.Host.NewSite();
        await site.AddReaders(18);
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve();
        await Until(site, id, HandOffState.Offered);
        var page = await mailer.Get($"/staff/mailings/{id}");
        Assert.Contains("has not confirmed it yet", page.Text);
        await site.Db(db => db.HandOffs.ExecuteUpdateAsync(s => s.SetProperty(h => h.OfferedAt, DateTime.UtcNow.AddMinutes(-3))));
        page = await mailer.Get($"/staff/mailings/{id}");
        Assert.Contains("The delivery engine has not answered since", page.Text);
        Assert.Contains("it comes back at once", page.Text);
        Assert.Empty(Mailings(engine.WebRelay));
        Assert.Contains("take it back from the delivery engine", (await mailer.PressOn($"/staff/mailings/{id}", "engine/back")).Text);
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        Assert.Equal(20, To(Mailings(engine.WebRelay)).Distinct().Count());
        // What was on its way arrives now. There is no go among it, and never will be.
        engine.IsAway = false;
        hang.SetResult();
        await Holds(engine, "SELECT count(*) = 1 FROM mailings WHERE fence > 1", "the engine knows that it is over");
        Assert.Empty(Mailings(engine.Relay));
        Assert.Equal(20, Mailings(engine.WebRelay).Count);
    }

    [Fact]
    public async Task Ready_before_its_time_it_can_be_moved_stopped_and_changed_and_the_engine_follows()
    {
        await using var engine = await EngineBeside.Start(server);
        var site = await engine.Host.NewSite();
        await site.AddReaders(18);
        var mailer = await site.SignIn("mailer");
        var at = site.Site.ToLocal(DateTime.UtcNow.AddMinutes(50));
        var id = await mailer.Reserve(local: at);
        await Until(site, id, HandOffState.Accepted);
        var page = await mailer.Get($"/staff/mailings/{id}");
        Assert.Contains("has all of it and begins at its time", page.Text);
        Assert.Contains("Reserved", page.Text);

        // Nearer than the go's lead: the engine may begin by itself from now on, at the new time.
        var sooner = site.Site.ToLocal(DateTime.UtcNow.AddMinutes(20));
        var moved = await mailer.Submit($"/staff/mailings/{id}/time", new()
        {
            ["Form.Date"] = sooner.ToString("yyyy-MM-dd"),
            ["Form.Time"] = sooner.ToString("HH:mm"),
        }, "form:has([name='Form.Date'])");
        Assert.DoesNotContain("time", moved.Url.Segments[^1]);
        await Until(site, id, HandOffState.Go);
        var start = (await site.Mailing(id)).StartAt!.Value;
        await TestSite.Until(
            async () => (await engine.Ledger.Ask<DateTime>("SELECT start_at FROM offers")).ToUniversalTime() == start,
            "the engine has the new time"
        );
        var tooFar = await mailer.Submit($"/staff/mailings/{id}/time", new()
        {
            ["Form.Date"] = at.AddDays(5).ToString("yyyy-MM-dd"),
            ["Form.Time"] = "10:00",
        }, "form:has([name='Form.Date'])");
        Assert.Contains("take it back first", tooFar.Text);

        await mailer.Press(id, "pause");
        await Confirmed(paused: true);
        Assert.Contains("sends nothing until it is resumed", (await mailer.Get($"/staff/mailings/{id}")).Text);
        await mailer.Press(id, "resume");
        await Confirmed(paused: false);

        // A go has left, so the engine is asked; nothing was sent, so it is a draft again.
        await mailer.PressOn($"/staff/mailings/{id}", "engine/edit");
        await site.Until(id, MailingState.Draft);
        var draft = await site.Mailing(id);
        Assert.Equal((MailingHolder.WebServers, null, null), (draft.Holder, draft.StartedAt, draft.Content));
        Assert.Equal(0, await site.Db(db => db.Deliveries.CountAsync(d => d.MailingId == id)));
        Assert.Empty(Mailings(engine.Relay));

        // Reserved once more, it is another offer.
        var confirm = await mailer.Submit($"/staff/mailings/{id}/edit", new()
        {
            ["Form.Subject"] = "Second thoughts",
            ["Form.When"] = "now",
            ["Form.Then"] = "confirm",
        }, "form:has([name='Form.Subject'])");
        await mailer.Submit(confirm, [], "form:has(input[name=Rev])");
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        Assert.Equal(2, (await HandOff(site, id)).Rev);
        Assert.Equal(20, Mailings(engine.Relay).Count);
        Assert.All(Mailings(engine.Relay), m => Assert.Equal("Second thoughts", MimeMessage.Load(new MemoryStream(m)).Subject));

        Task Confirmed(bool paused) => TestSite.Until(
            async () => await engine.Ledger.Ask<bool>("SELECT paused FROM offers") == paused
                && await HandOff(site, id) is { IsConfirmed: true } h
                && h.EnginePaused == paused,
            $"the engine has confirmed paused: {paused}"
        );
    }

    [Fact]
    public async Task Whoever_withdraws_after_the_hand_off_gets_nothing_and_whoever_agrees_again_gets_it()
    {
        await using var engine = await EngineBeside.Start(server);
        var site = await engine.Host.NewSite();
        await site.AddReaders(18);
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(local: site.Site.ToLocal(DateTime.UtcNow.AddMinutes(20)));
        await Until(site, id, HandOffState.Go);
        var (kind, ids) = await site.Db(async db => (
            await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).FirstAsync(),
            await db.Members.Where(m => m.Email == "m1@example.com" || m.Email == "m2@example.com")
                .ToDictionaryAsync(m => m.Email!, m => m.Id)
        ));
        await Consents(c => c.Withdraw(ids["m1@example.com"], kind, "link", ""));
        await Consents(c => c.Withdraw(ids["m2@example.com"], kind, "link", ""));
        await Holds(engine, "SELECT count(*) = 2 FROM deltas", "the engine knows both");
        await Consents(c => c.Grant(ids["m2@example.com"], kind, "profile", "yes"));
        // No event tells of this one, and of this other address: they are seen when all are compared.
        await site.Withdraw("m3@example.com");
        await site.Db(db => db.Members.Where(m => m.Email == "m4@example.com")
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.Email, "other@example.com").SetProperty(m => m.AddressHash, "elsewhere")));
        engine.Host.Clock.Advance(TimeSpan.FromMinutes(2));
        await Holds(engine, "SELECT count(*) = 5 FROM deltas", "the engine knows all");
        await engine.Ledger.Move(TimeSpan.FromMinutes(25));
        engine.Host.Clock.Advance(TimeSpan.FromMinutes(25));
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        var to = To(Mailings(engine.Relay));
        Assert.Equal(17, to.Count);
        foreach (var gone in new[] { "m1@", "m3@", "m4@", "other@" }) Assert.DoesNotContain(to, a => a.StartsWith(gone));
        Assert.Contains("m2@example.com", to);
        Assert.Equal(3, (await site.Counts(id))[DeliveryState.Suppressed]);

        Task Consents(Func<Community.Members.Consents, Task> act) =>
            site.With<Community.Members.Consents, bool>(async c => { await act(c); return true; });
    }

    [Fact]
    public async Task Taken_back_in_the_middle_the_web_servers_send_the_rest_and_a_stop_leaves_nobody_open()
    {
        await using var engine = await EngineBeside.Start(server, sends: false);
        var site = await engine.Host.NewSite();
        await site.AddReaders(18);
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve();
        await Until(site, id, HandOffState.Go);
        await Holds(engine, "SELECT count(*) = 1 FROM offers WHERE state = 'running'", "it runs");
        // A delivery server of the test's own: five are sent, one of them without an answer, one is refused, the others wait.
        var me = await engine.Ledger.Leases.Begin("by hand");
        await Holds(engine, "SELECT fresh_at IS NOT NULL FROM offers", "the engine knows who has withdrawn");
        var leased = await engine.Ledger.Leases.Take(me, 1, 6);
        Assert.Equal(6, (await engine.Ledger.Leases.Intend(me, leased)).Count);
        await engine.Ledger.Leases.Settle(me,
            [
                .. leased.Take(4).Select(l => new DeliveryResult(l, DeliveryOutcome.Accepted, Code: 250)),
                new(leased[4], DeliveryOutcome.Ambiguous),
                new(leased[5], DeliveryOutcome.Rejected, Code: 550, Enhanced: "5.1.1", Answer: "no such user"),
            ]);
        await mailer.PressOn($"/staff/mailings/{id}", "engine/back");
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        var counts = await site.Counts(id);
        Assert.Equal((18, 1, 1), (counts[DeliveryState.Accepted], counts[DeliveryState.Ambiguous], counts[DeliveryState.Rejected]));
        Assert.Equal(14, Mailings(engine.WebRelay).Count);
        Assert.Equal(1, await site.Db(db => db.Returns.CountAsync(r => r.MailingId == id)));

        var other = await mailer.Reserve("Another");
        await Until(site, other, HandOffState.Go);
        await mailer.Press(other, "cancel");
        await site.Until(other, MailingState.Cancelled);
        await site.IdentityHolds(other);
        counts = await site.Counts(other);
        Assert.Equal((await site.Mailing(other)).Total, counts[DeliveryState.Cancelled]);
    }

    [Fact]
    public async Task Before_its_time_nothing_is_sent_by_whomever_nor_read_in_the_archive_and_who_wants_to_edit_gets_a_draft()
    {
        await using var engine = await EngineBeside.Start(server, sends: false);
        engine.IsAway = true;
        var site = await engine.Host.NewSite();
        await site.Db(db => db.MailKinds.ExecuteUpdateAsync(s => s.SetProperty(k => k.Archive, MailArchive.Everybody)));
        await site.AddReaders(18);
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(local: site.Site.ToLocal(DateTime.UtcNow.AddMinutes(50)));
        await Until(site, id, HandOffState.Offered);
        var visitor = site.Visitor();
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get($"/mailings/news/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get($"/mailings/news/{id}/mail")).Status);
        Assert.DoesNotContain("News of the week", (await visitor.Get("/mailings/news/feed")).Html);
        Assert.DoesNotContain("News of the week", (await visitor.Get("/mailings/news")).Html);
        Assert.DoesNotContain($"/mailings/news/{id}", (await mailer.Get($"/staff/mailings/{id}")).Html);

        // The web servers have it again, and keep to its time.
        await mailer.PressOn($"/staff/mailings/{id}", "engine/back");
        await TestSite.Until(async () => (await site.Mailing(id)).Holder is MailingHolder.WebServers, "it is the web servers' again");
        await site.With<AdvanceMailings, bool>(async a =>
        {
            var due = await a.Run(default);
            Assert.False(due.HasDue);
            return true;
        });
        Assert.Empty(await site.With<LeaseDeliveries, IReadOnlyList<LeasedDelivery>>(l => l.Next(new("test", 1), 0, 5, default)));
        Assert.Contains("Reserved", (await mailer.Get($"/staff/mailings/{id}")).Text);
        Assert.Empty(Mailings(engine.WebRelay));
        engine.Host.Clock.Advance(TimeSpan.FromMinutes(51));
        await site.Until(id, MailingState.Finished);
        Assert.Equal(20, Mailings(engine.WebRelay).Count);
        await site.IdentityHolds(id);
        Assert.Equal(HttpStatusCode.OK, (await visitor.Get($"/mailings/news/{id}")).Status);

        // Nothing is offered yet: to edit it sends it to nobody. What the engine said of an offer that is gone would be a fault.
        var other = await mailer.Reserve("Another", local: site.Site.ToLocal(engine.Host.Clock.Now.AddMinutes(50)));
        await Until(site, other, HandOffState.Offered);
        await mailer.PressOn($"/staff/mailings/{other}", "engine/back");
        await TestSite.Until(async () => (await site.Mailing(other)).Holder is MailingHolder.WebServers, "it is back");
        await site.Db(async db =>
        {
            await db.HandOffs.Where(h => h.MailingId == other).ExecuteDeleteAsync();
            return await db.Mailings.Where(m => m.Id == other).ExecuteUpdateAsync(s => s.SetProperty(m => m.Holder, MailingHolder.Engine));
        });
        await mailer.PressOn($"/staff/mailings/{other}", "engine/edit");
        await site.Until(other, MailingState.Draft);
        Assert.Equal(0, await site.Db(db => db.Deliveries.CountAsync(d => d.MailingId == other)));
        Assert.Equal(20, Mailings(engine.WebRelay).Count);
    }

    [Fact]
    public async Task What_the_engine_learns_after_the_end_of_somebody_in_doubt_is_taken_and_of_anybody_else_stops_it()
    {
        await using var engine = await EngineBeside.Start(server, sends: false);
        var site = await engine.Host.NewSite();
        await site.AddReaders(18);
        var mailer = await site.SignIn("mailer");
        engine.IsAway = true;
        var id = await mailer.Reserve();
        await Until(site, id, HandOffState.Offered);
        var key = (await HandOff(site, id)).Key;
        await site.Db(db => db.HandOffs.ExecuteUpdateAsync(s => s
            .SetProperty(h => h.State, HandOffState.Go).SetProperty(h => h.GoTried, true).SetProperty(h => h.Life, 1L)));
        var rows = await site.Db(db => db.Deliveries.AsNoTracking().Where(d => d.MailingId == id).OrderBy(d => d.Seq).ToListAsync());
        // One moved house since: what is said of the old address says nothing of the new one.
        var moved = await site.Db(db => db.Members.Where(m => m.Email == "m7@example.com").Select(m => m.Id).SingleAsync());
        await site.Db(db => db.Members.Where(m => m.Id == moved).ExecuteUpdateAsync(s => s
            .SetProperty(m => m.Email, "new@example.com").SetProperty(m => m.AddressHash, "elsewhere")));
        var stays = rows.First(r => r.MemberId != moved).Seq;
        var doubt = rows.Last(r => r.MemberId != moved).Seq;
        // Held by a person, so that nothing that comes back is sent before the end of the test.
        await mailer.Press(id, "pause");
        var now = DateTime.UtcNow;
        Assert.Null(await engine.ToSite(Batch(1,
        [
            new(rows.Single(r => r.MemberId == moved).Seq, 1, BulkOutcome.Rejected, now, 550, "5.1.1", "no such user"),
            new(stays, 1, BulkOutcome.Rejected, now, 550, "5.1.1", "no such user"),
            new(doubt, 1, BulkOutcome.Ambiguous, now, null, null, null),
        ])));
        Assert.Equal([rows.First(r => r.Seq == stays).MemberId],
            await site.Db(db => db.Returns.Where(r => r.MailingId == id).Select(r => r.MemberId).ToListAsync()));
        Assert.Null(await engine.ToSite(new Ended
        {
            Site = site.Site.Key,
            MailingId = key,
            Rev = 1,
            FactNo = 5,
            Life = 1,
            Reason = EndReason.Finished,
            ControlSeq = 0,
            LastBatch = 1,
            Counts = new(20, 0, 2, 0, 0, 1, 17, 0, 0),
        }));
        await TestSite.Until(async () => (await site.Mailing(id)).Holder is MailingHolder.WebServers, "it is back");
        Assert.Equal(0, await site.Db(db => db.Deliveries.CountAsync(d => d.AddressKey != null)));
        Assert.Null(await engine.ToSite(Batch(2, [new(doubt, 2, BulkOutcome.Accepted, now, 250, null, "ok")])));
        Assert.Equal(1, (await site.Counts(id))[DeliveryState.Accepted]);
        Assert.Equal((MailingState.Paused, (DateTime?)null), ((await site.Mailing(id)).State, (await site.Mailing(id)).UnevenSince));
        var back = await site.Db(db => db.Deliveries.Where(d => d.MailingId == id && d.State == DeliveryState.Pending)
            .OrderBy(d => d.Seq).Select(d => d.Seq).FirstAsync());
        var stray = await engine.ToSite(Batch(3, [new(back, 1, BulkOutcome.Accepted, now, 250, null, "ok")]));
        Assert.Contains("came after the last one", stray);
        Assert.Equal((MailingState.Suspended, StopReason.Uneven), ((await site.Mailing(id)).State, (await site.Mailing(id)).StopReason));

        OutcomeBatch Batch(int no, IReadOnlyList<OutcomeItem> items) => new()
        {
            Site = site.Site.Key,
            MailingId = key,
            Rev = 1,
            FactNo = no,
            Life = 1,
            BatchNo = no,
            Items = items,
        };
    }

    /// <summary>It tells anew what it has told, and numbers it as it likes; what was told stays true.</summary>
    [Fact]
    public async Task An_engine_that_has_lost_what_it_told_is_believed_and_of_whom_it_knows_nothing_is_in_doubt()
    {
        await using var engine = await EngineBeside.Start(server, sends: false);
        var site = await engine.Host.NewSite();
        await site.AddReaders(18);
        var mailer = await site.SignIn("mailer");
        engine.IsAway = true;
        var id = await mailer.Reserve();
        await Until(site, id, HandOffState.Offered);
        var key = (await HandOff(site, id)).Key;
        await site.Db(db => db.HandOffs.ExecuteUpdateAsync(s => s
            .SetProperty(h => h.State, HandOffState.Go).SetProperty(h => h.GoTried, true).SetProperty(h => h.Life, 1L)));
        var seqs = await site.Db(db => db.Deliveries.Where(d => d.MailingId == id).OrderBy(d => d.Seq).Select(d => d.Seq).ToListAsync());
        Assert.Null(await engine.ToSite(Batch(1, 1, seqs[0], BulkOutcome.Accepted)));
        Assert.Null(await engine.ToSite(Batch(2, 1, seqs[1], BulkOutcome.Accepted)));
        // It knows of the first batch, not of the second.
        Assert.Null(await engine.ToSite(new OfferProgress
        {
            Site = site.Site.Key,
            MailingId = key,
            Rev = 1,
            FactNo = 1_000_001,
            Life = 2,
            State = OfferState.Frozen,
            ControlSeq = 1,
            Counts = new(20, 1, 0, 0, 0, 0, 0, 0, 19),
        }));
        Assert.Equal(OfferState.Frozen, (await HandOff(site, id)).EngineState);
        await mailer.PressOn($"/staff/mailings/{id}", "engine/back");
        var doubt = Batch(2, 2, seqs[1], BulkOutcome.Ambiguous);
        Assert.Null(await engine.ToSite(doubt with
        {
            Items = [.. seqs.Skip(1).Select(s => new OutcomeItem(s, 1, BulkOutcome.Ambiguous, DateTime.UtcNow, null, null, null))],
        }));
        Assert.Null(await engine.ToSite(new Ended
        {
            Site = site.Site.Key,
            MailingId = key,
            Rev = 1,
            FactNo = 1_000_003,
            Life = 2,
            Reason = EndReason.Frozen,
            ControlSeq = 2,
            LastBatch = 2,
            Counts = new(20, 1, 0, 0, 0, 19, 0, 0, 0),
        }));
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        var counts = await site.Counts(id);
        Assert.Equal((2, 18), (counts[DeliveryState.Accepted], counts[DeliveryState.Ambiguous]));
        Assert.Null((await site.Mailing(id)).UnevenSince);
        Assert.Empty(Mailings(engine.WebRelay));

        OutcomeBatch Batch(int no, long life, int seq, BulkOutcome outcome) => new()
        {
            Site = site.Site.Key,
            MailingId = key,
            Rev = 1,
            FactNo = no,
            Life = life,
            BatchNo = no,
            Items = [new(seq, 1, outcome, DateTime.UtcNow, 250, null, "ok")],
        };
    }

    [Fact]
    public async Task One_hand_off_that_cannot_go_on_holds_up_no_other_and_the_mailings_of_a_site_share_its_rate()
    {
        await using var engine = await EngineBeside.Start(server, sends: false, new() { ["Community:MailingsPerHourOfSite"] = "500" });
        var site = await engine.Host.NewSite();
        await site.AddReaders(18);
        var mailer = await site.SignIn("mailer");
        engine.IsAway = true;
        var broken = await mailer.Reserve(local: site.Site.ToLocal(DateTime.UtcNow.AddMinutes(20)));
        await Until(site, broken, HandOffState.Offered);
        // At once: the site's own job goes on with it meanwhile.
        await site.Db(async db =>
        {
            await using var change = await db.Change(default);
            await db.Mailings.Where(m => m.Id == broken).ExecuteUpdateAsync(s => s.SetProperty(m => m.Content, "{"));
            await db.HandOffs.ExecuteUpdateAsync(s => s.SetProperty(h => h.State, HandOffState.Offering));
            await db.Deliveries.ExecuteUpdateAsync(s => s
                .SetProperty(d => d.State, DeliveryState.Pending).SetProperty(d => d.OfferRev, (int?)null));
            await change.Commit(default);
            return true;
        });
        engine.IsAway = false;
        var others = new[]
        {
            await mailer.Reserve("Second", local: site.Site.ToLocal(DateTime.UtcNow.AddMinutes(20))),
            await mailer.Reserve("Third", local: site.Site.ToLocal(DateTime.UtcNow.AddMinutes(20))),
        };
        foreach (var other in others) await Until(site, other, HandOffState.Go);
        // 500 an hour for both: 250 each, which is four a minute and not five.
        await Holds(engine, "SELECT count(*) = 2 FROM offers WHERE per_minute = 4", "both share the rate");
        Assert.Equal(HandOffState.Offering, (await HandOff(site, broken)).State);
    }

    [Fact]
    public async Task What_the_engine_refuses_waits_for_a_person_and_what_it_has_lost_is_in_doubt()
    {
        await using var engine = await EngineBeside.Start(server, sends: false);
        var site = await engine.Host.NewSite();
        await site.AddReaders(18);
        var mailer = await site.SignIn("mailer");
        engine.IsAway = true;
        var id = await mailer.Reserve();
        await Until(site, id, HandOffState.Offered);
        var handOff = await HandOff(site, id);
        Assert.Null(await engine.ToSite(new Ended
        {
            Site = site.Site.Key,
            MailingId = handOff.Key,
            Rev = 1,
            FactNo = 1,
            Life = 1,
            Reason = EndReason.NoRoom,
            ControlSeq = 0,
            LastBatch = 0,
            Counts = new(20, 0, 0, 0, 0, 0, 20, 0, 0),
        }));
        await site.Until(id, MailingState.Suspended);
        var page = await mailer.Get($"/staff/mailings/{id}");
        Assert.Contains("NoRoom", page.Text);
        await mailer.PressOn($"/staff/mailings/{id}", "engine/rest");
        await TestSite.Until(async () => await HandOff(site, id) is { Rev: 2, State: HandOffState.Offered }, "it is offered once more");
        Assert.Equal(20, (await site.Counts(id))[DeliveryState.Handed]);

        // The go was tried, and nothing is heard for ever.
        await site.Db(db => db.HandOffs.ExecuteUpdateAsync(s => s
            .SetProperty(h => h.State, HandOffState.Go).SetProperty(h => h.GoTried, true).SetProperty(h => h.Life, 1L)));
        var early = await mailer.Get($"/staff/mailings/{id}");
        Assert.DoesNotContain("engine/lost", early.Html);
        await mailer.PressOn($"/staff/mailings/{id}", "engine/back");
        Assert.Equal(HandOffState.TakingBack, (await HandOff(site, id)).State);
        await site.Db(db => db.HandOffs.ExecuteUpdateAsync(s => s.SetProperty(h => h.SendUntil, DateTime.UtcNow.AddDays(-2))));
        await mailer.PressOn($"/staff/mailings/{id}", "engine/lost");
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        Assert.Equal(20, (await site.Counts(id))[DeliveryState.Ambiguous]);
        Assert.Empty(Mailings(engine.WebRelay));
        // It lives after all: what it says of its recipients is true, whatever was given up.
        var row = await site.Db(db => db.Deliveries.AsNoTracking().FirstAsync(d => d.MailingId == id));
        var batch = new OutcomeBatch
        {
            Site = site.Site.Key,
            MailingId = handOff.Key,
            Rev = 2,
            FactNo = 9,
            Life = 1,
            BatchNo = 1,
            Items = [new(row.Seq, 1, BulkOutcome.Accepted, DateTime.UtcNow, 250, null, "ok")],
        };
        Assert.Null(await engine.ToSite(batch));
        Assert.Null(await engine.ToSite(batch));
        Assert.Equal(1, (await site.Counts(id))[DeliveryState.Accepted]);
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task Mail_that_the_site_signs_is_signed_by_the_engine_and_new_keys_take_over_while_it_runs()
    {
        await using var dns = new StubDns();
        await using var engine = await EngineBeside.Start(server, settings: new() { ["Community:DnsResolver"] = dns.Address.ToString() });
        var site = await engine.Host.NewSite();
        await site.AddReaders(28);
        var (admin, mailer, receivers) = (await site.SignIn("admin"), await site.SignIn("mailer"), new SignatureReader());
        var first = await NewKeys();
        var gate = new TaskCompletionSource();
        engine.Relay.On(
            ".", [.. Enumerable.Repeat(new ScriptedReply("250 2.0.0 Ok"), 5), new ScriptedReply("250 2.0.0 Ok").When(gate.Task)]);
        var id = await mailer.Reserve();
        await TestSite.Until(() => Task.FromResult(engine.Relay.Messages.Count >= 5), "some are sent");
        var seq = (await HandOff(site, id)).Seq;
        var second = await NewKeys();
        await TestSite.Until(
            async () => await HandOff(site, id) is var h && h.Seq > seq && h.IsConfirmed, "the engine has the new keys");
        gate.SetResult();
        await site.Until(id, MailingState.Finished);
        var sent = Mailings(engine.Relay);
        Assert.Equal(30, sent.Count);
        Assert.All(sent, m => Assert.Equal([true, true], receivers.Verified(m)));
        Assert.Contains("list-unsubscribe-post", SignatureReader.Covered(sent[0]));
        Assert.Contains(first.Selector, SignatureReader.Selectors(sent[0]));
        Assert.Contains(second.Selector, SignatureReader.Selectors(sent[^1]));
        Assert.True(await engine.Ledger.Ask<bool>("SELECT signing IS NULL FROM offers"));

        // An engine that cannot sign does not get what web servers sign.
        var plain = new EngineRoutes(Microsoft.Extensions.Options.Options.Create(new MailingOptions { Engine = "amqp://127.0.0.1/" }));
        Assert.False(await site.Db(db => plain.CanSend(db, null, default)));
        await admin.Submit(SigningPage.Url, [], "form:has([value='stop-signing'])");
        Assert.True(await site.Db(db => plain.CanSend(db, null, default)));

        async Task<SigningPair> NewKeys()
        {
            await admin.Submit(SigningPage.Url, [], "form:has([value='make-signing'])");
            var made = (await site.Db(async db => (await SigningKeys.Of(db, default)).Keys)).Next!;
            foreach (var (name, record) in new[] { (made.RsaName, made.RsaRecord), (made.Ed25519Name, made.Ed25519Record) })
            {
                dns.WithText(name, record);
                receivers.Records[name] = record;
            }
            await admin.Submit(SigningPage.Url, [], "form:has([value='start-signing'])");
            return made;
        }
    }
}
