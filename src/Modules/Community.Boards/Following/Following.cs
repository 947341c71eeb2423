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

    /// <summary>The levels of some members for some topics and their boards: by member, topic and the topic's board.</summary>
    public static async Task<Func<long, long, long, FollowLevels>> LevelsOf(
        this SiteDb db,
        IReadOnlyCollection<long> members,
        IReadOnlyCollection<long> topics,
        IReadOnlyCollection<long> boards,
        CancellationToken ct
    )
    {
        var ofTopics = await db.TopicFollows.Where(f => topics.Contains(f.TopicId) && members.Contains(f.MemberId))
            .Select(f => new { f.MemberId, f.TopicId, f.Level, f.ByItself }).ToDictionaryAsync(f => (f.MemberId, f.TopicId), ct);
        var ofBoards = await db.BoardFollows.Where(f => boards.Contains(f.BoardId) && members.Contains(f.MemberId))
            .Select(f => new { f.MemberId, f.BoardId, f.Level }).ToDictionaryAsync(f => (f.MemberId, f.BoardId), f => f.Level, ct);
        return (member, topic, board) =>
            new(
                ofTopics.TryGetValue((member, topic), out var own) ? own.Level : null,
                own?.ByItself ?? false,
                ofBoards.TryGetValue((member, board), out var level) ? level : null
            );
    }
}
