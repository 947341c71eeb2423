using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>The draft in a form that writes a post: what the form is filled with, and what it carries along.</summary>
/// <param name="Place">Where the form stands.</param>
/// <param name="Owner">The writer's handle: copies that the browser keeps are bound to it.</param>
public sealed record FormDraft(DraftPlace Place, string Owner)
{
    /// <summary>The draft that fills the form; null if there is none, or the form shows what was just sent.</summary>
    public Draft? Draft { get; init; }

    /// <summary>What the form carries as its draft.</summary>
    public string? Token { get; init; }

    /// <summary>Other drafts for the same place.</summary>
    public IReadOnlyList<Draft> Others { get; init; } = [];

    /// <summary>The form of the reply that the draft was before it was carried here; null if it was none.</summary>
    public string? CameFrom { get; init; }

    /// <summary>Whether a reply may become a topic of its own in its board.</summary>
    public bool MayMove { get; init; }

    /// <summary>Drafts named beside a form.</summary>
    const int MaxShown = 10;

    /// <summary>The draft for an empty form: the one asked for, else the latest of the place.</summary>
    /// <param name="db">The site's database.</param>
    /// <param name="reader">Who writes.</param>
    /// <param name="place">Where.</param>
    /// <param name="target">The id of the board, or of the post.</param>
    /// <param name="asked">The draft's id; null for the latest of the place.</param>
    /// <param name="ct">Cancels it.</param>
    public static async Task<FormDraft> Of(
        SiteDb db, Reader reader, DraftPlace place, long target, long? asked, CancellationToken ct = default)
    {
        var me = reader.Id ?? 0;
        var here = new Draft { MemberId = me, Kind = place.Kind, BoardId = target, PostId = target };
        var found = await db.Drafts.AsNoTracking().At(here)
            .Union(db.Drafts.AsNoTracking().Where(d => d.MemberId == me && d.Id == asked))
            .OrderByDescending(d => d.At).ThenByDescending(d => d.Id).Take(MaxShown).ToListAsync(ct);
        // A new form of another writer's draft is an empty form.
        var draft = found.FirstOrDefault(d => d.Id == asked) ?? (asked is null ? found.FirstOrDefault() : null);
        return new(place, reader.Handle)
        {
            Draft = draft,
            Token = draft?.Token.ToString(),
            Others = [.. found.Where(d => d != draft)],
            CameFrom = draft is { PostId: { } post } && place.Kind is DraftKind.Topic ? await ReplyTo(db, reader, draft, post, ct) : null,
            MayMove = place.Kind is DraftKind.Reply,
        };
    }

    /// <summary>The draft of a form that was sent and is shown again.</summary>
    public static FormDraft Sent(Reader reader, DraftPlace place, string? token) =>
        new(place, reader.Handle) { Token = token, MayMove = place.Kind is DraftKind.Reply };

    /// <summary>The draft in the form below a topic.</summary>
    public static FormDraft Inline(Reader reader, string board, long topic, ReplyDraft? draft) =>
        new(new(DraftKind.Reply, board, topic, draft?.Number ?? 1), reader.Handle)
        {
            Draft = draft?.Draft,
            Token = draft?.Draft.Token.ToString(),
            MayMove = true,
        };

    static async Task<string?> ReplyTo(SiteDb db, Reader reader, Draft draft, long post, CancellationToken ct) =>
        await db.Posts.VisibleTo(reader).Where(p => p.Id == post).Select(p => new { p.Topic.Board.Key, p.TopicId, p.Number })
            .FirstOrDefaultAsync(ct) is { } at ? new DraftPlace(DraftKind.Reply, at.Key, at.TopicId, at.Number).UrlWith(draft.Id) : null;
}
