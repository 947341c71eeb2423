using Community.Kernel;
using Community.Mail;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>The results of one mailing, for the page and for the file. Read from counts, never from recipients' rows.</summary>
public sealed class MailingResults
{
    public required Mailing Mailing { get; init; }
    public required Progress Progress { get; init; }
    /// <summary>Returned later, by class; a message that came back twice is one.</summary>
    public required IReadOnlyDictionary<BounceClass, int> Bounces { get; init; }
    public required int Complaints { get; init; }
    public required IReadOnlyList<Count> Counts { get; init; }
    public required IReadOnlyList<Link> Links { get; init; }
    public required IReadOnlyList<MailingDomain> Domains { get; init; }

    /// <summary>All opens, clicks or leavers of one link and variant.</summary>
    /// <param name="Variant">See <see cref="Engagement.Variant"/>.</param>
    /// <param name="Kind">What was done.</param>
    /// <param name="LinkId">The link that was clicked; 0 for clicks and opens of the whole message.</param>
    /// <param name="Verdict">By whom.</param>
    /// <param name="N">How often.</param>
    /// <param name="Persons">By how many.</param>
    public sealed record Count(byte Variant, EngagementKind Kind, long LinkId, Verdict Verdict, int N, int Persons);

    /// <summary>What was sent, opened and clicked by people in spans of the same length.</summary>
    /// <param name="First">The bucket with which the first span begins.</param>
    /// <param name="Width">How many buckets a span has.</param>
    /// <param name="Sent">By span.</param>
    /// <param name="Did">Persons by span, of opens and of clicks.</param>
    public sealed record Periods(
        long First, long Width, IReadOnlyList<int> Sent, IReadOnlyDictionary<EngagementKind, IReadOnlyList<int>> Did);

    /// <summary>A link with its clicks; the address is empty for all those with values of recipients.</summary>
    public sealed record Link(long Id, string Url, int Clicks, int Persons);

    /// <summary>The numbers by which mailings are compared.</summary>
    public sealed record Rates(long Id, string Title, DateTime? StartedAt, int Sent, int Bounced, int Opened, int Clicked, int Left)
    {
        public bool IsTracked { get; init; }
        public int Complaints { get; init; }
    }

    public int Sent => Progress.Of(DeliveryState.Accepted);
    public int Bounced => Bounces.Values.Sum();
    public int Persons(EngagementKind kind, Verdict verdict = Verdict.Human) =>
        Counts.Where(c => c.Kind == kind && c.Verdict == verdict && c.LinkId == 0).Sum(c => c.Persons);
    public int Times(EngagementKind kind, Verdict verdict = Verdict.Human) =>
        Counts.Where(c => c.Kind == kind && c.Verdict == verdict && c.LinkId == 0).Sum(c => c.N);
    public bool IsTracked => Mailing.Tracking is not (null or TrackingMode.None);
    /// <summary>Recipients are told apart, so that persons are counted; else each time counts.</summary>
    public bool CountsPersons => Mailing.Tracking is TrackingMode.Pseudonymous or TrackingMode.Individual;

    public static async Task<MailingResults> Of(SiteDb db, Mailing mailing, CancellationToken ct = default)
    {
        var returns = await db.ReturnCounts.AsNoTracking().Where(c => c.MailingId == mailing.Id).ToListAsync(ct);
        var counts = await db.EngagementCounts.AsNoTracking().Where(c => c.MailingId == mailing.Id)
            .Select(c => new Count(c.Variant, c.Kind, c.LinkId, c.Verdict, c.N, c.Persons)).ToListAsync(ct);
        var links = await db.TrackedLinks.AsNoTracking().Where(l => l.MailingId == mailing.Id).ToListAsync(ct);
        var clicks = counts.Where(c => c.Kind is EngagementKind.Click && c.Verdict is Verdict.Human).ToLookup(c => c.LinkId);
        return new()
        {
            Mailing = mailing,
            Progress = await Progress.Of(db, mailing),
            Bounces = returns.Where(r => r.Kind is ReturnKind.Bounce).ToDictionary(r => r.Class, r => r.N),
            Complaints = returns.Where(r => r.Kind is ReturnKind.Complaint).Sum(r => r.N),
            Counts = counts,
            Links =
            [
                .. links.Select(l => new Link(l.Id, l.Url, clicks[l.Id].Sum(c => c.N), clicks[l.Id].Sum(c => c.Persons)))
                    .Where(l => l.Url.Length > 0 || l.Clicks > 0)
                    .OrderByDescending(l => l.Persons).ThenByDescending(l => l.Clicks).ThenBy(l => l.Id),
            ],
            Domains = await db.MailingDomains.AsNoTracking().Where(d => d.MailingId == mailing.Id)
                .OrderBy(d => d.Domain == "").ThenByDescending(d => d.Accepted + d.Rejected).ThenBy(d => d.Domain).ToListAsync(ct),
        };
    }

