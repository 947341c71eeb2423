namespace Community.Boards;

/// <summary>
/// A post's position in its topic's tree, as a sortable string: the parent's path, then a code for the difference between
/// the two numbers. Written once at insert; no other path ever changes. The opening post has the empty path.
/// Compared byte by byte: BINARY on SQLite, <c>COLLATE "C"</c> on PostgreSQL, ordinal here.
/// </summary>
/// <remarks>
/// The differences on a path sum to less than the post's number, so 200 levels among 100,000 posts stay under 520 characters.
/// The first digit determines the length of a code: 0–47 one character, 48–59 two, 60–62 three, 63 five.
/// </remarks>
public static class TreePath
{
    /// <summary>A reply to a post at this level becomes its sibling instead of its child.</summary>
    public const int MaxLevels = 200;

    /// <summary>The longest path possible with 100,000 posts, plus a margin.</summary>
    public const int MaxLength = 600;

    const int MaxCode = 5;

    // In ASCII order.
    const string Digits = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    const int Two = 48, Three = Two + 12 * 64, Five = Three + 3 * 64 * 64, End = Five + 64 * 64 * 64 * 64;

    /// <summary>Path and level of a reply to the post with the given path, level and number.</summary>
    public static (string Path, int Depth) Of(string parentPath, int parentDepth, int parentNumber, int number)
    {
        // The second condition holds only for numbers far beyond 100,000, which merging can cause.
        if (parentDepth < MaxLevels && parentPath.Length + 2 * MaxCode <= MaxLength)
            return (parentPath + Code(number - parentNumber), parentDepth + 1);
        var last = LastCodeAt(parentPath);
        var above = parentNumber - Difference(parentPath.AsSpan(last));
        return (parentPath[..last] + Code(number - above), parentDepth);
    }

    /// <summary>The code for a difference: greater differences sort later, and no code is a prefix of another.</summary>
    public static string Code(int difference) => difference switch
    {
        < 1 or >= End => throw new ArgumentOutOfRangeException(nameof(difference)),
        < Two => Write(difference, 0, 0),
        < Three => Write(Two + (difference - Two) / 64, (difference - Two) % 64, 1),
        < Five => Write(60 + (difference - Three) / 4096, (difference - Three) % 4096, 2),
        _ => Write(63, difference - Five, 4),
    };

    static string Write(int first, int rest, int digits)
    {
        Span<char> code = stackalloc char[1 + digits];
        code[0] = Digits[first];
        for (var i = digits; i > 0; i--, rest /= 64) code[i] = Digits[rest % 64];
        return new string(code);
    }

    static int Difference(ReadOnlySpan<char> code)
    {
        var first = Digits.IndexOf(code[0]);
        var rest = 0;
        foreach (var digit in code[1..])
            rest = rest * 64 + Digits.IndexOf(digit);
        return code.Length switch
        {
            1 => first,
            2 => Two + (first - 48) * 64 + rest,
            3 => Three + (first - 60) * 4096 + rest,
            _ => Five + rest,
        };
    }

    static int LastCodeAt(string path)
    {
        var at = 0;
        for (
            var next = 0;
            next < path.Length;
            next += Digits.IndexOf(path[next]) switch
            {
                < 48 => 1,
                < 60 => 2,
                < 63 => 3,
                _ => 5,
            }
        )
            at = next;
        return at;
    }
}
