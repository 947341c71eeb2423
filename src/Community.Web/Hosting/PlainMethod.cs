using Microsoft.AspNetCore.Diagnostics;

namespace Community.Web.Hosting;

/// <summary>
/// HEAD is answered as GET (the server leaves the body out), since pages know only GET and POST. The page of an error is a GET too,
/// whatever failed: nothing of a form that was refused is read again.
/// </summary>
sealed class PlainMethod(RequestDelegate next)
{
    public Task Invoke(HttpContext http)
    {
        if (HttpMethods.IsHead(http.Request.Method) || http.Features.Get<IStatusCodeReExecuteFeature>() is not null) http.Request.Method = HttpMethods.Get;
        return next(http);
    }
}
