using System.Buffers.Binary;

namespace Community.Kernel;

/// <summary>WebP (RFC 9649), chunk by chunk: picture, transparency, animation and a small colour profile stay; EXIF and XMP go.</summary>
static class WebP
{
    const byte HasProfile = 0x20, HasExif = 0x08, HasXmp = 0x04;
    const long MostFramePixels = 10 * Picture.MostPixels;

    public static Picture Cut(ReadOnlySpan<byte> source)
    {
        var declared = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        if (declared > source.Length - 8) throw Picture.Broken();
        var rest = source.Slice(12, (int)declared - 4);
        var chunks = new MemoryStream(source.Length);
        var (width, height, pixels) = (0, 0, 0L);
        byte[]? header = null;
        while (rest.Length >= 8)
        {
            var (name, data) = Next(ref rest);
            switch (name)
            {
                case "VP8X" when header is null && width == 0:
                    header = data[..10].ToArray();
                    header[0] &= unchecked((byte)~(HasProfile | HasExif | HasXmp));
                    (width, height) = (Int24(data[4..]) + 1, Int24(data[7..]) + 1);
                    Picture.CheckSize(width, height);
                    break;
                case "VP8 " or "VP8L":
                    var (w, h) = name == "VP8 " ? Lossy(data) : Lossless(data);
                    Picture.CheckSize(w, h);
                    if (pixels > 0 || (header is not null && (w, h) != (width, height))) throw Picture.Broken();
                    (width, height, pixels) = (w, h, (long)w * h);
                    Write(chunks, name, data);
                    // The simple form has this one chunk.
                    if (header is null) rest = [];
                    break;
                case "ALPH" or "ANIM" when header is not null:
                    Write(chunks, name, data);
                    break;
                case "ANMF" when header is not null:
                    if ((pixels += Frame(chunks, data, width, height)) > MostFramePixels) throw Picture.Broken();
                    break;
                case "ICCP" when header is not null && data.Length <= Picture.LargestProfile:
                    header[0] |= HasProfile;
                    Write(chunks, name, data);
                    break;
                case "EXIF" when header is not null && Exif.OrientationOf(data.StartsWith("Exif\0\0"u8) ? data[6..] : data) is not 1 and var orientation:
                    header[0] |= HasExif;
                    Write(chunks, name, Exif.Of(orientation));
                    break;
                default:
                    if (header is null) throw Picture.Broken();
                    break;
            }
        }
        if (pixels == 0) throw Picture.Broken();
        var body = new MemoryStream();
        if (header is not null) Write(body, "VP8X", header);
        chunks.WriteTo(body);
        var result = new byte[12 + body.Length];
        "RIFF"u8.CopyTo(result);
        BinaryPrimitives.WriteUInt32LittleEndian(result.AsSpan(4), (uint)(4 + body.Length));
        "WEBP"u8.CopyTo(result.AsSpan(8));
        body.ToArray().CopyTo(result, 12);
        return new Picture("image/webp", "webp", width, height, result);
    }

    /// <summary>A frame of an animation: its place and time, then chunks of its own.</summary>
    static long Frame(MemoryStream chunks, ReadOnlySpan<byte> data, int width, int height)
    {
        int x = Int24(data) * 2, y = Int24(data[3..]) * 2, w = Int24(data[6..]) + 1, h = Int24(data[9..]) + 1;
        if (x + w > width || y + h > height) throw Picture.Broken();
        var frame = new MemoryStream();
        frame.Write(data[..16]);
        var rest = data[16..];
        var found = false;
        while (rest.Length >= 8)
        {
            var (name, part) = Next(ref rest);
            if (name is "VP8 " or "VP8L")
            {
                if (found || (name == "VP8 " ? Lossy(part) : Lossless(part)) != (w, h)) throw Picture.Broken();
                found = true;
            }
            if (name is "ALPH" or "VP8 " or "VP8L") Write(frame, name, part);
        }
        if (!found) throw Picture.Broken();
        Write(chunks, "ANMF", frame.ToArray());
        return (long)w * h;
    }

    static Chunk Next(ref ReadOnlySpan<byte> rest)
    {
        var length = checked((int)BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]));
        var chunk = new Chunk(System.Text.Encoding.ASCII.GetString(rest[..4]), rest.Slice(8, length));
        // Padded to an even length; the last one of some writers is not.
        rest = rest[Math.Min(rest.Length, 8 + length + (length & 1))..];
        return chunk;
    }

    readonly ref struct Chunk(string name, ReadOnlySpan<byte> data)
    {
        readonly ReadOnlySpan<byte> data = data;
        public void Deconstruct(out string n, out ReadOnlySpan<byte> d)
        {
            n = name;
            d = data;
        }
    }

    static (int Width, int Height) Lossy(ReadOnlySpan<byte> data) => !data[3..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]) ? throw Picture.Broken()
        : (BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF);

    static (int Width, int Height) Lossless(ReadOnlySpan<byte> data)
    {
        if (data[0] != 0x2F) throw Picture.Broken();
        var bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
        return ((int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1);
    }

    static int Int24(ReadOnlySpan<byte> b) => b[0] | (b[1] << 8) | (b[2] << 16);

    static void Write(MemoryStream result, string name, ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[8];
        System.Text.Encoding.ASCII.GetBytes(name, head);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], data.Length);
        result.Write(head);
        result.Write(data);
        if ((data.Length & 1) == 1) result.WriteByte(0);
    }
}
