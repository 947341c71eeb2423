using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;

namespace Community.Kernel;

/// <summary>
/// A fragment of a page written at once, for list items that occur a hundred times: <c>Html.Of($"&lt;a
/// href=\"{url}\"&gt;{name}&lt;/a&gt;")</c>. The renderer keeps some twenty objects for each element, and none for this: its bytes are
/// in the page's <see cref="HtmlBuffer"/>. The literal parts are markup. Interpolated values are encoded as text; use them only as
/// element content or inside double quotes.
/// </summary>
/// <remarks>
/// While a page is rendered, the <see cref="MarkupString"/> stands for the bytes and does not contain them: put it into the page or into
/// another fragment, and do nothing else with it.
/// </remarks>
[InterpolatedStringHandler]
public ref struct Html
{
    // The same encoding as for pages: Japanese stays readable.
    static readonly HtmlEncoder encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>In one step; a time as text is shorter.</summary>
    const int MaxValueLength = 256;

    readonly HtmlBuffer? buffer;
    int start, end;

    public Html(int literalLength, int formattedCount)
    {
        buffer = HtmlBuffer.Current ?? new HtmlBuffer();
        start = end = buffer.Length;
    }

    public void AppendLiteral(string markup) => Append(markup);

    public void AppendFormatted(string? value) => AppendText(value);

    public void AppendFormatted(long value)
    {
        Span<char> digits = stackalloc char[20];
        value.TryFormat(digits, out var length, default, CultureInfo.CurrentCulture);
        Append(digits[..length]);
    }

    /// <summary>Appends a time in a format of <see cref="Moments"/>.</summary>
    public void AppendFormatted(FormattedTime time)
    {
        Span<char> text = stackalloc char[MaxValueLength];
        if (time.Time.TryFormat(text, out var length, time.Format, CultureInfo.CurrentCulture)) AppendText(text[..length]);
        else AppendText(time.ToString());
    }

    /// <summary>Appends markup as it is.</summary>
    public void AppendFormatted(MarkupString value)
    {
        if (buffer!.Find(value.Value) is { } range) Append(buffer, range.Start, range.End);
        else Append(value.Value);
    }

    /// <summary>Appends a part that was written before. A part can be appended only once.</summary>
    public void AppendFormatted(Html part)
    {
        if (part.buffer is null) return;
        Append(part.buffer, part.start, part.end);
        if (part.buffer != buffer) part.buffer.Dispose();
    }

    /// <summary>A part to be appended to another fragment later.</summary>
    public static Html Part(Html html) => html;

    /// <summary>The finished markup.</summary>
    public static MarkupString Of(ref Html html)
    {
        var buffer = html.buffer!;
        if (buffer == HtmlBuffer.Current) return new(buffer.Name(html.start, html.end));
        var text = buffer.TextOf(html.start, html.end);
        buffer.Dispose();
        return new(text);
    }

    void AppendText(scoped ReadOnlySpan<char> text)
    {
        Span<char> encoded = stackalloc char[MaxValueLength];
        while (text.Length > 0)
        {
            encoder.Encode(text, encoded, out var read, out var written);
            Append(encoded[..written]);
            text = text[read..];
        }
    }

    void Append(scoped ReadOnlySpan<char> markup)
    {
        StayLast();
        buffer!.Write(markup);
        end = buffer.Length;
    }

    void Append(HtmlBuffer from, int first, int last)
    {
        // A fragment that was written as a value of this one is already in its place.
        if (from == buffer && first == end && last == buffer.Length)
        {
            end = last;
            return;
        }
        StayLast();
        buffer!.Copy(from, first, last);
        end = buffer.Length;
    }

    // Other fragments have been written since: this one goes on behind them.
    void StayLast()
    {
        if (end == buffer!.Length) return;
        var length = end - start;
        var moved = buffer.Length;
        buffer.Copy(buffer, start, end);
        (start, end) = (moved, moved + length);
    }
}

/// <summary>A time, and the format in which it is written.</summary>
public readonly record struct FormattedTime(DateTime Time, string Format)
{
    public override string ToString() => Time.ToString(Format, CultureInfo.CurrentCulture);
}
