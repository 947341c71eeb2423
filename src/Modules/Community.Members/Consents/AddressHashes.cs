using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The one secret of a site under which addresses are hashed. It goes with the site's database.</summary>
public sealed class AddressKey
{
    public const long TheOne = 1;
    public long Id { get; set; } = TheOne;
    public required byte[] Key { get; set; }
}

/// <summary>
/// Keyed hashes of addresses: a suppression recognises an address without keeping it, and outlives the member.
/// </summary>
public sealed class AddressHashes(SiteDb db)
{
    byte[]? key;

    public Task<string> Of(EmailAddress email, CancellationToken ct = default) => Of(email.Text, ct);

    public async Task<string> Of(string email, CancellationToken ct = default)
    {
        key ??= await Key(ct);
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(EmailAddress.NormalOf(email))));
    }

    async Task<byte[]> Key(CancellationToken ct)
    {
        var keys = db.Set<AddressKey>().AsNoTracking();
        if (await keys.FirstOrDefaultAsync(ct) is { } present) return present.Key;
        // A recipe without members makes none: of several who register first, at once, one makes it for all.
        var made = RandomNumberGenerator.GetBytes(32);
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO address_keys (id, key) VALUES ({AddressKey.TheOne}, {made}) ON CONFLICT (id) DO NOTHING",
            ct
        );
        return (await keys.FirstAsync(ct)).Key;
    }
}
