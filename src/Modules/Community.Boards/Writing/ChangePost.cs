using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members change or delete what they wrote; the words before stay in the trace.</summary>
public sealed class ChangePost(SiteDb db, TimeProvider time)
{
    /// <returns>False if the reader sees no such post.</returns>
    /// <exception cref="Refused">The member may not, or the words do not fit.</exception>
    public Task<bool> Edit(Reader member, long topicId, int number, string? title, string text, CancellationToken ct) => Change(member, topicId, number, (board, topic, post) =>
    {
        if (board.IsArchived) throw new Refused("boards.refused.archived");
        if (!topic.AcceptsReplies) throw new Refused("boards.refused.locked");
        if (number == 1) topic.Title = PostText.Title(title) ?? throw new Refused("boards.refused.no-title");
        db.PostVersions.Add(post.Edit(member, number == 1 ? null : title, text, Now));
    }, ct);

    /// <returns>False if the reader sees no such post.</returns>
    /// <exception cref="Refused">It is not the member's own, or gone already.</exception>
    public Task<bool> Delete(Reader member, long topicId, int number, CancellationToken ct) => Change(member, topicId, number, (_, topic, post) =>
    {
        db.PostVersions.Add(post.Delete(member, Now));
        topic.CountGone(post, gone: true);
        db.Publish(new PostVisibilityChanged(topic.BoardId, post.Id));
        // Without its opening and without an answer there is no conversation.
        if (number > 1 || topic.Replies > 0) return;
        (topic.HiddenAt, topic.HiddenBy) = (Now, member.Id);
        db.Publish(new BoardContentsChanged(topic.BoardId));
    }, ct);

    async Task<bool> Change(Reader member, long topicId, int number, Action<Board, Topic, Post> act, CancellationToken ct)
    {
        await using var change = await db.Change<Topic>(topicId, ct);
        if (change.Row is not { } topic) return false;
        var post = await db.Posts.VisibleTo(member).FirstOrDefaultAsync(p => p.TopicId == topicId && p.Number == number, ct);
        var board = await db.Boards.AsNoTracking().VisibleTo(member).FirstOrDefaultAsync(b => b.Id == topic.BoardId, ct);
        if (post is null || board is null) return false;
        act(board, topic, post);
        await db.SaveChangesAsync(ct);
        topic.LastPostIs(await db.Posts.LastPresent(topicId, ct));
        db.Touch(board.Key);
        await change.Commit(ct);
        return true;
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
