using System.Buffers.Binary;
using System.Diagnostics;

namespace Community.Bulk;

/// <summary>
/// The way of a mailing through web servers, broker, delivery control and delivery servers. Its trace has the identifier of the mailing,
/// so who knows the one finds the other, and all processes agree on whether it is sampled.
/// </summary>
/// <remarks>No address, name or subject is in any attribute: numbers, states and codes. While nobody listens nothing is made.</remarks>
public static class EngineTrace
{
    public const string Name = "Community.Delivery";

    public static readonly ActivitySource Source = new(Name);

    /// <summary>Begins a step of a mailing's way.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="kind">Of the step.</param>
    /// <param name="mailing">Its identifier outside of its site's database.</param>
    /// <param name="parent">What a message said of the step before, as traceparent; null if nothing did.</param>
    /// <returns>Null while nobody listens, or this mailing is not sampled.</returns>
    public static Activity? Step(string name, ActivityKind kind, Guid mailing, string? parent = null)
    {
        if (!Source.HasListeners()) return null;
        var context = ContextOf(mailing, parent);
        var activity = Source.StartActivity(name, kind, context);
        activity?.SetTag("community.mailing", mailing.ToString());
        return activity;
    }

    static ActivityContext ContextOf(Guid mailing, string? parent) =>
        ActivityContext.TryParse(parent, null, isRemote: true, out var known) && known.TraceId == IdOf(mailing)
            ? known
            : new(IdOf(mailing), default, ActivityTraceFlags.Recorded, isRemote: true);

    /// <summary>Begins a step with a message on its way through the broker.</summary>
    /// <param name="operation"><c>send</c> or <c>process</c>.</param>
    /// <param name="kind">Producer or consumer.</param>
    /// <param name="mailing">Empty for what is about no mailing: then nothing is traced.</param>
    /// <param name="destination">The exchange, or the queue.</param>
    /// <param name="parent">See <see cref="Step"/>.</param>
    internal static Activity? Message(string operation, ActivityKind kind, Guid mailing, string destination, string? parent = null)
    {
        if (mailing == Guid.Empty) return null;
        return Step($"{operation} {destination}", kind, mailing, parent)
            ?.SetTag("messaging.system", "rabbitmq")
            .SetTag("messaging.operation.type", operation)
            .SetTag("messaging.operation.name", operation)
            .SetTag("messaging.destination.name", destination);
    }

    /// <summary>
    /// Whether a mailing is among the part that is traced. By the last bytes of its identifier, which are random; the first are a time.
    /// </summary>
    public static bool IsSampled(ActivityTraceId trace, double ratio)
    {
        Span<byte> bytes = stackalloc byte[16];
        trace.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) < ratio * (uint.MaxValue + 1.0);
    }

    /// <summary>The trace of a mailing.</summary>
    public static ActivityTraceId IdOf(Guid mailing) => ActivityTraceId.CreateFromBytes(mailing.ToByteArray(bigEndian: true));
}
