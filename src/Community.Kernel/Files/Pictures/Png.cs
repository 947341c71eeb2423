using System.Buffers.Binary;

namespace Community.Kernel;

/// <summary>PNG (W3C PNG, third edition), chunk by chunk: picture, palette, transparency, colour and animation stay; texts, times and EXIF go.</summary>
static class Png
{
    static readonly HashSet<string> kept = ["PLTE", "IDAT", "tRNS", "gAMA", "cHRM", "sRGB", "cICP", "acTL", "fcTL", "fdAT"];
    const int MostFrames = 500;

    public static Picture Cut(ReadOnlySpan<byte> source)
    {
        var result = new MemoryStream(source.Length);
        result.Write(source[..8]);
        int at = 8, width = 0, height = 0, frames = 0;
        var hasData = false;
        while (true)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(source[at..]);
            var type = System.Text.Encoding.ASCII.GetString(source.Slice(at + 4, 4));
            if (length > int.MaxValue) throw Picture.Broken();
            var whole = source.Slice(at, checked((int)length + 12));
            var data = whole.Slice(8, (int)length);
            at += whole.Length;
            if (width == 0)
            {
                if (type != "IHDR" || length != 13) throw Picture.Broken();
                var (w, h) = (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
                Picture.CheckSize(w, h);
                (width, height) = ((int)w, (int)h);
                result.Write(whole);
            }
            else if (type == "IEND") break;
            else if (type == "IDAT" || kept.Contains(type) || (type == "iCCP" && length <= Picture.LargestProfile))
            {
                if (type == "fcTL" && ++frames > MostFrames) throw Picture.Broken();
                hasData |= type == "IDAT";
                result.Write(whole);
            }
            else if (type == "eXIf" && !hasData && Exif.OrientationOf(data) is not 1 and var orientation) Write(result, "eXIf"u8, Exif.Of(orientation));
            // A critical chunk that we do not know: a decoder could not show the picture either.
            else if (char.IsUpper(type[0])) throw Picture.Broken();
        }
        if (!hasData) throw Picture.Broken();
        Write(result, "IEND"u8, []);
        return new Picture("image/png", "png", width, height, result.ToArray());
    }

    static void Write(MemoryStream result, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        result.Write(number);
        result.Write(type);
        result.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc([.. type, .. data]));
        result.Write(number);
    }

    /// <summary>CRC-32 of a chunk's type and data (PNG, annex D).</summary>
    internal static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFF;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }
}
