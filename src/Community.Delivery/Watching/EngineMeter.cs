using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Community.Bulk;

/// <summary>
/// What happens in this process, for OpenTelemetry. While nobody listens an instrument costs a comparison. No address, name, subject or
/// site is in any attribute.
/// </summary>
static class EngineMeter
{
    public const string Name = "Community.Delivery";

    static readonly Meter meter = new(Name);

    static readonly Counter<long> answers =
        meter.CreateCounter<long>("community.delivery.answers", "{message}", "Answers that a delivery server got, by kind.");

    static readonly Histogram<double> durations = meter.CreateHistogram(
        "community.delivery.duration",
        "s",
        "From the beginning of a message to its answer.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] }
    );

    static readonly Histogram<double> delays = meter.CreateHistogram(
        "community.delivery.start_delay",
        "s",
        "Between a mailing's time and its first message.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600] }
    );

    static readonly Counter<long> lost =
        meter.CreateCounter<long>("community.delivery.leases.lost", "{recipient}", "Recipients taken back from servers that were silent.");

    static readonly Counter<long> dead =
        meter.CreateCounter<long>("community.delivery.dead_letters.made", "{message}", "Messages that this process gave up.");

    public static void Answered(AnswerKind kind, string server)
    {
        if (answers.Enabled) answers.Add(1, new("outcome", NameOf(kind)), new("server", server));
    }

    static string NameOf(AnswerKind kind) => kind switch
    {
        AnswerKind.Accepted => "accepted",
        AnswerKind.Deferred => "deferred",
        AnswerKind.Rejected => "rejected",
        AnswerKind.Ambiguous => "ambiguous",
        _ => "away",
    };

    public static long Start => durations.Enabled ? Stopwatch.GetTimestamp() : 0;

    public static void Took(long start, string server)
    {
        if (start != 0) durations.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>("server", server));
    }

    public static void Begun(double delay) => delays.Record(delay);

    public static void Lost(int recipients)
    {
        if (recipients > 0) lost.Add(recipients);
    }

    public static void Died(string queue) => dead.Add(1, new KeyValuePair<string, object?>("queue", queue));
}
