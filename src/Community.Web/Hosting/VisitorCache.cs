using System.Collections.Concurrent;
using System.Reflection;
using System.Security.Cryptography;
using Community.Boards;
using Community.Kernel;
using Community.Members;
using Community.Themes;
using Community.Ui;
using Community.Web.Frame;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Community.Web.Hosting;

/// <summary>
/// Caches whole responses for visitors who are not signed in. The key contains everything that the page depends on, versions included,
/// so a change shows on the next request and nothing needs eviction. What a stranger may choose freely (query, port, cookies)
/// is either known to the page or keeps the response out of the cache, so that nobody can fill it with copies.
/// </summary>
sealed class VisitorCache : IOutputCachePolicy
{
    const long MaxMemory = 64 * 1024 * 1024, MaxPageSize = 1024 * 1024;
    /// <summary>Enough for a cursor and a view.</summary>
    const int MaxQueryLength = 200;
    /// <summary>If a node dies before it has told the others of a change, they serve the old page for this long.</summary>
    static readonly TimeSpan Expiry = TimeSpan.FromMinutes(2);

    /// <summary>How a page is cached: the route value that names its version, and the query keys that it reads.</summary>
    sealed record Rule(string? RouteValue, IReadOnlySet<string> Query);

    static readonly ConcurrentDictionary<Type, Rule?> rules = new();
    static readonly object marked = new();

    public static void Configure(OutputCacheOptions o)
    {
        o.SizeLimit = MaxMemory;
        o.MaximumBodySize = MaxPageSize;
        o.AddBasePolicy(policy => policy.AddPolicy<VisitorCache>(), excludeDefaultPolicy: true);
    }

    /// <summary>True while rendering a response for any visitor: it contains no secret, so it may be compressed (BREACH).</summary>
    public static bool IsMaking(HttpContext http) => http.Items.ContainsKey(marked);

    public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken ct)
    {
        var http = context.HttpContext;
        var rule = http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type is { } page
            ? rules.GetOrAdd(page, RuleOf)
            : null;
        var configuration = http.RequestServices.GetRequiredService<IConfiguration>();
        // Runs before authentication, so any session cookie, even an expired one, disables the cache. So does a message that waits to be
        // shown: it is for one reader, and a cached page would not show it.
        var on =
            rule is not null
            && HttpMethods.IsGet(http.Request.Method)
            && !http.Request.Cookies.ContainsKey(Sessions.CookieName(configuration))
            && !Flash.IsWaiting(http.Request, configuration);
        if (on)
        {
            http.Items[marked] = marked;
            http.Response.Headers.CacheControl = "private, no-cache";
            http.Response.Headers.Vary = HeaderNames.Cookie;
            on = IsPlain(http, rule!);
        }
        context.EnableOutputCaching = context.AllowCacheLookup = context.AllowCacheStorage = context.AllowLocking = on;
        if (!on) return ValueTask.CompletedTask;

        var site = http.RequestServices.GetRequiredService<Site>();
        var versions = http.RequestServices.GetRequiredService<ContentVersions>();
        var name = rule!.RouteValue is { } route ? http.GetRouteValue(route)?.ToString() ?? ContentVersions.Whole : ContentVersions.Whole;
        var key = string.Join(
            '|',
            site.Id,
            site.Version,
            LanguageMiddleware.LanguageOf(http, site),
            FrameValuesOf.SchemeOf(http),
            ChosenView.KeyOf(http),
            http.RequestServices.GetRequiredService<ThemeStore>().VersionOf(site.Theme),
            versions.Of(site, ContentVersions.People),
            versions.Of(site, name),
            http.RequestServices.GetRequiredService<ReaderClock>().Today.DayNumber
        );
        context.CacheVaryByRules.VaryByHost = true;
        context.CacheVaryByRules.QueryKeys = "*";
        context.CacheVaryByRules.VaryByValues["key"] = key;
        context.CacheVaryByRules.VaryByValues["encoding"] = Encoding(http.Request);
        context.ResponseExpirationTimeSpan = Expiry;
        http.Response.Headers.ETag = $"W/\"{Hash(key + http.Request.Path + http.Request.QueryString)}\"";
        http.Response.OnStarting(() =>
        {
            if (http.Response.StatusCode != StatusCodes.Status304NotModified && !IsForAll(http.Response))
                http.Response.Headers.Remove(HeaderNames.ETag);
            return Task.CompletedTask;
        });
        return ValueTask.CompletedTask;
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken ct) => ValueTask.CompletedTask;

    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken ct)
    {
        if (!IsForAll(context.HttpContext.Response)) context.AllowCacheStorage = false;
        return ValueTask.CompletedTask;
    }

    /// <summary>A response that sets a cookie belongs to one visitor.</summary>
    static bool IsForAll(HttpResponse response) => response.StatusCode == StatusCodes.Status200OK && response.Headers.SetCookie.Count == 0;

    static Rule? RuleOf(Type page) =>
        page.GetCustomAttribute<CachedForVisitorsAttribute>() is not { } cached
            ? null
            : new(
                cached.RouteValue,
                page.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                    .Select(p => (p.Name, p.GetCustomAttribute<SupplyParameterFromQueryAttribute>()))
                    .Where(p => p.Item2 is not null)
                    .Select(p => p.Item2!.Name ?? p.Name)
                    .ToHashSet(StringComparer.OrdinalIgnoreCase)
            );

    static bool IsPlain(HttpContext http, Rule rule)
    {
        var request = http.Request;
        if (request.QueryString.Value?.Length > MaxQueryLength || request.Query.Any(q => q.Value.Count > 1 || !rule.Query.Contains(q.Key)))
            return false;
        var port = request.Host.Port;
        return port is null
            || port == http.Connection.LocalPort
            || port == http.RequestServices.GetRequiredService<IOptions<CommunityOptions>>().Value.PublicPort;
    }

    /// <summary>One of three values, as browsers write the header in many ways. The response uses the encoding chosen here.</summary>
    static string Encoding(HttpRequest request)
    {
        var accepted = StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var list)
            ? list.Where(e => e.Quality is not 0).Select(e => e.Value.Value).ToHashSet()
            : [];
        var chosen =
            accepted.Contains("br") ? "br"
            : accepted.Contains("gzip") ? "gzip"
            : "";
        request.Headers.AcceptEncoding = chosen;
        return chosen;
    }

    static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)).AsSpan(0, 12));
}
