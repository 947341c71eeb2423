using System.Net;
using Community.Kernel;

namespace Community.Web.Hosting;

/// <summary>
/// Host name → site. An unknown name gets a plain 404 that reveals nothing; see <see cref="FirstHost"/> for a site's other names.
/// </summary>
sealed class SiteMiddleware(RequestDelegate next, SiteDirectory sites, CurrentSite current, VisitorCache kept)
{
    public async Task Invoke(HttpContext http)
    {
        // Read from the header: Request.Host decodes xn-- names to Unicode, under which no site is stored, and throws on a malformed one.
        var host = new HostString(http.Request.Headers.Host.ToString());
        var name = host.Host;
        // The server only checks for digits. With such a port no URL can be built, hence no page.
        if (host.Port is > IPEndPoint.MaxPort || (host.Port is null && host.Value.AsSpan(name.Length).TrimStart(':').Length > 0))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            http.Response.ContentType = "text/plain; charset=utf-8";
            await http.Response.WriteAsync("No host has such a port.");
            return;
        }
        var site = await sites.Find(name, http.RequestAborted);
        if (site is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            http.Response.ContentType = "text/plain; charset=utf-8";
            await http.Response.WriteAsync("Not found.");
            return;
        }
        if (site.State == SiteState.Suspended)
        {
            await ClosedPage.Write(http, site);
            return;
        }
        if (await kept.Answer(http, site)) return;
        using (current.Use(site))
        {
            await next(http);
            // OnStarting callbacks may need the site; a response without a body would start after this middleware.
            if (http.Response is { HasStarted: false, ContentLength: null } answer && answer.Headers.Location.Count > 0)
                answer.ContentLength = 0;
            await http.Response.StartAsync();
        }
    }
}
