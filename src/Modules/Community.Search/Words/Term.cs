namespace Community.Search;

/// <summary>A word or phrase that is looked for.</summary>
/// <param name="Units">Its units, one after the other; never empty.</param>
/// <param name="IsExact">From quotation marks: no longer words that begin with it.</param>
/// <param name="IsExcluded">With a minus: posts that have it are left out.</param>
public sealed record Term(IReadOnlyList<Unit> Units, bool IsExact, bool IsExcluded)
{
    /// <summary>
    /// Shorter words find only themselves: of <c>ip</c> nobody means <c>ipso</c>, and there are too many words to look through.
    /// </summary>
    public const int MinPrefix = 3;

    /// <summary>Whether the last word also finds longer ones that begin with it.</summary>
    public bool IsPrefix => !IsExact && Units[^1] is { Kind: UnitKind.Word, Suffix: "" } last && last.Text.Length >= MinPrefix;

    /// <summary>
    /// Where the term stands in a text, as positions in the text as written. Words and signs may have punctuation between them
    /// (<c>half-open</c>); letters of scripts without spaces stand together, as they were typed.
    /// </summary>
    public IEnumerable<(int From, int To)> In(IReadOnlyList<Unit> text)
    {
        for (var at = 0; at + Units.Count <= text.Count;)
            if (StandsAt(text, at))
            {
                yield return (text[at].From, text[at + Units.Count - 1].To);
                at += Units.Count;
            }
            else at++;
    }

    bool StandsAt(IReadOnlyList<Unit> text, int at)
    {
        for (var i = 0; i < Units.Count; i++)
        {
            var (typed, there) = (Units[i], text[at + i]);
            if (typed.Kind != there.Kind) return false;
            if (typed.Suffix.Length > 0 && typed.Suffix != there.Suffix) return false;
            if (i > 0 && typed.Glued && typed.Kind is UnitKind.Letter && Units[i - 1].Kind is UnitKind.Letter && !there.Glued) return false;
            var same = i == Units.Count - 1 && IsPrefix
                ? there.Text.StartsWith(typed.Text, StringComparison.Ordinal)
                : there.Text == typed.Text;
            if (!same) return false;
        }
        return true;
    }

    /// <summary>
    /// The words of the index that a post with this term has: groups of words that stand one after the other. The last of a group may be
    /// the beginning of one.
    /// </summary>
    public IEnumerable<(IReadOnlyList<string> Grams, bool IsPrefix)> Phrases()
    {
        for (var i = 0; i < Units.Count;)
        {
            var from = i++;
            if (Units[from].Kind is not UnitKind.Letter)
            {
                while (i < Units.Count && Units[i].Kind is not UnitKind.Letter) i++;
                yield return ([.. Range(from, i).Select(u => u.Text)], IsPrefix && i == Units.Count);
                foreach (var unit in Range(from, i))
                    if (unit.Suffix.Length > 0) yield return ([unit.Text + unit.Suffix], false);
                continue;
            }
            while (i < Units.Count && Units[i] is { Kind: UnitKind.Letter, Glued: true }) i++;
            yield return i - from == 1
                ? ([Units[from].Text], false)
                : ([.. Enumerable.Range(from, i - from - 1).Select(n => Units[n].Text + Units[n + 1].Text)], false);
        }
    }

    IEnumerable<Unit> Range(int from, int to) => Units.Skip(from).Take(to - from);
}
