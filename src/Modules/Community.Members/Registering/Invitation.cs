using System.Security.Cryptography;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Who has its link or code may register, for a limited time and number of people.</summary>
public sealed class Invitation
{
    public const int MaxLabelLength = 100, MaxUsesLimit = 10_000;

    public long Id { get; set; }
    /// <summary>Ten letters and digits, also to be typed by hand.</summary>
    public required string Code { get; set; }
    /// <summary>What it is for, as staff call it.</summary>
    public string Label { get; set; } = "";
    /// <summary>The only address that may use it; null for any. Deleted with the invitation.</summary>
    public string? Email { get; set; }
    public long CreatedBy { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime Until { get; set; }
    /// <summary>How many people may use it.</summary>
    public int MaxUses { get; set; }
    /// <summary>How many have become members by it.</summary>
    public int Uses { get; set; }
    public DateTime? EndedAt { get; set; }

    public bool IsOpen(DateTime now) => EndedAt is null && Until > now && Uses < MaxUses;
    public string Url => $"/register?{Query}={Code}";

    public const string Query = "invitation";

    // Without letters and digits that are mistaken for each other.
    const string Letters = "23456789abcdefghjkmnpqrstuvwxyz";

    public static string NewCode() => RandomNumberGenerator.GetString(Letters, 10);

    /// <summary>A code as somebody typed it: in capitals, with spaces or hyphens, full width.</summary>
    public static string Kept(string? typed) =>
        string.Concat(
            Characters
                .Normal(typed ?? "", System.Text.NormalizationForm.FormKC)
                .ToLowerInvariant()
                .Where(char.IsAsciiLetterOrDigit)
                .Take(20)
        );

    /// <summary>The open invitation with this code; null for none.</summary>
    public static async Task<Invitation?> Find(SiteDb db, string? typed, CancellationToken ct = default)
    {
        var code = Kept(typed);
        return code.Length > 0
            && await db.Invitations.AsNoTracking().FirstOrDefaultAsync(i => i.Code == code, ct) is { } found
            && found.IsOpen(db.Now)
            ? found
            : null;
    }
}
