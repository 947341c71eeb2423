using System.Collections.Concurrent;
using System.Diagnostics;
using Community.Bulk.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using static Community.Tests.Harness.Waiting;

namespace Community.Bulk.Tests.Broker;

[Collection("queues")]
[Trait("needs", "server")]
public sealed class BrokerTests(RabbitMq rabbit)
{
    static Outgoing Of(EngineMessage message)
    {
        var (exchange, key) = EngineQueues.WayOf(message);
        return new(exchange, key, Wire.Write(message));
    }

    static async Task<uint> Waiting(Bulk.Broker broker, string queue)
    {
        await using var connection = await broker.Connect("test", default);
        await using var channel = await connection.CreateChannelAsync();
        return (await channel.QueueDeclarePassiveAsync(queue)).MessageCount;
    }

    [Fact]
    public async Task Every_message_goes_its_way_and_one_without_a_queue_is_not_confirmed()
    {
        var broker = await rabbit.New();
        await using var publisher = new MessagePublisher(broker, "test");
        var mailing = Guid.CreateVersion7();
        var messages = Make.Offer(mailing).Cast<EngineMessage>().Append(Make.Control(mailing, 1)).Append(Make.Beat(0)).ToList();
        Assert.DoesNotContain(false, await publisher.Publish([.. messages.Select(Of)]));
        await Until(async () => await Waiting(broker, EngineQueues.ChunkQueue(EngineQueues.NumberOf(mailing))) == 4, "the chunks' queue");
        await Until(async () => await Waiting(broker, EngineQueues.ControlQueue) == 1, "the queue of controls");
        await Until(async () => await Waiting(broker, EngineQueues.SuppressionQueue) == 1, "the queue of suppressions");
        var confirmed = await publisher.Publish([new(EngineQueues.Commands, "nowhere", new byte[] { 1 }), Of(Make.Beat(0))]);
        Assert.Equal("False True", string.Join(' ', confirmed));
    }

    /// <summary>
    /// A reader that dies counts against all that it had in hand: the innocent must not become dead letters with the poison.
    /// </summary>
    [Fact]
    public async Task Of_one_poison_among_thirty_one_good_messages_only_the_poison_becomes_a_dead_letter()
    {
        var broker = await rabbit.New();
        await using var publisher = new MessagePublisher(broker, "test");
        var messages = Enumerable.Range(1, 32).Select(i => Make.Control(Guid.CreateVersion7(), i)).ToList();
        await publisher.Publish([.. messages.Select(Of)]);
        var read = new ConcurrentDictionary<long, int>();
        var deaths = 0;
        using var over = new CancellationTokenSource(Patience);
        while (read.Count < 31 || await Waiting(broker, EngineQueues.DeadQueue) == 0)
        {
            over.Token.ThrowIfCancellationRequested();
            // A process: it ends when it reads the poison, without an acknowledgement of anything.
            using var process = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
            var died = false;
            var consumer = new MessageConsumer(
                broker,
                EngineQueues.ControlQueue,
                async (m, ct) =>
                {
                    if (((Control)m).Seq == 10)
                    {
                        died = true;
                        await process.CancelAsync();
                        ct.ThrowIfCancellationRequested();
                    }
                    read.AddOrUpdate(((Control)m).Seq, 1, (_, n) => n + 1);
                    return null;
                },
                NullLogger.Instance
            );
            var running = consumer.Run(process.Token);
            await Until(
                async () => died || (read.Count == 31 && await Waiting(broker, EngineQueues.DeadQueue) == 1),
                $"{read.Count} read, {deaths} deaths"
            );
            await process.CancelAsync();
            await running;
            if (died) deaths++;
        }
        Assert.Equal(EngineQueues.MaxDeliveries, deaths);
        Assert.DoesNotContain(10L, read.Keys);
        Assert.Equal(1u, await Waiting(broker, EngineQueues.DeadQueue));
    }

