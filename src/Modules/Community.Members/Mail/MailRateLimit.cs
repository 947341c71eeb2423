using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Limits e-mails to a member to one a minute and <see cref="MaxADay"/> a day, so that our forms cannot flood a mailbox.</summary>
public sealed class MailRateLimit(SiteDb db, TimeProvider time)
{
    const int MaxADay = 10;
    static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Counts an e-mail that a form triggers; false if over the limit. One statement checks and counts, so only one of several concurrent
    /// requests gets it. Call it inside the transaction that writes the e-mail.
    /// </summary>
    public async Task<bool> Take(long member, CancellationToken ct = default)
    {
        var now = time.GetUtcNow().UtcDateTime;
        // A last e-mail in the future means that the clock was set back since.
        DateTime before = now - Between,
            future = now + Between,
            today = now - TimeSpan.FromDays(1);
        return await db
                .Members.Where(m =>
                    m.Id == member
                    && (m.LastMailAt == null || m.LastMailAt <= before || m.LastMailAt >= future)
                    && (m.MailsSince == null || m.MailsSince < today || m.MailCount < MaxADay)
                )
                .ExecuteUpdateAsync(
                    s =>
                        s.SetProperty(m => m.MailCount, m => m.MailsSince == null || m.MailsSince < today ? 1 : m.MailCount + 1)
                            .SetProperty(m => m.MailsSince, m => m.MailsSince == null || m.MailsSince < today ? now : m.MailsSince)
                            .SetProperty(m => m.LastMailAt, now),
                    ct
                ) > 0;
    }
}
