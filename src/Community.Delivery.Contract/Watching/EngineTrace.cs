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

    /// <summary>The trace of a mailing.</summary>
    public static ActivityTraceId IdOf(Guid mailing) => ActivityTraceId.CreateFromBytes(mailing.ToByteArray(bigEndian: true));
}