    [Fact]
    public async Task What_nobody_can_read_is_a_dead_letter_and_what_fails_for_a_while_is_not()
    {
        var broker = await rabbit.New();
        await using var publisher = new MessagePublisher(broker, "test");
        await publisher.Publish([
            new(EngineQueues.Commands, "suppress", "{}"u8.ToArray()),
            Of(Make.Beat(1)),
            new(EngineQueues.Commands, "suppress", new byte[2000]),
            Of(Make.Beat(2)),
        ]);
        var read = new ConcurrentQueue<long>();
        var fails = 2;
        using var stop = new CancellationTokenSource();
        var running = new MessageConsumer(
            broker,
            EngineQueues.SuppressionQueue,
            (m, _) =>
            {
                if (((SuppressBeat)m).DeltaSeq == 2 && fails-- > 0) throw new TimeoutException("The ledger is away.");
                read.Enqueue(((SuppressBeat)m).DeltaSeq);
                return Task.FromResult<string?>(null);
            },
            NullLogger.Instance
        ).Run(stop.Token);
        await Until(() => Task.FromResult(read.Count == 2), "both are read");
        await Until(async () => await Waiting(broker, EngineQueues.DeadQueue) == 2, "two dead letters");
        await stop.CancelAsync();
        await running;
        Assert.Equal([1L, 2L], read);
    }

    /// <summary>
    /// More than a reader has in hand at once. One site's database refuses, another's says nothing: nobody else waits, and nothing is lost.
    /// </summary>
    [Fact]
    public async Task Facts_of_sites_whose_database_is_away_hold_up_no_other_and_come_again_when_it_is_back()
    {
        var broker = await rabbit.New();
        await using var publisher = new MessagePublisher(broker, "test");
        static Accepted Fact(string site, long number) => new()
        {
            Site = site,
            MailingId = Guid.CreateVersion7(),
            Rev = 1,
            FactNo = number,
            Life = 1,
            Eta = DateTime.UtcNow,
        };
        var facts = Enumerable.Range(1, 40).SelectMany(i => new[] { Fact("away", i), Fact("hangs", i) })
            .Concat(Enumerable.Range(1, 5).Select(i => Fact("here", i)));
        await publisher.Publish([.. facts.Select(Of)]);
        var read = new ConcurrentDictionary<(string, long), bool>();
        int Read(string site) => read.Keys.Count(k => k.Item1 == site);
        var back = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        var running = new MessageConsumer(
            broker,
            EngineQueues.OutcomeQueue,
            async (m, _) =>
            {
                if (m.Site == "away" && !back.Task.IsCompleted) throw new TimeoutException("Its database is away.");
                if (m.Site == "hangs") await back.Task;
                read[(m.Site, ((Fact)m).FactNo)] = true;
                return null;
            },
            NullLogger.Instance
        )
        {
            SiteOf = m => m.Site,
            IsPassing = e => e is TimeoutException,
            Later = TimeSpan.FromSeconds(1),
            Patience = TimeSpan.FromMilliseconds(300),
        }.Run(stop.Token);
        await Until(() => Task.FromResult(Read("here") == 5), () => $"{Read("here")} are read of the site that is there");
        Assert.Equal((0, 0), (Read("away"), Read("hangs")));
        back.SetResult();
        await Until(
            () => Task.FromResult((Read("away"), Read("hangs")) == (40, 40)),
            () => $"{Read("away")} and {Read("hangs")} are read of those that were away");
        await Until(async () => await Waiting(broker, EngineQueues.LaterQueue) == 0, "nothing is left aside");
        Assert.Equal(0u, await Waiting(broker, EngineQueues.DeadQueue));
        await stop.CancelAsync();
        await running;
    }

