using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Asks for a group's rule to be applied.</summary>
public sealed record ApplyGroupRule(long Group);

/// <summary>Asks for the rules of all groups of the site to be applied, and again in an hour.</summary>
public sealed record ApplyGroupRulesHourly;

/// <summary>
/// Keeps groups that have a segment in step with it: hourly, and when the rule changes. What people did by hand stays: who was added
/// stays in, who was taken out or left stays out. In steps under the group's lock, each right by itself, so that it may stop anywhere.
/// </summary>
/// <remarks>A site without such a group is not opened each hour: the hourly job asks for itself, while a group has a rule.</remarks>
public sealed class ApplyGroupRules(SiteDb db) : IHandle<Tick>, IHandle<ApplyGroupRule>, IHandle<ApplyGroupRulesHourly>
{
    internal const int Step = 500;
    public const string Hourly = "members.apply-group-rules-hourly";

    /// <summary>Each day, in case that the hourly job was given up.</summary>
    public Task Handle(Tick message, CancellationToken ct) => AskAgain(null, ct);

    public async Task Handle(ApplyGroupRulesHourly message, CancellationToken ct)
    {
        foreach (var group in await db.Groups.Where(g => g.SegmentId != null).OrderBy(g => g.Id).Select(g => g.Id).ToListAsync(ct))
            while (await Some(group, ct)) { }
        await AskAgain(db.Now, ct);
    }

    public async Task Handle(ApplyGroupRule message, CancellationToken ct)
    {
        while (await Some(message.Group, ct)) { }
        await AskAgain(null, ct);
    }

    /// <summary>Leaves one hourly job waiting while a group has a rule. The one that runs was due before <paramref name="now"/>.</summary>
    async Task AskAgain(DateTime? now, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        // Under the lock of the first such group: two that end at once would each leave a job.
        if (await db.Groups.Where(g => g.SegmentId != null).MinAsync(g => (long?)g.Id, ct) is not { } first) return;
        await using var change = await db.Change<Group>(first, ct);
        var waiting = db.Work.Where(w => w.Handler == Hourly && w.FailedAt == null);
        if (now is { } running) waiting = waiting.Where(w => w.DueAt > running);
        if (await waiting.AnyAsync(ct)) return;
        db.Enqueue(new ApplyGroupRulesHourly(), db.Now.AddHours(1));
        await change.Commit(ct);
    }

    /// <summary>The segment of a group; null if it has none that can be applied, as when a condition of it is broken.</summary>
    public static async Task<Segment?> RuleOf(Group group, SiteDb db, CancellationToken ct = default) =>
        await db.Segments.AsNoTracking().FirstOrDefaultAsync(s => s.Id == group.SegmentId, ct) is { IsReady: true } segment
        && !await segment.Chosen.RefersToDeleted(db, ct)
            ? segment
            : null;

    async Task<bool> Some(long id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Group>(id, ct);
        if (change.Row is not { } group) return false;
        var rows = db.GroupMemberships.Where(g => g.GroupId == id);
        List<GroupMembership> gone;
        var (marked, fresh) = (new List<GroupMembership>(), new List<long>());
        if (group.SegmentId is null) gone = await rows.Where(r => r.ByRule).OrderBy(r => r.MemberId).Take(Step).ToListAsync(ct);
        // Broken, or not ready: nobody is put in or out until a person has looked.
        else if (await RuleOf(group, db, ct) is not { } segment) return false;
        else
        {
            var fits = (await segment.AsChosen.Apply(db.Members, db, ct)).Active();
            var exclusions = db.GroupExclusions.Where(e => e.GroupId == id);
            gone = await rows.Where(r => r.ByRule && !fits.Any(m => m.Id == r.MemberId))
                .OrderBy(r => r.MemberId).Take(Step).ToListAsync(ct);
            marked = await rows.Where(r => !r.ByRule && r.JoinedAt != null && fits.Any(m => m.Id == r.MemberId))
                .OrderBy(r => r.MemberId).Take(Step).ToListAsync(ct);
            var room = group.MaxMembers is { } most ? Math.Clamp(most - group.MemberCount, 0, Step) : Step;
            // A request that waits is decided by a person.
            fresh = await fits.Where(m => !rows.Any(r => r.MemberId == m.Id) && !exclusions.Any(e => e.MemberId == m.Id))
                .OrderBy(m => m.Id).Select(m => m.Id).Take(room).ToListAsync(ct);
        }
        if (gone.Count + marked.Count + fresh.Count == 0) return false;
        foreach (var row in gone)
        {
            row.ByRule = false;
            if (row.ByHand) continue;
            db.Remove(row);
            group.MemberCount--;
            db.Publish(new GroupLeft(id, row.MemberId));
        }
        foreach (var row in marked) row.ByRule = true;
        foreach (var member in fresh)
        {
            db.GroupMemberships.Add(new GroupMembership
            {
                GroupId = id,
                MemberId = member,
                RequestedAt = db.Now,
                JoinedAt = db.Now,
                ByHand = false,
                ByRule = true,
            });
            group.MemberCount++;
            db.Publish(new GroupJoined(id, member));
        }
        await change.Commit(ct);
        return true;
    }
}
