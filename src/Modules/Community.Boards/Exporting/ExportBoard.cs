using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>The form of an archive.</summary>
public enum ArchiveFormat
{
    Mbox,
    Json,
    /// <summary>With who reacted, and who voted in polls that show it: what a site keeps for itself.</summary>
    JsonWithNames,
}

/// <summary>An export that is on record and may be written.</summary>
/// <param name="Board">The board.</param>
/// <param name="Format">The form.</param>
/// <param name="Reader">Who asked, as they were then.</param>
public sealed record BoardExport(Board Board, ArchiveFormat Format, Reader Reader);

/// <summary>One form of an archive.</summary>
public interface IWriteArchive
{
    Task Write(ArchivedPost archived, CancellationToken ct);
}

/// <summary>
/// Exports a board with all that moderators see of it: hidden posts, earlier versions, files. The record of it is committed before the
/// first byte; then posts are read some hundred at a time, so that the memory used does not depend on how many there are.
/// </summary>
public sealed class ExportBoard(SiteDb db, Actors actors, Audit audit, Kernel.Files files)
{
    /// <summary>Decides whether the board may be exported, and records it.</summary>
    /// <returns>Null if there is no such board.</returns>
    /// <exception cref="Denied">The actor may not: it takes the permission to manage boards, and to moderate this one.</exception>
    public async Task<BoardExport?> Begin(Reader actor, long board, ArchiveFormat format, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, BoardsPermissions.Manage);
        if (!staff.Moderates(board)) throw new Denied();
        return await Begin(staff, board, format, change, ct);
    }

    /// <summary>The same for a command on the server.</summary>
    internal async Task<BoardExport?> Begin(long board, ArchiveFormat format, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var all = Reader.Visitor with { Permissions = new HashSet<string> { BoardsPermissions.Moderate } };
        return await Begin(all, board, format, change, ct);
    }

    async Task<BoardExport?> Begin(Reader reader, long id, ArchiveFormat format, Change change, CancellationToken ct)
    {
        if (await db.Boards.AsNoTracking().FirstOrDefaultAsync(b => b.Id == id, ct) is not { } board) return null;
        audit.Did(format is ArchiveFormat.JsonWithNames ? "boards.exported-names" : "boards.exported", $"board {id}");
        await change.Commit(ct);
        return new(board, format, reader);
    }

    /// <summary>Writes the archive.</summary>
    /// <returns>How many posts it has.</returns>
    public async Task<int> Write(BoardExport export, Stream to, CancellationToken ct)
    {
        await using var buffered = new BufferedStream(to, 64 * 1024);
        IWriteArchive archive = export.Format is ArchiveFormat.Mbox ? new WriteMbox(buffered) : new WriteJson(buffered);
        var posts = 0;
        await foreach (var post in new ReadBoard(db, files, export.Format is ArchiveFormat.JsonWithNames)
            .Read(export.Board.Id, export.Reader, ct))
        {
            await archive.Write(post, ct);
            posts++;
            await Faults.At("board-export.post", db.Site);
        }
        await buffered.FlushAsync(ct);
        return posts;
    }

    /// <summary>What a browser calls the file.</summary>
    internal static string NameOf(Board board, ArchiveFormat format) => board.Key + (format is ArchiveFormat.Mbox ? ".mbox" : ".jsonl");

    internal static string MediaTypeOf(ArchiveFormat format) => format is ArchiveFormat.Mbox ? "application/mbox" : "application/jsonl";
}
