using System.Linq.Expressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Archives topics in which nobody has written for as long as their board says, in steps: what is committed stays, and a topic that gets
/// a reply meanwhile is left alone. What was taken out of the archive waits as long again.
/// </summary>
public sealed class ArchiveOldTopics(SiteDb db, TimeProvider time) : IHandle<Tick>
{
    /// <summary>Topics of one step.</summary>
    const int Batch = 200;

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var boards = await db.Boards.AsNoTracking().Where(b => b.ArchiveAfterDays > 0 && b.ArchivedAt == null)
            .Select(b => new { b.Id, b.Key, b.ArchiveAfterDays }).ToListAsync(ct);
        foreach (var board in boards)
            while (await Some(board.Id, board.Key, now.AddDays(-board.ArchiveAfterDays), now, ct)) { }
    }

    async Task<bool> Some(long board, string key, DateTime before, DateTime now, CancellationToken ct)
    {
        Expression<Func<Topic, bool>> isDue = t => t.BoardId == board && t.ArchivedAt == null && t.PinnedAt == null && t.HiddenAt == null
            && t.MergedInto == null && t.LastPostAt < before && (t.UnarchivedAt == null || t.UnarchivedAt < before);
        await using var change = await db.Change(ct);
        var ids = await db.Topics.Where(isDue).OrderBy(t => t.Id).Take(Batch).Select(t => t.Id).ToListAsync(ct);
        if (ids.Count == 0) return false;
        // Asked again under the lock: somebody may have written.
        foreach (var topic in (await db.LockedWhere<Topic>(t => ids.Contains(t.Id), ct)).Where(isDue.Compile()))
        {
            topic.Archive(true, null, now);
            db.Publish(new TopicArchived(board, topic.Id));
        }
        db.Touch(key);
        await change.Commit(ct);
        db.ChangeTracker.Clear();
        return ids.Count == Batch;
    }
}
