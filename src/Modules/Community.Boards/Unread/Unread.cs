using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// What a member has not read of a topic. Hidden and deleted posts are never unread, nor is anything in a hidden or archived topic.
/// </summary>
public sealed class Unseen(ReadSet seen, int total)
{
    /// <summary>For visitors, and if everything is read: nothing is marked.</summary>
    public static readonly Unseen Nothing = new(new ReadSet(), 0);

    public int Count { get; } = total - seen.CountUpto(total);
    /// <summary>The number of the first unread post; null if all are read.</summary>
    public int? First => Count > 0 ? seen.FirstMissing : null;
    public bool Has(int number) => number <= total && !seen.Contains(number);
}

/// <summary>
/// Finds what a member has not read yet. Everything that shows an unread mark, a count or a link to the first unread post uses it.
/// Read posts are those at or below the member's watermark, and those that the member read or wrote. The watermark is the last post before
/// the member joined, or the last one that a mark "all as read" covers: a mark set on the topic's board since it came there, or on an
/// earlier board while the topic was there.
/// </summary>
public sealed class Unread(SiteDb db, CurrentMember current)
{
    /// <summary>Older topics do not mark a board as unread: that would mean checking every topic there is.</summary>
    const int LookedAtInBoard = 50;

    /// <summary>
    /// How many of them nearly always suffice: of a hundred boards all would be thousands of topics. Of no more boards than these, all are
    /// looked at by one query.
    /// </summary>
    const int LookedAtFirst = 3, MaxAtOnce = 10;

    /// <summary>What a member has read of a topic, as the database has it.</summary>
    internal sealed class Row
    {
        /// <summary>The topic as lists show it; null unless it was asked for, see <see cref="WithLine"/>.</summary>
        public TopicLine? Line { get; init; }
        public long TopicId { get; init; }
        public long BoardId { get; init; }
        /// <summary>Hidden or archived: nothing of it is unread.</summary>
        public bool Hidden { get; init; }
        public int Total { get; init; }
        public byte[]? Removed { get; init; }
        public byte[]? Imported { get; init; }
        public int? ReadUpto { get; init; }
        public byte[]? Above { get; init; }
        public int? ReadCount { get; init; }
        /// <summary>The last post's number at or below the watermark; null if all posts are above it.</summary>
        public int? LastBelowWatermark { get; init; }
    }

    // The watermark is the greatest id of the last post before joining and of the marks. Each takes a short index scan.
    static readonly Expression<Func<SiteDb, long, IQueryable<Topic>, IQueryable<Row>>> rows = (db, member, topics) =>
        from topic in topics
        join read in db.Set<TopicRead>().Where(r => r.MemberId == member) on topic.Id equals read.TopicId into reads
        from read in reads.DefaultIfEmpty()
        let joined = db.Set<Post>().Where(p => p.ImportId == null
                && p.At < db.Set<Member>().Where(m => m.Id == member).Select(m => m.JoinedAt).FirstOrDefault())
            .OrderByDescending(p => p.At).ThenByDescending(p => p.Id).Select(p => (long?)p.Id).FirstOrDefault() ?? 0
        let here = db.Set<BoardRead>().Where(r => r.MemberId == member && r.BoardId == topic.BoardId && r.Moves >= topic.LastMove)
            .Max(r => (long?)r.Watermark) ?? 0
        let before = (from stay in db.Set<TopicStay>()
                      where stay.TopicId == topic.Id
                      from mark in db.Set<BoardRead>()
                      where mark.MemberId == member && mark.BoardId == stay.BoardId && mark.Moves >= stay.Since && mark.Moves < stay.Id
                      select (long?)mark.Watermark).Max() ?? 0
        select new Row
        {
            TopicId = topic.Id,
            BoardId = topic.BoardId,
            Hidden = topic.HiddenAt != null || topic.ArchivedAt != null,
            Total = topic.NextNumber - 1,
            Removed = topic.Removed,
            Imported = topic.Imported,
            ReadUpto = (int?)read!.ReadUpto,
            Above = read.Above,
            ReadCount = (int?)read.ReadCount,
            LastBelowWatermark = db.Set<Post>().Where(p => p.TopicId == topic.Id && p.Id <= Math.Max(joined, Math.Max(here, before)))
                .OrderByDescending(p => p.Id).Select(p => (int?)p.Number).FirstOrDefault(),
        };

    static readonly CompiledQuery<Func<SiteDb, long, long[], IAsyncEnumerable<Row>>> ofTopics = new(() => EF.CompileAsyncQuery(
        Over<Func<SiteDb, long[], IQueryable<Topic>>, Func<SiteDb, long, long[], IQueryable<Row>>>(
            (db, ids) => db.Set<Topic>().Where(t => ids.Contains(t.Id)))));

