using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Diagnostics;

namespace Community.Web.Hosting;

/// <summary>What the reader asked for when the page of an error is shown.</summary>
/// <param name="Path">Path and query.</param>
/// <param name="IsPage">Whether it can be opened, and is no mere button's address.</param>
sealed record FailedRequest(string Path, bool IsPage);

/// <summary>
/// The page of an error is rendered as any other and gets its status when the answer starts. Asked for by its own address, the page is
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
            // The original path is kept decoded.
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
            // Another one now means that the page of the error failed too.
            if (http.Response.StatusCode == StatusCodes.Status200OK) http.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        return next(http);
    }
}
