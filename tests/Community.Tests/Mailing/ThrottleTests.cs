using System.Text.RegularExpressions;
using Community.Mail;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace Community.Tests.Mailing;

/// <summary>Rates of sites and of domains, what the relay puts off, stops by rate, and copies of the database.</summary>
[OnBothDatabases]
[Trait("takes", "long")]
public sealed class ThrottleTests : IAsyncDisposable
{
    readonly ScriptedSmtpServer relay = new();
    readonly List<TestHost> hosts = [];

    TestHost Host => hosts[^1];

    async Task<TestHost> Start(params (string Name, string Value)[] settings)
    {
        if (hosts.Count == 0) relay.Start();
        hosts.Add(
            await TestHost.Start(
                settings.ToDictionary(s => "Community:" + s.Name, s => (string?)s.Value)
                    .Append(new("Community:Relay", $"smtp://127.0.0.1:{relay.Port}"))
                    .ToDictionary()
            )
        );
        return Host;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Enumerable.Reverse(hosts)) await host.DisposeAsync();
        await relay.DisposeAsync();
    }

    List<string> Recipients() => [.. relay.Messages.Select(m => MimeMessage.Load(new MemoryStream(m)).To.Mailboxes.First().Address)];

    /// <summary>Waits until the relay has so many, and what it said is written down: then the clock may be moved past leases.</summary>
    async Task Sent(int n, params TestSite[] sites)
    {
        await TestSite.Until(() => Task.FromResult(relay.Messages.Count == n), $"{n} are sent");
        foreach (var site in sites)
            await TestSite.Until(
                () => site.Db(async db =>
                    !await db.Deliveries.AnyAsync(d => d.State == DeliveryState.Leased || d.State == DeliveryState.InFlight)),
                "nothing is under way"
            );
    }

    static Task Move(TestSite site, string email, string to) =>
        site.Db(db => db.Members.Where(m => m.Email == email).ExecuteUpdateAsync(s => s.SetProperty(m => m.Email, to)));

    [Fact]
    public async Task A_site_keeps_to_its_own_rate_and_holds_up_no_other()
    {
        await Start(("MailingsPerHourOfSite", "1"), ("MailingBurst", "2"));
        var (slow, other) = (await Host.NewSite(), await Host.NewSite());
        await slow.AddReaders(3);
        var first = await (await slow.SignIn("mailer")).Reserve();
        await Sent(2, slow);
        var second = await (await other.SignIn("mailer")).Reserve();
        await other.Until(second, MailingState.Finished);
        for (var n = 5; n <= 7; n++)
        {
            Host.Clock.Advance(TimeSpan.FromHours(1));
            await Sent(n, slow);
        }
        await slow.Until(first, MailingState.Finished);
        await slow.IdentityHolds(first);
    }

    [Fact]
    public async Task Recipients_of_a_carrier_are_put_off_to_its_rate_and_the_others_go_at_once()
    {
        await Start(("MailingsPerHourTo", "carrier.example=1"), ("MailingBurst", "1"));
        var site = await Host.NewSite();
        await site.AddReaders(4);
        for (var i = 1; i <= 3; i++) await Move(site, $"m{i}@example.com", $"m{i}@mail.carrier.example");
        var id = await (await site.SignIn("mailer")).Reserve();
        await Sent(4, site);
        Assert.Single(Recipients(), to => to.EndsWith("carrier.example"));
        Assert.Equal(0, await site.Db(db => db.Deliveries.Where(d => d.State == DeliveryState.Pending).MaxAsync(d => d.Attempts)));
        for (var n = 5; n <= 6; n++)
        {
            Host.Clock.Advance(TimeSpan.FromHours(1.01));
            await Sent(n, site);
        }
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task A_relay_that_puts_one_domain_off_for_two_days_costs_nobody_there_an_attempt_or_the_address()
    {
        const int Carrier = 12;
        await Start();
        var site = await Host.NewSite();
        await site.AddReaders(Carrier);
        for (var i = 1; i <= Carrier; i++)
        {
            relay.On($"RCPT m{i}@carrier.example", "421 4.7.0 Try again later");
            await Move(site, $"m{i}@example.com", $"m{i}@carrier.example");
        }
        var id = await (await site.SignIn("mailer")).Reserve();
        await site.Accepted(id, 2);
        for (var hour = 0; hour < 48; hour++)
        {
            Host.Clock.Advance(TimeSpan.FromHours(1));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        var rows = await site.Db(db => db.Deliveries.Where(d => d.State != DeliveryState.Accepted).ToListAsync());
        Assert.Equal(Carrier, rows.Count);
        Assert.All(rows, row => Assert.Equal(0, row.Attempts));
        Assert.False(await site.Db(db => db.Suppressions.AnyAsync()));
        for (var i = 1; i <= Carrier; i++) relay.On($"RCPT m{i}@carrier.example", "250 Ok");
        await TestSite.Until(
            async () =>
            {
                Host.Clock.Advance(TimeSpan.FromMinutes(30));
                return (await site.Mailing(id)).State == MailingState.Finished;
            },
            "all are sent"
        );
        Assert.Equal(Carrier + 2, (await site.Counts(id))[DeliveryState.Accepted]);
    }

    [Fact]
    public async Task Who_is_refused_in_the_session_is_one_error_and_who_comes_back_later_another()
    {
        const int Refused = 7, Sent = 105;
        for (var i = 1; i <= Refused; i++) relay.On($"RCPT m{i}@example.com", "550 5.1.1 Unknown");
        await Start(("MailingsPerHour", "1"), ("MailingBurst", $"{Sent}"));
        var site = await Host.NewSite();
        await site.AddReaders(Sent + 5);
        var id = await (await site.SignIn("mailer")).Reserve();
        await TestSite.Until(
            async () => await site.Db(db => db.MailingRollups.Where(r => r.MailingId == id).SumAsync(r => r.N)) == Sent,
            "what the throttle allows is sent");
        await Look();
        Assert.Equal(MailingState.Running, (await site.Mailing(id)).State);

        await ComeBack(ReturnKind.Bounce, 3);
        await Look();
        Assert.Equal(MailingState.Running, (await site.Mailing(id)).State);
        await ComeBack(ReturnKind.Bounce, 1);
        await Look();
        var mailing = await site.Mailing(id);
        Assert.Equal((MailingState.Suspended, StopReason.Errors), (mailing.State, mailing.StopReason));
        Assert.StartsWith($"{Refused + 4} / {Sent}", mailing.StopText);

        async Task Look() => await site.With<StopAtRates, bool>(async rates =>
        {
            await rates.Run(default);
            return true;
        });

        async Task ComeBack(ReturnKind kind, int count) => await site.Db(async db =>
        {
            var returned = db.Returns.Select(r => r.DeliveryId);
            var rows = await db.Deliveries.Where(d => d.State == DeliveryState.Accepted && !returned.Contains(d.Id)).OrderBy(d => d.Id)
                .Take(count).ToListAsync();
            foreach (var row in rows)
                await db.AddReturn(new()
                {
                    DeliveryId = row.Id,
                    MailingId = id,
                    MemberId = row.MemberId,
                    At = db.Now,
                    Kind = kind,
                    Class = BounceClass.Full,
                    Digest = $"{row.Id}",
                });
            return rows.Count;
        });
    }

    [Fact]
    public async Task A_mailing_with_too_many_dead_addresses_stops_and_says_so_and_resumed_it_counts_anew()
    {
        for (var i = 1; i <= 15; i++) relay.On($"RCPT m{i}@example.com", "550 5.1.1 Unknown");
        await Start(("MailingsPerHour", "100"), ("MailingBurst", "110"));
        var site = await Host.NewSite();
        await site.AddReaders(128);
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Suspended);
        var mailing = await site.Mailing(id);
        Assert.Equal(StopReason.Errors, mailing.StopReason);
        Assert.Matches(@"15 / 1\d\d \(1[345]\.\d %\)", (await mailer.Get($"/staff/mailings/{id}")).Text);
        await TestSite.Until(
            () => Task.FromResult(relay.Messages.Any(m => MimeMessage.Load(new MemoryStream(m)).Subject!.Contains("has stopped"))),
            "whoever scheduled it is told"
        );
        var told = relay.Messages.Select(m => MimeMessage.Load(new MemoryStream(m))).Single(m => m.Subject!.Contains("has stopped"));
        Assert.Equal("mailer@example.com", told.To.Mailboxes.Single().Address);
        Assert.Contains("15 / 1", told.TextBody);

        Host.Clock.Advance(TimeSpan.FromMinutes(30));
        mailer = await site.SignIn("mailer");
        await mailer.Press(id, "resume");
        await site.Until(id, MailingState.Finished);
        Assert.Equal((115, 15), ((await site.Counts(id))[DeliveryState.Accepted], (await site.Counts(id))[DeliveryState.Rejected]));
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task A_copy_of_the_database_sends_nothing_until_it_is_told_to()
    {
        Assert.SkipWhen(TestHost.OnPostgreSql, "A copy is made of SQLite's files.");
        await Start(("MailingsPerHour", "1"), ("MailingBurst", "1"));
        var site = await Host.NewSite();
        var id = await (await site.SignIn("mailer")).Reserve();
        await Sent(1);
        await Host.Stop();
        var copy = Directory.CreateTempSubdirectory("community-copy-").FullName;
        foreach (var file in Directory.GetFiles(Host.Data, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy, Path.GetRelativePath(Host.Data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
        (string, string)[] settings = [("Data", copy), ("Database", ""), ("MailingsPerHour", "0")];
        await Start(settings);
        await TestSite.Until(() => Task.FromResult(!Host.Log.Errors.IsEmpty), "it says that it does not send");
        var here = Regex.Match(Host.Log.Errors.Single(), "Community:MailingsFrom=([0-9a-f]{16}) ").Groups[1].Value;
        Assert.Equal(16, here.Length);
        await Host.Stop();
        Assert.Single(relay.Messages);

        await Start([.. settings, ("MailingsFrom", here)]);
        await new TestSite(Host, site.Site).Until(id, MailingState.Finished);
        Assert.Equal(2, relay.Messages.Count);
        await Host.Stop();
        // From then on it is known there: a sender begins.
        var begun = await Incarnation();
        await Start(settings);
        await TestSite.Until(async () => await Incarnation() > begun || !Host.Log.Errors.IsEmpty, "a sender begins");
        Assert.Empty(Host.Log.Errors);

        async Task<long> Incarnation()
        {
            await using var catalogue = Host.Services.GetRequiredService<Databases>().OpenCatalogue();
            return await catalogue.MailServers.Select(s => s.Incarnation).SingleAsync();
        }
    }

    [Fact]
    public async Task Two_hundred_of_one_site_do_not_wait_for_the_thousands_of_another()
    {
        relay.On(".", new ScriptedReply("250 2.0.0 Ok").After(TimeSpan.FromMilliseconds(40)));
        await Start();
        var (large, small) = (await Host.NewSite(), await Host.NewSite());
        await large.AddReaders(1500);
        var mailer = await small.SignIn("mailer");
        var first = await (await large.SignIn("mailer")).Reserve();
        await TestSite.Until(() => Task.FromResult(relay.Messages.Count > 20), "the large one is under way");
        var second = await mailer.Reserve();
        await small.Until(second, MailingState.Finished);
        // However fast the machine is: most of the large one has still to be sent.
        Assert.InRange((await large.Counts(first)).GetValueOrDefault(DeliveryState.Accepted), 20, 1000);
        await (await large.SignIn("mailer")).Press(first, "cancel");
    }

    [Theory]
    [InlineData(3.6, 50_000, 200)]
    public void With_the_throttle_each_token_is_the_next_sites(double period, int large, int small)
    {
        var sites = new SitesInTurn(8);
        Site one = SiteOf(1), two = SiteOf(2);
        sites.Add(one);
        var left = new Dictionary<long, int> { [1] = large, [2] = small };
        var (now, longest, waited) = (0.0, 0.0, 0.0);
        for (var token = 0; left[2] > 0; token++, now += period)
        {
            if (token == 1000) sites.Add(two);
            var next = sites.Next(_ => false)!;
            left[next.Id]--;
            sites.Done(next.Id);
            waited = token < 1000 || next.Id == 2 ? 0 : waited + period;
            longest = Math.Max(longest, waited);
        }
        Assert.InRange(longest, 0, 2 * period);
    }

    static Site SiteOf(long id) =>
        new()
        {
            Id = id,
            Key = "s" + id,
            Name = "s",
            Hosts = ["s.example"],
            Culture = "en",
            TimeZone = "UTC",
            Theme = "plain",
        };

    [Theory]
    [InlineData(SendStatus.RejectedTransient, 421, null, true)]
    [InlineData(SendStatus.RejectedTransient, 454, "4.7.0", true)]
    [InlineData(SendStatus.RejectedTransient, 451, "4.7.1", true)]
    [InlineData(SendStatus.RejectedTransient, 451, "4.2.0", false)]
    [InlineData(SendStatus.RejectedTransient, 452, "4.2.2", false)]
    [InlineData(SendStatus.RejectedPermanent, 550, "5.7.1", false)]
    public void What_the_relay_says_of_itself_costs_a_recipient_nothing(SendStatus status, int code, string? enhanced, bool isOfTheWay)
    {
        var result = new SendResult(status, SmtpPhase.RcptTo, code, enhanced, "");
        Assert.Equal(isOfTheWay, result.IsOfTheWay);
        if (status == SendStatus.RejectedTransient)
            Assert.Equal(
                isOfTheWay ? DeliveryState.Deferred : DeliveryState.Expired,
                SettleDelivery.Judge(result, SettleDelivery.MaxAttempts, TimeSpan.FromDays(1)).State
            );
    }

    [Fact]
    public void The_way_pauses_when_recipients_of_several_sites_are_cut_off_in_a_row()
    {
        var (alone, several) = (new RelayPause(new TestClock()), new RelayPause(new TestClock()));
        for (var i = 0; i < RelayPause.SeveralInARow; i++)
        {
            alone.Hear(1, i, Completion.Trouble, isOfTheWay: true);
            several.Hear(i % 2, i, Completion.Trouble, isOfTheWay: true);
        }
        Assert.True(alone.Waits(1) && alone.Remaining <= TimeSpan.Zero);
        Assert.True(several.Remaining > TimeSpan.Zero);
        var mixed = new RelayPause(new TestClock());
        for (var i = 0; i < 20; i++) mixed.Hear(i % 2, i, i % 4 == 3 ? Completion.None : Completion.Trouble, isOfTheWay: i % 4 != 3);
        Assert.True(mixed.Remaining <= TimeSpan.Zero);
    }

    [Fact]
    public void Rates_of_domains_that_cannot_be_read_are_named()
    {
        Assert.Equal(1800, Throttles.Parse("docomo.ne.jp=1800, au.com=60")["DOCOMO.ne.jp"]);
        Assert.Contains("au.com:60", Assert.Throws<SettingException>(() => Throttles.Parse("docomo.ne.jp=1800 au.com:60")).Message);
    }
}
