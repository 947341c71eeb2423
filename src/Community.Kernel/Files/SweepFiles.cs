using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Deletes what nothing uses any more, in two steps with days between: a file that no place uses (<see cref="FileUses"/>) is marked, and
/// one that has been marked for a week and is still used nowhere loses its row. Then deletes files that no row refers to: removed, or left
/// by an interrupted upload. Only files that have not been touched for a day, so that one that is just being written stays; and each is
/// checked again under the upload lock, because somebody may just be uploading the same old content again.
/// </summary>
public sealed class SweepFiles(SiteDb db, Files files, FileUses uses, TimeProvider time) : IHandle<Tick>
{
    static readonly TimeSpan Rest = TimeSpan.FromDays(1);

    /// <summary>How long a file that nothing uses is kept.</summary>
    public static readonly TimeSpan UnusedKept = TimeSpan.FromDays(7);

    /// <summary>Rows looked at together.</summary>
    const int Batch = 500;

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var today = files.Today;
        await db.UploadDays.Where(d => d.Day < today).ExecuteDeleteAsync(ct);
        await Unused(ct);
        if (!Directory.Exists(files.Folder)) return;
        var before = DateTime.UtcNow - Rest;
        foreach (
            var batch in Directory
                .EnumerateFiles(files.Folder, "*", SearchOption.AllDirectories)
                .Where(f => File.GetLastWriteTimeUtc(f) < before)
                .Chunk(500)
        )
        {
            var hashes = batch.Select(f => Path.GetFileName(f)).ToList();
            var named = (await db.Files.Where(f => hashes.Contains(f.Hash)).Select(f => f.Hash).ToListAsync(ct)).ToHashSet();
            foreach (var file in batch.Where(f => !named.Contains(Path.GetFileName(f))))
                if (Path.GetFileName(file) is { Length: 64 } hash) await files.Discard(hash, ct);
                else File.Delete(file);
        }
    }

    async Task Unused(CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var (young, old) = (now - Rest, now - UnusedKept);
        for (var from = 0L; ;)
        {
            var some = await db.Files.AsNoTracking().Where(f => f.Id > from && f.UploadedAt < young).OrderBy(f => f.Id).Take(Batch)
                .Select(f => new { f.Id, f.Hash, f.UnusedSince }).ToListAsync(ct);
            var used = await uses.Of([.. some.Select(f => f.Hash).Distinct()], ct);
            var (mark, free) = (
                some.Where(f => f.UnusedSince is null && !used.Contains(f.Hash)).Select(f => f.Id).ToList(),
                some.Where(f => f.UnusedSince is not null && used.Contains(f.Hash)).Select(f => f.Id).ToList()
            );
            if (mark.Count > 0) await Set(mark, now, ct);
            if (free.Count > 0) await Set(free, null, ct);
            var gone = some.Where(f => f.UnusedSince < old && !used.Contains(f.Hash)).Select(f => f.Hash).Distinct().ToList();
            if (gone.Count > 0) await Remove(gone, old, ct);
            if (some.Count < Batch) return;
            from = some[^1].Id;
        }
    }

    Task Set(List<long> rows, DateTime? unusedSince, CancellationToken ct) =>
        db.Files.Where(f => rows.Contains(f.Id)).ExecuteUpdateAsync(s => s.SetProperty(f => f.UnusedSince, unusedSince), ct);

    /// <summary>Asks again under the lock that whoever begins to use a file takes.</summary>
    async Task Remove(List<string> hashes, DateTime old, CancellationToken ct)
    {
        await using (var change = await db.Change(ct))
        {
            await files.Lock(ct);
            var used = await uses.Of(hashes, ct);
            hashes.RemoveAll(used.Contains);
            await db.Files.Where(f => hashes.Contains(f.Hash) && f.UnusedSince < old).ExecuteDeleteAsync(ct);
            await change.Commit(ct);
        }
        foreach (var hash in hashes) await files.Discard(hash, ct);
    }
}
