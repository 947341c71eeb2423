using Community.Kernel;

namespace Community.Web.DevMail;

static class DevMailEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/dev/mail/{name}/html", Html).WithMetadata(new LoadedByPagesAttribute("iframe"));

    /// <summary>The HTML of a message for the viewer's frame: a page without origin, script or network access.</summary>
    static async Task<IResult> Html(string name, MailTransport transport, HttpContext http)
    {
        if (transport is not DevMailbox mailbox || await mailbox.Open(name) is not { } mail)
            return Results.NotFound();
        http.Response.Headers.ContentSecurityPolicy =
            "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";
        var html = (mail.Message.HtmlBody ?? "").Replace("<head>", "<head><base target=\"_top\">");
        return Results.Content(html, "text/html; charset=utf-8");
    }
}
