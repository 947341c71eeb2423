using System.Numerics;

namespace Community.Boards;

/// <summary>
/// A set of post numbers (1, 2, …), as runs in ascending order: what a member has read of a topic, as in Usenet's .newsrc.
/// Stored as <see cref="Upto"/> and the numbers above it, as runs or as a bitmap, whichever is smaller.
/// </summary>
public sealed class ReadSet
{
    const byte AsRuns = 1, AsBitmap = 2;

    readonly List<(int From, int To)> runs = [];

    /// <summary>How many numbers are in it.</summary>
    public int Count { get; private set; }

    /// <summary>1 to this number are all in it; 0 if 1 is not.</summary>
    public int Upto => runs is [(1, var to), ..] ? to : 0;

    /// <summary>The least number that is not in it.</summary>
    public int FirstMissing => Upto + 1;

    public bool Contains(int number)
    {
        var at = runs.BinarySearch((number, int.MaxValue));
        if (at < 0) at = ~at - 1;
        return at >= 0 && runs[at].From <= number && number <= runs[at].To;
    }

    public void Add(int number) => Add(number, number);

    /// <summary>Adds the numbers from <paramref name="from"/> to <paramref name="to"/>; nothing if <paramref name="to"/> is smaller.</summary>
    public void Add(int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        if (to < from) return;
        // Runs that overlap or touch become one with the new.
        var first = runs.FindIndex(r => r.To >= from - 1);
        if (first < 0) first = runs.Count;
        var next = first;
        for (; next < runs.Count && runs[next].From <= to + 1; next++)
        {
            (from, to) = (Math.Min(from, runs[next].From), Math.Max(to, runs[next].To));
            Count -= runs[next].To - runs[next].From + 1;
        }
        runs.RemoveRange(first, next - first);
        runs.Insert(first, (from, to));
        Count += to - from + 1;
    }

    public void Add(ReadSet other)
    {
        foreach (var (from, to) in other.runs) Add(from, to);
    }

    public void Remove(int number)
    {
        var at = runs.FindIndex(r => r.From <= number && number <= r.To);
        if (at < 0) return;
        var (from, to) = runs[at];
        runs.RemoveAt(at);
        if (number < to) runs.Insert(at, (number + 1, to));
        if (from < number) runs.Insert(at, (from, number - 1));
        Count--;
    }

    public IEnumerable<int> Numbers => runs.SelectMany(r => Enumerable.Range(r.From, r.To - r.From + 1));

    /// <summary>The numbers above <paramref name="upto"/>; null if there are none.</summary>
    public byte[]? ToBytes(int upto)
    {
        var above = runs.Where(r => r.To > upto).Select(r => (From: Math.Max(r.From, upto + 1), r.To)).ToList();
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

    /// <summary>The set of 1 to <paramref name="upto"/> and what <see cref="ToBytes"/> wrote of the numbers above.</summary>
    public static ReadSet From(int upto, byte[]? above)
    {
        var set = new ReadSet();
        set.Append(1, upto);
        if (above is null) return set;
        if (above[0] == AsRuns)
        {
            var (at, end) = (1, upto);
            while (at < above.Length)
            {
                var from = end + 1 + Varint(above, ref at);
                end = from + Varint(above, ref at);
                set.Append(from, end);
            }
        }
        else
            for (var at = 1; at < above.Length; at++)
                for (uint bits = above[at]; bits != 0;)
                {
                    var from = BitOperations.TrailingZeroCount(bits);
                    var length = BitOperations.TrailingZeroCount(~(bits >> from));
                    set.Append(upto + (at - 1) * 8 + from + 1, upto + (at - 1) * 8 + from + length);
                    bits &= ~(((1u << length) - 1) << from);
                }
        return set;
    }

    // Numbers come in ascending order here: no search.
    void Append(int from, int to)
    {
        if (to < from) return;
        if (runs.Count > 0 && runs[^1].To == from - 1) runs[^1] = (runs[^1].From, to);
        else runs.Add((from, to));
        Count += to - from + 1;
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
