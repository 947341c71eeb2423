using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// A name that its member gave up, by another name or by being erased: nobody else gets it for a time, so that nobody is taken for them.
/// The row holds no name, but a keyed digest of how it looks (<see cref="LookAlikes"/>).
/// </summary>
public sealed class ReservedName
{
    public long Id { get; set; }
    /// <summary>HMAC-SHA256 of the skeleton under a key of the site, in hexadecimal.</summary>
    public required string Digest { get; set; }
    /// <summary>Who gave it up and may take it back; null once they are erased.</summary>
    public long? MemberId { get; set; }
    public DateTime Until { get; set; }
}

/// <summary>Keeps names that were given up from others, for <see cref="MembersSettings.NamesReserved"/>.</summary>
public sealed class ReservedNames(SiteDb db, Settings<MembersSettings> settings)
{
    byte[]? key;

    /// <summary>
    /// Reserves a name that is being given up, in the transaction of the next save. Not one that another member bears too: it points to
    /// nobody.
    /// </summary>
    /// <param name="skeleton">How it looks.</param>
    /// <param name="bearer">Who gives it up.</param>
    /// <param name="erased">The member is being erased, and takes nothing back.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task GiveUp(string skeleton, long bearer, bool erased, CancellationToken ct)
    {
        var time = (await settings.Get(ct)).NamesReserved;
        if (time <= TimeSpan.Zero || skeleton.Length == 0) return;
        if (await db.Members.AnyAsync(m => m.Skeleton == skeleton && m.Id != bearer, ct)) return;
        db.ReservedNames.Add(new() { Digest = await DigestOf(skeleton, ct), MemberId = erased ? null : bearer, Until = db.Now + time });
    }

    /// <summary>Whether the name is kept from this member, or from somebody who is not a member yet.</summary>
    public async Task<bool> Has(string skeleton, long? member, CancellationToken ct)
    {
        if (skeleton.Length == 0) return false;
        var (digest, now) = (await DigestOf(skeleton, ct), db.Now);
        var kept = db.ReservedNames.Where(r => r.Digest == digest && r.Until > now);
        return await kept.AnyAsync(r => r.MemberId == null || r.MemberId != member, ct);
    }

    async Task<string> DigestOf(string skeleton, CancellationToken ct)
    {
        key ??= await db.Secret("names", ct);
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(skeleton)));
    }
}

/// <summary>Lets go of names whose time is over.</summary>
public sealed class ForgetReservedNames(SiteDb db) : IHandle<Tick>
{
    public const string Rule = "members.reserved-names";

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var now = db.Now;
        var deleted = await db.ReservedNames.Where(r => r.Until <= now).OrderBy(r => r.Id).DeleteAll(ct);
        await RetentionRun.Leave(db, Rule, deleted, ct);
    }
}
