using Microsoft.AspNetCore.Http.Features;

namespace Community.Web.Hosting;

/// <summary>
/// Refuses a body whose Content-Length is too large before anything reads it, with a page that says how large it may be.
/// </summary>
sealed class TooLarge(RequestDelegate next)
{
    public Task Invoke(HttpContext http)
    {
        var most = http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        // The error page is a GET and reads no body.
        if (!(http.Request.ContentLength > most) || HttpMethods.IsGet(http.Request.Method)) return next(http);
        http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        return Task.CompletedTask;
    }
}
