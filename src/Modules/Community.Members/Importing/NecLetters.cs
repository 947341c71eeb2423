using System.Text;

namespace Community.Members;

/// <summary>
/// Letters of Shift_JIS that some programs write at the places that NEC gave them (ED40 to EEFC, as 髙 and 﨑) instead of IBM's (FA40 to
/// FC4B): Windows reads both as the same letters, .NET's code page 932 only IBM's. Source: the WHATWG Encoding Standard, index jis0208.
/// Whatever else cannot be read becomes U+FFFD.
/// </summary>
sealed class NecLetters : DecoderFallback
{
    public override int MaxCharCount => 1;

    public override DecoderFallbackBuffer CreateFallbackBuffer() => new Buffer();

    internal static char Read(ReadOnlySpan<byte> bytes)
    {
        // A lead byte has 188 places, from 40 to FC without 7F.
        if (bytes is not [var lead and (0xED or 0xEE), var trail and >= 0x40 and <= 0xFC and not 0x7F]) return '\uFFFD';
        var place = ((lead - 0xED) * 188) + trail - (trail < 0x7F ? 0x40 : 0x41);
        // The ideographs stand in the same order, behind 28 signs of IBM's. Then small numerals and four signs, with gaps.
        if (place < 360) return OfIbm(place + 28);
        return bytes[1] switch
        {
            >= 0xEF and <= 0xF8 => OfIbm(trail - 0xEF),
            0xF9 => '￢',
            0xFA => '￤',
            0xFB => '＇',
            0xFC => '＂',
            _ => '\uFFFD',
        };
    }

    static char OfIbm(int place)
    {
        var (lead, trail) = (0xFA + (place / 188), place % 188);
        return Encoding.GetEncoding(932).GetString([(byte)lead, (byte)(trail + (trail < 63 ? 0x40 : 0x41))])[0];
    }

    sealed class Buffer : DecoderFallbackBuffer
    {
        char letter;
        bool isLeft;

        public override int Remaining => isLeft ? 1 : 0;

        public override bool Fallback(byte[] bytesUnknown, int index)
        {
            (letter, isLeft) = (Read(bytesUnknown), true);
            return true;
        }

        public override char GetNextChar()
        {
            if (!isLeft) return '\0';
            isLeft = false;
            return letter;
        }

        // The letter was not taken, and comes again.
        public override bool MovePrevious() => !isLeft && letter != '\0' && (isLeft = true);

        public override void Reset() => (letter, isLeft) = ('\0', false);
    }
}
