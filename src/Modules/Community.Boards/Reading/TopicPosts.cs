using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// A post as a page shows it. Only moderators get the text of hidden posts. AnswersName is the name of who wrote what it replies to, while
/// that is shown; the reader mutes the author, has a bookmark of it. OwnReactions is the sum of the reader's own.
/// </summary>
public sealed record PostLine(
    long Id,
    int Number,
    int? ParentNumber,
    int Depth,
    string? Title,
    string Html,
    string? Unrendered,
    DateTime At,
    DateTime? EditedAt,
    DateTime? HiddenAt,
    string? HiddenReason,
    DateTime? DeletedAt,
    Withheld Withheld,
    long? AuthorId,
    string? AuthorName,
    string? AuthorHandle,
    string? AuthorRole,
    string? AuthorPicture,
    string? AnswersName,
    bool IsMuted,
    bool IsBookmarked,
    string? Reactions,
    long OwnReactions
)
{
    public bool IsBy(Reader reader) => reader.Is(AuthorId);
    /// <summary>As <see cref="Post.RefusesDelete(Reader)"/>.</summary>
    public bool MayDelete(Reader reader) => Post.RefusesDelete(AuthorId, IsRemoved, reader) is null;
    /// <summary>Hidden or deleted; what waits is neither for its author.</summary>
    public bool IsRemoved => (HiddenAt is not null && Withheld is not Withheld.Waiting) || DeletedAt is not null;
    /// <summary>HTML of an earlier <see cref="Markup"/> version is rendered again.</summary>
    public string Body => Unrendered is null ? Html : Markup.ToHtml(Unrendered);
}

/// <summary>
/// One page of a topic's posts, as a tree or by time. Keyset paging along an index, so the topic's length does not matter.
/// </summary>
public static class TopicPosts
{
    public const int PageSize = 25;

    // Pages.Max(PageSize), as a compiled query cannot call it.
    const int MaxOnPage = PageSize + PageSize / 3;

    /// <summary>How many posts before the linked one a page of the tree begins, to show what that one replies to.</summary>
    const int Before = 5;

    sealed record Found(Topic Topic, FollowLevel? Level, bool? ByItself, FollowLevel? InBoard, Draft? Draft, int? Answers, Poll? Poll,
        long? Vote);

    // A topic's page needs the reader's levels, the draft of a reply and the poll too: in the same query.
    static readonly CompiledQuery<Func<SiteDb, long, long, Task<Found?>>> topics = new(() =>
        EF.CompileAsyncQuery((SiteDb db, long id, long member) =>
            (from topic in db.Set<Topic>().AsNoTracking().Include(t => t.Board.Groups)
             where topic.Id == id
             from own in db.Set<TopicFollow>().Where(f => f.TopicId == id && f.MemberId == member).DefaultIfEmpty()
             from inBoard in db.Set<BoardFollow>().Where(f => f.BoardId == topic.BoardId && f.MemberId == member).DefaultIfEmpty()
             from draft in db.Set<Draft>().Where(d => d.Id == db.Set<Draft>()
                 .Where(x => x.MemberId == member && x.Kind == DraftKind.Reply && x.Post!.TopicId == id)
                 .OrderByDescending(x => x.At).ThenByDescending(x => x.Id).Select(x => (long?)x.Id).FirstOrDefault()).DefaultIfEmpty()
             from poll in db.Set<Poll>().Where(p => p.TopicId == id).DefaultIfEmpty()
             select new Found(topic, (FollowLevel?)own.Level, (bool?)own.ByItself, (FollowLevel?)inBoard.Level, draft,
                 (int?)draft.Post!.Number, poll,
                 db.Set<PollBallot>().Where(b => b.PollId == poll.Id && b.MemberId == member).Select(b => (long?)b.Choices).FirstOrDefault()
             )).FirstOrDefault()));

