using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Pages of a board's topics: by latest post, pinned ones first.</summary>
public static class BoardLists
{
    public static Task<List<TopicLine>> Pinned(this IQueryable<Topic> topics, long board, Reader reader, CancellationToken ct = default) =>
        topics.VisibleTo(reader).Where(t => t.BoardId == board && t.PinnedAt != null).OrderByDescending(t => t.PinnedAt).Take(20).Select(TopicLine.Of).ToListAsync(ct);

    /// <summary>Topics that are not pinned, and whether more follow.</summary>
    public static async Task<(List<TopicLine> Topics, bool More)> Page(this IQueryable<Topic> topics, long board, Reader reader, Cursor? before, int size, CancellationToken ct = default)
    {
        topics = topics.VisibleTo(reader).Where(t => t.BoardId == board && t.PinnedAt == null);
        if (before is { } end) topics = topics.Where(t => t.LastPostAt < end.At || (t.LastPostAt == end.At && t.Id < end.Id));
        var page = await topics.OrderByDescending(t => t.LastPostAt).ThenByDescending(t => t.Id).Take(size + 1).Select(TopicLine.Of).ToListAsync(ct);
        var more = page.Count > size;
        if (more) page.RemoveAt(size);
        return (page, more);
    }
}
