using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Deletes unconfirmed registrations, and members whose address nobody confirmed: whoever typed it may have typed a stranger's.
/// Keeps staff, suspended and imported members.
/// </summary>
public sealed class ForgetUnconfirmed(SiteDb db, Settings<MembersSettings> settings, TimeProvider time) : IHandle<Tick>
{
    const int Max = 200;

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime - (await settings.Get(ct)).UnconfirmedKept;
        var deleted = await db.PendingRegistrations.Where(r => r.At < before).OrderBy(r => r.Id).DeleteAll(ct);
        while (true)
        {
            var some = await Some(before, ct);
            deleted += some;
            if (some < Max) break;
        }
        await RetentionRun.Leave(db, "members.unconfirmed", deleted, ct);
    }

    async Task<int> Some(DateTime before, CancellationToken ct)
    {
        // Checks pending registrations too: somebody may have registered again a moment ago.
        var pending = db.PendingRegistrations;
        var waiting = db.Members.Where(m =>
            m.ConfirmedAt == null
            && m.AwaitsSince == null
            && m.SuspendedAt == null
            && m.Role == null
            && m.ImportedAt == null
            && m.JoinedAt < before
            && !pending.Any(r => r.MemberId == m.Id)
        );
        var ids = await waiting.OrderBy(m => m.Id).Select(m => m.Id).Take(Max).ToListAsync(ct);
        if (ids.Count == 0) return 0;
        var groups = await db.GroupMemberships.Where(g => ids.Contains(g.MemberId)).Select(g => g.GroupId).Distinct().ToListAsync(ct);
        await Delete(waiting, ids, ct);
        // Staff may have added them to groups.
        foreach (var group in groups) await Count(group, ct);
        return ids.Count;
    }

    async Task Delete(IQueryable<Member> waiting, List<long> ids, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await waiting.Where(m => ids.Contains(m.Id)).ExecuteDeleteAsync(ct);
        // Somebody may have confirmed meanwhile: publish only what was deleted.
        var left = await db.Members.Where(m => ids.Contains(m.Id)).Select(m => m.Id).ToListAsync(ct);
        foreach (var id in ids.Except(left)) db.Publish(new MemberDeleted(id));
        await change.Commit(ct);
    }

    async Task Count(long id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Group>(id, ct);
        if (change.Row is not { } group) return;
        group.MemberCount = await db.GroupMemberships.CountAsync(g => g.GroupId == id && g.JoinedAt != null, ct);
        await change.Commit(ct);
    }
}
