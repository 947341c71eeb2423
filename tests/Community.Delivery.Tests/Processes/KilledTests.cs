using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Community.Bulk.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Community.Bulk.Tests.Processes;

/// <summary>The real program, broker and ledger: processes are killed while mailings of two sites run.</summary>
[Collection("queues")]
[Trait("needs", "server")]
[Trait("takes", "long")]
public sealed partial class KilledTests(RabbitMq rabbit, LedgerServer server)
{
    const int Recipients = 250;

    [GeneratedRegex(@"<m([0-9a-f]{32})\.(\d+)@")]
    private static partial Regex MessageId();

    [Fact]
    public async Task Whoever_is_killed_everybody_has_one_outcome_nobody_gets_it_twice_and_what_is_accepted_has_arrived()
    {
        var broker = await rabbit.New();
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer()
            .On(".", new ScriptedReply("250 2.0.0 Ok").After(TimeSpan.FromMilliseconds(10)))
            .Start();
        var data = Directory.CreateTempSubdirectory("engine-data-").FullName;
        Process Start(string roles, string name)
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Community.Delivery.dll")])
            {
                Environment =
                {
                    ["Engine__Database"] = ledger.Connection,
                    ["Engine__Broker"] = broker.Address.ToString(),
                    ["Engine__Relay"] = $"smtp://127.0.0.1:{relay.Port}",
                    ["Engine__Roles"] = roles,
                    ["Engine__Server"] = name,
                    ["Engine__Connections"] = "4",
                    ["Engine__Data"] = Path.Combine(data, name),
                    ["Logging__LogLevel__Default"] = "Warning",
                    ["DOTNET_gcServer"] = "0",
                },
            };
            return Process.Start(start)!;
        }
        void Kill(Process process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Process control = Start("control", "control"), one = Start("delivery", "one"), two = Start("delivery", "two");
        var facts = new ConcurrentQueue<EngineMessage>();
        using var stop = new CancellationTokenSource();
        var reading = new MessageConsumer(
            broker,
            EngineQueues.OutcomeQueue,
            (m, _) =>
            {
                facts.Enqueue(m);
                return Task.FromResult<string?>(null);
            },
            NullLogger.Instance
        ).Run(stop.Token);
        await using var publisher = new MessagePublisher(broker, "site");
        async Task Publish(params IEnumerable<EngineMessage> messages)
        {
            var all = messages.Select(m => (Way: EngineQueues.WayOf(m), Body: Wire.Write(m))).ToList();
            Assert.DoesNotContain(false, await publisher.Publish([.. all.Select(m => new Outgoing(m.Way.Exchange, m.Way.Key, m.Body))]));
        }
        async Task Until(Func<bool> holds, string what)
        {
            var began = Stopwatch.StartNew();
            while (!holds())
            {
                Assert.True(began.Elapsed < TimeSpan.FromSeconds(120), $"{what}: {relay.Messages.Count} sent, {facts.Count} facts");
                await Task.Delay(20);
            }
        }
        try
        {
            var mailings = new Dictionary<string, Guid> { ["acme"] = Guid.CreateVersion7(), ["other"] = Guid.CreateVersion7() };
            foreach (var (site, mailing) in mailings)
            {
                var chunks = Enumerable.Range(1, Recipients).Select(i => Make.Recipient(i)).Chunk(100)
                    .Select((r, n) => Make.Chunk(mailing, 1, n, r) with { Site = site })
                    .ToList();
                // Each part twice, the last first.
                IReadOnlyList<EngineMessage> parts = [Make.Commit(chunks), .. chunks, Make.Reserve(mailing, total: Recipients, site: site)];
                await Publish([Make.Beat(0, site: site), .. parts, .. parts]);
            }
            await Until(() => facts.OfType<Accepted>().Select(a => a.Site).Distinct().Count() == 2, "accepted");
            foreach (var (site, mailing) in mailings) await Publish(Make.Control(mailing, 1, go: true, site: site));
            await Until(() => relay.Messages.Count > 60, "begun");
            Kill(one);
            await Until(() => relay.Messages.Count > 150, "the other goes on");
            Kill(control);
            one = Start("delivery", "one");
            await Until(() => relay.Messages.Count > 300, "without the control");
            Kill(two);
            control = Start("control", "control");
            two = Start("delivery", "two");
            await Until(() => facts.OfType<Ended>().Select(e => e.Site).Distinct().Count() == 2, "ended");
            foreach (var (site, mailing) in mailings)
            {
                var ended = facts.OfType<Ended>().First(e => e.Site == site);
                await Until(
                    () =>
                        facts.OfType<OutcomeBatch>().Where(b => b.Site == site).Select(b => b.BatchNo).Distinct().Count()
                        == ended.LastBatch,
                    "every batch"
                );
                var outcomes = facts.OfType<OutcomeBatch>().Where(b => b.Site == site).SelectMany(b => b.Items)
                    .GroupBy(i => i.Rid)
                    .ToDictionary(g => g.Key, g => g.MaxBy(i => i.N)!.Outcome);
                Assert.Equal(Recipients, outcomes.Count);
                Assert.True(ended.Counts.AddsUp);
                Assert.Equal((Recipients, 0), (ended.Counts.Accepted + ended.Counts.Ambiguous, ended.Counts.Open));
                var arrived = relay.Messages.Select(m => MessageId().Match(Encoding.ASCII.GetString(m)))
                    .Where(m => m.Groups[1].Value == mailing.ToString("N"))
                    .Select(m => long.Parse(m.Groups[2].Value))
                    .ToList();
                Assert.Equal(arrived.Count, arrived.Distinct().Count());
                foreach (var (rid, outcome) in outcomes)
                    Assert.True(
                        arrived.Contains(rid) || outcome == BulkOutcome.Ambiguous,
                        $"{rid} of {site} is {outcome} and has not arrived"
                    );
                // Four connections of each that was killed.
                Assert.InRange(ended.Counts.Ambiguous, 0, 8);
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var process in new[] { control, one, two })
                if (!process.HasExited) Kill(process);
            await reading;
            Directory.Delete(data, recursive: true);
        }
    }
}
