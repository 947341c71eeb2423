using Community.Kernel;

namespace Community.Web.Hosting;

/// <summary>Host name → site. A name that nobody has gets a plain 404 that names nothing; an alias leads to the canonical host.</summary>
sealed class SiteMiddleware(RequestDelegate next, SiteDirectory sites, CurrentSite current)
{
    public async Task Invoke(HttpContext http)
    {
        var site = await sites.Find(http.Request.Host.Host, http.RequestAborted);
        if (site is null)
        {
            await Plain(http, StatusCodes.Status404NotFound, "Not found.");
            return;
        }
        if (!string.Equals(http.Request.Host.Host, site.CanonicalHost, StringComparison.OrdinalIgnoreCase))
        {
            var port = http.Request.Host.Port is { } p ? ":" + p : "";
            http.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            http.Response.Headers.Location = $"{http.Request.Scheme}://{site.CanonicalHost}{port}{http.Request.Path.ToUriComponent()}{http.Request.QueryString}";
            return;
        }
        if (site.State == SiteState.Suspended)
        {
            http.Response.Headers.RetryAfter = "3600";
            await Plain(http, StatusCodes.Status503ServiceUnavailable, site.Culture == "ja" ? "このサイトは現在お休みしています。" : "This site is closed for the moment.");
            return;
        }
        using (current.Use(site)) await next(http);
    }

    static Task Plain(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text);
    }
}
