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
        {
            var before = now.AddDays(-board.ArchiveAfterDays);
            // Along the index of the board's topics by their last post, so that no step looks again at what those before it archived.
            for ((DateTime, long)? after = (DateTime.MinValue, 0); after is { } from;)
                after = await Some(board.Id, board.Key, before, from, now, ct);
        }
    }

    /// <returns>The last topic that was looked at; null if there are no more.</returns>
    async Task<(DateTime At, long Id)?> Some(
        long board, string key, DateTime before, (DateTime At, long Id) after, DateTime now, CancellationToken ct)
    {
        var (at, id) = after;
        Expression<Func<Topic, bool>> isDue = t => t.BoardId == board && t.ArchivedAt == null && t.PinnedAt == null && t.HiddenAt == null
            && t.MergedInto == null && t.LastPostAt < before && (t.UnarchivedAt == null || t.UnarchivedAt < before);
        await using var change = await db.Change(ct);
        var due = await db.Topics.Where(isDue).Where(t => t.LastPostAt >= at && (t.LastPostAt > at || t.Id > id))
            .OrderBy(t => t.LastPostAt).ThenBy(t => t.Id).Take(Batch).Select(t => new { t.Id, t.LastPostAt }).ToListAsync(ct);
        if (due.Count == 0) return null;
        var ids = due.ConvertAll(t => t.Id);
        // Asked again under the lock: somebody may have written.
        foreach (var topic in (await db.LockedWhere<Topic>(t => ids.Contains(t.Id), ct)).Where(isDue.Compile()))
        {
            topic.Archive(true, null, now);
            db.Publish(new TopicArchived(board, topic.Id));
        }
        db.Touch(key);
        await change.Commit(ct);
        db.ChangeTracker.Clear();
        return due.Count < Batch ? null : (due[^1].LastPostAt, due[^1].Id);
    }
}
