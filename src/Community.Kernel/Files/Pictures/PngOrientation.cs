using System.Buffers.Binary;
using SkiaSharp;

namespace Community.Kernel;

/// <summary>The orientation of a PNG (W3C PNG, third edition, eXIf): the library reads only that of JPEG and WebP.</summary>
static class PngOrientation
{
    const ushort Tag = 0x0112;

    /// <summary>Upright if it is not specified or not readable.</summary>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> png)
    {
        for (var at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            var type = png.Slice(at + 4, 4);
            if (length > png.Length - at - 12 || type.SequenceEqual("IDAT"u8)) break;
            if (type.SequenceEqual("eXIf"u8)) return (SKEncodedOrigin)InTiff(png.Slice(at + 8, (int)length));
            at += 12 + (int)length;
        }
        return SKEncodedOrigin.TopLeft;
    }

    static int InTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 14) return 1;
        var little = tiff[0] == 'I';
        var first = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (first > tiff.Length - 2) return 1;
        for (int i = 0, at = (int)first + 2, count = Short(tiff[(int)first..]); i < count && at + 12 <= tiff.Length; i++, at += 12)
            if (Short(tiff[at..]) == Tag && Short(tiff[(at + 8)..]) is >= 1 and <= 8 and var orientation) return orientation;
        return 1;

        int Short(ReadOnlySpan<byte> b) => little ? BinaryPrimitives.ReadUInt16LittleEndian(b) : BinaryPrimitives.ReadUInt16BigEndian(b);
    }
}
