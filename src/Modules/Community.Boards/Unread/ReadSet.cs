using System.Numerics;

namespace Community.Boards;

/// <summary>
/// A set of post numbers (1, 2, …) that a member has read in a topic, as in Usenet's .newsrc. Stored as <see cref="Upto"/> and the
/// numbers above it, as runs or as a bitmap, whichever is smaller. In memory it is always a bitmap, so that a page of a topic of 100,000
/// posts copies one bit per post and tests only a few.
/// </summary>
public sealed class ReadSet
{
    const byte AsRuns = 1, AsBitmap = 2;

    /// <summary>The numbers 1 to this are in the set and have no bits.</summary>
    int start;
    /// <summary>Bit i stands for the number start + 1 + i.</summary>
    byte[] bits = [];
    /// <summary>
    /// Where the bits begin: behind the first octet while they are those of the database, which a page reads as they are. They are copied
    /// when something is added or taken away.
    /// </summary>
    int at;

    int Size => bits.Length - at;

    void Own()
    {
        if (at == 0) return;
        (bits, at) = (bits[at..], 0);
    }

    /// <summary>How many numbers are in it.</summary>
    public int Count { get; private set; }

    /// <summary>How many of the numbers 1 to <paramref name="number"/> are in it.</summary>
    public int CountUpto(int number)
    {
        if (number <= start) return Math.Max(0, number);
        var count = Count;
        for (var bit = number - start; bit < Size * 8; bit++)
            if (IsSet(bit)) count--;
        return count;
    }

    /// <summary>All numbers from 1 to this are in the set; 0 if 1 is not.</summary>
    public int Upto => FirstMissing - 1;

    /// <summary>The least number that is not in it.</summary>
    public int FirstMissing
    {
        get
        {
            var full = bits.AsSpan(at).IndexOfAnyExcept((byte)0xFF);
            if (full < 0) full = Size;
            return start + 1 + full * 8 + (full < Size ? BitOperations.TrailingZeroCount(~(uint)bits[at + full]) : 0);
        }
    }

    public bool Contains(int number) => number >= 1 && (number <= start || IsSet(number - start - 1));

    bool IsSet(int bit) => bit / 8 < Size && (bits[at + bit / 8] & 1 << bit % 8) != 0;

    public void Add(int number) => Add(number, number);

    /// <summary>
    /// Adds the numbers from <paramref name="from"/> to <paramref name="to"/>; nothing if <paramref name="to"/> is smaller.
    /// </summary>
    public void Add(int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        if (to < from) return;
        if (bits.Length == 0 && from <= start + 1)
        {
            (Count, start) = (Math.Max(Count, to), Math.Max(start, to));
            return;
        }
        Own();
        Reserve(to);
        for (var bit = Math.Max(0, from - start - 1); bit <= to - start - 1;)
        {
            // Whole bytes at once.
            var (most, mask) = bit % 8 == 0 && bit + 7 <= to - start - 1 ? (8, 0xFF) : (1, 1 << bit % 8);
            Count += BitOperations.PopCount((uint)(mask & ~bits[bit / 8]));
            bits[bit / 8] |= (byte)mask;
            bit += most;
        }
    }

    void Reserve(int number)
    {
        var size = (number - start + 7) / 8;
        if (size > bits.Length) Array.Resize(ref bits, Math.Max(size, Math.Min(bits.Length * 2, size + 1024)));
    }

    public void Add(ReadSet other)
    {
        foreach (var (from, to) in other.Runs(0)) Add(from, to);
    }

    public void Remove(int number)
    {
        if (!Contains(number)) return;
        Own();
        if (number <= start)
        {
            // From this number on, store bits.
            var (was, set) = (start, bits);
            (start, bits) = (number - 1, []);
            Reserve(was + set.Length * 8);
            for (var n = number; n <= was + set.Length * 8; n++)
                if (n <= was || (set[(n - was - 1) / 8] & 1 << (n - was - 1) % 8) != 0)
                    bits[(n - start - 1) / 8] |= (byte)(1 << (n - start - 1) % 8);
        }
        bits[(number - start - 1) / 8] &= (byte)~(1 << (number - start - 1) % 8);
        Count--;
    }

    public IEnumerable<int> Numbers => Runs(0).SelectMany(r => Enumerable.Range(r.From, r.To - r.From + 1));

    /// <summary>The numbers above <paramref name="upto"/>, as runs in ascending order.</summary>
    IEnumerable<(int From, int To)> Runs(int upto)
    {
        var from = 0;
        if (start > upto) from = upto + 1;
        var end = start + Size * 8;
        for (var number = Math.Max(start, upto) + 1; number <= end; number++)
        {
            var bit = number - start - 1;
            // Skip whole bytes that change nothing.
            if (bit % 8 == 0 && bits[at + bit / 8] == (from > 0 ? 0xFF : 0)) { number += 7; continue; }
            if (IsSet(bit)) from = from > 0 ? from : number;
            else if (from > 0)
            {
                yield return (from, number - 1);
                from = 0;
            }
        }
        if (from > 0) yield return (from, Math.Max(end, from));
    }

    /// <summary>Encodes the numbers above <paramref name="upto"/>; null if there are none.</summary>
    public byte[]? ToBytes(int upto)
    {
        var above = Runs(upto).ToList();
        if (above.Count == 0) return null;
        var bitmapSize = 1 + (above[^1].To - upto + 7) / 8;
        var bytes = new List<byte> { AsRuns };
        var end = upto;
        foreach (var (from, to) in above)
        {
            Varint(bytes, from - end - 1);
            Varint(bytes, to - from);
            end = to;
            if (bytes.Count >= bitmapSize) return Bitmap(above, upto, bitmapSize);
        }
        return [.. bytes];
    }

    static byte[] Bitmap(List<(int From, int To)> runs, int upto, int size)
    {
        var bytes = new byte[size];
        bytes[0] = AsBitmap;
        foreach (var (from, to) in runs)
            for (var bit = from - upto - 1; bit < to - upto; bit++) bytes[1 + bit / 8] |= (byte)(1 << bit % 8);
        return bytes;
    }

    /// <summary>Decodes the set of 1 to <paramref name="upto"/> and the numbers above that <see cref="ToBytes"/> wrote.</summary>
    public static ReadSet From(int upto, byte[]? above)
    {
        var set = new ReadSet { start = upto, Count = upto };
        if (above is null) return set;
        if (above[0] == AsBitmap)
        {
            (set.bits, set.at) = (above, 1);
            foreach (var b in above.AsSpan(1)) set.Count += BitOperations.PopCount(b);
            return set;
        }
        // The end first: grown run by run, the bits of a long topic would be copied again and again.
        var last = upto;
        for (var read = 1; read < above.Length; last++) last += Varint(above, ref read) + Varint(above, ref read);
        for (var (read, end) = (1, upto); read < above.Length;)
        {
            var from = end + 1 + Varint(above, ref read);
            end = from + Varint(above, ref read);
            // There is a gap before the first run, unless the set was encoded above 0.
            if (from > upto + 1) set.Reserve(last);
            set.Add(from, end);
        }
        return set;
    }

    static void Varint(List<byte> bytes, int value)
    {
        for (; value >= 128; value >>= 7) bytes.Add((byte)(value & 127 | 128));
        bytes.Add((byte)value);
    }

    static int Varint(byte[] bytes, ref int at)
    {
        int value = 0, shift = 0;
        for (; (bytes[at] & 128) != 0; at++, shift += 7) value |= (bytes[at] & 127) << shift;
        return value | bytes[at++] << shift;
    }
}
