using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Deletes files that no row refers to: removed, or left by an interrupted upload. Only files that have not been touched for a day,
/// so that one that is just being written stays; and each is checked again under the upload lock, because somebody
/// may just be uploading the same old content again.
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
