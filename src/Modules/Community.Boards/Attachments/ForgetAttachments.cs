using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Deletes attachments whose file has gone because nothing used it any more (<see cref="SweepFiles"/>).</summary>
public sealed class ForgetAttachments(SiteDb db, TimeProvider time) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime - TimeSpan.FromDays(1);
        var files = db.Files.Where(f => f.Purpose == FilePurpose.Post);
        var deleted = await db.Attachments.Where(a => a.At < before && !files.Any(f => f.Hash == a.Hash)).OrderBy(a => a.Id).DeleteAll(ct);
        await RetentionRun.Leave(db, "boards.attachments", deleted, ct);
    }
}
