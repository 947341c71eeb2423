using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Sites;

/// <summary>
/// Suspends a site and resumes it. Visitors see a notice; nothing is lost, and nothing is sent in the meantime.
/// </summary>
public sealed class SuspendSite(Databases databases, SiteDirectory sites, Operators operators, ConsoleLog log, TimeProvider time)
{
    /// <returns>False if there is no such site.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="InvalidOperationException">It is the console.</exception>
    public Task<bool> WithKey(Reader actor, string key, CancellationToken ct) =>
        key == Site.OperatorKey
            ? throw new InvalidOperationException("The console cannot be suspended.")
            : Set(actor, key, SiteState.Suspended, ct);

    /// <returns>False if there is no such site.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    public Task<bool> Resume(Reader actor, string key, CancellationToken ct) => Set(actor, key, SiteState.Active, ct);

    async Task<bool> Set(Reader actor, string key, SiteState state, CancellationToken ct)
    {
        await operators.Require(actor, ct);
        await using var held = await databases.HoldSites(ct);
        await using var db = databases.OpenCatalogue();
        var row = await db.Sites.FirstOrDefaultAsync(
            s => s.Key == key && s.ReadyAt != null && (s.State == SiteState.Active || s.State == SiteState.Suspended),
            ct
        );
        if (row is null)
            return false;
        if (row.State == state)
            return true;
        row.State = state;
        row.Changed(time);
        var now = time.GetUtcNow().UtcDateTime;
        // The queues deferred what fell due in the meantime: schedule it now. Suspended, others have to be told to stand still.
        foreach (var work in await db.Work.Where(w => w.SiteId == row.Id).ToListAsync(ct)) work.NextAt = now;
        await db.SaveChangesAsync(ct);
        sites.Forget(row.Id);
        await log.Add(state == SiteState.Active ? ConsoleLog.Resumed : ConsoleLog.Suspended, key, CancellationToken.None);
        return true;
    }
}
