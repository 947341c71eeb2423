using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>A minute between two letters to a member, and so many a day: nobody's mailbox is filled through our forms.</summary>
public sealed class MailPace(SiteDb db, TimeProvider time)
{
    const int MaxADay = 10;
    static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Counts an e-mail that a form asks for; false if it is one too many. One statement decides and counts: of many who ask at once one is
    /// given it. Call it inside the change that writes the e-mail.
    /// </summary>
    public async Task<bool> Take(long member, CancellationToken ct = default)
    {
        var now = time.GetUtcNow().UtcDateTime;
        // An e-mail of the future was counted before the clock was put back.
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
