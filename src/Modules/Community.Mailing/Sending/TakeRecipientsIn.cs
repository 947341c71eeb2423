using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// Writes the recipients of a mailing down, some hundred at a time, by id: the mark and the rows in one transaction, so that it goes on
/// where it was after any crash, and needs no more memory for a million than for one batch.
/// </summary>
public sealed class TakeRecipientsIn(SiteDb db)
{
    public const int Batch = 1000;

    /// <summary>True if more are to come. With the last one the total is set, and the mailing may run.</summary>
    public async Task<bool> Some(long id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Mailing>(id, ct);
        if (change.Row is not { State: MailingState.Materialising } mailing) return false;
        var found = await Audience.Receivers(mailing, db).Where(m => m.Id > mailing.ReadUpTo).OrderBy(m => m.Id).Take(Batch).Select(m => new { m.Id, m.Email }).ToListAsync(ct);
        var rows = found.Where(m => !string.IsNullOrEmpty(m.Email)).Select(m => (Member: m.Id, Hash: Delivery.HashOf(m.Email!, mailing.Salt!))).DistinctBy(m => m.Hash).ToList();
        // The mailing's row is locked, so nobody else adds to it; the unique index stands behind this all the same.
        var hashes = rows.ConvertAll(r => r.Hash);
        var present = (await db.Deliveries.Where(d => d.MailingId == id && hashes.Contains(d.AddressHash)).Select(d => d.AddressHash).ToListAsync(ct)).ToHashSet();
        // Due whatever the clock says: put back in the middle, it must not hold up the rest.
        foreach (var (member, hash) in rows.Where(r => !present.Contains(r.Hash)))
            db.Deliveries.Add(new Delivery { MailingId = id, Seq = ++mailing.Count, MemberId = member, AddressHash = hash, DueAt = DateTime.UnixEpoch });
        if (found.Count > 0) mailing.ReadUpTo = found[^1].Id;
        if (found.Count < Batch)
        {
            mailing.Total = mailing.Count;
            mailing.State = MailingState.Running;
        }
        await db.SaveChangesAsync(ct);
        await Faults.At("mailing.materialising", db.Site);
        await change.Commit(ct);
        return found.Count == Batch;
    }
}
