using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Asks for opens and clicks to be counted.</summary>
public sealed record RunCountEngagements;

/// <summary>
/// Counts opens and clicks once they are old enough to be judged together: who follows several links within seconds, or the link that
/// nobody sees, is a machine. Each step counts some rows and marks them in the same change.
/// </summary>
public sealed class CountEngagements(SiteDb db) : IHandle<RunCountEngagements>
{
    public const string Job = "mailing.count-engagements";
    /// <summary>Rows of one step.</summary>
    const int MaxTogether = 2_000;
    /// <summary>So many links within <see cref="Burst"/> are more than a person follows.</summary>
    const int MaxLinks = 2;
    static readonly TimeSpan Burst = TimeSpan.FromSeconds(10), Twins = TimeSpan.FromSeconds(2), Trap = TimeSpan.FromSeconds(15);

    public async Task Handle(RunCountEngagements message, CancellationToken ct)
    {
        while (await Next(ct)) db.ChangeTracker.Clear();
        // What came meanwhile.
        if (await db.Engagements.Where(e => !e.Counted).MinAsync(e => (DateTime?)e.At, ct) is not { } first) return;
        db.Enqueue(new RunCountEngagements(), first + EngagementRecorder.CountAfter);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Counts some.</summary>
    /// <returns>False if no more are old enough.</returns>
    public async Task<bool> Next(CancellationToken ct)
    {
        var until = db.Now - EngagementRecorder.CountAfter;
        await using var change = await db.Change(ct);
        // Locked on PostgreSQL, so that two that count at once count each row once.
        var rows = db.IsSqlite
            ? await db.Engagements.Where(e => !e.Counted && e.At <= until).OrderBy(e => e.Id).Take(MaxTogether).ToListAsync(ct)
            : await db.Engagements.FromSql($"""
                SELECT * FROM engagements WHERE NOT counted AND at <= {until} ORDER BY id LIMIT {MaxTogether} FOR UPDATE
                """).ToListAsync(ct);
        if (rows.Count == 0) return false;
        await Count(rows, ct);
        await change.Commit(ct);
        return rows.Count == MaxTogether;
    }

    async Task Count(List<Engagement> rows, CancellationToken ct)
    {
        var subjects = rows.Where(r => r.Subject != 0).Select(r => r.Subject).Distinct().ToList();
        // Whoever has a mail can ask for its picture a million times: of what was counted before, each thing is read once, and beside that
        // only what is near enough to judge by.
        var (near, before) = (new List<Engagement>(), new List<Engagement>());
        var (from, until) = (rows.Min(r => r.At) - Trap, rows.Max(r => r.At) + Trap);
        foreach (var chunk in subjects.Chunk(500))
        {
            var ofSubjects = db.Engagements.AsNoTracking().Where(e => chunk.Contains(e.Subject));
            near.AddRange(await ofSubjects.Where(e => e.At >= from && e.At <= until).OrderBy(e => e.Id).ToListAsync(ct));
            before.AddRange((await ofSubjects.Where(e => e.Counted).Select(e => new { e.MailingId, e.Subject, e.Kind, e.LinkId, e.Verdict })
                .Distinct().ToListAsync(ct)).ConvertAll(e => new Engagement
                {
                    MailingId = e.MailingId,
                    Subject = e.Subject,
                    Kind = e.Kind,
                    LinkId = e.LinkId,
                    Verdict = e.Verdict,
                }));
        }
        var bySubject = near.ToLookup(e => (e.MailingId, e.Subject));
        var mailings = rows.Select(r => r.MailingId).Distinct().ToList();
        var starts = await db.Mailings.Where(m => mailings.Contains(m.Id)).ToDictionaryAsync(m => m.Id, m => m.StartedAt, ct);
        var counts = new Dictionary<(long Mailing, long Bucket, byte Variant, EngagementKind, long Link, Verdict), (int N, int Persons)>();
        var seen = new HashSet<(long Mailing, long Subject, EngagementKind, long Link, Verdict)>(
            before.SelectMany(Keys));
        foreach (var row in rows)
        {
            if (row.Verdict is not Verdict.Machine && row.Subject != 0 && IsMachine(row, bySubject[(row.MailingId, row.Subject)]))
                row.Verdict = Verdict.Machine;
            row.Counted = true;
            if (row.Kind is EngagementKind.Trap) continue;
            foreach (var key in Keys(row))
            {
                var first = row.Subject == 0 || seen.Add(key);
                Add((row.MailingId, EngagementCount.Total, row.Variant, row.Kind, key.Link, row.Verdict), first);
                if (key.Link != 0 || row.Verdict is not Verdict.Human) continue;
                var bucket = EngagementCount.BucketOf(row.At, starts.GetValueOrDefault(row.MailingId) ?? row.At);
                Add((row.MailingId, bucket, 0, row.Kind, 0, row.Verdict), first);
            }
        }
        await db.SaveChangesAsync(ct);
        foreach (var ((mailing, bucket, variant, kind, link, verdict), (n, persons)) in counts.OrderBy(c => c.Key))
        {
            var (kindName, verdictName, number) = (kind.ToString(), verdict.ToString(), (int)variant);
            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO engagement_counts (mailing_id, bucket, variant, kind, link_id, verdict, n, persons)
                VALUES ({mailing}, {bucket}, {number}, {kindName}, {link}, {verdictName}, {n}, {persons})
                ON CONFLICT (mailing_id, bucket, variant, kind, link_id, verdict)
                DO UPDATE SET n = engagement_counts.n + excluded.n, persons = engagement_counts.persons + excluded.persons
                """, ct);
        }

        void Add((long Mailing, long Bucket, byte Variant, EngagementKind, long Link, Verdict) of, bool first)
        {
            var (n, persons) = counts.GetValueOrDefault(of);
            counts[of] = (n + 1, persons + (first ? 1 : 0));
        }
    }

    /// <summary>A click counts for its link, and for all links together.</summary>
    static IEnumerable<(long Mailing, long Subject, EngagementKind Kind, long Link, Verdict Verdict)> Keys(Engagement e)
    {
        yield return (e.MailingId, e.Subject, e.Kind, 0, e.Verdict);
        if (e.LinkId != 0) yield return (e.MailingId, e.Subject, e.Kind, e.LinkId, e.Verdict);
    }

    static bool IsMachine(Engagement row, IEnumerable<Engagement> others)
    {
        var near = others.Where(o => (o.At - row.At).Duration() <= Trap).ToList();
        if (near.Exists(o => o.Kind is EngagementKind.Trap)) return true;
        if (row.Kind is not EngagementKind.Click) return false;
        return Links(Burst) > MaxLinks || Links(Twins) >= MaxLinks;

        int Links(TimeSpan within) =>
            near.Where(o => o.Kind is EngagementKind.Click && (o.At - row.At).Duration() <= within)
                .Select(o => o.LinkId)
                .Distinct()
                .Count();
    }
}
