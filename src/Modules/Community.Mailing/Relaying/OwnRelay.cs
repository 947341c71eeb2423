using System.Security.Cryptography;
using System.Text.Json;
using Community.Kernel;
using Community.Mail;
using MailKit.Security;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>How the connection to a relay is protected.</summary>
public enum RelaySecurity { StartTls, Tls, None }

/// <summary>The relay and the sender that a site has of its own for its direct mail.</summary>
/// <param name="Relay">Its <c>ToString</c> masks the password.</param>
/// <param name="From">The sender's address, also of the envelope: a foreign relay takes no other.</param>
/// <param name="FromName">The sender's name.</param>
/// <param name="Rev">Increases with each change.</param>
public sealed record OwnRelay(SmtpRelay Relay, string From, string FromName, int Rev);

/// <summary>As it stands in the site's database, its password encrypted with the site's keys.</summary>
public sealed record KeptRelay
{
    /// <summary>
    /// The row among the site's <see cref="StoredSettings"/>. It is no part of the settings pages: a password never comes out.
    /// </summary>
    internal const string Part = "mailing.relay";
    internal const string CacheName = "@mailing-relay";
    const string Purpose = "Community.Mailing.Relay";

    public string Host { get; init; } = "";
    public int Port { get; init; }
    public RelaySecurity Security { get; init; }
    public string User { get; init; } = "";
    /// <summary>Encrypted; empty for none.</summary>
    public byte[] Password { get; init; } = [];
    public string From { get; init; } = "";
    public string FromName { get; init; } = "";

    /// <summary>The relay that the site has; null if it has none.</summary>
    internal static async Task<(KeptRelay? Relay, int Rev)> Of(SiteDb db, CancellationToken ct)
    {
        var row = await db.StoredSettings.AsNoTracking().FirstOrDefaultAsync(s => s.Part == Part, ct);
        return row is null ? (null, 0) : (Parse(row.Json), row.Rev);
    }

    /// <summary>Null once it was removed.</summary>
    internal static KeptRelay? Parse(string json) =>
        JsonSerializer.Deserialize<KeptRelay>(json) is { Host.Length: > 0 } relay ? relay : null;

    internal static byte[] Protect(IDataProtectionProvider keys, string password) =>
        keys.CreateProtector(Purpose).Protect(System.Text.Encoding.UTF8.GetBytes(password));

    internal OwnRelay Open(IDataProtectionProvider keys, int rev) =>
        new(
            new SmtpRelay
            {
                Host = Host,
                Port = Port,
                Security = Security switch
                {
                    RelaySecurity.Tls => SecureSocketOptions.SslOnConnect,
                    RelaySecurity.None => SecureSocketOptions.None,
                    _ => SecureSocketOptions.StartTls,
                },
                UserName = User.Length > 0 ? User : null,
                Password = Password.Length > 0 ? Unprotect(keys) : null,
            },
            From,
            FromName,
            rev
        );

    // If the keys were lost, the relay refuses the sign-in, and the mailing waits until somebody types the password again.
    string Unprotect(IDataProtectionProvider keys)
    {
        try { return System.Text.Encoding.UTF8.GetString(keys.CreateProtector(Purpose).Unprotect(Password)); }
        catch (CryptographicException) { return ""; }
    }
}

/// <summary>Finds the site's own relay. Kept in memory, still encrypted.</summary>
public sealed class OwnRelays(SiteDb db, IDataProtectionProvider keys)
{
    sealed record Kept(KeptRelay? Relay, int Rev);

    /// <summary>Null if the site sends by the installation's relay.</summary>
    public async Task<OwnRelay?> Find(CancellationToken ct = default)
    {
        var kept = await db.Cached(KeptRelay.CacheName, async (db, ct) =>
        {
            var (relay, rev) = await KeptRelay.Of(db, ct);
            return new Kept(relay, rev);
        }, ct);
        return kept.Relay?.Open(keys, kept.Rev);
    }
}
