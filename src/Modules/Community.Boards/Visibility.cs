using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Community.Boards;

/// <summary>
/// Query conditions for the boards, topics and posts that a reader sees, built from <see cref="Board.ReadRule"/> and
/// <see cref="Topic.ShownRule"/>. Load a row that a request names only through <c>VisibleTo</c>.
/// </summary>
public static class Visibility
{
    /// <summary>The boards that the reader may read; <see cref="Board.MayRead"/> as a query.</summary>
    public static IQueryable<Board> VisibleTo(this IQueryable<Board> boards, Reader reader) =>
        reader.Moderates() ? boards : boards.Where(Readable((Board b) => b, reader));

    /// <summary>The topics that the reader may read; <see cref="Topic.MayRead"/> as a query.</summary>
    public static IQueryable<Topic> VisibleTo(this IQueryable<Topic> topics, Reader reader) =>
        reader.Moderates()
            ? topics.Where(t => t.MergedInto == null)
            : topics.Where(Shown((Topic t) => t, reader)).Where(Readable((Topic t) => t.Board, reader));

    /// <summary>
    /// The posts of topics that the reader may read. Includes hidden and deleted posts, which keep their places; see <see cref="Present"/>.
    /// Leaves out posts of others that wait in the queue, or were refused.
    /// </summary>
    public static IQueryable<Post> VisibleTo(this IQueryable<Post> posts, Reader reader) =>
        reader.Moderates()
            ? posts
            : posts.Where(Shown((Post p) => p.Topic, reader)).Where(Shown(reader)).Where(Readable((Post p) => p.Topic.Board, reader));

    /// <summary>Posts that are neither hidden nor deleted.</summary>
    public static IQueryable<Post> Present(this IQueryable<Post> posts) => posts.Where(p => p.HiddenAt == null && p.DeletedAt == null);

    /// <summary>A topic's last visible post, by which the board sorts its topics.</summary>
    public static Task<Post?> LastPresent(this IQueryable<Post> posts, long topicId, CancellationToken ct) =>
        posts.AsNoTracking().Where(p => p.TopicId == topicId).Present()
            .OrderByDescending(p => p.At).ThenByDescending(p => p.Number).FirstOrDefaultAsync(ct);

    /// <summary>A board's last visible post; by date, since an import brings old posts with new ids.</summary>
    public static Task<long?> LastOfBoard(this IQueryable<Post> posts, long board, CancellationToken ct) =>
        posts.Where(p => p.BoardId == board && p.Topic.HiddenAt == null).Present()
            .OrderByDescending(p => p.At).ThenByDescending(p => p.Id).Select(p => (long?)p.Id).FirstOrDefaultAsync(ct);

    /// <summary>
    /// The post that an address names, with topic, board and author; null if the reader does not see it. The address may be one that the
    /// post has left, see <see cref="OldAddress"/>.
    /// </summary>
    public static async Task<Post?> Named(
        this DbSet<Post> posts, Reader reader, long topicId, int number, CancellationToken ct = default)
    {
        var named = posts.AsNoTracking().Include(p => p.Author).Include(p => p.Topic.Board.Groups).VisibleTo(reader);
        if (await named.FirstOrDefaultAsync(p => p.TopicId == topicId && p.Number == number, ct) is { } post) return post;
        var former = posts.GetService<ICurrentDbContext>().Context.Set<FormerPlace>();
        var id = await former.Where(f => f.TopicId == topicId && f.Number == number).Select(f => (long?)f.PostId).FirstOrDefaultAsync(ct);
        return id is null ? null : await named.FirstOrDefaultAsync(p => p.Id == id, ct);
    }

    /// <summary>The rows of boards that the reader moderates; <see cref="Board.MayModerate"/> as a query.</summary>
    /// <param name="rows">Reports, entries of the log, topics.</param>
    /// <param name="reader">Who asks.</param>
    /// <param name="board">The id of a row's board.</param>
    public static IQueryable<T> ModeratedBy<T>(this IQueryable<T> rows, Reader reader, Expression<Func<T, long>> board) =>
        reader.Moderates() ? rows : rows.Where(Fill(isOneOf, board, Boards(reader)));

    /// <summary>
    /// The topics that a member may read who does not moderate all boards, and those that they moderate, for compiled queries: the
    /// member's groups and boards are asked in the database.
    /// </summary>
    public static readonly Expression<Func<SiteDb, long, IQueryable<Topic>>> OfMember = TopicsOfMember(
        (db, member) => db.Set<GroupMembership>().Where(g => g.MemberId == member && g.JoinedAt != null).Select(g => g.GroupId),
        (db, member) => db.Set<MemberPermission>().Where(p => p.MemberId == member && p.Permission == BoardsPermissions.Moderate)
            .Select(p => p.ThingId)
    );

