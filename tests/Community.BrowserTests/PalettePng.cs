using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Community.BrowserTests;

/// <summary>
/// A screenshot with at most 256 colours, a third of its size: the most frequent ones, and for each other the nearest of those.
/// Reads what Chromium writes, PNG of 8 bits a channel without interlace (W3C PNG §9 for the filters, §11 for the chunks).
/// </summary>
static class PalettePng
{
    static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    public static byte[] Of(byte[] png)
    {
        var (width, height, pixels) = Read(png);
        var colours = pixels.CountBy(c => c).OrderByDescending(c => c.Value).ThenBy(c => c.Key).Select(c => c.Key).ToList();
        var palette = colours.Take(256).ToArray();
        var index = colours.ToDictionary(c => c, c => (byte)Nearest(palette, c));
        var rows = new byte[(width + 1) * height];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = index[pixels[y * width + x]];
        using var file = new MemoryStream();
        file.Write(Signature);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        (head[8], head[9]) = (8, 3);
        Chunk(file, "IHDR", head);
        Chunk(file, "PLTE", [.. palette.SelectMany(c => new[] { (byte)(c >> 16), (byte)(c >> 8), (byte)c })]);
        Chunk(file, "IDAT", Deflated(rows));
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    static int Nearest(int[] palette, int colour)
    {
        var exact = Array.IndexOf(palette, colour);
        return exact >= 0
            ? exact
            : Enumerable
                .Range(0, palette.Length)
                .MinBy(i => Square(palette[i] >> 16, colour >> 16) + Square(palette[i] >> 8, colour >> 8) + Square(palette[i], colour));

        static int Square(int a, int b) => ((a & 255) - (b & 255)) * ((a & 255) - (b & 255));
    }

    static (int Width, int Height, int[] Pixels) Read(byte[] png)
    {
        var (width, height, channels) = (
            BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)),
            BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)),
            png[25] == 6 ? 4 : 3
        );
        using var packed = new MemoryStream();
        for (var at = Signature.Length; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            if (Encoding.ASCII.GetString(png, at + 4, 4) == "IDAT") packed.Write(png, at + 8, length);
            at += length + 12;
        }
        packed.Position = 0;
        using var rows = new ZLibStream(packed, CompressionMode.Decompress);
        var stride = width * channels;
        var (before, row) = (new byte[stride], new byte[stride]);
        var pixels = new int[width * height];
        for (var y = 0; y < height; y++)
        {
            var filter = rows.ReadByte();
            rows.ReadExactly(row);
            for (var i = 0; i < stride; i++)
            {
                var (left, up, corner) = (i < channels ? 0 : row[i - channels], before[i], i < channels ? 0 : before[i - channels]);
                row[i] += (byte)(filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
            }
            for (var x = 0; x < width; x++)
                pixels[y * width + x] = row[x * channels] << 16 | row[x * channels + 1] << 8 | row[x * channels + 2];
            (before, row) = (row, before);
        }
        return (width, height, pixels);
    }

    static int Paeth(int left, int up, int corner)
    {
        var (toLeft, toUp, toCorner) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - 2 * corner));
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    static byte[] Deflated(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize)) zlib.Write(bytes);
        return packed.ToArray();
    }

    static void Chunk(Stream file, string kind, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        var body = Encoding.ASCII.GetBytes(kind).Concat(content).ToArray();
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
