using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>The module's rows in a site's database.</summary>
public static class ThemesDb
{
    extension(SiteDb db)
    {
        public DbSet<KeptLook> Looks => db.Set<KeptLook>();
    }

    internal static void Map(ModelBuilder model) => model.Entity<KeptLook>(e =>
    {
        e.ToTable("looks");
        e.Ignore(l => l.Look);
    });
}