    /// <summary>Controls have one reader; when it goes, the other takes over.</summary>
    [Fact]
    public async Task Of_two_delivery_controls_one_reads_and_the_other_takes_over()
    {
        var broker = await rabbit.New();
        await using var publisher = new MessagePublisher(broker, "test");
        var readers = new ConcurrentQueue<string>();
        using var stopOne = new CancellationTokenSource();
        using var stopTwo = new CancellationTokenSource();
        MessageConsumer Reader(string name) =>
            new(broker, EngineQueues.SuppressionQueue, (_, _) =>
            {
                readers.Enqueue(name);
                return Task.FromResult<string?>(null);
            }, NullLogger.Instance);
        await publisher.Publish([Of(Make.Beat(1)), Of(Make.Beat(2)), Of(Make.Beat(3)), Of(Make.Beat(4))]);
        var one = Reader("one").Run(stopOne.Token);
        // It has begun with one at a time, and takes many now.
        await Until(() => Task.FromResult(readers.Count == 4), "the first are read");
        var two = Reader("two").Run(stopTwo.Token);
        for (var i = 5; i <= 9; i++)
        {
            await publisher.Publish([Of(Make.Beat(i))]);
            await Until(() => Task.FromResult(readers.Count == i), $"{i} are read");
        }
        Assert.Equal(["one"], readers.Distinct());
        await stopOne.CancelAsync();
        await one;
        await publisher.Publish([Of(Make.Beat(10))]);
        await Until(() => Task.FromResult(readers.Contains("two")), "the other takes over");
        await stopTwo.CancelAsync();
        await two;
    }
}

/// <summary>With a broker of its own, which it kills.</summary>
[Trait("needs", "server")]
public sealed class BrokerAwayTests(LedgerServer server)
{
    [Fact]
    public async Task A_fact_that_cannot_be_read_or_that_the_broker_never_takes_holds_up_no_other()
    {
        // A trace is taken of what can be read.
        using var listener = new ActivityListener { ShouldListenTo = s => s.Name == EngineTrace.Name };
        ActivitySource.AddActivityListener(listener);
        using var rabbit = new RabbitMq { MaxMessageSize = 100_000 };
        await using var ledger = await server.New();
        await using var publisher = new MessagePublisher(await rabbit.New(), "test");
        await ledger.Run("INSERT INTO outbox (routing_key, body) SELECT 'fact', '\\x01' FROM generate_series(1, 3)");
        var outbox = new PublishOutbox(ledger.Ledger, publisher);
        Assert.Equal(3, await outbox.Run());
        // Larger than this broker takes: it closes the channel, and what is in the same group with it.
        await ledger.Run("INSERT INTO outbox (routing_key, body) SELECT 'fact', convert_to(repeat('x', n), 'UTF8') FROM unnest($1) AS n",
            new[] { 200_000, 10, 200_000, 10 });
        var sizes = "";
        await Until(
            async () =>
            {
                await outbox.Run();
                return (sizes = await ledger.Ask<string>("SELECT string_agg(length(body)::text, ' ') FROM outbox")) == "200000 200000";
            },
            () => sizes);
    }

    /// <summary>
    /// The client's publishes may never return after a restart of the broker. Each await has a limit of ours, the connection is thrown
    /// away, and what was not confirmed is published again.
    /// </summary>
    [Fact]
    public async Task While_the_broker_is_away_the_outbox_keeps_everything_and_empties_when_it_is_back()
    {
        using var rabbit = new RabbitMq();
        var broker = await rabbit.New() with { Limit = TimeSpan.FromSeconds(3) };
        await using var ledger = await server.New();
        await using var publisher = new MessagePublisher(broker, "test");
        var outbox = new PublishOutbox(ledger.Ledger, publisher);
        Task Add(int count) =>
            ledger.Run("INSERT INTO outbox (routing_key, body) SELECT 'fact', '\\x01' FROM generate_series(1, $1)", count);
        Task<long> Left() => ledger.Ask<long>("SELECT count(*) FROM outbox");
        await Add(250);
        while (await Left() > 0) await outbox.Run();
        // Killed with thousands under way.
        await Add(2000);
        var publishing = Task.Run(async () =>
        {
            while (await Left() > 0) await outbox.Run();
        });
        while (await Left() > 1500) await Task.Delay(5);
        rabbit.Kill();
        // On a slow machine all of them may have left by then.
        await Add(100);
        await Task.Delay(TimeSpan.FromSeconds(1));
        var left = await Left();
        Assert.True(left > 0);
        Assert.Equal(0, await outbox.Run());
        await rabbit.Start();
        await publishing.WaitAsync(Patience);
        await using var connection = await broker.Connect("test", default);
        await using var channel = await connection.CreateChannelAsync();
        // At least once: none is lost, some may be there twice.
        await Until(
            async () => (await channel.QueueDeclarePassiveAsync(EngineQueues.OutcomeQueue)).MessageCount >= 2350, "all have arrived");
    }
}
