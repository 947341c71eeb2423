using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Security.Claims;
using Community.Kernel;
using Community.Themes;
using Community.Web.Hosting;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.Extensions.Localization;

namespace Community.Web.Frame;

/// <summary>The values for the theme's layout in one request.</summary>
static class FrameValuesOf
{
    public static FrameValues Request(
        HttpContext http,
        Site site,
        ThemeSettings settings,
        IEnumerable<MenuItem> menu,
        IStringLocalizer texts
    )
    {
        var path = PathOf(http);
        var language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;
        return new FrameValues
        {
            Lang = language,
            Scheme = SchemeOf(http),
            SiteName = site.Name,
            SiteTagline = site.Tagline,
            PageKind = KindOf(http, site),
            Nav =
            [
                .. menu.OrderByDescending(i => i.First)
                    .Select(i => new FrameLink(i.Label ?? texts[i.Text], i.Url, IsIn(path, i.Url))),
            ],
            Member =
                http.User.Identity?.IsAuthenticated == true
                    ? new FrameLink(http.User.FindFirstValue(MemberClaim.Name) ?? "", "/account")
                    : null,
            Languages =
            [
                .. site.Languages.Where(_ => site.Languages.Count > 1).Select(l => new FrameLanguage(
                    l,
                    ((Texts)texts).In(l, "web.language").Value,
                    $"/language/{l}?back={Uri.EscapeDataString(path)}",
                    l == language
                )),
            ],
            Tokens = settings.Tokens,
            Words = new(texts["web.skip"], texts["web.menu"], texts["web.navigation"]),
        };
    }

    static readonly ConcurrentDictionary<Type, string> kinds = new();

    /// <summary>
    /// The kind of page; <c>text</c> if it declares none. The console's home is its list of sites.
    /// </summary>
    static string KindOf(HttpContext http, Site site)
    {
        var page = http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type;
        var kind = page is null ? "text" : kinds.GetOrAdd(page, static p => p.GetCustomAttribute<PageKindAttribute>()?.Kind ?? "text");
        return kind == "home" && site.IsConsole && http.User.Identity?.IsAuthenticated == true ? "console" : kind;
    }

    public static string SchemeOf(HttpContext http) =>
        http.Request.Cookies[Preferences.Scheme] is { } s && Preferences.Schemes.Contains(s) ? s : "auto";

    /// <summary>Path and query as requested by the reader, also on an error page.</summary>
    public static string PathOf(HttpContext http) =>
        http.Features.Get<FailedRequest>()?.Path ?? http.Request.Path + http.Request.QueryString.ToString();

    static bool IsIn(string path, string url) =>
        path == url || (url != "/" && path.StartsWith(url, StringComparison.Ordinal) && path[url.Length] is '/' or '?');
}
