using System.Text;
using System.Text.RegularExpressions;

namespace Community.Boards;

/// <summary>
/// Decodes the texts of old mails, whose labels are often wrong or missing: what is no text in its charset is read in the one in which
/// it is.
/// </summary>
public static partial class MailCharsets
{
    static MailCharsets() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    static readonly UTF8Encoding utf8 = new(false, throwOnInvalidBytes: true);

    static readonly HashSet<string> tellNothing = new(StringComparer.OrdinalIgnoreCase)
    {
        "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "cp1252", "unknown-8bit", "unknown", "x-unknown", "default", "8bit",
        "default_charset", "x-user-defined",
    };

    /// <summary>The text of these octets.</summary>
    /// <param name="bytes">The octets, without transfer encoding.</param>
    /// <param name="label">What the message says of them; null if nothing.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, string? label)
    {
        if (bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0)
            return IsShifted(bytes) ? Of("iso-2022-jp").GetString(bytes)
                : IsUtf7(label) ? Utf7(Encoding.ASCII.GetString(bytes))
                : (Named(label) ?? Encoding.ASCII).GetString(bytes);
        var named = label is null || tellNothing.Contains(label) ? null : Named(label);
        var asUtf8 = Strict(utf8, bytes);
        // A valid sequence of three octets is no accident; one of two may be a sign of EUC-JP.
        if (asUtf8 is not null && (named is null || asUtf8.AsSpan().IndexOfAnyInRange('\u0800', '\uFFFF') >= 0)) return asUtf8;
        if (named is not null && Strict(named, bytes) is { } text && !IsNonsense(text)) return text;
        if ((asUtf8 ?? Japanese(bytes)?.Text) is { } other) return other;
        // A few broken octets in what is labelled well; else the label is wrong.
        if (named?.GetString(bytes) is { } most && most.Count(c => c == '\uFFFD') * 20 < most.Length) return most;
        return Of("windows-1252").GetString(bytes);
    }

    /// <summary>Words of a header, with encoded words (RFC 2047) read: neighbours of one charset are joined as octets first.</summary>
    /// <param name="raw">The value as it stands in the message; folded lines are joined.</param>
    public static string Header(ReadOnlySpan<byte> raw)
    {
        var line = Unfolded(raw);
        if (line.IndexOfAnyInRange((byte)0x80, (byte)0xFF) >= 0 || IsShifted(line)) return Clean(Decode(line, null));
        var text = Encoding.ASCII.GetString(line);
        var read = new StringBuilder(text.Length);
        var (end, pending, charset) = (0, new MemoryStream(), (string?)null);
        foreach (Match word in EncodedWord().Matches(text))
        {
            var between = text.AsSpan(end, word.Index - end);
            var label = word.Groups["charset"].Value;
            // White space between two encoded words is none.
            var joins = charset is not null && between.IsWhiteSpace();
            if (!joins || !label.Equals(charset, StringComparison.OrdinalIgnoreCase)) Flush();
            if (!joins) read.Append(between);
            charset = label;
            pending.Write(word.Groups["encoding"].ValueSpan is "b" or "B"
                ? Base64(word.Groups["text"].ValueSpan)
                : Quoted(word.Groups["text"].ValueSpan));
            end = word.Index + word.Length;
        }
        Flush();
        return Clean(read.Append(text.AsSpan(end)).ToString());

        void Flush()
        {
            if (pending.Length > 0) read.Append(Decode(pending.ToArray(), charset));
            pending.SetLength(0);
            charset = null;
        }
    }

