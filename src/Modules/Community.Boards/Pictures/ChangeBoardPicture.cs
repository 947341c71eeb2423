using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Gives a board a picture, or takes it off. The new file's row, the board and the old file's row change in one transaction; the old file
/// is deleted after the commit, or by the next sweep if the process dies before that.
/// </summary>
/// <exception cref="Denied">The actor lacks the permission.</exception>
public sealed class ChangeBoardPicture(SiteDb db, Actors actors, Audit audit, Kernel.Files files)
{
    /// <param name="actor">Who sends it.</param>
    /// <param name="id">The board's id.</param>
    /// <param name="content">The picture.</param>
    /// <param name="alt">See <see cref="Board.PictureAlt"/>.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such board.</returns>
    /// <exception cref="FileRefused">The picture was rejected, or there is no room for it.</exception>
    /// <exception cref="Refused">The words are too long, or cannot be shown.</exception>
    public async Task<bool> To(Reader actor, long id, Stream content, string alt, CancellationToken ct)
    {
        var words = Words(alt);
        // Before megabytes are received; and again in the change.
        var by = (await actors.Require(actor, BoardsPermissions.Manage)).Id!.Value;
        if (!await db.Boards.AnyAsync(b => b.Id == id, ct)) return false;
        var picture = await files.Take(content, FilePurpose.Board, by, ct);
        IReadOnlyCollection<string> replaced = [];
        await using (var change = await db.Change<Board>(id, ct))
        {
            await actors.Require(actor, BoardsPermissions.Manage);
            if (change.Row is not { } board) return false;
            await files.Keep(picture, FilePurpose.Board, by, async large =>
            {
                if (picture.Small is null) await Commit(large, null);
                else await files.Keep(picture.Small, FilePurpose.Board, by, small => Commit(large, small), ct);
            }, ct);

            async Task Commit(StoredFile large, StoredFile? small)
            {
                var isSame = board.PictureHash == large.Hash;
                if (!isSame)
                {
                    replaced = await Release(board, ct);
                    (board.PictureHash, board.PictureSmallHash) = (large.Hash, small?.Hash);
                    (board.PictureWidth, board.PictureHeight) = (large.Width, large.Height);
                }
                if (!isSame || board.PictureAlt != words) Said(board, "boards.picture");
                board.PictureAlt = words;
                await change.Commit(ct);
            }
        }
        foreach (var hash in replaced) await files.Discard(hash, ct);
        return true;
    }

    /// <summary>Changes what is said of the picture.</summary>
    /// <returns>False if there is no such board, or it has no picture.</returns>
    /// <exception cref="Refused">The words are too long, or cannot be shown.</exception>
    public async Task<bool> Describe(Reader actor, long id, string alt, CancellationToken ct)
    {
        var words = Words(alt);
        await using var change = await db.Change<Board>(id, ct);
        await actors.Require(actor, BoardsPermissions.Manage);
        if (change.Row is not { PictureHash: not null } board) return false;
        if (board.PictureAlt == words) return true;
        board.PictureAlt = words;
        Said(board, "boards.picture");
        await change.Commit(ct);
        return true;
    }

    /// <summary>Takes the picture off. Repeating it changes nothing.</summary>
    /// <returns>False if there is no such board.</returns>
    public async Task<bool> ToNone(Reader actor, long id, CancellationToken ct)
    {
        IReadOnlyCollection<string> left;
        await using (var change = await db.Change<Board>(id, ct))
        {
            await actors.Require(actor, BoardsPermissions.Manage);
            if (change.Row is not { } board) return false;
            if (board.PictureHash is null) return true;
            left = await Release(board, ct);
            (board.PictureHash, board.PictureSmallHash, board.PictureAlt) = (null, null, "");
            (board.PictureWidth, board.PictureHeight) = (0, 0);
            Said(board, "boards.picture-remove");
            await change.Commit(ct);
        }
        foreach (var hash in left) await files.Discard(hash, ct);
        return true;
    }

    /// <summary>Removes the rows of a board's picture in the open change, unless another board has the same.</summary>
    /// <returns>What is to be discarded after the commit, see <see cref="Kernel.Files.Discard"/>.</returns>
    internal async Task<IReadOnlyCollection<string>> Release(Board board, CancellationToken ct)
    {
        List<string> hashes = [.. new[] { board.PictureHash, board.PictureSmallHash }.OfType<string>()];
        foreach (var hash in hashes)
            await files.ReleaseUnless(
                () => db.Boards.AnyAsync(b => b.Id != board.Id && (b.PictureHash == hash || b.PictureSmallHash == hash), ct),
                hash, FilePurpose.Board, ct);
        return hashes;
    }

    void Said(Board board, string act)
    {
        audit.Did(act, board.Name);
        db.Publish(new BoardChanged(board.Id));
        db.Touch(board.Key);
    }

    static string Words(string alt)
    {
        var read = Naming.ReadOptional(alt);
        if (read.Fault is not null) throw new Refused(read.Problem!);
        return read.Text.Length <= Board.MaxPictureAltLength ? read.Text : throw new Refused("boards.picture.alt.long");
    }
}
