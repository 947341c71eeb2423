using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Makes an archive, list by list. How far it got is committed after each; a run takes some seconds and the next one goes on, so that no
/// amount of data takes longer than a job may.
/// </summary>
public sealed class WriteArchive(SiteDb db, ExportMember export, Archives archives, MemberMails mails, TimeProvider time)
    : IHandle<MakeArchive>
{
    static readonly TimeSpan Slice = TimeSpan.FromSeconds(15);

    public async Task Handle(MakeArchive message, CancellationToken ct)
    {
        if (
            await db.Archives.AsNoTracking().FirstOrDefaultAsync(a => a.Id == message.Archive, ct)
            is not { State: ArchiveState.Waiting } archive
        )
            return;
        var began = time.GetTimestamp();
        var folder = Directory.CreateDirectory(archives.PartsOf(archive)).FullName;
        var parts = export.Parts.Count;
        for (var step = archive.Step; step < parts; step++)
        {
            if (time.GetElapsedTime(began) > Slice)
            {
                db.Enqueue(message);
                await db.SaveChangesAsync(ct);
                return;
            }
            await export.WritePart(archive.MemberId, false, archive.Language, step, folder, ct);
            await Faults.At("archive.part", db.Site);
            var (done, now) = (step + 1, db.Now);
            await db
                .Archives.Where(a => a.Id == archive.Id)
                .ExecuteUpdateAsync(
                    s => s.SetProperty(a => a.Step, done).SetProperty(a => a.Steps, parts).SetProperty(a => a.MovedAt, now),
                    ct
                );
        }
        var path = archives.PathOf(archive);
        int lost;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var file = new FileStream(path + ".part", options))
            lost = await export.Zip(archive.MemberId, false, archive.Language, folder, file, ct);
        File.Move(path + ".part", path, overwrite: true);
        await Ready(archive.Id, lost, new FileInfo(path).Length, ct);
        Directory.Delete(folder, recursive: true);
    }

    async Task Ready(long id, int lost, long bytes, CancellationToken ct)
    {
        await using var change = await db.Change<Archive>(id, ct);
        if (change.Row is not { State: ArchiveState.Waiting } archive) return;
        (archive.State, archive.ReadyAt, archive.Until) = (ArchiveState.Ready, db.Now, await archives.Until(ct));
        (archive.Unreadable, archive.Bytes) = (lost, bytes);
        if (archive.AskedBy is null && await db.Members.FindAsync([archive.MemberId], ct) is { } member) mails.ArchiveReady(member);
        await change.Commit(ct);
    }
}
