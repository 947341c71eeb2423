using System.Text;
using System.Text.RegularExpressions;

namespace Community.Mail.Mime;

/// <summary>Decodes RFC 2047 in a header that was read; what is no encoded-word stays as it is.</summary>
internal static partial class EncodedWordReader
{
    [GeneratedRegex(
        @"=\?(?<charset>[^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?(?<kind>[bBqQ])\?(?<text>[^?\r\n]*)\?=",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Word();

    [GeneratedRegex(@"\G=\?[^?\s]{1,60}\?[bBqQ]\?[^?\r\n]*\?=", RegexOptions.CultureInvariant)]
    private static partial Regex WordHere();

    /// <summary>The length of the encoded-word that starts there, or 0.</summary>
    public static int LengthAt(string text, int index) => WordHere().Match(text, index) is { Success: true } word ? word.Length : 0;

    public static string Decode(string text)
    {
        if (!text.Contains("=?", StringComparison.Ordinal)) return text;
        var result = new StringBuilder();
        var run = new MemoryStream();
        string? charset = null;
        var end = 0;
        foreach (Match word in Word().Matches(text))
        {
            var between = text.AsSpan(end, word.Index - end);
            var adjacent = charset is not null && between.Trim().IsEmpty;
            // Mailers cut characters in two at the end of a word; words of one charset are joined before decoding.
            if (!adjacent || !charset!.Equals(word.Groups["charset"].Value, StringComparison.OrdinalIgnoreCase)) Flush();
            if (!adjacent) result.Append(between);
            charset = word.Groups["charset"].Value;
            run.Write(Bytes(word.Groups["kind"].Value, word.Groups["text"].Value));
            end = word.Index + word.Length;
        }
        Flush();
        return result.Append(text, end, text.Length - end).ToString();

        void Flush()
        {
            if (charset is not null) result.Append(Charsets.Decode(run.ToArray(), charset));
            run.SetLength(0);
        }
    }

    private static byte[] Bytes(string kind, string text)
    {
        var latin = Encoding.Latin1.GetBytes(text);
        if (kind is "B" or "b") return Base64Reader.Decode(latin);
        for (var i = 0; i < latin.Length; i++) if (latin[i] == '_') latin[i] = (byte)' ';
        return QuotedPrintable.Decode(latin, keepTrailingBlanks: true);
    }
}
