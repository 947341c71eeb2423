using System.Globalization;
using System.Text;

namespace Community.Kernel;

/// <summary>Valid link targets, and where a bare URL in a text begins and ends.</summary>
static class Addresses
{
    /// <summary>Longer URLs do not become links: nobody could send or open them.</summary>
    const int MaxLength = 4000;

    /// <summary>The intended URL; null if it is not a valid target, and then the link is shown as typed.</summary>
    public static string? Meant(string typed)
    {
        if (typed.Length is 0 or > MaxLength) return null;
        foreach (var c in typed)
            if (char.IsControl(c) || char.IsWhiteSpace(c) || c is '<' or '>' or '\\') return null;
        if (typed[0] == '/') return IsOwn(typed) ? typed : null;
        if (StartsWith(typed, 0, "www.")) typed = "https://" + typed;
        if (StartsWith(typed, 0, "mailto:")) return typed.IndexOf('@') > 7 && !typed.EndsWith('@') ? typed : null;
        // Only digits: some telephones execute codes written with * and #.
        if (StartsWith(typed, 0, "tel:"))
            return typed.Length > 6 && typed.AsSpan(4).IndexOfAnyExcept("+0123456789-.()") < 0 ? typed : null;
        return
            (StartsWith(typed, 0, "http://") || StartsWith(typed, 0, "https://"))
            && Uri.TryCreate(typed, UriKind.Absolute, out var uri)
            && uri.Host.Length > 0
            ? typed
            : null;
    }

    /// <summary>A page or file of this site.</summary>
    public static bool IsOwn(string url) => url.StartsWith('/') && url is not ['/', '/' or '\\', ..];

    /// <summary>Whether the writer probably meant a URL, and not just words in brackets as in "[はい](いいえ)".</summary>
    public static bool LooksLikeOne(string target) =>
        schemes.Any(s => StartsWith(target, 0, s))
        || (target.Any(IsMark) && !target.Any(char.IsWhiteSpace))
        || (
            target.All(c => char.IsAscii(c) && c != ' ')
            && target.Any(char.IsAsciiLetter)
            && (target.AsSpan().IndexOfAny("/:#?@") >= 0 || (target.LastIndexOf('.') is > 0 and var dot && dot < target.Length - 2))
        );

    static readonly string[] schemes = ["http:", "https:", "www.", "mailto:", "tel:", "/"];

    /// <summary>
    /// The URL for an attribute or a header: the domain in ASCII form, other non-ASCII characters percent-encoded. What is already encoded
    /// stays.
    /// </summary>
    public static string Escaped(string url)
    {
        if (url.All(c => c < 128 && c is not ('"' or '`' or '{' or '}' or '|' or '^' or '\''))) return url;
        var scheme = url.IndexOf("://", StringComparison.Ordinal) + 3;
        if (scheme < 3) return Percent(url);
        var length = url.AsSpan(scheme).IndexOfAny("/?#");
        var path = length < 0 ? url.Length : scheme + length;
        var host = url[scheme..path];
        if (!host.All(char.IsAscii))
        {
            try { host = new IdnMapping().GetAscii(host); }
            catch (ArgumentException) { /* No domain, as with a merge field in it. */ }
        }
        return url[..scheme] + Percent(host) + Percent(url.AsSpan(path));
    }

    static string Percent(ReadOnlySpan<char> text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (rune.IsAscii && (char)rune.Value is not ('"' or '`' or '{' or '}' or '|' or '^' or '\'')) encoded.Append((char)rune.Value);
            else encoded.Append(Uri.EscapeDataString(rune.ToString()));
        return encoded.ToString();
    }

