using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Deletes sessions that are no longer valid.</summary>
public sealed class ForgetSessions(SiteDb db, TimeProvider time) : IHandle<Tick>
{
    public Task Handle(Tick message, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return db
            .Sessions.Where(s => s.ExpiresAt < now || s.Stamp != s.Member.SecurityStamp || s.Member.SuspendedAt != null)
            .ExecuteDeleteAsync(ct);
    }
}
