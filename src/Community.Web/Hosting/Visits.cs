using Community.Kernel;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Diagnostics;

namespace Community.Web.Hosting;

/// <summary>A request feature: another site led to a page that records who opened it.</summary>
sealed record LedFromElsewhere;

/// <summary>
/// Opening a page may be recorded in its reader's name: a topic was read, staff saw somebody's data. So nobody else may open
/// it on a reader's behalf: a page requested as a picture, a style sheet or a frame is refused, because the author of a post, or any other
/// site, can cause that.
/// </summary>
static class Visits
{
    /// <summary>Runs before any lookup, including the visitor cache.</summary>
    public static Task Refuse(HttpContext http, RequestDelegate next)
    {
        var (endpoint, request) = (http.GetEndpoint(), http.Request);
        if (endpoint is null) return next(http);
        var taken = endpoint.Metadata.GetMetadata<LoadedByPagesAttribute>()?.Takes(request) ?? Visit.IsOpened(request);
        if (taken) return next(http);
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync("A page is opened by people, not loaded by pages.\n");
    }

    /// <summary>A missing picture needs no error page.</summary>
    public static Task SpareProblems(HttpContext http, RequestDelegate next)
    {
        if (!Visit.IsOpened(http.Request) && http.Features.Get<IStatusCodePagesFeature>() is { } pages) pages.Enabled = false;
        return next(http);
    }

    /// <summary>
    /// If another site links to or opens a page that records its reader, an intermediate page asks first.
    /// Such a page is not prefetched either: it would be shown later without a record.
    /// </summary>
    public static Task Ask(HttpContext http, RequestDelegate next)
    {
        var ahead = Visit.IsAhead(http.Request);
        if (!IsRead(http.Request) || !(ahead || Visit.IsFromElsewhere(http.Request)) || http.GetEndpoint() is not { } endpoint
            || endpoint.Metadata.GetMetadata<LoadedByPagesAttribute>() is { IsPart: true }
            || !Records(endpoint, http.RequestServices.GetRequiredService<ModuleList>())) return next(http);
        if (!ahead) http.Features.Set(new LedFromElsewhere());
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    static bool Records(Endpoint endpoint, ModuleList modules) =>
        endpoint.Metadata.GetMetadata<RecordsItsReaderAttribute>() is not null
        || endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(a => a.Policy is not null
            && modules.Permissions.TryGetValue(Permission.NameOf(a.Policy, out _), out var permission)
            && !permission.Roles.Contains(Roles.Member));

    static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
}
