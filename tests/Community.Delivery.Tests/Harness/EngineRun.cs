using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Community.Mail.Tests.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Community.Bulk.Tests.Harness;

/// <summary>
/// The real program in processes of its own, before a relay of the test, and sites that hand it mailings. At the end everybody has one
/// outcome, nobody has got it twice, and what is accepted has arrived.
/// </summary>
public sealed partial class EngineRun : IAsyncDisposable
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(240);

    readonly string data = Directory.CreateTempSubdirectory("engine-data-").FullName;
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentBag<Process> processes = [];
    readonly Dictionary<string, (Guid Mailing, int Total)> mailings = [];
    readonly string ledger, engineBroker;
    readonly MessagePublisher publisher;
    readonly Task reading;

    [GeneratedRegex(@"<m([0-9a-f]{32})\.(\d+)@")]
    private static partial Regex MessageId();

    /// <param name="broker">As the sites have it.</param>
    /// <param name="ledger">Its connection string.</param>
    /// <param name="engineBroker">As the engine has it; null if that is the same.</param>
    /// <param name="answers">What the relay answers to messages, the last one for ever; null: soon that it has them.</param>
    public EngineRun(Bulk.Broker broker, string ledger, string? engineBroker = null, IEnumerable<ScriptedReply>? answers = null)
    {
        (this.ledger, this.engineBroker) = (ledger, engineBroker ?? broker.Address.ToString());
        Relay = new ScriptedSmtpServer().On(".", [.. answers ?? [Soon]]).Start();
        publisher = new(broker, "site");
        reading = new MessageConsumer(
            broker,
            EngineQueues.OutcomeQueue,
            (m, _) =>
            {
                Facts.Enqueue(m);
                return Task.FromResult<string?>(null);
            },
            NullLogger.Instance
        ).Run(stop.Token);
    }

    /// <summary>Messages at once of each delivery server.</summary>
    public const int Connections = 4;

    /// <summary>The relay takes a message.</summary>
    public static ScriptedReply Soon { get; } = new ScriptedReply("250 2.0.0 Ok").After(TimeSpan.FromMilliseconds(10));

    public ScriptedSmtpServer Relay { get; }

    public ConcurrentQueue<EngineMessage> Facts { get; } = [];

    /// <summary>What the processes wrote to their logs.</summary>
    public ConcurrentQueue<string> Log { get; } = [];

    public int Sent => Relay.Messages.Count;

    public Process Start(string roles, string name)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Community.Delivery.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["Engine__Database"] = ledger,
                ["Engine__Broker"] = engineBroker,
                ["Engine__Relay"] = $"smtp://127.0.0.1:{Relay.Port}",
                ["Engine__Roles"] = roles,
                ["Engine__Server"] = name,
                ["Engine__Connections"] = Connections.ToString(),
                ["Engine__Data"] = Path.Combine(data, name),
                ["Logging__LogLevel__Default"] = "Warning",
                ["DOTNET_gcServer"] = "0",
            },
        })!;
        process.OutputDataReceived += (_, line) => Log.Enqueue($"{name}: {line.Data}");
        process.ErrorDataReceived += (_, line) => Log.Enqueue($"{name}: {line.Data}");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        processes.Add(process);
        return process;
    }

    public static void Kill(Process process)
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>SIGSTOP, SIGCONT or another signal.</summary>
    public static void Signal(Process process, string signal)
    {
        using var sent = Process.Start("kill", ["-" + signal, process.Id.ToString()]);
        sent.WaitForExit();
    }

    /// <summary>Publishes until the broker has confirmed all, as a site does.</summary>
    public async Task Publish(params IEnumerable<EngineMessage> messages)
    {
        var open = messages.Select(m => (Way: EngineQueues.WayOf(m), Body: Wire.Write(m)))
            .Select(m => new Outgoing(m.Way.Exchange, m.Way.Key, m.Body))
            .ToList();
        var began = Stopwatch.StartNew();
        while (open.Count > 0)
        {
            Assert.True(began.Elapsed < patience, $"{open.Count} messages are not confirmed");
            var confirmed = await publisher.Publish(open);
            open = [.. open.Where((_, i) => !confirmed[i])];
            if (open.Count > 0) await Task.Delay(100);
        }
    }

    public Task Until(Func<bool> holds, string what) => Until(() => Task.FromResult(holds()), what);

    public async Task Until(Func<Task<bool>> holds, string what)
    {
        var began = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(began.Elapsed < patience, $"{what}: {Sent} sent, {Facts.Count} facts\n{string.Join('\n', Log.TakeLast(40))}");
            await Task.Delay(20);
        }
    }

    /// <summary>Waits until as many delivery servers have begun: none is late for what a test does to them.</summary>
    public Task UntilBegun(TestLedger ledger, int servers) =>
        Until(async () => await ledger.Ask<long>("SELECT count(*) FROM servers") == servers, "all have begun");

    /// <summary>Hands a mailing of each site over, each part twice, the last first, and waits until the engine has accepted it.</summary>
    public async Task Offer(int recipients, params string[] sites)
    {
        foreach (var site in sites)
        {
            var mailing = Guid.CreateVersion7();
            mailings[site] = (mailing, recipients);
            var chunks = Enumerable.Range(1, recipients).Select(i => Make.Recipient(i)).Chunk(100)
                .Select((r, n) => Make.Chunk(mailing, 1, n, r) with { Site = site })
                .ToList();
            IReadOnlyList<EngineMessage> parts = [Make.Commit(chunks), .. chunks, Make.Reserve(mailing, total: recipients, site: site)];
            await Publish([Make.Beat(0, site: site), .. parts, .. parts]);
        }
        await Until(() => Facts.OfType<Accepted>().Select(a => a.Site).Distinct().Count() == mailings.Count, "accepted");
    }

    /// <summary>Pauses each mailing, or lets it go on, and waits until the engine has said that it does so.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> Wish(long seq, bool paused)
    {
        var began = Stopwatch.StartNew();
        await Publish(mailings.Select(m => Make.Control(m.Value.Mailing, seq, go: true, paused: paused, site: m.Key)));
        await Until(
            () => mailings.Keys.All(s => Facts.OfType<OfferProgress>().Any(f => f.Site == s && f.ControlSeq == seq && f.Paused == paused)),
            "the wish is answered");
        return began.Elapsed;
    }

    public async Task Go()
    {
        foreach (var (site, (mailing, _)) in mailings) await Publish(Make.Control(mailing, 1, go: true, site: site));
    }

    public async Task Withdraw()
    {
        foreach (var (site, (mailing, _)) in mailings)
        {
            var seen = Facts.OfType<Fact>().Where(f => f.Site == site).Max(f => f.FactNo);
            await Publish(Make.Control(mailing, 2, go: true, withdraw: true, site: site, seen: seen));
        }
    }

    /// <summary>Waits for the end of all mailings, and holds them against what has arrived.</summary>
    /// <param name="maxAmbiguous">Of each mailing.</param>
    /// <returns>How many are ambiguous.</returns>
    public async Task<int> End(int maxAmbiguous)
    {
        await Until(() => Facts.OfType<Ended>().Select(e => e.Site).Distinct().Count() == mailings.Count, "ended");
        var ambiguous = 0;
        foreach (var (site, (mailing, total)) in mailings)
        {
            var ended = Facts.OfType<Ended>().First(e => e.Site == site);
            await Until(
                () => Facts.OfType<OutcomeBatch>().Where(b => b.Site == site).Select(b => b.BatchNo).Distinct().Count() >= ended.LastBatch,
                "every batch"
            );
            // Within a life a batch never changes.
            Assert.All(
                Facts.OfType<OutcomeBatch>().Where(b => b.Site == site).GroupBy(b => (b.Life, b.BatchNo)),
                b => Assert.Single(b.Select(x => x.Hash).Distinct())
            );
            var outcomes = Facts.OfType<OutcomeBatch>().Where(b => b.Site == site).SelectMany(b => b.Items)
                .GroupBy(i => i.Rid)
                .ToDictionary(g => g.Key, g => g.MaxBy(i => i.N)!.Outcome);
            Assert.Equal(total, outcomes.Count);
            Assert.True(ended.Counts.AddsUp);
            Assert.Equal((total, 0), (ended.Counts.Accepted + ended.Counts.Ambiguous, ended.Counts.Open));
            var arrived = ArrivedOf(mailing);
            Assert.Equal(arrived.Count, arrived.Distinct().Count());
            foreach (var (rid, outcome) in outcomes)
                Assert.True(
                    arrived.Contains(rid) || outcome == BulkOutcome.Ambiguous,
                    $"{rid} of {site} is {outcome} and has not arrived"
                );
            Assert.InRange(ended.Counts.Ambiguous, 0, maxAmbiguous);
            ambiguous += ended.Counts.Ambiguous;
        }
        return ambiguous;
    }

    /// <summary>Nobody has got a mailing twice until now.</summary>
    public void NobodyTwice()
    {
        foreach (var (mailing, _) in mailings.Values)
        {
            var arrived = ArrivedOf(mailing);
            Assert.Equal(arrived.Count, arrived.Distinct().Count());
        }
    }

    /// <summary>Who has got the mailing of this site, in their order.</summary>
    public List<long> ArrivedOf(string site) => ArrivedOf(mailings[site].Mailing);

    List<long> ArrivedOf(Guid mailing) =>
        [
            .. Relay.Messages.Select(m => MessageId().Match(Encoding.ASCII.GetString(m)))
                .Where(m => m.Groups[1].Value == mailing.ToString("N"))
                .Select(m => long.Parse(m.Groups[2].Value)),
        ];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (var process in processes)
        {
            if (!process.HasExited) Kill(process);
            process.Dispose();
        }
        await reading;
        await publisher.DisposeAsync();
        await Relay.DisposeAsync();
        stop.Dispose();
        Directory.Delete(data, recursive: true);
    }
}
