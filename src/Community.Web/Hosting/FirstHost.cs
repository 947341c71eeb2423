using Community.Kernel;

namespace Community.Web.Hosting;

/// <summary>
/// Pages have one address: opened on another host of the site they lead to its first. What machines ask for is answered where it was asked:
/// mail providers follow no redirect (RFC 8058 §3.1), and pictures stand in mails that are older than the first host of today. A form is
/// taken where it was shown, since a browser that sends it on elsewhere has no cookie there.
/// </summary>
static class FirstHost
{
    public static Task Lead(HttpContext http, RequestDelegate next)
    {
        var site = http.RequestServices.GetRequiredService<Site>();
        // As it came: Request.Host reads xn-- names back into Unicode.
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
