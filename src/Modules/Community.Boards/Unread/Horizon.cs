using System.Globalization;

namespace Community.Boards;

/// <summary>
/// What a page knew of the site when it was rendered. "Mark all as read" carries it, so that a page left open for an hour
/// marks what it showed and nothing newer.
/// </summary>
/// <param name="LastPost">The id of the site's latest post.</param>
/// <param name="Moves">The id of the latest topic move, see <see cref="TopicStay"/>.</param>
/// <param name="Missing">
/// Ids below it that no visible post has: rolled back, or of posts whose transactions were still uncommitted (PostgreSQL).
/// </param>
public sealed record Horizon(long LastPost, long Moves, IReadOnlyList<long> Missing)
{
    /// <summary>How many posts are checked for gaps. A transaction takes milliseconds, and that many others do not overtake it.</summary>
    public const int Window = 100;

    // Posts above a missing id are marked one by one, so limit what a forged horizon can cause.
    const int MaxMissing = 100, Furthest = 1000;

    /// <param name="recent">The ids of the latest posts, up to <see cref="Window"/> of them, separated by dots; null for none.</param>
    /// <param name="moves">The id of the latest move.</param>
    public static Horizon Of(string? recent, long moves)
    {
        if (recent is null) return new(0, moves, []);
        Span<long> found = stackalloc long[Window];
        var count = 0;
        foreach (var part in recent.AsSpan().Split('.')) found[count++] = long.Parse(recent.AsSpan()[part], CultureInfo.InvariantCulture);
        var seen = found[..count];
        seen.Sort();
        var last = seen[^1];
        var first = Math.Max(seen[0], last - Furthest);
        var missing = new List<long>();
        for (var id = last; id > first && missing.Count < MaxMissing; id--)
            if (seen.BinarySearch(id) < 0) missing.Add(id);
        return new(last, moves, missing);
    }

    /// <summary>Null if the text is not a horizon.</summary>
    public static Horizon? Parse(string? text)
    {
        if (text?.Split('-') is not [var last, var moves, var missing]) return null;
        if (!long.TryParse(last, out var post) || !long.TryParse(moves, out var move)) return null;
        var ids = missing.Split('.', StringSplitOptions.RemoveEmptyEntries).Take(MaxMissing)
            .Select(part => long.TryParse(part, out var id) ? id : 0).Where(id => id < post && id > post - Furthest);
        return new(post, move, [.. ids]);
    }

    public override string ToString() => $"{LastPost}-{Moves}-{string.Join('.', Missing)}";
}
