using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Archives boards and takes them out again, and deletes those without topics. Posts under way are in before it looks.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class EndBoard(SiteDb db, Actors actors, Audit audit, TimeProvider time)
{
    /// <returns>False if there is no such board.</returns>
    public async Task<bool> Archive(Reader actor, long id, bool on, CancellationToken ct)
    {
        await using var change = await Change(id, ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        if (await db.Boards.FirstOrDefaultAsync(b => b.Id == id, ct) is not { } board) return false;
        if (board.IsArchived == on) return true;
        (board.ArchivedAt, board.ArchivedBy) = on ? ((DateTime?)time.GetUtcNow().UtcDateTime, staff.Id) : (null, null);
        // Back, it stands last: the others have closed up.
        if (!on) board.Position = (await db.Boards.Where(b => b.ArchivedAt == null).MaxAsync(b => (int?)b.Position, ct) ?? -1) + 1;
        db.Publish(on ? new BoardArchived(id) : new BoardUnarchived(id));
        audit.Did(on ? "boards.archive" : "boards.unarchive", board.Name);
        db.Touch(board.Key);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Deletes a board. Done a second time it changes nothing.</summary>
    /// <exception cref="Refused">It has topics, maybe hidden ones.</exception>
    public async Task Delete(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await Change(id, ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        if (await db.Boards.Include(b => b.Groups).FirstOrDefaultAsync(b => b.Id == id, ct) is not { } board) return;
        if (await db.Topics.AnyAsync(t => t.BoardId == id, ct)) throw new Refused("boards.staff.delete.not");
        // What members marked here goes on to count for topics that were moved away.
        if (!await db.TopicStays.AnyAsync(s => s.BoardId == id, ct)) await db.BoardReads.Where(r => r.BoardId == id).ExecuteDeleteAsync(ct);
        db.Boards.Remove(board);
        db.Publish(new BoardDeleted(id));
        audit.Did("boards.delete", board.Name);
        await db.StepDone(SaveBoard.FirstStep, staff.Id, ct);
        db.Touch(board.Key);
        await change.Commit(ct);
    }

    // The lock before the row, as posting has it: the other way round each could wait for the other.
    async Task<Change> Change(long id, CancellationToken ct)
    {
        var change = await db.Change(ct);
        await Locks.MarkBoard(db, id, ct);
        return change;
    }
}
