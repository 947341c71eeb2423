using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>The module's rows in a site's database.</summary>
public static class ThemesDb
{
    extension(SiteDb db)
    {
        public DbSet<ThemeVersion> ThemeVersions => db.Set<ThemeVersion>();
    }

    internal static void Map(ModelBuilder model) => model.Entity<ThemeVersion>(e =>
    {
        e.ToTable("theme_versions");
        e.Ignore(v => v.Settings);
    });
}
