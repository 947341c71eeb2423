using Community.Kernel;
using Microsoft.AspNetCore.Diagnostics;

namespace Community.Web.Hosting;

/// <summary>
/// HEAD is answered as GET (the server leaves the body out), since pages know only GET and POST. The page of an error is a GET too,
/// whatever failed: nothing of a form that was refused is read again. Nobody hears that a page is not in the visitors' cache (504): it is
/// made.
/// </summary>
sealed class PlainRequest(RequestDelegate next)
{
    public Task Invoke(HttpContext http)
    {
        if (HttpMethods.IsHead(http.Request.Method))
            http.Features.Set(HeadRequest.Value);
        if (HttpMethods.IsHead(http.Request.Method) || http.Features.Get<IStatusCodeReExecuteFeature>() is not null)
            http.Request.Method = HttpMethods.Get;
        if (http.Request.Headers.CacheControl.ToString().Contains("only-if-cached", StringComparison.OrdinalIgnoreCase))
            http.Request.Headers.Remove("Cache-Control");
        return next(http);
    }
}
