using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// What a mailing is to one member: their copy of it, or everything that keeps them from getting one. As of now: where a mailing has
/// started and nothing stands in the way any more, what has changed since is told.
/// </summary>
/// <param name="Delivery">The member's copy; null for none.</param>
/// <param name="Reasons">Why there is none, as sentences; empty before the start for somebody who will get one.</param>
public sealed record Standing(Delivery? Delivery, IReadOnlyList<string> Reasons)
{
    public bool WillGet => Delivery is null && Reasons.Count == 0;

    public static async Task<Standing> Of(Mailing mailing, Member member, SiteDb db, IStringLocalizer texts, CancellationToken ct = default)
    {
        var copies = db.Deliveries.AsNoTracking().Where(d => d.MailingId == mailing.Id && d.MemberId == member.Id);
        if (await copies.FirstOrDefaultAsync(ct) is { } copy) return new(copy, []);
        if (await mailing.Audience.RefersToDeleted(db, ct)) return new(null, [texts["mailing.standing.broken"]]);
        var reasons = await Unfit(mailing.Audience, member.Id, db, texts, ct);
        var why = await (await Excluded.Among(db.Members.Where(m => m.Id == member.Id), mailing, db, ct))
            .Select(e => (ExclusionReason?)e.Why)
            .FirstOrDefaultAsync(ct);
        // What takes the member out has been named already.
        if (why is { } reason and not ExclusionReason.Minus)
        {
            var bounced = reason is ExclusionReason.Bounce ? await Bounced(member, db, texts, ct) : "";
            reasons.Add(texts["mailing.why." + reason.Word()] + bounced);
        }
        if (reasons.Count > 0 || mailing.StartedAt is not { } start) return new(null, reasons);
        return new(null, [await Since(mailing, member, start, db, texts, ct)]);
    }

    /// <summary>The conditions that the member does not fit, and the exceptions that they do.</summary>
    static async Task<List<string>> Unfit(Audience audience, long member, SiteDb db, IStringLocalizer texts, CancellationToken ct)
    {
        var reasons = new List<string>();
        var one = db.Members.Where(m => m.Id == member);
        foreach (var part in Parts(audience.Wanted, Combine.All))
            if (!await (await part.Apply(one, db, ct)).AnyAsync(ct))
                reasons.Add(texts["mailing.standing.unfit", (await part.Say(db, texts))!]);
        foreach (var part in Parts(audience.Minus, Combine.Any))
            if (await (await part.Apply(one, db, ct)).AnyAsync(ct))
                reasons.Add(texts["mailing.standing.minus", (await part.Say(db, texts))!]);
        return reasons;
    }

    /// <summary>Which mail came back from the member's address and why, and for how long it gets none.</summary>
    static async Task<string> Bounced(Member member, SiteDb db, IStringLocalizer texts, CancellationToken ct)
    {
        var last = await db.Returns.AsNoTracking().Where(r => r.AddressHash == member.AddressHash && r.Kind == ReturnKind.Bounce)
            .OrderByDescending(r => r.Id).Select(r => new { r.At, r.Class }).FirstOrDefaultAsync(ct);
        var closed = await db.SuppressedNow.Where(s => s.AddressHash == member.AddressHash && s.Reason == SuppressionReason.Bounce)
            .Select(s => new { s.Until }).FirstOrDefaultAsync(ct);
        // There is none of an address that was taken over from another list.
        var said = last is null ? "" : texts[
            "mailing.standing.came-back",
            MailingDone.When(db.Site, last.At),
            texts["mailing.came-back." + last.Class.ToString().ToLowerInvariant()]].Value;
        return said + (closed?.Until is { } until
            ? texts["mailing.standing.rests", MailingDone.When(db.Site, until)]
            : texts["mailing.standing.closed"]);
    }

    /// <summary>The clauses of a selection one by one, where each decides for itself; else the selection as a whole.</summary>
    static IEnumerable<Chosen> Parts(Chosen chosen, Combine apart) =>
        chosen.IsEverybody ? []
        : chosen.Root.Match == apart ? chosen.Root.Clauses.Select(c => new Chosen(new ClauseGroup(Combine.All, [c])))
        : [chosen];

    /// <summary>The member would get it today, and did not fit when the recipients were written down.</summary>
    static async Task<string> Since(
        Mailing mailing,
        Member member,
        DateTime start,
        SiteDb db,
        IStringLocalizer texts,
        CancellationToken ct
    )
    {
        if (mailing.Total is null) return texts["mailing.standing.expanding"];
        if (member.JoinedAt > start) return texts["mailing.standing.joined"];
        if (member.ConfirmedAt > start) return texts["mailing.standing.confirmed"];
        if (await db.ConsentStates.AnyAsync(c => c.MemberId == member.Id && c.KindId == mailing.KindId && c.Since > start, ct))
            return texts["mailing.standing.agreed"];
        return texts["mailing.standing.changed"];
    }
}
