using System.Text;

namespace Community.Mail.Mime;

/// <summary>One encoded-word in UTF-8 (RFC 2047 §2).</summary>
internal static class EncodedWord
{
    public const int MaxLength = 75;
    private const int Overhead = 12; // "=?utf-8?B?" and "?="

    /// <summary>Refuses lone surrogates; the framework's own UTF-8 would write U+FFFD without a word.</summary>
    public static readonly UTF8Encoding Utf8 = new(false, true);

    /// <summary>Q can be read by eye, so it is taken while it costs at most half as much again; kanji cost 9 against 4.</summary>
    public static bool PrefersQ(string text) => QLength(text) * 2 <= (Length(text, false) - Overhead) * 3;

    public static int Length(string text, bool q) => Overhead + (q ? QLength(text) : (Utf8.GetByteCount(text) + 2) / 3 * 4);

    public static string Encode(string text, bool q)
    {
        var bytes = Utf8.GetBytes(text);
        if (!q) return $"=?utf-8?B?{Convert.ToBase64String(bytes)}?=";
        var word = new StringBuilder("=?utf-8?Q?");
        foreach (var b in bytes)
        {
            if (b == ' ') word.Append('_');
            else if (IsPlain(b)) word.Append((char)b);
            else word.Append('=').Append(b.ToString("X2"));
        }
        return word.Append("?=").ToString();
    }

    private static int QLength(string text)
    {
        var length = 0;
        foreach (var b in Utf8.GetBytes(text)) length += b == ' ' || IsPlain(b) ? 1 : 3;
        return length;
    }

    // The set of RFC 2047 §5 (3): safe in a phrase, and so everywhere.
    private static bool IsPlain(byte b) =>
        char.IsAsciiLetterOrDigit((char)b) || b is (byte)'!' or (byte)'*' or (byte)'+' or (byte)'-' or (byte)'/';
}
