using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Where a new post stands.</summary>
public sealed record Published(string BoardKey, long TopicId, int Number)
{
    public string Url => $"{Topic.UrlOf(BoardKey, TopicId)}/posts/{Number}";
}

/// <summary>Starts topics and adds replies: numbered, with their facts, and once for each form however often it is sent.</summary>
public sealed class PublishPost(SiteDb db, TimeProvider time)
{
    /// <returns>Null if the reader sees no such board.</returns>
    /// <exception cref="Refused">The member may not, or the words do not fit.</exception>
    public Task<Published?> StartTopic(Reader member, string boardKey, string title, string text, Guid form, CancellationToken ct) => Once(member, form, async () =>
    {
        await using var change = await db.Change(ct);
        if (await Before(member, form, ct) is { } before) return before;
        // The lock first, and then the board: who archives or deletes it waits until posts under way are in.
        if (!db.IsSqlite && await db.Boards.Where(b => b.Key == boardKey).Select(b => (long?)b.Id).FirstOrDefaultAsync(ct) is { } id) await Locks.ShareBoard(db, id, ct);
        var board = await db.Boards.Include(b => b.Groups).AsNoTracking().VisibleTo(member).FirstOrDefaultAsync(b => b.Key == boardKey, ct);
        if (board is null) return null;
        var topic = board.StartTopic(member, title, text, Now);
        topic.Posts[0].FormKey = form;
        db.Topics.Add(topic);
        await db.SaveChangesAsync(ct);
        topic.KeepIds();
        db.Publish(new TopicStarted(board.Id));
        db.Publish(new BoardGrew(board.Id));
        db.Touch(board.Key);
        await change.Commit(ct);
        return new Published(board.Key, topic.Id, 1);
    }, ct);

    /// <returns>Null if the reader sees no such topic or post.</returns>
    /// <exception cref="Refused">The member may not, or the words do not fit.</exception>
    public Task<Published?> Reply(Reader member, long topicId, int to, string? title, string text, Guid form, CancellationToken ct) => Once(member, form, async () =>
    {
        await using var change = await db.Change<Topic>(topicId, ct);
        if (await Before(member, form, ct) is { } before) return before;
        if (change.Row is not { } topic) return null;
        await Locks.ShareBoard(db, topic.BoardId, ct);
        var board = await db.Boards.Include(b => b.Groups).AsNoTracking().VisibleTo(member).FirstOrDefaultAsync(b => b.Id == topic.BoardId, ct);
        var parent = await db.Posts.AsNoTracking().VisibleTo(member).FirstOrDefaultAsync(p => p.TopicId == topicId && p.Number == to, ct);
        if (board is null || parent is null) return null;
        var post = topic.Reply(member, board, parent, title, text, Now);
        post.FormKey = form;
        await db.SaveChangesAsync(ct);
        topic.KeepIds();
        db.Publish(new BoardGrew(board.Id));
        db.Touch(board.Key);
        await change.Commit(ct);
        return new Published(board.Key, topic.Id, post.Number);
    }, ct);

    async Task<Published?> Once(Reader member, Guid form, Func<Task<Published?>> publish, CancellationToken ct)
    {
        try { return await publish(); }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            // The same form at the same moment on another connection: the unique key let one of the two in.
            db.ChangeTracker.Clear();
            if (await Before(member, form, ct) is { } before) return before;
            throw;
        }
    }

    Task<Published?> Before(Reader member, Guid form, CancellationToken ct) => db.Posts.Where(p => p.AuthorId == member.Id && p.FormKey == form)
        .Select(p => new Published(p.Topic.Board.Key, p.TopicId, p.Number)).FirstOrDefaultAsync(ct)!;

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
