using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Deletes files that no row names: taken back, or left by an upload that died. Only such as have not been touched for a day,
/// so that none is taken from an upload that is just writing its row.
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
        foreach (var batch in Directory.EnumerateFiles(files.Folder, "*", SearchOption.AllDirectories).Where(f => File.GetLastWriteTimeUtc(f) < before).Chunk(500))
        {
            var hashes = batch.Select(f => Path.GetFileName(f)).ToList();
            var named = (await db.Files.Where(f => hashes.Contains(f.Hash)).Select(f => f.Hash).ToListAsync(ct)).ToHashSet();
            foreach (var file in batch.Where(f => !named.Contains(Path.GetFileName(f)))) File.Delete(file);
        }
    }
}
