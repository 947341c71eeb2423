using System.Security.Claims;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>
/// Theme settings that a webmaster previews: only this browser shows the site in them. They are stored in the site's database;
/// a cookie says that there is one, so that nobody else's pages ask for it.
/// </summary>
public sealed class ThemePreview(SiteDb db, ActiveTheme active, May may, IHttpContextAccessor accessor, TimeProvider time)
{
    const string Cookie = "trying";

    HttpContext Http => accessor.HttpContext!;
    long? Member => long.TryParse(Http.User.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : null;

    /// <summary>Applies the preview, if there is one. Called before a page begins.</summary>
    public async Task Apply(CancellationToken ct)
    {
        if (!Http.Request.Cookies.ContainsKey(Cookie) || Member is not { } member || !may.Do(Http.User, ThemesPermissions.Choose))
            return;
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

    public async Task Begin(ThemeSettings settings, CancellationToken ct)
    {
        var member = Member!.Value;
        await db.ThemeVersions.Where(l => l.IsPreview && l.MemberId == member).ExecuteDeleteAsync(ct);
        db.ThemeVersions.Add(ThemeVersion.Of(settings, member, time.GetUtcNow().UtcDateTime, isPreview: true));
        await db.SaveChangesAsync(ct);
        Http.Response.Cookies.Append(
            Cookie,
            "1",
            new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                Secure = Http.Request.IsHttps,
                IsEssential = true,
            }
        );
    }

    public async Task End(CancellationToken ct)
    {
        var member = Member;
        await db.ThemeVersions.Where(l => l.IsPreview && l.MemberId == member).ExecuteDeleteAsync(ct);
        Http.Response.Cookies.Delete(Cookie);
    }
}
