using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Where a draft leads, for its writer.</summary>
/// <param name="Draft">The draft.</param>
/// <param name="Place">Its form; null if the place is gone, or its writer may no longer read it.</param>
/// <param name="Title">The title of the topic, or the name of the board.</param>
/// <param name="Author">The author of the post that is replied to.</param>
public sealed record PlacedDraft(Draft Draft, DraftPlace? Place, string? Title, string? Author);

static class DraftQueries
{
    /// <summary>The member's drafts that stand where <paramref name="draft"/> does.</summary>
    public static IQueryable<Draft> At(this IQueryable<Draft> drafts, Draft draft) =>
        drafts.Where(d => d.MemberId == draft.MemberId && d.Kind == draft.Kind
            && (draft.Kind == DraftKind.Topic ? d.BoardId == draft.BoardId : d.PostId == draft.PostId));

    /// <summary>
    /// The reader's drafts with their places and the beginnings of their texts, the latest first; with <paramref name="id"/> only this one,
    /// with all of its text.
    /// </summary>
    public static async Task<IReadOnlyList<PlacedDraft>> DraftsOf(this SiteDb db, Reader reader, long? id, CancellationToken ct)
    {
        var boards = db.Boards.VisibleTo(reader);
        var posts = db.Posts.VisibleTo(reader);
        var found = await (
            from draft in db.Drafts.AsNoTracking()
            where draft.MemberId == reader.Id && (id == null || draft.Id == id)
            orderby draft.At descending, draft.Id descending
            from board in boards.Where(b => b.Id == draft.BoardId).DefaultIfEmpty()
            from post in posts.Where(p => p.Id == draft.PostId).DefaultIfEmpty()
            select new
            {
                Draft = new Draft
                {
                    Id = draft.Id,
                    Kind = draft.Kind,
                    Title = draft.Title,
                    // A hundred long ones would be megabytes.
                    Text = id == null ? draft.Text.Substring(0, Post.SnippetFrom) : draft.Text,
                    At = draft.At,
                },
                BoardKey = (string?)board.Key,
                BoardName = (string?)board.Name,
                PostBoard = (string?)post.Topic.Board.Key,
                TopicId = (long?)post.TopicId,
                Number = (int?)post.Number,
                Title = (string?)post.Topic.Title,
                Author = post.Author!.Name,
            }).Take(Draft.Max + 1).ToListAsync(ct);
        return
        [
            .. found.Select(f => f.Draft.Kind is DraftKind.Topic
                ? new PlacedDraft(f.Draft, f.BoardKey is null ? null : new(DraftKind.Topic, f.BoardKey), f.BoardName, null)
                : new PlacedDraft(
                    f.Draft,
                    f.PostBoard is null ? null : new(f.Draft.Kind, f.PostBoard, f.TopicId!.Value, f.Number!.Value),
                    f.Title,
                    f.Author)),
        ];
    }
}
