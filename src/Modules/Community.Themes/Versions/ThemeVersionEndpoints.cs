using Community.Kernel;
using Community.Ui;
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
        Flash flash,
        CancellationToken ct
    )
    {
        var form = await http.Request.ReadFormAsync(ct);
        await preview.Apply(ct);
        var publishes = form["act"] == "publish" && active.PreviewKey is not null;
        if (publishes && !await change.Publish(Reader.Of(http), active.Settings, VersionIn(form), ct))
            return Overtaken(flash);
        await preview.End(Reader.Of(http), ct);
        if (publishes) Saved(flash);
        else if (form["act"] == "stop") flash.Say("themes.preview.ended");
        return Results.Redirect(Page);
    }

    public static async Task<IResult> Earlier(
        HttpContext http,
        SiteDb db,
        ThemeStore themes,
        ThemePreview preview,
        ChangeTheme change,
        Flash flash,
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
        if (!await change.Publish(Reader.Of(http), version.Settings, VersionIn(form), ct)) return Overtaken(flash);
        Saved(flash);
        return Results.Redirect(Page);
    }

    /// <summary>The place on the themes' page that says what was saved, with the way back.</summary>
    public const string Place = "themes";

    public static void Saved(Flash flash) => flash.Say(new FlashMessage("themes.saved") { At = Place });

    static IResult Overtaken(Flash flash)
    {
        flash.Say(new FlashMessage("themes.overtaken") { Tone = FlashTone.Danger });
        return Results.Redirect(Page);
    }

    static long VersionIn(IFormCollection form) => long.TryParse(form["version"], out var version) ? version : 0;
}
