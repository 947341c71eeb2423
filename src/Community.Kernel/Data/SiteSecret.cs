using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>A site's secret, created on first use. It is stored in the site's database and deleted with it.</summary>
public sealed class SiteSecret
{
    /// <summary>What it is for, such as <c>unsubscribe</c>.</summary>
    public required string Name { get; set; }
    public required byte[] Key { get; set; }
}

public static class SiteSecrets
{
    const int Bytes = 32;

    /// <summary>The site's secret of this name, 32 random bytes. If several callers race to create it, all get the same one.</summary>
    public static async Task<byte[]> Secret(this SiteDb db, string name, CancellationToken ct)
    {
        if (await db.PresentSecret(name, ct) is { } present) return present;
        var made = RandomNumberGenerator.GetBytes(Bytes);
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO site_secrets (name, key) VALUES ({name}, {made}) ON CONFLICT (name) DO NOTHING",
            ct
        );
        return (await db.PresentSecret(name, ct))!;
    }

    /// <summary>
    /// The secret, if something was ever signed with it; else null. For who checks a signature: a request that only looks creates nothing.
    /// </summary>
    public static Task<byte[]?> PresentSecret(this SiteDb db, string name, CancellationToken ct) =>
        db.Set<SiteSecret>().AsNoTracking().Where(s => s.Name == name).Select(s => s.Key).FirstOrDefaultAsync(ct);
}
