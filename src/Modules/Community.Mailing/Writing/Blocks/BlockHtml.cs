using System.Globalization;
using System.Net;
using System.Text;
using Community.Kernel;

namespace Community.Mailing;

/// <summary>
/// Writes blocks as rows of a table, with every style inline: mail programs drop style blocks, and Outlook reads the attributes of tables
/// and pictures alone. Columns stand side by side where there is room and below each other where there is none, without any style block.
/// </summary>
/// <param name="look">The site's colours.</param>
/// <param name="fields">Values are put in later, at the marks of their fields.</param>
sealed class BlockHtml(MailColors look, MergeFields fields)
{
    /// <summary>In pixels: of the whole mail, and of what stands in it.</summary>
    public const int Width = 600, Inner = Width - 2 * Margin;
    const int Margin = 24, Gap = 16;
    /// <summary>Seen on white and on black.</summary>
    const string Line = "#8a8a8a";
    const string Heading = "margin:8px 0 0;font-size:22px;line-height:1.35;font-weight:bold;color:#222222";
    const string Table = "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"";

    public static string Write(IReadOnlyList<MailBlock> blocks, MailColors look, MergeFields fields) =>
        string.Concat(blocks.Select(new BlockHtml(look, fields).Row));

    /// <summary>Markdown alone, as one row.</summary>
    public static string Write(string markdown, MailColors look, MergeFields fields) =>
        Cell(new BlockHtml(look, fields).Markdown(markdown));

    string Row(MailBlock block) =>
        block.Kind switch
        {
            BlockKind.Heading => Cell($"<h2 class=\"m-ink\" style=\"{Heading}\">{Words(block.Text)}</h2>"),
            BlockKind.Text => Cell(Markdown(block.Text)),
            BlockKind.Picture => Cell(Picture(block, Inner)),
            BlockKind.Button => Cell(Button(block)),
            BlockKind.Divider => Cell($"<div style=\"border-top:1px solid {Line};font-size:1px;line-height:1px;height:1px\">&nbsp;</div>"),
            BlockKind.Page => Cell(Page(block)),
            BlockKind.Columns => Columns(block.Columns),
            _ => "",
        };

    static string Cell(string html) => $"<tr><td style=\"padding:0 {Margin}px 16px\">\n{html}\n</td></tr>\n";

    string Markdown(string markdown) => Markup.ToMail(fields.Mark(markdown), look.Link, MergeFields.SiteUrlMark);

    string Words(string text) => WebUtility.HtmlEncode(fields.Mark(text));

    /// <summary>Null if it leads nowhere.</summary>
    string? Address(string typed) =>
        fields.MarkAddress(typed) is { } marked ? WebUtility.HtmlEncode(marked) : null;

    string Picture(MailBlock block, int room)
    {
        if (block.Picture is not { } file) return "";
        var width = block.Width is > 0 and var own && own < room ? own : room;
        var height = block.Width > 0 ? (int)Math.Round((double)block.Height * width / block.Width) : 0;
        // Outlook takes the attributes, all others the style.
        var picture = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            <img src="{MergeFields.SiteUrlMark}files/{file}" alt="{Words(block.Alt)}" width="{width}" height="{height}"
            style="display:block;width:100%;max-width:{width}px;height:auto;border:0;font-size:14px;line-height:1.5">
            """
        );
        return Address(block.Url) is { } url ? $"<a href=\"{url}\" style=\"color:{look.Link}\">{picture}</a>" : picture;
    }

    // The edge is seen where a mail program with a dark mode changes the ground below the button but not the button.
    string Button(MailBlock block) =>
        block.Label.Length == 0 || Address(block.Url) is not { } url
            ? ""
            : $"""
                {Table} style="border-collapse:separate"><tr><td bgcolor="{look.Brand}"
                style="background-color:{look.Brand};border:1px solid {Line};border-radius:6px">
                <a href="{url}" style="display:inline-block;padding:12px 24px;font-size:16px;line-height:1.3;font-weight:bold;
                color:{look.OnBrand};text-decoration:none"><span style="color:{look.OnBrand}">{Words(block.Label)}</span></a>
                </td></tr></table>
                """;

    string Page(MailBlock block)
    {
        var title = Linked(block.Label, block.Url);
        return $"""
            {Table} width="100%" style="width:100%;border-collapse:separate"><tr>
            <td style="padding:14px 16px;border:1px solid {Line};border-radius:6px">
            <p class="m-ink" style="margin:0 0 6px;font-size:18px;line-height:1.4;font-weight:bold;color:#222222">{title}</p>
            {Markdown(block.Text)}
            </td></tr></table>
            """;
    }

    string Linked(string label, string url) =>
        Address(url) is { } address
            ? $"<a class=\"m-link\" href=\"{address}\" style=\"color:{look.Link}\">{Words(label)}</a>"
            : Words(label);

    string Columns(IReadOnlyList<MailBlock> columns)
    {
        var width = Inner / Math.Max(columns.Count, 1);
        var html = new StringBuilder($"<tr><td style=\"padding:0 {Margin}px;font-size:0;text-align:left\">");
        foreach (var (i, column) in columns.Index())
        {
            // Outlook lays them out by a table that no other program sees.
            var outer = i == 0 ? $"{Table} width=\"{Inner}\"><tr>" : "</td>";
            var room = i == columns.Count - 1 ? 0 : Gap;
            html.Append(
                CultureInfo.InvariantCulture,
                $"""
                <!--[if mso]>{outer}<td width="{width}" valign="top"><![endif]--><div style="display:inline-block;width:100%;
                max-width:{width}px;vertical-align:top">{Table} width="100%" style="width:100%"><tr><td class="m-ink"
                style="padding:0 {room}px 16px 0;font-size:16px;line-height:1.7;color:#222222">
                {Column(column, width - room)}
                </td></tr></table></div>
                """
            );
        }
        return html.Append("<!--[if mso]></td></tr></table><![endif]--></td></tr>\n").ToString();
    }

    string Column(MailBlock column, int room)
    {
        var picture = Picture(column, room);
        var text = column.Text.Length == 0 ? "" : Markdown(column.Text);
        return string.Join('\n', new[]
        {
            picture.Length == 0 ? "" : $"<div style=\"padding:0 0 10px\">{picture}</div>", text, Button(column),
        }.Where(part => part.Length > 0));
    }
}
