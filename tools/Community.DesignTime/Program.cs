// What `dotnet ef` starts: it knows the four contexts, with the modules of the host, and opens no database.
using Community.Data.PostgreSql;
using Community.Data.Sqlite;
using Community.Kernel;
using Community.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder(args);
var modules = new ModuleList(HostModules.All);
builder.Services.AddSingleton(modules);
builder.Services.AddSingleton(new SiteDbParts(null!, modules, new JobList(), null!, null!, null!, null!, TimeProvider.System, () => null));
builder.Services.AddDbContext<SqliteSiteDb>(o => o.UseSqlite("Data Source=design.db"));
builder.Services.AddDbContext<SqliteCatalogueDb>(o => o.UseSqlite("Data Source=design.db"));
builder.Services.AddDbContext<PostgreSqlSiteDb>(o => o.UseNpgsql("Host=127.0.0.1;Database=design"));
builder.Services.AddDbContext<PostgreSqlCatalogueDb>(o => o.UseNpgsql("Host=127.0.0.1;Database=design"));
builder.Build();
