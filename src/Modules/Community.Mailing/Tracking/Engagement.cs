using System.Numerics;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// One open or click. Append-only, and without address, network or browser: they are looked at while the request is at hand, and the
/// verdict alone is kept. Removed by age (<see cref="MailingSettings.EngagementsKept"/>); what was counted stays.
/// </summary>
public sealed class Engagement
{
    public long Id { get; set; }
    public long MailingId { get; set; }
    public byte Variant { get; set; }
    public EngagementKind Kind { get; set; }
    /// <summary>The link that was followed; 0 for an open.</summary>
    public long LinkId { get; set; }
    /// <summary>
    /// Tells recipients of one mailing apart: the delivery where <see cref="MemberId"/> is known, else a random number; 0 if they are not
    /// told apart.
    /// </summary>
    public long Subject { get; set; }
    /// <summary>Known only of members who agreed to it.</summary>
    public long? MemberId { get; set; }
    public DateTime At { get; set; }
    public Verdict Verdict { get; set; }
    /// <summary>It is in <see cref="EngagementCount"/>.</summary>
    public bool Counted { get; set; }
}

/// <summary>
/// Opens and clicks of a mailing: in all, by variant, link and verdict, and what people did over time. A query has the rows of the first;
/// <see cref="EngagementCounts.OverTime"/> those of the second. Figures and graphs read this and never <see cref="Engagement"/>.
/// </summary>
public sealed class EngagementCount
{
    /// <summary>The bucket of what was done at any time.</summary>
    public const long Total = 0;
    /// <summary>The widest bucket is less than two of so many parts of the time since the start: half a bar of the graph.</summary>
    const int Parts = 96;

    public long MailingId { get; set; }
    /// <summary><see cref="Total"/>, or of <see cref="BucketOf"/>: then without variant and link, and of people alone.</summary>
    public long Bucket { get; set; }
    public byte Variant { get; set; }
    public EngagementKind Kind { get; set; }
    /// <summary>0 for opens, and for the clicks of all links together.</summary>
    public long LinkId { get; set; }
    public Verdict Verdict { get; set; }
    /// <summary>How often.</summary>
    public int N { get; set; }
    /// <summary>How many recipients did it for the first time; all of them if they are not told apart.</summary>
    public int Persons { get; set; }

    /// <summary>
    /// The bucket of a moment: of five minutes at first, and the wider the longer the mailing is under way. A large mailing is opened in
    /// each five minutes of weeks; so its graph reads some hundred rows, whatever became of it.
    /// </summary>
    /// <param name="at">When it was done.</param>
    /// <param name="start">When the mailing began.</param>
    /// <returns>As <see cref="MailingRollup.BucketOf"/>, rounded down.</returns>
    public static long BucketOf(DateTime at, DateTime start)
    {
        var (bucket, first) = (MailingRollup.BucketOf(at), MailingRollup.BucketOf(start));
        var width = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, (bucket - first) / Parts));
        // Never before the start: the graph would begin with an empty bar.
        return Math.Max(bucket - bucket % width, Math.Min(bucket, first));
    }
}

public static class EngagementCounts
{
    /// <summary>The filter that every query has by itself: what was done at any time.</summary>
    public const string InAll = "in all";

    /// <summary>What people did, by time: all variants and links together.</summary>
    public static IQueryable<EngagementCount> OverTime(this IQueryable<EngagementCount> counts) =>
        counts.IgnoreQueryFilters([InAll]).Where(c => c.Bucket > EngagementCount.Total);
}

/// <summary>An address to which a mailing leads.</summary>
public sealed class TrackedLink
{
    public const int MaxLength = 4000;

    public long Id { get; set; }
    public long MailingId { get; set; }
    /// <summary>
    /// Byte for byte as it was typed; empty for all addresses that contain a recipient's values: those stand sealed in their links.
    /// </summary>
    public string Url { get; set; } = "";
    /// <summary>Of the address; unique within the mailing.</summary>
    public required byte[] UrlHash { get; set; }
}
