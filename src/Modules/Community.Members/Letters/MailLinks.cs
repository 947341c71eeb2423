using System.Security.Cryptography;
using System.Text.Json;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>What a link in a letter may do.</summary>
public enum MailLinkPurpose { Confirm, Reset, ChangeEmail }

/// <summary>
/// Tokens of links in letters: for one member, one purpose and a day. They hold the member's security stamp, which moves when
/// they are used, when the password or the address changes and when the member is suspended; so each works once. What one site
/// signed no other site reads (<see cref="SiteKeys"/>).
/// </summary>
public sealed class MailLinks(SiteDb db, IDataProtectionProvider protection, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    sealed record Content(string Handle, string Stamp, DateTime Until, string? Extra);

    /// <param name="extra">What else the link carries, such as a new address.</param>
    public string Token(MailLinkPurpose purpose, Member member, string? extra = null)
    {
        var content = new Content(member.Handle, member.SecurityStamp!, time.GetUtcNow().UtcDateTime + Lifetime, extra);
        return WebEncoders.Base64UrlEncode(Protector(purpose).Protect(JsonSerializer.SerializeToUtf8Bytes(content)));
    }

    /// <summary>The member that a token is for; null if it is used up, too old, forged or of another site.</summary>
    public async Task<(Member Member, string? Extra)?> Open(MailLinkPurpose purpose, string? token, CancellationToken ct = default)
    {
        if (string.IsNullOrEmpty(token) || Read(purpose, token) is not { } content || content.Until < time.GetUtcNow().UtcDateTime) return null;
        var member = await db.Members.FirstOrDefaultAsync(m => m.Handle == content.Handle && m.SecurityStamp == content.Stamp && m.ErasedAt == null, ct);
        return member is null ? null : (member, content.Extra);
    }

    Content? Read(MailLinkPurpose purpose, string token)
    {
        try { return JsonSerializer.Deserialize<Content>(Protector(purpose).Unprotect(WebEncoders.Base64UrlDecode(token))); }
        catch (Exception error) when (error is FormatException or CryptographicException) { return null; }
    }

    IDataProtector Protector(MailLinkPurpose purpose) => protection.CreateProtector("Community.Members.MailLinks", purpose.ToString());
}
