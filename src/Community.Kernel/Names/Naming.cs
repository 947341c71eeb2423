using System.Globalization;
using System.Text;

namespace Community.Kernel;

/// <summary>Why a line of text cannot be used as a name; the message is the text <c>names.{fault}</c>.</summary>
public enum NameFault
{
    /// <summary>Nothing was typed.</summary>
    Missing,
    /// <summary>Nothing visible: blank letters, zero-width characters, marks alone.</summary>
    Invisible,
    /// <summary>Line breaks and other control characters.</summary>
    Control,
    /// <summary>An unpaired surrogate, or a noncharacter.</summary>
    Broken,
    /// <summary>More than <see cref="Naming.MaxMarks"/> combining marks on one letter, or a mark without a letter.</summary>
    Marks,
    /// <summary>A bidi override, or an embedding or isolate that is not closed: it would reorder the text next to the name.</summary>
    Direction,
    /// <summary>Tag characters that form no flag, or several variation selectors in a row: hidden text.</summary>
    Hidden,
}

/// <summary>A line in stored form, and why it is rejected; <paramref name="Fault"/> is null if it is accepted.</summary>
public readonly record struct NameRead(string Text, NameFault? Fault)
{
    /// <summary>The key of the message for the user.</summary>
    public string? Problem => Fault is { } fault ? Naming.TextOf(fault) : null;
}

/// <summary>
/// Rules for one-line names and titles: members, topics, posts, groups, boards, subjects, senders, sites, kinds of
/// mail, the words of themes. A name is visible, stays on its line, and does not reorder text next to it (UTS 39, UAX 9, UTS 51).
/// </summary>
public static class Naming
{
    /// <summary>
    /// Enough for all living scripts: Hebrew with points and accents, Thai, decomposed Vietnamese, Tibetan stacks.
    /// </summary>
    public const int MaxMarks = 4;

    /// <summary>The three tag-sequence flags recommended for general interchange: England, Scotland, Wales.</summary>
    static readonly string[] flags = ["gbeng", "gbsct", "gbwls"];

    public static string TextOf(NameFault fault) => "names." + fault.ToString().ToLowerInvariant();

    /// <summary>Normalises input: NFC, white space collapsed, invisible characters trimmed.</summary>
    public static NameRead Read(string? typed)
    {
        if (string.IsNullOrWhiteSpace(typed)) return new("", NameFault.Missing);
        if (!Characters.IsLegible(typed)) return new(typed, NameFault.Broken);
        var text = Trimmed(Folded(Characters.Normal(typed)));
        return text.Length == 0 ? new("", NameFault.Invisible) : new(text, FaultOf(text));
    }

    /// <summary>A line that may be empty, such as a tagline.</summary>
    public static NameRead ReadOptional(string? typed) => string.IsNullOrWhiteSpace(typed) ? new("", null) : Read(typed);

    /// <summary>Lines that may be empty, such as a description: each is read on its own.</summary>
    public static NameRead ReadLines(string? typed)
    {
        var lines = (typed ?? "").ReplaceLineEndings("\n").Trim().Split('\n').Select(l => ReadOptional(l.Replace('\t', ' '))).ToList();
        return new(string.Join('\n', lines.Select(l => l.Text)), lines.Select(l => l.Fault).FirstOrDefault(f => f is not null));
    }

    /// <summary>The line in stored form.</summary>
    /// <exception cref="ArgumentException">It is not valid; check user input with <see cref="Read"/> first.</exception>
    public static string Kept(string typed) =>
        Read(typed) is { Fault: null } read ? read.Text : throw new ArgumentException("No name: " + Read(typed).Fault, nameof(typed));