    /// <summary>The length of the bare URL that begins here; 0 if there is none.</summary>
    public static int LengthOfBare(string text, int at)
    {
        if (text[at] is not ('h' or 'H' or 'w' or 'W' or 'm' or 'M') || (at > 0 && IsPartOfWord(text[at - 1])))
            return 0;
        var start =
            StartsWith(text, at, "https://") ? at + 8
            : StartsWith(text, at, "http://") ? at + 7
            : StartsWith(text, at, "mailto:") ? at + 7
            : StartsWith(text, at, "www.") && (at == 0 || text[at - 1] is not ('/' or '.' or '@' or '-' or '_' or ':' or '=')) ? at + 4
            : 0;
        if (
            start == 0
            || start == text.Length
            || !(char.IsLetterOrDigit(text[start]) || IsMark(text[start]) || char.IsSurrogate(text[start]))
        )
            return 0;
        // Without its dot or at sign it is not a URL, and the rest need not be scanned.
        var rest = text.AsSpan(start);
        if (start == at + 4 && !IsFollowedBy(rest, '.', "-")) return 0;
        if (start == at + 7 && text[at] is 'm' or 'M' && !IsFollowedBy(rest, '@', ".!#$%&'*+/=?^_`{|}~-")) return 0;
        var end = Trimmed(text, start, End(text, start));
        if (end <= start) return 0;
        return Meant(text[at..end]) is null ? 0 : end - at;
    }

    static bool IsFollowedBy(ReadOnlySpan<char> text, char sign, string others)
    {
        var i = 0;
        while (
            i < text.Length && i < 64 && (char.IsLetterOrDigit(text[i]) || IsMark(text[i]) || others.Contains(text[i])) && text[i] != sign
        )
            i++;
        return i > 0 && i + 1 < text.Length && text[i] == sign && char.IsLetterOrDigit(text[i + 1]);
    }

    // True for letters of scripts with spaces, which continue the word; after a kanji, a bracket or an arrow a new word begins.
    static bool IsPartOfWord(char before) => char.IsLetterOrDigit(before) && !Flanks.IsCjk(before);

    static bool StartsWith(string text, int at, string what) =>
        string.Compare(text, at, what, 0, what.Length, StringComparison.OrdinalIgnoreCase) == 0;

    static int End(string text, int start)
    {
        var (round, square, host) = (0, 0, true);
        for (var i = start; i < text.Length && i - start < MaxLength; i++)
        {
            var c = text[i];
            host &= c is not ('/' or '?' or '#');
            if (char.IsAscii(c))
            {
                if (c is <= ' ' or '"' or '<' or '>' or '\\' or '^' or '`' or '{' or '|' or '}' or '\x7f') return i;
                if ((c == ')' && --round < 0) || (c == ']' && --square < 0)) return i;
                round += c == '(' ? 1 : 0;
                square += c == '[' ? 1 : 0;
            }
            else if (
                IsMark(c)
                || (!Flanks.IsCjk(c) && char.IsLetter(c))
                || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            )
                continue;
            else if (host && (i == start || text[i - 1] is '.' or '@') && EndOfLabel(text, i) is > 0 and var next)
                i = next - 1;
            else
                return i;
        }
        return Math.Min(text.Length, start + MaxLength);
    }

    /// <summary>The end of a Japanese domain label, as in 例え.jp: letters, a dot, and an ASCII letter that begins the next label.</summary>
    static int EndOfLabel(string text, int at)
    {
        var i = at;
        while (i < text.Length && i - at < 63 && (char.IsLetterOrDigit(text[i]) || text[i] == '-' || char.IsSurrogate(text[i]))) i++;
        return i + 1 < text.Length && text[i] == '.' && char.IsAsciiLetter(text[i + 1]) ? i : 0;
    }

    // Punctuation that ends a sentence or emphasis is not part of the URL before it.
    static int Trimmed(string text, int start, int end)
    {
        while (end > start && text[end - 1] is '?' or '!' or '.' or ',' or ':' or '*' or '_' or '~' or '\'' or ';' or '(' or '[') end--;
        return end;
    }

    /// <summary>A placeholder for a value inserted later: see the merge fields of mailings.</summary>
    public static bool IsMark(char c) => c is '\uE0F0' or '\uE0F1';

    /// <summary>For plain text the URL stays as typed except for placeholders: a value with a space or 京 would end it.</summary>
    public static string WithMarksEscaped(string url) =>
        url.Any(IsMark) ? string.Concat(url.Select(c => IsMark(c) ? Uri.EscapeDataString(c.ToString()) : c.ToString())) : url;
}
