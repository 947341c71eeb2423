using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Where a new post stands.</summary>
public sealed record Published(string BoardKey, long TopicId, int Number)
{
    public string Url => $"{Topic.UrlOf(BoardKey, TopicId)}/posts/{Number}";
    /// <summary>The form had been sent before and published this; the words that it brought now are others, and are nowhere yet.</summary>
    public bool OtherWords { get; init; }
}

/// <summary>Starts topics and adds replies: numbered, with their events, and once for each form however often it is sent.</summary>
public sealed class PublishPost(SiteDb db, MarkRead read, TimeProvider time)
{
    /// <returns>Null if the reader sees no such board.</returns>
    /// <exception cref="Refused">The member may not, or the words do not fit.</exception>
    public async Task<Published?> StartTopic(Reader member, string boardKey, string title, string text, Guid form, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, member.Id ?? 0, ct);
        if (await Sent(member, form, null, title, text, ct) is { } sent) return sent;
        // The lock first, and then the board: who archives or deletes it waits until posts under way are in.
        if (!db.IsSqlite && await db.Boards.Where(b => b.Key == boardKey).Select(b => (long?)b.Id).FirstOrDefaultAsync(ct) is { } id)
            await Locks.ShareBoard(db, id, ct);
        var board = await db.Boards.Include(b => b.Groups).AsNoTracking().VisibleTo(member).FirstOrDefaultAsync(b => b.Key == boardKey, ct);
        if (board is null) return null;
        var topic = board.StartTopic(member, title, text, Now);
        topic.Posts[0].FormKey = form;
        db.Topics.Add(topic);
        await db.SaveChangesAsync(ct);
        topic.KeepIds();
        var post = topic.Posts[0];
        db.Publish(new PostPublished(board.Id, topic.Id, post.Id, 1, null, member.Id));
        // Nobody's own words are news to them.
        await read.Add(member.Id!.Value, topic.Id, [1], ct);
        db.Touch(board.Key);
        await change.Commit(ct);
        return new Published(board.Key, topic.Id, 1);
    }

    /// <returns>Null if the reader sees no such topic or post.</returns>
    /// <exception cref="Refused">The member may not, or the words do not fit.</exception>
    public async Task<Published?> Reply(Reader member, long topicId, int to, string? title, string text, Guid form, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, member.Id ?? 0, ct);
        if (await Sent(member, form, (topicId, to), title, text, ct) is { } sent) return sent;
        if (await db.Locked<Topic>(topicId, ct) is not { } topic) return null;
        await Locks.ShareBoard(db, topic.BoardId, ct);
        var board = await db
            .Boards.Include(b => b.Groups)
            .AsNoTracking()
            .VisibleTo(member)
            .FirstOrDefaultAsync(b => b.Id == topic.BoardId, ct);
        var parent = await db.Posts.AsNoTracking().VisibleTo(member).FirstOrDefaultAsync(p => p.TopicId == topicId && p.Number == to, ct);
        if (board is null || parent is null) return null;
        var post = topic.Reply(member, board, parent, title, text, Now);
        post.FormKey = form;
        await db.SaveChangesAsync(ct);
        topic.KeepIds();
        db.Publish(new PostPublished(board.Id, topic.Id, post.Id, post.Number, post.ParentNumber, member.Id));
        await read.Add(member.Id!.Value, topicId, [post.Number], ct);
        db.Touch(board.Key);
        await change.Commit(ct);
        return new Published(board.Key, topic.Id, post.Number);
    }

    /// <summary>What the form has published already; null if nothing.</summary>
    async Task<Published?> Sent(Reader member, Guid form, (long Topic, int To)? answers, string? title, string text, CancellationToken ct)
    {
        var post = await db.Posts.AsNoTracking().Include(p => p.Topic.Board)
            .FirstOrDefaultAsync(p => p.AuthorId == member.Id && p.FormKey == form, ct);
        if (post is null) return null;
        var here = answers is { } place ? (post.TopicId, post.ParentNumber) == (place.Topic, place.To) : post.Number == 1;
        return new(post.Topic.Board.Key, post.TopicId, post.Number) { OtherWords = !here || !await Said(post, title, text, ct) };
    }

    // Now, or before it was edited or deleted. The opening's title is the topic's, of which earlier ones are not kept.
    async Task<bool> Said(Post post, string? title, string text, CancellationToken ct)
    {
        (title, text) = (PostText.Title(title), PostText.Body(text));
        if (post.Text == text && (post.Number == 1 ? post.Topic.Title : post.Title) == title) return true;
        return await db.PostVersions.AnyAsync(v => v.PostId == post.Id && v.Text == text && (post.Number == 1 || v.Title == title), ct);
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
