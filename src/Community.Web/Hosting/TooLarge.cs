using Microsoft.AspNetCore.Http.Features;

namespace Community.Web.Hosting;

/// <summary>
/// A body that says itself that it is too large is refused before anything reads it, with a page that says how large it may be.
/// </summary>
sealed class TooLarge(RequestDelegate next)
{
    public Task Invoke(HttpContext http)
    {
        var most = http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        // The page that tells of it reads no body.
        if (!(http.Request.ContentLength > most) || HttpMethods.IsGet(http.Request.Method)) return next(http);
        http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        return Task.CompletedTask;
    }
}
