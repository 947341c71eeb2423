using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Data.PostgreSql;

/// <summary>Carries the migrations of a site's database on PostgreSQL.</summary>
public sealed class PostgreSqlSiteDb(DbContextOptions<PostgreSqlSiteDb> options, SiteDbParts parts) : SiteDb(options, parts);

/// <summary>Carries the migrations of the catalogue on PostgreSQL.</summary>
public sealed class PostgreSqlCatalogueDb(DbContextOptions<PostgreSqlCatalogueDb> options, ModuleList modules)
    : CatalogueDb(options, modules);
