using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Community.Bulk;

/// <summary>A message on its way to the broker.</summary>
/// <param name="Mailing">Whose way it belongs to, to be traced; empty for none.</param>
public readonly record struct Outgoing(string Exchange, string Key, ReadOnlyMemory<byte> Body, Guid Mailing = default);

/// <summary>Publishes in groups, and says of each message whether the broker has it. What it does not say is published again.</summary>
public sealed class MessagePublisher(Broker broker, string name) : IAsyncDisposable
{
    /// <summary>Messages of one group.</summary>
    public const int MaxGroup = 100;

    IConnection? connection;
    IChannel? channel;

    /// <returns>For each message whether the broker has confirmed it. All false if the broker is away.</returns>
    public async Task<bool[]> Publish(IReadOnlyList<Outgoing> messages, CancellationToken ct = default)
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
            _ = Task.WhenAll(confirms).ContinueWith(t => t.Exception, TaskScheduler.Default);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            Drop();
        }
        return confirmed;
    }

    static readonly BasicProperties plain = new() { Persistent = true, ContentType = "application/json" };

    static async Task Publish(IChannel open, Outgoing m, CancellationToken ct)
    {
        using var step = EngineTrace.Message("send", ActivityKind.Producer, m.Mailing, m.Exchange);
        step?.SetTag("messaging.rabbitmq.destination.routing_key", m.Key).SetTag("messaging.message.body.size", m.Body.Length);
        var properties = step?.Id is not { } parent
            ? plain
            : new()
            {
                Persistent = true,
                ContentType = "application/json",
                Headers = new Dictionary<string, object?> { [Parent] = parent },
            };
        await open.BasicPublishAsync(m.Exchange, m.Key, mandatory: true, properties, m.Body, ct);
    }

    /// <summary>The header that says which step a message comes from (W3C Trace Context).</summary>
    internal const string Parent = "traceparent";

    async Task<IChannel> Channel(CancellationToken ct)
    {
        if (channel is { IsOpen: true }) return channel;
        Drop();
        connection = await broker.Connect(name, ct);
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        channel = await connection.CreateChannelAsync(options, ct).WaitAsync(broker.Limit, ct);
        await EngineQueues.Declare(channel, ct).WaitAsync(broker.Limit, ct);
        return channel;
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
