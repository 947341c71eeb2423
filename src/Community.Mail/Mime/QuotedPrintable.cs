using System.Text;

namespace Community.Mail.Mime;

/// <summary>Quoted-printable (RFC 2045 §6.7), strict in writing, tolerant in reading.</summary>
internal static class QuotedPrintable
{
    private const int Width = 76;

    /// <summary>
    /// Lines end with CRLF; a lone CR or LF, a blank at the end of a line, and a dot or "From " at the start of one are encoded.
    /// </summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length + bytes.Length / 8);
        var column = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '\r' && i + 1 < bytes.Length && bytes[i + 1] == '\n')
            {
                text.Append("\r\n");
                column = 0;
                i++;
                continue;
            }
            var last = i + 1 == bytes.Length || (bytes[i + 1] == '\r' && i + 2 < bytes.Length && bytes[i + 2] == '\n');
            var plain = IsPlain(bytes, i, column, last);
            // Room for the "=" of a soft break, unless this is the last of its line.
            if (column + (plain ? 1 : 3) > (last ? Width : Width - 1))
            {
                text.Append("=\r\n");
                column = 0;
                plain = IsPlain(bytes, i, column, last);
            }
            if (plain) text.Append((char)bytes[i]);
            else text.Append('=').Append(bytes[i].ToString("X2"));
            column += plain ? 1 : 3;
        }
        return text.ToString();
    }

    private static bool IsPlain(ReadOnlySpan<byte> bytes, int i, int column, bool last) => bytes[i] switch
    {
        (byte)' ' or (byte)'\t' => !last,
        (byte)'=' => false,
        (byte)'.' => column > 0,
        (byte)'F' => column > 0 || !bytes[i..].StartsWith("From "u8),
        > 32 and < 127 => true,
        _ => false,
    };

    public static byte[] Decode(ReadOnlySpan<byte> text, bool keepTrailingBlanks = false)
    {
        var result = new byte[text.Length];
        int length = 0, blanks = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '=')
            {
                var next = i + 1;
                if (next + 1 < text.Length && Hex(text[next]) is var high and >= 0 && Hex(text[next + 1]) is var low and >= 0)
                {
                    (result[length++], blanks) = ((byte)(high << 4 | low), 0);
                    i += 2;
                    continue;
                }
                while (next < text.Length && text[next] is (byte)' ' or (byte)'\t') next++;
                if (next >= text.Length) break;
                if (text[next] is (byte)'\r' or (byte)'\n')
                {
                    i = text[next] == '\r' && next + 1 < text.Length && text[next + 1] == '\n' ? next + 1 : next;
                    blanks = 0;
                    continue;
                }
            }
            if (c is (byte)'\r' or (byte)'\n' && !keepTrailingBlanks) (length, blanks) = (length - blanks, 0);
            blanks = c is (byte)' ' or (byte)'\t' ? blanks + 1 : 0;
            result[length++] = c;
        }
        return result[..(keepTrailingBlanks ? length : length - blanks)];
    }

    private static int Hex(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
        _ => -1,
    };
}
