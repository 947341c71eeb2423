using System.Globalization;

namespace Community.Search;

/// <summary>A piece of a text, marked or not.</summary>
public readonly record struct Piece(string Text, bool IsMarked);

/// <summary>
/// The part of a text in which the terms stand, cut into pieces. Marks are placed on the text as written, all at once; escaping is the
/// page's, of each piece alone.
/// </summary>
static class Excerpt
{
    /// <summary>About three lines on a wide screen; where the marks begin in it, at least.</summary>
    public const int Length = 200, Before = 50;

    /// <summary>All of a title.</summary>
    public static IReadOnlyList<Piece> Whole(string text, IReadOnlyList<(int From, int To)> marks) =>
        Pieces(text, 0, text.Length, Joined(marks));

    /// <summary>The part with the most marks; the beginning if there is none.</summary>
    public static IReadOnlyList<Piece> Of(string text, IReadOnlyList<(int From, int To)> found)
    {
        var marks = Joined(found);
        var (from, to) = Window(text, marks);
        var pieces = Pieces(text, from, to, marks);
        if (from > 0) pieces.Insert(0, new("…", false));
        if (to < text.TrimEnd().Length) pieces.Add(new("…", false));
        return pieces;
    }

    /// <summary>In order, without overlaps: of two words one of which is inside the other, one mark is left.</summary>
    static List<(int From, int To)> Joined(IReadOnlyList<(int From, int To)> marks)
    {
        var joined = new List<(int From, int To)>();
        foreach (var mark in marks.OrderBy(m => m.From).ThenBy(m => m.To))
            if (joined.Count > 0 && mark.From <= joined[^1].To) joined[^1] = (joined[^1].From, Math.Max(joined[^1].To, mark.To));
            else joined.Add(mark);
        return joined;
    }

    static (int From, int To) Window(string text, List<(int From, int To)> marks)
    {
        if (text.Length <= Length) return (0, text.Length);
        var (start, most) = (0, 0);
        // As far as the marks differ: what a window that begins with each of them holds.
        for (int first = 0, last = 0; first < marks.Count; first++)
        {
            while (last < marks.Count && marks[last].To <= marks[first].From + Length - Before) last++;
            if (last - first <= most) continue;
            (start, most) = (marks[first].From, last - first);
        }
        var from = start <= Before ? 0 : Boundary(text, start - Before);
        return (from, Boundary(text, Math.Min(text.Length, from + Length)));
    }

    /// <summary>A place near this one where no character and no word of a script with spaces is cut.</summary>
    static int Boundary(string text, int at)
    {
        if (at >= text.Length) return text.Length;
        for (var back = at; back > Math.Max(0, at - 15); back--)
            if (text[back - 1] is ' ' or '\n' or '。' or '、') return back;
        while (at > 0 && !IsStart(text, at)) at--;
        return at;
    }

    static bool IsStart(string text, int at) =>
        !char.IsLowSurrogate(text[at])
        && text[at] is not ('\uFF9E' or '\uFF9F' or '\u200D' or '\uFE0F')
        && !(at > 0 && text[at - 1] == '\u200D')
        && !IsSkinTone(text, at)
        && CharUnicodeInfo.GetUnicodeCategory(text, at) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);

    static bool IsSkinTone(string text, int at) =>
        text[at] == '\uD83C' && at + 1 < text.Length && text[at + 1] is >= '\uDFFB' and <= '\uDFFF';

    static List<Piece> Pieces(string text, int from, int to, List<(int From, int To)> marks)
    {
        var pieces = new List<Piece>();
        var at = from;
        foreach (var mark in marks)
        {
            var (start, end) = (Math.Max(mark.From, at), Math.Min(mark.To, to));
            if (start >= end) continue;
            // A part of a composed emoji alone would show as another.
            while (start > at && !IsStart(text, start)) start--;
            while (end < to && !IsStart(text, end)) end++;
            if (start > at) pieces.Add(new(text[at..start], false));
            pieces.Add(new(text[start..end], true));
            at = end;
        }
        if (at < to) pieces.Add(new(text[at..to], false));
        return pieces;
    }
}
