using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>The evidence for one message: by which consent it was sent, what was said to it, and what came of it.</summary>
public sealed class DeliveryProof
{
    public required Mailing Mailing { get; init; }
    public required Delivery Delivery { get; init; }
    /// <summary>Null if the member has been erased.</summary>
    public string? Name { get; init; }
    public string? Email { get; init; }
    /// <summary>The latest consent to the kind before it was sent, from the log; null for none on record.</summary>
    public ConsentEvent? Consent { get; init; }
    public MailKind? Kind { get; init; }
    /// <summary>In the order of sending; of a message that was accepted at once perhaps none but the last answer.</summary>
    public required IReadOnlyList<DeliveryAttempt> Attempts { get; init; }
    public required IReadOnlyList<Return> Returns { get; init; }
    /// <summary>Of members who agreed to be known by name.</summary>
    public required IReadOnlyList<Engagement> Engagements { get; init; }

    /// <summary>The member's language now: of somebody who has changed it since, perhaps another one than was written in.</summary>
    public string? Language { get; init; }

    /// <summary>Which of the mailing's words it says; null of one that has not started.</summary>
    public MailingContent? Words => Mailing.Content is not { } frozen ? null
        : MailingContent.For(FrozenContent.Parse(frozen).Contents, Delivery.Variant ?? Mailing.Winner ?? 0, Language ?? "");

    /// <summary>Of all that the mailing says, as it was frozen at its start: SHA-256.</summary>
    public string? ContentDigest =>
        Mailing.Content is { } frozen ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(frozen))) : null;

    public string MessageId(Site site) =>
        Delivery.MessageId(Mailing, Mailing.Content is { } frozen ? FrozenContent.Parse(frozen).Host : site.CanonicalHost);

    public static async Task<DeliveryProof?> Of(SiteDb db, long mailingId, long id, CancellationToken ct = default)
    {
        if (await db.FindMailing(mailingId, ct) is not { } mailing) return null;
        var delivery = await db.Deliveries.AsNoTracking().FirstOrDefaultAsync(d => d.Id == id && d.MailingId == mailingId, ct);
        if (delivery is null) return null;
        var member = await db.Members.AsNoTracking().Where(m => m.Id == delivery.MemberId).Select(m => new { m.Name, m.Email, m.Language })
            .FirstOrDefaultAsync(ct);
        var grants = db.ConsentEvents.AsNoTracking()
            .Where(e => e.MemberId == delivery.MemberId && e.KindId == mailing.KindId && e.Action == ConsentAction.Grant);
        if (delivery.SettledAt is { } at) grants = grants.Where(e => e.At <= at);
        return new()
        {
            Mailing = mailing,
            Delivery = delivery,
            Name = member?.Name,
            Email = member?.Email,
            Language = member?.Language,
            Kind = await db.MailKinds.AsNoTracking().FirstOrDefaultAsync(k => k.Id == mailing.KindId, ct),
            Consent = await grants.OrderByDescending(e => e.Id).FirstOrDefaultAsync(ct),
            Attempts = await db.DeliveryAttempts.AsNoTracking().Where(a => a.DeliveryId == id).OrderBy(a => a.Id).ToListAsync(ct),
            Returns = await db.Returns.AsNoTracking().Where(r => r.DeliveryId == id).OrderBy(r => r.Id).ToListAsync(ct),
            Engagements = await db.Engagements.AsNoTracking()
                .Where(e => e.MailingId == mailingId && e.MemberId == delivery.MemberId).OrderBy(e => e.Id).Take(50).ToListAsync(ct),
        };
    }
}