    /// <summary>Whether it is visible: not blank, not zero-width, not a mark.</summary>
    public static bool Shows(Rune rune) =>
        !IsIgnorable(rune.Value)
        && !IsBlank(rune.Value)
        && Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.SpaceSeparator
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
            );

    static NameFault? FaultOf(string text)
    {
        var (shows, marks, selector, hasBase) = (false, 0, false, false);
        var open = new Stack<bool>();
        var runes = text.EnumerateRunes().ToArray();
        for (var at = 0; at < runes.Length; at++)
        {
            var c = runes[at].Value;
            var category = Rune.GetUnicodeCategory(runes[at]);
            if (category is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                return NameFault.Control;
            if (c is 0x202D or 0x202E || (IsDirection(c) && !Keeps(open, c)))
                return NameFault.Direction;
            if (c is >= 0xE0000 and <= 0xE007F)
            {
                var length = FlagAt(runes, at);
                if (length == 0) return NameFault.Hidden;
                at += length - 1;
                continue;
            }
            var isSelector = IsSelector(c);
            if (isSelector && selector) return NameFault.Hidden;
            selector = isSelector;
            shows |= Shows(runes[at]);
            if (IsIgnorable(c)) continue;
            if (category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
            {
                if (!hasBase || ++marks > MaxMarks) return NameFault.Marks;
            }
            else (marks, hasBase) = (0, true);
        }
        return open.Count > 0 ? NameFault.Direction : shows ? null : NameFault.Invisible;
    }

    /// <summary>The number of tag characters that form a flag with the black flag before them; 0 if they form none.</summary>
    static int FlagAt(Rune[] runes, int at)
    {
        if (at == 0 || runes[at - 1].Value != 0x1F3F4) return 0;
        var end = at;
        while (end < runes.Length && runes[end].Value is >= 0xE0020 and <= 0xE007E) end++;
        if (end == runes.Length || runes[end].Value != 0xE007F) return 0;
        return flags.Contains(string.Concat(runes[at..end].Select(r => (char)(r.Value - 0xE0000)))) ? end - at + 1 : 0;
    }

    // UAX 9: embeddings and overrides end with U+202C, isolates with U+2069, and they must nest properly.
    static bool Keeps(Stack<bool> open, int c)
    {
        if (c is not (0x202C or 0x2069)) { open.Push(c >= 0x2066); return true; }
        return open.TryPop(out var isolates) && isolates == (c == 0x2069);
    }

    static bool IsDirection(int c) => c is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
    static bool IsSelector(int c) => c is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF) or (>= 0x180B and <= 0x180D) or 0x180F;

    /// <summary>Unicode's Default_Ignorable_Code_Point plus the interlinear annotation characters: they have no width and no ink.</summary>
    public static bool IsIgnorable(int c) =>
        c
            is 0xAD
                or 0x34F
                or 0x61C
                or 0x115F
                or 0x1160
                or 0x17B4
                or 0x17B5
                or (>= 0x180B and <= 0x180F)
                or (>= 0x200B and <= 0x200F)
                or (>= 0x202A and <= 0x202E)
                or (>= 0x2060 and <= 0x206F)
                or 0x3164
                or (>= 0xFE00 and <= 0xFE0F)
                or 0xFEFF
                or 0xFFA0
                or (>= 0xFFF0 and <= 0xFFFB)
                or (>= 0x1BCA0 and <= 0x1BCA3)
                or (>= 0x1D173 and <= 0x1D17A)
                or (>= 0xE0000 and <= 0xE0FFF);

    // Letters and symbols for which fonts draw nothing: blank braille, Egyptian and musical blanks, the Khitan filler, the object
    // replacement character.
    static bool IsBlank(int c) => c is 0x2800 or 0xFFFC or 0x13441 or 0x13442 or 0x1D159 or 0x16FE4;

    // An ideographic space separates Japanese names and stays; all other spaces become one plain space.
    static string Folded(string text)
    {
        var folded = new StringBuilder(text.Length);
        var space = false;
        foreach (var c in text)
        {
            var isSpace = char.GetUnicodeCategory(c) is UnicodeCategory.SpaceSeparator;
            if (!isSpace) folded.Append(c);
            else if (!space) folded.Append(c == '\u3000' ? c : ' ');
            space = isSpace;
        }
        return folded.ToString();
    }

    static string Trimmed(string text)
    {
        var runes = text.EnumerateRunes().ToList();
        var (from, to) = (0, runes.Count);
        while (from < to && IsIdle(runes[from].Value)) from++;
        // Trailing characters of an emoji or a directional run belong to what is before them.
        while (
            to > from
            && IsIdle(runes[to - 1].Value)
            && !IsSelector(runes[to - 1].Value)
            && runes[to - 1].Value is not (0x200C or 0x200D or >= 0xE0000)
        )
            to--;
        return string.Concat(runes[from..to].Select(r => r.ToString()));

        static bool IsIdle(int c) =>
            c is ' ' or '\u3000' or 0x2800 or 0xFFFC
            || (IsIgnorable(c) && !IsDirection(c) && c is not (0x200E or 0x200F or 0x61C or 0x115F or 0x1160));
    }
}
