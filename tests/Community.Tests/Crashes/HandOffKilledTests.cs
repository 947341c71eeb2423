using Community.Bulk;
using Community.Bulk.Tests.Harness;
using Community.Mail;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Tests.Mailing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;

namespace Community.Tests.Crashes;

/// <summary>
/// The real program, killed at each point of handing a mailing to the engine, with the real broker and the engine's own code behind it.
/// The relay is the truth.
/// </summary>
[Trait("needs", "server")]
[Trait("takes", "long")]
public sealed class HandOffKilledTests(LedgerServer server, RabbitMq broker)
{
    static readonly string[] places =
        ["handoff.step", "handoff.stepped", "handoff.step:2", "handoff.tried", "handoff.published", "handoff.published:3", "handoff.fact"];

    [Fact]
    public async Task Killed_at_every_point_of_a_hand_off_nobody_is_left_out_and_nobody_gets_it_twice()
    {
        const int Readers = 130;
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer().Start();
        await using var web = new ScriptedSmtpServer().Start();
        var way = await broker.New();
        await using var installation = await Installation.Start(new()
        {
            ["Community:Relay"] = $"smtp://127.0.0.1:{web.Port}",
            ["Community:Engine"] = way.Address.ToString(),
            ["Community:EngineFrom"] = "100",
        });
        var site = await installation.Host.NewSite();
        await site.AddReaders(Readers - 2);
        var id = await (await site.SignIn("mailer")).Reserve(local: DateTime.UtcNow.AddDays(2));
        await installation.Host.Stop();
        await site.Db(db => db.Mailings.Where(m => m.Id == id)
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.StartAt, DateTime.UtcNow).SetProperty(m => m.LocalTime, (string?)null)));
        await using (var catalogue = installation.Host.Services.GetRequiredService<Databases>().OpenCatalogue())
            await catalogue.Work.Where(w => w.SiteId == site.Site.Id && w.Queue == MailingSender.Queue).ExecuteUpdateAsync(
                s => s.SetProperty(w => w.NextAt, DateTime.UtcNow).SetProperty(w => w.HoldUntil, (DateTime?)null));

        using var stop = new CancellationTokenSource();
        var options = new EngineOptions { Broker = way.Address.ToString(), Data = installation.Host.Data + "/engine" };
        using var watch = new EngineWatch(ledger.Ledger, null, options.Data, []);
        var control = new DeliveryControl(ledger.Ledger, options, watch, NullLogger<DeliveryControl>.Instance);
        var sending = new DeliveryServer(
            ledger.Ledger,
            new() { Name = "one", Relay = SmtpRelay.Parse($"smtp://127.0.0.1:{relay.Port}"), Connections = 4 },
            NullLogger<DeliveryServer>.Instance
        ).Run(stop.Token);
        await control.StartAsync(stop.Token);
        foreach (var place in places)
        {
            var (name, times) = place.Split(':') is [var n, var t] ? (n, t) : (place, "1");
            await using var program = installation.Begin($"mailing.{name}@{site.Site.Key}:{times}");
            // A later place may not come any more: what is to be done has been done.
            if (await IsOver(site, id)) break;
            await TestSite.Until(async () => program.HasEnded || await IsOver(site, id), "it dies, or is done");
            // On PostgreSQL others may run beside it: what a dead process has claimed is taken over after a minute. It passes.
            await using var dead = installation.Host.Services.GetRequiredService<Databases>().OpenCatalogue();
            await dead.Work.Where(w => w.LeaseUntil != null).ExecuteUpdateAsync(
                s => s.SetProperty(w => w.LeaseUntil, DateTime.UtcNow.AddSeconds(-1)));
        }
        await installation.StartHost(TimeSpan.Zero);
        site = installation.Now(site);
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        await stop.CancelAsync();
        await control.StopAsync(default);
        await sending;
        Assert.Empty(web.Messages);
        var to = relay.Messages.Select(m => MimeMessage.Load(new MemoryStream(m)).To.Mailboxes.First().Address).ToList();
        Assert.Equal(Readers, to.Count);
        Assert.Equal(Readers, to.Distinct().Count());
        Assert.Equal(Readers, (await site.Counts(id))[DeliveryState.Accepted]);
    }

    static async Task<bool> IsOver(TestSite site, long id) => (await site.Mailing(id)).State is MailingState.Finished;
}
