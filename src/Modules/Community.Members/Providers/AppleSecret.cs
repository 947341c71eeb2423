using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Community.Members;

/// <summary>
/// Apple's client secret is a token that the site signs with the private key that Apple gave out.
/// https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
/// </summary>
static class AppleSecret
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <exception cref="CryptographicException">It is no private key.</exception>
    public static string Make(Provider provider, string pem, DateTime now)
    {
        using var key = ECDsa.Create();
        try { key.ImportFromPem(pem); }
        catch (ArgumentException error) { throw new CryptographicException("It is no PEM.", error); }
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = provider.TeamId,
            Audience = ProviderPreset.Of(ProviderKind.Apple).Issuer,
            IssuedAt = now,
            Expires = now + Lifetime,
            Claims = new Dictionary<string, object> { ["sub"] = provider.ClientId },
            SigningCredentials = new(
                new ECDsaSecurityKey(key) { KeyId = provider.KeyId, CryptoProviderFactory = new() { CacheSignatureProviders = false } },
                SecurityAlgorithms.EcdsaSha256
            ),
        });
    }

    /// <summary>Whether it is a private key on the curve P-256.</summary>
    public static bool IsKey(string pem)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem);
            return key.KeySize == 256 && key.ExportParameters(true).D is not null;
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException) { return false; }
    }
}
