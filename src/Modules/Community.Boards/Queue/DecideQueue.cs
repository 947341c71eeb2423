using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What a decision came to.</summary>
public enum Decision
{
    Done,
    /// <summary>There is no such entry on a board of the moderator.</summary>
    Missing,
    /// <summary>Somebody has decided it before: see <see cref="Decided.By"/>.</summary>
    Already,
    /// <summary>The author, or a moderator, has changed it since this moderator saw it.</summary>
    Changed,
}

/// <param name="What">What it came to.</param>
/// <param name="Outcome">The earlier outcome, if it had been decided.</param>
/// <param name="By">The name of who decided; null for the author, or a former member.</param>
/// <param name="Place">The post.</param>
public sealed record Decided(Decision What, QueueOutcome? Outcome = null, string? By = null, Place? Place = null);

/// <summary>
/// Moderators approve or refuse what waits. A decision names the version that the moderator saw: of two moderators one decides, and the
/// other is told so. The author's limits are not asked again.
/// </summary>
public sealed class DecideQueue(SiteDb db, Actors actors, ModerationTrail trail, Mentions mentions, TimeProvider time)
{
    DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Publishes the post, or the edit.</summary>
    /// <param name="actor">Who decides.</param>
    /// <param name="id">The entry.</param>
    /// <param name="version">The <see cref="QueueEntry.Version"/> that the actor saw.</param>
    /// <param name="title">The title, if <paramref name="text"/> is given.</param>
    /// <param name="text">A text that the moderator has corrected; null for the author's.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="Denied">The actor is not, or no longer, a moderator of the board.</exception>
    /// <exception cref="Refused">The corrected title or text is invalid.</exception>
    public Task<Decided> Approve(Reader actor, long id, int version, string? title, string? text, CancellationToken ct) =>
        Decide(actor, id, version, QueueOutcome.Approved, async (moderator, topic, post, entry) =>
        {
            if (entry.IsEdit)
            {
                // The edit is the author's, whoever approved it.
                await Rewrite(
                    topic, post, text is null ? entry.Title : title, text ?? entry.Text!, text is null ? post.AuthorId : moderator.Id, ct);
                return new PostEdited(topic.BoardId, topic.Id, post.Id, post.Number);
            }
            if (text is not null) await Rewrite(topic, post, title, text, moderator.Id, ct);
            post.Publish(topic);
            topic.CountRemoved(post, removed: false);
            return new PostPublished(topic.BoardId, topic.Id, post.Id, post.Number, post.ParentNumber, post.AuthorId);
        }, "", text, ct);

    /// <summary>Refuses the post, which stays readable for its author with the reason; or the edit, and the post stays as it is.</summary>
    /// <param name="actor">Who decides.</param>
    /// <param name="id">The entry.</param>
    /// <param name="version">The <see cref="QueueEntry.Version"/> that the actor saw.</param>
    /// <param name="reason">What the author reads.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="Denied">The actor is not, or no longer, a moderator of the board.</exception>
    public Task<Decided> Refuse(Reader actor, long id, int version, string reason, CancellationToken ct) =>
        Decide(actor, id, version, QueueOutcome.Refused, (moderator, topic, post, entry) =>
        {
            if (!entry.IsEdit) post.Refuse(topic, moderator.Id, reason, Now);
            return Task.FromResult<SiteEvent?>(null);
        }, reason, null, ct);

    async Task Rewrite(Topic topic, Post post, string? title, string text, long? by, CancellationToken ct)
    {
        title = PostText.Title(title);
        if (post.Number == 1 && title is null) throw new Refused("boards.refused.no-title");
        var unchanged = MentionText.Typed(PostText.Body(text)) == MentionText.Typed(post.Text);
        if (unchanged && title == (post.Number == 1 ? topic.Title : post.Title)) return;
        var present = post.Number == 1 ? topic.Title : post.Title;
        if (post.Number == 1) topic.Title = title!;
        var before = post.Correct(by, post.Number == 1 ? null : title, text, Now);
        before.Title = present;
        db.PostVersions.Add(before);
        if (by != post.AuthorId) db.Publish(new PostCorrected(topic.BoardId, topic.Id, post.Id, post.AuthorId));
        await mentions.Resolve(post, before.Text, Now, ct);
    }

    async Task<Decided> Decide(
        Reader actor,
        long id,
        int version,
        QueueOutcome outcome,
        Func<Reader, Topic, Post, QueueEntry, Task<SiteEvent?>> act,
        string reason,
        string? text,
        CancellationToken ct
    )
    {
        while (true)
        {
            db.ChangeTracker.Clear();
            if (await DecideWhereItIs(actor, id, version, outcome, act, reason, text, ct) is { } decided) return decided;
        }
    }

    /// <returns>Null if the post has got into another topic while this waited for the lock of its topic.</returns>
    async Task<Decided?> DecideWhereItIs(
        Reader actor,
        long id,
        int version,
        QueueOutcome outcome,
        Func<Reader, Topic, Post, QueueEntry, Task<SiteEvent?>> act,
        string reason,
        string? text,
        CancellationToken ct
    )
    {
        await using var change = await db.Change(ct);
        var post = await db.QueueEntries.AsNoTracking().Where(e => e.Id == id)
            .Select(e => new { e.PostId, e.Post.TopicId, e.Post.Number, e.Text }).FirstOrDefaultAsync(ct);
        if (post is not null)
        {
            var mentioned = await mentions.In(text ?? post.Text, post.TopicId, post.Number, ct);
            await Locks.MembersOf(db, [post.TopicId], [actor.Id, .. mentioned], post.Number, null, ct);
        }
        var topic = post is null ? null : await db.Locked<Topic>(post.TopicId, ct);
        if (topic is not null && !await db.Posts.AnyAsync(p => p.Id == post!.PostId && p.TopicId == topic.Id, ct)) return null;
        var moderator = await actors.RequireModerator(actor, topic?.BoardId);
        if (post is null || topic is null || await db.Locked<QueueEntry>(id, ct) is not { } entry) return new(Decision.Missing);
        if (entry.Outcome is { } before)
        {
            var by = await db.Members.Where(m => m.Id == entry.DecidedBy).Select(m => m.Name).FirstOrDefaultAsync(ct);
            return new(Decision.Already, before, by);
        }
        if (entry.Version != version) return new(Decision.Changed);
        var row = await db.Posts.FirstAsync(p => p.Id == post.PostId, ct);
        var happened = await act(moderator, topic, row, entry);
        entry.Close(outcome, moderator, Now);
        trail.Add(moderator, outcome is QueueOutcome.Approved ? ModerationAct.Approve : ModerationAct.Refuse, topic, row, reason);
        await db.SaveChangesAsync(ct);
        topic.LastPostIs(await db.Posts.LastPresent(topic.Id, ct));
        if (happened is not null) db.Publish(happened);
        db.Publish(new QueueDecided(topic.BoardId, topic.Id, row.Id, row.AuthorId, outcome, entry.IsEdit));
        var key = await db.Boards.Where(b => b.Id == topic.BoardId).Select(b => b.Key).FirstAsync(ct);
        db.Touch(key);
        await change.Commit(ct);
        return new(Decision.Done, outcome, Place: new Place(key, topic.Id, row.Number));
    }
}
