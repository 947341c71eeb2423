using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>Seals the audit log of a site once a day.</summary>
public sealed class SealAudit(SiteDb db, TimeProvider time) : IHandle<Tick>
{
    /// <summary>Most records per seal, because the site's writers wait while it is made.</summary>
    const int Max = 2000;
    /// <summary>Ids are drawn before the commit, so a record with a lower id may still appear next to younger records.</summary>
    static readonly TimeSpan Settled = TimeSpan.FromMinutes(10);

    public async Task Handle(Tick message, CancellationToken ct)
    {
        while (await SealSome(ct) == Max) { }
    }

    async Task<int> SealSome(CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var now = time.GetUtcNow().UtcDateTime;
        var before = now - Settled;
        var last = await db.AuditSeals.AsNoTracking().OrderByDescending(s => s.Id).FirstOrDefaultAsync(ct);
        var sealedTo = last?.LastId ?? 0;
        var settled = await db.Audit.Where(a => a.Id > sealedTo && a.At < before).MaxAsync(a => (long?)a.Id, ct) ?? 0;
        var records = await db
            .Audit.AsNoTracking()
            .Where(a => a.Id > sealedTo && a.Id <= settled)
            .OrderBy(a => a.Id)
            .Take(Max)
            .ToListAsync(ct);
        if (records.Count == 0)
            return 0;
        db.AuditSeals.Add(
            new AuditSeal
            {
                FirstId = records[0].Id,
                LastId = records[^1].Id,
                Hash = Chain(last?.Hash ?? "", records),
                At = now,
            }
        );
        await change.Commit(ct);
        db.ChangeTracker.Clear();
        return records.Count;
    }

    /// <summary>
    /// The first seal that no longer matches its records; null if all match. Where records were deleted because their time was over, the
    /// chain begins with the last of their seals.
    /// </summary>
    public static async Task<AuditSeal?> FirstBroken(SiteDb db, CancellationToken ct = default)
    {
        var (before, reached) = ("", 0L);
        var seals = await db.AuditSeals.AsNoTracking().OrderBy(s => s.Id).ToListAsync(ct);
        // Only the oldest are forgotten: none beyond one that is kept.
        var kept = seals.SkipWhile(s => s.ForgottenAt is not null).ToList();
        if (kept.Count < seals.Count)
        {
            var anchor = seals[seals.Count - kept.Count - 1];
            if (!await ForgetAudit.IsOnRecord(db, anchor, ct)) return anchor;
            (before, reached) = (anchor.Hash, anchor.LastId);
        }
        foreach (var seal in kept)
        {
            if (seal.ForgottenAt is not null) return seal;
            // Starts at the end of the previous seal, so that a record inserted in between is detected too.
            var records = await db
                .Audit.AsNoTracking()
                .Where(a => a.Id > reached && a.Id <= seal.LastId)
                .OrderBy(a => a.Id)
                .ToListAsync(ct);
            if (Chain(before, records) != seal.Hash)
                return seal;
            (before, reached) = (seal.Hash, seal.LastId);
        }
        return null;
    }

    /// <summary>SHA-256 over the previous seal and each record as JSON.</summary>
    public static string Chain(string before, IEnumerable<AuditRecord> records)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(before));
        foreach (var record in records) hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(record));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
