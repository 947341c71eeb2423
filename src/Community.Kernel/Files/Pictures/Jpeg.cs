using System.Buffers.Binary;

namespace Community.Kernel;

/// <summary>
/// JPEG (ITU T.81, Annex B), segment by segment: what the picture needs is copied, the rest (APPn, COM) left out, and nothing after its end.
/// </summary>
static class Jpeg
{
    /// <summary>A progressive picture has about ten scans; hundreds are made to keep a decoder busy.</summary>
    const int MostScans = 64;

    public static Picture Cut(ReadOnlySpan<byte> source)
    {
        var result = new MemoryStream(source.Length);
        result.Write([0xFF, 0xD8]);
        int at = 2, width = 0, height = 0, scans = 0, orientation = 1;
        while (true)
        {
            if (source[at] != 0xFF) throw Picture.Broken();
            while (source[at] == 0xFF) at++;
            var marker = source[at++];
            if (marker == 0xD9) break;
            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8)) throw Picture.Broken();
            int length = BinaryPrimitives.ReadUInt16BigEndian(source[at..]);
            if (length < 2) throw Picture.Broken();
            var data = source.Slice(at + 2, length - 2);
            at += length;
            switch (marker)
            {
                case 0xE0 when data.StartsWith("JFIF\0"u8) && data.Length >= 14:
                    // Without the thumbnail.
                    Write(result, marker, [.. data[..12], 0, 0]);
                    break;
                case 0xE1 when data.StartsWith("Exif\0\0"u8) && orientation == 1:
                    orientation = Exif.OrientationOf(data[6..]);
                    if (orientation != 1) Write(result, marker, [.. "Exif\0\0"u8, .. Exif.Of(orientation)]);
                    break;
                case 0xE2 when data.StartsWith("ICC_PROFILE\0\u0001\u0001"u8) && data.Length <= Picture.LargestProfile:
                case 0xDB or 0xC4 or 0xCC or 0xDD:
                    Write(result, marker, data);
                    break;
                case 0xEE when data.StartsWith("Adobe"u8) && data.Length >= 12:
                    // How its colours are coded.
                    Write(result, marker, data[..12]);
                    break;
                case >= 0xC0 and <= 0xCF when marker is not 0xC8:
                    if (width > 0) throw Picture.Broken();
                    (height, width) = (BinaryPrimitives.ReadUInt16BigEndian(data[1..]), BinaryPrimitives.ReadUInt16BigEndian(data[3..]));
                    Picture.CheckSize(width, height);
                    Write(result, marker, data);
                    break;
                case 0xDA:
                    if (width == 0 || ++scans > MostScans) throw Picture.Broken();
                    Write(result, marker, data);
                    var end = EndOfScan(source, at);
                    result.Write(source[at..end]);
                    at = end;
                    break;
            }
        }
        if (scans == 0) throw Picture.Broken();
        result.Write([0xFF, 0xD9]);
        return new Picture("image/jpeg", "jpg", width, height, result.ToArray());
    }

    /// <summary>Coded data goes on until a marker that is neither a stuffed byte nor a restart.</summary>
    static int EndOfScan(ReadOnlySpan<byte> source, int at)
    {
        while (true)
        {
            var next = source[at..].IndexOf((byte)0xFF);
            if (next < 0) throw Picture.Broken();
            at += next;
            if (source[at + 1] is not (0x00 or (>= 0xD0 and <= 0xD7))) return at;
            at += 2;
        }
    }

    static void Write(MemoryStream result, byte marker, ReadOnlySpan<byte> data)
    {
        Span<byte> head = [0xFF, marker, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)(data.Length + 2));
        result.Write(head);
        result.Write(data);
    }
}
