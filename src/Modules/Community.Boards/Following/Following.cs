using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What members follow and mute, for whoever tells them of something.</summary>
public static class Following
{
    /// <summary>The ids of the members whom a member mutes, to be joined to a query.</summary>
    public static IQueryable<long> MutedBy(this SiteDb db, long member) =>
        db.MemberMutes.Where(m => m.MemberId == member).Select(m => m.MutedId);

    /// <summary>
    /// Follows a topic because the member wrote in it, unless they have a level there; in the open change. Waits for a level that the
    /// member is choosing at this moment: of two inserts one would fail, and it could be the member's own.
    /// </summary>
    public static async Task FollowByItself(this SiteDb db, long member, long topic, FollowLevel level, DateTime at, CancellationToken ct)
    {
        await Locks.Reader(db, member, ct);
        if (await db.TopicFollows.FindAsync([member, topic], ct) is not null) return;
        db.TopicFollows.Add(new() { MemberId = member, TopicId = topic, Level = level, ByItself = true, At = at });
    }

    /// <summary>The levels of some members for a topic and its board, by member; whoever has none is left out.</summary>
    public static async Task<Dictionary<long, FollowLevels>> LevelsOf(
        this SiteDb db, IReadOnlyCollection<long> members, long topic, long board, CancellationToken ct)
    {
        var topics = await db.TopicFollows.Where(f => f.TopicId == topic && members.Contains(f.MemberId))
            .Select(f => new { f.MemberId, f.Level, f.ByItself }).ToDictionaryAsync(f => f.MemberId, ct);
        var boards = await db.BoardFollows.Where(f => f.BoardId == board && members.Contains(f.MemberId))
            .ToDictionaryAsync(f => f.MemberId, f => f.Level, ct);
        return topics.Keys.Union(boards.Keys).ToDictionary(
            m => m,
            m => new FollowLevels(
                topics.TryGetValue(m, out var own) ? own.Level : null,
                own?.ByItself ?? false,
                boards.TryGetValue(m, out var level) ? level : null
            )
        );
    }
}
