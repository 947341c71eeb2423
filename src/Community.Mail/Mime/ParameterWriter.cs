using System.Text;

namespace Community.Mail.Mime;

/// <summary>Writes a parameter: token, quoted string, or RFC 2231 with continuations.</summary>
internal static class ParameterWriter
{
    private const int MaxPlainLength = 50, MaxPieceLength = 50;

    public static IEnumerable<string> Write(string name, string value)
    {
        if (Ascii.IsValid(value) && value.Length <= MaxPlainLength)
        {
            yield return value.Length > 0 && value.All(ContentType.IsToken) ? $"{name}={value}" : $"{name}={Phrase.Quote(value)}";
            yield break;
        }
        var pieces = Pieces(value).ToList();
        for (var i = 0; i < pieces.Count; i++)
            yield return pieces.Count == 1 ? $"{name}*={pieces[0]}" : $"{name}*{i}*={pieces[i]}";
    }

    private static IEnumerable<string> Pieces(string value)
    {
        var piece = new StringBuilder("UTF-8''");
        foreach (var rune in value.EnumerateRunes())
        {
            var encoded = string.Concat(EncodedWord.Utf8.GetBytes(rune.ToString()).Select(b =>
                char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' ? ((char)b).ToString() : $"%{b:X2}"));
            if (piece.Length + encoded.Length > MaxPieceLength)
            {
                yield return piece.ToString();
                piece.Clear();
            }
            piece.Append(encoded);
        }
        yield return piece.ToString();
    }

    /// <summary>For readers older than RFC 2231: the same shape, what they cannot show as underscores; the ending stays.</summary>
    public static string Fallback(string value)
    {
        var ascii = string.Concat(
            value.EnumerateRunes().Select(r => r.IsAscii && r.Value is not ('"' or '\\' or '%') ? (char)r.Value : '_')
        );
        return ascii.Length <= MaxPlainLength ? ascii : ascii[..(MaxPlainLength - 8)] + ascii[^8..];
    }
}
