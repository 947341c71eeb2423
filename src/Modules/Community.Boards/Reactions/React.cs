using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members answer posts of others with reactions, and take them back.</summary>
public sealed class React(SiteDb db, Actors actors, SiteReactions reactions, TimeProvider time)
{
    /// <summary>Where the post stands today, with what it shows now.</summary>
    public sealed record Done(Place Place, long PostId, string? Counts, long Own);

    /// <summary>Gives a reaction, or takes it back. Repeating it changes nothing.</summary>
    /// <returns>Null if the actor sees no such post.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    /// <exception cref="Refused">The actor may not react to this post, or there is no such reaction to choose.</exception>
    public async Task<Done?> To(Reader actor, long topicId, int number, long reaction, bool on, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var reader = await actors.Require(actor, BoardsPermissions.Write);
        if (await db.Posts.Named(reader, topicId, number, ct) is not { } post) return null;
        if (on && (Refuses(reader, post) ?? (await IsOffered(reaction, ct) ? null : "boards.reaction.gone")) is { } why)
            throw new Refused(why);
        var member = reader.Id!.Value;
        // The member's row first, which the new row refers to, as whoever erases the member has it before the posts.
        await Locks.React(db, member, post.Id, ct);
        var own = await db.PostReactions.Where(r => r.PostId == post.Id && r.MemberId == member).ToListAsync(ct);
        var counts = await db.Posts.Where(p => p.Id == post.Id).Select(p => p.Reactions).FirstAsync(ct);
        var row = own.Find(r => r.ReactionId == reaction);
        if (row is not null != on)
        {
            if (row is null) db.PostReactions.Add(new() { PostId = post.Id, MemberId = member, ReactionId = reaction, At = Now });
            else db.Remove(row);
            counts = ReactionCounts.With(counts, reaction, on ? 1 : -1);
            await db.Posts.Where(p => p.Id == post.Id).ExecuteUpdateAsync(s => s.SetProperty(p => p.Reactions, counts), ct);
            db.Publish(new PostReacted(post.Id, member, reaction, on));
            db.Touch(post.Topic.Board.Key);
            await change.Commit(ct);
        }
        var others = own.Where(r => r.ReactionId != reaction).Sum(r => r.ReactionId);
        return new(new(post.Topic.Board.Key, post.TopicId, post.Number), post.Id, counts, others + (on ? reaction : 0));
    }

    /// <summary>The text key of why the reader may not react to the post; null if they may. It has its topic with the board.</summary>
    internal static string? Refuses(Reader reader, Post post) =>
        Refuses(reader, post.Topic)
        ?? (post.IsRemoved || post.HiddenAt is not null ? "boards.reaction.refused" : post.IsBy(reader) ? "boards.reaction.own" : null);

    /// <summary>The same of all posts of a topic. A topic that is closed takes reactions: they need no answer. One that is archived
    /// takes none.</summary>
    internal static string? Refuses(Reader reader, Topic topic) =>
        reader.Hindrance
        ?? (!reader.May(BoardsPermissions.Write) || topic.HiddenAt is not null ? "boards.reaction.refused"
            : topic.RefusesAll());

    async ValueTask<bool> IsOffered(long reaction, CancellationToken ct) =>
        (await reactions.All(ct)).Any(r => r.Id == reaction && r.IsOffered);

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
