using System.Collections.Concurrent;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>
/// Sends the direct mail of all sites from this server, at its own rate. One loop checks once a second which sites have something due
/// and advances their mailings; several lanes hand over messages, taking sites in turn. No site can occupy all lanes.
/// </summary>
public sealed class MailingSender(
    Databases databases,
    SiteDirectory sites,
    SiteScopes scopes,
    QueueSignals signals,
    HandOver handOver,
    IOptions<CommunityOptions> options,
    IOptions<MailingOptions> rate,
    TimeProvider time,
    ILogger<MailingSender> logger
) : BackgroundService
{
    /// <summary>
    /// The queue in the catalogue. It is not a <see cref="SiteQueue"/>, where one node leases a site and drains it alone: here all nodes
    /// send for a site concurrently, each at its own rate, and lease single deliveries.
    /// </summary>
    public const string Queue = "mailing";
    /// <summary>Concurrent messages: a relay that takes minutes over one must not hold up the others.</summary>
    const int Workers = 24;
    const int WorkersPerSite = 8;
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    /// <summary>On shutdown, messages in progress get this long to finish; after that they are undone, or shown as ambiguous.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    readonly SitesInTurn inTurn = new(WorkersPerSite);
    readonly RelayPause pause = new(time);
    /// <summary>Of sites with a relay of their own.</summary>
    readonly ConcurrentDictionary<long, RelayPause> ownPauses = new();
    readonly ConcurrentDictionary<long, byte> reclaimed = new();
    readonly TokenBucket bucket = new(
        databases,
        time,
        options.Value.Node,
        rate.Value.MailingsPerHour,
        Math.Max(1, rate.Value.MailingBurst)
    );

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        if (await Begin(stopping) is not { } process) return;
        using var underWay = new CancellationTokenSource();
        using var _ = stopping.Register(() => underWay.CancelAfter(Grace));
        await Task.WhenAll([
            .. Enumerable.Range(0, Workers).Select(_ => Always(() => RunWorker(process, underWay.Token, stopping), stopping)),
            Always(() => Look(process, stopping), stopping),
        ]);
    }

    /// <summary>Null if the process stops, or must not send: see <see cref="Machine"/>.</summary>
    async Task<ProcessIncarnation?> Begin(CancellationToken stopping)
    {
        ProcessIncarnation? process = null;
        var isCopy = false;
        var here = Machine.Here(options.Value);
        await Always(async () =>
        {
            isCopy = !await Machine.MaySend(databases, options.Value.Node, here, rate.Value.MailingsFrom, stopping);
            if (!isCopy) process ??= await ProcessIncarnation.Begin(databases, options.Value.Node, here, stopping);
        }, stopping, until: () => process is not null || isCopy);
        if (isCopy)
            logger.LogError(
                "Direct mail is not sent: the server {Server} last sent it from another machine or with its database at another place, of "
                    + "which this may be a copy. If it may be sent from here, set Community:MailingsFrom={Machine} and start again",
                options.Value.Node,
                here
            );
        return process;
    }

    async Task Always(Func<Task> turn, CancellationToken stopping, Func<bool>? until = null)
    {
        while (!stopping.IsCancellationRequested && until?.Invoke() != true)
        {
            try { await turn(); }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested) { }
            catch (Exception error)
            {
                logger.LogError("Direct mail: a turn failed; the next follows in a second: {Error}", UntrustedText.Trace(error));
                await Wait(Poll, stopping);
            }
        }
    }

    async Task Look(ProcessIncarnation process, CancellationToken stopping)
    {
        var signalled = signals.TakeSignalled(Queue);
        var due = await signals.Due(Queue, stopping);
        var hasMore = false;
        foreach (var id in signalled.Union(due.Keys)) hasMore |= await Look(id, due.GetValueOrDefault(id), process, stopping);
        if (!hasMore) await signals.Wait(Queue, Poll, stopping);
    }

    /// <summary>True if the site needs another look at once.</summary>
    async Task<bool> Look(long id, DateTime? nextAt, ProcessIncarnation process, CancellationToken stopping)
    {
        var looked = time.GetUtcNow().UtcDateTime;
        if (await sites.Find(id, stopping) is not { } site) return false;
        if (site.State != SiteState.Active || !site.Features.Contains(MailingModule.Feature))
        {
            inTurn.Remove(id);
            // A suspended site, or one with the feature off, sends nothing. Check again later; whatever is overdue by then waits for a
            // person.
            await signals.Postpone(id, Queue, looked + TimeSpan.FromMinutes(1), looked, stopping);
            return false;
        }
        try
        {
            var outlook = await scopes.Run(site, async s =>
            {
                await s.GetRequiredService<ReclaimDeliveries>().Run(process, begun: !reclaimed.ContainsKey(id), stopping);
                reclaimed[id] = 0;
                await s.GetRequiredService<StopAtRates>().Run(stopping);
                return await s.GetRequiredService<AdvanceMailings>().Run(stopping);
            });
            if (outlook.HasDue) inTurn.Add(site);
            else inTurn.Remove(id);
            if (outlook.Next is null || outlook.Next > looked + Poll)
                await signals.Postpone(id, Queue, outlook.Next, looked, stopping);
            // Lets the other nodes join in at once, even if the clock is set back meanwhile.
            else if (nextAt != QueueSignals.Immediately)
                await signals.Lower(id, Queue, QueueSignals.Immediately, stopping);
            return outlook.HasMore;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            logger.LogError("Direct mail: site {Site} could not be looked at; tried again: {Error}", site.Key, UntrustedText.Trace(error));
            return false;
        }
    }

    async Task RunWorker(ProcessIncarnation process, CancellationToken underWay, CancellationToken stopping)
    {
        if (!inTurn.HasNext(Waits))
        {
            await inTurn.Filled(Poll, stopping);
            return;
        }
        // With other sites waiting, each token is for the next of them. Tokens are spent and committed before anything is leased for them.
        var wanted = bucket.IsUnlimited ? int.MaxValue : inTurn.Only is { } only ? handOver.Wanted(only) : 1;
        var (tokens, wait) = pause.Remaining is var left && left > TimeSpan.Zero ? (0, left) : await bucket.Take(wanted, stopping);
        // Without tokens, sites with a relay of their own may send.
        if (inTurn.Next(id => Waits(id) || (tokens == 0 && !handOver.HasOwnWay(id))) is not { } site)
        {
            await bucket.GiveBack(tokens, stopping);
            if (tokens == 0) await Wait(wait < Poll ? wait : Poll, stopping);
            return;
        }
        await bucket.GiveBack(await HandOverSome(site, process, tokens, underWay), stopping);
    }

    /// <summary>How many tokens were not used. An exception leaves all of them spent: some may have been used.</summary>
    async Task<int> HandOverSome(Site site, ProcessIncarnation process, int tokens, CancellationToken underWay)
    {
        try
        {
            var held = default(long?);
            var turn = await handOver.Some(site, process, tokens, Hear, underWay);
            if (turn is { Leased: 0, Waits: false }) inTurn.Remove(site.Id);
            if (held is { } mailing) await handOver.Hold(site, mailing);
            return handOver.HasOwnWay(site.Id) ? tokens : tokens - turn.Tried;

            bool Hear(Handed handed)
            {
                var pause = PauseOf(site.Id);
                pause.Hear(site.Id, handed.Delivery, handed.Completion, handed.IsOfTheWay);
                if (pause.AwaySince is { } since && time.GetUtcNow() - since > SettleDelivery.Patience) held = handed.Mailing;
                return pause.Remaining <= TimeSpan.Zero && !pause.Waits(site.Id);
            }
        }
        finally { inTurn.Done(site.Id); }
    }

    RelayPause PauseOf(long site) => handOver.HasOwnWay(site) ? ownPauses.GetOrAdd(site, _ => new RelayPause(time)) : pause;

    bool Waits(long site)
    {
        var way = PauseOf(site);
        return way.Waits(site) || (way != pause && way.Remaining > TimeSpan.Zero) || handOver.Waits(site);
    }

    static Task Wait(TimeSpan time, CancellationToken ct) => Task.Delay(time, ct).ContinueWith(_ => { }, TaskScheduler.Default);
}