    static string Clean(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    static byte[] Unfolded(ReadOnlySpan<byte> raw)
    {
        var line = new byte[raw.Length];
        var length = 0;
        foreach (var b in raw)
            if (b is not ((byte)'\r' or (byte)'\n')) line[length++] = b == '\t' ? (byte)' ' : b;
        return line[..length];
    }

    // Each piece may have its own padding, and some have lost it.
    static byte[] Base64(ReadOnlySpan<char> text)
    {
        var (bytes, bits, count) = (new List<byte>(text.Length), 0, 0);
        foreach (var c in text)
        {
            var value = c switch
            {
                >= 'A' and <= 'Z' => c - 'A',
                >= 'a' and <= 'z' => c - 'a' + 26,
                >= '0' and <= '9' => c - '0' + 52,
                '+' => 62,
                '/' => 63,
                _ => -1,
            };
            if (value < 0) continue;
            bits = (bits << 6 | value) & 0xFFFFFF;
            if ((count += 6) < 8) continue;
            count -= 8;
            bytes.Add((byte)(bits >> count));
        }
        return [.. bytes];
    }

    static byte[] Quoted(ReadOnlySpan<char> text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '=' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.Add(Convert.FromHexString(text.Slice(i + 1, 2))[0]);
                i += 2;
            }
            else bytes.Add(text[i] == '_' ? (byte)' ' : (byte)text[i]);
        return [.. bytes];
    }

    static bool IsShifted(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("\u001b$"u8) >= 0 || bytes.IndexOf("\u001b(J"u8) >= 0 || bytes.IndexOf("\u001b(I"u8) >= 0;

    /// <summary>Japanese without a label: only what has kana is believed, since Latin letters make pairs too.</summary>
    static (string Charset, string Text)? Japanese(ReadOnlySpan<byte> bytes)
    {
        var found = new List<(string Charset, string Text)>(2);
        foreach (var name in new[] { "euc-jp", "shift_jis" })
            if (Strict(Of(name), bytes) is { } text && !IsNonsense(text) && Kana(text) > 0) found.Add((name, text));
        return found.Count == 0 ? null : found.MaxBy(f => Kana(f.Text));
    }

    /// <summary>The charset of a file of which nothing says it; null for UTF-8.</summary>
    /// <param name="some">A part of it, with no sign cut in two.</param>
    public static string? CharsetOf(ReadOnlySpan<byte> some) =>
        some.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0 ? IsShifted(some) ? "iso-2022-jp" : null
        : Strict(utf8, some) is not null ? null
        : Japanese(some)?.Charset ?? "windows-1252";

    static int Kana(string text) => text.Count(c => c is >= '\u3041' and <= '\u30FE');

    // Half-width kana by the dozen, private use and controls are what a wrong table gives.
    static bool IsNonsense(string text) =>
        text.Count(c => c is >= '\uE000' and <= '\uF8FF' or >= '\u0080' and <= '\u009F' or '\uFFFD') is var odd && odd * 8 > text.Length
        || text.Count(c => c is >= '\uFF61' and <= '\uFF9F') * 2 > text.Length;

    static string? Strict(Encoding encoding, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return ReferenceEquals(encoding, utf8) ? utf8.GetString(bytes)
                : Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                    .GetString(bytes);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException) { return null; }
    }

    /// <summary>The encoding of that name, which the framework knows.</summary>
    internal static Encoding Of(string name) => CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);

    static Encoding? Named(string? label)
    {
        if (string.IsNullOrWhiteSpace(label)) return null;
        try { return Encoding.GetEncoding(label.Trim().Trim('"', '\'')); }
        // .NET knows UTF-7, and refuses it.
        catch (Exception error) when (error is ArgumentException or NotSupportedException) { return null; }
    }

    static bool IsUtf7(string? label) => label?.Contains("utf-7", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>RFC 2152. What comes out is text like any other: nothing here reads tags of it.</summary>
    static string Utf7(string text) => Shifted().Replace(text, m =>
    {
        var octets = Base64(m.Groups[1].ValueSpan);
        return m.Groups[1].Length == 0 ? "+" : Encoding.BigEndianUnicode.GetString(octets, 0, octets.Length & ~1);
    });

    [GeneratedRegex(@"\+([A-Za-z0-9+/]*)-?")]
    private static partial Regex Shifted();

    [GeneratedRegex(@"=\?(?<charset>[^?*\s]+)(?:\*[^?\s]*)?\?(?<encoding>[bBqQ])\?(?<text>[^?]*)\?=")]
    private static partial Regex EncodedWord();
}