    /// <inheritdoc cref="OfMember"/>
    public static readonly Expression<Func<SiteDb, long, IQueryable<Topic>>> OfBoardModerator = (db, member) => db.Set<Topic>()
        .Where(t => db.Set<MemberPermission>().Any(p =>
            p.MemberId == member && p.Permission == BoardsPermissions.Moderate && p.ThingId == t.BoardId));

    static Expression<Func<SiteDb, long, IQueryable<Topic>>> TopicsOfMember(
        Expression<Func<SiteDb, long, IEnumerable<long>>> groups,
        Expression<Func<SiteDb, long, IEnumerable<long>>> moderated
    )
    {
        Expression<Func<SiteDb, IQueryable<Topic>>> all = db => db.Set<Topic>();
        var (db, member) = (groups.Parameters[0], groups.Parameters[1]);
        var boards = new Filling(new() { [moderated.Parameters[0]] = db, [moderated.Parameters[1]] = member })
            .Visit(moderated.Body);
        var (no, yes) = (Expression.Constant(false), Expression.Constant(true));
        var shown = Fill(Topic.ShownRule, (Topic t) => t, no, boards, member);
        var readable = Fill(Board.ReadRule, (Topic t) => t.Board, no, boards, yes, groups.Body);
        var topics = new Filling(new() { [all.Parameters[0]] = db }).Visit(all.Body);
        foreach (var rule in new[] { shown, readable })
            topics = Expression.Call(typeof(Queryable), nameof(Queryable.Where), [typeof(Topic)], topics, Expression.Quote(rule));
        return Expression.Lambda<Func<SiteDb, long, IQueryable<Topic>>>(topics, groups.Parameters);
    }

    static Expression<Func<T, bool>> Readable<T>(Expression<Func<T, Board>> board, Reader reader)
    {
        var mine = reader.Groups.ToList();
        Expression<Func<IEnumerable<long>>> groups = () => mine;
        return Fill(
            Board.ReadRule,
            board,
            Expression.Constant(reader.Moderates()),
            Boards(reader),
            Expression.Constant(reader.IsMember),
            groups.Body
        );
    }

    static Expression<Func<T, bool>> Shown<T>(Expression<Func<T, Topic>> topic, Reader reader) =>
        Fill(Topic.ShownRule, topic, Expression.Constant(reader.Moderates()), Boards(reader), Own(reader));

    static Expression<Func<Post, bool>> Shown(Reader reader) =>
        Fill(Post.ShownRule, (Post p) => p, Expression.Constant(reader.Moderates()), Boards(reader), Own(reader));

    /// <summary>The reader's id as a parameter of the statement; 0 for a visitor, whose nothing is.</summary>
    static Expression Own(Reader reader)
    {
        var id = reader.Id ?? 0;
        Expression<Func<long>> parameter = () => id;
        return parameter.Body;
    }

    static readonly Expression<Func<long, IEnumerable<long>, bool>> isOneOf = (board, boards) => boards.Contains(board);

    /// <summary>The boards that the reader moderates, as a parameter of the statement; a constant if there are none.</summary>
    static Expression Boards(Reader reader)
    {
        var some = reader.ModeratedBoards().ToList();
        if (some.Count == 0) return Expression.Constant(none);
        Expression<Func<IEnumerable<long>>> parameter = () => some;
        return parameter.Body;
    }

    static readonly long[] none = [];

    /// <summary>Applies the rule to the row at <paramref name="path"/>, with the reader's values filled in.</summary>
    static Expression<Func<T, bool>> Fill<T, TRow>(LambdaExpression rule, Expression<Func<T, TRow>> path, params Expression[] values)
    {
        var filled = rule.Parameters.Zip([path.Body, .. values]).ToDictionary(pair => pair.First, pair => pair.Second);
        return Expression.Lambda<Func<T, bool>>(new Filling(filled).Visit(rule.Body), path.Parameters);
    }

    /// <summary>
    /// Leaves out what the reader's flags already decide, so that the database gets the shortest condition and no needless join.
    /// </summary>
    sealed class Filling(Dictionary<ParameterExpression, Expression> values) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => values.GetValueOrDefault(node, node);

        protected override Expression VisitMethodCall(MethodCallExpression node)
        {
            var visited = base.VisitMethodCall(node);
            return visited is MethodCallExpression { Arguments: [ConstantExpression { Value: var ids }, ..] } && ids == none
                ? Expression.Constant(false)
                : visited;
        }

        protected override Expression VisitBinary(BinaryExpression node)
        {
            if (node.NodeType is not (ExpressionType.OrElse or ExpressionType.AndAlso)) return base.VisitBinary(node);
            var (left, right, decides) = (Visit(node.Left), Visit(node.Right), node.NodeType is ExpressionType.OrElse);
            return left is ConstantExpression { Value: bool first } ? (first == decides ? left : right)
                : right is ConstantExpression { Value: bool second } ? (second == decides ? right : left)
                : node.Update(left, node.Conversion, right);
        }
    }
}
