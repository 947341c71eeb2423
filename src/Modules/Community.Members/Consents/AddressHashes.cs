using System.Security.Cryptography;
using System.Text;
using Community.Kernel;

namespace Community.Members;

/// <summary>
/// Keyed hashes of addresses: a suppression recognises an address without storing it, and outlives the member.
/// </summary>
public sealed class AddressHashes(SiteDb db)
{
    byte[]? key;

    public Task<string> Of(EmailAddress email, CancellationToken ct = default) => Of(email.Text, ct);

    public async Task<string> Of(string email, CancellationToken ct = default)
    {
        key ??= await db.Secret("addresses", ct);
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(EmailAddress.NormalOf(email))));
    }
}
