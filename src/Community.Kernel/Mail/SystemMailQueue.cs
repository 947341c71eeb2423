using System.Collections.Concurrent;
using Community.Mail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>
/// Sends the sites' e-mails outside any throttle, several at once for each site: those first for which somebody waits. Sites take turns.
/// An e-mail whose fate is unknown is sent again: a second confirmation mail does no harm, a missing one locks somebody out.
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
    /// <summary>An e-mail is given up at this age; the link in it is not worth more.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(2);
    /// <summary>Longer than the ten minutes that a relay may take to answer the final dot (RFC 5321 §4.5.3.2.6).</summary>
    static readonly TimeSpan SystemMailLease = TimeSpan.FromMinutes(15);
    static readonly TimeSpan Slice = TimeSpan.FromSeconds(20);
    /// <summary>While there is no connection to the relay all e-mails wait this long, and no attempt is counted.</summary>
    static readonly TimeSpan RelayPause = TimeSpan.FromSeconds(20);
    /// <summary>When the program stops, an e-mail in flight has this long to end: else it would be sent again.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    /// <summary>How often new e-mails are looked for while others are under way.</summary>
    static readonly TimeSpan PollUnderWay = TimeSpan.FromMilliseconds(200);
    /// <summary>E-mails of all sites under way from this node, and so connections to the relay.</summary>
    const int MaxUnderWay = 32;

    protected override int Workers => 16;

    // Sites whose e-mails in flight were leased by this process, and not by one that died.
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
        // Those under way reschedule the site when they end: one that hangs does not hold up the site.
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
    /// Puts back e-mails whose lease ran out; on SQLite, where no other node works, also those that a dead process had in flight.
    /// </summary>
    async Task Reclaim(SiteDb db, CancellationToken ct)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var all = IsAlone && !reclaimed.ContainsKey(db.Site.Id);
        var lapsed = db.SystemMails.Where(l => l.State == SystemMailState.InFlight && (all || l.DueAt <= now));
        // Read first: on SQLite even an update of no row waits for the site's one writer.
        if (await lapsed.AnyAsync(ct))
            await lapsed.ExecuteUpdateAsync(s => s.SetProperty(l => l.State, SystemMailState.Waiting).SetProperty(l => l.DueAt, now), ct);
        reclaimed[db.Site.Id] = 0;
    }

    /// <summary>Leases the next e-mail; null if none is due.</summary>
    async Task<SystemMail?> LeaseNext(SiteDb db, SystemMailPrecedence least, CancellationToken ct)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        // One query for each precedence: the index has them in this order.
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
                // The due time is the lease: a process that dies here leaves the e-mail to the next.
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
            return await transport.Deliver(
                SystemMailMessage.Write(mail, site, options.Value.UrlOf(site, "/"), look(site), mail.CreatedAt),
                site.MailFrom,
                mail.To,
                _ => Faults.At("mail.before-dot", site),
                underWay.Token
            );
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
            // Whatever it is, the e-mails behind this one must not wait for it.
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

    // Not cancelled: what the relay said must be written down.
    async Task Settle(SiteDb db, SystemMail mail, SendResult result)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var answer = UntrustedText.Safe($"{result.Code} {result.Text}");
        if (result.Verdict == SendVerdict.Accepted)
        {
            // Proof, whoever has it in hand by now.
            await db
                .SystemMails.Where(l => l.Id == mail.Id)
                .ExecuteUpdateAsync(s =>
                    s.SetProperty(l => l.State, SystemMailState.Sent)
                        .SetProperty(l => l.SentAt, now)
                        .SetProperty(l => l.FailedAt, (DateTime?)null)
                        .SetProperty(l => l.Text, (string?)null)
                        .SetProperty(l => l.Answer, answer)
                );
            return;
        }
        // Longer than its lease, and another has it in hand or is done with it: what we know is old.
        var mine = db.SystemMails.Where(l => l.Id == mail.Id && l.State == SystemMailState.InFlight && l.DueAt == mail.DueAt);
        // A refusal of the sender is the relay's or our settings' fault: somebody will mend that, and the e-mail is still wanted.
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
        // The site may have been given back meanwhile.
        await Reschedule(db.Site.Id, due);
    }
}
