using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Members put bookmarks into posts, note something, and take them out.</summary>
public sealed class KeepBookmark(SiteDb db, Actors actors, TimeProvider time)
{
    /// <summary>Puts a bookmark into a post, or takes it out. Repeating it changes nothing.</summary>
    /// <returns>The place of the post today; null if the actor does not see it.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task<Place?> In(Reader actor, long topicId, int number, bool on, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var reader = await actors.Require(actor, BoardsPermissions.Write);
        if (await db.Posts.Named(reader, topicId, number, ct) is not { } post) return null;
        var place = new Place(post.Topic.Board.Key, post.TopicId, post.Number);
        var member = reader.Id!.Value;
        var row = await db.Bookmarks.FirstOrDefaultAsync(b => b.MemberId == member && b.PostId == post.Id, ct);
        if (row is not null == on) return place;
        if (row is null) db.Bookmarks.Add(new() { MemberId = member, PostId = post.Id, At = time.GetUtcNow().UtcDateTime });
        else db.Remove(row);
        db.Publish(new PostBookmarked(post.Id, member, on));
        await change.Commit(ct);
        return place;
    }

    /// <summary>Takes one out of the member's list, also of a post that they no longer see.</summary>
    /// <returns>False if the actor has no such bookmark.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task<bool> Remove(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        if (await Own(actor, id, ct) is not { } row) return false;
        db.Remove(row);
        db.Publish(new PostBookmarked(row.PostId, row.MemberId, On: false));
        await change.Commit(ct);
        return true;
    }

    /// <summary>Changes what the member noted of it; an empty note is none.</summary>
    /// <returns>False if the actor has no such bookmark.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    /// <exception cref="Refused">The note is too long, or has characters that nobody can read.</exception>
    public async Task<bool> Note(Reader actor, long id, string? note, CancellationToken ct)
    {
        var read = Naming.ReadLines(note);
        if (read.Problem is { } problem) throw new Refused(problem);
        if (read.Text.Length > Bookmark.MaxNoteLength) throw new Refused("boards.refused.note");
        await using var change = await db.Change(ct);
        if (await Own(actor, id, ct) is not { } row) return false;
        if (row.Note == read.Text) return true;
        row.Note = read.Text;
        db.Publish(new PostBookmarked(row.PostId, row.MemberId, On: true));
        await change.Commit(ct);
        return true;
    }

    async Task<Bookmark?> Own(Reader actor, long id, CancellationToken ct)
    {
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var member = (await actors.Require(actor, BoardsPermissions.Write)).Id!.Value;
        return await db.Bookmarks.FirstOrDefaultAsync(b => b.Id == id && b.MemberId == member, ct);
    }
}
