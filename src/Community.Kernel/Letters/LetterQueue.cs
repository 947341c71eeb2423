using Community.Mail.Smtp;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>
/// Sends the sites' letters, one by one, outside any throttle. A letter whose fate is unknown is sent again:
/// a second confirmation mail does no harm, a missing one locks somebody out.
/// </summary>
public sealed class LetterQueue(Databases databases, SiteDirectory sites, SiteBell bell, SiteScopes scopes, MailTransport transport, TimeProvider time, ILogger<LetterQueue> logger)
    : SiteQueue(SiteQueues.Letters, databases, sites, bell, time, logger)
{

    /// <summary>About two days, with the back-off of work.</summary>
    const int MostAttempts = 20;
    /// <summary>Longer than the ten minutes that a relay may take to answer the final dot (RFC 5321 §4.5.3.2.6).</summary>
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);
    static readonly TimeSpan Turn = TimeSpan.FromSeconds(20);

    protected override async Task<DateTime?> Drain(Site site, CancellationToken ct)
    {
        for (var end = Time.GetUtcNow() + Turn; Time.GetUtcNow() < end;)
            if (!await scopes.Run(site, s => SendNext(s.GetRequiredService<SiteDb>(), ct))) break;
        return await scopes.Run(site, s => s.GetRequiredService<SiteDb>().Letters
            .Where(l => l.State == LetterState.Waiting || l.State == LetterState.Handing).MinAsync(l => (DateTime?)l.DueAt, ct));
    }

    async Task<bool> SendNext(SiteDb db, CancellationToken ct)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var letter = await db.Letters.AsNoTracking().Where(l => (l.State == LetterState.Waiting || l.State == LetterState.Handing) && l.DueAt <= now).OrderBy(l => l.DueAt).FirstOrDefaultAsync(ct);
        if (letter is null) return false;
        // The lease is the due time: whoever dies here leaves the letter to the next.
        var mine = await db.Letters.Where(l => l.Id == letter.Id && l.DueAt == letter.DueAt)
            .ExecuteUpdateAsync(s => s.SetProperty(l => l.State, LetterState.Handing).SetProperty(l => l.DueAt, now + Lease).SetProperty(l => l.Attempts, letter.Attempts + 1), ct);
        if (mine == 0) return true;
        SendResult result;
        try { result = await transport.Deliver(LetterMessage.Write(letter, db.Site, letter.CreatedAt), db.Site.MailFrom, letter.To, null, ct); }
        catch (Exception error) when (error is ArgumentException or FormatException) { result = new SendResult(SendStatus.NotSent, SmtpPhase.Local, null, null, error.Message); }
        await Settle(db, letter, result);
        return result.Status == SendStatus.Accepted || result.IsPermanent;
    }

    async Task Settle(SiteDb db, Letter letter, SendResult result)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var answer = $"{result.Code} {result.Text}".Trim();
        var row = db.Letters.Where(l => l.Id == letter.Id);
        if (result.Status == SendStatus.Accepted)
            await row.ExecuteUpdateAsync(s => s.SetProperty(l => l.State, LetterState.Sent).SetProperty(l => l.SentAt, now).SetProperty(l => l.Text, (string?)null).SetProperty(l => l.Answer, answer));
        else if (result.IsPermanent || letter.Attempts + 1 >= MostAttempts)
        {
            logger.LogWarning("Site {Site}: letter {Letter} ({Kind}) is given up: {Answer}", db.Site.Key, letter.Id, letter.Kind, result.Code);
            await row.ExecuteUpdateAsync(s => s.SetProperty(l => l.State, LetterState.Failed).SetProperty(l => l.Text, (string?)null).SetProperty(l => l.Answer, answer));
        }
        else
        {
            var due = now + WorkQueue.Backoff(letter.Attempts + 1);
            await row.ExecuteUpdateAsync(s => s.SetProperty(l => l.State, LetterState.Waiting).SetProperty(l => l.DueAt, due).SetProperty(l => l.Answer, answer));
        }
    }
}
