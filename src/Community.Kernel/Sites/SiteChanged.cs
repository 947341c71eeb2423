using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Tells every node that something changed that it keeps in memory for a site, such as its settings: moves <see cref="Site.Version"/>.
/// Called after the commit, so that nodes that reload read the committed values. If the process dies before, the other nodes keep what
/// they have for at most a minute.
/// </summary>
public sealed class SiteChanged(Site site, Databases databases, SiteDirectory sites, TimeProvider time)
{
    /// <param name="change">What to change in the site's row; null for nothing.</param>
    public async Task Tell(Action<CatalogueSite>? change = null)
    {
        await using var catalogue = databases.OpenCatalogue();
        var row = await catalogue.Sites.FirstAsync(s => s.Id == site.Id, CancellationToken.None);
        change?.Invoke(row);
        row.Changed(time);
        await catalogue.SaveChangesAsync(CancellationToken.None);
        sites.Forget(row.Id);
    }
}
