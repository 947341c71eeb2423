using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Sites;

/// <summary>
/// Deletes a site: its database, its files, and every row of the catalogue that names it. The state <c>Deleting</c> comes first,
/// so the site is unreachable from then on. Every later step is idempotent, and an interrupted deletion is completed at the next start.
/// </summary>
public sealed class DeleteSite(
    Databases databases,
    ModuleList modules,
    IServiceProvider host,
    SiteDirectory sites,
    Operators operators,
    ConsoleLog log,
    IOptions<CommunityOptions> options,
    TimeProvider time
)
{
    /// <summary>Nodes hear of changes within seconds; a row that says only "gone" stays for so long.</summary>
    static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    /// <returns>False if there is no such site.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="InvalidOperationException">It is the console.</exception>
    public async Task<bool> WithKey(Reader actor, string key, CancellationToken ct)
    {
        if (key == Site.OperatorKey) throw new InvalidOperationException("The console cannot be deleted.");
        await operators.Require(actor, ct);
        await using var held = await databases.HoldSites(ct);
        await using var db = databases.OpenCatalogue();
        var row = await db.Sites.Include(s => s.Hosts).FirstOrDefaultAsync(s => s.Key == key, ct);
        if (row is null) return false;
        row.State = SiteState.Deleting;
        row.Changed(time);
        await db.SaveChangesAsync(ct);
        sites.Forget(row.Id);
        if (!await Finish(db, row)) IsUntold = true;
        await log.Add(ConsoleLog.Deleted, key, CancellationToken.None);
        return true;
    }

    /// <summary>Somebody beyond this process does not know yet that a site is gone: <see cref="FinishAll"/> tells them.</summary>
    public bool IsUntold { get; private set; }

    /// <summary>Finishes deletions that a dying process left, and forgets those of long ago.</summary>
    public async Task FinishAll(CancellationToken ct)
    {
        await using var held = await databases.HoldSites(ct);
        await using var db = databases.OpenCatalogue();
        var isTold = true;
        foreach (var row in await db.Sites.Include(s => s.Hosts).Where(s => s.State == SiteState.Deleting).ToListAsync(ct))
            isTold &= await Finish(db, row);
        IsUntold = !isTold;
        await ForgetOld(db);
    }

    // From here on, a closed browser no longer cancels the deletion.
    async Task<bool> Finish(CatalogueDb db, CatalogueSite row)
    {
        // First, while nothing else takes time.
        var isTold = true;
        foreach (var module in modules.All) isTold &= await module.Deleting(host, row.Key, CancellationToken.None);
        await databases.DropSite(SiteDirectory.ToSite(row), CancellationToken.None);
        var files = Path.Combine(options.Value.Data, "Sites", row.Key);
        if (Directory.Exists(files)) Directory.Delete(files, recursive: true);
        // Its data is gone. Its key stays until everybody knows: the next site of that key must not be taken for it.
        if (!isTold) return false;
        await using var change = await db.Database.BeginTransactionAsync();
        await ForgetRows(db, row.Id);
        var now = time.GetUtcNow().UtcDateTime;
        await db
            .Sites.Where(s => s.Id == row.Id)
            .ExecuteUpdateAsync(s =>
                s.SetProperty(r => r.Key, "~" + row.Id)
                    .SetProperty(r => r.Name, "")
                    .SetProperty(r => r.Tagline, "")
                    .SetProperty(r => r.Tokens, "{}")
                    .SetProperty(r => r.MailFrom, "")
                    .SetProperty(r => r.MailFromName, "")
                    .SetProperty(r => r.State, SiteState.Deleted)
                    .SetProperty(r => r.ReadyAt, (DateTime?)null)
                    .SetProperty(r => r.Version, r => r.Version + 1)
                    .SetProperty(r => r.ChangedAt, now)
            );
        await change.CommitAsync();
        db.ChangeTracker.Clear();
        sites.Forget(row.Id);
        await ForgetOld(db);
        return true;
    }

    /// <summary>Everything in the catalogue that carries the site's id, whichever module's table it is.</summary>
    internal static async Task ForgetRows(CatalogueDb db, long id)
    {
        foreach (var type in db.Model.GetEntityTypes())
            if (type.FindProperty("SiteId") is { } site)
#pragma warning disable EF1002 // The names come from the model, never from a request.
                await db.Database.ExecuteSqlRawAsync($"DELETE FROM {type.GetTableName()} WHERE {site.GetColumnName()} = {{0}}", id);
#pragma warning restore EF1002
    }

    Task ForgetOld(CatalogueDb db)
    {
        var before = time.GetUtcNow().UtcDateTime - Remembered;
        return db.Sites.Where(s => s.State == SiteState.Deleted && s.ChangedAt < before).ExecuteDeleteAsync();
    }
}
