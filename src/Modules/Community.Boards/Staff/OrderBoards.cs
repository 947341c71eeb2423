using Community.Kernel;
using Community.Members;

namespace Community.Boards;

/// <summary>Puts boards in the order in which lists show them.</summary>
public sealed class OrderBoards(SiteDb db, Actors actors, Audit audit)
{
    /// <summary>Moves a board one place up or down among those not archived; at either end it stays.</summary>
    /// <returns>False if there is no such board.</returns>
    /// <exception cref="Denied">The actor lacks the permission.</exception>
    public async Task<bool> Move(Reader actor, long id, bool up, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        // Lock all of them, so that of two simultaneous moves the second starts from the result of the first.
        var open = await db.LockedWhere<Board>(b => b.ArchivedAt == null, ct);
        if (open.FirstOrDefault(b => b.Id == id)?.CategoryId is var category && open.All(b => b.Id != id)) return false;
        // Lists show boards by category: a step past a board of another one would be seen nowhere.
        List<Board> boards = [.. open.Where(b => b.CategoryId == category).OrderBy(b => b.Position).ThenBy(b => b.Id)];
        var at = boards.FindIndex(b => b.Id == id);
        var to = Math.Clamp(up ? at - 1 : at + 1, 0, boards.Count - 1);
        if (to == at) return true;
        (boards[at], boards[to]) = (boards[to], boards[at]);
        for (var i = 0; i < boards.Count; i++) boards[i].Position = i;
        audit.Did("boards.order", boards[to].Name, [new("board-place", $"{at + 1}", $"{to + 1}")]);
        db.Publish(new BoardChanged(id));
        db.Touch(boards[to].Key);
        await db.StepDone(SaveBoard.FirstStep, staff.Id, ct);
        await change.Commit(ct);
        return true;
    }
}
