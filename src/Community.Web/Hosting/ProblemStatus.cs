using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Diagnostics;

namespace Community.Web.Hosting;

/// <summary>The original request, while an error page is shown.</summary>
/// <param name="Path">Path and query.</param>
/// <param name="IsPage">Whether it is a page that can be opened, not an endpoint for a button.</param>
sealed record FailedRequest(string Path, bool IsPage);

/// <summary>
/// An error page is rendered like any other and gets its status when the response starts. Requested by its own URL, it is
/// not there.
/// </summary>
sealed class ProblemStatus(RequestDelegate next)
{
    public Task Invoke(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type != typeof(ProblemPage)) return next(http);
        var status = StatusCodes.Status404NotFound;
        if (http.Features.Get<IStatusCodeReExecuteFeature>() is { } failed)
        {
            status = http.Response.StatusCode;
            // The original path is stored decoded.
            http.Features.Set(
                new FailedRequest(
                    new PathString(failed.OriginalPath) + failed.OriginalQueryString,
                    failed.Endpoint?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null
                )
            );
        }
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.OnStarting(() =>
        {
            // Any other status means that the error page failed too.
            if (http.Response.StatusCode == StatusCodes.Status200OK) http.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        return next(http);
    }
}
