using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What is to become of a text that a member sends.</summary>
/// <param name="Title">With what is to be replaced.</param>
/// <param name="Text">With what is to be replaced.</param>
/// <param name="Reasons">Why it waits because of its words; none if it does not.</param>
/// <param name="Words">The words found for which it waits.</param>
/// <param name="Tags">The words found that moderators are only told of.</param>
public sealed record Screened(string? Title, string Text, HoldReasons Reasons, IReadOnlyList<string> Words, IReadOnlyList<string> Tags);

/// <summary>Decides which posts are published at once, and which wait: for the author's act alone, never for a moderator's.</summary>
public sealed class Screening(SiteDb db, WatchedWords words)
{
    /// <summary>
    /// Looks for watched words. Call it before the change is opened: an expression may take its time, and others would wait for it.
    /// </summary>
    /// <exception cref="Refused">A word refuses the text, in the words of the moderators.</exception>
    public Task<Screened> Look(string? title, string text, CancellationToken ct) => words.Screen(title, text, ct);

    /// <summary>Why a post waits, in the open change; none if it is published at once.</summary>
    /// <param name="board">Its board.</param>
    /// <param name="author">Who wrote it, as the database has them.</param>
    /// <param name="post">The post with its new text.</param>
    /// <param name="screened">What was found in it.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<HoldReasons> Of(Board board, Reader author, Post post, Screened screened, CancellationToken ct)
    {
        if (author.Moderates(board.Id) || author.May(BoardsPermissions.WriteAnnouncements)) return HoldReasons.None;
        var why = screened.Reasons;
        if (board.Hold.HasFlag(Hold.Everything)) why |= HoldReasons.Board;
        if (board.Hold.HasFlag(Hold.Links) && PostLimits.LinksIn(post.Html, db.Site) > 0) why |= HoldReasons.Links;
        if (board.Hold.HasFlag(Hold.Pictures) && post.Html.Contains("<img", StringComparison.Ordinal)) why |= HoldReasons.Pictures;
        if (board.HoldFirst > 0 && await IsNew(author.Id!.Value, board.HoldFirst, ct)) why |= HoldReasons.New;
        return why;
    }

    async Task<bool> IsNew(long author, int posts, CancellationToken ct) =>
        await db.Posts.Where(p => p.AuthorId == author).Present().OrderBy(p => p.Id).Take(posts).CountAsync(ct) < posts;
}
