using System.Text;

namespace Community.Themes;

/// <summary>A writer that refuses more than a maximum number of characters.</summary>
sealed class BoundedWriter(int longest) : TextWriter
{
    readonly StringBuilder text = new(4096);

    public override Encoding Encoding => Encoding.Unicode;

    /// <exception cref="BrokenTheme">The template's output exceeds the maximum.</exception>
    void Room(int more)
    {
        if (text.Length + more > longest) throw new BrokenTheme("layout.hbs", 0, "themes.broken.output", longest);
    }

    public override void Write(char value) { Room(1); text.Append(value); }
    public override void Write(string? value) { Room(value?.Length ?? 0); text.Append(value); }
    public override void Write(char[] buffer, int index, int count) { Room(count); text.Append(buffer, index, count); }
    public override void Write(ReadOnlySpan<char> buffer) { Room(buffer.Length); text.Append(buffer); }
    public override string ToString() => text.ToString();
}
