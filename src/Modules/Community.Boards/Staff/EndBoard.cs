using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Archives boards and takes them out again, and deletes those without topics. Posts under way are in before it looks.</summary>
public sealed class EndBoard(SiteDb db, Audit audit, TimeProvider time)
{
    /// <returns>False if there is no such board.</returns>
    public async Task<bool> Archive(long id, bool on, long staff, CancellationToken ct)
    {
        await using var change = await Change(id, ct);
        if (await db.Boards.FirstOrDefaultAsync(b => b.Id == id, ct) is not { } board) return false;
        if (board.IsArchived == on) return true;
        (board.ArchivedAt, board.ArchivedBy) = on ? ((DateTime?)time.GetUtcNow().UtcDateTime, (long?)staff) : (null, null);
        // Back, it stands last: the others have closed up.
        if (!on) board.Position = (await db.Boards.Where(b => b.ArchivedAt == null).MaxAsync(b => (int?)b.Position, ct) ?? -1) + 1;
        db.Publish(on ? new BoardArchived(id) : new BoardUnarchived(id));
        audit.Did(on ? "boards.archive" : "boards.unarchive", board.Name);
        db.Touch(board.Key);
        await change.Commit(ct);
        return true;
    }

    /// <returns>False if it has topics, hidden ones among them.</returns>
    public async Task<bool> Delete(long id, CancellationToken ct)
    {
        await using var change = await Change(id, ct);
        if (await db.Boards.Include(b => b.Groups).FirstOrDefaultAsync(b => b.Id == id, ct) is not { } board) return true;
        if (await db.Topics.AnyAsync(t => t.BoardId == id, ct)) return false;
        // What members marked here goes on to count for topics that were moved away.
        if (!await db.TopicStays.AnyAsync(s => s.BoardId == id, ct)) await db.BoardReads.Where(r => r.BoardId == id).ExecuteDeleteAsync(ct);
        db.Boards.Remove(board);
        db.Publish(new BoardDeleted(id));
        audit.Did("boards.delete", board.Name);
        db.Touch(board.Key);
        await change.Commit(ct);
        return true;
    }

    // The lock before the row, as posting has it: the other way round each could wait for the other.
    async Task<Change> Change(long id, CancellationToken ct)
    {
        var change = await db.Change(ct);
        await Locks.MarkBoard(db, id, ct);
        return change;
    }
}
