using System.Buffers.Binary;

namespace Community.Kernel;

/// <summary>The one thing of a picture's EXIF data that changes how it looks: which way up it is (TIFF tag 0x0112, 1 to 8).</summary>
static class Exif
{
    const ushort Tag = 0x0112;

    /// <summary>The orientation in a TIFF block; 1 (upright) where it has none or cannot be read.</summary>
    public static int OrientationOf(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 14) return 1;
        var little = tiff[0] == 'I';
        ushort Short(ReadOnlySpan<byte> b, int at) => little ? BinaryPrimitives.ReadUInt16LittleEndian(b[at..]) : BinaryPrimitives.ReadUInt16BigEndian(b[at..]);
        var first = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (first > tiff.Length - 2) return 1;
        int at = (int)first, count = Short(tiff, at);
        for (var i = 0; i < count && at + 2 + 12 * (i + 1) <= tiff.Length; i++)
        {
            var entry = tiff.Slice(at + 2 + 12 * i, 12);
            if (Short(entry, 0) == Tag && Short(entry, 8) is >= 1 and <= 8 and var orientation) return orientation;
        }
        return 1;
    }

    /// <summary>A TIFF block that says the orientation and nothing else.</summary>
    public static byte[] Of(int orientation) =>
    [
        (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1,
        Tag >> 8, Tag & 0xFF, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
    ];
}
