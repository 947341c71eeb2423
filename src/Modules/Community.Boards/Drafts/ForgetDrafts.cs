using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Deletes drafts that nobody has continued for long.</summary>
public sealed class ForgetDrafts(SiteDb db, Settings<BoardsSettings> settings, TimeProvider time) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime - (await settings.Get(ct)).DraftsKept;
        var deleted = await db.Drafts.Where(d => d.At < before).OrderBy(d => d.Id).DeleteAll(ct);
        await RetentionRun.Leave(db, "boards.drafts", deleted, ct);
    }
}
