using System.Net;

namespace Community.Mailing;

/// <summary>
/// The HTML around the rows of a mailing. Tables, attributes and styles inline, since Outlook and Gmail read nothing else. The style block
/// in its head adds the dark scheme where a mail program knows it; without it, everything stays readable.
/// </summary>
/// <param name="Culture">Language of the text.</param>
/// <param name="Link">The link colour on white.</param>
/// <param name="Logo">Absolute URL of a picture; null for none.</param>
sealed record MailingLayout(string Culture, string SiteName, string SiteUrl, string Brand, string Link, string? Logo)
{
    const string Fonts = "font-family:system-ui,'Hiragino Sans','Noto Sans JP','Yu Gothic',Meiryo,sans-serif";

    /// <summary>The rule that applies the dark scheme. A preview replaces it, to show either scheme whatever the screen has.</summary>
    internal const string Dark = "@media (prefers-color-scheme:dark)";

    /// <summary>
    /// The document as it looks in the light or the dark scheme, or where a mail program turns all colours by itself; whatever the screen
    /// has if it is none of these.
    /// </summary>
    internal static string As(string html, string? look) => look switch
    {
        "light" => html.Replace(Dark, "@media not all", StringComparison.Ordinal),
        "dark" => html.Replace(Dark, "@media all", StringComparison.Ordinal),
        "turned" => As(html, "light").Replace(
            "</style></head>", "html,img{filter:invert(1) hue-rotate(180deg)}\n</style></head>", StringComparison.Ordinal),
        _ => html,
    };

    /// <param name="subject">The title of the document.</param>
    /// <param name="preheader">Shown in lists of mails only; empty for the beginning of the text.</param>
    /// <param name="rows">Rows of a table, as <see cref="BlockHtml"/> writes them.</param>
    /// <param name="foot">HTML in small print below them.</param>
    /// <param name="footCulture">Language of the foot.</param>
    public string Around(string subject, string preheader, string rows, string foot, string footCulture) =>
        $$"""
            <!DOCTYPE html><html lang="{{Culture}}"><head><meta charset="utf-8">
            <meta http-equiv="Content-Type" content="text/html; charset=utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
            <title>{{WebUtility.HtmlEncode(subject)}}</title>
            <style>
            {{Dark}}{.m-page{background-color:#161616!important}.m-card{background-color:#222222!important}
            .m-ink{color:#eeeeee!important}.m-foot{color:#bdbdbd!important}
            .m-card a:not([style*="inline-block"]),.m-foot a{color:#9ecbff!important} }
            </style></head>
            <body class="m-page" bgcolor="#f4f4f1" style="margin:0;padding:0;background-color:#f4f4f1">{{Hidden(preheader)}}
            <table role="presentation" class="m-page" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#f4f4f1"
            style="width:100%;background-color:#f4f4f1"><tr><td align="center" style="padding:16px 8px">
            <table role="presentation" class="m-card m-ink" width="600" align="center" cellpadding="0" cellspacing="0" border="0"
            bgcolor="#ffffff" style="width:100%;max-width:600px;background-color:#ffffff;border-top:4px solid {{Brand}};text-align:left;
            color:#222222;{{Fonts}};font-size:16px;line-height:1.7;overflow-wrap:anywhere">
            <tr><td style="padding:18px 24px 14px">{{Head}}</td></tr>
            {{rows}}
            <tr><td class="m-foot" lang="{{footCulture}}"
            style="padding:14px 24px 18px;border-top:1px solid #8a8a8a;font-size:13px;line-height:1.6;color:#595959">
            {{foot}}
            </td></tr>
            </table>
            </td></tr></table>
            </body></html>
            """;

    // What follows keeps the text of the mail from being shown behind it.
    static string Hidden(string preheader) =>
        preheader.Length == 0
            ? ""
            : $"""
                <div style="display:none;max-height:0;overflow:hidden;font-size:1px;line-height:1px;color:#f4f4f1;mso-hide:all">
                {WebUtility.HtmlEncode(preheader)}{string.Concat(Enumerable.Repeat("&nbsp;&zwnj;", 30))}</div>
                """;

    // A logo is made for white. The gradient is a ground that programs with a dark mode of their own do not turn dark, so that a black
    // logo stays visible. If the picture does not load, its alternative text remains.
    string Head =>
        Logo is null
            ? $"""
                <a class="m-ink" href="{WebUtility.HtmlEncode(SiteUrl)}" style="color:#222222;text-decoration:none;font-weight:bold">
                <span class="m-ink">{WebUtility.HtmlEncode(SiteName)}</span></a>
                """
            : $"""
                <table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td bgcolor="#ffffff"
                style="padding:4px 6px;background-color:#ffffff;background-image:linear-gradient(#ffffff,#ffffff);border-radius:4px">
                <a href="{WebUtility.HtmlEncode(SiteUrl)}" style="color:#222222;text-decoration:none;font-weight:bold">
                <img src="{WebUtility.HtmlEncode(Logo)}" alt="{WebUtility.HtmlEncode(SiteName)}" height="48"
                style="display:block;max-width:100%;max-height:48px;width:auto;height:auto;border:0;color:#222222"></a></td></tr></table>
                """;
}
