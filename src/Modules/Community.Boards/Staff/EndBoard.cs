using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Archives and unarchives boards, and deletes those without topics. Waits first for posts being written.</summary>
/// <exception cref="Denied">The actor lacks the permission.</exception>
public sealed class EndBoard(SiteDb db, Actors actors, Audit audit, ChangeBoardPicture picture, Kernel.Files files, TimeProvider time)
{
    /// <returns>False if there is no such board.</returns>
    public async Task<bool> Archive(Reader actor, long id, bool on, CancellationToken ct)
    {
        await using var change = await Change(id, ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        if (await db.Boards.FirstOrDefaultAsync(b => b.Id == id, ct) is not { } board) return false;
        if (board.IsArchived == on) return true;
        (board.ArchivedAt, board.ArchivedBy) = on ? ((DateTime?)time.GetUtcNow().UtcDateTime, staff.Id) : (null, null);
        // Out of the archive, it comes last: the others may have been renumbered meanwhile.
        if (!on) board.Position = (await db.Boards.Where(b => b.ArchivedAt == null).MaxAsync(b => (int?)b.Position, ct) ?? -1) + 1;
        db.Publish(on ? new BoardArchived(id) : new BoardUnarchived(id));
        audit.Did(on ? "boards.archive" : "boards.unarchive", board.Name);
        db.Touch(board.Key);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Deletes a board. Repeating it changes nothing.</summary>
    /// <exception cref="Refused">It has topics, perhaps hidden ones.</exception>
    public async Task Delete(Reader actor, long id, CancellationToken ct)
    {
        IReadOnlyCollection<string> left;
        await using (var change = await Change(id, ct))
        {
            var staff = await actors.Require(actor, BoardsPermissions.Manage);
            if (await db.Boards.Include(b => b.Groups).FirstOrDefaultAsync(b => b.Id == id, ct) is not { } board) return;
            if (await db.Topics.AnyAsync(t => t.BoardId == id, ct)) throw new Refused("boards.staff.delete.not");
            // Read marks on this board still count for topics that were moved away from it.
            if (!await db.TopicStays.AnyAsync(s => s.BoardId == id, ct))
                await db.BoardReads.Where(r => r.BoardId == id).ExecuteDeleteAsync(ct);
            await BoardModerators.Of(db).Where(p => p.ThingId == id).ExecuteDeleteAsync(ct);
            left = await picture.Release(board, ct);
            db.Boards.Remove(board);
            db.Publish(new BoardDeleted(id));
            audit.Did("boards.delete", board.Name);
            await db.StepDone(SaveBoard.FirstStep, staff.Id, ct);
            db.Touch(board.Key);
            await change.Commit(ct);
        }
        foreach (var hash in left) await files.Discard(hash, ct);
    }

    // Take the lock before the row, as posting does; the other way round the two could deadlock.
    async Task<Change> Change(long id, CancellationToken ct)
    {
        var change = await db.Change(ct);
        await Locks.MarkBoard(db, id, ct);
        return change;
    }
}
