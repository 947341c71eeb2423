using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Data.Sqlite;

/// <summary>Carries the migrations of a site's database on SQLite.</summary>
public sealed class SqliteSiteDb(DbContextOptions<SqliteSiteDb> options, SiteDbParts parts) : SiteDb(options, parts);

/// <summary>Carries the migrations of the catalogue on SQLite.</summary>
public sealed class SqliteCatalogueDb(DbContextOptions<SqliteCatalogueDb> options, ModuleList modules) : CatalogueDb(options, modules);
