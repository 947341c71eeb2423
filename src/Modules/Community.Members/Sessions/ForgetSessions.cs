using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Deletes sessions that are no longer valid, and the marks of used tokens and changes of address that have expired.</summary>
public sealed class ForgetSessions(SiteDb db, TimeProvider time) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var expired = time.GetUtcNow().ToUnixTimeMilliseconds();
        await db.UsedTokens.Where(t => t.ExpiresAt < expired).ExecuteDeleteAsync(ct);
        var asked = now - MailLinks.Lifetime;
        await db.EmailChanges.Where(c => c.AskedAt < asked).ExecuteDeleteAsync(ct);
        await db
            .Sessions.Where(s =>
                s.ExpiresAt < now || s.Stamp != s.Member.SecurityStamp || s.Member.SuspendedAt != null || s.Member.LeavingSince != null
            )
            .ExecuteDeleteAsync(ct);
    }
}
