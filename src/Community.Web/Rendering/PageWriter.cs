using System.Buffers;
using System.Text;
using Community.Kernel;

namespace Community.Web.Rendering;

/// <summary>
/// Collects a page as UTF-8 in one pooled buffer. The framework's own writer first keeps a page as thousands of strings, which
/// was a third of a page's allocations; and nothing must have been sent of a page that fails half-way.
/// </summary>
sealed class PageWriter(HtmlBuffer fragments) : TextWriter
{
    /// <summary>Enough for most pages.</summary>
    const int Usual = 64 * 1024;
    /// <summary>A UTF-16 code unit takes at most three bytes; a surrogate pair takes four.</summary>
    const int MaxBytesOfChar = 3;

    byte[] buffer = ArrayPool<byte>.Shared.Rent(Usual);
    int length;
    // The high surrogate of a character written in two parts.
    char high;

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>The bytes written so far. Valid until the next write.</summary>
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

    public override void Write(string? value)
    {
        if (fragments.Find(value) is not { } fragment)
        {
            Write(value.AsSpan());
            return;
        }
        var bytes = fragments.Between(fragment.Start, fragment.End);
        if (buffer.Length - length < bytes.Length) Grow(bytes.Length);
        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }

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
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        base.Dispose(disposing);
    }
}
