using System.Diagnostics;
using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Community.Bulk;

/// <summary>A message on its way to the broker.</summary>
/// <param name="Mailing">Whose way it belongs to, to be traced; empty for none.</param>
/// <param name="Stays">How long it stays in its queue at most; null for ever.</param>
public readonly record struct Outgoing(
    string Exchange, string Key, ReadOnlyMemory<byte> Body, Guid Mailing = default, TimeSpan? Stays = null);

/// <summary>Publishes in groups, and says of each message whether the broker has it. What it does not say is published again.</summary>
public sealed class MessagePublisher(Broker broker, string name) : IAsyncDisposable
{
    /// <summary>Messages of one group.</summary>
    public const int MaxGroup = 100;

    /// <summary>AMQP's reply to what a broker takes from nobody, such as a message above its <c>max_message_size</c>.</summary>
    const int PreconditionFailed = 406;

    IConnection? connection;
    IChannel? channel;

    /// <summary>One of the last group closed the channel: each is published by itself, so that it takes no other with it.</summary>
    bool alone;

    /// <returns>For each message whether the broker has confirmed it. All false if the broker is away.</returns>
    public async Task<bool[]> Publish(IReadOnlyList<Outgoing> messages, CancellationToken ct = default)
    {
        if (!alone) return await PublishGroup(messages, ct);
        alone = false;
        var confirmed = new bool[messages.Count];
        var closed = false;
        for (var i = 0; i < messages.Count; i++)
        {
            confirmed[i] = (await PublishGroup([messages[i]], ct))[0];
            // The broker is away, or that one closed the channel.
            if (!confirmed[i] && !alone) break;
            closed |= alone;
            alone = false;
        }
        alone = closed;
        return confirmed;
    }

    async Task<bool[]> PublishGroup(IReadOnlyList<Outgoing> messages, CancellationToken ct)
    {
        var confirmed = new bool[messages.Count];
        try
        {
            var open = await Channel(ct);
            var confirms = messages.Select(m => Publish(open, m, ct)).ToList();
            var until = Task.Delay(broker.Limit, ct);
            for (var i = 0; i < confirms.Count; i++)
            {
                if (await Task.WhenAny(confirms[i], until) == until) break;
                confirmed[i] = confirms[i].IsCompletedSuccessfully;
                // Nacked because its queue is full, or returned because there is no queue: the channel goes on.
                if (confirms[i].Exception?.InnerException is { } error and not PublishException) throw error;
            }
            if (!confirms.TrueForAll(c => c.IsCompleted)) Drop();
            // A channel of RabbitMQ (3.10) asks the leader that the queue had when it first published there. If that one is lost just
            // then, it refuses this and every further message; another channel finds the new leader.
            else if (confirmed.Contains(false)) DropChannel();
            _ = Task.WhenAll(confirms).ContinueWith(t => t.Exception, TaskScheduler.Default);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            alone = channel?.CloseReason?.ReplyCode == PreconditionFailed;
            Drop();
        }
        return confirmed;
    }

    static readonly BasicProperties plain = new() { Persistent = true, ContentType = "application/json" };

    static async Task Publish(IChannel open, Outgoing m, CancellationToken ct)
    {
        using var step = EngineTrace.Message("send", ActivityKind.Producer, m.Mailing, m.Exchange);
        step?.SetTag("messaging.rabbitmq.destination.routing_key", m.Key).SetTag("messaging.message.body.size", m.Body.Length);
        var properties = step?.Id is null && m.Stays is null
            ? plain
            : new() { Persistent = true, ContentType = "application/json" };
        if (step?.Id is { } parent) properties.Headers = new Dictionary<string, object?> { [Parent] = parent };
        if (m.Stays is { } stays) properties.Expiration = ((long)stays.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        await open.BasicPublishAsync(m.Exchange, m.Key, mandatory: true, properties, m.Body, ct);
    }

    /// <summary>The header that says which step a message comes from (W3C Trace Context).</summary>
    internal const string Parent = "traceparent";

    async Task<IChannel> Channel(CancellationToken ct)
    {
        if (channel is { IsOpen: true }) return channel;
        if (connection is not { IsOpen: true })
        {
            Drop();
            connection = await broker.Connect(name, ct);
        }
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        channel = await connection.CreateChannelAsync(options, ct).WaitAsync(broker.Limit, ct);
        await EngineQueues.Declare(channel, ct).WaitAsync(broker.Limit, ct);
        return channel;
    }

    void DropChannel()
    {
        var old = channel!;
        channel = null;
        _ = Task.Run(async () =>
        {
            try { await old.AbortAsync(); }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // It is gone; that is what was wanted.
            }
            old.Dispose();
        });
    }

    void Drop()
    {
        Broker.Drop(connection);
        (connection, channel) = (null, null);
    }

    public ValueTask DisposeAsync()
    {
        Drop();
        return ValueTask.CompletedTask;
    }
}
