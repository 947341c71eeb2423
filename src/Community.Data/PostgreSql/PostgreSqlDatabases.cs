using System.Collections.Concurrent;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Community.Data.PostgreSql;

/// <summary>PostgreSQL: the catalogue in the given database, and next to it one database per site, named after the catalogue's.</summary>
public sealed class PostgreSqlDatabases(string connectionString, ModuleList modules, ILoggerFactory? logging = null) : Databases
{
    /// <summary>Held by a node while it creates or changes databases.</summary>
    const long UpgradeLock = 0x436f6d6d756e; // "Commun"
    /// <summary>Held while a site is created, changed or deleted.</summary>
    const long SitesLock = UpgradeLock + 1;

    /// <summary>PostgreSQL's limit of 63 bytes, minus the underscore and the longest site key.</summary>
    const int MaxNameLength = 63 - 1 - 31;

    readonly NpgsqlConnectionStringBuilder catalogueConnection = new(connectionString);
    readonly PatientOpening opening = new();
    readonly ConcurrentDictionary<long, DbContextOptions<PostgreSqlSiteDb>> options = new();
    DbContextOptions<PostgreSqlCatalogueDb>? catalogue;

    public override bool IsShared => true;
    public override string Schema => field ??= Newest();

    string Name => catalogueConnection.Database ?? "community";
    string DatabaseOf(Site site) => $"{Name}_{site.Key}";
    string TemplateName => $"{Name}_template_{Schema.Split('_')[0]}";

    public override CatalogueDb OpenCatalogue() =>
        new PostgreSqlCatalogueDb(catalogue ??= Options<PostgreSqlCatalogueDb>(connectionString), modules);

    public override SiteDb OpenSite(SiteDbParts parts) =>
        new PostgreSqlSiteDb(options.GetOrAdd(parts.Site.Id, _ => Options<PostgreSqlSiteDb>(ConnectionTo(DatabaseOf(parts.Site)))), parts);

