using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>Creates and edits boards.</summary>
public sealed class SaveBoard(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts, TimeProvider time)
{
    /// <summary>A first step for a new site's staff: adapt the boards.</summary>
    public const string FirstStep = "boards.first.boards";

    /// <summary>Creates a board, in last place.</summary>
    /// <returns>False if it was not created: <paramref name="problems"/> say why.</returns>
    /// <exception cref="Denied">The actor lacks the permission.</exception>
    public async Task<bool> Create(Reader actor, BoardFields fields, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        var groups = await db.Groups.AsNoTracking().ToListAsync(ct);
        fields.Check(problems, texts, groups, isNew: true);
        fields = await InCategory(fields, ct);
        if (await db.Boards.AnyAsync(b => b.Key == fields.Key, ct)) problems.Add("key", texts["boards.staff.key.taken"]);
        if (problems.Any) return false;
        var board = new Board { Key = "", Name = "", Position = (await db.Boards.MaxAsync(b => (int?)b.Position, ct) ?? -1) + 1 };
        Apply(board, fields, groups, staff);
        db.Boards.Add(board);
        audit.Did("boards.create", board.Name);
        db.Publish(() => new BoardCreated(board.Id));
        await db.StepDone(FirstStep, staff.Id, ct);
        try { await change.Commit(ct); }
        // Somebody else created a board with this key at the same moment.
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            problems.Add("key", texts["boards.staff.key.taken"]);
            return false;
        }
        return true;
    }

    /// <param name="actor">Who saves.</param>
    /// <param name="id">The board's id.</param>
    /// <param name="fields">The new values.</param>
    /// <param name="version">The <see cref="Board.Version"/> that the actor saw; null to overwrite any newer one.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not saved: there is no such board, or <paramref name="problems"/> say why.</returns>
    /// <exception cref="Denied">The actor lacks the permission.</exception>
    /// <exception cref="EditConflict">Somebody has saved the board since.</exception>
    public async Task<bool> Change(Reader actor, long id, BoardFields fields, long? version, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change<Board>(id, ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        if (change.Row is not { } board) return false;
        await db.Entry(board).Collection(b => b.Groups).LoadAsync(ct);
        var groups = await db.Groups.AsNoTracking().ToListAsync(ct);
        fields.Check(problems, texts, groups, isNew: false);
        fields = await InCategory(fields, ct);
        if (problems.Any) return false;
        if (fields.Changes(board, groups) is not { Count: > 0 } changes) return true;
        if (version is not null && version != board.Version) throw await EditConflict.Of(db, board.ChangedBy, board.ChangedAt, ct);
        audit.Did("boards.change", board.Name, changes);
        db.Publish(new BoardChanged(id));
        Apply(board, fields, groups, staff);
        await db.StepDone(FirstStep, staff.Id, ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>A category that was deleted while the form was open is none. Locked, so that it stays until the board is saved.</summary>
    async Task<BoardFields> InCategory(BoardFields fields, CancellationToken ct) =>
        fields.CategoryId is not { } id || await db.Locked<BoardCategory>(id, ct) is not null ? fields : fields with { CategoryId = null };

    void Apply(Board board, BoardFields fields, List<Group> groups, Reader staff)
    {
        fields.Apply(board, groups.Select(g => g.Id).ToHashSet());
        (board.ChangedAt, board.ChangedBy) = (time.GetUtcNow().UtcDateTime, staff.Id);
        db.Touch(board.Key);
    }
}
