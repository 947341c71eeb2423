using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// A code that stands in for the second factor, once. Only its hash is kept; with 80 random bits it needs no slow one.
/// </summary>
public sealed class RecoveryCode
{
    /// <summary>How many a member gets.</summary>
    public const int Count = 10;
    /// <summary>With so many left, the member is told to make new ones.</summary>
    public const int Few = 3;
    /// <summary>16 of 32 letters: 80 bits.</summary>
    const int Length = 16;
    /// <summary>Without letters that are mistaken for others (Crockford's Base32).</summary>
    const string Letters = "0123456789abcdefghjkmnpqrstvwxyz";

    public long Id { get; set; }
    public long MemberId { get; set; }
    public required byte[] Hash { get; set; }

    /// <summary>A new code as it is shown: four groups of four.</summary>
    public static string New() => string.Join('-', RandomNumberGenerator.GetString(Letters, Length).Chunk(4).Select(c => new string(c)));

    /// <summary>The hash of what was typed, in whatever case, width and grouping; null if it is no code at all.</summary>
    public static byte[]? HashOf(string? typed)
    {
        if (typed is not { Length: <= 60 }) return null;
        var bare = new string(
            [
                .. Characters.Normal(typed, NormalizationForm.FormKC).ToLowerInvariant()
                    .Where(c => !char.IsWhiteSpace(c) && c is not '-')
                    .Select(c => c switch { 'o' => '0', 'i' or 'l' => '1', _ => c }),
            ]
        );
        return bare.Length == Length && bare.All(Letters.Contains) ? SHA256.HashData(Encoding.ASCII.GetBytes(bare)) : null;
    }

    /// <summary>Uses a code up. Deleting it is one statement, so of two requests with one code one is refused.</summary>
    internal static async Task<bool> Use(SiteDb db, long member, string? typed, CancellationToken ct) =>
        HashOf(typed) is { } hash
        && await db.RecoveryCodes.Where(c => c.MemberId == member && c.Hash == hash).ExecuteDeleteAsync(ct) > 0;
}
