using System.Collections.Concurrent;
using Community.Mail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>
/// Sends the sites' e-mails without any throttle, several at once per site, those that somebody is waiting for first. Sites take turns.
/// An e-mail whose outcome is unknown is sent again: a duplicate confirmation mail does no harm, a missing one locks somebody out.
/// </summary>
public sealed class SystemMailQueue(
    Databases databases,
    SiteDirectory sites,
    QueueSignals signals,
    SiteScopes scopes,
    MailTransport transport,
    MailColorsOf look,
    IOptions<CommunityOptions> options,
    TimeProvider time,
    ILogger<SystemMailQueue> logger
) : SiteQueue(SiteQueues.SystemMails, databases, sites, signals, time, logger)
{
    /// <summary>An e-mail is given up at this age, when the link in it is no longer useful.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(2);
    /// <summary>Longer than the ten minutes that a relay may take to answer the final dot (RFC 5321 §4.5.3.2.6).</summary>
    static readonly TimeSpan SystemMailLease = TimeSpan.FromMinutes(15);
    static readonly TimeSpan Slice = TimeSpan.FromSeconds(20);
    /// <summary>While the relay cannot be reached, a site's e-mails wait this long, and no attempt is counted.</summary>
    static readonly TimeSpan RelayPause = TimeSpan.FromSeconds(20);
    /// <summary>On shutdown an e-mail in flight gets this long to finish; otherwise it would be sent again.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    /// <summary>How often to look for new e-mails while others are in flight.</summary>
    static readonly TimeSpan PollUnderWay = TimeSpan.FromMilliseconds(200);
    /// <summary>Most e-mails in flight from this node, over all sites; this also limits the connections to the relay.</summary>
    const int MaxUnderWay = 32;

    protected override int Workers => 16;

    // Sites already reclaimed: their e-mails in flight were leased by this process, not by one that died.
    readonly ConcurrentDictionary<long, byte> reclaimed = new();
    readonly ConcurrentDictionary<long, SystemMailSlots> slotsOf = new();
    readonly SemaphoreSlim underWay = new(MaxUnderWay);

    protected override async Task<DateTime?> Drain(Site site, CancellationToken ct)
    {
        await scopes.Run(site, s => Reclaim(s.GetRequiredService<SiteDb>(), ct));
        var slots = slotsOf.GetOrAdd(site.Id, _ => new SystemMailSlots());
        if (slots.AwayUntil > Time.GetUtcNow().UtcDateTime && slots.AwayUntil <= Time.GetUtcNow().UtcDateTime + RelayPause)
            return slots.AwayUntil;
        var away = slots.AwayUntil;
        for (var slice = TimeSlice(Slice); slice() && !ct.IsCancellationRequested;)
        {
            if (slots.AwayUntil is { } until && until != away) return until;
            if (slots.Room is not { } least || !await underWay.WaitAsync(PollUnderWay, ct))
            {
                await slots.Changed(PollUnderWay, ct);
                continue;
            }
            var mail = default(SystemMail);
            try { mail = await scopes.Run(site, s => LeaseNext(s.GetRequiredService<SiteDb>(), least, ct)); }
            finally { if (mail is null) underWay.Release(); }
            if (mail is not null)
            {
                slots.Enter(mail);
                _ = Task.Run(() => SendLeased(site, mail, slots, ct), CancellationToken.None);
            }
            else if (slots.IsEmpty) break;
            else await slots.Changed(PollUnderWay, ct);
        }
        // E-mails in flight reschedule the site when they end, so that one that hangs does not hold up the site.
        return await scopes.Run(
            site,
            s =>
                s.GetRequiredService<SiteDb>()
                    .SystemMails.Where(l => l.State == SystemMailState.Waiting || l.State == SystemMailState.InFlight)
                    .MinAsync(l => (DateTime?)l.DueAt, ct)
        );
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        for (var i = 0; i < MaxUnderWay; i++)
            await underWay.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>
    /// Requeues e-mails whose lease has expired; on SQLite, which has a single node, also those that a dead process had in flight.
    /// </summary>
    async Task Reclaim(SiteDb db, CancellationToken ct)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var all = IsAlone && !reclaimed.ContainsKey(db.Site.Id);
        var lapsed = db.SystemMails.Where(l => l.State == SystemMailState.InFlight && (all || l.DueAt <= now));
        // Read first: on SQLite even an update that matches no row waits for the site's write lock.
        if (await lapsed.AnyAsync(ct))
            await lapsed.ExecuteUpdateAsync(s => s.SetProperty(l => l.State, SystemMailState.Waiting).SetProperty(l => l.DueAt, now), ct);
        reclaimed[db.Site.Id] = 0;
    }

    /// <summary>Leases the next e-mail; null if none is due.</summary>
    async Task<SystemMail?> LeaseNext(SiteDb db, SystemMailPrecedence least, CancellationToken ct)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        // One query per precedence, in the order of the index.
        for (var precedence = SystemMailPrecedence.Urgent; precedence <= least; precedence++)
            while (
                await db
                    .SystemMails.AsNoTracking()
                    .Where(l => l.State == SystemMailState.Waiting && l.Precedence == precedence && l.DueAt <= now)
                    .OrderBy(l => l.DueAt)
                    .ThenBy(l => l.Id)
                    .FirstOrDefaultAsync(ct)
                    is { } mail
            )
            {
                // The due time serves as the lease: if this process dies here, another takes the e-mail over.
                var until = Conventions.ToMilliseconds(now + SystemMailLease);
                var mine = await db
                    .SystemMails.Where(l => l.Id == mail.Id && l.State == SystemMailState.Waiting && l.DueAt == mail.DueAt)
                    .ExecuteUpdateAsync(
                        s =>
                            s.SetProperty(l => l.State, SystemMailState.InFlight)
                                .SetProperty(l => l.DueAt, until)
                                .SetProperty(l => l.Attempts, mail.Attempts + 1),
                        ct
                    );
                if (mine == 0)
                    continue;
                mail.DueAt = until;
                return mail;
            }
        return null;
    }

    async Task SendLeased(Site site, SystemMail mail, SystemMailSlots slots, CancellationToken ct)
    {
        DateTime? away = null;
        try
        {
            await Faults.At("mail.leased", site);
            var result = await HandOver(site, mail, ct);
            await Faults.At("mail.answered", site);
            if (result.Verdict == SendVerdict.RelayAway) away = Time.GetUtcNow().UtcDateTime + RelayPause;
            await scopes.Run(site, s => Settle(s.GetRequiredService<SiteDb>(), mail, result));
        }
        catch (Exception error)
        {
            logger.LogError(
                "Site {Site}: mail {SystemMail} ({Kind}): its outcome could not be written down; it is sent again: {Error}",
                site.Key,
                mail.Id,
                mail.Kind,
                UntrustedText.Trace(error)
            );
        }
        finally
        {
            slots.Leave(mail, away);
            underWay.Release();
        }
    }

    async Task<SendResult> HandOver(Site site, SystemMail mail, CancellationToken ct)
    {
        using var underWay = new CancellationTokenSource();
        using var stop = ct.Register(() => underWay.CancelAfter(Grace));
        try
        {
            if (await scopes.Run(site, s => s.GetRequiredService<DeadAddress>()(mail.To, mail.Precedence, underWay.Token)))
                return SendResult.Unwritable("Earlier mail to this address came back: it is suppressed.");
            var (footer, signer, returns) = await scopes.Run(site, async s => (
                await MailFooter.Of(s, mail.Culture, underWay.Token),
                await s.GetRequiredService<MailSigning>().Find(underWay.Token),
                await s.GetRequiredService<SystemReturnPath>()(mail, underWay.Token)));
            var message = SystemMailMessage.Write(mail, site, options.Value.UrlOf(site, "/"), look(site), mail.CreatedAt, footer);
            signer?.Sign(message);
            var result = await transport.Deliver(
                message,
                returns ?? site.MailFrom,
                mail.To,
                _ => Faults.At("mail.before-dot", site),
                underWay.Token
            );
            if (result is { Verdict: SendVerdict.Refused, Status: SendStatus.RejectedPermanent })
                await scopes.Run(site, s => s.GetRequiredService<SystemMailRefused>()(mail, result));
            return result;
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            return SendResult.Unwritable(error.Message);
        }
        catch (OperationCanceledException)
        {
            return new SendResult(SendStatus.NotSent, SmtpPhase.Connect, null, null, "Stopped before it was sent.");
        }
        catch (Exception error)
        {
            // Whatever the error is, it must not hold up the e-mails behind this one.
            logger.LogError(
                "Site {Site}: mail {SystemMail} ({Kind}) could not be handed over: {Error}",
                site.Key,
                mail.Id,
                mail.Kind,
                UntrustedText.Trace(error)
            );
            return new SendResult(SendStatus.NotSent, SmtpPhase.MailFrom, null, null, error.GetType().Name);
        }
    }

    // Not cancellable: the relay's answer must be recorded.
    async Task Settle(SiteDb db, SystemMail mail, SendResult result)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var answer = UntrustedText.Safe($"{result.Code} {result.Text}");
        if (result.Verdict == SendVerdict.Accepted)
        {
            // Acceptance is final, even if another process has leased it meanwhile.
            await db
                .SystemMails.Where(l => l.Id == mail.Id)
                .ExecuteUpdateAsync(s =>
                    s.SetProperty(l => l.State, SystemMailState.Sent)
                        .SetProperty(l => l.SentAt, now)
                        .SetProperty(l => l.FailedAt, (DateTime?)null)
                        .SetProperty(l => l.Text, (string?)null)
                        .SetProperty(l => l.Fields, (string?)null)
                        .SetProperty(l => l.Answer, answer)
                );
            return;
        }
        // If sending took longer than the lease, another process has leased or finished the e-mail, and our result is stale.
        var mine = db.SystemMails.Where(l => l.Id == mail.Id && l.State == SystemMailState.InFlight && l.DueAt == mail.DueAt);
        // A rejected sender is the fault of the relay or our settings: somebody will fix it, and the e-mail is still wanted.
        if (result.Verdict == SendVerdict.Refused || now - mail.CreatedAt > MaxAge)
        {
            logger.LogWarning(
                "Site {Site}: mail {SystemMail} ({Kind}) is given up: {Phase} {Answer}",
                db.Site.Key,
                mail.Id,
                mail.Kind,
                result.Phase,
                answer
            );
            await mine.ExecuteUpdateAsync(s =>
                s.SetProperty(l => l.State, SystemMailState.Failed).SetProperty(l => l.FailedAt, now).SetProperty(l => l.Answer, answer)
            );
            return;
        }
        var relayAway = result.Verdict == SendVerdict.RelayAway;
        var attempts = relayAway ? mail.Attempts : mail.Attempts + 1;
        var due = now + (relayAway ? RelayPause : WorkQueue.Backoff(attempts));
        await mine.ExecuteUpdateAsync(s =>
            s.SetProperty(l => l.State, SystemMailState.Waiting)
                .SetProperty(l => l.DueAt, due)
                .SetProperty(l => l.Attempts, attempts)
                .SetProperty(l => l.Answer, answer)
        );
        // The site's lease may have been released meanwhile.
        await Reschedule(db.Site.Id, due);
    }
}
