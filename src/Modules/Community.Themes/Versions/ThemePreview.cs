using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>
/// Theme settings that a webmaster previews: only this browser shows the site in them. They are stored in the site's database;
/// a cookie says that there is one, so that nobody else's pages ask for it.
/// </summary>
public sealed class ThemePreview(SiteDb db, Actors actors, ActiveTheme active, IHttpContextAccessor accessor, TimeProvider time)
{
    const string Cookie = "trying";

    HttpContext Http => accessor.HttpContext!;

    /// <summary>Applies the preview, if there is one. Called before a page begins.</summary>
    public async Task Apply(CancellationToken ct)
    {
        if (!Http.Request.Cookies.ContainsKey(Cookie) || !Reader.Of(Http).May(ThemesPermissions.Choose)) return;
        var member = Reader.Of(Http).Id;
        if (
            await db
                .ThemeVersions.AsNoTracking()
                .Where(l => l.IsPreview && l.MemberId == member)
                .OrderByDescending(l => l.Id)
                .FirstOrDefaultAsync(ct) is
            { } preview
        )
            active.Preview(preview);
    }

    /// <exception cref="Denied">The actor may not.</exception>
    public async Task Begin(Reader actor, ThemeSettings settings, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var member = (await actors.Require(actor, ThemesPermissions.Choose)).Id;
        await db.ThemeVersions.Where(l => l.IsPreview && l.MemberId == member).ExecuteDeleteAsync(ct);
        db.ThemeVersions.Add(ThemeVersion.Of(settings, member, time.GetUtcNow().UtcDateTime, isPreview: true));
        await change.Commit(ct);
        Http.Response.Cookies.Append(
            Cookie,
            "1",
            SiteCookie.Options(Http, lifetime: null)
        );
    }

    /// <summary>Ends the preview; whoever has lost the right may do that still.</summary>
    /// <exception cref="Denied">The actor is no member by now.</exception>
    public async Task End(Reader actor, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var member = (await actors.RequireMember(actor)).Id;
        await db.ThemeVersions.Where(l => l.IsPreview && l.MemberId == member).ExecuteDeleteAsync(ct);
        await change.Commit(ct);
        Http.Response.Cookies.Delete(Cookie);
    }
}
