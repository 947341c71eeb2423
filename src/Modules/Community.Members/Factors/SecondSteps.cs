using System.Security.Cryptography;
using System.Text.Json;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace Community.Members;

/// <summary>A sign-in whose first step was right and whose second is awaited.</summary>
/// <param name="Member">The member.</param>
/// <param name="First">The first step.</param>
/// <param name="Remember">"Keep me signed in".</param>
/// <param name="Attempt">The first step's row in the list of attempts.</param>
public sealed record HalfSignIn(Member Member, Proof First, bool Remember, long Attempt);

/// <summary>
/// Keeps between the two steps of signing in, in a cookie, encrypted, that the first was right in this browser. It is no session: no page
/// takes it for one. A new password, another address or a suspension voids it, since it holds the member's security stamp.
/// </summary>
public sealed class SecondSteps(
    SiteDb db,
    IDataProtectionProvider protection,
    IHttpContextAccessor accessor,
    IConfiguration configuration,
    TimeProvider time
)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    sealed record Content(long Member, string Stamp, Proof First, bool Remember, long Attempt, DateTime Until);

    readonly IDataProtector protector = protection.CreateProtector("Community.Members.SecondStep");
    readonly string cookie = CookieNames.For("second-step", configuration);

    HttpContext Http => accessor.HttpContext!;

    internal void Begin(Member member, Proof first, bool remember, long attempt)
    {
        var content = new Content(member.Id, member.SecurityStamp!, first, remember, attempt, time.GetUtcNow().UtcDateTime + Lifetime);
        Http.Response.Headers.CacheControl = "no-store";
        Http.Response.Cookies.Append(
            cookie,
            WebEncoders.Base64UrlEncode(protector.Protect(JsonSerializer.SerializeToUtf8Bytes(content))),
            SiteCookie.Options(Http, lifetime: null)
        );
    }

    /// <summary>The sign-in that this browser has begun; null if there is none, or it took too long, or was overtaken.</summary>
    public async Task<HalfSignIn?> Present(CancellationToken ct = default)
    {
        if (Read() is not { } half || half.Until < time.GetUtcNow().UtcDateTime) return null;
        var member = await db.Members.FirstOrDefaultAsync(m => m.Id == half.Member && m.SecurityStamp == half.Stamp, ct);
        return member is null ? null : new(member, half.First, half.Remember, half.Attempt);
    }

    internal void Forget() => Http.Response.Cookies.Delete(cookie, SiteCookie.Options(Http, lifetime: null));

    Content? Read()
    {
        if (Http.Request.Cookies[cookie] is not { Length: > 0 and < 1000 } value) return null;
        try { return JsonSerializer.Deserialize<Content>(protector.Unprotect(WebEncoders.Base64UrlDecode(value))); }
        catch (Exception error) when (error is FormatException or CryptographicException) { return null; }
    }
}
