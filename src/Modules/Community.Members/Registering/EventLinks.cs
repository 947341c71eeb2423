using System.Buffers.Binary;
using System.Security.Cryptography;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Community.Members;

/// <summary>
/// Links by which many people register from one network, as at an event, in a school or an office: until such a link expires, the
/// limit by network does not apply to its users. It grants nothing but registration, so it may be posted in public.
/// </summary>
public sealed class EventLinks(SiteDb db, Actors actors, Audit audit, IDataProtectionProvider protection, TimeProvider time)
{
    public const string Query = "event";

    /// <summary>The lifetimes on offer, in hours: a day's event, a fair, a fortnight of enrolment.</summary>
    public static readonly IReadOnlyList<int> Hours = [12, 72, 336];

    readonly IDataProtector protector = protection.CreateProtector("Community.Members.EventLinks");

    /// <summary>The link's path and query.</summary>
    public static string UrlOf(string code) => $"/register?{Query}={code}";

    /// <summary>Creates a link and records it in the audit log; returns its code.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<string> Make(Reader actor, int hours, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.Edit);
        var until = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(until, (time.GetUtcNow() + TimeSpan.FromHours(hours)).UtcTicks);
        audit.Did("members.event-link");
        await change.Commit(ct);
        return WebEncoders.Base64UrlEncode(protector.Protect(until));
    }

    public bool IsOpen(string? code) => End(code) > time.GetUtcNow().UtcDateTime;

    /// <summary>When a link of this code expires, or has expired (UTC); null if there is no such link.</summary>
    public DateTime? End(string? code)
    {
        if (string.IsNullOrEmpty(code) || code.Length > 500)
            return null;
        try
        {
            var ticks = BinaryPrimitives.ReadInt64BigEndian(protector.Unprotect(WebEncoders.Base64UrlDecode(code)));
            return new DateTime(ticks, DateTimeKind.Utc);
        }
        catch (Exception error) when (error is FormatException or CryptographicException)
        {
            return null;
        }
    }
}
