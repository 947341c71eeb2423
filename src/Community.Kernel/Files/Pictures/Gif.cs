using System.Buffers.Binary;

namespace Community.Kernel;

/// <summary>GIF (GIF89a), block by block: frames, their timing and the loop stay; comments, texts and what other programs left go.</summary>
static class Gif
{
    /// <summary>All frames together: a small file can unfold into hours of drawing.</summary>
    const long MostFramePixels = 10 * Picture.MostPixels;

    public static Picture Cut(ReadOnlySpan<byte> source)
    {
        var result = new MemoryStream(source.Length);
        int width = BinaryPrimitives.ReadUInt16LittleEndian(source[6..]), height = BinaryPrimitives.ReadUInt16LittleEndian(source[8..]);
        Picture.CheckSize(width, height);
        var at = 13 + TableSize(source[10]);
        result.Write(source[..at]);
        var pixels = 0L;
        while (source[at] != 0x3B)
        {
            var from = at;
            if (source[at] == 0x2C)
            {
                var frame = source.Slice(at + 1, 9);
                int left = BinaryPrimitives.ReadUInt16LittleEndian(frame), top = BinaryPrimitives.ReadUInt16LittleEndian(frame[2..]);
                int w = BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]), h = BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]);
                if (w == 0 || h == 0 || left + w > width || top + h > height || (pixels += (long)w * h) > MostFramePixels) throw Picture.Broken();
                // The frame's own colours, then one byte: how its data begin.
                at = EndOfBlocks(source, at + 10 + TableSize(frame[8]) + 1);
                result.Write(source[from..at]);
            }
            else if (source[at] == 0x21)
            {
                var label = source[at + 1];
                at = EndOfBlocks(source, at + 2);
                if (label == 0xF9 || (label == 0xFF && IsLoop(source[from..at]))) result.Write(source[from..at]);
            }
            else throw Picture.Broken();
        }
        if (pixels == 0) throw Picture.Broken();
        result.WriteByte(0x3B);
        return new Picture("image/gif", "gif", width, height, result.ToArray());
    }

    static int TableSize(byte flags) => (flags & 0x80) == 0 ? 0 : 3 * (2 << (flags & 7));

    static int EndOfBlocks(ReadOnlySpan<byte> source, int at)
    {
        while (source[at] != 0) at += source[at] + 1;
        return at + 1;
    }

    static bool IsLoop(ReadOnlySpan<byte> block) => block.Length == 19 && (block[3..].StartsWith("NETSCAPE2.0"u8) || block[3..].StartsWith("ANIMEXTS1.0"u8));
}
