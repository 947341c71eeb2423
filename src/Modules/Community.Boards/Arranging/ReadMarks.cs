using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Takes along what members have read when posts get other places. Call it in a change that holds <see cref="Locks.Arrange"/>.
/// </summary>
static class ReadMarks
{
    /// <summary>Members whose rows are read and written together.</summary>
    const int Batch = 500;

    /// <summary>A stay in no board: no mark of a board counts for that time.</summary>
    const long NoBoard = 0;

    /// <summary>Whoever has read a post at its old place has read it at the new one.</summary>
    public static async Task Carry(SiteDb db, long from, long to, IReadOnlyList<(int Old, int New)> places, CancellationToken ct)
    {
        if (places.Count == 0) return;
        for (long? after = 0; after is { } last;)
        {
            var rows = await db.TopicReads.AsNoTracking().Where(r => r.TopicId == from && r.MemberId > last)
                .OrderBy(r => r.MemberId).Take(Batch).ToListAsync(ct);
            var members = rows.ConvertAll(r => r.MemberId);
            var there = await db.TopicReads.Where(r => r.TopicId == to && members.Contains(r.MemberId))
                .ToDictionaryAsync(r => r.MemberId, ct);
            foreach (var row in rows)
            {
                var seen = row.Set;
                var read = places.Where(p => seen.Contains(p.Old)).Select(p => p.New).ToList();
                if (read.Count > 0) Add(db, there.GetValueOrDefault(row.MemberId), row.MemberId, to, read);
            }
            await Save(db, ct);
            after = rows.Count < Batch ? null : members[^1];
        }
    }

    /// <summary>Whether the same marks on boards cover both topics, so that posts may go from one to the other without more.</summary>
    public static async Task<bool> AreAlike(SiteDb db, Topic one, Topic other, CancellationToken ct) =>
        one.BoardId == other.BoardId && one.LastMove == other.LastMove
        && !await db.TopicStays.AnyAsync(s => (s.TopicId == one.Id || s.TopicId == other.Id) && s.BoardId != NoBoard, ct);

    /// <summary>Whether the topic has been in another board, whose marks cover it.</summary>
    public static Task<bool> HasMoved(SiteDb db, long topic, CancellationToken ct) =>
        db.TopicStays.AnyAsync(s => s.TopicId == topic && s.BoardId != NoBoard, ct);

    /// <summary>
    /// Writes down, member by member, what the marks on boards cover of the topic, and makes those marks count no more. From then on its
    /// posts can go to a topic with other marks: nothing becomes unread that was read, nor read that was not.
    /// </summary>
    public static async Task Settle(SiteDb db, Topic topic, IReadOnlyList<PlacedPost> posts, CancellationToken ct)
    {
        await Locks.Moves(db, ct);
        var stays = await db.TopicStays.Where(s => s.TopicId == topic.Id).ToListAsync(ct);
        List<(long Board, long Since, long Until)> covers =
        [
            .. stays.Select(s => (s.BoardId, s.Since, s.Id)),
            (topic.BoardId, topic.LastMove, long.MaxValue),
        ];
        var boards = covers.ConvertAll(c => c.Board);
        for (long? after = 0; after is { } last;)
        {
            var members = await db.BoardReads.Where(r => boards.Contains(r.BoardId) && r.MemberId > last)
                .Select(r => r.MemberId).Distinct().OrderBy(m => m).Take(Batch).ToListAsync(ct);
            var marks = await db.BoardReads.AsNoTracking()
                .Where(r => boards.Contains(r.BoardId) && members.Contains(r.MemberId)).ToListAsync(ct);
            var there = await db.TopicReads.Where(r => r.TopicId == topic.Id && members.Contains(r.MemberId))
                .ToDictionaryAsync(r => r.MemberId, ct);
            foreach (var own in marks.GroupBy(r => r.MemberId))
            {
                var upto = own.Where(m => covers.Any(c => c.Board == m.BoardId && m.Moves >= c.Since && m.Moves < c.Until))
                    .Select(m => m.Watermark).DefaultIfEmpty().Max();
                var read = posts.TakeWhile(p => p.Id <= upto).Select(p => p.Number).ToList();
                if (read.Count > 0) Add(db, there.GetValueOrDefault(own.Key), own.Key, topic.Id, read);
            }
            await Save(db, ct);
            after = members.Count < Batch ? null : members[^1];
        }
        var settled = new TopicStay { TopicId = topic.Id, BoardId = NoBoard, Since = topic.LastMove };
        db.TopicStays.RemoveRange(stays);
        db.TopicStays.Add(settled);
        await db.SaveChangesAsync(ct);
        topic.LastMove = settled.Id;
    }

    static void Add(SiteDb db, TopicRead? row, long member, long topic, List<int> numbers)
    {
        if (row is null) db.TopicReads.Add(row = new TopicRead { MemberId = member, TopicId = topic });
        var set = row.Set;
        foreach (var number in numbers) set.Add(number);
        row.Set = set;
    }

    static async Task Save(SiteDb db, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        foreach (var row in db.ChangeTracker.Entries<TopicRead>().ToList()) row.State = EntityState.Detached;
    }
}