    // The latest topics of each board, by one short index scan, and the topics named; of these, those that may have unread posts.
    static readonly CompiledQuery<Func<SiteDb, long, long[], int, long[], IAsyncEnumerable<Row>>> ofBoards = new(() => EF.CompileAsyncQuery(
        Over<Func<SiteDb, long[], int, long[], IQueryable<Topic>>, Func<SiteDb, long, long[], int, long[], IQueryable<Row>>>((
            db, boards, latest, ids) =>
            (from board in db.Set<Board>()
             where boards.Contains(board.Id)
             from topic in db.Set<Topic>()
             where topic.BoardId == board.Id && topic.HiddenAt == null
                 && topic.LastPostAt >= (db.Set<Topic>().Where(t => t.BoardId == board.Id && t.HiddenAt == null)
                     .OrderByDescending(t => t.LastPostAt).Skip(latest - 1)
                     .Select(t => (DateTime?)t.LastPostAt).FirstOrDefault() ?? DateTime.UnixEpoch)
             select topic).Concat(db.Set<Topic>().Where(t => ids.Contains(t.Id))),
            row => (row.LastBelowWatermark ?? 0) < row.Total && (row.ReadCount ?? 0) < row.Total)));

    /// <summary>
    /// The same rows for a list of topics, each with its <see cref="Row.Line"/>, so that list and marks take one query.
    /// </summary>
    /// <typeparam name="TTopics">Which topics: a function of the database and further values.</typeparam>
    /// <typeparam name="TRows">The same, with the member's id behind the database.</typeparam>
    internal static Expression<TRows> WithLines<TTopics, TRows>(Expression<TTopics> topics)
    {
        var rows = Over<TTopics, TRows>(topics);
        return (Expression<TRows>)new WithLine().Visit(rows);
    }

    sealed class WithLine : ExpressionVisitor
    {
        protected override Expression VisitMemberInit(MemberInitExpression node)
        {
            if (node.Type != typeof(Row)) return base.VisitMemberInit(node);
            var id = (MemberAssignment)node.Bindings.Single(b => b.Member.Name == nameof(Row.TopicId));
            var topic = ((MemberExpression)id.Expression).Expression!;
            var line = new Putting(new() { [TopicLine.Of.Parameters[0]] = topic }).Visit(TopicLine.Of.Body);
            return node.Update(node.NewExpression, [.. node.Bindings, Expression.Bind(typeof(Row).GetProperty(nameof(Row.Line))!, line)]);
        }
    }

    /// <summary>What is unread, by topic id; topics not included have nothing unread.</summary>
    public async Task<IReadOnlyDictionary<long, Unseen>> Of(IEnumerable<long> topics, CancellationToken ct = default)
    {
        long[] ids = [.. topics];
        if (!(await current.Reader(ct)).IsMember || ids.Length == 0) return new Dictionary<long, Unseen>();
        return (await ofTopics.On(db)(db, current.Id!.Value, ids).ToListAsync(ct)).ToDictionary(r => r.TopicId, Of);
    }

    /// <summary>
    /// The boards with unread posts in their latest topics or in the topics named; and what is unread in all these topics.
    /// </summary>
    public async Task<(IReadOnlySet<long> Boards, IReadOnlyDictionary<long, Unseen> Topics)> InBoards(
        IEnumerable<long> boards, IEnumerable<long> topics, CancellationToken ct = default)
    {
        var found = new Dictionary<long, Unseen>();
        var marked = new HashSet<long>();
        long[] ids = [.. boards];
        if (!(await current.Reader(ct)).IsMember || ids.Length == 0) return (marked, found);
        var first = ids.Length > MaxAtOnce ? LookedAtFirst : LookedAtInBoard;
        await Look(ids, first, [.. topics.Distinct()]);
        ids = [.. ids.Where(b => !marked.Contains(b))];
        if (first < LookedAtInBoard && ids.Length > 0) await Look(ids, LookedAtInBoard, []);
        return (marked, found);

        async Task Look(long[] boards, int latest, long[] named)
        {
            await foreach (var row in ofBoards.On(db)(db, current.Id!.Value, boards, latest, named).WithCancellation(ct))
                if ((found[row.TopicId] = Of(row)).Count > 0) marked.Add(row.BoardId);
        }
    }

    internal static Unseen Of(Row row)
    {
        if (row.Hidden) return Unseen.Nothing;
        var seen = ReadSet.From(row.ReadUpto ?? 0, row.Above);
        seen.Add(1, row.LastBelowWatermark ?? 0);
        if (row.Removed is not null) seen.Add(ReadSet.From(0, row.Removed));
        if (row.Imported is not null) seen.Add(ReadSet.From(0, row.Imported));
        return new(seen, row.Total);
    }

    /// <summary>Applies <c>rows</c> to some topics, as one expression: a compiled query cannot call our methods.</summary>
    static Expression<TRows> Over<TTopics, TRows>(Expression<TTopics> topics, Expression<Func<Row, bool>>? only = null)
    {
        var body = new Putting(new() { [rows.Parameters[0]] = topics.Parameters[0], [rows.Parameters[2]] = topics.Body }).Visit(rows.Body);
        if (only is not null)
            body = Expression.Call(typeof(Queryable), nameof(Queryable.Where), [typeof(Row)], body, Expression.Quote(only));
        return Expression.Lambda<TRows>(body, [topics.Parameters[0], rows.Parameters[1], .. topics.Parameters.Skip(1)]);
    }
}
