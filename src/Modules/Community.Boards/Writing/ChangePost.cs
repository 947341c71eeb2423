using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members edit or delete their posts; the earlier versions are kept as revisions.</summary>
public sealed class ChangePost(
    SiteDb db, Actors actors, Mentions mentions, AttachFiles attach, Screening screening, WritingLimits limits,
    TimeProvider time)
{
    /// <summary>The version of a post's text, 0 for the first. The edit form carries it, to detect a concurrent edit.</summary>
    public Task<long> Version(long postId, CancellationToken ct = default) =>
        db.PostVersions.Where(v => v.PostId == postId).Select(v => v.Id).OrderByDescending(id => id).FirstOrDefaultAsync(ct);

    /// <param name="actor">Who edits.</param>
    /// <param name="topicId">The post's topic.</param>
    /// <param name="number">The post's number.</param>
    /// <param name="title">The new title.</param>
    /// <param name="text">The new text.</param>
    /// <param name="version">The <see cref="Version"/> that the actor saw; null to overwrite any newer one.</param>
    /// <param name="ct">Cancels it.</param>
    /// <param name="draft">The actor's draft of the edit, which ends with it.</param>
    /// <returns>False if the actor sees no such post.</returns>
    /// <exception cref="Refused">The actor may not, the title or text is invalid, or the post has been edited meanwhile.</exception>
    public async Task<bool> Edit(
        Reader actor, long topicId, int number, string? title, string text, long? version, CancellationToken ct, long? draft = null)
    {
        var (screened, own) = (await screening.Look(title, text, ct), await limits.Of(actor, ct));
        return await Change(actor, topicId, number, screened.Text, async (member, topic, post) =>
    {
        if (post.RefusesEdit(member) is { } why) throw new Refused(why);
        (title, text) = (PostText.Title(screened.Title), PostText.Body(screened.Text));
        if (post.Number == 1 && title is null) throw new Refused("boards.refused.no-title");
        if (draft is { } ended && await db.Drafts.FirstOrDefaultAsync(d => d.Id == ended && d.MemberId == member.Id, ct) is { } row)
            db.Remove(row);
        // Sent twice, or nothing was changed.
        var unchanged = MentionText.Typed(text) == MentionText.Typed(post.Text);
        if (unchanged && title == (post.Number == 1 ? topic.Title : post.Title)) return;
        if (version is not null && version != await Version(post.Id, ct)) throw new Refused(EditedMeanwhile);
        if (own is not null)
        {
            var linked = (await mentions.Links(text, post.Text, ct)).Text;
            limits.AskEdit(own, member, post, linked, Markup.ToHtml(linked));
        }
        await attach.To(post, text, member.Id!.Value, ct);
        if (await Holds(member, topic, post, title, text, screened, ct)) return;
        var present = post.Number == 1 ? topic.Title : post.Title;
        if (post.Number == 1) topic.Title = title!;
        var before = post.Edit(member, post.Number == 1 ? null : title, text, Now);
        // Of the opening post it is the topic's.
        before.Title = present;
        db.PostVersions.Add(before);
        await mentions.Resolve(post, before.Text, Now, ct);
        if (screened.Tags.Count > 0) await ReportPost.OfWordsAgain(db, post, screened.Tags, Now, ct);
        // Of a post that waits nobody is told.
        if (post.Withheld is Withheld.No) db.Publish(new PostEdited(topic.BoardId, topic.Id, post.Id, post.Number));
    }, ct);
    }

    /// <summary>
    /// Keeps the edit of a published post in the queue, if there is a reason: the published version stays. The edit of a post that waits
    /// is written into it, and whoever decides has to look again.
    /// </summary>
    /// <returns>Whether the edit is kept and not made.</returns>
    async Task<bool> Holds(Reader member, Topic topic, Post post, string? title, string text, Screened screened, CancellationToken ct)
    {
        var draft = new Post { Path = "", Title = title, Text = text, Html = Markup.ToHtml(text) };
        var reasons = await screening.Of(topic.Board, member, draft, screened, ct);
        var entry = await db.QueueEntries.FirstOrDefaultAsync(q => q.PostId == post.Id && q.Outcome == null, ct);
        if (entry is { IsEdit: true } && reasons is HoldReasons.None) entry.Close(QueueOutcome.Withdrawn, member, Now);
        if (entry is { IsEdit: false } or null && reasons is HoldReasons.None)
        {
            if (entry is not null) LookAgain(entry);
            return false;
        }
        if (reasons is HoldReasons.None) return false;
        if (entry is null) db.QueueEntries.Add(entry = new QueueEntry { PostId = post.Id, IsEdit = true, Since = Now });
        entry.Version++;
        (entry.Reasons, entry.Words) = (entry.Reasons | reasons, PostText.Reason(string.Join(", ", screened.Words)));
        if (!entry.IsEdit)
        {
            db.Publish(new PostHeld(topic.BoardId, topic.Id, post.Id, post.AuthorId, entry.Reasons, IsEdit: false));
            return false;
        }
        (entry.Title, entry.Text) = (title, text);
        db.Publish(new PostHeld(topic.BoardId, topic.Id, post.Id, post.AuthorId, reasons, IsEdit: true));
        return true;

        // Who has looked at it has not seen this.
        void LookAgain(QueueEntry waiting)
        {
            waiting.Version++;
            db.Publish(new PostHeld(topic.BoardId, topic.Id, post.Id, post.AuthorId, waiting.Reasons, IsEdit: false));
        }
    }

    /// <summary>Whether an edit of the post waits for a moderator.</summary>
    public Task<bool> Waits(long postId, CancellationToken ct = default) =>
        db.QueueEntries.AnyAsync(q => q.PostId == postId && q.IsEdit && q.Outcome == null, ct);

    /// <summary>The refusal of an edit that is based on an older version of the post.</summary>
    public const string EditedMeanwhile = "boards.refused.edited-meanwhile";

    /// <summary>Replaces title and text of the post that a form has published before.</summary>
    /// <returns>Null if the post is gone.</returns>
    /// <exception cref="Refused">As <see cref="Edit"/> does.</exception>
    public async Task<Published?> Replace(Reader actor, Guid form, string? title, string text, CancellationToken ct)
    {
        await actors.Require(actor, BoardsPermissions.Write);
        var post = await db.Posts.Where(p => p.AuthorId == actor.Id && p.FormKey == form)
            .Select(p => new Published(p.Topic.Board.Key, p.TopicId, p.Number)).FirstOrDefaultAsync(ct);
        return post is not null && await Edit(actor, post.TopicId, post.Number, title, text, null, ct) ? post : null;
    }

    /// <summary>Deletes a post. Repeating it changes nothing.</summary>
    /// <returns>False if the actor sees no such post.</returns>
    /// <exception cref="Refused">It is not the actor's own, or a moderator has hidden it.</exception>
    public Task<bool> Delete(Reader actor, long topicId, int number, CancellationToken ct) =>
        Change(
            actor,
            topicId,
            number,
            null,
            async (member, topic, post) =>
            {
                if (post.DeletedAt is not null && post.IsBy(member)) return;
                db.PostVersions.Add(post.Delete(member, Now));
                if (await db.QueueEntries.FirstOrDefaultAsync(q => q.PostId == post.Id && q.Outcome == null, ct) is { } entry)
                    entry.Close(QueueOutcome.Withdrawn, member, Now);
                topic.CountRemoved(post, removed: true);
                db.Publish(new PostDeleted(topic.BoardId, topic.Id, post.Id, post.Number));
                // A topic with neither opening post nor replies is not worth showing.
                if (post.Number > 1 || topic.Replies > 0) return;
                topic.Hide(member.Id, "", Now);
                db.Publish(new TopicHidden(topic.BoardId, topic.Id));
            },
            ct
        );

    /// <param name="actor">Who acts.</param>
    /// <param name="topicId">The post's topic.</param>
    /// <param name="number">The post's number.</param>
    /// <param name="text">The text that it gets; null if it is deleted.</param>
    /// <param name="act">What is done.</param>
    /// <param name="ct">Cancels it.</param>
    async Task<bool> Change(
        Reader actor, long topicId, int number, string? text, Func<Reader, Topic, Post, Task> act, CancellationToken ct) =>
        await db.AtPlaceToday(topicId, number, (topic, at) => ChangeAt(actor, topic, at, text, act, ct), done => done, ct);

    async Task<bool> ChangeAt(
        Reader actor, long topicId, int number, string? text, Func<Reader, Topic, Post, Task> act, CancellationToken ct)
    {
        var mentioned = await mentions.In(text, topicId, number, ct);
        await using var change = await db.ChangeTopic(topicId, actor, text is null ? number : null, mentioned, ct);
        var member = await actors.Require(actor, BoardsPermissions.Write);
        if (change.Row is not { } topic) return false;
        // Both are tracked, so that EF sets post.Topic and topic.Board.
        var post = await db.Posts.VisibleTo(member).FirstOrDefaultAsync(p => p.TopicId == topicId && p.Number == number, ct);
        var board = await db.Boards.VisibleTo(member).FirstOrDefaultAsync(b => b.Id == topic.BoardId, ct);
        if (post is null || board is null) return false;
        await act(member, topic, post);
        await db.SaveChangesAsync(ct);
        topic.LastPostIs(await db.Posts.LastPresent(topicId, ct));
        db.Touch(board.Key);
        await change.Commit(ct);
        return true;
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
