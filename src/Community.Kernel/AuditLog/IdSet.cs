using System.IO.Compression;

namespace Community.Kernel;

/// <summary>
/// A set of ids in few bytes: sorted, as runs (distance from the last one, length) in variable-length numbers (LEB128), then deflated.
/// 500,000 ids in a row take some bytes, half of a million at random about 150 KB.
/// </summary>
public static class IdSet
{
    public static byte[] Write(IEnumerable<long> ids)
    {
        using var bytes = new MemoryStream();
        using (var packed = new DeflateStream(bytes, CompressionLevel.Optimal))
        using (var buffered = new BufferedStream(packed, 64 * 1024))
        {
            var (start, end, last) = (0L, 0L, 0L);
            foreach (var id in ids.Distinct().Order())
            {
                if (id == end && end > start) { end++; continue; }
                Run();
                (start, end) = (id, id + 1);
            }
            Run();

            void Run()
            {
                if (end == start) return;
                Number(buffered, start - last);
                Number(buffered, end - start);
                last = end;
            }
        }
        return bytes.ToArray();
    }

    public static List<long> Read(byte[] set)
    {
        using var bytes = new BufferedStream(new DeflateStream(new MemoryStream(set), CompressionMode.Decompress), 64 * 1024);
        var (ids, last) = (new List<long>(), 0L);
        while (Number(bytes) is { } distance)
        {
            var length = Number(bytes) ?? throw new InvalidDataException("A run has no length.");
            for (var id = last + distance; length > 0; id++, length--) ids.Add(id);
            last = ids[^1] + 1;
        }
        return ids;
    }

    static void Number(Stream to, long value)
    {
        for (; value > 127; value >>= 7) to.WriteByte((byte)(value | 128));
        to.WriteByte((byte)value);
    }

    static long? Number(Stream from)
    {
        var (value, shift) = (0L, 0);
        for (int read; (read = from.ReadByte()) >= 0; shift += 7)
        {
            value |= (long)(read & 127) << shift;
            if (read < 128) return value;
        }
        return shift == 0 ? null : throw new InvalidDataException("A number is cut off.");
    }
}
