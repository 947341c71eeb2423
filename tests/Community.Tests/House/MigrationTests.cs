using System.Text.RegularExpressions;
using Community.Data.PostgreSql;
using Community.Data.Sqlite;
using Community.Web;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.House;

/// <summary>A change of the model without <c>tools/migration</c> is found here.</summary>
public sealed class MigrationTests
{
    static readonly ModuleList modules = new(HostModules.All);
    static readonly SiteDbParts parts = new(null!, modules, new JobList(), null!, null!, null!, null!, TimeProvider.System, () => null);

    static DbContext[] Contexts =>
        [
            new SqliteSiteDb(new DbContextOptionsBuilder<SqliteSiteDb>().UseSqlite("Data Source=none").Options, parts),
            new SqliteCatalogueDb(new DbContextOptionsBuilder<SqliteCatalogueDb>().UseSqlite("Data Source=none").Options, modules),
            new PostgreSqlSiteDb(new DbContextOptionsBuilder<PostgreSqlSiteDb>().UseNpgsql("Host=none").Options, parts),
            new PostgreSqlCatalogueDb(new DbContextOptionsBuilder<PostgreSqlCatalogueDb>().UseNpgsql("Host=none").Options, modules),
        ];

    [Fact]
    public void The_migrations_of_both_databases_match_the_model()
    {
        foreach (var context in Contexts)
            using (context) Assert.False(context.Database.HasPendingModelChanges(), context.GetType().Name);
    }

    /// <summary>The name tells an older program which version's data it has found.</summary>
    [Fact]
    public void Every_migration_names_the_version_that_brought_it()
    {
        foreach (var context in Contexts)
            using (context)
                foreach (var migration in context.Database.GetMigrations())
                {
                    var version = Regex.Match(migration, @"^\d{14}_V(\d+_\d+_\d+)_\w+$").Groups[1].Value.Replace('_', '.');
                    Assert.True(
                        version.Length > 0,
                        $"{migration} of {context.GetType().Name} names no version: make it by tools/migration"
                    );
                    Assert.True(Version.Parse(version) <= Version.Parse(ProgramVersion.Current), migration);
                }
    }
}
