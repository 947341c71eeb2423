using Community.Kernel;
using Microsoft.AspNetCore.Diagnostics;

namespace Community.Web.Hosting;

/// <summary>
/// Treats HEAD as GET (the server omits the body), because pages support only GET and POST. An error page is also rendered as GET,
/// whatever failed, so that a refused form is not read again.
/// </summary>
sealed class PlainRequest(RequestDelegate next)
{
    public Task Invoke(HttpContext http)
    {
        if (HttpMethods.IsHead(http.Request.Method))
            http.Features.Set(HeadRequest.Value);
        if (HttpMethods.IsHead(http.Request.Method) || http.Features.Get<IStatusCodeReExecuteFeature>() is not null)
            http.Request.Method = HttpMethods.Get;
        return next(http);
    }
}
