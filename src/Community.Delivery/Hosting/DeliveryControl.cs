using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Community.Bulk;

/// <summary>
/// The delivery control: takes commands, ends offers, takes back lost leases, tells the sites. Several may run beside each other.
/// </summary>
public sealed class DeliveryControl(EngineLedger ledger, EngineOptions options, EngineWatch watch, ILogger<DeliveryControl> logger)
    : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromMilliseconds(500),
        tellEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan watchEvery = TimeSpan.FromSeconds(10),
        rememberEvery = TimeSpan.FromMinutes(1),
        forgetEvery = TimeSpan.FromHours(1);

    /// <summary>
    /// The ledger is away, full or too busy. What it refuses for ever (a wrong value, a broken rule) is not: tried for as long, such a
    /// message would hold up all that wait behind it.
    /// </summary>
    internal static bool IsPassing(Exception error) =>
        error is TimeoutException or NpgsqlException and not PostgresException { SqlState: ['2', '2' or '3', ..] };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var broker = Broker.Parse(options.Broker);
        var commands = new TakeCommand(ledger, new(), EngineKeys.Parse(options.Keys));
        var queues = EngineQueues.All.Except([EngineQueues.OutcomeQueue, EngineQueues.LaterQueue, EngineQueues.DeadQueue]);
        await using var publisher = new MessagePublisher(broker, "engine's facts");
        await Task.WhenAll([
            .. queues.Select(q => Consumer(q).Run(stoppingToken)),
            // Each by itself: a mailing of millions that is withdrawn, or one that cannot be ended, keeps no outcome from being told.
            Again(lookEvery, Judge),
            Again(lookEvery, async () => EngineMeter.Lost(await ReclaimLeases.Run(ledger, stoppingToken))),
            Again(lookEvery, () => SealBatches.Run(ledger, stoppingToken)),
            Again(lookEvery, async () =>
            {
                while (await EndOffers.Run(ledger, stoppingToken) > 0) { }
            }),
            Again(lookEvery, async () =>
            {
                var outbox = new PublishOutbox(ledger, publisher);
                while (await outbox.Run(stoppingToken) > 0) { }
            }),
            Again(tellEvery, () => TellProgress.Run(ledger, stoppingToken)),
            Again(rememberEvery, Remember),
            Again(watchEvery, () => watch.Look(stoppingToken)),
            Again(forgetEvery, async () =>
            {
                while (await ForgetPeople.Run(ledger, stoppingToken) > 0) { }
                await ForgetFigures.Run(ledger, stoppingToken);
            }),
        ]);

        MessageConsumer Consumer(string queue) =>
            new(broker, queue, async (m, ct) => (await commands.Take(m, ct)).DeadLetter, logger)
            {
                IsPassing = IsPassing,
                OnDead = (message, why) => KeepDeadLetter.Run(ledger, queue, message, why, stoppingToken),
            };

        async Task Judge()
        {
            switch (await JudgeFailover.Run(ledger, stoppingToken))
            {
                case Failover.Whole:
                    logger.LogWarning("The ledger was taken over by a standby, which has every intent: all goes on.");
                    break;
                case Failover.Lossy:
                    logger.LogCritical(
                        "A standby that lacks what was sent took over the ledger: all that was under way is frozen until somebody looks."
                    );
                    break;
            }
        }

        async Task Remember()
        {
            if (await LedgerPosition.Check(ledger, options.Data, stoppingToken))
                logger.LogCritical("The ledger was set back: all that was under way is frozen until a person has looked.");
        }

        async Task Again(TimeSpan pause, Func<Task> work)
        {
            while (!stoppingToken.IsCancellationRequested)
                try
                {
                    await work();
                    await Task.Delay(pause, stoppingToken);
                }
                catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
                catch (Exception error)
                {
                    logger.LogWarning("Delivery control: {Error}", error.Reason());
                    await Task.Delay(lookEvery, CancellationToken.None);
                }
        }
    }
}
