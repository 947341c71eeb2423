using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// The catalogue: the list of sites, and what the nodes share. It holds no member data.
/// Each database engine has a subclass in Community.Data that carries its migrations.
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
    /// <summary>Whether pages and mails are in <see cref="Culture"/> alone.</summary>
    public bool OneLanguage { get; set; }
    public string MailFrom { get; set; } = "";
    /// <summary>Empty to use the site's name.</summary>
    public string MailFromName { get; set; } = "";
    public string Schema { get; set; } = "";
    /// <summary>Null until the site's database is filled: an interrupted creation is repeated or removed.</summary>
    public DateTime? ReadyAt { get; set; }
    /// <summary>Begins with the time, since a browser may hold files of a site that had this host before; then a counter.</summary>
    public long Version { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime ChangedAt { get; set; }

    /// <summary>Makes the other nodes notice that the row has changed.</summary>
    public void Changed(TimeProvider time)
    {
        ChangedAt = time.GetUtcNow().UtcDateTime;
        Version++;
    }
}

public sealed class CatalogueHost
{
    public required string Host { get; set; }
    public long SiteId { get; set; }
    /// <summary>0 for the canonical host.</summary>
    public int Position { get; set; }
}

/// <summary>When a site next has work in a queue. An idle site has no such time, and is not opened.</summary>
public sealed class SiteWork
{
    public long SiteId { get; set; }
    public required string Queue { get; set; }
    public DateTime? NextAt { get; set; }
    /// <summary>Who has leased the site in this queue.</summary>
    public string? Owner { get; set; }
    /// <summary>When the lease of <see cref="Owner"/> expires.</summary>
    public DateTime? LeaseUntil { get; set; }
    /// <summary>Until then the site must not be treated as idle: a commit that adds work may be under way.</summary>
    public DateTime? HoldUntil { get; set; }
}

/// <summary>Increases when what visitors see has changed; part of the key of cached pages.</summary>
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
