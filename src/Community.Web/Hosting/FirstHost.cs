using Community.Kernel;

namespace Community.Web.Hosting;

/// <summary>
/// Pages have one URL: other hosts of the site redirect to its canonical one. What machines request is answered on the requested host:
/// mail providers follow no redirect (RFC 8058 §3.1), and old mails refer to pictures on a former canonical host. A form is
/// accepted on the host that showed it, because the browser has no cookie for the redirect's target.
/// </summary>
static class FirstHost
{
    public static Task Lead(HttpContext http, RequestDelegate next)
    {
        var site = http.RequestServices.GetRequiredService<Site>();
        // Read from the header: Request.Host decodes xn-- names to Unicode.
        var name = new HostString(http.Request.Headers.Host.ToString()).Host;
        if (
            string.Equals(name, site.CanonicalHost, StringComparison.OrdinalIgnoreCase)
            || !HttpMethods.IsGet(http.Request.Method)
            || IsOnEveryHost(http)
        )
            return next(http);
        var port = http.Request.Host.Port is { } p ? ":" + p : "";
        http.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        http.Response.Headers.Location =
            $"{http.Request.Scheme}://{site.CanonicalHost}{port}{http.Request.Path.ToUriComponent()}{http.Request.QueryString}";
        return Task.CompletedTask;
    }

    static bool IsOnEveryHost(HttpContext http) =>
        http.GetEndpoint() is { } endpoint
            ? endpoint.Metadata.GetMetadata<LoadedByPagesAttribute>() is { IsPart: true }
                || endpoint.Metadata.GetMetadata<OnEveryHostAttribute>() is not null
            : http.Request.Path.Value is { } path
                && http.RequestServices.GetRequiredService<IWebHostEnvironment>().WebRootFileProvider.GetFileInfo(path).Exists;
}
