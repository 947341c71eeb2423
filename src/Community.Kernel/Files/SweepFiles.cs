using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Deletes files that no row names: taken back, or left by an upload that died. Only such as have not been touched for a day,
/// so that the half of one that is just being written stays; and each is looked for once more under the lock of uploads, for somebody
/// may just be sending again what has lain here for long.
/// </summary>
public sealed class SweepFiles(SiteDb db, Files files) : IHandle<Tick>
{
    static readonly TimeSpan Rest = TimeSpan.FromDays(1);

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var today = files.Today;
        await db.UploadDays.Where(d => d.Day < today).ExecuteDeleteAsync(ct);
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
}
