using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Keeps what a member has read. Only ever adds to it, one change of a member at a time.</summary>
public sealed class MarkRead(SiteDb db, Unread unread)
{
    /// <summary>The member saw these posts of a topic.</summary>
    public async Task Posts(long member, long topic, IEnumerable<int> numbers, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, member, ct);
        var floors = await unread.FloorsOf(member, ct);
        await KeepFloorAtJoining(member, floors, ct);
        var row = await db.TopicReads.FirstOrDefaultAsync(r => r.MemberId == member && r.TopicId == topic, ct);
        var set = row?.Set;
        if (set is null)
        {
            var board = await db.Topics.Where(t => t.Id == topic).Select(t => (long?)t.BoardId).FirstOrDefaultAsync(ct);
            if (board is null) return;
            set = ReadSet.From(await unread.FloorNumber(topic, floors.Of(board.Value), ct), null);
            db.TopicReads.Add(row = new TopicRead { MemberId = member, TopicId = topic });
        }
        foreach (var number in numbers) set.Add(number);
        row!.Set = set;
        await change.Commit(ct);
    }

    /// <summary>Everything that stands in the board now is read.</summary>
    public async Task Board(long member, long board, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, member, ct);
        await Locks.MarkBoard(db, board, ct);
        await KeepFloorAtJoining(member, await unread.FloorsOf(member, ct), ct);
        var last = await db.Posts.Where(p => p.BoardId == board).MaxAsync(p => (long?)p.Id, ct) ?? 0;
        // Rows hold the numbers below the floor they were made with: with the new floor they begin anew.
        var topics = db.Topics.Where(t => t.BoardId == board).Select(t => t.Id);
        await db.TopicReads.Where(r => r.MemberId == member && topics.Contains(r.TopicId)).ExecuteDeleteAsync(ct);
        var row = await db.BoardReads.FirstOrDefaultAsync(r => r.MemberId == member && r.BoardId == board, ct);
        if (row is null) db.BoardReads.Add(row = new BoardRead { MemberId = member, BoardId = board });
        row.Floor = Math.Max(row.Floor, last);
        await change.Commit(ct);
    }

    async Task KeepFloorAtJoining(long member, Floors floors, CancellationToken ct)
    {
        if (await db.BoardReads.AnyAsync(r => r.MemberId == member && r.BoardId == BoardRead.Everywhere, ct)) return;
        db.BoardReads.Add(new BoardRead { MemberId = member, BoardId = BoardRead.Everywhere, Floor = floors.Of(BoardRead.Everywhere) });
    }
}
