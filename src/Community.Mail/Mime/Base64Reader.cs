namespace Community.Mail.Mime;

/// <summary>Base64 as it comes: foreign characters are skipped, padding in the middle joins pieces (RFC 2045 §6.8).</summary>
internal static class Base64Reader
{
    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        var result = new byte[text.Length / 4 * 3 + 3];
        int length = 0, bits = 0, held = 0;
        foreach (var c in text)
        {
            var value = Value(c);
            if (c == '=') (bits, held) = (0, 0);
            if (value < 0) continue;
            bits = (bits << 6) | value;
            held += 6;
            if (held < 8) continue;
            held -= 8;
            result[length++] = (byte)(bits >> held);
            bits &= (1 << held) - 1;
        }
        return result[..length];
    }

    private static int Value(byte c) => c switch
    {
        >= (byte)'A' and <= (byte)'Z' => c - 'A',
        >= (byte)'a' and <= (byte)'z' => c - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => c - '0' + 52,
        (byte)'+' or (byte)'-' => 62,
        (byte)'/' or (byte)'_' => 63,
        _ => -1,
    };
}
