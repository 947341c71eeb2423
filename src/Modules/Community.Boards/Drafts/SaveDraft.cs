using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>What a form holds that is not published yet.</summary>
/// <param name="Token">The draft that the form shows; null if it shows none.</param>
/// <param name="Title">As typed.</param>
/// <param name="Text">As typed.</param>
/// <param name="Key">The form's idempotency key; of an edit, the version of the post that the form was opened with.</param>
public sealed record DraftInput(DraftToken? Token, string? Title, string? Text, string? Key);

/// <summary>What became of a draft.</summary>
/// <param name="Token">For the form; null if there is nothing to keep.</param>
/// <param name="Key">The form's idempotency key from now on; null if it stays.</param>
/// <param name="Other">
/// The address of what another device or tab has saved or published meanwhile: both are kept. Null if nothing.
/// </param>
public sealed record SavedDraft(DraftToken? Token, Guid? Key = null, string? Other = null);

/// <summary>
/// Keeps what members have not published yet. Saving names the version that the words grew from: if another one was saved meanwhile, it
/// stays, and these words are kept beside it. No events: a draft is nobody else's business.
/// </summary>
public sealed class SaveDraft(SiteDb db, Actors actors, TimeProvider time)
{
    /// <returns>Null if the actor sees no such place, and there is no such draft.</returns>
    /// <exception cref="Refused">The actor may not write on the boards, has too many drafts, or the draft is too long.</exception>
    public async Task<SavedDraft?> Save(Reader actor, DraftPlace place, DraftInput input, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        // Two saves of one member never run beside each other, and none beside the publishing of the draft.
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var member = await actors.Require(actor, BoardsPermissions.Write);
        var now = Read(member.Id!.Value, place.Kind, input);
        var shown = input.Token is { } token
            ? await db.Drafts.FirstOrDefaultAsync(d => d.Id == token.Id && d.MemberId == now.MemberId, ct) : null;
        if (!await Stand(member, place, now, ct))
        {
            if (shown is null) return null;
            (now.Kind, now.BoardId, now.PostId) = (shown.Kind, shown.BoardId, shown.PostId);
        }
        if (await IsPublished(now, ct) is { } published)
        {
            if (published.Same) return await End(shown, change, ct, published.Url);
            now.FormKey = Guid.NewGuid();
            return await Keep(now, change, published.Url, newKey: true, ct);
        }
        var before = shown ?? (input.Token is null ? await Latest(now, ct) : null);
        if (before is null) return now.IsBlank ? new(null) : await Keep(now, change, null, newKey: false, ct);
        if (IsSame(before, now) && IsAt(before, now)) return new(before.Token, before.FormKey);
        if (shown is null || shown.Version != input.Token!.Value.Version)
        {
            if (now.IsBlank) return new(before.Token, before.FormKey);
            var newKey = before.FormKey == now.FormKey && now.Kind is not DraftKind.Edit;
            if (newKey) now.FormKey = Guid.NewGuid();
            return await Keep(now, change, $"/drafts/{before.Id}", newKey, ct);
        }
        if (now.IsBlank) return await End(shown, change, ct);
        (shown.Kind, shown.BoardId, shown.PostId) = (now.Kind, now.BoardId, now.PostId ?? shown.PostId);
        (shown.Title, shown.Text, shown.PostVersion, shown.At) = (now.Title, now.Text, now.PostVersion, now.At);
        shown.Version++;
        await change.Commit(ct);
        return new(shown.Token, shown.FormKey);
    }

