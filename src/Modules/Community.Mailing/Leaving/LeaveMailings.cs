using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Ends a kind of mail, or all of it, for a member who followed a link in a mail.</summary>
public sealed class LeaveMailings(SiteDb db, TimeProvider time)
{
    public async Task Kind(long member, long kind, string source, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var now = time.GetUtcNow().UtcDateTime;
        var left = await db.ConsentStates.Where(c => c.MemberId == member && c.KindId == kind && c.Granted)
            .ExecuteUpdateAsync(s => s.SetProperty(c => c.Granted, false).SetProperty(c => c.Since, now), ct);
        if (left == 0) return;
        db.ConsentEvents.Add(new ConsentEvent { MemberId = member, KindId = kind, Action = ConsentAction.Withdraw, At = now, Source = source });
        await change.Commit(ct);
    }

    public async Task Everything(long member, string source, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var now = time.GetUtcNow().UtcDateTime;
        var left = await db.ConsentStates.Where(c => c.MemberId == member && c.Granted).ExecuteUpdateAsync(s => s.SetProperty(c => c.Granted, false).SetProperty(c => c.Since, now), ct);
        if (left == 0) return;
        db.ConsentEvents.Add(new ConsentEvent { MemberId = member, Action = ConsentAction.WithdrawAll, At = now, Source = source });
        await change.Commit(ct);
    }
}
