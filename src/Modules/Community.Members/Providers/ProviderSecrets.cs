using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace Community.Members;

/// <summary>Encrypts providers' secrets with the site's keys: the database alone shows none, and another site opens none.</summary>
public sealed class ProviderSecrets(IDataProtectionProvider protection)
{
    readonly IDataProtector protector = protection.CreateProtector("Community.Members.Provider.Secret");

    internal byte[] Keep(string secret) => protector.Protect(Encoding.UTF8.GetBytes(secret));

    /// <summary>Null if the keys were lost, or there is none.</summary>
    public string? Read(Provider provider)
    {
        if (provider.Secret.Length == 0) return null;
        try { return Encoding.UTF8.GetString(protector.Unprotect(provider.Secret)); }
        catch (CryptographicException) { return null; }
    }
}
