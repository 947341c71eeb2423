using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Leaves a new post in the queue, in the change that writes it.</summary>
public sealed class HoldPost(SiteDb db, Screening screening, TimeProvider time)
{
    /// <summary>Finds out why the post waits, if it does.</summary>
    internal async Task Screen(NewPost post, CancellationToken ct) =>
        post.Reasons = await screening.Of(post.Board, post.Author, post.Post, post.Written.Screened, ct);

    /// <summary>
    /// The member's post with the same words that waits in the same place already: nothing seems to happen, so it is sent again.
    /// </summary>
    internal async Task<Published?> Before(NewPost sent, CancellationToken ct)
    {
        if (!sent.Waits) return null;
        var (author, board, text, title) = (sent.Author.Id, sent.Board.Id, sent.Post.Text, sent.Topic.Title);
        var (topic, to) = (sent.Written.Answers?.TopicId, sent.Written.Answers?.Number);
        var before = await db.Posts.AsNoTracking()
            .Where(p => p.AuthorId == author && p.Withheld == Withheld.Waiting && p.DeletedAt == null && p.BoardId == board
                && p.Text == text && p.ParentNumber == to && (topic == null ? p.Topic.Title == title : p.TopicId == topic))
            .Select(p => new Published(p.Topic.Board.Key, p.TopicId, p.Number) { Waits = true }).FirstOrDefaultAsync(ct);
        // Whoever saves next in this request must not save this post.
        if (before is not null) db.ChangeTracker.Clear();
        return before;
    }

    /// <summary>Leaves the post in the queue, if there is a reason, and tells moderators of words that are only tagged.</summary>
    /// <param name="held">The post, with its reasons.</param>
    /// <param name="last">The topic's last post before this one: a post that waits is not the last.</param>
    internal void Keep(NewPost held, (DateTime At, long? By, string? Guest) last)
    {
        var (topic, post, screened) = (held.Topic, held.Post, held.Written.Screened);
        var now = time.GetUtcNow().UtcDateTime;
        if (screened.Tags.Count > 0) ReportPost.OfWords(db, post, screened.Tags, now);
        if (!held.Waits) return;
        post.Wait(topic, now);
        topic.CountRemoved(post, removed: true);
        (topic.LastPostAt, topic.LastPostBy, topic.LastGuestName) = last;
        var words = PostText.Reason(string.Join(", ", screened.Words));
        db.QueueEntries.Add(new QueueEntry { Post = post, Since = now, Reasons = held.Reasons, Words = words });
        db.Publish(() => new PostHeld(post.BoardId, topic.Id, post.Id, post.AuthorId, held.Reasons, IsEdit: false));
    }
}
