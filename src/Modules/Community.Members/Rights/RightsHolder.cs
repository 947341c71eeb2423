using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Whose data the pages of the own data are about: the signed-in member, or somebody who is suspended, leaving or awaiting approval and has
/// just proved who they are. They get no session; an encrypted cookie opens these pages alone, for half an hour.
/// </summary>
public sealed class RightsHolder(SiteDb db, CurrentMember current, IDataProtectionProvider protection, IHttpContextAccessor accessor)
{
    const string Cookie = "rights";
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    readonly ITimeLimitedDataProtector protector = protection
        .CreateProtector("Community.Members.RightsHolder")
        .ToTimeLimitedDataProtector();
    Member? found;
    bool looked;

    /// <summary>The member's id, once <see cref="Find"/> has run; null for nobody.</summary>
    public long? Id => found?.Id;

    /// <summary>True if they have no session.</summary>
    public bool IsLimited => current.Id is null;

    /// <summary>Loads the member; null for nobody. Tracked only within this request.</summary>
    public async Task<Member?> Find(CancellationToken ct = default)
    {
        if (looked) return found;
        looked = true;
        if (current.Id is { } id) return found = await db.Members.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id, ct);
        if (Open() is not var (handle, stamp)) return null;
        return found = await db.Members.AsNoTracking().FirstOrDefaultAsync(m => m.Handle == handle && m.SecurityStamp == stamp, ct);
    }

    /// <summary>Opens the pages for a member who may not sign in and has proved who they are.</summary>
    public void Let(Member member) =>
        accessor.HttpContext!.Response.Cookies.Append(
            Cookie,
            WebEncoders.Base64UrlEncode(
                protector.Protect(Encoding.UTF8.GetBytes($"{member.Handle} {member.SecurityStamp}"), DateTimeOffset.UtcNow + Lifetime)
            ),
            SiteCookie.Options(accessor.HttpContext, Lifetime)
        );

    /// <summary>Ends it.</summary>
    public void Forget() => accessor.HttpContext!.Response.Cookies.Delete(Cookie, SiteCookie.Options(accessor.HttpContext, lifetime: null));

    (string Handle, string Stamp)? Open()
    {
        if (accessor.HttpContext?.Request.Cookies[Cookie] is not { Length: > 0 and < 1000 } value) return null;
        try
        {
            return Encoding.UTF8.GetString(protector.Unprotect(WebEncoders.Base64UrlDecode(value))).Split(' ') is [var handle, var stamp]
                ? (handle, stamp)
                : null;
        }
        catch (Exception error) when (error is FormatException or CryptographicException) { return null; }
    }
}
