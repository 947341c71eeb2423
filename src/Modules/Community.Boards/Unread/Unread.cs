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
    static readonly HotQuery<Func<SiteDb, long, long, Task<TopicRead?>>> reads = new(() => EF.CompileAsyncQuery((SiteDb db, long member, long topic) =>
        db.Set<TopicRead>().AsNoTracking().FirstOrDefault(r => r.MemberId == member && r.TopicId == topic)));

    Floors? floors;

    /// <summary>By topic; empty for a visitor.</summary>
    public async Task<IReadOnlyDictionary<long, Unseen>> Of(IReadOnlyCollection<TopicExtent> topics, CancellationToken ct)
    {
        if (!(await current.Reader(ct)).IsMember || topics.Count == 0) return new Dictionary<long, Unseen>();
        var member = current.Id!.Value;
        var rows = await Rows(member, [.. topics.Select(t => t.TopicId)], ct);
        var above = await FloorNumbers(topics.Where(t => !rows.ContainsKey(t.TopicId)).ToList(), member, ct);
        return topics.ToDictionary(t => t.TopicId, t => new Unseen(Seen(t, rows.GetValueOrDefault(t.TopicId), above.GetValueOrDefault(t.TopicId)), t.Total));
    }

    async Task<Dictionary<long, TopicRead>> Rows(long member, List<long> topics, CancellationToken ct)
    {
        if (topics.Count > 1) return await db.TopicReads.AsNoTracking().Where(r => r.MemberId == member && topics.Contains(r.TopicId)).ToDictionaryAsync(r => r.TopicId, ct);
        return await reads.On(db)(db, member, topics[0]) is { } row ? new() { [row.TopicId] = row } : [];
    }

    static ReadSet Seen(TopicExtent topic, TopicRead? row, int floor)
    {
        var seen = row?.Set ?? ReadSet.From(floor, null);
        if (topic.Gone is not null) seen.Add(ReadSet.From(0, topic.Gone));
        return seen;
    }

    /// <summary>For topics without a row: the last number at or below the board's floor. One query for all that lie across their floor.</summary>
    async Task<Dictionary<long, int>> FloorNumbers(List<TopicExtent> topics, long member, CancellationToken ct)
    {
        if (topics.Count == 0) return [];
        var floors = await FloorsOf(member, ct);
        var numbers = topics.Where(t => t.LastPostId <= floors.Of(t.BoardId)).ToDictionary(t => t.TopicId, t => t.Total);
        IQueryable<long>? across = null;
        foreach (var topic in topics)
        {
            var floor = floors.Of(topic.BoardId);
            if (floor < topic.FirstPostId || floor >= topic.LastPostId) continue;
            var one = LastAt(topic.TopicId, floor);
            across = across is null ? one : across.Concat(one);
        }
        if (across is not null)
            foreach (var found in await db.Posts.Where(p => across.Contains(p.Id)).Select(p => new { p.TopicId, p.Number }).ToListAsync(ct)) numbers[found.TopicId] = found.Number;
        return numbers;
    }

    IQueryable<long> LastAt(long topic, long floor) =>
        db.Posts.Where(p => p.TopicId == topic && p.Id <= floor).OrderByDescending(p => p.Id).Take(1).Select(p => p.Id);

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
