using System.Diagnostics;
using System.Text.RegularExpressions;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Mailing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Crashes;

/// <summary>
/// The real program, killed while it hands over messages. Postfix's sink is the ground truth: nobody is left out, nobody gets it twice, and
/// ambiguous outcomes are shown as such.
/// </summary>
[Trait("needs", "server")]
[Trait("takes", "long")]
public sealed class MailingKilledTests
{
    static readonly string[] stages = ["after-lease", "before-intent", "before-dot", "after-dot"];

    [OnBothDatabases, Fact]
    public async Task Killed_at_every_stage_at_once_another_server_goes_on_when_the_leases_end()
    {
        await using var sink = await SmtpSink.StartAsync();
        await using var installation = await Installation.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{sink.Port}" });
        var sending = await Reserved(installation, 18);
        await Due(installation, sending);
        // Its connections wait, each at another stage, until the last stage is reached.
        var program = await installation.Run(string.Join(',', stages.Select(stage => $"mailing.{stage}@{sending.Site.Site.Key}:3")));
        await program.Dead();

        // The same server recognizes its dead incarnation at once. A different server waits until the leases have expired.
        if (TestHost.OnPostgreSql)
            await installation.StartHost(LeaseDeliveries.Lease + TimeSpan.FromMinutes(1), new() { ["Community:Node"] = "other" });
        else
            await installation.StartHost(TimeSpan.Zero);
        sending.Site = installation.Now(sending.Site);
        await sending.Site.Until(sending.Id, MailingState.Finished);
        var counts = await EverybodyAtMostOnce(sink, sending, 20);
        // Before the intent nothing had been sent, so these were sent afterwards. The two behind it, and those of other connections.
        Assert.InRange(counts.GetValueOrDefault(DeliveryState.Ambiguous), 2, 8);
    }

    [Fact]
    public async Task Killed_thirty_times_at_random_nobody_is_left_out_and_nobody_gets_it_twice()
    {
        // Starting the program is what takes the time: each death hits the senders of three sites, each at another place.
        const int Deaths = 10, Sites = 3, Readers = 300;
        await using var sink = await SmtpSink.StartAsync();
        await using var installation = await Installation.Start(
            new()
            {
                ["Community:Relay"] = $"smtp://127.0.0.1:{sink.Port}",
                // A site that waits to die must not be done before the others come to their places.
                ["Community:MailingsPerHourOfSite"] = "14400",
                ["Community:MailingBurst"] = "10",
            }
        );
        var mailings = new List<Sent>();
        while (mailings.Count < Sites) mailings.Add(await Reserved(installation, Readers - 2));
        await Due(installation, [.. mailings]);
        // While the recipients of the first are written down.
        await Dies(installation.Begin($"mailing.expanding@{mailings[0].Site.Site.Key}"));
        var random = new Random(20261127);
        // Only a worker with a lease comes to these.
        string[] places = [.. stages, "before-outcomes", "after-outcomes"];
        for (var death = 0; death < Deaths; death++)
            await Dies(
                installation.Begin(
                    string.Join(
                        ',',
                        mailings.Select(m => $"mailing.{places[random.Next(places.Length)]}@{m.Site.Site.Key}:{random.Next(1, 5)}")
                    )
                )
            );
        await installation.StartHost(TimeSpan.Zero, new() { ["Community:MailingsPerHourOfSite"] = "0" });
        foreach (var sending in mailings)
        {
            sending.Site = installation.Now(sending.Site);
            await sending.Site.Until(sending.Id, MailingState.Finished);
            await EverybodyAtMostOnce(sink, sending, Readers);
        }

        static async Task Dies(Killable program)
        {
            await using (program) await program.Dead();
        }
    }

    /// <summary>Connections have leased many together; none of them waits for the end of its lease.</summary>
    [OnBothDatabases, Fact]
    public async Task Started_again_under_its_name_a_server_takes_up_at_once_what_it_had_only_leased()
    {
        const int Readers = 3000;
        await using var sink = await SmtpSink.StartAsync();
        await using var installation = await Installation.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{sink.Port}" });
        var sending = await Reserved(installation, Readers - 2);
        await Due(installation, sending);
        await using (var program = installation.Begin($"mailing.after-lease@{sending.Site.Site.Key}:1500")) await program.Dead();
        var dead = await sending.Site.Db(db => db.Deliveries.MaxAsync(d => d.Incarnation));
        Task<int> Leased() => sending.Site.Db(db =>
            db.Deliveries.CountAsync(d => d.State == DeliveryState.Leased && d.Incarnation == dead));
        var before = await Leased();
        Assert.True(before > 16, $"{before} were leased");
        var begun = Stopwatch.GetTimestamp();
        await installation.StartHost(TimeSpan.Zero);
        sending.Site = installation.Now(sending.Site);
        await TestSite.Until(async () => await Leased() == 0, "what was leased is taken up");
        Assert.True(Stopwatch.GetElapsedTime(begun) < LeaseDeliveries.Lease / 10);
        await sending.Site.Until(sending.Id, MailingState.Finished);
        await EverybodyAtMostOnce(sink, sending, Readers);
    }