    /// <summary>Deletes a draft. Repeating it changes nothing.</summary>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task Discard(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await Locks.Reader(db, actor.Id ?? 0, ct);
        var member = (await actors.RequireMember(actor)).Id!.Value;
        await db.Drafts.Where(d => d.Id == id && d.MemberId == member).ExecuteDeleteAsync(ct);
        await change.Commit(ct);
    }

    /// <exception cref="Refused">It is too long.</exception>
    Draft Read(long member, DraftKind kind, DraftInput input)
    {
        var (title, text) = (PostText.Typed(input.Title), PostText.Typed(input.Text));
        if (title.Length > Draft.MaxTitleLength || text.Length > Draft.MaxTextLength) throw new Refused("boards.refused.long-draft");
        var draft = new Draft { MemberId = member, Kind = kind, Title = title, Text = text, At = time.GetUtcNow().UtcDateTime };
        if (kind is DraftKind.Edit) draft.PostVersion = long.TryParse(input.Key, out var version) ? version : 0;
        else draft.FormKey = Guid.TryParse(input.Key, out var key) ? key : Guid.NewGuid();
        return draft;
    }

    /// <summary>Finds the place, wherever it is by now. False if the member does not see it.</summary>
    async Task<bool> Stand(Reader member, DraftPlace place, Draft draft, CancellationToken ct)
    {
        if (place.Kind is DraftKind.Topic)
        {
            draft.BoardId = await db.Boards.VisibleTo(member).Where(b => b.Key == place.Board).Select(b => (long?)b.Id)
                .FirstOrDefaultAsync(ct);
            return draft.BoardId is not null;
        }
        var (topic, number) = (place.TopicId, place.Number);
        if (await db.PlaceToday(member, topic, number, ct) is { } today) (topic, number) = (today.TopicId, today.Number);
        draft.PostId = await db.Posts.VisibleTo(member)
            .Where(p => p.TopicId == topic && p.Number == number && (place.Kind == DraftKind.Reply || p.AuthorId == draft.MemberId))
            .Select(p => (long?)p.Id).FirstOrDefaultAsync(ct);
        return draft.PostId is not null;
    }

    sealed record PublishedDraft(string Url, bool Same);

    /// <summary>What the form has published from another device, or the post that an edit leaves as it is.</summary>
    async Task<PublishedDraft?> IsPublished(Draft draft, CancellationToken ct)
    {
        var posts = draft.Kind is DraftKind.Edit
            ? db.Posts.Where(p => p.Id == draft.PostId)
            : db.Posts.Where(p => p.AuthorId == draft.MemberId && p.FormKey == draft.FormKey);
        var post = await posts
            .Select(p => new { p.Topic.Board.Key, p.TopicId, p.Number, p.Text, p.Title, Topic = p.Topic.Title }).FirstOrDefaultAsync(ct);
        if (post is null) return null;
        var title = post.Number == 1 ? post.Topic : post.Title ?? "";
        var same = MentionText.Typed(post.Text).Trim() == MentionText.Typed(draft.Text).Trim() && title == draft.Title.Trim();
        return draft.Kind is DraftKind.Edit && !same ? null : new($"{Topic.UrlOf(post.Key, post.TopicId)}/posts/{post.Number}", same);
    }

    Task<Draft?> Latest(Draft now, CancellationToken ct) =>
        db.Drafts.At(now).OrderByDescending(d => d.At).ThenByDescending(d => d.Id).FirstOrDefaultAsync(ct);

    static bool IsSame(Draft a, Draft b) => a.Title == b.Title && a.Text == b.Text;

    static bool IsAt(Draft a, Draft b) => a.Kind == b.Kind && a.BoardId == b.BoardId && (a.Kind is DraftKind.Topic || a.PostId == b.PostId);

    async Task<SavedDraft> Keep(Draft draft, Change change, string? other, bool newKey, CancellationToken ct)
    {
        if (draft.IsBlank) return new(null);
        if (await db.Drafts.CountAsync(d => d.MemberId == draft.MemberId, ct) >= Draft.Max) throw new Refused("boards.refused.drafts");
        // The key is another draft's already, of another place: one form publishes one post.
        if (draft.FormKey is { } key && await db.Drafts.AnyAsync(d => d.MemberId == draft.MemberId && d.FormKey == key, ct))
            (draft.FormKey, newKey) = (Guid.NewGuid(), true);
        draft.Version = 1;
        db.Drafts.Add(draft);
        await change.Commit(ct);
        return new(draft.Token, newKey ? draft.FormKey : null, other);
    }

    async Task<SavedDraft> End(Draft? draft, Change change, CancellationToken ct, string? other = null)
    {
        if (draft is not null) db.Remove(draft);
        await change.Commit(ct);
        return new(null, null, other);
    }
}
