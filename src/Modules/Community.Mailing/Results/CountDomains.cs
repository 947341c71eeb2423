using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Asks for a mailing to be counted by domains.</summary>
public sealed record RunCountDomains(long Mailing);

/// <summary>
/// Counts a mailing by the domains of its recipients, from the rows and anew each time: after its end, and daily while returns still come.
/// A domain is that of a member's present address: no address is kept with a delivery.
/// </summary>
public sealed class CountDomains(SiteDb db) : IHandle<RunCountDomains>
{
    public const string Job = "mailing.count-domains";
    /// <summary>So long after the end returns are waited for.</summary>
    public static readonly TimeSpan Until = TimeSpan.FromDays(14);

    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Performance",
        "CA1866:Use char overload",
        Justification = "Npgsql's provider does not translate it."
    )]
    public async Task Handle(RunCountDomains message, CancellationToken ct)
    {
        var id = message.Mailing;
        var counts = new Dictionary<string, MailingDomain>();
        MailingDomain Of(string? domain)
        {
            var name = (domain ?? "").ToLowerInvariant();
            return counts.TryGetValue(name, out var row) ? row : counts[name] = new() { MailingId = id, Domain = name };
        }
        // Outside the change: nobody who writes waits for the counting.
        var settled = await db.Deliveries.AsNoTracking()
            .Where(d => d.MailingId == id && (d.State == DeliveryState.Accepted || d.State == DeliveryState.Rejected))
            .Join(db.Members, d => d.MemberId, m => m.Id, (d, m) => new
            {
                d.State,
                Domain = m.NormalizedEmail!.Substring(m.NormalizedEmail!.IndexOf("@") + 1),
            })
            .GroupBy(d => new { d.Domain, d.State }).Select(g => new { g.Key.Domain, g.Key.State, N = g.Count() }).ToListAsync(ct);
        foreach (var of in settled)
            if (of.State is DeliveryState.Accepted) Of(of.Domain).Accepted += of.N;
            else Of(of.Domain).Rejected += of.N;
        var accepted = db.Deliveries.Where(d => d.MailingId == id && d.State == DeliveryState.Accepted);
        var returned = await db.Returns.AsNoTracking()
            .Where(r => r.MailingId == id && r.Kind == ReturnKind.Bounce && accepted.Any(d => d.Id == r.DeliveryId))
            .GroupBy(r => r.Domain).Select(g => new { g.Key, N = g.Select(r => r.DeliveryId).Distinct().Count() }).ToListAsync(ct);
        foreach (var of in returned) Of(of.Key).Bounced += of.N;
        var engaged = await db.Engagements.AsNoTracking()
            .Where(e => e.MailingId == id && e.MemberId != null && e.Verdict == Verdict.Human)
            .Join(db.Members, e => e.MemberId, m => (long?)m.Id, (e, m) => new
            {
                e.Kind,
                e.MemberId,
                Domain = m.NormalizedEmail!.Substring(m.NormalizedEmail!.IndexOf("@") + 1),
            })
            .GroupBy(e => new { e.Domain, e.Kind })
            .Select(g => new { g.Key.Domain, g.Key.Kind, N = g.Select(e => e.MemberId).Distinct().Count() }).ToListAsync(ct);
        foreach (var of in engaged)
            if (of.Kind is EngagementKind.Open) Of(of.Domain).Opened += of.N;
            else if (of.Kind is EngagementKind.Click) Of(of.Domain).Clicked += of.N;
        var rows = counts.Values.OrderByDescending(c => c.Accepted + c.Rejected).ThenBy(c => c.Domain, StringComparer.Ordinal).ToList();
        if (rows.Count > MailingDomain.MaxDomains)
        {
            var others = new MailingDomain { MailingId = id };
            foreach (var row in rows.Skip(MailingDomain.MaxDomains).Concat(rows.Take(MailingDomain.MaxDomains).Where(r => r.Domain == "")))
                (others.Accepted, others.Rejected, others.Bounced, others.Opened, others.Clicked) = (
                    others.Accepted + row.Accepted,
                    others.Rejected + row.Rejected,
                    others.Bounced + row.Bounced,
                    others.Opened + row.Opened,
                    others.Clicked + row.Clicked
                );
            rows = [.. rows.Take(MailingDomain.MaxDomains).Where(r => r.Domain != ""), others];
        }
        await using var change = await db.Change(ct);
        // Two that count at once: the second waits, and writes what it saw.
        await db.LockRow<Mailing>(id, ct);
        await db.MailingDomains.Where(d => d.MailingId == id).ExecuteDeleteAsync(ct);
        await db.InsertAll(rows, ct);
        await change.Commit(ct);
    }
}

/// <summary>Has a mailing counted by domains once it has ended.</summary>
public sealed class CountWhenFinished(SiteDb db) : IEventHandler
{
    static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    public Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        foreach (var id in events.Select(e => e.Event).OfType<MailingFinished>().Select(f => f.MailingId).Distinct())
            db.Enqueue(new RunCountDomains(id), db.Now + Soon);
        return Task.CompletedTask;
    }
}

/// <summary>Has the latest mailings counted by domains anew each day.</summary>
public sealed class CountDomainsAnew(SiteDb db) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var since = db.Now - CountDomains.Until;
        var latest = db.Mailings.WithoutTests().Where(m => m.EndedAt > since && m.StartedAt != null);
        foreach (var id in await latest.Select(m => m.Id).ToListAsync(ct))
            db.Enqueue(new RunCountDomains(id));
        await db.SaveChangesAsync(ct);
    }
}
