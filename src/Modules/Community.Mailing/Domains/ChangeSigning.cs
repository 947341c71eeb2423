using System.Text.Json;
using Community.Kernel;
using Community.Mail;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// Makes and replaces the keys with which the site's mail is signed where no mail server signs it. New keys sign once they are published:
/// a signature whose key nobody finds is worse than none.
/// </summary>
public sealed class ChangeSigning(
    SiteDb db,
    Actors actors,
    Audit audit,
    IDataProtectionProvider protection,
    OwnRelays relays,
    SenderDomain dns,
    TimeProvider time
)
{
    /// <summary>
    /// The records of replaced keys stay published for this long: mail is checked when it is delivered, after days of retrying, and by
    /// mail programs when it is read.
    /// </summary>
    public static readonly TimeSpan FormerLasts = TimeSpan.FromDays(14);

    /// <summary>The domain whose mail the site sends, in the form of the wire.</summary>
    public async Task<string> Domain(CancellationToken ct = default) =>
        AddressRules.ToWire((await relays.Find(ct))?.From ?? db.Site.MailFrom).Split('@')[1].ToLowerInvariant();

    /// <summary>Makes keys to publish; those that waited are dropped. What signs now goes on signing.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task Make(Reader actor, CancellationToken ct = default)
    {
        var next = SigningKeys.Make(protection, await Domain(ct), time.GetUtcNow().UtcDateTime);
        await Write(actor, keys => keys with { Next = next }, next.Selector, ct);
    }

    /// <summary>Signs with the keys that wait, if the DNS has them.</summary>
    /// <returns>Why not; null if they sign now, or none waits.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<DomainFault?> Start(Reader actor, CancellationToken ct = default)
    {
        await actors.Require(actor, KernelPermissions.Settings);
        if ((await SigningKeys.Of(db, ct)).Keys.Next is not { } next) return null;
        if (await dns.FaultOfKey(next.RsaName, next.RsaRecord, ct) is { } fault) return fault;
        var twice = await dns.FaultOfKey(next.Ed25519Name, next.Ed25519Record, ct) is null;
        await Write(actor, keys =>
            // Somebody may have made others meanwhile, which nobody has looked for.
            keys.Next?.Selector != next.Selector ? keys : new SigningKeys
            {
                Present = next with { SignsTwice = twice },
                Former = keys.Present is { } before ? [before.RsaName, .. before.SignsTwice ? new[] { before.Ed25519Name } : []] : [],
                FormerSince = keys.Present is null ? null : time.GetUtcNow().UtcDateTime,
            }, next.Selector, ct);
        return null;
    }

    /// <summary>The site's mail leaves without a signature of its own from now on. All private keys are deleted.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public Task Stop(Reader actor, CancellationToken ct = default) => Write(actor, _ => new SigningKeys(), "", ct);

    async Task Write(Reader actor, Func<SigningKeys, SigningKeys> to, string selector, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, KernelPermissions.Settings);
        var row = await db.StoredSettings.FirstOrDefaultAsync(s => s.Part == SigningKeys.Part, ct);
        if (row is null) db.StoredSettings.Add(row = new StoredSettings { Part = SigningKeys.Part });
        var before = SigningKeys.Parse(row.Json);
        audit.Did("mailing.signing", "", AuditChange.Of(AuditChange.Value("signing-keys", before.Present?.Selector, selector)));
        (row.Json, row.Rev) = (JsonSerializer.Serialize(to(before)), row.Rev + 1);
        (row.ChangedAt, row.ChangedBy) = (time.GetUtcNow().UtcDateTime, actor.Id);
        db.Touch(SigningKeys.CacheName);
        await change.Commit(ct);
    }
}
