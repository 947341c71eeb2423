using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// The catalogue: which sites there are, and what the nodes share. It holds nothing of a member.
/// Two leaves in Community.Data carry the migrations of each database.
/// </summary>
public abstract class CatalogueDb(DbContextOptions options, ModuleList modules) : DbContext(options)
{
    public DbSet<CatalogueSite> Sites => Set<CatalogueSite>();
    public DbSet<CatalogueHost> Hosts => Set<CatalogueHost>();
    public DbSet<SiteWork> Work => Set<SiteWork>();
    public DbSet<ContentVersion> ContentVersions => Set<ContentVersion>();
    public DbSet<ProtectionKey> ProtectionKeys => Set<ProtectionKey>();

    protected override void ConfigureConventions(ModelConfigurationBuilder builder) => Conventions.Apply(builder, Database.IsSqlite());

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<CatalogueSite>(e =>
        {
            e.ToTable("sites");
            e.HasIndex(s => s.Key).IsUnique();
            e.HasIndex(s => s.ChangedAt);
            e.HasMany(s => s.Hosts).WithOne().HasForeignKey(h => h.SiteId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<CatalogueHost>(e =>
        {
            e.ToTable("site_hosts");
            e.HasKey(h => h.Host);
        });
        model.Entity<SiteWork>(e =>
        {
            e.ToTable("site_work");
            e.HasKey(w => new { w.SiteId, w.Queue });
            e.HasIndex(w => new { w.Queue, w.NextAt });
        });
        model.Entity<ContentVersion>(e =>
        {
            e.ToTable("content_versions");
            e.HasKey(v => new { v.SiteId, v.Name });
            e.HasIndex(v => v.ChangedAt);
        });
        model.Entity<ProtectionKey>().ToTable("protection_keys");
        foreach (var module in modules.All) module.BuildCatalogueModel(model);
        Conventions.NameColumns(model);
    }
}

/// <summary>A site's row; <see cref="Site"/> is its value.</summary>
public sealed class CatalogueSite
{
    public long Id { get; set; }
    public required string Key { get; set; }
    public required string Name { get; set; }
    public string Tagline { get; set; } = "";
    public List<CatalogueHost> Hosts { get; set; } = [];
    public SiteState State { get; set; }
    public required string Culture { get; set; }
    public required string TimeZone { get; set; }
    public required string Theme { get; set; }
    /// <summary>A JSON object of strings.</summary>
    public string Tokens { get; set; } = "{}";
    /// <summary>Names of modules, separated by commas.</summary>
    public string Features { get; set; } = "";
    public string MailFrom { get; set; } = "";
    /// <summary>Empty where it is the site's name.</summary>
    public string MailFromName { get; set; } = "";
    public string Schema { get; set; } = "";
    /// <summary>Null until the site's database is filled: a creation that died half-way is repeated or removed.</summary>
    public DateTime? ReadyAt { get; set; }
    public long Version { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime ChangedAt { get; set; }

    /// <summary>Tells the other nodes that the row is another one.</summary>
    public void Changed(TimeProvider time)
    {
        ChangedAt = time.GetUtcNow().UtcDateTime;
        Version = ChangedAt.Ticks;
    }
}

public sealed class CatalogueHost
{
    public required string Host { get; set; }
    public long SiteId { get; set; }
    /// <summary>0 for the canonical host.</summary>
    public int Position { get; set; }
}

/// <summary>When a site next has something to do in a queue. An idle site has none, and is not opened.</summary>
public sealed class SiteWork
{
    public long SiteId { get; set; }
    public required string Queue { get; set; }
    public DateTime? NextAt { get; set; }
    /// <summary>Who has leased the site in this queue.</summary>
    public string? Owner { get; set; }
    /// <summary>When the lease of <see cref="Owner"/> runs out.</summary>
    public DateTime? LeaseUntil { get; set; }
    /// <summary>Until when the site must not be taken for idle: a commit that adds work may be under way.</summary>
    public DateTime? HoldUntil { get; set; }
}

/// <summary>Moves when what visitors see changed; part of the key of cached pages.</summary>
public sealed class ContentVersion
{
    public long SiteId { get; set; }
    public required string Name { get; set; }
    public long Version { get; set; }
    public DateTime ChangedAt { get; set; }
}

/// <summary>A key of the data protection key ring, shared by all nodes.</summary>
public sealed class ProtectionKey
{
    public long Id { get; set; }
    public required string Name { get; set; }
    public required string Xml { get; set; }
}
