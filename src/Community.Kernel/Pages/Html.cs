using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;

namespace Community.Kernel;

/// <summary>
/// A fragment of a page written as one string, for list items that occur a hundred times: <c>Html.Of($"&lt;a
/// href=\"{url}\"&gt;{name}&lt;/a&gt;")</c>. The renderer keeps some twenty objects for each element, and one for this.
/// The literal parts are markup. Interpolated values are encoded as text; use them only as element content or inside double quotes.
/// </summary>
[InterpolatedStringHandler]
public ref struct Html
{
    // The same encoding as for pages: Japanese stays readable.
    static readonly HtmlEncoder encoder = HtmlEncoder.Create(UnicodeRanges.All);

    DefaultInterpolatedStringHandler text;

    public Html(int literalLength, int formattedCount) => text = new(literalLength, formattedCount);

    public void AppendLiteral(string markup) => text.AppendLiteral(markup);
    public void AppendFormatted(string? value)
    {
        if (value is not null) text.AppendLiteral(encoder.Encode(value));
    }
    public void AppendFormatted(long value) => text.AppendFormatted(value);
    /// <summary>Appends markup as it is.</summary>
    public void AppendFormatted(MarkupString value) => text.AppendLiteral(value.Value ?? "");

    /// <summary>Appends a part by copying it, without a string of its own. A part can be appended only once.</summary>
    public void AppendFormatted(Html part)
    {
        text.AppendFormatted(part.text.Text);
        part.text.Clear();
    }

    /// <summary>A part to be appended to another fragment later.</summary>
    public static Html Part(Html html) => html;

    /// <summary>The finished markup.</summary>
    public static MarkupString Of(ref Html html) => new(html.text.ToStringAndClear());
}
