using Community.Data.PostgreSql;
using Community.Data.Sqlite;
using Community.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

[OnBothDatabases]
public sealed class UpgradeTests(TestHost host)
{
    Databases Databases => host.Services.GetRequiredService<Databases>();

    [Fact]
    public async Task Four_upgrades_at_once_while_others_read_are_safe()
    {
        var site = await host.NewSite();
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(
            async () =>
            {
                var visitor = site.Visitor();
                while (!stop.IsCancellationRequested)
                    Assert.Equal(200, (int)(await visitor.Get("/boards")).Status);
            },
            TestContext.Current.CancellationToken
        );
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Databases.UpgradeSite(site.Site, default)))
            .WaitAsync(TestSite.Patience, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await reading;
    }

    [Fact]
    public async Task A_lock_left_by_a_process_that_died_does_not_stop_the_upgrade()
    {
        Assert.SkipWhen(TestHost.OnPostgreSql, "PostgreSQL's locks end with their connection.");
        var site = await host.NewSite();
        await site.Db(db =>
            db.Database.ExecuteSqlRawAsync(
                "CREATE TABLE IF NOT EXISTS __EFMigrationsLock (Id INTEGER NOT NULL PRIMARY KEY, Timestamp TEXT NOT NULL)"
            )
        );
        await site.Db(db => db.Database.ExecuteSqlRawAsync("INSERT OR REPLACE INTO __EFMigrationsLock VALUES (1, '2026-01-01')"));
        await Databases.UpgradeSite(site.Site, default).WaitAsync(TestSite.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_site_of_an_older_schema_is_upgraded_when_it_is_first_asked_for()
    {
        var site = await host.NewSite();
        await using (var db = Databases.OpenCatalogue())
            await db.Sites.Where(s => s.Id == site.Site.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.Schema, "older"));
        host.Services.GetRequiredService<SiteDirectory>().Forget(site.Site.Id);
        var pages = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => site.Visitor().Get("/")));
        Assert.All(pages, p => Assert.Equal(200, (int)p.Status));
        await using var after = Databases.OpenCatalogue();
        Assert.Equal(Databases.Schema, await after.Sites.Where(s => s.Id == site.Site.Id).Select(s => s.Schema).SingleAsync());
    }

    const string Newer = "20990101000000_V9_1_0_AddThings", Older = "20260101000000_First";

    public static TheoryData<string, string> Foreign => new()
    {
        { $"INSERT INTO \"__EFMigrationsHistory\" VALUES ('{Newer}', '10')", "by Community 9.1.0, which is newer than this program" },
        {
            $"UPDATE \"__EFMigrationsHistory\" SET \"MigrationId\" = '{Older}' WHERE \"MigrationId\" LIKE '%First'",
            "before 0.8.0 (migration 20260101000000_First)"
        },
        { "DELETE FROM \"__EFMigrationsHistory\"", "no record of the version that made it" },
        { "DROP TABLE \"__EFMigrationsHistory\"", "no record of the version that made it" },
    };

    [Theory, MemberData(nameof(Foreign))]
    public async Task A_catalogue_of_another_version_is_refused_unchanged(string sql, string says)
    {
        var folder = Directory.CreateTempSubdirectory("community-upgrade-").FullName;
        var modules = new ModuleList(HostModules.All);
        Databases databases = TestHost.OnPostgreSql
            ? new PostgreSqlDatabases(await PostgreSql.NewCatalogue(), modules) : new SqliteDatabases(folder, modules);
        await databases.PrepareCatalogue(TestContext.Current.CancellationToken);
        await using (var db = databases.OpenCatalogue()) await db.Database.ExecuteSqlRawAsync(sql, TestContext.Current.CancellationToken);
        var before = await Migrations(databases.OpenCatalogue());
        var refusal = await Assert.ThrowsAsync<SchemaException>(() =>
            databases.PrepareCatalogue(TestContext.Current.CancellationToken)
        );
        Assert.Contains(says, refusal.Message);
        Assert.Equal(before, await Migrations(databases.OpenCatalogue()));
        Directory.Delete(folder, recursive: true);
    }

    [Theory, MemberData(nameof(Foreign))]
    public async Task A_site_of_another_version_is_refused_at_its_first_request(string sql, string says)
    {
        var site = await host.NewSite();
        await site.Db(db => db.Database.ExecuteSqlRawAsync(sql));
        var before = await Migrations(Databases.OpenSite(Parts(site)));
        // As after a start: a directory that has not asked this site's database yet.
        var refusal = await Assert.ThrowsAsync<SchemaException>(async () =>
            await new SiteDirectory(Databases).Find(site.Site.CanonicalHost, TestContext.Current.CancellationToken)
        );
        Assert.Contains(says, refusal.Message);
        Assert.Contains(site.Site.Key, refusal.Message);
        Assert.Equal(before, await Migrations(Databases.OpenSite(Parts(site))));
    }

    [Fact]
    public async Task A_visitor_of_a_refused_site_is_told_to_come_back_and_the_log_says_why()
    {
        var site = await host.NewSite();
        await site.Db(db => db.Database.ExecuteSqlRawAsync($"INSERT INTO \"__EFMigrationsHistory\" VALUES ('{Newer}', '10')"));
        await using (var db = Databases.OpenCatalogue())
            await db.Sites.Where(s => s.Id == site.Site.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.Schema, "older"));
        host.Services.GetRequiredService<SiteDirectory>().Forget(site.Site.Id);
        Assert.Equal(503, (int)(await site.Visitor().Get("/")).Status);
        Assert.Contains(
            host.Log.Errors,
            e => e.Contains($"the site {site.Site.Key} was made or upgraded by Community 9.1.0", StringComparison.Ordinal)
        );
    }

    SiteDbParts Parts(TestSite site) =>
        new(site.Site, host.Services.GetRequiredService<ModuleList>(), null!, null!, null!, null!, null!, TimeProvider.System, () => null);

    /// <summary>The migrations recorded in a database, and its tables.</summary>
    static async Task<string> Migrations(DbContext context)
    {
        await using var db = context;
        var tables = await db.Database
            .SqlQueryRaw<string>(
                TestHost.OnPostgreSql
                    ? "SELECT tablename::text AS \"Value\" FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
                    : "SELECT name AS \"Value\" FROM sqlite_master WHERE type = 'table' ORDER BY 1"
            )
            .ToListAsync();
        return string.Join(' ', (await db.Database.GetAppliedMigrationsAsync()).Concat(tables));
    }
}