    /// <summary>
    /// A topic with its board, the reader's levels for both, the reader's latest draft of a reply in it, and its poll with what the reader
    /// chose, as bits; null if there is none. Check
    /// <see cref="Topic.MayRead"/> before showing it.
    /// </summary>
    public static async Task<(Topic? Topic, FollowLevels Levels, ReplyDraft? Draft, (Poll Poll, long Own)? Poll)> Topic(
        SiteDb db,
        long id,
        long? member
    ) =>
        await topics.On(db)(db, id, member ?? 0) is { } found
            ? (found.Topic, new(found.Level, found.ByItself ?? false, found.InBoard),
                found.Draft is { } draft ? new ReplyDraft(draft, found.Answers ?? 1) : null,
                found.Poll is { } poll ? (poll, found.Vote ?? 0) : null)
            : (null, FollowLevels.None, null, null);

    // The reader's own relations to a post come with it: one query, whatever there is of them.
    static readonly Expression<Func<SiteDb, Post, long, PostLine>> line = (db, p, reader) => new PostLine(
        p.Id,
        p.Number,
        p.ParentNumber,
        p.Depth,
        p.Title,
        p.Html,
        p.HtmlVersion == Markup.Version ? null : p.Text,
        p.At,
        p.EditedAt,
        p.HiddenAt,
        p.HiddenReason,
        p.DeletedAt,
        p.Withheld,
        p.AuthorId,
        p.Author!.Name ?? p.GuestName,
        p.Author.Handle,
        p.Author.Role,
        p.Author.Picture,
        db.Set<Post>().Where(q => q.TopicId == p.TopicId && q.Number == p.ParentNumber && q.HiddenAt == null && q.DeletedAt == null)
            .Select(q => q.Author!.Name ?? q.GuestName).FirstOrDefault(),
        db.Set<MemberMute>().Any(m => m.MemberId == reader && m.MutedId == p.AuthorId),
        db.Set<Bookmark>().Any(b => b.MemberId == reader && b.PostId == p.Id),
        p.Reactions,
        p.Reactions == null ? 0
            : db.Set<PostReaction>().Where(r => r.PostId == p.Id && r.MemberId == reader).Sum(r => r.ReactionId)
    );

    static CompiledQuery<Func<SiteDb, long, int, bool, long, IAsyncEnumerable<PostLine>>> Lines(
        Expression<Func<SiteDb, long, int, bool, long, IQueryable<Post>>> posts)
    {
        var shown = Expression.Lambda<Func<Post, PostLine>>(
            Putting.In(line, posts.Parameters[0], line.Parameters[1], posts.Parameters[4]), line.Parameters[1]);
        var lines = Expression.Call(
            typeof(Queryable), nameof(Queryable.Select), [typeof(Post), typeof(PostLine)], posts.Body, Expression.Quote(shown));
        var query = Expression.Lambda<Func<SiteDb, long, int, bool, long, IQueryable<PostLine>>>(lines, posts.Parameters);
        return new(() => EF.CompileAsyncQuery(query));
    }

    // The parameters are the topic's id and the post number to continue from: or, if that post was split off, from the one before it.
    static readonly CompiledQuery<Func<SiteDb, long, int, bool, long, IAsyncEnumerable<PostLine>>> timeAfter = Lines(
            (db, topic, cursor, all, reader) => db.Set<Post>()
                .Where(p => p.TopicId == topic && p.Number > cursor && (all || p.Withheld == Withheld.No || p.AuthorId == reader))
                .OrderBy(p => p.Number)
                .Take(MaxOnPage + 1)),
        timeBefore = Lines(
            (db, topic, cursor, all, reader) => db.Set<Post>()
                .Where(p => p.TopicId == topic && p.Number < cursor && (all || p.Withheld == Withheld.No || p.AuthorId == reader))
                .OrderByDescending(p => p.Number)
                .Take(MaxOnPage + 1)),
        treeFirst = Lines(
            (db, topic, cursor, all, reader) => db.Set<Post>()
                .Where(p => p.TopicId == topic && (all || p.Withheld == Withheld.No || p.AuthorId == reader))
                .OrderBy(p => p.Path)
                .Take(MaxOnPage + 1)),
        treeAfter = Lines(
            (db, topic, cursor, all, reader) => db.Set<Post>()
                .Where(p =>
                    p.TopicId == topic
                    && (all || p.Withheld == Withheld.No || p.AuthorId == reader)
                    && string.Compare(
                        p.Path,
                        db.Set<Post>().Where(c => c.TopicId == topic && c.Number <= cursor)
                            .OrderByDescending(c => c.Number).Select(c => c.Path).First()
                    ) > 0)
                .OrderBy(p => p.Path)
                .Take(MaxOnPage + 1)),
        treeBefore = Lines(
            (db, topic, cursor, all, reader) => db.Set<Post>()
                .Where(p =>
                    p.TopicId == topic
                    && (all || p.Withheld == Withheld.No || p.AuthorId == reader)
                    && string.Compare(
                        p.Path,
                        db.Set<Post>().Where(c => c.TopicId == topic && c.Number <= cursor)
                            .OrderByDescending(c => c.Number).Select(c => c.Path).First()
                    ) < 0)
                .OrderByDescending(p => p.Path)
                .Take(MaxOnPage + 1));

