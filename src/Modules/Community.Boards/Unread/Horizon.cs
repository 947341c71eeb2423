namespace Community.Boards;

/// <summary>
/// How far a page knew the site when it was made. "Mark all as read" carries it, so that a page that has stood open for an hour
/// marks what it showed and nothing that came since.
/// </summary>
/// <param name="LastPost">The last post of the site, by its id.</param>
/// <param name="Moves">The last move of a topic, see <see cref="TopicStay"/>.</param>
/// <param name="Missing">
/// Ids below the last that nobody saw: given up, or of posts whose transactions were still under way (PostgreSQL).
/// </param>
public sealed record Horizon(long LastPost, long Moves, IReadOnlyList<long> Missing)
{
    /// <summary>So many ids are looked at for missing ones: a transaction takes milliseconds, and so many do not overtake it.</summary>
    public const int Window = 100;

    // Whoever makes one up marks by it what is marked one by one: not too much.
    const int MaxMissing = 100, Furthest = 1000;

    /// <param name="recent">The ids of the last posts, up to <see cref="Window"/> of them, with dots between; null for none.</param>
    /// <param name="moves">The last move.</param>
    public static Horizon Of(string? recent, long moves)
    {
        if (recent is null) return new(0, moves, []);
        var seen = recent.Split('.').Select(long.Parse).ToHashSet();
        var last = seen.Max();
        var first = Math.Max(seen.Min(), last - Furthest);
        var missing = new List<long>();
        for (var id = last; id > first && missing.Count < MaxMissing; id--)
            if (!seen.Contains(id)) missing.Add(id);
        return new(last, moves, missing);
    }

    /// <summary>Null if it is none.</summary>
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
