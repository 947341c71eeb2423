using Community.Data.PostgreSql;
using Community.Data.Sqlite;
using Community.Web;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.House;

/// <summary>A change of the model without <c>tools/migration NAME</c> is found here.</summary>
public sealed class MigrationTests
{
    static readonly ModuleList modules = new(HostModules.All);
    static readonly SiteDbParts parts = new(null!, modules, new JobList(), null!, null!, null!, null!, TimeProvider.System, () => null);

    [Fact]
    public void The_migrations_of_both_databases_match_the_model()
    {
        DbContext[] contexts =
        [
            new SqliteSiteDb(new DbContextOptionsBuilder<SqliteSiteDb>().UseSqlite("Data Source=none").Options, parts),
            new SqliteCatalogueDb(new DbContextOptionsBuilder<SqliteCatalogueDb>().UseSqlite("Data Source=none").Options, modules),
            new PostgreSqlSiteDb(new DbContextOptionsBuilder<PostgreSqlSiteDb>().UseNpgsql("Host=none").Options, parts),
            new PostgreSqlCatalogueDb(new DbContextOptionsBuilder<PostgreSqlCatalogueDb>().UseNpgsql("Host=none").Options, modules),
        ];
        foreach (var context in contexts)
            using (context) Assert.False(context.Database.HasPendingModelChanges(), context.GetType().Name);
    }
}
