using System.Security.Cryptography;
using System.Text.Json;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace Community.Members;

/// <summary>
/// Remembers in a cookie, encrypted, whose account at a provider this browser has proved, until its person decides: connect it with a
/// membership, or register. By itself it opens nothing.
/// </summary>
public sealed class WaitingIdentity(
    SiteDb db,
    IDataProtectionProvider protection,
    IHttpContextAccessor accessor,
    IConfiguration configuration,
    TimeProvider time
)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    sealed record Content(ProviderIdentity Identity, DateTime Until);

    readonly IDataProtector protector = protection.CreateProtector("Community.Members.WaitingIdentity");
    readonly string cookie = CookieNames.For("provider", configuration);

    HttpContext Http => accessor.HttpContext!;
    DateTime Now => time.GetUtcNow().UtcDateTime;

    internal void Remember(ProviderIdentity identity) =>
        Http.Response.Cookies.Append(
            cookie,
            WebEncoders.Base64UrlEncode(protector.Protect(JsonSerializer.SerializeToUtf8Bytes(new Content(identity, Now + Lifetime)))),
            SiteCookie.Options(Http, Lifetime)
        );

    public ProviderIdentity? Read()
    {
        if (Http.Request.Cookies[cookie] is not { Length: > 0 and < 3000 } value) return null;
        try
        {
            var content = JsonSerializer.Deserialize<Content>(protector.Unprotect(WebEncoders.Base64UrlDecode(value)));
            return content is not null && content.Until > Now ? content.Identity : null;
        }
        catch (Exception error) when (error is FormatException or CryptographicException) { return null; }
    }

    /// <summary>The same with its provider; null if there is none, or the provider was switched off.</summary>
    public async Task<(ProviderIdentity Identity, Provider Provider)?> Present(CancellationToken ct = default) =>
        Read() is { } identity
        && await db.Providers.AsNoTracking().FirstOrDefaultAsync(p => p.Id == identity.ProviderId && p.IsOn, ct) is { } provider
            ? (identity, provider)
            : null;

    public void Forget() => Http.Response.Cookies.Delete(cookie, SiteCookie.Options(Http, lifetime: null));
}