    // One pool per site: small, and empty while the site is idle. The operator's own settings take precedence.
    string ConnectionTo(string database)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString) { Database = database, MinPoolSize = 0 };
        if (!connection.ShouldSerialize("Maximum Pool Size")) connection.MaxPoolSize = 8;
        if (!connection.ShouldSerialize("Connection Idle Lifetime")) connection.ConnectionIdleLifetime = 30;
        if (!connection.ShouldSerialize("Connection Pruning Interval")) connection.ConnectionPruningInterval = 10;
        // The server takes longer to plan a page's statements than to run them.
        if (!connection.ShouldSerialize("Max Auto Prepare")) connection.MaxAutoPrepare = 100;
        if (!connection.ShouldSerialize("Auto Prepare Min Usages")) connection.AutoPrepareMinUsages = 3;
        // What a returned connection would have to forget is not used here: settings, temporary tables, locks beyond a transaction, LISTEN.
        // The server would run six statements for it each time that a request takes one.
        if (!connection.ShouldSerialize("No Reset On Close")) connection.NoResetOnClose = true;
        return connection.ToString();
    }

    DbContextOptions<T> Options<T>(string connection) where T : DbContext =>
        new DbContextOptionsBuilder<T>()
            .UseNpgsql(connection)
            .EnableThreadSafetyChecks(false)
            .AddInterceptors(opening)
            .ShareQueries(logging)
            .Options;

    public override async Task<bool> HasCatalogue(CancellationToken ct)
    {
        await using var admin = await Admin(ct);
        return await Exists(admin, Name, ct);
    }

    public override async Task PrepareCatalogue(CancellationToken ct)
    {
        // A longer name would be truncated, and two sites' databases might get the same name.
        if (System.Text.Encoding.UTF8.GetByteCount(Name) > MaxNameLength)
            throw new SettingException(
                $"The catalogue's database name \"{Name}\" is too long: with a site's key behind it, PostgreSQL takes {MaxNameLength} bytes."
            );
        await using var admin = await Admin(ct);
        // Two nodes may start at once.
        await Execute(admin, $"SELECT pg_advisory_lock({UpgradeLock})", ct);
        if (!await Exists(admin, Name, ct))
            await Execute(admin, $"CREATE DATABASE {Quote(Name)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'", ct);
        await using var db = OpenCatalogue();
        await SchemaCheck.Require(db, $"the catalogue (database \"{Name}\")", ct);
        await db.Database.MigrateAsync(ct);
    }

    public override async Task<IAsyncDisposable> HoldSites(CancellationToken ct)
    {
        var admin = await Admin(ct);
        try { await Execute(admin, $"SELECT pg_advisory_lock({SitesLock})", ct); }
        catch
        {
            await admin.DisposeAsync();
            throw;
        }
        return admin;
    }

    public override async Task CreateSite(Site site, CancellationToken ct)
    {
        await using var admin = await Admin(ct);
        await Execute(admin, $"SELECT pg_advisory_lock({UpgradeLock})", ct);
        if (!await Exists(admin, TemplateName, ct)) await MakeTemplate(admin, ct);
        await Execute(admin, $"DROP DATABASE IF EXISTS {Quote(DatabaseOf(site))} WITH (FORCE)", ct);
        await Execute(admin, $"CREATE DATABASE {Quote(DatabaseOf(site))} TEMPLATE {Quote(TemplateName)}", ct);
    }

    async Task MakeTemplate(NpgsqlConnection admin, CancellationToken ct)
    {
        var draft = TemplateName + "_new";
        await Execute(admin, $"DROP DATABASE IF EXISTS {Quote(draft)} WITH (FORCE)", ct);
        await Execute(admin, $"CREATE DATABASE {Quote(draft)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'", ct);
        var connection = ConnectionTo(draft) + ";Pooling=false";
        await using (var db = new PostgreSqlSiteDb(Options<PostgreSqlSiteDb>(connection), Parts(modules)))
            await db.Database.MigrateAsync(ct);
        await Execute(admin, $"ALTER DATABASE {Quote(draft)} RENAME TO {Quote(TemplateName)}", ct);
    }

    public override async Task UpgradeSite(Site site, CancellationToken ct)
    {
        await using var admin = await Admin(ct);
        await Execute(admin, $"SELECT pg_advisory_lock({UpgradeLock})", ct);
        await using var db = OpenSite(Parts(modules) with { Site = site });
        await SchemaCheck.Require(db, $"the database of the site {site.Key}", ct);
        await db.Database.MigrateAsync(ct);
    }

    public override async Task<bool> IsUpToDate(Site site, CancellationToken ct)
    {
        await using var db = OpenSite(Parts(modules) with { Site = site });
        return await SchemaCheck.IsUpToDate(db, ct);
    }

    public override async Task DropSite(Site site, CancellationToken ct)
    {
        options.TryRemove(site.Id, out _);
        NpgsqlConnection.ClearPool(new NpgsqlConnection(ConnectionTo(DatabaseOf(site))));
        await using var admin = await Admin(ct);
        await Execute(admin, $"DROP DATABASE IF EXISTS {Quote(DatabaseOf(site))} WITH (FORCE)", ct);
    }

    // Not pooled, so that the advisory lock always ends with the connection.
    async Task<NpgsqlConnection> Admin(CancellationToken ct)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false }.ToString()
        );
        await PatientOpening.Open(connection, ct);
        return connection;
    }

    static async Task<bool> Exists(NpgsqlConnection connection, string database, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_database WHERE datname = $1", connection)
        {
            Parameters = { new() { Value = database } },
        };
        return (long)(await command.ExecuteScalarAsync(ct))! > 0;
    }

    static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync(ct);
    }

    static string Quote(string name) => "\"" + name.Replace("\"", "\"\"") + "\"";

    static SiteDbParts Parts(ModuleList modules) => new(null!, modules, null!, null!, null!, null!, null!, TimeProvider.System, () => null);

    string Newest()
    {
        // With the options of sites, so that EF makes its model once: with others it would make it anew, a fifth of the time of a start.
        using var db = new PostgreSqlSiteDb(Options<PostgreSqlSiteDb>("Host=none"), Parts(modules));
        return db.Database.GetMigrations().LastOrDefault() ?? "none";
    }
}
