using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>A challenge or another token that holds once and was used; kept until it would have expired anyway.</summary>
public sealed class UsedToken
{
    /// <summary>Also the key.</summary>
    public required byte[] Hash { get; set; }
    /// <summary>Milliseconds since 1970.</summary>
    public long ExpiresAt { get; set; }
}

static class UsedTokens
{
    /// <summary>Marks a token as used, in the open change; false if it was already. Of several requests one gets true.</summary>
    public static async Task<bool> UseToken(this SiteDb db, byte[] hash, long expiresAt, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO used_tokens (hash, expires_at) VALUES ({hash}, {expiresAt}) ON CONFLICT (hash) DO NOTHING",
            ct
        ) > 0;
}
