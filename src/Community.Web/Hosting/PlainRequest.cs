using Community.Kernel;
using Microsoft.AspNetCore.Diagnostics;

namespace Community.Web.Hosting;

/// <summary>
/// HEAD is answered as GET (the server leaves the body out), since pages know only GET and POST. The page of an error is a GET too,
/// whatever failed: nothing of a form that was refused is read again. And nobody gets the answers that the framework keeps for a script
/// of its own, which our pages do not have: they are cut for it, a 404 of them fails, and visitors would be shown them from the cache. Nor
/// does anybody hear that a page is not in that cache (504): it is made.
/// </summary>
sealed class PlainRequest(RequestDelegate next)
{
    public Task Invoke(HttpContext http)
    {
        if (HttpMethods.IsHead(http.Request.Method))
            http.Features.Set(HeadRequest.Value);
        if (HttpMethods.IsHead(http.Request.Method) || http.Features.Get<IStatusCodeReExecuteFeature>() is not null)
            http.Request.Method = HttpMethods.Get;
        if (http.Request.Headers.Accept.ToString().Contains("blazor-enhanced-nav", StringComparison.OrdinalIgnoreCase))
            http.Request.Headers.Accept = "text/html";
        if (http.Request.Headers.CacheControl.ToString().Contains("only-if-cached", StringComparison.OrdinalIgnoreCase))
            http.Request.Headers.Remove("Cache-Control");
        return next(http);
    }
}
