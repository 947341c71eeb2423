using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>The buttons of what is tried, and of what was worn before.</summary>
static class LookEndpoints
{
    const string Page = "/staff/theme";

    public static async Task<IResult> Tried(HttpContext http, WornLook worn, TriedLook tried, ChangeTheme change, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        await tried.PutOn(ct);
        var publishes = form["act"] == "publish" && worn.Tried is not null;
        if (publishes && !await change.Wear(worn.Look, VersionIn(form), ct)) return Results.Redirect(Page + "?overtaken=1");
        await tried.End(ct);
        return Results.Redirect(publishes ? Page + "?saved=1" : Page);
    }

    public static async Task<IResult> Earlier(
        HttpContext http,
        SiteDb db,
        ThemeStore themes,
        TriedLook tried,
        ChangeTheme change,
        CancellationToken ct
    )
    {
        var form = await http.Request.ReadFormAsync(ct);
        var tries = form.ContainsKey("try");
        var id = long.TryParse(form[tries ? "try" : "back"], out var given) ? given : 0;
        // Its theme may be gone by now.
        if (
            await db.Looks.AsNoTracking().FirstOrDefaultAsync(l => l.Id == id && !l.IsTried, ct) is not { } kept
            || themes.All().All(t => t.Name != kept.Theme)
        )
            return Results.NotFound();
        if (tries)
        {
            await tried.Begin(kept.Look, ct);
            return Results.Redirect("/");
        }
        return Results.Redirect(Page + (await change.Wear(kept.Look, VersionIn(form), ct) ? "?saved=1" : "?overtaken=1"));
    }

    static long VersionIn(IFormCollection form) => long.TryParse(form["version"], out var version) ? version : 0;
}
