using System.Security.Cryptography;
using System.Text.Json;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>What a link in an e-mail may do.</summary>
public enum MailLinkPurpose { Confirm, Reset, NewEmail, PresentEmail, JoinProvider, EndSessions }

/// <summary>
/// Tokens of links in e-mails, valid for one member, one purpose and one day (<see cref="MailLinkPurpose.EndSessions"/>: 30 days). They
/// hold the member's security stamp, which changes when they are used, when the password or address changes and when the member is
/// suspended; so each works once. A site's tokens are unreadable to other sites (<see cref="SiteKeys"/>).
/// </summary>
public sealed class MailLinks(SiteDb db, IDataProtectionProvider protection, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);
    /// <summary>Of a link that only ends sessions: whoever reads the mail after a holiday needs it still.</summary>
    static readonly TimeSpan LifetimeToEnd = TimeSpan.FromDays(30);

    sealed record Content(string Handle, string Stamp, DateTime Until, string? Extra, long? Registration);

    /// <summary>The content of a valid link.</summary>
    /// <param name="Registration">The <see cref="PendingRegistration"/> that it confirms.</param>
    public sealed record Opened(Member Member, string? Extra, long? Registration);

    /// <param name="purpose">What the link may do.</param>
    /// <param name="member">The member that the link is for.</param>
    /// <param name="extra">What else the link carries, such as a new address.</param>
    /// <param name="registration">The <see cref="PendingRegistration"/> that it confirms.</param>
    public string Token(MailLinkPurpose purpose, Member member, string? extra = null, long? registration = null)
    {
        var content = new Content(member.Handle, member.SecurityStamp!, Until(purpose), extra, registration);
        return WebEncoders.Base64UrlEncode(Protector(purpose).Protect(JsonSerializer.SerializeToUtf8Bytes(content)));
    }

    /// <summary>The member that a token is for; null if it is used, expired, forged or of another site.</summary>
    public async Task<Opened?> Open(MailLinkPurpose purpose, string? token, CancellationToken ct = default)
    {
        if (string.IsNullOrEmpty(token) || Read(purpose, token) is not { } content || content.Until < time.GetUtcNow().UtcDateTime)
            return null;
        var member = await db.Members.FirstOrDefaultAsync(m => m.Handle == content.Handle && m.SecurityStamp == content.Stamp, ct);
        return member is null ? null : new(member, content.Extra, content.Registration);
    }

    /// <summary>The same of a token that was used already, or became void otherwise, to tell its owner what became of it.</summary>
    public async Task<Opened?> Used(MailLinkPurpose purpose, string? token, CancellationToken ct = default) =>
        !string.IsNullOrEmpty(token)
        && Read(purpose, token) is { } content
        && await db.Members.AsNoTracking().FirstOrDefaultAsync(m => m.Handle == content.Handle, ct) is { } member
            ? new(member, content.Extra, content.Registration)
            : null;

    /// <summary>Whether a link's address is confirmed already, by it or otherwise, to tell members who press the button twice.</summary>
    public async Task<bool> IsConfirmed(string? token, CancellationToken ct = default) =>
        !string.IsNullOrEmpty(token)
        && Read(MailLinkPurpose.Confirm, token) is { } content
        && await db.Members.AnyAsync(m => m.Handle == content.Handle && (m.ConfirmedAt != null || m.AwaitsSince != null), ct);

    DateTime Until(MailLinkPurpose purpose) =>
        time.GetUtcNow().UtcDateTime + (purpose is MailLinkPurpose.EndSessions ? LifetimeToEnd : Lifetime);

    Content? Read(MailLinkPurpose purpose, string token)
    {
        try { return JsonSerializer.Deserialize<Content>(Protector(purpose).Unprotect(WebEncoders.Base64UrlDecode(token))); }
        catch (Exception error) when (error is FormatException or CryptographicException) { return null; }
    }

    IDataProtector Protector(MailLinkPurpose purpose) => protection.CreateProtector("Community.Members.MailLinks", purpose.ToString());
}
