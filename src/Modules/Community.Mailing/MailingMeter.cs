using System.Diagnostics.Metrics;

namespace Community.Mailing;

/// <summary>
/// What this process does with mailings, for OpenTelemetry, over all sites. While nobody listens an instrument costs a comparison. No
/// address, name, subject or site is in any attribute.
/// </summary>
static class MailingMeter
{
    public const string Name = "Community.Mailing";

    static readonly Meter meter = new(Name);

    static readonly Counter<long> outcomes = meter.CreateCounter<long>(
        "community.mailing.outcomes", "{recipient}", "Recipients with an outcome, sent by web servers or told by the engine.");

    static readonly Counter<long> complaints =
        meter.CreateCounter<long>("community.mailing.complaints", "{message}", "Complaints that came back and were taken.");

    static readonly Counter<long> published =
        meter.CreateCounter<long>("community.mailing.engine.published", "{message}", "Orders for the engine that the broker has.");

    static readonly Counter<long> unpublished = meter.CreateCounter<long>(
        "community.mailing.engine.unpublished",
        "{message}",
        "Orders for the engine that the broker did not take, each time they are tried."
    );

    static readonly Counter<long> dead =
        meter.CreateCounter<long>(
            "community.mailing.engine.dead_letters.made", "{message}", "Results of the engine that nobody could take.");

    public static void Settled(DeliveryState state, int n)
    {
        // An outcome that is replaced by another is not taken off again: a counter only rises.
        if (n > 0 && outcomes.Enabled) outcomes.Add(n, new KeyValuePair<string, object?>("outcome", state.ToString().ToLowerInvariant()));
    }

    public static void Complained() => complaints.Add(1);

    public static void Published(int taken, int refused)
    {
        if (taken > 0) published.Add(taken);
        if (refused > 0) unpublished.Add(refused);
    }

    public static void Died() => dead.Add(1);
}
