using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Search;

/// <summary>
/// Sees that the site has an index made by the rules of this program, and none while the feature is off: its table would grow old.
/// </summary>
public sealed class KeepIndex(SiteDb db, Databases databases) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var isOn = await IsOn(ct);
        await using var change = await db.Change(ct);
        var indexes = await db.LockedWhere<SearchIndex>(_ => true, ct);
        if (!isOn)
            foreach (var index in indexes) BuildIndex.Forget(db, index, db.Now);
        else if (!indexes.Exists(i => i is { Rules: Grams.Version, BuiltAt: not null })) await BuildIndex.Begin(db, ct);
        await change.Commit(ct);
    }

    /// <summary>As the catalogue has it now: the worker's site may be from before the feature was switched, a moment ago.</summary>
    async Task<bool> IsOn(CancellationToken ct)
    {
        await using var catalogue = databases.OpenCatalogue();
        var row = await catalogue.Sites.AsNoTracking().SingleAsync(s => s.Id == db.Site.Id, ct);
        return SiteDirectory.ToSite(row).Features.Contains(SearchModule.Feature);
    }
}

/// <summary>Asks for the words of removed posts to be forgotten by the index's table.</summary>
/// <param name="IsBegun">Whether the first step is done.</param>
public sealed record MergeIndex(bool IsBegun = false);

/// <summary>
/// Merges the index's table after the erasure of a member: until then SQLite keeps the words of removed posts in its file, though no search
/// finds them.
/// </summary>
public sealed class MergeIndexTable(SiteDb db, TimeProvider time) : IHandle<MergeIndex>
{
    public async Task Handle(MergeIndex message, CancellationToken ct)
    {
        if (!db.IsSqlite) return;
        var turn = new Turn(db, time);
        for (var first = !message.IsBegun; ; first = false)
        {
            var last = await turn.Ends(ct);
            await using var change = await db.Change(ct);
            var more = false;
            foreach (var index in await db.SearchIndexes.AsNoTracking().ToListAsync(ct))
                more |= await new IndexTable(db, index.Id).Merge(first, ct);
            var pause = more && last;
            if (pause) db.Enqueue(new MergeIndex(IsBegun: true));
            await change.Commit(ct);
            if (!more || pause) return;
        }
    }
}
