using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Deletes records of sign-ins that nobody needs any more.</summary>
public sealed class ForgetSignIns(SiteDb db, TimeProvider time) : IHandle<Tick>
{
    static readonly TimeSpan Kept = TimeSpan.FromDays(180);

    public Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime - Kept;
        return db.SignIns.Where(s => s.At < before).ExecuteDeleteAsync(ct);
    }
}
