using System.Buffers;
using System.Text;

namespace Community.Themes;

/// <summary>A writer that refuses more than a maximum number of characters.</summary>
sealed class BoundedWriter(int longest) : TextWriter
{
    char[] buffer = ArrayPool<char>.Shared.Rent(8192);
    int length;

    public override Encoding Encoding => Encoding.Unicode;

    /// <summary>What was written so far. Valid until the next write.</summary>
    public ReadOnlySpan<char> Written => buffer.AsSpan(0, length);

    public override void Write(char value) => Write([value]);
    public override void Write(string? value) => Write(value.AsSpan());
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <exception cref="BrokenTheme">The template's output exceeds the maximum.</exception>
    public override void Write(ReadOnlySpan<char> text)
    {
        if (length + text.Length > longest) throw new BrokenTheme("layout.hbs", 0, "themes.broken.output", longest);
        if (length + text.Length > buffer.Length)
        {
            var larger = ArrayPool<char>.Shared.Rent(Math.Max(buffer.Length * 2, length + text.Length));
            Written.CopyTo(larger);
            ArrayPool<char>.Shared.Return(buffer);
            buffer = larger;
        }
        text.CopyTo(buffer.AsSpan(length));
        length += text.Length;
    }

    protected override void Dispose(bool disposing)
    {
        if (buffer.Length > 0) ArrayPool<char>.Shared.Return(buffer);
        (buffer, length) = ([], 0);
        base.Dispose(disposing);
    }
}
