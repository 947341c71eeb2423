using System.Buffers;
using System.Text;

namespace Community.Web.Rendering;

/// <summary>
/// Collects a page as UTF-8 in one buffer of the pool. The framework's own writer keeps a page as thousands of pieces of text first, which
/// was a third of what a page allocated; and a page that fails half-way must not have begun.
/// </summary>
sealed class PageWriter : TextWriter
{
    /// <summary>Most pages fit.</summary>
    const int Usual = 64 * 1024;
    /// <summary>A character of UTF-16 is three bytes at most; a pair of them four.</summary>
    const int MaxBytesOfChar = 3;

    byte[] buffer = ArrayPool<byte>.Shared.Rent(Usual);
    int length;
    // The first half of a character that was written in two pieces.
    char high;

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>What was written. Valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => buffer.AsMemory(0, length);

    public override void Write(char value)
    {
        if (value < 0x80 && high == 0)
        {
            if (length == buffer.Length) Grow(1);
            buffer[length++] = (byte)value;
        }
        else Write([value]);
    }

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> text)
    {
        if (text.Length == 0) return;
        if (high != 0)
        {
            var first = high;
            high = default;
            Encode([first, text[0]]);
            text = text[1..];
        }
        if (text.Length > 0 && char.IsHighSurrogate(text[^1]))
        {
            high = text[^1];
            text = text[..^1];
        }
        Encode(text);
    }

    void Encode(ReadOnlySpan<char> text)
    {
        if (buffer.Length - length < text.Length * MaxBytesOfChar) Grow(text.Length * MaxBytesOfChar);
        length += Encoding.UTF8.GetBytes(text, buffer.AsSpan(length));
    }

    void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, length + needed));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    protected override void Dispose(bool disposing)
    {
        if (buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }
}
