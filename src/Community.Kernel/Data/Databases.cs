namespace Community.Kernel;

/// <summary>
/// The databases of this installation: SQLite files or PostgreSQL. One implementation for each stands in Community.Data,
/// beside the migrations.
/// </summary>
public abstract class Databases
{
    /// <summary>True if several nodes may share them.</summary>
    public abstract bool IsShared { get; }

    /// <summary>The id of the newest migration of a site's database.</summary>
    public abstract string Schema { get; }

    public abstract CatalogueDb OpenCatalogue();
    public abstract SiteDb OpenSite(SiteDbParts parts);

    /// <summary>Whether there is a catalogue, of whatever schema.</summary>
    public abstract Task<bool> HasCatalogue(CancellationToken ct);

    /// <summary>Makes the catalogue or brings it up to date.</summary>
    /// <exception cref="SchemaException">It was made by a version that this program cannot upgrade.</exception>
    public abstract Task PrepareCatalogue(CancellationToken ct);

    /// <summary>
    /// Held while a site is made, changed or deleted: one at a time over all processes.
    /// The system releases it if the process dies.
    /// </summary>
    public abstract Task<IAsyncDisposable> HoldSites(CancellationToken ct);

    /// <summary>Makes an empty, up-to-date database for a site, in place of any that a creation left half-done.</summary>
    public abstract Task CreateSite(Site site, CancellationToken ct);

    /// <summary>Brings a site's database up to date. Safe while others read, and twice at once.</summary>
    /// <exception cref="SchemaException">It was made by a version that this program cannot upgrade.</exception>
    public abstract Task UpgradeSite(Site site, CancellationToken ct);

    /// <summary>
    /// Whether a site's database has exactly this program's schema. Asked of the database itself: a site that was restored from a backup
    /// of another version stands in the catalogue as up to date.
    /// </summary>
    public abstract Task<bool> IsUpToDate(Site site, CancellationToken ct);

    /// <summary>Deletes a site's database. Nothing happens if there is none.</summary>
    public abstract Task DropSite(Site site, CancellationToken ct);
}
