using System.Security.Claims;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>
/// A look that a webmaster tries: this browser shows the site in it, nobody else's does. It is kept in the site's database;
/// a cookie says that there is one, so that nobody else's pages ask for it.
/// </summary>
public sealed class TriedLook(SiteDb db, WornLook worn, May may, IHttpContextAccessor accessor, TimeProvider time)
{
    const string Cookie = "trying";

    HttpContext Http => accessor.HttpContext!;
    long? Member => long.TryParse(Http.User.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : null;

    /// <summary>Puts on what is tried, if anything is. Called before a page begins.</summary>
    public async Task PutOn(CancellationToken ct)
    {
        if (!Http.Request.Cookies.ContainsKey(Cookie) || Member is not { } member || !may.Do(Http.User, ThemesPermissions.Choose))
            return;
        if (
            await db
                .Looks.AsNoTracking()
                .Where(l => l.IsTried && l.MemberId == member)
                .OrderByDescending(l => l.Id)
                .FirstOrDefaultAsync(ct) is
            { } tried
        )
            worn.Try(tried);
    }

    public async Task Begin(Look look, CancellationToken ct)
    {
        var member = Member!.Value;
        await db.Looks.Where(l => l.IsTried && l.MemberId == member).ExecuteDeleteAsync(ct);
        db.Looks.Add(KeptLook.Of(look, member, time.GetUtcNow().UtcDateTime, isTried: true));
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
        await db.Looks.Where(l => l.IsTried && l.MemberId == member).ExecuteDeleteAsync(ct);
        Http.Response.Cookies.Delete(Cookie);
    }
}
