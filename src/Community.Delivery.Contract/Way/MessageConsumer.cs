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
    const int FreshBeforeMany = 3, MaxTries = 5;
    static readonly TimeSpan betweenTries = TimeSpan.FromSeconds(1), sayEvery = TimeSpan.FromMinutes(1);

    /// <summary>Of the work on a message: the ledger or the site's database is away. Tried again for as long as it takes.</summary>
    public Func<Exception, bool> IsPassing { get; init; } = _ => false;

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
        while (!stop.IsCancellationRequested)
        {
            IConnection? connection = null;
            try
            {
                connection = await broker.Connect(queue, stop);
                isCareful = await Read(connection, isCareful, stop);
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
    }

    /// <returns>Whether to go on carefully.</returns>
    async Task<bool> Read(IConnection connection, bool isCareful, CancellationToken stop)
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
        await foreach (var message in arrived.Reader.ReadAllAsync(stop))
        {
            var deliveries = Deliveries(message);
            if (deliveries > 1 && !isCareful) return true;
            fresh = deliveries == 0 ? fresh + 1 : 0;
            var dead = deliveries >= EngineQueues.MaxDeliveries
                ? $"it was handed out {deliveries} times, and nobody has survived it"
                : await Work(message, stop);
            if (dead is null) await channel.BasicAckAsync(message.DeliveryTag, false, stop).AsTask().WaitAsync(broker.Limit, stop);
            else
            {
                logger.LogError("{Queue}: a message became a dead letter: {Why}", queue, dead);
                // One that kills its readers is not read once more.
                if (OnDead is not null)
                    await OnDead(deliveries >= EngineQueues.MaxDeliveries ? null : Readable(message.Body), dead);
                await channel.BasicNackAsync(message.DeliveryTag, false, false, stop).AsTask().WaitAsync(broker.Limit, stop);
            }
            if (isCareful && fresh >= FreshBeforeMany) return false;
        }
        throw new IOException("The broker closed the connection.");

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

    static EngineMessage? Readable(ReadOnlyMemory<byte> body)
    {
        try { return Wire.Read(body); }
        catch (BadMessageException) { return null; }
    }

    static long Deliveries(BasicDeliverEventArgs message) =>
        message.BasicProperties.Headers?.TryGetValue("x-delivery-count", out var count) == true
            ? Convert.ToInt64(count, System.Globalization.CultureInfo.InvariantCulture)
            : 0;

    /// <returns>Why it is a dead letter; null if the work is done.</returns>
    async Task<string?> Work(BasicDeliverEventArgs delivery, CancellationToken stop)
    {
        for (var tries = 1; ; tries++)
            try
            {
                var message = Wire.Read(delivery.Body);
                var mailing = (message as OfferMessage)?.MailingId ?? default;
                using var step = EngineTrace.Message("process", ActivityKind.Consumer, mailing, queue, ParentOf(delivery));
                step?.SetTag("community.schema", message.Schema);
                var dead = await take(message, stop);
                if (dead is not null) step?.SetStatus(ActivityStatusCode.Error);
                return dead;
            }
            catch (BadMessageException error) { return error.Message; }
            // The message is kept in hand: handing it back would count against all that wait behind it.
            catch (Exception error) when (!stop.IsCancellationRequested && (tries < MaxTries || IsPassing(error)))
            {
                logger.LogWarning("{Queue}: try {Try}: {Error}", queue, tries, error.Message);
                await Task.Delay(betweenTries, stop);
            }
            catch (Exception error) when (!stop.IsCancellationRequested) { return error.GetType().Name + ": " + error.Message; }
    }
}
