using System.Collections.Concurrent;
using Community.Bulk;
using Community.Bulk.Tests.Harness;
using Community.Mail;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Community.Tests.Mailing.HandOffs;

/// <summary>
/// A host with the delivery engine beside it: the engine's own code and ledger, a delivery server, and a way between them that the test
/// can cut.
/// </summary>
sealed class EngineBeside : IAsyncDisposable
{
    readonly ConcurrentQueue<byte[]> commands = new();
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentBag<Exception> faults = [];
    Task running = Task.CompletedTask;

    static readonly (string Private, string Public) keys = EngineSeal.MakeKeys();

    public TestLedger Ledger { get; private init; } = null!;

    /// <summary>Of the web servers, and of the delivery server.</summary>
    public ScriptedSmtpServer WebRelay { get; } = new ScriptedSmtpServer().Start();
    public required ScriptedSmtpServer Relay { get; init; }

    public TestHost Host { get; private set; } = null!;

    /// <summary>The broker is away: nothing gets through in either direction.</summary>
    public bool IsAway { get; set; }

    /// <summary>The engine stands still, though messages get through.</summary>
    public bool Sends { get; init; } = true;

    public static async Task<EngineBeside> Start(LedgerServer server, bool sends = true, Dictionary<string, string?>? settings = null)
    {
        var made = await server.New();
        var ledger = new TestLedger(made.Ledger, made.Connection)
        {
            Commands = new(made.Ledger, new(), EngineKeys.Parse(keys.Private)),
        };
        var beside = new EngineBeside { Ledger = ledger, Relay = new ScriptedSmtpServer().Start(), Sends = sends };
        settings ??= [];
        settings["Community:Engine"] = "amqp://127.0.0.1:9/";
        settings["Community:EngineKey"] = keys.Public;
        settings["Community:EngineFrom"] = "10";
        settings["Community:Relay"] = $"smtp://127.0.0.1:{beside.WebRelay.Port}";
        beside.Host = await TestHost.Start(settings, services => services.AddSingleton(new EngineBroker(beside.Publish)));
        beside.running = Task.WhenAll(beside.Run(), sends ? beside.Deliver() : Task.CompletedTask);
        return beside;
    }

    /// <summary>The broker takes what it is given, and says nothing, until this has an end.</summary>
    public Task Hangs { get; set; } = Task.CompletedTask;

    async Task<bool[]> Publish(IReadOnlyList<Outgoing> messages, CancellationToken ct)
    {
        await Hangs.WaitAsync(ct);
        if (IsAway) return new bool[messages.Count];
        foreach (var message in messages) commands.Enqueue(message.Body.ToArray());
        return [.. messages.Select(_ => true)];
    }

    /// <summary>Sites that a test deletes: what is told of them meanwhile becomes a dead letter.</summary>
    public ConcurrentBag<string> Gone { get; } = [];

    Task Deliver() =>
        new DeliveryServer(
            Ledger.Ledger,
            new()
            {
                Name = "one",
                Relay = SmtpRelay.Parse($"smtp://127.0.0.1:{Relay.Port}"),
                Connections = 4,
                Keys = EngineKeys.Parse(keys.Private),
            },
            NullLogger<DeliveryServer>.Instance
        ).Run(stop.Token);

    async Task Run()
    {
        while (!stop.IsCancellationRequested)
        {
            try { await Turn(); }
            catch (Exception error) { faults.Add(error); }
            await Task.Delay(50);
        }
    }

    async Task Turn()
    {
        if (!IsAway)
        {
            while (commands.TryDequeue(out var command)) Assert.Null(await Ledger.Take(Wire.Read(command)));
            foreach (var fact in await Ledger.Facts())
                if (await Redelivered(fact) is { } why && !(fact is Fact { Site: var site } && Gone.Contains(site))) Assert.Fail(why);
        }
        await ReclaimLeases.Run(Ledger.Ledger);
        await SealBatches.Run(Ledger.Ledger);
        while (await EndOffers.Run(Ledger.Ledger) > 0) { }
        await TellProgress.Run(Ledger.Ledger);
    }

    /// <summary>As the broker does with what failed: a site that is deleted meanwhile closes the connections to its database.</summary>
    async Task<string?> Redelivered(EngineMessage fact)
    {
        while (!stop.IsCancellationRequested)
        {
            try { return await ToSite(fact); }
            catch (Exception error) when (Failures.IsPassing(error)) { await Task.Delay(50); }
        }
        return null;
    }

    EngineFacts Facts => Host.Services.GetServices<IHostedService>().OfType<EngineFacts>().Single();

    public Task<string?> ToSite(EngineMessage fact) => Facts.Take(fact, default);

    /// <summary>As the broker does with what nobody could take.</summary>
    public Task Bury(EngineMessage? fact, string why) => Facts.TellOfDeath(fact, why, default);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        await Host.DisposeAsync();
        await Ledger.DisposeAsync();
        await Relay.DisposeAsync();
        await WebRelay.DisposeAsync();
        stop.Dispose();
        Assert.Empty(faults);
    }
}
