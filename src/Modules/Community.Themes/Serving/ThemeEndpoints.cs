using System.Text;
using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Community.Themes;

/// <summary>
/// Serves the site's style sheet and the files of its theme. Their URLs contain a version, so browsers may cache them for a year.
/// </summary>
public static class ThemeEndpoints
{
    /// <summary>In the address of a preview's style sheet.</summary>
    public const string Trying = "try";

    /// <summary>Applies when a picture is opened directly: an SVG may contain script.</summary>
    const string PictureOnly = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

    internal static void Map(IEndpointRouteBuilder app)
    {
        var parts = app.MapGroup("").WithMetadata(new LoadedByPagesAttribute());
        parts.MapGet("/theme.css", Styles).AllowAnonymous();
        parts.MapGet("/icon.svg", Icon).AllowAnonymous();
        parts.MapGet("/favicon.ico", () => Results.Redirect("/icon.svg", permanent: true)).AllowAnonymous();
        parts.MapGet("/themes/{theme}/{folder:regex(^(images|fonts)$)}/{**path}", Picture).AllowAnonymous();
        parts.MapGet("/staff/theme/picture/{name}.svg", ThemePicture.OfTheme).RequireAuthorization(ThemesPermissions.Choose);
        parts.MapGet("/staff/theme/picture/version/{id:long}.svg", ThemePicture.OfVersion).RequireAuthorization(ThemesPermissions.Choose);
        app.MapPost("/staff/theme/tried", ThemeVersionEndpoints.Preview).RequireAuthorization(ThemesPermissions.Choose);
        app.MapPost("/staff/theme/earlier", ThemeVersionEndpoints.Earlier).RequireAuthorization(ThemesPermissions.Choose);
    }

    static async Task<IResult> Styles(
        HttpContext http,
        Site site,
        ThemeStore themes,
        ActiveTheme active,
        ThemePreview preview,
        CancellationToken ct
    )
    {
        if (http.Request.Query.ContainsKey(Trying))
        {
            await preview.Apply(ct);
            http.Response.Headers.CacheControl = "private, no-store";
            return Results.Text(ThemeStyles.For(themes.Get(active.Settings.Theme), active.Settings.Tokens), "text/css; charset=utf-8");
        }
        var safe = http.Request.Query.ContainsKey(SafeTheme.Query);
        var theme = themes.Get(safe ? SafeTheme.Name : site.Theme);
        var version = $"{theme.Version}-{site.Version}";
        Keep(http, http.Request.Query["v"] == version);
        var css = ThemeStyles.For(theme, safe ? new Dictionary<string, string>() : site.Tokens);
        return Results.File(
            Encoding.UTF8.GetBytes(css),
            "text/css; charset=utf-8",
            entityTag: new EntityTagHeaderValue($"\"{(safe ? "safe-" : "")}{version}\"")
        );
    }

    static IResult Icon(HttpContext http, Site site, ThemeStore themes)
    {
        Keep(http, http.Request.Query.ContainsKey("v"));
        http.Response.Headers.ContentSecurityPolicy = PictureOnly;
        return Results.Content(SiteIcon.Svg(site, themes.Get(site.Theme)), "image/svg+xml; charset=utf-8");
    }

    /// <summary>Serves only files read with the theme: the requested path is a key in a dictionary, never a path on disk.</summary>
    static IResult Picture(string theme, string folder, string? path, HttpContext http, Site site, ThemeStore themes, May may)
    {
        // Whoever may choose themes previews it first.
        if (theme != site.Theme && theme != SafeTheme.Name && !may.Do(http.User, ThemesPermissions.Choose))
            return Results.NotFound();
        if (!themes.Get(theme).Files.TryGetValue($"{folder}/{path}", out var file) || !File.Exists(file.FullPath))
            return Results.NotFound();
        Keep(http, http.Request.Query["v"] == file.Hash);
        http.Response.Headers.ContentSecurityPolicy = PictureOnly;
        // Mail on the web has the logo in pages of its own.
        if (Logo.IsShownInMail(file.FullPath)) http.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return Results.File(file.FullPath, file.MediaType, entityTag: new EntityTagHeaderValue($"\"{file.Hash}\""));
    }

    static void Keep(HttpContext http, bool versioned) =>
        http.Response.Headers.CacheControl = versioned ? "public, max-age=31536000, immutable" : "public, max-age=300";
}