    /// <summary>The course of the mailing in at most so many spans; null if nothing happened yet.</summary>
    public async Task<Periods?> OverTime(SiteDb db, int max, CancellationToken ct = default)
    {
        var people = db.EngagementCounts.OverTime().Where(c => c.MailingId == Mailing.Id);
        var accepted = db.MailingRollups.Where(r => r.MailingId == Mailing.Id && r.State == DeliveryState.Accepted);
        // The ends stand at both ends of an index.
        var ends = await db.Mailings.Where(m => m.Id == Mailing.Id).Select(m => new
        {
            FirstSent = accepted.Min(r => (long?)r.Bucket),
            LastSent = accepted.Max(r => (long?)r.Bucket),
            FirstDone = people.Min(c => (long?)c.Bucket),
            LastDone = people.Max(c => (long?)c.Bucket),
        }).FirstOrDefaultAsync(ct);
        if (ends is null || (ends.FirstSent ?? ends.FirstDone) is null) return null;
        var first = Math.Min(ends.FirstSent ?? long.MaxValue, ends.FirstDone ?? long.MaxValue);
        var last = Math.Max(ends.LastSent ?? 0, ends.LastDone ?? 0);
        var width = Math.Max(1, (last - first + max) / max);
        var n = (int)((last - first) / width) + 1;
        // Summed by the database: of weeks there are some hundred moments, and to bring them here was a quarter of the page.
        var sent = await accepted.GroupBy(r => (r.Bucket - first) / width).Select(g => new { At = g.Key, N = g.Sum(r => r.N) })
            .ToListAsync(ct);
        var did = await people.GroupBy(c => new { c.Kind, At = (c.Bucket - first) / width })
            .Select(g => new { g.Key.Kind, g.Key.At, N = g.Sum(c => c.Persons) }).ToListAsync(ct);
        return new(
            first, width, Spans(sent.Select(s => (s.At, s.N))),
            new[] { EngagementKind.Open, EngagementKind.Click }
                .ToDictionary(k => k, k => Spans(did.Where(d => d.Kind == k).Select(d => (d.At, d.N)))));

        IReadOnlyList<int> Spans(IEnumerable<(long At, int N)> of)
        {
            var sums = new int[n];
            foreach (var (at, count) in of) sums[at] = Math.Max(0, count);
            return sums;
        }
    }

    /// <summary>The latest mailings of the same kind up to this one, newest first, with their numbers.</summary>
    public static async Task<IReadOnlyList<Rates>> Beside(SiteDb db, Mailing mailing, int count, CancellationToken ct = default)
    {
        var found = await db.Mailings.AsNoTracking().WithoutTests()
            .Where(m => m.KindId == mailing.KindId && m.StartedAt != null && m.Id <= mailing.Id).OrderByDescending(m => m.Id).Take(count)
            .Select(m => new { m.Id, m.Title, m.StartedAt, m.Tracking }).ToListAsync(ct);
        var ids = found.ConvertAll(m => m.Id);
        var sent = await db.MailingRollups.AsNoTracking().Where(r => ids.Contains(r.MailingId) && r.State == DeliveryState.Accepted)
            .GroupBy(r => r.MailingId).Select(g => new { g.Key, N = g.Sum(r => r.N) }).ToDictionaryAsync(g => g.Key, g => g.N, ct);
        var returned = await db.ReturnCounts.AsNoTracking().Where(c => ids.Contains(c.MailingId)).ToListAsync(ct);
        var engaged = await db.EngagementCounts.AsNoTracking()
            .Where(c => ids.Contains(c.MailingId) && c.LinkId == 0 && c.Verdict == Verdict.Human)
            .GroupBy(c => new { c.MailingId, c.Kind }).Select(g => new { g.Key, N = g.Sum(c => c.Persons) }).ToListAsync(ct);
        int Came(long id, ReturnKind kind) => returned.Where(r => r.MailingId == id && r.Kind == kind).Sum(r => r.N);
        int Did(long id, EngagementKind kind) => engaged.Where(e => e.Key.MailingId == id && e.Key.Kind == kind).Sum(e => e.N);
        return
        [
            .. found.Select(m => new Rates(
                m.Id,
                m.Title,
                m.StartedAt,
                sent.GetValueOrDefault(m.Id),
                Came(m.Id, ReturnKind.Bounce),
                Did(m.Id, EngagementKind.Open),
                Did(m.Id, EngagementKind.Click),
                Did(m.Id, EngagementKind.Leave)
            )
            {
                IsTracked = m.Tracking is not (null or TrackingMode.None),
                Complaints = Came(m.Id, ReturnKind.Complaint),
            }),
        ];
    }
}
