using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>The buttons of the preview and of earlier versions.</summary>
static class ThemeVersionEndpoints
{
    const string Page = "/staff/theme";

    public static async Task<IResult> Preview(
        HttpContext http,
        ActiveTheme active,
        ThemePreview preview,
        ChangeTheme change,
        CancellationToken ct
    )
    {
        var form = await http.Request.ReadFormAsync(ct);
        await preview.Apply(ct);
        var publishes = form["act"] == "publish" && active.PreviewKey is not null;
        if (publishes && !await change.Publish(Reader.Of(http), active.Settings, VersionIn(form), ct))
            return Results.Redirect(Page + "?overtaken=1");
        await preview.End(Reader.Of(http), ct);
        return Results.Redirect(publishes ? Page + "?saved=1" : Page);
    }

    public static async Task<IResult> Earlier(
        HttpContext http,
        SiteDb db,
        ThemeStore themes,
        ThemePreview preview,
        ChangeTheme change,
        CancellationToken ct
    )
    {
        var form = await http.Request.ReadFormAsync(ct);
        var tries = form.ContainsKey("try");
        var id = long.TryParse(form[tries ? "try" : "back"], out var given) ? given : 0;
        // Its theme may have been deleted.
        if (
            await db.ThemeVersions.AsNoTracking().FirstOrDefaultAsync(l => l.Id == id && !l.IsPreview, ct) is not { } version
            || themes.All().All(t => t.Name != version.Theme)
        )
            return Results.NotFound();
        if (tries)
        {
            await preview.Begin(Reader.Of(http), version.Settings, ct);
            return Results.Redirect("/");
        }
        var done = await change.Publish(Reader.Of(http), version.Settings, VersionIn(form), ct);
        return Results.Redirect(Page + (done ? "?saved=1" : "?overtaken=1"));
    }

    static long VersionIn(IFormCollection form) => long.TryParse(form["version"], out var version) ? version : 0;
}
