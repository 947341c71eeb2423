using System.Net;
using Community.Kernel;

namespace Community.Web.Hosting;

/// <summary>
/// Host name → site. A name that nobody has gets a plain 404 that names nothing; see <see cref="FirstHost"/> for the other names of a site.
/// </summary>
sealed class SiteMiddleware(RequestDelegate next, SiteDirectory sites, CurrentSite current)
{
    public async Task Invoke(HttpContext http)
    {
        // As it came: Request.Host reads xn-- names back into Unicode, under which no site is kept, and throws at a malformed one.
        var host = new HostString(http.Request.Headers.Host.ToString());
        var name = host.Host;
        // The server looks for digits alone. No address with such a port can be written, so no page of it either.
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
        using (current.Use(site))
        {
            await next(http);
            // What is done when an answer starts may need the site; an answer without a body would start after us.
            if (http.Response is { HasStarted: false, ContentLength: null } answer && answer.Headers.Location.Count > 0)
                answer.ContentLength = 0;
            await http.Response.StartAsync();
        }
    }
}
