using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What a module does when a member has read something, in the same transaction. Modules register it as a singleton.</summary>
/// <param name="Posts">Called with the member, the topic, the read posts' numbers, and all that the member has read of the topic.</param>
/// <param name="Board">Called with the member, the board, and the id up to which its posts are marked as read.</param>
public sealed record WhenRead(
    Func<SiteDb, long, long, IReadOnlyCollection<int>, ReadSet, CancellationToken, Task> Posts,
    Func<SiteDb, long, long, long, CancellationToken, Task> Board
);

/// <summary>Stores what a member has read. Only ever adds to it, one change per member at a time.</summary>
public sealed class MarkRead(SiteDb db, Actors actors, IEnumerable<WhenRead> followers)
{
    /// <summary>Marks these posts of a topic as read.</summary>
    public async Task Posts(long member, long topic, IEnumerable<int> numbers, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.ReadTopic(db, member, topic, ct);
        var found = await db.Topics.Where(t => t.Id == topic).Select(t => new { t.Removed }).FirstOrDefaultAsync(ct);
        if (found is null) return;
        var read = await db.TopicReads.FirstOrDefaultAsync(r => r.MemberId == member && r.TopicId == topic, ct);
        IReadOnlyCollection<int> shown = [.. numbers];
        // The page has a place for a hidden post, and not its words: restored, it is new to the member.
        var removed = ReadSet.From(0, found.Removed);
        read = Add(read, member, topic, shown.Where(number => !removed.Contains(number)));
        foreach (var follower in followers) await follower.Posts(db, member, topic, shown, read.Set, ct);
        await Faults.At("read.marked", db.Site);
        await change.Commit(ct);
    }

    /// <summary>Adds posts to what the member has read, in a transaction that holds <see cref="Locks.Reader"/>.</summary>
    public async Task Add(long member, long topic, IEnumerable<int> numbers, CancellationToken ct) =>
        Add(await db.TopicReads.FirstOrDefaultAsync(r => r.MemberId == member && r.TopicId == topic, ct), member, topic, numbers);

    /// <summary>The same with the member's row of the topic, loaded in this transaction; null if there is none.</summary>
    internal TopicRead Add(TopicRead? row, long member, long topic, IEnumerable<int> numbers)
    {
        if (row is null) db.TopicReads.Add(row = new TopicRead { MemberId = member, TopicId = topic });
        var set = row.Set;
        foreach (var number in numbers) set.Add(number);
        row.Set = set;
        return row;
    }

    /// <summary>
    /// Marks everything in the board that a page knew as read, but nothing newer, and nothing uncommitted when the page was rendered.
    /// </summary>
    /// <returns>False if the actor sees no such board.</returns>
    /// <exception cref="Denied">The actor may not store what they have read.</exception>
    public async Task<bool> Board(Reader actor, string boardKey, Horizon known, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var present = await actors.Require(actor, BoardsPermissions.Write);
        var found = await db.Boards.VisibleTo(present).Where(b => b.Key == boardKey).Select(b => (long?)b.Id).FirstOrDefaultAsync(ct);
        if (found is not { } board) return false;
        var member = present.Id!.Value;
        // Limit a forged horizon to what exists: otherwise everything written from now on would count as read.
        var watermark = Math.Min(known.LastPost, await db.Posts.MaxAsync(p => (long?)p.Id, ct) ?? 0);
        var moves = Math.Clamp(known.Moves, 0, await db.TopicStays.MaxAsync(s => (long?)s.Id, ct) ?? 0);
        if (known.Missing.Count > 0) watermark = await BeforeLatePosts(member, board, watermark, known.Missing, ct);
        var mark = await db.BoardReads.FirstOrDefaultAsync(r => r.MemberId == member && r.BoardId == board && r.Moves == moves, ct);
        if (mark is null) db.BoardReads.Add(mark = new BoardRead { MemberId = member, BoardId = board, Moves = moves });
        mark.Watermark = Math.Max(mark.Watermark, watermark);
        await db.SaveChangesAsync(ct);
        foreach (var follower in followers) await follower.Board(db, member, board, watermark, ct);
        // Keep an earlier mark only if a topic left the board between the two.
        var (marks, stays) = (db.BoardReads, db.TopicStays);
        await marks.Where(r => r.MemberId == member && r.BoardId == board
                && marks.Any(later => later.MemberId == member && later.BoardId == board && later.Moves > r.Moves
                    && later.Watermark >= r.Watermark
                    && !stays.Any(s => s.BoardId == board && s.Id > r.Moves && s.Id <= later.Moves)))
            .ExecuteDeleteAsync(ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// For posts that had their ids when the page was rendered but were committed later: the watermark stays below them,
    /// and the posts above it that the page knew are marked one by one.
    /// </summary>
    async Task<long> BeforeLatePosts(long member, long board, long watermark, IReadOnlyList<long> missing, CancellationToken ct)
    {
        var first = await db.Posts.Where(p => p.BoardId == board && missing.Contains(p.Id)).MinAsync(p => (long?)p.Id, ct);
        if (first is not { } late) return watermark;
        var known = await db.Posts.Where(p => p.BoardId == board && p.Id > late && p.Id <= watermark && !missing.Contains(p.Id))
            .Select(p => new { p.TopicId, p.Number }).ToListAsync(ct);
        foreach (var topic in known.GroupBy(p => p.TopicId)) await Add(member, topic.Key, topic.Select(p => p.Number), ct);
        return Math.Min(watermark, late - 1);
    }
}
