using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>A thumbnail of a theme in its colours: a light and a dark page.</summary>
static class ThemePicture
{
    /// <summary>A theme as the site would look in it, with the values that it has now.</summary>
    public static async Task<IResult> OfTheme(
        string name,
        HttpContext http,
        ThemeStore themes,
        ActiveTheme active,
        ThemePreview preview,
        CancellationToken ct
    )
    {
        await preview.Apply(ct);
        return Of(new ThemeSettings(name, active.Settings.Tokens), http, themes);
    }

    public static async Task<IResult> OfVersion(long id, HttpContext http, ThemeStore themes, SiteDb db, CancellationToken ct) =>
        await db.ThemeVersions.AsNoTracking().FirstOrDefaultAsync(l => l.Id == id && !l.IsPreview, ct) is { } version
            ? Of(version.Settings, http, themes)
            : Results.NotFound();

    static IResult Of(ThemeSettings settings, HttpContext http, ThemeStore themes)
    {
        if (themes.All().FirstOrDefault(t => t.Name == settings.Theme) is not { } theme) return Results.NotFound();
        var own = TokenForm.Of(theme, settings.Tokens).Own;
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        http.Response.Headers.CacheControl = "private, max-age=60";
        return Results.Text(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 150">{Page(theme, own, false, 0)}{Page(theme, own, true, 160)}</svg>""",
            "image/svg+xml"
        );
    }

    static string Page(Theme theme, IReadOnlyDictionary<string, string> own, bool dark, int x)
    {
        var values = TokenValues.Of(theme, own, dark);
        string C(string token) => values.GetValueOrDefault(token, "#808080");
        var header = values.GetValueOrDefault("x-color-header", C("color-surface"));
        var mark = values.GetValueOrDefault("x-color-header-text", C("color-text"));
        var radius = values.TryGetValue("radius", out var r)
            ? Math.Min(TokenValue.Pixels(r), 9).ToString(System.Globalization.CultureInfo.InvariantCulture)
            : "3";
        return $"""
            <g transform="translate({x})"><rect width="160" height="150" fill="{C(
                "color-page"
            )}"/><rect width="160" height="26" fill="{header}"/><rect x="12" y="10" width="46" height="6" fill="{mark}"/>
            <rect x="12" y="38" width="88" height="8" fill="{C(
                "color-text"
            )}"/><rect x="12" y="56" width="136" height="52" rx="{radius}" fill="{C("color-surface")}" stroke="{C("color-line")}"/>
            <rect x="22" y="66" width="60" height="5" fill="{C("color-link")}"/><rect x="22" y="78" width="112" height="4" fill="{C(
                "color-text"
            )}"/><rect x="22" y="88" width="96" height="4" fill="{C("color-text-muted")}"/>
            <rect x="22" y="97" width="14" height="4" fill="{C(
                "color-accent"
            )}"/><rect x="12" y="118" width="56" height="20" rx="{radius}" fill="{C(
                "color-brand"
            )}"/><rect x="24" y="126" width="32" height="4" fill="{C("color-brand-text")}"/></g>
            """;
    }
}
