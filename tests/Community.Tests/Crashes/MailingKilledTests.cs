using System.Text.RegularExpressions;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Mailing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Crashes;

/// <summary>
/// The real program, killed while each of its lanes is at another stage of handing a message over and recipients of another mailing come
/// in. The truth is what Postfix's sink got: nobody is left out, nobody gets it twice, and whose fate is unknown is shown as such.
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
        var (sending, takingIn) = (await Reserved(installation, 18), await Reserved(installation, AdvanceMailings.ExpandedAtOnce + 50));
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

        // The same server again knows its dead life at once. Another server waits until the leases have run out.
        if (TestHost.OnPostgreSql)
            await installation.StartHost(LeaseDelivery.Lease + TimeSpan.FromMinutes(1), new() { ["Community:Node"] = "other" });
        else
            await installation.StartHost(TimeSpan.Zero);
        (sending.Site, takingIn.Site) = (installation.Now(sending.Site), installation.Now(takingIn.Site));
        await sending.Site.Until(sending.Id, MailingState.Finished, 60);
        // All of the other's recipients came in, each once. A thousand messages more prove nothing: it is stopped.
        await TestSite.Until(
            async () => (await takingIn.Site.Mailing(takingIn.Id)).Total == AdvanceMailings.ExpandedAtOnce + 52,
            "all recipients came in",
            60
        );
        await (await takingIn.Site.SignIn("mailer")).Press(takingIn.Id, "cancel");
        await takingIn.Site.Until(takingIn.Id, MailingState.Cancelled, 60);

        await sending.Site.IdentityHolds(sending.Id);
        await takingIn.Site.IdentityHolds(takingIn.Id);
        // Before the intent nothing was sent, so they got it afterwards; behind it nobody knows, so they did not.
        var counts = await sending.Site.Counts(sending.Id);
        Assert.Equal((18, 2), (counts[DeliveryState.Accepted], counts[DeliveryState.Ambiguous]));
        var got = await Got(sink, sending);
        foreach (var (to, state) in await States(sending))
            Assert.True(
                state == DeliveryState.Accepted ? got[to] == 1 : got.GetValueOrDefault(to) <= 1,
                $"{to} is {state}, got {got.GetValueOrDefault(to)}"
            );
        // The one that died after the dot had left, the one before it had not.
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

    /// <summary>Its time has come; whoever looks next starts it.</summary>
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
