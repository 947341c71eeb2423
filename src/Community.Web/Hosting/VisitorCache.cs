using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Community.Themes;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Net.Http.Headers;

namespace Community.Web.Hosting;

/// <summary>
/// Whole answers for visitors who are not signed in. The key holds everything that the page depends on, versions included,
/// so a change is seen with the next request and nothing needs to be evicted.
/// </summary>
sealed class VisitorCache : IOutputCachePolicy
{
    public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken ct)
    {
        var http = context.HttpContext;
        var page = http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type;
        var cached = page?.GetCustomAttributes(typeof(CachedForVisitorsAttribute), true).FirstOrDefault() as CachedForVisitorsAttribute;
        var on = cached is not null && http.User.Identity?.IsAuthenticated != true && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method));
        context.EnableOutputCaching = on;
        context.AllowCacheLookup = context.AllowCacheStorage = context.AllowLocking = on;
        if (!on) return ValueTask.CompletedTask;

        var site = http.RequestServices.GetRequiredService<Site>();
        var name = cached!.RouteValue is { } route ? http.GetRouteValue(route)?.ToString() ?? ContentVersions.Whole : ContentVersions.Whole;
        var key = string.Join('|', site.Id, site.Version, CultureInfo.CurrentUICulture.Name, http.Request.Cookies[Preferences.Scheme], http.Request.Cookies["view"],
            http.RequestServices.GetRequiredService<ThemeStore>().VersionOf(site.Theme), http.RequestServices.GetRequiredService<ContentVersions>().Of(site, name));
        context.CacheVaryByRules.VaryByHost = true;
        context.CacheVaryByRules.QueryKeys = "*";
        context.CacheVaryByRules.VaryByValues["key"] = key;
        context.ResponseExpirationTimeSpan = TimeSpan.FromMinutes(10);
        http.Response.Headers.ETag = $"W/\"{Hash(key + http.Request.Path + http.Request.QueryString)}\"";
        http.Response.Headers.CacheControl = "private, no-cache";
        http.Response.Headers.Vary = HeaderNames.Cookie;
        return ValueTask.CompletedTask;
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken ct) => ValueTask.CompletedTask;

    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken ct)
    {
        var response = context.HttpContext.Response;
        // An answer with a cookie belongs to one visitor.
        if (response.StatusCode != StatusCodes.Status200OK || response.Headers.SetCookie.Count > 0) context.AllowCacheStorage = false;
        return ValueTask.CompletedTask;
    }

    static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 12));
}
