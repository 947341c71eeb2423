using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members vote in a poll, choose anew and take their vote back.</summary>
public sealed class Vote(SiteDb db, Actors actors, TimeProvider time)
{
    /// <param name="actor">Who votes.</param>
    /// <param name="topicId">The poll's topic.</param>
    /// <param name="options">The places of the chosen options, from 0; none takes the vote back.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>The topic's address; null if the actor sees no such poll.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    /// <exception cref="Refused">The actor may not, or did not choose as many as they may.</exception>
    public async Task<string?> In(Reader actor, long topicId, IReadOnlyCollection<int> options, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var reader = await actors.Require(actor, BoardsPermissions.Write);
        var topics = db.Topics.AsNoTracking().Include(t => t.Board.Groups).VisibleTo(reader);
        var topic = await topics.FirstOrDefaultAsync(t => t.Id == topicId, ct);
        var id = await db.Polls.Where(p => p.TopicId == topicId).Select(p => (long?)p.Id).FirstOrDefaultAsync(ct);
        if (topic is null || id is null) return null;
        var member = reader.Id!.Value;
        // Whoever erases the member has the member's row first, too.
        await Locks.Member(db, member, ct);
        if (await db.Locked<Poll>(id.Value, ct) is not { } poll) return null;
        var ballot = await db.PollBallots.FirstOrDefaultAsync(b => b.PollId == poll.Id && b.MemberId == member, ct);
        var before = ballot?.Choices ?? 0;
        var choices = options.Where(o => o is >= 0 and < Poll.MaxOptions).Aggregate(0L, (sum, o) => sum | 1L << o);
        var url = Topic.UrlOf(topic.Board.Key, topic.Id);
        // The same form sent twice, perhaps after the end.
        if (choices == before && choices != 0) return url;
        if (poll.RefusesVote(reader, topic, before != 0, time.GetUtcNow().UtcDateTime) is { } why) throw new Refused(why);
        if ((choices != 0 && !poll.Takes(choices)) || options.Any(o => o is < 0 or >= Poll.MaxOptions))
            throw new Refused("boards.poll.refused.many");
        if (choices == 0 && before == 0) throw new Refused("boards.poll.refused.none");
        if (ballot is null) db.PollBallots.Add(ballot = new PollBallot { PollId = poll.Id, MemberId = member });
        if (choices == 0) db.Remove(ballot);
        else (ballot.Choices, ballot.At) = (choices, time.GetUtcNow().UtcDateTime);
        poll.Count(before, choices);
        // Not what was chosen: of a secret poll nobody is told.
        db.Publish(new PollVoted(topicId, poll.Id));
        db.Touch(topic.Board.Key);
        await change.Commit(ct);
        return url;
    }
}
