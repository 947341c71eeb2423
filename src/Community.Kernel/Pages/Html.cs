using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;

namespace Community.Kernel;

/// <summary>
/// A piece of a page written at once, for what stands in lists a hundred times: <c>Html.Of($"&lt;a
/// href=\"{url}\"&gt;{name}&lt;/a&gt;")</c>. The renderer keeps some twenty objects for each element that it is told of, and one for this.
/// What stands in the string is markup; what is put in is text and is encoded, also between double quotes, and nowhere else may it stand.
/// </summary>
[InterpolatedStringHandler]
public ref struct Html
{
    // As pages are encoded: Japanese stays as it is.
    static readonly HtmlEncoder encoder = HtmlEncoder.Create(UnicodeRanges.All);

    DefaultInterpolatedStringHandler text;

    public Html(int literalLength, int formattedCount) => text = new(literalLength, formattedCount);

    public void AppendLiteral(string markup) => text.AppendLiteral(markup);
    public void AppendFormatted(string? value)
    {
        if (value is not null) text.AppendLiteral(encoder.Encode(value));
    }
    public void AppendFormatted(long value) => text.AppendFormatted(value);
    /// <summary>What is markup already.</summary>
    public void AppendFormatted(MarkupString value) => text.AppendLiteral(value.Value ?? "");

    /// <summary>A part of another piece: copied into it, and no string by itself. It can be put in once.</summary>
    public void AppendFormatted(Html part)
    {
        text.AppendFormatted(part.text.Text);
        part.text.Clear();
    }

    /// <summary>A part for a piece that is yet to be written.</summary>
    public static Html Part(Html html) => html;

    /// <summary>The markup.</summary>
    public static MarkupString Of(ref Html html) => new(html.text.ToStringAndClear());
}
