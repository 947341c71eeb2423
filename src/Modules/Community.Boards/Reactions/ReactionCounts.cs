using System.Globalization;

namespace Community.Boards;

/// <summary>How many members gave which reaction to a post, as the post keeps it: <c>1:12 4:3</c>, null for none.</summary>
public static class ReactionCounts
{
    /// <summary>Ids with their numbers, all above 0, in order of ids.</summary>
    public static IEnumerable<(long Reaction, int Count)> Read(string? kept)
    {
        if (kept is null) yield break;
        foreach (var part in kept.Split(' '))
            if (part.Split(':') is [var id, var count])
                yield return (long.Parse(id, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture));
    }

    public static string? Write(IEnumerable<(long Reaction, int Count)> counts) =>
        string.Join(' ', counts.Where(c => c.Count > 0).OrderBy(c => c.Reaction).Select(c => string.Create(
            CultureInfo.InvariantCulture, $"{c.Reaction}:{c.Count}"))) is { Length: > 0 } kept ? kept : null;

    /// <summary>What rows say, and what an import brought without rows.</summary>
    public static string? Write(IEnumerable<(long Reaction, int Count)> counts, string? imported) => imported is null ? Write(counts)
        : Write(counts.Concat(Read(imported)).GroupBy(c => c.Reaction).Select(g => (g.Key, g.Sum(c => c.Count))));

    /// <summary>With one more, or one less, of a reaction.</summary>
    public static string? With(string? kept, long reaction, int step)
    {
        var counts = Read(kept).ToDictionary(c => c.Reaction, c => c.Count);
        counts[reaction] = counts.GetValueOrDefault(reaction) + step;
        return Write(counts.Select(c => (c.Key, c.Value)));
    }
}
