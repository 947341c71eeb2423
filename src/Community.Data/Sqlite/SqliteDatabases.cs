using System.Collections.Concurrent;
using Community.Kernel;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Community.Data.Sqlite;

/// <summary>SQLite files below the data folder: <c>catalogue.db</c> and <c>Sites/{key}/site.db</c>. One process at a time.</summary>
public sealed class SqliteDatabases(string folder, ModuleList modules, ILoggerFactory? logging = null) : Databases, IDisposable
{
    readonly ConcurrentDictionary<long, DbContextOptions<SqliteSiteDb>> options = new();
    DbContextOptions<SqliteCatalogueDb>? catalogue;
    readonly Lock stamping = new();
    SqliteConnection? stamp;
    long stamps;

    public override bool IsShared => false;
    public override string Schema => field ??= Newest();

    string SiteFolder(Site site) => Path.Combine(folder, "Sites", site.Key);
    string SiteFile(Site site) => Path.Combine(SiteFolder(site), "site.db");

    public override CatalogueDb OpenCatalogue() =>
        new SqliteCatalogueDb(catalogue ??= Options<SqliteCatalogueDb>(Path.Combine(folder, "catalogue.db")), modules);

    // SQLite's number says something only beside others of the same connection, which therefore stays open and does nothing else.
    public override long? CatalogueStamp()
    {
        lock (stamping)
            try
            {
                if (stamp is null)
                {
                    stamp = new SqliteConnection(ConnectionTo(Path.Combine(folder, "catalogue.db")));
                    stamp.Open();
                    stamps++;
                }
                using var command = stamp.CreateCommand();
                command.CommandText = "PRAGMA data_version";
                return (stamps << 32) + (long)command.ExecuteScalar()!;
            }
            catch (SqliteException)
            {
                stamp?.Dispose();
                stamp = null;
                return null;
            }
    }

    public void Dispose()
    {
        lock (stamping) stamp?.Dispose();
    }

    public override SiteDb OpenSite(SiteDbParts parts) =>
        new SqliteSiteDb(options.GetOrAdd(parts.Site.Id, _ => Options<SqliteSiteDb>(SiteFile(parts.Site))), parts);

    // EF does not use the connection string as a key for its shared services, so all sites share one model.
    DbContextOptions<T> Options<T>(string file) where T : DbContext =>
        new DbContextOptionsBuilder<T>()
            .UseSqlite(ConnectionTo(file),
                // Pass a list of values as one parameter: with one parameter per value the SQL would be generated again for each call.
                sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter))
            // This check made up a tenth of the allocations on a page with many rows. The PostgreSQL driver has its own.
            .EnableThreadSafetyChecks(false)
            .KeepConnections()
            .ShareQueries(logging)
            .Options;

    static string ConnectionTo(string file) =>
        new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString();

    public override Task<bool> HasCatalogue(CancellationToken ct) => Task.FromResult(File.Exists(Path.Combine(folder, "catalogue.db")));

    public override async Task PrepareCatalogue(CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "catalogue.db");
        await using var lockFile = await Lock(ct);
        await MakeWal(file, ct);
        await using var db = OpenCatalogue();
        await Migrate(db, "the catalogue", ct);
    }

    public override async Task<IAsyncDisposable> HoldSites(CancellationToken ct) => await Lock(ct, "sites.lock");

    public override async Task CreateSite(Site site, CancellationToken ct)
    {
        await DropDatabase(site);
        Directory.CreateDirectory(SiteFolder(site));
        File.Copy(await Template(ct), SiteFile(site));
    }

    public override async Task UpgradeSite(Site site, CancellationToken ct)
    {
        await using var lockFile = await Lock(ct);
        await using var db = OpenSite(Parts(site));
        await Migrate(db, $"the database of the site {site.Key}", ct);
    }

    public override async Task<bool> IsUpToDate(Site site, CancellationToken ct)
    {
        await using var db = OpenSite(Parts(site));
        return await SchemaCheck.IsUpToDate(db, ct);
    }

    SiteDbParts Parts(Site? site) => new(site!, modules, null!, null!, null!, null!, null!, TimeProvider.System, () => null);

    public override async Task DropSite(Site site, CancellationToken ct)
    {
        await DropDatabase(site);
        if (Directory.Exists(SiteFolder(site))) Directory.Delete(SiteFolder(site), recursive: true);
    }

    async Task DropDatabase(Site site)
    {
        options.TryRemove(site.Id, out _);
        if (!File.Exists(SiteFile(site)))
            return;
        SqliteConnections.Instance.Close(ConnectionTo(SiteFile(site)));
        foreach (var file in new[] { "site.db", "site.db-wal", "site.db-shm" }) File.Delete(Path.Combine(SiteFolder(site), file));
    }

    /// <summary>An empty database of the newest schema to copy from: 0.1 ms instead of 80.</summary>
    async Task<string> Template(CancellationToken ct)
    {
        var file = Path.Combine(folder, $"template-{Schema}.db");
        if (File.Exists(file)) return file;
        await using var lockFile = await Lock(ct);
        if (File.Exists(file)) return file;
        var draft = file + ".new";
        // Left by a process that died here: SQLite would apply an old journal to the new file.
        foreach (var left in new[] { draft, draft + "-wal", draft + "-shm" }) File.Delete(left);
        await MakeWal(draft, ct);
        await using (var db = new SqliteSiteDb(Options<SqliteSiteDb>(draft), Parts(null))) await Migrate(db, "the template", ct);
        await using (var connection = new SqliteConnection($"Data Source={draft};Pooling=False"))
        {
            await connection.OpenAsync(ct);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            await command.ExecuteNonQueryAsync(ct);
        }
        SqliteConnections.Instance.Close(ConnectionTo(draft));
        File.Move(draft, file);
        return file;
    }

    static async Task MakeWal(string file, CancellationToken ct)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=WAL";
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// A process that dies inside Migrate leaves a row in EF's lock table, and the next Migrate would wait forever.
    /// We hold our own lock, so a row found there is stale.
    /// </summary>
    static async Task Migrate(DbContext db, string name, CancellationToken ct)
    {
        await SchemaCheck.Require(db, name, ct);
        await db.Database.OpenConnectionAsync(ct);
        await using (var command = db.Database.GetDbConnection().CreateCommand())
        {
            command.CommandText = "SELECT count(*) FROM sqlite_master WHERE name = '__EFMigrationsLock'";
            if ((long)(await command.ExecuteScalarAsync(ct))! > 0)
            {
                command.CommandText = "DELETE FROM __EFMigrationsLock";
                await command.ExecuteNonQueryAsync(ct);
            }
        }
        await db.Database.MigrateAsync(ct);
    }

    /// <summary>A file held open without sharing, which the system releases even if the process is killed.</summary>
    async Task<FileStream> Lock(CancellationToken ct, string name = "upgrade.lock")
    {
        while (true)
        {
            try { return new FileStream(Path.Combine(folder, name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); }
            catch (IOException error) when (IsHeld(error)) { await Task.Delay(50, ct); }
        }
    }

    // A full or read-only disk also throws IOException, and waiting for it would never end.
    static bool IsHeld(IOException error) => error.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharing;
    const int LinuxWouldBlock = 11, MacWouldBlock = 35, WindowsSharing = unchecked((int)0x80070020);

    string Newest()
    {
        // With the options of sites, so that EF makes its model once: with others it would make it anew, a fifth of the time of a start.
        using var db = new SqliteSiteDb(Options<SqliteSiteDb>("none"), Parts(null));
        return db.Database.GetMigrations().LastOrDefault() ?? "none";
    }
}