    public sealed record PageOfPosts(IReadOnlyList<PostLine> Posts, bool HasEarlier, bool HasLater);

    /// <param name="db">The site's database.</param>
    /// <param name="topic">A topic that the reader may see.</param>
    /// <param name="view">The order.</param>
    /// <param name="after">The page begins after the post with this number; 0 for the beginning.</param>
    /// <param name="before">The page ends before the post with this number; 0 to use <paramref name="after"/>.</param>
    /// <param name="seesHidden">Whether to include the text of hidden posts, and what waits.</param>
    /// <param name="reader">The reader's id, whose own posts that wait are included.</param>
    /// <param name="ct">Cancels the query.</param>
    public static async Task<PageOfPosts> Page(
        SiteDb db,
        long topic,
        BoardView view,
        int after,
        int before,
        bool seesHidden,
        long? reader,
        CancellationToken ct
    )
    {
        var backwards = before > 0;
        var query = (view, backwards, after) switch
        {
            (BoardView.Chronological, true, _) => timeBefore,
            (BoardView.Chronological, _, _) => timeAfter,
            (_, true, _) => treeBefore,
            (_, _, 0) => treeFirst,
            _ => treeAfter,
        };
        var lines = await query.On(db)(db, topic, backwards ? before : after, seesHidden, reader ?? 0).ToListAsync(ct);
        var more = Pages.TrimToPage(lines, PageSize);
        if (backwards) lines.Reverse();
        if (!seesHidden)
            for (var i = 0; i < lines.Count; i++)
                if (lines[i] is { HiddenAt: not null, Withheld: Withheld.No }) lines[i] = lines[i] with { Html = "", Unrendered = null };
        return new(lines, backwards ? more : after > 0, backwards || more);
    }

    /// <summary>The query string of the page with a given post, including the question mark; empty for the first page.</summary>
    /// <param name="db">The site's database.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="view">The order.</param>
    /// <param name="number">The post's number.</param>
    /// <param name="total">How many posts the topic has.</param>
    /// <param name="ct">Cancels the query.</param>
    public static async Task<string> PageOf(SiteDb db, long topic, BoardView view, int number, int total, CancellationToken ct)
    {
        if (total <= MaxOnPage) return "";
        if (view == BoardView.Chronological) return Query(Pages.Before(number, total, PageSize));
        var path = await db.Posts.Where(p => p.TopicId == topic && p.Number == number).Select(p => p.Path).FirstAsync(ct);
        var earlier = await db
            .Posts.Where(p => p.TopicId == topic && string.Compare(p.Path, path) < 0)
            .OrderByDescending(p => p.Path)
            .Take(PageSize)
            .Select(p => p.Number)
            .ToListAsync(ct);
        return Query(earlier.Count < PageSize ? 0 : earlier[Before]);
    }

    static string Query(int after) => after > 0 ? "?after=" + after : "";
}
