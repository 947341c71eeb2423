using System.Net;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.Extensions.Localization;

namespace Community.Web.Hosting;

/// <summary>The response of a suspended site: one small page in both languages, without database, theme or other files.</summary>
static class ClosedPage
{
    const string Style = """
        :root{color-scheme:light dark}
        body{margin:0;min-height:100vh;display:grid;place-content:center;padding:2rem;box-sizing:border-box;
        font:1.0625rem/1.7 system-ui,-apple-system,"Hiragino Sans","Noto Sans CJK JP","Noto Sans JP",sans-serif;background:light-dark(#f7f6f3,#191b1e);color:light-dark(#26282b,#e4e2dd)}
        main{max-width:34rem}h1{font-size:1.6rem;line-height:1.35;margin:0 0 1.25rem}p{margin:.4rem 0}
        p+p{margin-top:1.25rem;padding-top:1.25rem;border-top:1px solid light-dark(#d8d5cd,#3a3d42);color:light-dark(#5a5d62,#a9a8a3)}
        """;

    static readonly string policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static Task Write(HttpContext http, Site site)
    {
        var texts = http.RequestServices.GetRequiredService<IStringLocalizer>();
        // In the site's language first, then in all others: nobody's choice is looked up.
        var words = string.Concat(
            Texts
                .Languages.OrderBy(l => l != site.Culture)
                .Select(l => $"<p lang=\"{l}\">{WebUtility.HtmlEncode(texts.In(l, "web.closed"))}</p>")
        );
        var response = http.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.RetryAfter = "3600";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = policy;
        response.Headers.XContentTypeOptions = "nosniff";
        return response.WriteAsync($"""
            <!DOCTYPE html>
            <html lang="{site.Culture}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
            <title>{WebUtility.HtmlEncode(site.Name)}</title><style>{Style}</style></head>
            <body><main><h1>{WebUtility.HtmlEncode(site.Name)}</h1>{words}</main></body>
            </html>
            """);
    }
}
