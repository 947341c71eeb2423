using DiffPlex;
using DiffPlex.Model;
using Microsoft.AspNetCore.Components;

namespace Community.Boards;

/// <summary>What became of a part of a text.</summary>
public enum Became { Same, Removed, Added }

public sealed record DifferencePart(Became Became, string Text);

/// <summary>Lines of two texts that stand beside each other; equal ones, or a change.</summary>
public sealed record DifferenceRow(bool IsSame, IReadOnlyList<DifferencePart> Before, IReadOnlyList<DifferencePart> After);

/// <summary>
/// The difference of two texts: by lines, and within changed lines by words; scripts that set no spaces are compared by characters.
/// The comparison takes time by the product of length and difference, so it is done on at most so much, and the rest is one change.
/// </summary>
public static class TextDifference
{
    /// <summary>
    /// Lines, or words, compared in one go, and the work that the words of one text may take (the square of their number).
    /// </summary>
    const int MaxPieces = 3000, MaxWork = 20_000_000;

    /// <summary>Lines shown around a change.</summary>
    public const int Around = 2;

    public static IReadOnlyList<DifferenceRow> Of(string before, string after)
    {
        var (a, b) = (before.Split('\n'), after.Split('\n'));
        var rows = new List<DifferenceRow>();
        var (start, end) = (0, 0);
        while (start < a.Length && start < b.Length && a[start] == b[start]) start++;
        while (end < a.Length - start && end < b.Length - start && a[^(end + 1)] == b[^(end + 1)]) end++;
        foreach (var line in a[..start]) rows.Add(Same(line));
        var work = 0L;
        Changed(a[start..^end], b[start..^end], rows, ref work);
        foreach (var line in a[^end..]) rows.Add(Same(line));
        return rows;
    }

    static DifferenceRow Same(string line) => new(true, [new(Became.Same, line)], [new(Became.Same, line)]);

    static void Changed(string[] a, string[] b, List<DifferenceRow> rows, ref long work)
    {
        if (a.Length + b.Length == 0) return;
        if (a.Length + b.Length > MaxPieces) { rows.Add(Words(string.Join('\n', a), string.Join('\n', b), ref work)); return; }
        var at = 0;
        foreach (var block in Blocks(a, b))
        {
            for (; at < block.DeleteStartA; at++) rows.Add(Same(a[at]));
            var gone = a[block.DeleteStartA..(block.DeleteStartA + block.DeleteCountA)];
            var come = b[block.InsertStartB..(block.InsertStartB + block.InsertCountB)];
            // Line by line where there are as many, so that long paragraphs stand beside each other.
            if (gone.Length == come.Length)
                for (var i = 0; i < gone.Length; i++) rows.Add(Words(gone[i], come[i], ref work));
            else rows.Add(Words(string.Join('\n', gone), string.Join('\n', come), ref work));
            at = block.DeleteStartA + block.DeleteCountA;
        }
        for (; at < a.Length; at++) rows.Add(Same(a[at]));
    }

    static DifferenceRow Words(string before, string after, ref long work)
    {
        var (a, b) = (Pieces(before), Pieces(after));
        var size = (long)(a.Count + b.Count);
        work += size * size;
        if (size > MaxPieces || work > MaxWork) return Replaced(before, after);
        var (left, right, at) = (new List<DifferencePart>(), new List<DifferencePart>(), 0);
        foreach (var block in Blocks(a, b))
        {
            AddSame(block.DeleteStartA);
            Add(left, Became.Removed, a.Skip(block.DeleteStartA).Take(block.DeleteCountA));
            Add(right, Became.Added, b.Skip(block.InsertStartB).Take(block.InsertCountB));
            at = block.DeleteStartA + block.DeleteCountA;
        }
        AddSame(a.Count);
        return new(false, left, right);

        void AddSame(int upto)
        {
            var same = a.Skip(at).Take(upto - at).ToList();
            Add(left, Became.Same, same);
            Add(right, Became.Same, same);
        }
    }

    static void Add(List<DifferencePart> parts, Became became, IEnumerable<string> pieces)
    {
        var text = string.Concat(pieces);
        if (text.Length > 0) parts.Add(new(became, text));
    }

    static DifferenceRow Replaced(string before, string after) => new(
        false,
        before.Length > 0 ? [new(Became.Removed, before)] : [],
        after.Length > 0 ? [new(Became.Added, after)] : []
    );

    static IList<DiffBlock> Blocks(IReadOnlyList<string> a, IReadOnlyList<string> b) =>
        Differ.Instance.CreateDiffs("a", "b", ignoreWhiteSpace: false, ignoreCase: false, new Given(a, b)).DiffBlocks;

    // The library cuts the texts by a chunker; ours are cut already.
    sealed class Given(IReadOnlyList<string> a, IReadOnlyList<string> b) : IChunker
    {
        public IReadOnlyList<string> Chunk(string text) => text == "a" ? a : b;
    }

    /// <summary>Words with what they are made of: letters and digits that set spaces, runs of white space, and single characters.</summary>
    static List<string> Pieces(string text)
    {
        var pieces = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            if (IsSpaced(text[i])) while (i < text.Length && IsSpaced(text[i])) i++;
            else if (text[i] is ' ' or '\t') while (i < text.Length && text[i] is ' ' or '\t') i++;
            else i += System.Globalization.StringInfo.GetNextTextElementLength(text.AsSpan(i));
            pieces.Add(text[start..i]);
        }
        return pieces;
    }

    static bool IsSpaced(char c) => c < '\u2E80' && char.IsLetterOrDigit(c);

    /// <summary>A cell as HTML.</summary>
    public static MarkupString Html(IReadOnlyList<DifferencePart> parts) => new(string.Concat(parts.Select(p => p.Became switch
    {
        Became.Removed => $"<del>{Encoded(p.Text)}</del>",
        Became.Added => $"<ins>{Encoded(p.Text)}</ins>",
        _ => Encoded(p.Text),
    })));

    static string Encoded(string text) => System.Net.WebUtility.HtmlEncode(text);
}
