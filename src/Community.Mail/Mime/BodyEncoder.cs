using System.Text;

namespace Community.Mail.Mime;

/// <summary>Puts content into 7 bits: as it is when clean, else quoted-printable or base64, whichever is shorter.</summary>
internal static class BodyEncoder
{
    private const int MaxLineLength = 76;

    public static (string Name, string Body) Encode(ReadOnlySpan<byte> content, ContentEncoding wish, bool isText)
    {
        // Quoted-printable costs 9 octets for one kanji, base64 4.
        if (wish == ContentEncoding.Base64 || (!isText && wish != ContentEncoding.QuotedPrintable)) return ("base64", Base64(content));
        if (wish != ContentEncoding.QuotedPrintable && IsClean(content)) return ("7bit", Encoding.ASCII.GetString(content));
        var quoted = QuotedPrintable.Encode(content);
        if (wish == ContentEncoding.QuotedPrintable || quoted.Length <= content.Length / 3 * 4 + content.Length / 57 * 2 + 4)
            return ("quoted-printable", quoted);
        return ("base64", Base64(content));
    }

    private static string Base64(ReadOnlySpan<byte> content)
    {
        var text = Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks);
        return text.Length == 0 ? text : text + "\r\n";
    }

    private static bool IsClean(ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            var end = content.IndexOf("\r\n"u8);
            var line = end < 0 ? content : content[..end];
            if (
                line.Length > MaxLineLength
                || line.ContainsAnyExceptInRange((byte)' ', (byte)'~')
                || line.StartsWith("."u8)
                || line.StartsWith("From "u8)
                || line.EndsWith(" "u8)
            )
                return false;
            content = end < 0 ? default : content[(end + 2)..];
        }
        return true;
    }
}
