using System.Text.RegularExpressions;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Mailing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Crashes;

/// <summary>
/// The real program, killed while each of its lanes is at a different stage of handing over a message and another mailing is being
/// expanded. Postfix's sink is the ground truth: nobody is left out, nobody gets it twice, and ambiguous outcomes are shown as such.
/// </summary>
[OnBothDatabases]
[Trait("needs", "server")]
public sealed class MailingKilledTests
{
    [Fact]
    public async Task Killed_at_every_stage_of_a_mailing_everybody_gets_it_at_most_once_and_the_accounts_agree()
    {
        await using var sink = await SmtpSink.StartAsync();
        await using var installation = await Installation.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{sink.Port}" });
        var (sending, takingIn) = (await Reserved(installation, 18), await Reserved(installation, AdvanceMailings.ExpandBatchSize + 50));
        await Due(installation, sending);
        string[] stages =
        [
            .. new[] { "after-lease", "before-intent", "before-dot", "after-dot" }.Select(stage =>
                $"mailing.{stage}@{sending.Site.Site.Key}"
            ),
        ];
        var program = await installation.Run(
            string.Join(',', [.. stages.Select(s => s + ":3"), $"mailing.expanding@{takingIn.Site.Site.Key}:2"])
        );
        foreach (var stage in stages)
            await program.At(stage);
        await Due(installation, takingIn);
        await program.Dead();

        // The same server recognizes its dead incarnation at once. A different server waits until the leases have expired.
        if (TestHost.OnPostgreSql)
            await installation.StartHost(LeaseDelivery.Lease + TimeSpan.FromMinutes(1), new() { ["Community:Node"] = "other" });
        else
            await installation.StartHost(TimeSpan.Zero);
        (sending.Site, takingIn.Site) = (installation.Now(sending.Site), installation.Now(takingIn.Site));
        await sending.Site.Until(sending.Id, MailingState.Finished, 60);
        // The other mailing is fully expanded, each recipient once. Sending a thousand more messages proves nothing, so cancel it.
        await TestSite.Until(
            async () => (await takingIn.Site.Mailing(takingIn.Id)).Total == AdvanceMailings.ExpandBatchSize + 52,
            "all recipients came in",
            60
        );
        await (await takingIn.Site.SignIn("mailer")).Press(takingIn.Id, "cancel");
        await takingIn.Site.Until(takingIn.Id, MailingState.Cancelled, 60);

        await sending.Site.IdentityHolds(sending.Id);
        await takingIn.Site.IdentityHolds(takingIn.Id);
        // Before the intent nothing had been sent, so these were sent afterwards; after it the outcome is unknown, so they were not resent.
        var counts = await sending.Site.Counts(sending.Id);
        Assert.Equal((18, 2), (counts[DeliveryState.Accepted], counts[DeliveryState.Ambiguous]));
        var got = await Got(sink, sending);
        foreach (var (to, state) in await States(sending))
            Assert.True(
                state == DeliveryState.Accepted ? got[to] == 1 : got.GetValueOrDefault(to) <= 1,
                $"{to} is {state}, got {got.GetValueOrDefault(to)}"
            );
        // Of the two ambiguous ones, the one killed after the dot was delivered; the one killed before it was not.
        Assert.Equal(19, got.Values.Sum());
        var others = await Got(sink, takingIn);
        Assert.All(others.Values, n => Assert.Equal(1, n));
        Assert.Equal((await takingIn.Site.Counts(takingIn.Id)).GetValueOrDefault(DeliveryState.Accepted), others.Count);
    }

    sealed record Sent(long Id) { public required TestSite Site { get; set; } }

    static async Task<Sent> Reserved(Installation installation, int readers)
    {
        var site = await installation.Host.NewSite();
        await site.AddReaders(readers);
        return new(await (await site.SignIn("mailer")).Reserve(local: DateTime.UtcNow.AddDays(2))) { Site = site };
    }

    /// <summary>Makes the mailing due; whichever sender looks next starts it.</summary>
    static async Task Due(Installation installation, Sent mailing)
    {
        await installation.Host.Stop();
        var now = DateTime.UtcNow;
        await mailing.Site.Db(db =>
            db.Mailings.Where(m => m.Id == mailing.Id)
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.StartAt, now).SetProperty(m => m.LocalTime, (string?)null))
        );
        await using var catalogue = installation.Host.Services.GetRequiredService<Databases>().OpenCatalogue();
        await catalogue.Work.Where(w => w.SiteId == mailing.Site.Site.Id && w.Queue == MailingSender.Queue)
            .ExecuteUpdateAsync(s => s.SetProperty(w => w.NextAt, now).SetProperty(w => w.HoldUntil, (DateTime?)null));
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
