using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Whether a member may write so much at this moment, beyond what board and topic say of everybody: a board may be slow, and who is not
/// trusted yet has limits. Of the author's act alone: approving what waits asks for none of it. Who moderates the board has no limits
/// there. Every way in asks here: pages, mail and drafts that are published all come by <see cref="PublishPost"/> and
/// <see cref="ChangePost"/>.
/// </summary>
public sealed class WritingLimits(SiteDb db, Trust trust, TimeProvider time)
{
    static readonly TimeSpan hour = TimeSpan.FromHours(1);

    DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>The limits of the author; null for none. Asked before the change is opened: nobody waits for it.</summary>
    internal Task<PostLimits?> Of(Reader author, CancellationToken ct) => trust.LimitsOf(author, ct);

    /// <summary>What the author may still write; null without limits. For the pages on which they write.</summary>
    public async Task<Allowance?> Left(Reader author, Board board, CancellationToken ct = default)
    {
        if (author.Moderates(board.Id) || await Of(author, ct) is not { } limits) return null;
        var since = Now - hour;
        var last = await Written(author).Take(limits.Posts).Select(p => p.At).ToListAsync(ct);
        var left = limits.Posts - last.Count(at => at > since);
        return new(limits, left, left > 0 ? 0 : MinutesFrom(last[^1]));
    }

    /// <summary>Asks in the change that writes the post, which holds the author's lock: of two sent at once one is refused.</summary>
    /// <exception cref="Refused">The board is slow and the author's last post there too new, or there are too many posts.</exception>
    internal async Task Ask(NewPost post, CancellationToken ct)
    {
        if (post.Author.Moderates(post.Board.Id)) return;
        if (post.Board.PauseSeconds > 0) await AskPause(post, ct);
        if (post.Written.Limits is not { } limits) return;
        // Deleted ones count: else to delete and write again would be a way round.
        var nth = await Written(post.Author).Skip(limits.Posts - 1).Select(p => (DateTime?)p.At).FirstOrDefaultAsync(ct);
        if (nth is { } at && at > Now - hour) Refuse(new("boards.refused.trust.hour", limits.Posts, MinutesFrom(at)));
    }

    /// <summary>Asks about the parts of a post, once its mentions are known.</summary>
    /// <exception cref="Refused">It has too much of something.</exception>
    internal void AskParts(NewPost post)
    {
        if (post.Written.Limits is not { } limits || post.Author.Moderates(post.Board.Id)) return;
        try { limits.Ask(PostLimits.PartsOf(post.Post.Text, post.Post.Html, db.Site), null); }
        catch (Refused refused) { Refuse(refused); }
    }

    /// <summary>Asks about the parts of an edited post. What it had before it may keep.</summary>
    /// <exception cref="Refused">It has too much of something.</exception>
    internal void AskEdit(PostLimits? limits, Reader author, Post post, string text, string html)
    {
        if (limits is null || author.Moderates(post.BoardId)) return;
        try { limits.Ask(PostLimits.PartsOf(text, html, db.Site), PostLimits.PartsOf(post.Text, post.Html, db.Site)); }
        catch (Refused refused) { Refuse(refused); }
    }

    async Task AskPause(NewPost post, CancellationToken ct)
    {
        var (board, author) = (post.Board.Id, post.Author.Id);
        var last = await db.Posts.Where(p => p.AuthorId == author && p.BoardId == board).OrderByDescending(p => p.Id)
            .Select(p => (DateTime?)p.At).FirstOrDefaultAsync(ct);
        // A post of the future is imported, or the clock was set back.
        if (last is { } at && at <= Now && at.AddSeconds(post.Board.PauseSeconds) > Now) Refuse(new("boards.refused.pause"));
    }

    /// <summary>What the author wrote here, the newest first; nothing of the future.</summary>
    IQueryable<Post> Written(Reader author)
    {
        var (id, now) = (author.Id, Now);
        return db.Posts.Where(p => p.AuthorId == id && p.ImportId == null && p.At <= now).OrderByDescending(p => p.Id);
    }

    int MinutesFrom(DateTime at) => Math.Max(1, (int)Math.Ceiling((at + hour - Now).TotalMinutes));

    void Refuse(Refused refused)
    {
        // Whoever saves next in this request must not save this post.
        db.ChangeTracker.Clear();
        throw refused;
    }
}
