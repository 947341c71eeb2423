using System.Collections.Concurrent;
using Community.Mail.Smtp;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>
/// Sends the sites' letters, one by one, outside any throttle. A letter whose fate is unknown is sent again:
/// a second confirmation mail does no harm, a missing one locks somebody out.
/// </summary>
public sealed class LetterQueue(Databases databases, SiteDirectory sites, SiteBell bell, SiteScopes scopes, MailTransport transport, MailColorsOf look, IOptions<CommunityOptions> options, TimeProvider time, ILogger<LetterQueue> logger)
    : SiteQueue(SiteQueues.Letters, databases, sites, bell, time, logger)
{
    /// <summary>A letter is tried for so long; the link in it is not worth more.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(2);
    /// <summary>Longer than the ten minutes that a relay may take to answer the final dot (RFC 5321 §4.5.3.2.6).</summary>
    static readonly TimeSpan LetterLease = TimeSpan.FromMinutes(15);
    static readonly TimeSpan Turn = TimeSpan.FromSeconds(20);
    /// <summary>A relay that nobody can talk to is no letter's fault: all of them wait so long, and none is counted against.</summary>
    static readonly TimeSpan RelayPause = TimeSpan.FromSeconds(20);
    /// <summary>At a stop, a letter under way may end: else it would be sent again.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    protected override int Lanes => 4;

    // Sites whose letters in hand are ours, and not those of a process that died.
    readonly ConcurrentDictionary<long, byte> ours = new();

    enum Outcome { Nothing, Settled, RelayAway }

    protected override async Task<DateTime?> Drain(Site site, CancellationToken ct)
    {
        if (IsAlone && !ours.ContainsKey(site.Id)) await scopes.Run(site, s => TakeUpAgain(s.GetRequiredService<SiteDb>(), ct));
        for (var lasts = Lasts(Turn); lasts() && !ct.IsCancellationRequested;)
        {
            var outcome = await scopes.Run(site, s => SendNext(s.GetRequiredService<SiteDb>(), ct));
            if (outcome == Outcome.RelayAway) return Time.GetUtcNow().UtcDateTime + RelayPause;
            if (outcome == Outcome.Nothing) break;
        }
        return await scopes.Run(site, s => Waiting(s.GetRequiredService<SiteDb>()).MinAsync(l => (DateTime?)l.DueAt, ct));
    }

    async Task TakeUpAgain(SiteDb db, CancellationToken ct)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        await db.Letters.Where(l => l.State == LetterState.Handing).ExecuteUpdateAsync(s => s.SetProperty(l => l.DueAt, now), ct);
        ours[db.Site.Id] = 0;
    }

    static IQueryable<Letter> Waiting(SiteDb db) => db.Letters.Where(l => l.State == LetterState.Waiting || l.State == LetterState.Handing);

    async Task<Outcome> SendNext(SiteDb db, CancellationToken ct)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var letter = await Waiting(db).AsNoTracking().Where(l => l.DueAt <= now).OrderBy(l => l.DueAt).ThenBy(l => l.Id).FirstOrDefaultAsync(ct);
        if (letter is null) return Outcome.Nothing;
        // The lease is the due time: whoever dies here leaves the letter to the next.
        var mine = await db.Letters.Where(l => l.Id == letter.Id && l.DueAt == letter.DueAt)
            .ExecuteUpdateAsync(s => s.SetProperty(l => l.State, LetterState.Handing).SetProperty(l => l.DueAt, now + LetterLease).SetProperty(l => l.Attempts, letter.Attempts + 1), ct);
        if (mine == 0) return Outcome.Settled;
        await Faults.At("letter.leased", db.Site);
        var result = await HandOver(db.Site, letter, ct);
        await Faults.At("letter.answered", db.Site);
        await Settle(db, letter, result);
        return result is { Status: SendStatus.NotSent, Phase: > SmtpPhase.Local and <= SmtpPhase.Authenticate } ? Outcome.RelayAway : Outcome.Settled;
    }

    async Task<SendResult> HandOver(Site site, Letter letter, CancellationToken ct)
    {
        using var underWay = new CancellationTokenSource();
        using var stop = ct.Register(() => underWay.CancelAfter(Grace));
        try { return await transport.Deliver(LetterMessage.Write(letter, site, options.Value.UrlOf(site, "/"), look(site), letter.CreatedAt), site.MailFrom, letter.To, _ => Faults.At("letter.before-dot", site), underWay.Token); }
        catch (Exception error) when (error is ArgumentException or FormatException) { return new SendResult(SendStatus.NotSent, SmtpPhase.Local, null, null, error.Message); }
        catch (OperationCanceledException) { return new SendResult(SendStatus.NotSent, SmtpPhase.Connect, null, null, "Stopped before it was sent."); }
        catch (Exception error)
        {
            // Whatever it is, the letters behind this one must not wait for it.
            logger.LogError(error, "Site {Site}: letter {Letter} ({Kind}) could not be handed over", site.Key, letter.Id, letter.Kind);
            return new SendResult(SendStatus.NotSent, SmtpPhase.MailFrom, null, null, error.Message);
        }
    }

    // Refused before its recipient was named, it is the relay's or our settings' fault: somebody will mend that, and the letter is wanted.
    static bool IsItsOwnFault(SendResult result) => result.IsPermanent && result.Phase is SmtpPhase.Local or >= SmtpPhase.RcptTo;

    // Not cancelled: what the relay said must be written down.
    async Task Settle(SiteDb db, Letter letter, SendResult result)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var answer = $"{result.Code} {result.Text}".Trim();
        var row = db.Letters.Where(l => l.Id == letter.Id);
        if (result.Status == SendStatus.Accepted)
            await row.ExecuteUpdateAsync(s => s.SetProperty(l => l.State, LetterState.Sent).SetProperty(l => l.SentAt, now).SetProperty(l => l.Text, (string?)null).SetProperty(l => l.Answer, answer));
        else if (IsItsOwnFault(result) || now - letter.CreatedAt > Patience)
        {
            logger.LogWarning("Site {Site}: letter {Letter} ({Kind}) is given up: {Answer}", db.Site.Key, letter.Id, letter.Kind, result.Code);
            await row.ExecuteUpdateAsync(s => s.SetProperty(l => l.State, LetterState.Failed).SetProperty(l => l.Text, (string?)null).SetProperty(l => l.Answer, answer));
        }
        else
        {
            var relayAway = result is { Status: SendStatus.NotSent, Phase: <= SmtpPhase.Authenticate };
            var attempts = relayAway ? letter.Attempts : letter.Attempts + 1;
            var due = now + (relayAway ? RelayPause : WorkQueue.Backoff(attempts));
            await row.ExecuteUpdateAsync(s => s.SetProperty(l => l.State, LetterState.Waiting).SetProperty(l => l.DueAt, due).SetProperty(l => l.Attempts, attempts).SetProperty(l => l.Answer, answer));
        }
    }
}
