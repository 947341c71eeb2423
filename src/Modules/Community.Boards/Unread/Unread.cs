using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What is known of a topic to say what is unread in it.</summary>
public sealed record TopicExtent(long TopicId, long BoardId, long FirstPostId, long LastPostId, int Total, byte[]? Gone);

/// <summary>What a member has not read of a topic. Hidden and deleted posts are never unread.</summary>
public sealed class Unseen(ReadSet seen, int total)
{
    /// <summary>For visitors: nothing is marked.</summary>
    public static readonly Unseen Nothing = new(new ReadSet(), 0);

    public int Count => Math.Max(0, total - seen.Count);
    /// <summary>The number to go on reading at; null if all is read.</summary>
    public int? First => Count > 0 ? seen.FirstMissing : null;
    /// <summary>Leaves a post out.</summary>
    public void Skip(int number) => seen.Add(number);
    public bool Has(int number) => number <= total && !seen.Contains(number);
}

/// <summary>The ids up to which a member has read each board.</summary>
public sealed record Floors(IReadOnlyDictionary<long, long> ByBoard)
{
    public long Of(long board) => ByBoard.GetValueOrDefault(board, ByBoard.GetValueOrDefault(BoardRead.Everywhere));
}

/// <summary>Answers what a member has not read yet, for many topics with the same number of queries.</summary>
public sealed class Unread(SiteDb db, CurrentMember current)
{
    /// <param name="TopicId">Of the topic.</param>
    /// <param name="ReadUpto">As the member's row has it; null if there is none.</param>
    /// <param name="Above">The same.</param>
    /// <param name="Floor">The board's, or the one at joining; null if neither is written down yet.</param>
    /// <param name="Number">Without a row: the last number at or below the floor; null if all lie above.</param>
    sealed record Row(long TopicId, int? ReadUpto, byte[]? Above, long? Floor, int? Number);

    static readonly HotQuery<Func<SiteDb, long, long[], IAsyncEnumerable<Row>>> rows = new(() => EF.CompileAsyncQuery((SiteDb db, long member, long[] topics) =>
        from topic in db.Set<Topic>()
        where topics.Contains(topic.Id)
        join read in db.Set<TopicRead>().Where(r => r.MemberId == member) on topic.Id equals read.TopicId into reads
        from read in reads.DefaultIfEmpty()
        let floor = db.Set<BoardRead>().Where(r => r.MemberId == member && r.BoardId == topic.BoardId).Select(r => (long?)r.Floor).FirstOrDefault()
            ?? db.Set<BoardRead>().Where(r => r.MemberId == member && r.BoardId == BoardRead.Everywhere).Select(r => (long?)r.Floor).FirstOrDefault()
        select new Row(topic.Id, (int?)read.ReadUpto, read.Above, floor, read != null || floor == null || floor < topic.FirstPostId ? null
            : floor >= topic.LastPostId ? topic.NextNumber - 1
            : db.Set<Post>().Where(p => p.TopicId == topic.Id && p.Id <= floor).OrderByDescending(p => p.Id).Select(p => (int?)p.Number).FirstOrDefault())));

    Floors? floors;

    /// <summary>By topic; empty for a visitor.</summary>
    public async Task<IReadOnlyDictionary<long, Unseen>> Of(IReadOnlyCollection<TopicExtent> topics, CancellationToken ct)
    {
        if (!(await current.Reader(ct)).IsMember || topics.Count == 0) return new Dictionary<long, Unseen>();
        var member = current.Id!.Value;
        var found = await rows.On(db)(db, member, [.. topics.Select(t => t.TopicId)]).ToDictionaryAsync(r => r.TopicId, cancellationToken: ct);
        var unseen = new Dictionary<long, Unseen>(topics.Count);
        foreach (var topic in topics) unseen[topic.TopicId] = new(await Seen(topic, found.GetValueOrDefault(topic.TopicId), member, ct), topic.Total);
        return unseen;
    }

    async Task<ReadSet> Seen(TopicExtent topic, Row? row, long member, CancellationToken ct)
    {
        var seen = row is { ReadUpto: { } upto } ? ReadSet.From(upto, row.Above) : ReadSet.From(await Below(topic, row, member, ct), null);
        if (topic.Gone is not null) seen.Add(ReadSet.From(0, topic.Gone));
        return seen;
    }

    // Until something of the member's is written down, the floor is that of joining, and nearly all topics lie on one side of it.
    async ValueTask<int> Below(TopicExtent topic, Row? row, long member, CancellationToken ct)
    {
        if (row is { Floor: not null }) return row.Number ?? 0;
        var floor = (await FloorsOf(member, ct)).Of(topic.BoardId);
        return floor < topic.FirstPostId ? 0 : floor >= topic.LastPostId ? topic.Total : await FloorNumber(topic.TopicId, floor, ct);
    }

    /// <summary>The last number of a topic at or below the floor, 0 if all its posts lie above.</summary>
    public Task<int> FloorNumber(long topic, long floor, CancellationToken ct) =>
        db.Posts.Where(p => p.TopicId == topic && p.Id <= floor).OrderByDescending(p => p.Id).Select(p => p.Number).FirstOrDefaultAsync(ct);

    /// <summary>The floors of a member. The one at joining is looked up until <see cref="MarkRead"/> has written it down.</summary>
    public async Task<Floors> FloorsOf(long member, CancellationToken ct)
    {
        if (floors is not null) return floors;
        var rows = await db.BoardReads.AsNoTracking().Where(r => r.MemberId == member).ToDictionaryAsync(r => r.BoardId, r => r.Floor, ct);
        if (!rows.ContainsKey(BoardRead.Everywhere)) rows[BoardRead.Everywhere] = await FloorAtJoining(member, ct);
        return floors = new Floors(rows);
    }

    async Task<long> FloorAtJoining(long member, CancellationToken ct)
    {
        var joined = await db.Members.Where(m => m.Id == member).Select(m => m.JoinedAt).FirstAsync(ct);
        return await db.Posts.Where(p => p.At < joined).OrderByDescending(p => p.At).ThenByDescending(p => p.Id).Select(p => p.Id).FirstOrDefaultAsync(ct);
    }
}
