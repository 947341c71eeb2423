using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Community.Boards;
using Community.Kernel;
using Community.Members;
using Community.Themes;
using Community.Ui;
using Community.Web.Frame;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Community.Web.Hosting;

/// <summary>
/// Keeps whole responses for visitors who are not signed in, and writes them as soon as the site is known: before routing, without a
/// service of the request. A kept page carries the versions of all that it shows, so a change shows on the next request and
/// nothing needs eviction. What a stranger may choose freely (query, port, cookies) is either known to the page or keeps
/// the response out of memory, so that nobody can fill it with copies.
/// </summary>
/// <remarks>The framework's output cache is asked after routing, and copies a page in pieces: half of what a kept page cost.</remarks>
sealed class VisitorCache(
    IConfiguration configuration,
    IOptions<CommunityOptions> options,
    ContentVersions versions,
    ThemeStore themes,
    TimeProvider time
) : IDisposable
{
    const long MaxMemory = 64 * 1024 * 1024;
    const int MaxPageSize = 1024 * 1024;
    /// <summary>What a page takes besides its body, about: its headers and its key.</summary>
    const int Overhead = 2048;
    /// <summary>Enough for a cursor and a view.</summary>
    const int MaxQueryLength = 200;
    /// <summary>If a node dies before it has told the others of a change, they serve the old page for this long.</summary>
    static readonly TimeSpan Expiry = TimeSpan.FromMinutes(2);

    /// <summary>How a page is cached: the route value that names its version, and the query keys that it reads.</summary>
    sealed record Rule(string? RouteValue, IReadOnlySet<string> Query);

    /// <summary>What a response depends on, as far as the request alone tells.</summary>
    sealed record Key(
        long Site,
        string Scheme,
        string Host,
        string Path,
        string Query,
        string Language,
        string ColorScheme,
        string View,
        string Encoding
    );

    /// <summary>The versions of all that a page shows; today's date, as times are told by the day.</summary>
    readonly record struct Versions(long Site, string Theme, long People, long Content, int Day);

    /// <param name="Name">Under which name <see cref="ContentVersions"/> has the version of its content.</param>
    /// <param name="Versions">As they were before the page was rendered.</param>
    /// <param name="Since">When that was, as a timestamp.</param>
    /// <param name="Headers">All of them, the tag too.</param>
    /// <param name="Body">As it is sent, compressed if it was.</param>
    sealed record Page(string Name, Versions Versions, long Since, KeyValuePair<string, StringValues>[] Headers, byte[] Body);

    static readonly ConcurrentDictionary<Type, Rule?> rules = new();
    static readonly object marked = new();

    readonly MemoryCache pages = new(new MemoryCacheOptions { SizeLimit = MaxMemory });
    /// <summary>Pages being rendered; others who ask for one wait. The result: it is worth looking again.</summary>
    readonly ConcurrentDictionary<Key, TaskCompletionSource<bool>> making = new();
    readonly string sessionCookie = Sessions.CookieName(configuration);
    readonly int? publicPort = options.Value.PublicPort;

    public void Dispose() => pages.Dispose();

    /// <summary>True while rendering a response for any visitor: it contains no secret, so it may be compressed (BREACH).</summary>
    public static bool IsMaking(HttpContext http) => http.Items.ContainsKey(marked);

    /// <summary>Answers with the kept page, if there is one that is still true.</summary>
    /// <returns>False if the page must be made; then <see cref="Make"/> does, if it is one to keep.</returns>
    public async ValueTask<bool> Answer(HttpContext http, Site site)
    {
        if (KeyOf(http, site) is not { } key) return false;
        if (Find(key, site) is { } page)
        {
            await Write(page, http);
            return true;
        }
        http.Features.Set(key);
        return false;
    }

    /// <summary>Renders the page and keeps it, if it is one for all visitors; everything else passes. Runs after routing.</summary>
    public async Task Make(HttpContext http, RequestDelegate next)
    {
        if (!HttpMethods.IsGet(http.Request.Method) || RuleOf(http) is not { } rule || IsForOne(http.Request))
        {
            await next(http);
            return;
        }
        http.Items[marked] = marked;
        http.Response.Headers.CacheControl = "private, no-cache";
        http.Response.Headers.Vary = HeaderNames.Cookie;
        if (http.Features.Get<Key>() is not { } key || http.Request.Query.Any(q => q.Value.Count > 1 || !rule.Query.Contains(q.Key)))
        {
            await next(http);
            return;
        }
        // The response uses the encoding under which it is kept.
        http.Request.Headers.AcceptEncoding = key.Encoding;
        var site = http.RequestServices.GetRequiredService<Site>();
        var name = rule.RouteValue is { } route ? http.GetRouteValue(route)?.ToString() ?? ContentVersions.Whole : ContentVersions.Whole;
        var mine = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        while (making.GetOrAdd(key, mine) is var first && first != mine)
        {
            if (!await first.Task.WaitAsync(http.RequestAborted))
            {
                await next(http);
                return;
            }
            if (Find(key, site) is not { } made) continue;
            await Write(made, http);
            return;
        }
        var (again, body) = (false, Array.Empty<byte>());
        try
        {
            (again, body) = await Render(http, next, key, site, name);
        }
        finally
        {
            making.TryRemove(key, out _);
            // Whoever left while the page was rendered for them leaves it to the next.
            mine.SetResult(again || http.RequestAborted.IsCancellationRequested);
        }
        if (body.Length > 0) await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <returns>Whether it is kept, and the body, which is still to be sent.</returns>
    async Task<(bool Kept, byte[] Body)> Render(HttpContext http, RequestDelegate next, Key key, Site site, string name)
    {
        // Known before the page is made, whichever it turns out to depend on.
        var (mine, whole, since) = (VersionsOf(site, name), VersionsOf(site, ContentVersions.Whole), time.GetTimestamp());
        var (uses, before) = (name, mine);
        KeyValuePair<string, StringValues>[]? headers = null;
        // Registered first, it runs last, when the headers are final.
        http.Response.OnStarting(() =>
        {
            if (!IsForAll(http.Response)) return Task.CompletedTask;
            if (http.Features.Get<ShowsWholeSite>() is not null) (uses, before) = (ContentVersions.Whole, whole);
            http.Response.Headers.ETag = $"W/\"{Hash($"{key}{before}")}\"";
            headers = [.. http.Response.Headers];
            return Task.CompletedTask;
        });
        var response = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var memory = new MemoryStream();
        var buffer = new StreamResponseBodyFeature(memory, response);
        http.Features.Set<IHttpResponseBodyFeature>(buffer);
        try
        {
            await next(http);
            await buffer.CompleteAsync();
        }
        finally
        {
            http.Features.Set(response);
        }
        var body = memory.ToArray();
        if (body.Length > 0) http.Response.ContentLength = body.Length;
        // Kept before it is sent: who waits for it does not wait for this reader's line.
        await http.Response.StartAsync(http.RequestAborted);
        if (headers is null || body.Length > MaxPageSize) return (false, body);
        var size = new MemoryCacheEntryOptions { Size = body.Length + Overhead, AbsoluteExpirationRelativeToNow = Expiry };
        pages.Set(key, new Page(uses, before, since, headers, body), size);
        return (true, body);
    }

    Page? Find(Key key, Site site) =>
        pages.TryGetValue(key, out Page? page) && page!.Versions == VersionsOf(site, page.Name) && time.GetElapsedTime(page.Since) < Expiry
            ? page
            : null;

    async Task Write(Page page, HttpContext http)
    {
        var headers = http.Response.Headers;
        if (IsKnown(page, http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            foreach (var (name, value) in page.Headers)
                if (name is "ETag" or "Cache-Control" or "Vary") headers[name] = value;
            return;
        }
        foreach (var (name, value) in page.Headers) headers[name] = value;
        headers.Age = ((long)time.GetElapsedTime(page.Since).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        await http.Response.BodyWriter.WriteAsync(page.Body, http.RequestAborted);
    }

    /// <summary>The browser has the page already (RFC 9110 §13.1.2: tags are compared weakly).</summary>
    static bool IsKnown(Page page, HttpRequest request)
    {
        var known = request.Headers.IfNoneMatch;
        if (known.Count == 0 || !EntityTagHeaderValue.TryParseList(known, out var tags)) return false;
        var tag = Array.Find(page.Headers, h => h.Key == HeaderNames.ETag).Value.ToString();
        return EntityTagHeaderValue.TryParse(tag, out var own)
            && tags.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Compare(own, useStrongComparison: false));
    }

    /// <summary>Null if a kept page is none for this request.</summary>
    Key? KeyOf(HttpContext http, Site site)
    {
        var request = http.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) return null;
        // A page loaded by a page is refused, see Visits; another host's page leads to the first, see FirstHost.
        if (IsForOne(request) || !Visit.IsOpened(request)) return null;
        // Read from the header, as in SiteMiddleware.
        var host = new HostString(request.Headers.Host.ToString());
        if (host.Host != site.CanonicalHost) return null;
        if (host.Port is { } port && port != http.Connection.LocalPort && port != publicPort) return null;
        var path = request.Path.Value ?? "";
        // Routes are found in capitals too: each way to write one would be a copy.
        if (request.QueryString.Value is { Length: > MaxQueryLength } || path.Any(char.IsUpper)) return null;
        var chose = request.Headers.Cookie.Count > 0;
        return new Key(
            site.Id,
            request.Scheme,
            host.Value!,
            path,
            request.QueryString.Value ?? "",
            chose ? LanguageMiddleware.LanguageOf(http, site) : site.Culture,
            chose ? FrameValuesOf.SchemeOf(http) : "auto",
            chose ? ChosenView.KeyOf(http) : ".",
            Encoding(request.Headers.AcceptEncoding)
        );
    }

    /// <summary>
    /// Runs before authentication, so any session cookie, even an expired one, disables the cache. So does a message that waits to be
    /// shown: it is for one reader, and a cached page would not show it.
    /// </summary>
    bool IsForOne(HttpRequest request) =>
        request.Headers.Cookie.Count > 0 && (request.Cookies.ContainsKey(sessionCookie) || Flash.IsWaiting(request, configuration));

    Versions VersionsOf(Site site, string name) =>
        new(
            site.Version,
            themes.VersionOf(site.Theme),
            versions.Of(site, ContentVersions.People),
            versions.Of(site, name),
            DateOnly.FromDateTime(site.ToLocal(time.GetUtcNow().UtcDateTime)).DayNumber
        );

    /// <summary>A response that sets a cookie belongs to one visitor.</summary>
    static bool IsForAll(HttpResponse response) => response.StatusCode == StatusCodes.Status200OK && response.Headers.SetCookie.Count == 0;

    static Rule? RuleOf(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type is { } page ? rules.GetOrAdd(page, RuleOf) : null;

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

    /// <summary>One of three values, as browsers write the header in many ways.</summary>
    static string Encoding(StringValues accepts)
    {
        if (accepts.Count == 0 || !StringWithQualityHeaderValue.TryParseList(accepts, out var list)) return "";
        var accepted = list.Where(e => e.Quality is not 0).Select(e => e.Value.Value).ToHashSet();
        return accepted.Contains("br") ? "br" : accepted.Contains("gzip") ? "gzip" : "";
    }

    static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)).AsSpan(0, 12));
}
