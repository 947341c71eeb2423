using System.Collections.Concurrent;
using Community.Mail.Smtp;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>
/// Sends the sites' letters outside any throttle, several at once for each site: those first for which somebody waits. Sites take turns.
/// A letter whose fate is unknown is sent again: a second confirmation mail does no harm, a missing one locks somebody out.
/// </summary>
public sealed class LetterQueue(
    Databases databases,
    SiteDirectory sites,
    QueueSignals signals,
    SiteScopes scopes,
    MailTransport transport,
    MailColorsOf look,
    IOptions<CommunityOptions> options,
    TimeProvider time,
    ILogger<LetterQueue> logger
) : SiteQueue(SiteQueues.Letters, databases, sites, signals, time, logger)
{
    /// <summary>A letter is tried for so long; the link in it is not worth more.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(2);
    /// <summary>Longer than the ten minutes that a relay may take to answer the final dot (RFC 5321 §4.5.3.2.6).</summary>
    static readonly TimeSpan LetterLease = TimeSpan.FromMinutes(15);
    static readonly TimeSpan Slice = TimeSpan.FromSeconds(20);
    /// <summary>A relay that nobody can talk to is no letter's fault: all of them wait so long, and none is counted against.</summary>
    static readonly TimeSpan RelayPause = TimeSpan.FromSeconds(20);
    /// <summary>At a stop, a letter under way may end: else it would be sent again.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    /// <summary>While letters are under way, new ones are looked for so often.</summary>
    static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);
    /// <summary>Letters of all sites under way from this node: as many connections to the relay.</summary>
    const int MaxUnderWay = 32;

    protected override int Workers => 16;

    // Sites whose letters in hand are ours, and not those of a process that died.
    readonly ConcurrentDictionary<long, byte> ours = new();
    readonly ConcurrentDictionary<long, LetterLanes> lanesOf = new();
    readonly SemaphoreSlim underWay = new(MaxUnderWay);

    protected override async Task<DateTime?> Drain(Site site, CancellationToken ct)
    {
        await scopes.Run(site, s => TakeUpAgain(s.GetRequiredService<SiteDb>(), ct));
        var lanes = lanesOf.GetOrAdd(site.Id, _ => new LetterLanes());
        if (lanes.AwayUntil > Time.GetUtcNow().UtcDateTime && lanes.AwayUntil <= Time.GetUtcNow().UtcDateTime + RelayPause)
            return lanes.AwayUntil;
        var away = lanes.AwayUntil;
        for (var lasts = TimeSlice(Slice); lasts() && !ct.IsCancellationRequested;)
        {
            if (lanes.AwayUntil is { } until && until != away) return until;
            if (lanes.Room is not { } least || !await underWay.WaitAsync(Again, ct))
            {
                await lanes.Changed(Again, ct);
                continue;
            }
            var letter = default(Letter);
            try { letter = await scopes.Run(site, s => LeaseNext(s.GetRequiredService<SiteDb>(), least, ct)); }
            finally { if (letter is null) underWay.Release(); }
            if (letter is not null)
            {
                lanes.Enter(letter);
                _ = Task.Run(() => SendLeased(site, letter, lanes, ct), CancellationToken.None);
            }
            else if (lanes.IsEmpty) break;
            else await lanes.Changed(Again, ct);
        }
        // Those under way end by themselves, and say then when they are due again: one that hangs does not hold up the site.
        return await scopes.Run(
            site,
            s =>
                s.GetRequiredService<SiteDb>()
                    .Letters.Where(l => l.State == LetterState.Waiting || l.State == LetterState.Handing)
                    .MinAsync(l => (DateTime?)l.DueAt, ct)
        );
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        for (var i = 0; i < MaxUnderWay; i++)
            await underWay.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Letters whose lease ran out wait again; where nobody else works, those too that a process had in hand that ended.</summary>
    async Task TakeUpAgain(SiteDb db, CancellationToken ct)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var all = IsAlone && !ours.ContainsKey(db.Site.Id);
        var lapsed = db.Letters.Where(l => l.State == LetterState.Handing && (all || l.DueAt <= now));
        // Asked first: on SQLite even an update of no row waits for the site's one writer.
        if (await lapsed.AnyAsync(ct))
            await lapsed.ExecuteUpdateAsync(s => s.SetProperty(l => l.State, LetterState.Waiting).SetProperty(l => l.DueAt, now), ct);
        ours[db.Site.Id] = 0;
    }

    /// <summary>Takes the next letter in hand; null if none is due.</summary>
    async Task<Letter?> LeaseNext(SiteDb db, LetterPrecedence least, CancellationToken ct)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        // One question for each: the index has them in this order.
        for (var precedence = LetterPrecedence.Urgent; precedence <= least; precedence++)
            while (
                await db
                    .Letters.AsNoTracking()
                    .Where(l => l.State == LetterState.Waiting && l.Precedence == precedence && l.DueAt <= now)
                    .OrderBy(l => l.DueAt)
                    .ThenBy(l => l.Id)
                    .FirstOrDefaultAsync(ct)
                    is { } letter
            )
            {
                // The lease is the due time: whoever dies here leaves the letter to the next.
                var until = Conventions.Cut(now + LetterLease);
                var mine = await db
                    .Letters.Where(l => l.Id == letter.Id && l.State == LetterState.Waiting && l.DueAt == letter.DueAt)
                    .ExecuteUpdateAsync(
                        s =>
                            s.SetProperty(l => l.State, LetterState.Handing)
                                .SetProperty(l => l.DueAt, until)
                                .SetProperty(l => l.Attempts, letter.Attempts + 1),
                        ct
                    );
                if (mine == 0)
                    continue;
                letter.DueAt = until;
                return letter;
            }
        return null;
    }

    async Task SendLeased(Site site, Letter letter, LetterLanes lanes, CancellationToken ct)
    {
        DateTime? away = null;
        try
        {
            await Faults.At("letter.leased", site);
            var result = await HandOver(site, letter, ct);
            await Faults.At("letter.answered", site);
            if (IsRelayAway(result)) away = Time.GetUtcNow().UtcDateTime + RelayPause;
            await scopes.Run(site, s => Settle(s.GetRequiredService<SiteDb>(), letter, result));
        }
        catch (Exception error)
        {
            logger.LogError(
                "Site {Site}: letter {Letter} ({Kind}): its outcome could not be written down; it is sent again: {Error}",
                site.Key,
                letter.Id,
                letter.Kind,
                Foreign.Trace(error)
            );
        }
        finally
        {
            lanes.Leave(letter, away);
            underWay.Release();
        }
    }

    static bool IsRelayAway(SendResult result) =>
        result is { Status: SendStatus.NotSent, Phase: > SmtpPhase.Local and <= SmtpPhase.Authenticate };

    async Task<SendResult> HandOver(Site site, Letter letter, CancellationToken ct)
    {
        using var underWay = new CancellationTokenSource();
        using var stop = ct.Register(() => underWay.CancelAfter(Grace));
        try
        {
            return await transport.Deliver(
                LetterMessage.Write(letter, site, options.Value.UrlOf(site, "/"), look(site), letter.CreatedAt),
                site.MailFrom,
                letter.To,
                _ => Faults.At("letter.before-dot", site),
                underWay.Token
            );
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            return new SendResult(SendStatus.NotSent, SmtpPhase.Local, null, null, error.Message);
        }
        catch (OperationCanceledException)
        {
            return new SendResult(SendStatus.NotSent, SmtpPhase.Connect, null, null, "Stopped before it was sent.");
        }
        catch (Exception error)
        {
            // Whatever it is, the letters behind this one must not wait for it.
            logger.LogError(
                "Site {Site}: letter {Letter} ({Kind}) could not be handed over: {Error}",
                site.Key,
                letter.Id,
                letter.Kind,
                Foreign.Trace(error)
            );
            return new SendResult(SendStatus.NotSent, SmtpPhase.MailFrom, null, null, error.GetType().Name);
        }
    }

    // Refused before its recipient was named, it is the relay's or our settings' fault: somebody will mend that, and the letter is wanted.
    static bool IsItsOwnFault(SendResult result) => result.IsPermanent && result.Phase is SmtpPhase.Local or >= SmtpPhase.RcptTo;

    // Not cancelled: what the relay said must be written down.
    async Task Settle(SiteDb db, Letter letter, SendResult result)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var answer = Foreign.Safe($"{result.Code} {result.Text}");
        if (result.Status == SendStatus.Accepted)
        {
            // Proof, whoever has it in hand by now.
            await db
                .Letters.Where(l => l.Id == letter.Id)
                .ExecuteUpdateAsync(s =>
                    s.SetProperty(l => l.State, LetterState.Sent)
                        .SetProperty(l => l.SentAt, now)
                        .SetProperty(l => l.FailedAt, (DateTime?)null)
                        .SetProperty(l => l.Text, (string?)null)
                        .SetProperty(l => l.Answer, answer)
                );
            return;
        }
        // Longer than its lease, and another has it in hand or is done with it: what we know is old.
        var mine = db.Letters.Where(l => l.Id == letter.Id && l.State == LetterState.Handing && l.DueAt == letter.DueAt);
        if (IsItsOwnFault(result) || now - letter.CreatedAt > Patience)
        {
            logger.LogWarning(
                "Site {Site}: letter {Letter} ({Kind}) is given up: {Phase} {Answer}",
                db.Site.Key,
                letter.Id,
                letter.Kind,
                result.Phase,
                answer
            );
            await mine.ExecuteUpdateAsync(s =>
                s.SetProperty(l => l.State, LetterState.Failed).SetProperty(l => l.FailedAt, now).SetProperty(l => l.Answer, answer)
            );
            return;
        }
        var relayAway = IsRelayAway(result);
        var attempts = relayAway ? letter.Attempts : letter.Attempts + 1;
        var due = now + (relayAway ? RelayPause : WorkQueue.Backoff(attempts));
        await mine.ExecuteUpdateAsync(s =>
            s.SetProperty(l => l.State, LetterState.Waiting)
                .SetProperty(l => l.DueAt, due)
                .SetProperty(l => l.Attempts, attempts)
                .SetProperty(l => l.Answer, answer)
        );
        // The site may have been given back meanwhile.
        await Reschedule(db.Site.Id, due);
    }
}
