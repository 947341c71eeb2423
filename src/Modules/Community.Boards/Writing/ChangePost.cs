using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members change or delete what they wrote; the words before stay in the trace.</summary>
public sealed class ChangePost(SiteDb db, TimeProvider time)
{
    /// <summary>Which words stand there, 0 for the first: an edit's form carries it, so that it is seen when others came between.</summary>
    public Task<long> Version(long postId, CancellationToken ct = default) =>
        db.PostVersions.Where(v => v.PostId == postId).Select(v => v.Id).OrderByDescending(id => id).FirstOrDefaultAsync(ct);

    /// <param name="member">Who edits.</param>
    /// <param name="topicId">Of the post.</param>
    /// <param name="number">Of the post.</param>
    /// <param name="title">The new title.</param>
    /// <param name="text">The new text.</param>
    /// <param name="version">The <see cref="Version"/> that the member saw; null to write over whatever stands there.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>False if the reader sees no such post.</returns>
    /// <exception cref="Refused">The member may not, the words do not fit, or the post says something else by now.</exception>
    public Task<bool> Edit(Reader member, long topicId, int number, string? title, string text, long? version, CancellationToken ct) =>
        Change(member, topicId, number, async (board, topic, post) =>
    {
        if (board.IsArchived) throw new Refused("boards.refused.archived");
        if (!topic.AcceptsReplies) throw new Refused("boards.refused.locked");
        if (!post.MayEdit(member)) throw new Refused("boards.refused.edit");
        (title, text) = (PostText.Title(title), PostText.Body(text));
        if (number == 1 && title is null) throw new Refused("boards.refused.no-title");
        // Sent twice, or looked at and left as it was.
        if (text == post.Text && title == (number == 1 ? topic.Title : post.Title)) return;
        if (version is not null && version != await Version(post.Id, ct)) throw new Refused(EditedMeanwhile);
        if (number == 1) topic.Title = title!;
        db.PostVersions.Add(post.Edit(member, number == 1 ? null : title, text, Now));
        db.Publish(new PostEdited(topic.BoardId, topicId, post.Id, number));
    }, ct);

    /// <summary>Why an edit is refused that began with other words than those that stand there now.</summary>
    public const string EditedMeanwhile = "boards.refused.edited-meanwhile";

    /// <summary>Puts these words in place of what a form has published before.</summary>
    /// <returns>Null if it is not there any more.</returns>
    /// <exception cref="Refused">As <see cref="Edit"/> does.</exception>
    public async Task<Published?> Sent(Reader member, Guid form, string? title, string text, CancellationToken ct)
    {
        var post = await db.Posts.Where(p => p.AuthorId == member.Id && p.FormKey == form)
            .Select(p => new Published(p.Topic.Board.Key, p.TopicId, p.Number)).FirstOrDefaultAsync(ct);
        return post is not null && await Edit(member, post.TopicId, post.Number, title, text, null, ct) ? post : null;
    }

    /// <returns>False if the reader sees no such post.</returns>
    /// <exception cref="Refused">It is not the member's own, or gone already.</exception>
    public Task<bool> Delete(Reader member, long topicId, int number, CancellationToken ct) =>
        Change(
            member,
            topicId,
            number,
            (_, topic, post) =>
            {
                db.PostVersions.Add(post.Delete(member, Now));
                topic.CountGone(post, gone: true);
                db.Publish(new PostDeleted(topic.BoardId, topicId, post.Id, number));
                // Without its opening and without an answer there is no conversation.
                if (number > 1 || topic.Replies > 0)
                    return Task.CompletedTask;
                (topic.HiddenAt, topic.HiddenBy) = (Now, member.Id);
                db.Publish(new TopicHidden(topic.BoardId, topicId));
                return Task.CompletedTask;
            },
            ct
        );

    async Task<bool> Change(Reader member, long topicId, int number, Func<Board, Topic, Post, Task> act, CancellationToken ct)
    {
        await using var change = await db.Change<Topic>(topicId, ct);
        if (change.Row is not { } topic) return false;
        var post = await db.Posts.VisibleTo(member).FirstOrDefaultAsync(p => p.TopicId == topicId && p.Number == number, ct);
        var board = await db.Boards.AsNoTracking().VisibleTo(member).FirstOrDefaultAsync(b => b.Id == topic.BoardId, ct);
        if (post is null || board is null) return false;
        await act(board, topic, post);
        await db.SaveChangesAsync(ct);
        topic.LastPostIs(await db.Posts.LastPresent(topicId, ct));
        db.Touch(board.Key);
        await change.Commit(ct);
        return true;
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
