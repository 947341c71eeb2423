using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Community.Bulk;

/// <summary>Reads a queue: each message is acknowledged after its work is committed.</summary>
/// <remarks>
/// When a reader dies, the broker counts a delivery for every message that it had been handed, the innocent too. So a reader begins
/// with one message at a time and takes many only once fresh ones come; what was handed out more than once is read alone. A message that
/// was handed out <see cref="EngineQueues.MaxDeliveries"/> times is then the culprit itself, and becomes a dead letter unread.
/// </remarks>
public sealed class MessageConsumer(
    Broker broker,
    string queue,
    Func<EngineMessage, CancellationToken, Task<string?>> take,
    ILogger logger
)
{
    const ushort Many = 32;
    const int FreshBeforeMany = 3, MaxTries = 5, TriesOfSite = 2;
    static readonly TimeSpan betweenTries = TimeSpan.FromSeconds(1), sayEvery = TimeSpan.FromMinutes(1);
    static readonly TimeSpan look = TimeSpan.FromMilliseconds(20);

    /// <summary>Of the work on a message: the ledger or the site's database is away. Tried again for as long as it takes.</summary>
    public Func<Exception, bool> IsPassing { get; init; } = _ => false;

    /// <summary>
    /// Whose message it is, where each has a database of its own. Those of one are worked on one after the other, beside those of the
    /// others; while its database is away, or one of them hangs, they are set aside for <see cref="Later"/> (<see
    /// cref="EngineQueues.LaterQueue"/>) and hold up nobody. Null: all are one after the other.
    /// </summary>
    public Func<EngineMessage, string>? SiteOf { get; init; }

    public TimeSpan Later { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A message of a site that takes longer is set aside.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Until when (<see cref="Environment.TickCount64"/>) messages of a site are not tried.</summary>
    readonly ConcurrentDictionary<string, long> rests = new();

    /// <summary>
    /// Writes down why a message becomes a dead letter, before it does: the message as far as anybody could read it, and the reason. It may
    /// be told twice.
    /// </summary>
    public Func<EngineMessage?, string, Task>? OnDead { get; init; }

    /// <summary>Reads until it is stopped; connects again whenever the broker comes back.</summary>
    public async Task Run(CancellationToken stop)
    {
        var isCareful = true;
        (string Why, long At) said = ("", 0);
        await using var later = new MessagePublisher(broker, queue + " later");
        using var settingAside = new SemaphoreSlim(1);
        while (!stop.IsCancellationRequested)
        {
            IConnection? connection = null;
            try
            {
                connection = await broker.Connect(queue, stop);
                isCareful = await Read(connection, isCareful, SetAside, stop);
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                isCareful = true;
                // The same again each minute: the broker is tried each second.
                if (said.Why != error.Message || Environment.TickCount64 - said.At > sayEvery.TotalMilliseconds)
                {
                    said = (error.Message, Environment.TickCount64);
                    logger.LogWarning("{Queue}: the broker does not answer: {Error}", queue, error.Message);
                }
                try { await Task.Delay(broker.Rest, stop); }
                catch (OperationCanceledException) { }
            }
            catch (OperationCanceledException) { }
            finally { Broker.Drop(connection); }
        }

        async Task SetAside(ReadOnlyMemory<byte> body)
        {
            while (true)
            {
                await settingAside.WaitAsync(stop);
                try
                {
                    var isThere = await later.Publish([new(EngineQueues.Facts, EngineQueues.LaterKey, body, Stays: Later)], stop);
                    if (isThere[0]) return;
                }
                finally { settingAside.Release(); }
                await Task.Delay(betweenTries, stop);
            }
        }
    }

    /// <returns>Whether to go on carefully.</returns>
    async Task<bool> Read(IConnection connection, bool isCareful, Func<ReadOnlyMemory<byte>, Task> setAside, CancellationToken stop)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: stop).WaitAsync(broker.Limit, stop);
        await EngineQueues.Declare(channel, stop).WaitAsync(broker.Limit, stop);
        await channel.BasicQosAsync(0, isCareful ? (ushort)1 : Many, false, stop).WaitAsync(broker.Limit, stop);
        var arrived = Channel.CreateUnbounded<BasicDeliverEventArgs>();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            // The client takes its buffer back when this returns.
            arrived.Writer.TryWrite(new(
                message.ConsumerTag, message.DeliveryTag, message.Redelivered, message.Exchange, message.RoutingKey,
                message.BasicProperties, message.Body.ToArray()));
            return Task.CompletedTask;
        };
        consumer.UnregisteredAsync += (_, _) => Close(null);
        consumer.ShutdownAsync += (_, reason) => Close(reason.ReplyText);
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer, stop).WaitAsync(broker.Limit, stop);
        var fresh = 0;
        using var settling = new SemaphoreSlim(1);
        var waitingOf = new Dictionary<string, Queue<(BasicDeliverEventArgs, EngineMessage)>>();
        var inHand = 0;
        var isOver = false;
        try { return await ReadAll(); }
        finally { isOver = true; }

        async Task<bool> ReadAll()
        {
            await foreach (var message in arrived.Reader.ReadAllAsync(stop))
            {
                var deliveries = Deliveries(message);
                if (deliveries > 1 && !isCareful)
                {
                    await Quiet();
                    return true;
                }
                fresh = deliveries == 0 ? fresh + 1 : 0;
                if (deliveries >= EngineQueues.MaxDeliveries)
                    await Settle(message, new($"it was handed out {deliveries} times, and nobody has survived it"), isUnread: true);
                else if (Readable(message.Body, out var why) is not { } read) await Settle(message, new(why));
                else if (SiteOf is null) await Settle(message, await Work(message, read, stop));
                else Enter(SiteOf(read), message, read);
                if (isCareful && fresh >= FreshBeforeMany)
                {
                    await Quiet();
                    return false;
                }
            }
            throw new IOException("The broker closed the connection.");
        }

        void Enter(string site, BasicDeliverEventArgs message, EngineMessage read)
        {
            Interlocked.Increment(ref inHand);
            lock (waitingOf)
            {
                if (waitingOf.TryGetValue(site, out var waiting))
                {
                    waiting.Enqueue((message, read));
                    return;
                }
                waitingOf[site] = new([(message, read)]);
            }
            _ = Task.Run(() => Drain(site), CancellationToken.None);
        }

        async Task Drain(string site)
        {
            while (true)
            {
                (BasicDeliverEventArgs Message, EngineMessage Read) next;
                lock (waitingOf)
                    if (!waitingOf[site].TryDequeue(out next))
                    {
                        waitingOf.Remove(site);
                        return;
                    }
                await OfSite(site, next.Message, next.Read);
            }
        }

        async Task OfSite(string site, BasicDeliverEventArgs message, EngineMessage read)
        {
            try
            {
                // It is handed out again, on another connection.
                if (isOver) return;
                var rest = rests.TryGetValue(site, out var until) && Environment.TickCount64 < until;
                var result = rest ? new(null, IsAside: true) : await WorkFor(Patience, message, read);
                if (result.IsAside && !rest) Rest(site);
                else if (!rest) rests.TryRemove(site, out _);
                await Settle(message, result);
            }
            // Nothing is acknowledged on this connection any more.
            catch (Exception error) { arrived.Writer.TryComplete(error); }
            finally { Interlocked.Decrement(ref inHand); }
        }

        // What takes longer is set aside. Should it come to an end all the same, it was taken twice, which does no harm.
        async Task<Result> WorkFor(TimeSpan limit, BasicDeliverEventArgs message, EngineMessage read)
        {
            var work = Work(message, read, stop);
            if (await Task.WhenAny(work, Task.Delay(limit, CancellationToken.None)) == work) return await work;
            _ = work.ContinueWith(t => t.Exception, TaskScheduler.Default);
            return new(null, IsAside: true);
        }

        void Rest(string site)
        {
            rests[site] = Environment.TickCount64 + (long)Later.TotalMilliseconds;
            logger.LogWarning("{Queue}: what is for {Site} cannot be taken now; it is set aside", queue, site);
        }

        async Task Quiet()
        {
            while (Volatile.Read(ref inHand) > 0) await Task.Delay(look, stop);
        }

        async Task Settle(BasicDeliverEventArgs message, Result result, bool isUnread = false)
        {
            if (result.IsAside) await setAside(message.Body);
            if (result.Dead is { } dead)
            {
                logger.LogError("{Queue}: a message became a dead letter: {Why}", queue, dead);
                // One that kills its readers is not read once more.
                if (OnDead is not null) await OnDead(isUnread ? null : Readable(message.Body, out _), dead);
            }
            await settling.WaitAsync(stop);
            try
            {
                var settled = result.Dead is null
                    ? channel.BasicAckAsync(message.DeliveryTag, false, stop)
                    : channel.BasicNackAsync(message.DeliveryTag, false, false, stop);
                await settled.AsTask().WaitAsync(broker.Limit, stop);
            }
            finally { settling.Release(); }
        }

        Task Close(string? why)
        {
            arrived.Writer.TryComplete(why is null ? null : new IOException(why));
            return Task.CompletedTask;
        }
    }

    static string? ParentOf(BasicDeliverEventArgs message) =>
        EngineTrace.Source.HasListeners() && message.BasicProperties.Headers?.TryGetValue(MessagePublisher.Parent, out var parent) == true
            && parent is byte[] { Length: < 100 } bytes
                ? System.Text.Encoding.ASCII.GetString(bytes)
                : null;

    static EngineMessage? Readable(ReadOnlyMemory<byte> body, out string? why)
    {
        why = null;
        try { return Wire.Read(body); }
        catch (BadMessageException error)
        {
            why = error.Message;
            return null;
        }
    }

    /// <param name="Dead">Why it is a dead letter; null if the work is done.</param>
    /// <param name="IsAside">Its database is away: it is to come again later.</param>
    readonly record struct Result(string? Dead, bool IsAside = false);

    static long Deliveries(BasicDeliverEventArgs message) =>
        message.BasicProperties.Headers?.TryGetValue("x-delivery-count", out var count) == true
            ? Convert.ToInt64(count, System.Globalization.CultureInfo.InvariantCulture)
            : 0;

    async Task<Result> Work(BasicDeliverEventArgs delivery, EngineMessage message, CancellationToken stop)
    {
        for (var tries = 1; ; tries++)
            try
            {
                var mailing = (message as OfferMessage)?.MailingId ?? default;
                using var step = EngineTrace.Message("process", ActivityKind.Consumer, mailing, queue, ParentOf(delivery));
                step?.SetTag("community.schema", message.Schema);
                var dead = await take(message, stop);
                if (dead is not null) step?.SetStatus(ActivityStatusCode.Error);
                return new(dead);
            }
            catch (BadMessageException error) { return new(error.Message); }
            catch (Exception error) when (!stop.IsCancellationRequested && SiteOf is not null && tries >= TriesOfSite && IsPassing(error))
            {
                return new(null, IsAside: true);
            }
            // The message is kept in hand: handing it back would count against all that wait behind it.
            catch (Exception error) when (!stop.IsCancellationRequested && (tries < MaxTries || IsPassing(error)))
            {
                logger.LogWarning("{Queue}: try {Try}: {Error}", queue, tries, error.Message);
                await Task.Delay(betweenTries, stop);
            }
            catch (Exception error) when (!stop.IsCancellationRequested) { return new(error.GetType().Name + ": " + error.Message); }
    }
}
