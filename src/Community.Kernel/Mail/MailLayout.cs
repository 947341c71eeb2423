using System.Net;

namespace Community.Kernel;

/// <summary>
/// The HTML around the text of every mail of a site. Mail programs support style attributes but no style sheets; our own pages show it in a
/// sandboxed frame only. No tables: one column of limited width reads well on every screen.
/// </summary>
/// <param name="Culture">Language of the text.</param>
/// <param name="SiteUrl">The site's own address.</param>
/// <param name="Brand">The site's brand colour, as <c>#rrggbb</c>.</param>
/// <param name="Logo">Absolute URL of a picture; null for none.</param>
public sealed record MailLayout(string Culture, string SiteName, string SiteUrl, string Brand, string? Logo)
{
    /// <param name="html">The text, as HTML that is safe in a mail.</param>
    /// <param name="foot">HTML in small print below it, such as how to unsubscribe; empty for none.</param>
    /// <param name="footCulture">Language of the foot.</param>
    public string Around(string subject, string html, string foot = "", string? footCulture = null) =>
        $"""
            <!DOCTYPE html><html lang="{Culture}"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1"><title>{WebUtility.HtmlEncode(subject)}</title></head>
            <body style="margin:0;padding:16px;background:#f4f4f1;color:#222;{Fonts};overflow-wrap:break-word">
            <div style="max-width:36em;margin:0 auto;background:#fff;border-top:4px solid {Brand};border-radius:4px">
            <p style="margin:0;padding:18px 24px 0;font-weight:bold">
            <a href="{WebUtility.HtmlEncode(SiteUrl)}" style="color:#222;text-decoration:none">{Head}</a></p>
            <div style="padding:8px 24px 20px">
            {html}
            </div>
            {Foot(foot, footCulture ?? Culture)}
            </div></body></html>
            """;

    const string Fonts =
        "font-family:system-ui,'Hiragino Sans','Noto Sans JP','Yu Gothic',sans-serif;font-size:16px;line-height:1.75";

    // If the picture does not load, its alt text remains.
    string Head =>
        Logo is null
            ? WebUtility.HtmlEncode(SiteName)
            : $"""
                <img src="{WebUtility.HtmlEncode(Logo)}" alt="{WebUtility.HtmlEncode(SiteName)}"
                style="display:block;max-width:100%;max-height:48px;width:auto;height:auto;border:0">
                """;

    static string Foot(string html, string culture) =>
        html.Length == 0
            ? ""
            : $"""
                <div lang="{culture}" style="padding:14px 24px 18px;border-top:1px solid #ddd;font-size:13px;line-height:1.6;color:#555">
                {html}
                </div>
                """;
}
