using System.Text;

namespace Community.Search;

/// <summary>
/// The words under which the index finds a text: of scripts without spaces each pair of neighbouring letters (bigram) and each letter
/// alone, of others whole words. One list serves both databases; what it finds too much, <see cref="Term"/> leaves out.
/// </summary>
public static class Grams
{
    /// <summary>Increase it when the same text gives other words: the index of each site is then built anew.</summary>
    public const int Version = 2;

    /// <summary>Of a longer post, the beginning is found: about a hundred pages.</summary>
    public const int MaxUnits = 200_000;

    /// <summary>Ends the words of a part, so that no phrase goes from the title into the text.</summary>
    const char Part = '\u2400';

    /// <summary>Separated by spaces, in the order of the text; last those that stand for no place in it.</summary>
    public static string Of(params ReadOnlySpan<List<Unit>> parts)
    {
        var grams = new StringBuilder();
        var more = new HashSet<string>();
        foreach (var units in parts)
        {
            for (var i = 0; i < Math.Min(units.Count, MaxUnits); i++)
            {
                var unit = units[i];
                if (unit.Kind is not UnitKind.Letter)
                {
                    grams.Append(unit.Text).Append(' ');
                    if (unit.Suffix.Length > 0) more.Add(unit.Text + unit.Suffix);
                    continue;
                }
                more.Add(unit.Text);
                if (i + 1 < units.Count && units[i + 1] is { Kind: UnitKind.Letter, Glued: true } next)
                    grams.Append(unit.Text).Append(next.Text).Append(' ');
            }
            grams.Append(Part).Append(' ');
        }
        foreach (var gram in more) grams.Append(gram).Append(' ');
        return grams.ToString();
    }
}
