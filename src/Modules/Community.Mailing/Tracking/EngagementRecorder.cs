using System.Threading.Channels;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Community.Mailing;

/// <summary>
/// Records opens and clicks after they are answered, many in one change: rows are appended, and no two requests wait for one another's
/// lock. If the process dies, what it had in hand is lost: the last second's, at most <see cref="MaxWaiting"/>. Nobody's link is.
/// </summary>
public sealed class EngagementRecorder(SiteScopes scopes, JudgeEngagement judge, TimeProvider time, ILogger<EngagementRecorder> logger)
    : BackgroundService
{
    /// <summary>A site that cannot write for a while must not use up the memory: what comes beyond is not recorded.</summary>
    public const int MaxWaiting = 100_000;
    /// <summary>Rows of one change.</summary>
    const int MaxTogether = 5_000;
    static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(500);
    /// <summary>How long they wait to be judged together and counted.</summary>
    public static readonly TimeSpan CountAfter = TimeSpan.FromSeconds(30);

    readonly record struct Waiting(Site Site, TrackingToken Token, DateTime At, Verdict Verdict);

    readonly Channel<Waiting> waiting = Channel.CreateBounded<Waiting>(MaxWaiting);
    long dropped;

    /// <summary>Without a query, and without waiting. Nothing is recorded while the feature is off.</summary>
    public void Record(HttpContext http, Site site, TrackingToken token)
    {
        if (!site.Features.Contains(MailingModule.Feature)) return;
        var now = time.GetUtcNow().UtcDateTime;
        var verdict = judge.Of(http, token.Kind, now - token.WrittenAt);
        if (!waiting.Writer.TryWrite(new(site, token with { Url = null }, now, verdict))) Interlocked.Increment(ref dropped);
    }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        List<Waiting> some = [];
        while (await waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            // Those of the next moments join them.
            if (!ct.IsCancellationRequested && waiting.Reader.Count < MaxTogether)
                await Task.Delay(Gather, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            some.Clear();
            while (some.Count < MaxTogether && waiting.Reader.TryRead(out var one)) some.Add(one);
            foreach (var ofSite in some.GroupBy(w => w.Site.Id)) await Keep(ofSite.First().Site, [.. ofSite]);
            if (Interlocked.Exchange(ref dropped, 0) is > 0 and var lost)
                logger.LogWarning("{Count} opens and clicks came faster than they could be recorded, and were not", lost);
        }
    }

    async Task Keep(Site site, List<Waiting> some)
    {
        for (var tries = 1; ; tries++)
            try
            {
                await scopes.Run(site, s => Write(s.GetRequiredService<SiteDb>(), some));
                return;
            }
            catch (Exception error) when (tries < 5)
            {
                logger.LogWarning("Site {Site}: opens and clicks could not be recorded: {Error}", site.Key, UntrustedText.Trace(error));
                await Task.Delay(TimeSpan.FromSeconds(tries));
            }
            catch (Exception error)
            {
                logger.LogError(
                    "Site {Site}: {Count} opens and clicks are lost: {Error}", site.Key, some.Count, UntrustedText.Trace(error));
                return;
            }
    }

    static async Task Write(SiteDb db, List<Waiting> some)
    {
        var deliveries = some.Where(w => w.Token.IsDelivery).Select(w => w.Token.Subject).Distinct().ToList();
        await using var change = await db.Change();
        var known = new Dictionary<long, (long Mailing, long Member)>();
        // Who took the consent back since the mail was written is not known by name any more.
        var agreed = TrackedLinks.Tracked(db);
        foreach (var chunk in deliveries.Chunk(500))
            foreach (var row in await db.Deliveries.Where(d => chunk.Contains(d.Id))
                .Where(d => agreed.Any(c => c.MemberId == d.MemberId))
                .Select(d => new { d.Id, d.MailingId, d.MemberId }).ToListAsync())
                known[row.Id] = (row.MailingId, row.MemberId);
        var rows = new List<Engagement>(some.Count);
        foreach (var (_, token, at, verdict) in some)
        {
            var isKnown = token.IsDelivery && known.TryGetValue(token.Subject, out var of) && of.Mailing == token.Mailing;
            rows.Add(new()
            {
                MailingId = token.Mailing,
                Variant = token.Variant,
                Kind = token.Kind,
                LinkId = token.Kind is EngagementKind.Click ? token.Link : 0,
                Subject = token.IsDelivery && !isKnown ? 0 : token.Subject,
                MemberId = isKnown ? known[token.Subject].Member : null,
                At = at,
                Verdict = verdict,
            });
        }
        await db.InsertAll(rows);
        await CountSoon(db, default);
        await change.Commit();
    }

    /// <summary>Has what the open change records counted.</summary>
    internal static async Task CountSoon(SiteDb db, CancellationToken ct)
    {
        var now = db.Now;
        if (!await db.Work.AnyAsync(w => w.Handler == CountEngagements.Job && w.FailedAt == null && w.DueAt > now, ct))
            db.Enqueue(new RunCountEngagements(), now + CountAfter);
    }

    public override async Task StopAsync(CancellationToken ct)
    {
        waiting.Writer.TryComplete();
        await base.StopAsync(ct);
    }
}
