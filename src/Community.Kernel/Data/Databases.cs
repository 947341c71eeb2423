namespace Community.Kernel;

/// <summary>
/// The databases of this installation: SQLite files or PostgreSQL. Community.Data has an implementation of each,
/// next to the migrations.
/// </summary>
public abstract class Databases
{
    /// <summary>True if several nodes may share them.</summary>
    public abstract bool IsShared { get; }

    /// <summary>The id of the newest migration of a site's database.</summary>
    public abstract string Schema { get; }

    public abstract CatalogueDb OpenCatalogue();
    public abstract SiteDb OpenSite(SiteDbParts parts);

    /// <summary>Whether a catalogue exists, whatever its schema version.</summary>
    public abstract Task<bool> HasCatalogue(CancellationToken ct);

    /// <summary>Creates the catalogue or migrates it.</summary>
    /// <exception cref="SchemaException">It was made by a version from which this program cannot upgrade.</exception>
    public abstract Task PrepareCatalogue(CancellationToken ct);

    /// <summary>
    /// Another value after each commit to the catalogue, whoever made it: this process, another, a command. Null if the database cannot
    /// tell that more cheaply than by a query.
    /// </summary>
    public virtual long? CatalogueStamp() => null;

    /// <summary>
    /// A lock held while a site is created, changed or deleted: one at a time across all processes.
    /// It is released automatically if the process dies.
    /// </summary>
    public abstract Task<IAsyncDisposable> HoldSites(CancellationToken ct);

    /// <summary>Creates an empty, up-to-date database for a site, replacing any left behind by an interrupted creation.</summary>
    public abstract Task CreateSite(Site site, CancellationToken ct);

    /// <summary>Migrates a site's database. Safe while others read it, and safe to run concurrently.</summary>
    /// <exception cref="SchemaException">It was made by a version from which this program cannot upgrade.</exception>
    public abstract Task UpgradeSite(Site site, CancellationToken ct);

    /// <summary>
    /// Whether a site's database has exactly this program's schema. Checked in the database itself, because the catalogue may call a site
    /// up to date that was restored from a backup of another version.
    /// </summary>
    public abstract Task<bool> IsUpToDate(Site site, CancellationToken ct);

    /// <summary>Deletes a site's database, if it exists.</summary>
    public abstract Task DropSite(Site site, CancellationToken ct);
}
