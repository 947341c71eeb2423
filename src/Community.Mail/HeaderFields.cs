using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using MimeKit;

namespace Community.Mail;

/// <summary>
/// The only place where names and values enter a header. Rejects anything that could start a new line or contains half a character;
/// encodes what is not ASCII (RFC 2047); folds lines at 76 columns wherever they can be folded.
/// </summary>
/// <remarks>MimeKit keeps NUL, silently drops line breaks, folds at 77 to 85 columns and splits grapheme clusters (such as a family
/// emoji), so the fields are written here and passed to it as raw values.</remarks>
public static class HeaderFields
{
    const int MaxColumns = 76, MaxLine = 998, MaxQuoted = 60, MaxWord = 75;
    const string Prefix = "=?utf-8?B?", Suffix = "?=";

    const int MaxKnown = 100;
    static readonly ConcurrentDictionary<string, Header> known = new(StringComparer.Ordinal);

    /// <summary>Strict: an unpaired surrogate throws.</summary>
    internal static readonly UTF8Encoding Utf8 = new(false, true);

    /// <summary>A field with human-readable text, such as Subject.</summary>
    /// <exception cref="ArgumentException">The value contains a control character or an unpaired surrogate.</exception>
    public static Header Text(string field, string value) => Make(field, OfText(field, value));

    internal static void Text(ArrayBufferWriter<byte> to, string field, string value) => Write(to, field, OfText(field, value));

    static IReadOnlyList<string> OfText(string field, string value)
    {
        Check(field, value);
        var words = value.Split(' ');
        var plain =
            Ascii.IsValid(value) && !value.Contains("=?", StringComparison.Ordinal) && !words.Any(w => w.Length is 0 or > MaxWord - 1);
        return plain ? words : [.. EncodedWords(value, field.Length + 2)];
    }

    /// <summary>A field with machine-readable tokens that cannot be encoded, such as List-Unsubscribe or Message-ID.</summary>
    /// <exception cref="ArgumentException">Not ASCII, contains a control character, or has a word longer than a mail line may be
    /// (998 octets).</exception>
    public static Header Tokens(string field, string value) => Make(field, OfTokens(field, value));

    internal static void Tokens(ArrayBufferWriter<byte> to, string field, string value) => Write(to, field, OfTokens(field, value));

    static IReadOnlyList<string> OfTokens(string field, string value)
    {
        Check(field, value);
        if (!Ascii.IsValid(value)) throw new ArgumentException($"{field} takes ASCII only: it cannot be encoded (RFC 2047 §5).");
        return value.Split(' ');
    }

    /// <summary>A field with one mailbox, such as From.</summary>
    /// <param name="name">The display name; null or empty for none.</param>
    /// <exception cref="ArgumentException">The name contains a control character or an unpaired surrogate, or the address is rejected by
    /// <see cref="AddressRules.ToWire"/>.</exception>
    public static Header Mailbox(string field, string? name, string address) => Make(field, OfMailbox(field, name, address));

    internal static void Mailbox(ArrayBufferWriter<byte> to, string field, string? name, string address) =>
        Write(to, field, OfMailbox(field, name, address));

    static IReadOnlyList<string> OfMailbox(string field, string? name, string address)
    {
        name = name?.Trim() ?? "";
        Check(field, name);
        var wire = AddressRules.ToWire(address);
        return name.Length == 0 ? [wire] : [.. Phrase(name, field.Length + 2), $"<{wire}>"];
    }

    static IEnumerable<string> Phrase(string name, int column)
    {
        if (!Ascii.IsValid(name) || name.Contains("=?", StringComparison.Ordinal)) return EncodedWords(name, column);
        var words = name.Split(' ');
        if (words.All(w => w.Length is > 0 and <= MaxQuoted && w.All(AddressRules.IsAtom))) return words;
        var quoted = "\"" + name.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
        return quoted.Length <= MaxQuoted ? [quoted] : EncodedWords(name, column);
    }

    /// <summary>Splits text into encoded words that decode independently, never splitting a grapheme cluster.</summary>
    /// <param name="column">The column where the first word begins.</param>
    static IEnumerable<string> EncodedWords(string text, int column)
    {
        var room = Octets(MaxColumns - column);
        var piece = new StringBuilder();
        var length = 0;
        foreach (var element in Elements(text))
        {
            var octets = Utf8.GetByteCount(element);
            if (length > 0 && length + octets > room)
            {
                yield return Encoded(piece.ToString());
                piece.Clear();
                (length, room) = (0, Octets(MaxWord));
            }
            piece.Append(element);
            length += octets;
        }
        if (length > 0) yield return Encoded(piece.ToString());

        static int Octets(int columns) => (Math.Min(columns, MaxWord) - Prefix.Length - Suffix.Length) / 4 * 3;
        static string Encoded(string text) => Prefix + Convert.ToBase64String(Utf8.GetBytes(text)) + Suffix;
    }

    static IEnumerable<string> Elements(string text)
    {
        for (var elements = StringInfo.GetTextElementEnumerator(text); elements.MoveNext();)
        {
            var element = elements.GetTextElement();
            // A letter with a pile of combining accents can exceed a line; split it between the accents.
            if (Utf8.GetByteCount(element) <= 36) yield return element;
            else foreach (var rune in element.EnumerateRunes()) yield return rune.ToString();
        }
    }

    /// <summary>A field without its value. A new one would have some value encoded in vain: a twentieth of what a mailing costs.</summary>
    internal static Header Named(string field)
    {
        if (!known.TryGetValue(field, out var header))
        {
            header = new(Encoding.UTF8, field, "x");
            // They come from an author's settings, too: not without an end.
            if (known.Count < MaxKnown) known[field] = header;
        }
        return header.Clone();
    }

    static Header Make(string field, IReadOnlyList<string> words)
    {
        var value = Folded(field, words);
        var header = Named(field);
        header.SetRawValue(Encoding.ASCII.GetBytes(value));
        return header;
    }

    static void Write(ArrayBufferWriter<byte> to, string field, IReadOnlyList<string> words)
    {
        var value = Folded(field, words);
        to.Ascii(field);
        to.Ascii(":");
        to.Ascii(value);
    }

    /// <summary>What stands behind the colon, with the end of the line.</summary>
    static string Folded(string field, IReadOnlyList<string> words)
    {
        var (value, column) = (new StringBuilder(), field.Length + 1);
        foreach (var word in words)
        {
            if (word.Length > MaxLine - 1)
                throw new ArgumentException($"{field} holds a word of {word.Length} octets; a line has at most 998.");
            var folds = column + 1 + word.Length > MaxColumns && (value.Length > 0 || word.Length >= MaxColumns - column);
            if (folds && word.Length > 0) (_, column) = (value.Append("\r\n"), 0);
            value.Append(' ').Append(word);
            column += 1 + word.Length;
        }
        return value.Append("\r\n").ToString();
    }

    static void Check(string field, string value)
    {
        if (field.Length is 0 or > MaxColumns || field.AsSpan().ContainsAnyExceptInRange('!', '~') || field.Contains(':'))
            throw new ArgumentException("The name of a header is 1 to 76 printable ASCII characters without a colon (RFC 5322 §3.6.8).");
        foreach (var c in value)
            if (char.IsControl(c))
                throw new ArgumentException($"{field} may not hold the control character U+{(int)c:X4}.");
        try { Utf8.GetByteCount(value); }
        catch (EncoderFallbackException error)
        {
            throw new ArgumentException($"{field} may not hold half a surrogate pair.", error);
        }
    }
}
