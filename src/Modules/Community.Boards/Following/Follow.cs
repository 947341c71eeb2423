using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members choose how much they hear of boards, topics and other members.</summary>
public sealed class Follow(SiteDb db, Actors actors, TimeProvider time)
{
    /// <summary>Sets the level of a topic by the member's own hand.</summary>
    /// <returns>False if the actor sees no such topic.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task<bool> Topic(Reader actor, long topicId, FollowLevel level, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var reader = await actors.RequireMember(actor);
        if (!await db.Topics.VisibleTo(reader).AnyAsync(t => t.Id == topicId, ct)) return false;
        var member = reader.Id!.Value;
        var row = await db.TopicFollows.FirstOrDefaultAsync(f => f.MemberId == member && f.TopicId == topicId, ct);
        if (row is null) db.TopicFollows.Add(row = new() { MemberId = member, TopicId = topicId });
        else if (row.Level == level && !row.ByItself) return true;
        // A chosen "normal" stays as a row: the member's next reply does not follow the topic again.
        (row.Level, row.ByItself, row.At) = (level, false, Now);
        db.Publish(new TopicFollowed(topicId, member, level));
        await change.Commit(ct);
        return true;
    }

    /// <summary>Sets the level of a board.</summary>
    /// <returns>False if the actor sees no such board.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task<bool> Board(Reader actor, string boardKey, FollowLevel level, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var reader = await actors.RequireMember(actor);
        var found = await db.Boards.VisibleTo(reader).Where(b => b.Key == boardKey).Select(b => (long?)b.Id).FirstOrDefaultAsync(ct);
        if (found is not { } board) return false;
        var member = reader.Id!.Value;
        var row = await db.BoardFollows.FirstOrDefaultAsync(f => f.MemberId == member && f.BoardId == board, ct);
        if ((row?.Level ?? FollowLevel.Normal) == level) return true;
        if (level is FollowLevel.Normal) db.Remove(row!);
        else if (row is null) db.BoardFollows.Add(new() { MemberId = member, BoardId = board, Level = level, At = Now });
        else (row.Level, row.At) = (level, Now);
        db.Publish(new BoardFollowed(board, member, level));
        await change.Commit(ct);
        return true;
    }

    /// <summary>Mutes another member, or ends that. Repeating it changes nothing.</summary>
    /// <returns>False if there is no such member.</returns>
    /// <exception cref="Refused">Nobody mutes themselves.</exception>
    public async Task<bool> Mute(Reader actor, string handle, bool on, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var member = (await actors.RequireMember(actor)).Id!.Value;
        var found = await db.Members.Where(m => m.Handle == handle).Select(m => (long?)m.Id).FirstOrDefaultAsync(ct);
        if (found is not { } muted) return false;
        if (muted == member) throw new Refused("boards.refused.mute-self");
        var row = await db.MemberMutes.FirstOrDefaultAsync(m => m.MemberId == member && m.MutedId == muted, ct);
        if (row is not null == on) return true;
        if (row is null) db.MemberMutes.Add(new() { MemberId = member, MutedId = muted, At = Now });
        else db.Remove(row);
        db.Publish(new MemberMuted(member, muted, on));
        await change.Commit(ct);
        return true;
    }

    /// <summary>Removes the level of a topic, also of one that the actor may no longer read. Repeating it changes nothing.</summary>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task ForgetTopic(Reader actor, long topicId, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var member = (await actors.RequireMember(actor)).Id!.Value;
        if (await db.TopicFollows.FirstOrDefaultAsync(f => f.MemberId == member && f.TopicId == topicId, ct) is not { } row) return;
        db.Remove(row);
        db.Publish(new TopicFollowed(topicId, member, FollowLevel.Normal));
        await change.Commit(ct);
    }

    /// <summary>The same of a board.</summary>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task ForgetBoard(Reader actor, long boardId, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var member = (await actors.RequireMember(actor)).Id!.Value;
        if (await db.BoardFollows.FirstOrDefaultAsync(f => f.MemberId == member && f.BoardId == boardId, ct) is not { } row) return;
        db.Remove(row);
        db.Publish(new BoardFollowed(boardId, member, FollowLevel.Normal));
        await change.Commit(ct);
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
