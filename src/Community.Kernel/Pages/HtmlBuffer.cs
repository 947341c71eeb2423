using System.Buffers;
using System.Text;

namespace Community.Kernel;

/// <summary>
/// The fragments of the page that is being rendered, as UTF-8 in a pooled buffer (see <see cref="Html"/>). The renderer keeps strings;
/// for a fragment it gets a name, one of a few thousand strings that all pages use, and <see cref="Find"/> tells by the name which bytes
/// the page is to contain. Names are recognized by reference: nobody can write one into a page.
/// </summary>
public sealed class HtmlBuffer : IDisposable
{
    /// <summary>Enough for most pages.</summary>
    const int PageSize = 64 * 1024, FragmentSize = 512;
    const int UsualNames = 1024;
    /// <summary>A UTF-16 code unit takes at most three bytes; a surrogate pair takes four.</summary>
    const int MaxBytesOfChar = 3;
    /// <summary>A noncharacter: if a name is shown by mistake, it is seen.</summary>
    const char Mark = '\uFFFE';
    /// <summary>A page of more fragments keeps the others as strings.</summary>
    const int MaxNames = 8192;

    static readonly AsyncLocal<HtmlBuffer?> current = new();
    static readonly string?[] names = new string[MaxNames];

    byte[] bytes;
    int[] ranges = [];
    int named;

    /// <summary>The buffer of the page that is being rendered; null outside pages, where fragments are strings of their own.</summary>
    public static HtmlBuffer? Current => current.Value is { bytes.Length: > 0 } page ? page : null;

    /// <summary>Bytes written so far.</summary>
    internal int Length { get; private set; }

    /// <summary>For a fragment outside a page.</summary>
    internal HtmlBuffer() : this(FragmentSize) { }

    HtmlBuffer(int size) => bytes = ArrayPool<byte>.Shared.Rent(size);

    /// <summary>Begins a page. Its fragments are valid until the buffer is disposed of.</summary>
    public static HtmlBuffer Begin() => current.Value = new(PageSize) { ranges = ArrayPool<int>.Shared.Rent(2 * UsualNames) };

    /// <summary>The bytes of a fragment, given its name; null if the text is not the name of a fragment of this page.</summary>
    public (int Start, int End)? Find(string? text) =>
        text is [Mark, var number] && number < named && ReferenceEquals(text, names[number])
            ? (ranges[2 * number], ranges[2 * number + 1])
            : null;

    public ReadOnlySpan<byte> Between(int start, int end) => bytes.AsSpan(start, end - start);

    internal string Name(int start, int end)
    {
        if (start == end) return "";
        if (named == MaxNames) return TextOf(start, end);
        if (ranges.Length < 2 * (named + 1)) Grow(ref ranges, 2 * (named + 1));
        (ranges[2 * named], ranges[2 * named + 1]) = (start, end);
        var number = named++;
        return names[number] ?? Interlocked.CompareExchange(ref names[number], $"{Mark}{(char)number}", null) ?? names[number]!;
    }

    internal string TextOf(int start, int end) => Encoding.UTF8.GetString(Between(start, end));

    internal void Write(ReadOnlySpan<char> text)
    {
        if (bytes.Length - Length < text.Length * MaxBytesOfChar) Grow(ref bytes, Length + text.Length * MaxBytesOfChar);
        Length += Encoding.UTF8.GetBytes(text, bytes.AsSpan(Length));
    }

    internal void Copy(HtmlBuffer from, int start, int end)
    {
        if (bytes.Length - Length < end - start) Grow(ref bytes, Length + end - start);
        from.Between(start, end).CopyTo(bytes.AsSpan(Length));
        Length += end - start;
    }

    static void Grow<T>(ref T[] array, int needed)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(array.Length * 2, needed));
        array.CopyTo(larger, 0);
        if (array.Length > 0) ArrayPool<T>.Shared.Return(array);
        array = larger;
    }

    public void Dispose()
    {
        if (current.Value == this) current.Value = null;
        if (bytes.Length == 0) return;
        ArrayPool<byte>.Shared.Return(bytes);
        if (ranges.Length > 0) ArrayPool<int>.Shared.Return(ranges);
        (bytes, ranges, Length, named) = ([], [], 0, 0);
    }
}
