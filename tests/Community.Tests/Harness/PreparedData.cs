using Community.Web;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Community.Tests.Harness;

/// <summary>
/// An installation after its first start: catalogue, console and the empty site that others are copied from. Made once and copied
/// for each host in the tests, because making it runs all migrations: half a second on SQLite, two on PostgreSQL.
/// </summary>
static class PreparedData
{
    static readonly Lazy<Task<string>> folder = new(() => Make(Directory.CreateTempSubdirectory("community-prepared-").FullName, ""));
    static readonly Lazy<Task<string>> catalogue = new(async () =>
    {
        var connection = await PostgreSql.NewCatalogue();
        await Make(Directory.CreateTempSubdirectory("community-prepared-").FullName, connection);
        return connection;
    });
    // PostgreSQL cannot copy a database that is being copied already.
    static readonly SemaphoreSlim copying = new(1);

    /// <summary>Fills a host's empty data folder.</summary>
    public static async Task CopyTo(string data)
    {
        var source = await folder.Value;
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".lock")))
        {
            var copy = Path.Combine(data, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>A connection string to a new copy of the catalogue, with a copy of its console.</summary>
    public static async Task<string> NewCatalogue()
    {
        var (source, target) = (await catalogue.Value, await PostgreSql.NewCatalogue());
        await using var admin = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(target) { Database = "postgres" }.ToString());
        await admin.OpenAsync();
        var (from, to) = (Name(source), Name(target));
        await copying.WaitAsync();
        try
        {
            foreach (var database in await Databases(admin, from))
            {
                await using var copy = new NpgsqlCommand(
                    $"CREATE DATABASE \"{to}{database[from.Length..]}\" TEMPLATE \"{database}\"",
                    admin
                );
                await copy.ExecuteNonQueryAsync();
            }
        }
        finally { copying.Release(); }
        return target;
    }

    static string Name(string connection) => new NpgsqlConnectionStringBuilder(connection).Database!;

    static async Task<List<string>> Databases(NpgsqlConnection admin, string name)
    {
        await using var all = new NpgsqlCommand(
            "SELECT datname FROM pg_database WHERE datname = $1 OR starts_with(datname, $1 || '_')",
            admin
        )
        {
            Parameters = { new() { Value = name } },
        };
        await using var reader = await all.ExecuteReaderAsync();
        var names = new List<string>();
        while (await reader.ReadAsync()) names.Add(reader.GetString(0));
        return names;
    }

    static async Task<string> Make(string data, string database)
    {
        var settings = TestHost.Defaults(1);
        settings["Community:Data"] = data;
        settings["Community:Database"] = database;
        var app = CommunityHost.Build(["--environment", "Development"], builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings);
            builder.Logging.ClearProviders();
        });
        await CommunityHost.Prepare(app);
        await app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        if (database.Length > 0) NpgsqlConnection.ClearAllPools();
        return data;
    }
}
