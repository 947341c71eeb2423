using Community.Bulk;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Publishes what a site has for the engine. A row is done with once the broker has confirmed it.</summary>
public sealed class PublishCommands(SiteDb db)
{
    /// <param name="publish">Says of each message whether the broker has it.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>How many the broker has now; null if some wait and it takes none.</returns>
    public async Task<int?> Run(Func<IReadOnlyList<Outgoing>, CancellationToken, Task<bool[]>> publish, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        // Controls before the suppressions of thousands, and both before the chunks of a large mailing.
        var rows = await db
            .EngineOutbox.AsNoTracking()
            .Where(r => r.Body != null)
            .OrderByDescending(r => r.IsControl)
            .ThenBy(r => r.ChunkNo != null)
            .ThenBy(r => r.Id)
            .Take(MessagePublisher.MaxGroup)
            .ToListAsync(ct);
        if (rows.Count == 0) return 0;
        foreach (var mailing in rows.Where(r => r.IsGo).GroupBy(r => r.MailingId!.Value))
        {
            var tried = await Try(mailing.Key, [.. mailing.Select(r => r.Id)], ct);
            rows.RemoveAll(r => r.IsGo && r.MailingId == mailing.Key && !tried.Contains(r.Id));
        }
        if (rows.Count == 0) return 0;
        await Faults.At("mailing.handoff.tried", db.Site);
        var confirmed = await publish([.. rows.Select(r => OutgoingOf(r.Body!))], ct);
        await Faults.At("mailing.handoff.published", db.Site);
        var done = rows.Where((_, i) => confirmed[i]).ToList();
        MailingMeter.Published(done.Count, rows.Count - done.Count);
        if (done.Count > 0)
        {
            // Dies before: it is published twice, which the engine expects.
            await using var change = await db.Change(ct);
            var (whole, chunks) = (done.Where(r => r.ChunkNo is null).Select(r => r.Id), done.Where(r => r.ChunkNo is not null));
            var gone = whole.ToList();
            await db.EngineOutbox.Where(r => gone.Contains(r.Id)).ExecuteDeleteAsync(ct);
            var sent = chunks.Select(r => r.Id).ToList();
            if (sent.Count > 0)
            {
                // Their hashes are wanted until the commit is written.
                await db.EngineOutbox.Where(r => sent.Contains(r.Id))
                    .ExecuteUpdateAsync(s => s.SetProperty(r => r.Body, (byte[]?)null), ct);
                var handOffs = db.HandOffs;
                await db.EngineOutbox
                    .Where(r => sent.Contains(r.Id)
                        && !handOffs.Any(h => h.MailingId == r.MailingId && h.Rev == r.Rev && h.State == HandOffState.Offering))
                    .ExecuteDeleteAsync(ct);
            }
            await change.Commit(ct);
        }
        return done.Count == 0 ? null : done.Count;
    }

    static Outgoing OutgoingOf(byte[] body)
    {
        var message = Wire.Read(body);
        var (exchange, key) = EngineQueues.WayOf(message);
        return new(exchange, key, body, (message as OfferMessage)?.MailingId ?? default);
    }

    /// <summary>
    /// Writes down that a go may reach the engine, before it does. Whoever takes the mailing back holds the same lock: either the go is
    /// gone from here, or they know of it.
    /// </summary>
    async Task<HashSet<long>> Try(long mailing, List<long> ids, CancellationToken ct)
    {
        await using var change = await db.Change<Mailing>(mailing, ct);
        var present = await db.EngineOutbox.AsNoTracking().Where(r => ids.Contains(r.Id)).ToListAsync(ct);
        var handOff = await db.HandOffs.FirstOrDefaultAsync(h => h.MailingId == mailing, ct);
        if (handOff is null) return [];
        // A go is for the offer that is under way, and only while it is wanted.
        var may = present.Where(r => handOff.Rev == r.Rev && (handOff.GoTried || handOff.State is HandOffState.Go)).ToList();
        if (may.Count > 0) handOff.GoTried = true;
        await change.Commit(ct);
        return [.. may.Select(r => r.Id)];
    }
}
