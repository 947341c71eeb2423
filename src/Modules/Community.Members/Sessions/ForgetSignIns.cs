using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Deletes records of sign-ins after their retention time.</summary>
public sealed class ForgetSignIns(SiteDb db, Settings<MembersSettings> settings, TimeProvider time) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime - (await settings.Get(ct)).SignInsKept;
        var deleted = await db.SignIns.Where(s => s.At < before).OrderBy(s => s.At).DeleteAll(ct);
        await RetentionRun.Leave(db, "members.sign-ins", deleted, ct);
    }
}
