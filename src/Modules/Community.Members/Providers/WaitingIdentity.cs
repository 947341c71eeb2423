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
    /// <summary>Of a proof for <see cref="ConfirmIdentityPage"/>, whose page follows at once.</summary>
    static readonly TimeSpan ProofLifetime = TimeSpan.FromMinutes(5);

    sealed record Content(ProviderIdentity Identity, DateTime Until);

    readonly IDataProtector protector = protection.CreateProtector("Community.Members.WaitingIdentity");
    readonly IDataProtector proofs = protection.CreateProtector("Community.Members.WaitingIdentity", "proof");
    readonly string cookie = CookieNames.For("provider", configuration), proof = CookieNames.For("provider-proof", configuration);

    HttpContext Http => accessor.HttpContext!;
    DateTime Now => time.GetUtcNow().UtcDateTime;

    internal void Remember(ProviderIdentity identity) => Set(cookie, protector, identity, Lifetime);

    /// <summary>
    /// The provider proved again who a signed-in member is. What it says to have proved long ago is kept as old, so that the page can
    /// say so.
    /// </summary>
    internal void RememberProof(ProviderIdentity identity, DateTime? at) =>
        Set(proof, proofs, identity, at < Now - SessionGate.Fresh ? -ProofLifetime : ProofLifetime);

    void Set(string name, IDataProtector sealing, ProviderIdentity identity, TimeSpan lifetime) =>
        Http.Response.Cookies.Append(
            name,
            WebEncoders.Base64UrlEncode(sealing.Protect(JsonSerializer.SerializeToUtf8Bytes(new Content(identity, Now + lifetime)))),
            SiteCookie.Options(Http, lifetime.Duration())
        );

    public ProviderIdentity? Read() => Open(cookie, protector) is { } content && content.Until > Now ? content.Identity : null;

    /// <summary>The account that was proved again, and whether that was just now; null for none.</summary>
    public (ProviderIdentity Identity, bool IsFresh)? ReadProof() =>
        Open(proof, proofs) is { } content ? (content.Identity, content.Until > Now && content.Until <= Now + ProofLifetime) : null;

    Content? Open(string name, IDataProtector sealing)
    {
        if (Http.Request.Cookies[name] is not { Length: > 0 and < 3000 } value) return null;
        try { return JsonSerializer.Deserialize<Content>(sealing.Unprotect(WebEncoders.Base64UrlDecode(value))); }
        catch (Exception error) when (error is FormatException or CryptographicException) { return null; }
    }

    /// <summary>The same with its provider; null if there is none, or the provider was switched off.</summary>
    public async Task<(ProviderIdentity Identity, Provider Provider)?> Present(CancellationToken ct = default) =>
        Read() is { } identity
        && await db.Providers.AsNoTracking().FirstOrDefaultAsync(p => p.Id == identity.ProviderId && p.IsOn, ct) is { } provider
            ? (identity, provider)
            : null;

    internal void ForgetProof() => Http.Response.Cookies.Delete(proof, SiteCookie.Options(Http, lifetime: null));

    public void Forget() => Http.Response.Cookies.Delete(cookie, SiteCookie.Options(Http, lifetime: null));
}
