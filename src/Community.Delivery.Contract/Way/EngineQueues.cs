using RabbitMQ.Client;

namespace Community.Bulk;

/// <summary>Exchanges and queues between sites and engine: quorum queues, a fixed number whatever the number of sites.</summary>
public static class EngineQueues
{
    public const string Commands = "mail.cmd", Facts = "mail.evt", Dead = "mail.dead";

    /// <summary>Controls and questions: one consumer at a time, so that a storm of chunks does not delay a stop.</summary>
    public const string ControlQueue = "mail.control";

    /// <summary>
    /// Suppressions, one consumer at a time. A site may withdraw a million consents at once: the stop of another does not wait behind them.
    /// </summary>
    public const string SuppressionQueue = "mail.suppress";

    /// <summary>Facts, for any web server.</summary>
    public const string OutcomeQueue = "mail.outcome";

    /// <summary>Facts of sites whose database is away: each comes back to <see cref="OutcomeQueue"/> when its time here is over.</summary>
    public const string LaterQueue = "mail.later";

    /// <summary>The keys of the two, at <see cref="Facts"/>.</summary>
    public const string FactKey = "fact", LaterKey = "later";

    public const string DeadQueue = "mail.dead";

    /// <summary>Reserve, chunks and commits of a mailing share one of these.</summary>
    public const int ChunkQueues = 16;

    /// <summary>A message that was handed out so often and never acknowledged kills its readers.</summary>
    public const int MaxDeliveries = 5;

    const int BrokersLimit = 20;
    const long MaxChunkBytes = 4L << 30, MaxBytes = 1L << 30;

    /// <summary>The names of all queues.</summary>
    public static IReadOnlyList<string> All { get; } =
        [ControlQueue, SuppressionQueue, OutcomeQueue, LaterQueue, DeadQueue, .. Enumerable.Range(0, ChunkQueues).Select(ChunkQueue)];

    public static string ChunkQueue(int number) => $"mail.chunk.{number}";

    /// <summary>Exchange and routing key of a message.</summary>
    public static (string Exchange, string Key) WayOf(EngineMessage message) => message switch
    {
        Fact => (Facts, FactKey),
        Reserve or Chunk or Commit => (Commands, "chunk." + NumberOf(((OfferMessage)message).MailingId)),
        SuppressDelta or SuppressBeat => (Commands, "suppress"),
        _ => (Commands, "control"),
    };

    /// <summary>Of a mailing's identifier; the same on every machine and in every version.</summary>
    public static int NumberOf(Guid mailing) => mailing.ToByteArray(bigEndian: true)[15] % ChunkQueues;

    /// <summary>Declares all of it; nothing happens if it is there.</summary>
    public static async Task Declare(IChannel channel, CancellationToken ct)
    {
        await channel.ExchangeDeclareAsync(Commands, ExchangeType.Topic, durable: true, cancellationToken: ct);
        await channel.ExchangeDeclareAsync(Facts, ExchangeType.Topic, durable: true, cancellationToken: ct);
        await channel.ExchangeDeclareAsync(Dead, ExchangeType.Fanout, durable: true, cancellationToken: ct);
        await Queue(DeadQueue, Dead, "", new() { ["x-queue-type"] = "quorum" });
        await Queue(ControlQueue, Commands, "control", Arguments(MaxBytes, oneConsumer: true));
        await Queue(SuppressionQueue, Commands, "suppress", Arguments(MaxBytes, oneConsumer: true));
        await Queue(OutcomeQueue, Facts, FactKey, Arguments(MaxBytes));
        var later = Arguments(MaxBytes);
        (later["x-dead-letter-exchange"], later["x-dead-letter-routing-key"]) = (Facts, FactKey);
        await Queue(LaterQueue, Facts, LaterKey, later);
        for (var i = 0; i < ChunkQueues; i++)
            await Queue(ChunkQueue(i), Commands, "chunk." + i, Arguments(MaxChunkBytes / ChunkQueues));

        async Task Queue(string name, string exchange, string key, Dictionary<string, object?> arguments)
        {
            await channel.QueueDeclareAsync(name, true, false, false, arguments, cancellationToken: ct);
            await channel.QueueBindAsync(name, exchange, key, cancellationToken: ct);
        }
    }

    // A dead letter must not be lost either: at-least-once, which wants a queue that refuses when it is full.
    static Dictionary<string, object?> Arguments(long bytes, bool oneConsumer = false) =>
        new()
        {
            ["x-queue-type"] = "quorum",
            ["x-overflow"] = "reject-publish",
            ["x-max-length-bytes"] = bytes,
            ["x-dead-letter-exchange"] = Dead,
            ["x-dead-letter-strategy"] = "at-least-once",
            ["x-delivery-limit"] = BrokersLimit,
            ["x-single-active-consumer"] = oneConsumer,
        };
}
