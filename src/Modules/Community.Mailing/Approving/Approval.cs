using System.Security.Cryptography;
using System.Text.Json;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Which mailings a second person has to approve, and who may: the only place of this rule.</summary>
public sealed class Approval(SiteDb db, OwnRelays relays, Settings<ContactSettings> contact)
{
    /// <summary>Whether it reaches so many that somebody has to approve it.</summary>
    public async Task<bool> IsNeeded(Mailing mailing, CancellationToken ct = default)
    {
        if (mailing.IsTest || (await MailingSettings.Of(db, ct)).ApproveFrom is not (> 0 and var from)) return false;
        return await (await Audience.Receivers(mailing, db, ct)).Take(from).CountAsync(ct) >= from;
    }

    /// <summary>Whether somebody has to approve it as it is now, and nobody has.</summary>
    public async Task<bool> IsMissing(Mailing mailing, CancellationToken ct = default) =>
        !(mailing.IsApproved && await IsAsApproved(mailing, ct)) && await IsNeeded(mailing, ct);

    async Task<bool> IsAsApproved(Mailing mailing, CancellationToken ct) =>
        // Null if it was approved before this was kept.
        mailing.ApprovedDigest is not { } approved || approved == await DigestOf(mailing, ct);

    /// <summary>
    /// Names all that a person agrees to, also what stands elsewhere than in the mailing: what members get, who gets it, when and from
    /// whom, and what is recorded of them.
    /// </summary>
    public async Task<string> DigestOf(Mailing mailing, CancellationToken ct = default)
    {
        var contents = await db.MailingContents.AsNoTracking().Where(c => c.MailingId == mailing.Id)
            .OrderBy(c => c.Variant).ThenBy(c => c.Language).ToListAsync(ct);
        var (own, sender) = (await relays.Find(ct), await contact.Get(ct));
        var all = new
        {
            mailing.KindId,
            Contents = contents.Select(c => new { c.Variant, c.Language, c.Subject, c.Preheader, c.Text, c.Blocks, c.OwnWords }),
            mailing.AudienceJson,
            Segments = await Segments(mailing.Audience.Chosen, ct),
            mailing.AtOnce,
            mailing.LocalTime,
            mailing.Zone,
            From = own?.From ?? db.Site.MailFrom,
            FromName = own?.FromName ?? db.Site.MailFromName,
            sender.ReplyTo,
            Sender = sender.Lines,
            Tracking = mailing.Tracking ?? (await MailingSettings.Of(db, ct)).Tracking,
            mailing.Campaign,
            mailing.EmbedsPictures,
            mailing.FilesJson,
            mailing.Variants,
            mailing.SamplePercent,
            mailing.SampleCount,
            mailing.WinnerRule,
            mailing.WinnerAfterHours,
        };
        return Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(all)).AsSpan(0, 16));
    }

    /// <summary>
    /// What the segments mean that the audience names, and those that they name. A frozen one is its list, which never changes.
    /// </summary>
    async Task<List<string>> Segments(Chosen chosen, CancellationToken ct)
    {
        var found = new SortedDictionary<long, string>();
        var next = SegmentCondition.Named(chosen).ToHashSet();
        for (var depth = 0; depth <= Segment.MaxDepth && next.Count > 0; depth++)
        {
            var some = await db.Segments.AsNoTracking().Where(s => next.Contains(s.Id)).ToListAsync(ct);
            foreach (var segment in some)
                found[segment.Id] = FormattableString.Invariant($"{segment.Id} {segment.FrozenAt:O} {segment.ChosenJson}");
            next = [.. some.Where(s => !s.IsFrozen).SelectMany(s => SegmentCondition.Named(s.Chosen)).Where(id => !found.ContainsKey(id))];
        }
        return [.. found.Values];
    }

    /// <summary>
    /// Who is no second person, by mailing: whoever made it, reserved it, or made a version since the last one that was approved.
    /// </summary>
    public async Task<ILookup<long, long>> Authors(IReadOnlyCollection<Mailing> mailings, CancellationToken ct = default)
    {
        var ids = mailings.Select(m => m.Id).ToList();
        var approved = mailings.ToDictionary(m => m.Id, m => m.ApprovedRev ?? 0);
        var revisions = await db.MailingRevisions.AsNoTracking().Where(r => ids.Contains(r.MailingId))
            .Select(r => new { r.MailingId, r.Rev, r.By }).ToListAsync(ct);
        return mailings.SelectMany(m => new[] { m.CreatedBy, m.RevisedBy, m.ScheduledBy ?? 0 }.Select(by => (m.Id, By: by)))
            .Concat(revisions.Where(r => r.Rev > approved[r.MailingId]).Select(r => (r.MailingId, r.By)))
            .Distinct().ToLookup(a => a.Item1, a => a.By);
    }

    /// <summary>The key of why somebody may not approve it; null if they may.</summary>
    /// <param name="authors">Of the mailing; see <see cref="Authors"/>.</param>
    /// <param name="reader">Who would approve it.</param>
    public static string? Refusal(IEnumerable<long> authors, Reader reader) =>
        !reader.May(MailingPermissions.Approve) ? "mailing.approve.not"
        : authors.Contains(reader.Id ?? 0) ? "mailing.approve.own"
        : null;
}
