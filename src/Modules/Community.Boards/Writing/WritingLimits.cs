using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Whether a member may write here at this moment, beyond what board and topic say of everybody. Of the author's act alone: approving
/// what waits asks for none of it. Who moderates the board has no limits there.
/// </summary>
public sealed class WritingLimits(SiteDb db, TimeProvider time)
{
    /// <summary>Asks in the change that writes the post, which holds the author's lock: of two sent at once one is refused.</summary>
    /// <exception cref="Refused">The board is slow, and the author's last post there is too new.</exception>
    internal async Task Ask(NewPost post, CancellationToken ct)
    {
        var (board, author) = (post.Board.Id, post.Author.Id);
        if (post.Board.PauseSeconds == 0 || post.Author.Moderates(board)) return;
        // Deleted ones count: else to delete and write again would be a way round.
        var last = await db.Posts.Where(p => p.AuthorId == author && p.BoardId == board).OrderByDescending(p => p.Id)
            .Select(p => (DateTime?)p.At).FirstOrDefaultAsync(ct);
        var now = time.GetUtcNow().UtcDateTime;
        // A post of the future is imported, or the clock was set back.
        if (last is not { } at || at > now || at.AddSeconds(post.Board.PauseSeconds) <= now) return;
        // Whoever saves next in this request must not save this post.
        db.ChangeTracker.Clear();
        throw new Refused("boards.refused.pause");
    }
}
