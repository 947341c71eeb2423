using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Moderators edit title and text of somebody's post. The earlier version is kept, where the author reads it too; the log says who and why,
/// and readers see that the post was edited.
/// </summary>
public sealed class CorrectPost(SiteDb db, Actors actors, ModerationTrail trail, Mentions mentions, TimeProvider time)
{
    /// <param name="actor">Who moderates the board.</param>
    /// <param name="topicId">The post's topic.</param>
    /// <param name="number">The post's number.</param>
    /// <param name="title">The new title; of the opening post that of the topic.</param>
    /// <param name="text">The new text.</param>
    /// <param name="reason">Why, for the log and the author; has to be given.</param>
    /// <param name="version">The version of the text that the actor saw, see <see cref="ChangePost.Version"/>; null for any.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such post.</returns>
    /// <exception cref="Denied">The actor is not, or no longer, a moderator of the board.</exception>
    /// <exception cref="Refused">Title, text or reason is invalid, the post is gone, or was edited meanwhile.</exception>
    public Task<bool> Edit(
        Reader actor, long topicId, int number, string? title, string text, string? reason, long? version, CancellationToken ct) =>
        db.AtPlaceToday(topicId, number, (topic, at) => EditAt(actor, topic, at, title, text, reason, version, ct), done => done, ct);

    async Task<bool> EditAt(
        Reader actor, long topicId, int number, string? title, string text, string? reason, long? version, CancellationToken ct)
    {
        var mentioned = await mentions.In(text, topicId, number, ct);
        await using var change = await db.ChangeTopic(topicId, actor, number, mentioned, ct);
        var moderator = await actors.RequireModerator(actor, change.Row?.BoardId);
        var post = await db.Posts.FirstOrDefaultAsync(p => p.TopicId == topicId && p.Number == number, ct);
        if (change.Row is not { } topic || post is null) return false;
        if (post.DeletedAt is not null) throw new Refused("boards.refused.gone");
        if (post.Withheld is not Withheld.No) throw new Refused("boards.refused.withheld");
        (title, text) = (PostText.Title(title), PostText.Body(text));
        if (number == 1 && title is null) throw new Refused("boards.refused.no-title");
        if (!Markup.Shows(PostText.Reason(reason))) throw new Refused(NoReason);
        var present = number == 1 ? topic.Title : post.Title;
        if (title == present && MentionText.Typed(text) == MentionText.Typed(post.Text)) return true;
        var seen = await db.PostVersions.Where(v => v.PostId == post.Id).MaxAsync(v => (long?)v.Id, ct) ?? 0;
        if (version is not null && version != seen) throw new Refused("boards.correct.meanwhile");
        if (number == 1) topic.Title = title!;
        var before = post.Correct(moderator.Id, number == 1 ? null : title, text, time.GetUtcNow().UtcDateTime);
        // The title is the topic's, and goes into the post's history when somebody else than its author changes it.
        before.Title = present;
        db.PostVersions.Add(before);
        await mentions.Resolve(post, before.Text, time.GetUtcNow().UtcDateTime, ct);
        // Who decides about an edit that waits has to see that the post is another now.
        if (await db.QueueEntries.FirstOrDefaultAsync(e => e.PostId == post.Id && e.IsEdit && e.Outcome == null, ct) is { } waits)
            waits.Version++;
        trail.Add(moderator, ModerationAct.EditPost, topic, post, reason!);
        if (post.HiddenAt is null && topic.HiddenAt is null) db.Publish(new PostEdited(topic.BoardId, topicId, post.Id, number));
        db.Publish(new PostCorrected(topic.BoardId, topicId, post.Id, post.AuthorId));
        db.Touch(await db.Boards.Where(b => b.Id == topic.BoardId).Select(b => b.Key).FirstAsync(ct));
        await change.Commit(ct);
        return true;
    }

    public const string NoReason = "boards.correct.no-reason";
}
