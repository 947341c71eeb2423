using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>Runs the sites' event handlers and jobs.</summary>
public sealed class WorkQueue(
    Databases databases,
    SiteDirectory sites,
    QueueSignals signals,
    SiteScopes scopes,
    JobList jobs,
    EventRunner events,
    TimeProvider time,
    ILogger<WorkQueue> logger
) : SiteQueue(SiteQueues.Work, databases, sites, signals, time, logger)
{
    /// <summary>With the back-off below, a job is tried for a day before it is given up.</summary>
    public const int MaxAttempts = 18;
    /// <summary>From so many failures on, after nearly three hours, staff see what is still being tried.</summary>
    public const int AttemptsUntilShown = 12;
    /// <summary>A site keeps its worker this long, then other sites get a turn.</summary>
    static readonly TimeSpan Slice = TimeSpan.FromSeconds(5);
    static readonly TimeSpan MaxForOne = TimeSpan.FromSeconds(30);
    /// <summary>A handler that ignores its cancellation is abandoned after this long.</summary>
    static readonly TimeSpan IgnoresCancellation = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A site that was drained a moment ago is busy: its events are collected for this long, so that handlers get them in one batch.
    /// </summary>
    static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(250);

    /// <summary>After jobs of so long the site's events come first again.</summary>
    static readonly TimeSpan BetweenEvents = TimeSpan.FromSeconds(1);

    /// <summary>Rows read together.</summary>
    const int BatchSize = 100;

    // Sites that have a row for each recurring job. Checked once per process, as an upgrade may bring new jobs.
    readonly ConcurrentDictionary<long, byte> complete = new();
    readonly ConcurrentDictionary<long, long> drained = new();

    protected override async Task<DateTime?> Drain(Site site, CancellationToken ct)
    {
        if (!complete.ContainsKey(site.Id)) await scopes.Run(site, s => Complete(s.GetRequiredService<SiteDb>(), ct));
        var busy = drained.TryGetValue(site.Id, out var last) && Time.GetElapsedTime(last) < Gather * 2;
        if (busy) await Task.Delay(Gather, ct);
        var slice = TimeSlice(Slice);
        DateTime? next = null;
        while (slice())
        {
            next = await events.Run(site, slice, ct);
            var now = Time.GetUtcNow().UtcDateTime;
            var rows = await scopes.Run(site, s => s.GetRequiredService<SiteDb>().Work.AsNoTracking()
                .Where(w => w.FailedAt == null && w.DueAt <= now).OrderBy(w => w.DueAt).ThenBy(w => w.Id).Take(BatchSize).ToListAsync(ct));
            if (rows.Count == 0) break;
            // Events wait for a job, and not for several.
            var soon = TimeSlice(BetweenEvents);
            foreach (var row in rows.TakeWhile(_ => slice() && soon())) await RunOne(site, row, ct);
        }
        drained[site.Id] = Time.GetTimestamp();
        var due = await scopes.Run(site, s => s.GetRequiredService<SiteDb>().Work
            .Where(w => w.FailedAt == null).MinAsync(w => (DateTime?)w.DueAt, ct));
        return next is null || due < next ? due : next;
    }

    async Task Complete(SiteDb db, CancellationToken ct)
    {
        var present = await db.Work.Where(w => w.FailedAt == null).Select(w => w.Handler).Distinct().ToListAsync(ct);
        db.Work.AddRange(jobs.RecurringRows(present.ToHashSet(), Time.GetUtcNow().UtcDateTime));
        await db.SaveChangesAsync(ct);
        complete[db.Site.Id] = 0;
    }

    async Task RunOne(Site site, WorkRow row, CancellationToken ct)
    {
        string? failure = null;
        var known = jobs.TryFind(row.Handler, out var every, out var run);
        try
        {
            if (!known) throw new InvalidOperationException($"No handler is called {row.Handler}.");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(MaxForOne);
            await scopes.Run(site, s => run(s, row.Payload, limit.Token)).WaitAsync(MaxForOne + IgnoresCancellation, ct);
            await Faults.At("work.done", site);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { throw; }
        catch (Exception error)
        {
            failure = error is OperationCanceledException or TimeoutException
                ? $"It took longer than {MaxForOne.TotalSeconds} s."
                : UntrustedText.Safe(error);
            logger.LogWarning(
                "Site {Site}: {Handler} failed, attempt {Attempt}: {Error}",
                site.Key,
                row.Handler,
                row.Attempts + 1,
                UntrustedText.Trace(error)
            );
        }
        await scopes.Run(site, s => Settle(s.GetRequiredService<SiteDb>(), row, every, failure));
    }

    async Task Settle(SiteDb db, WorkRow row, TimeSpan? every, string? failure)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var mine = db.Work.Where(w => w.Id == row.Id);
        if (failure is null && every is null) await mine.ExecuteDeleteAsync();
        else if (failure is null)
            await mine.ExecuteUpdateAsync(s =>
                s.SetProperty(w => w.DueAt, now + every!.Value).SetProperty(w => w.Attempts, 0).SetProperty(w => w.Error, (string?)null)
            );
        else
        {
            var attempts = row.Attempts + 1;
            var due = now + Backoff(attempts);
            DateTime? failed = attempts >= MaxAttempts && every is null ? now : null;
            await mine.ExecuteUpdateAsync(s => s.SetProperty(w => w.Attempts, attempts).SetProperty(w => w.Error, failure)
                .SetProperty(w => w.DueAt, due).SetProperty(w => w.FailedAt, failed));
        }
    }

    /// <summary>5 s, 10 s, 20 s … at most four hours.</summary>
    public static TimeSpan Backoff(int attempts) => TimeSpan.FromSeconds(Math.Min(5 * Math.Pow(2, attempts - 1), 4 * 3600));
}
