using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Moderators make a branch of a topic a topic of its own. The posts left keep numbers and paths; those of the branch are numbered anew,
/// in the same order. Every old address leads to the post's new place.
/// </summary>
public sealed class SplitTopic(SiteDb db, Actors actors, ModerationTrail trail)
{
    /// <summary>Splits off a post with all replies below it. Repeating it changes nothing.</summary>
    /// <param name="actor">Who does it.</param>
    /// <param name="topicId">The topic.</param>
    /// <param name="number">The post that opens the new topic; not the one that opens this one.</param>
    /// <param name="title">The new topic's title.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>Where the post stands now; null if there is no such post.</returns>
    /// <exception cref="Denied">The actor is not, or no longer, a moderator of the board.</exception>
    /// <exception cref="Refused">The title is missing or invalid, or the post opens its topic.</exception>
    public async Task<Place?> Branch(Reader actor, long topicId, int number, string? title, CancellationToken ct)
    {
        title = PostText.Title(title) ?? throw new Refused("boards.refused.no-title");
        await using var change = await db.Change(ct);
        await Locks.Arrange(db, [topicId], ct);
        await Locks.EverybodyIn(db, [topicId], [actor.Id], await ReadMarks.HasMoved(db, topicId, ct), ct);
        var topic = await db.Locked<Topic>(topicId, ct);
        var moderator = await actors.RequireModerator(actor, topic?.BoardId);
        if (topic is null) return null;
        // Sent twice, or split off by somebody else meanwhile.
        if (await db.PlaceToday(moderator, topicId, number, ct) is { } already) return already;
        await Locks.ShareBoard(db, topic.BoardId, ct);
        if (number == 1) throw new Refused("boards.split.opening");
        var posts = await Arrangement.Load(db, topicId, ct);
        if (posts.Find(p => p.Number == number) is not { } root) return null;
        if (await db.Posts.AnyAsync(p => p.Id == root.Id && p.Withheld != Withheld.No, ct)) throw new Refused("boards.refused.withheld");
        if (await ReadMarks.HasMoved(db, topicId, ct)) await ReadMarks.Settle(db, topic, posts, ct);
        var made = await Begin(topic, root, title, ct);
        var numbers = Arrangement.Branch(posts, number);
        var branch = posts.Where(p => numbers.Contains(p.Number)).ToList();
        var now = branch.Select((p, i) => (p.Number, New: i + 1)).ToDictionary(p => p.Number, p => p.New);
        await Arrangement.Write(
            db,
            made,
            [.. branch.Select(p => new NewPlace(p, now[p.Number], p == root ? null : now[p.ParentNumber!.Value]))],
            // The title of a topic stands on the topic, never on its opening post.
            new Dictionary<long, string?> { [root.Id] = null },
            title,
            ct
        );
        Arrangement.Figure(
            topic, [.. posts.Where(p => !numbers.Contains(p.Number)).Select(p => new NewPlace(p, p.Number, p.ParentNumber))]);
        await ReadMarks.Carry(db, topicId, made.Id, [.. now.Select(p => (p.Key, p.Value))], ct);
        trail.Add(moderator, ModerationAct.Split, made, null, FromTo.Of(topic.Title, title));
        db.Publish(new TopicSplit(topic.BoardId, topicId, made.Id, root.Id, number));
        var key = await db.Boards.Where(b => b.Id == topic.BoardId).Select(b => b.Key).FirstAsync(ct);
        db.Touch(key);
        await Faults.At("split.written", db.Site);
        await change.Commit(ct);
        return new Place(key, made.Id, 1);
    }

    /// <summary>Who may not see or answer the old topic may not see or answer the new one.</summary>
    async Task<Topic> Begin(Topic topic, PlacedPost root, string title, CancellationToken ct)
    {
        var made = new Topic
        {
            BoardId = topic.BoardId,
            Title = title,
            AuthorId = root.AuthorId,
            GuestName = root.GuestName,
            StartedAt = root.At,
            LastPostAt = root.At,
            LastPostBy = root.AuthorId,
            LastGuestName = root.GuestName,
            LastMove = topic.LastMove,
            LockedAt = topic.LockedAt,
            LockedBy = topic.LockedBy,
            ArchivedAt = topic.ArchivedAt,
            ArchivedBy = topic.ArchivedBy,
            HiddenAt = topic.HiddenAt,
            HiddenBy = topic.HiddenBy,
            HiddenReason = topic.HiddenReason,
        };
        db.Topics.Add(made);
        await db.SaveChangesAsync(ct);
        return made;
    }
}