    /// <summary>A/B: the winner is chosen once, whatever dies between the batches, and the rest gets it once.</summary>
    [OnBothDatabases, Fact]
    public async Task Killed_while_the_winner_is_chosen_and_while_it_is_sent_the_rest_gets_the_one_winner_once()
    {
        const int Readers = 14, Sampled = 4;
        await using var sink = await SmtpSink.StartAsync();
        await using var installation = await Installation.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{sink.Port}" });
        var sending = await Reserved(installation, Readers - 2);
        await sending.Site.Db(async db =>
        {
            var mailing = await db.Mailings.Include(m => m.Contents).SingleAsync(m => m.Id == sending.Id);
            (mailing.Variants, mailing.SampleCount, mailing.WinnerRule) = (2, Sampled, WinnerRule.Hand);
            mailing.Contents.Add(new() { Variant = 1, Subject = "The second subject", Text = "Hello", OwnWords = true });
            return await db.SaveChangesAsync();
        });
        await Due(installation, sending);
        await installation.StartHost(TimeSpan.Zero);
        sending.Site = installation.Now(sending.Site);
        await TestSite.Until(
            async () => (await sending.Site.Counts(sending.Id)).GetValueOrDefault(DeliveryState.Accepted) == Sampled,
            "the sample is sent");
        await sending.Site.Db(async db =>
        {
            db.EngagementCounts.Add(new()
            {
                MailingId = sending.Id,
                Variant = 1,
                Kind = EngagementKind.Click,
                Verdict = Verdict.Human,
                N = 1,
                Persons = 1,
            });
            await db.SaveChangesAsync();
            return await db.Mailings.Where(m => m.Id == sending.Id).ExecuteUpdateAsync(s => s
                .SetProperty(m => m.WinnerRule, WinnerRule.Clicks).SetProperty(m => m.WinnerAfterHours, 0));
        });
        foreach (var place in new[] { "releasing", "after-lease", "before-outcomes" })
        {
            await Due(installation, sending);
            await using var program = installation.Begin($"mailing.{place}@{sending.Site.Site.Key}:1");
            await program.Dead();
        }
        await installation.StartHost(TimeSpan.Zero);
        sending.Site = installation.Now(sending.Site);
        await sending.Site.Until(sending.Id, MailingState.Finished);
        await EverybodyAtMostOnce(sink, sending, Readers);
        Assert.Equal((byte?)1, (await sending.Site.Mailing(sending.Id)).Winner);
        var rest = (await sending.Site.Db(db => db.Deliveries.Where(d => d.MailingId == sending.Id && d.Variant == null)
            .Join(db.Members, d => d.MemberId, m => m.Id, (d, m) => m.Email!).ToListAsync())).ToHashSet();
        Assert.Equal(Readers - Sampled, rest.Count);
        var mails = (await sink.MessagesAsync(0)).Where(m => m.Contains($"hello@{sending.Site.Site.Key}.example.test"))
            .Where(m => rest.Contains(Regex.Match(m, "^X-Rcpt-Args: <(.+?)>", RegexOptions.Multiline).Groups[1].Value)).ToList();
        Assert.NotEmpty(mails);
        Assert.All(mails, m => Assert.Contains("Subject: The second subject", m));
    }

    /// <summary>Accepted: exactly once at the sink. Of unknown fate: at most once. Nobody else.</summary>
    static async Task<Dictionary<DeliveryState, int>> EverybodyAtMostOnce(SmtpSink sink, Sent sending, int readers)
    {
        await sending.Site.IdentityHolds(sending.Id);
        var counts = await sending.Site.Counts(sending.Id);
        Assert.Equal(readers, counts[DeliveryState.Accepted] + counts.GetValueOrDefault(DeliveryState.Ambiguous));
        var got = await Got(sink, sending);
        foreach (var (to, state) in await States(sending))
            Assert.True(
                state == DeliveryState.Accepted ? got.GetValueOrDefault(to) == 1 : got.GetValueOrDefault(to) <= 1,
                $"{to} is {state}, got {got.GetValueOrDefault(to)}"
            );
        Assert.True(got.Keys.All((await States(sending)).ContainsKey));
        return counts;
    }

    sealed record Sent(long Id) { public required TestSite Site { get; set; } }

    static async Task<Sent> Reserved(Installation installation, int readers)
    {
        var site = await installation.Host.NewSite();
        await site.AddReaders(readers);
        return new(await (await site.SignIn("mailer")).Reserve(local: DateTime.UtcNow.AddDays(2))) { Site = site };
    }

    /// <summary>Makes the mailing due; whichever sender looks next starts it.</summary>
    static async Task Due(Installation installation, params Sent[] mailings)
    {
        await installation.Host.Stop();
        var now = DateTime.UtcNow;
        await using var catalogue = installation.Host.Services.GetRequiredService<Databases>().OpenCatalogue();
        foreach (var mailing in mailings)
        {
            await mailing.Site.Db(db =>
                db.Mailings.Where(m => m.Id == mailing.Id)
                    .ExecuteUpdateAsync(s => s.SetProperty(m => m.StartAt, now).SetProperty(m => m.LocalTime, (string?)null))
            );
            await catalogue.Work.Where(w => w.SiteId == mailing.Site.Site.Id && w.Queue == MailingSender.Queue)
                .ExecuteUpdateAsync(s => s.SetProperty(w => w.NextAt, now).SetProperty(w => w.HoldUntil, (DateTime?)null));
        }
    }

    static Task<Dictionary<string, DeliveryState>> States(Sent mailing) =>
        mailing.Site.Db(db =>
            db.Deliveries.Where(d => d.MailingId == mailing.Id)
                .Join(db.Members, d => d.MemberId, m => m.Id, (d, m) => new { m.Email, d.State })
                .ToDictionaryAsync(r => r.Email!, r => r.State)
        );

    static async Task<Dictionary<string, int>> Got(SmtpSink sink, Sent mailing) =>
        (await sink.MessagesAsync(0)).Where(m => m.Contains($"hello@{mailing.Site.Site.Key}.example.test"))
            .CountBy(m => Regex.Match(m, "^X-Rcpt-Args: <(.+?)>", RegexOptions.Multiline).Groups[1].Value).ToDictionary();
}
