using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>The module's rows in a site's database and in the catalogue.</summary>
public static class MailingDb
{
    extension(SiteDb db)
    {
        public DbSet<Mailing> Mailings => db.Set<Mailing>();
        public DbSet<MailingContent> MailingContents => db.Set<MailingContent>();
        public DbSet<MailingRevision> MailingRevisions => db.Set<MailingRevision>();
        public DbSet<Delivery> Deliveries => db.Set<Delivery>();
        public DbSet<DeliveryAttempt> DeliveryAttempts => db.Set<DeliveryAttempt>();
        public DbSet<MailingRollup> MailingRollups => db.Set<MailingRollup>();
        public DbSet<Chain> Chains => db.Set<Chain>();
        public DbSet<ChainStep> ChainSteps => db.Set<ChainStep>();
        public DbSet<ChainPlace> ChainPlaces => db.Set<ChainPlace>();
        public DbSet<Return> Returns => db.Set<Return>();
        public DbSet<ReturnCount> ReturnCounts => db.Set<ReturnCount>();
        public DbSet<TrackedLink> TrackedLinks => db.Set<TrackedLink>();
        public DbSet<Engagement> Engagements => db.Set<Engagement>();
        public DbSet<EngagementCount> EngagementCounts => db.Set<EngagementCount>();
        public DbSet<MailingDomain> MailingDomains => db.Set<MailingDomain>();
        public DbSet<HandOff> HandOffs => db.Set<HandOff>();
        public DbSet<EngineOutboxRow> EngineOutbox => db.Set<EngineOutboxRow>();
        public DbSet<EngineBatch> EngineBatches => db.Set<EngineBatch>();
        public DbSet<EngineSite> EngineSites => db.Set<EngineSite>();

        /// <summary>A time as a parameter of hand-written SQL: mapped as the columns are.</summary>
        internal object At(DateTime utc) =>
            db.IsSqlite
                ? (long)Math.Floor((utc - DateTime.UnixEpoch).TotalMilliseconds)
                : new DateTime(utc.Ticks - utc.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);

        /// <summary>
        /// The mailing that staff see under this id, read-only and with its contents. Not a test: those are on the page of what they test.
        /// </summary>
        public Task<Mailing?> FindMailing(long id, CancellationToken ct = default) =>
            db.Mailings.WithoutTests().AsNoTracking().Include(m => m.Contents).FirstOrDefaultAsync(m => m.Id == id, ct);

        /// <summary>Loads the contents of a mailing that is being changed.</summary>
        public Task LoadContents(Mailing mailing, CancellationToken ct = default) =>
            db.Entry(mailing).Collection(m => m.Contents).LoadAsync(ct);
    }

    /// <summary>Mailings that somebody wrote, without test mailings.</summary>
    public static IQueryable<Mailing> WithoutTests(this IQueryable<Mailing> mailings) => mailings.Where(m => m.TestOfId == null);

    /// <summary>Without those that are only copied.</summary>
    public static IQueryable<Mailing> WithoutTemplates(this IQueryable<Mailing> mailings) =>
        mailings.Where(m => m.State != MailingState.Template);

    public static IQueryable<Mailing> UnderWay(this IQueryable<Mailing> mailings) =>
        mailings.Where(m => Mailing.UnderWay.Contains(m.State));

    extension(CatalogueDb db)
    {
        public DbSet<MailServer> MailServers => db.Set<MailServer>();
        public DbSet<MailRate> MailRates => db.Set<MailRate>();
    }

    /// <summary>Adds to a mailing's roll-ups, in the same transaction as the change they count.</summary>
    public static Task Count(this SiteDb db, long mailing, DateTime at, DeliveryState state, int n, CancellationToken ct = default)
    {
        MailingMeter.Settled(state, n);
        var (bucket, name) = (MailingRollup.BucketOf(at), state.ToString());
        return db.Database.ExecuteSqlAsync($"""
            INSERT INTO mailing_rollups (mailing_id, bucket, state, n) VALUES ({mailing}, {bucket}, {name}, {n})
            ON CONFLICT (mailing_id, bucket, state) DO UPDATE SET n = mailing_rollups.n + excluded.n
            """, ct);
    }

    /// <summary>Adds what came back, and counts it, in the same transaction.</summary>
    public static async Task AddReturn(this SiteDb db, Return row, CancellationToken ct = default)
    {
        db.Returns.Add(row);
        await db.SaveChangesAsync(ct);
        // An e-mail belongs to no mailing.
        if (row.MailingId == 0) return;
        var (kind, meaning) = (row.Kind.ToString(), row.Class.ToString());
        // Locks the counter before it looks: of two that come back at once for one delivery, the second sees the first.
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO return_counts (mailing_id, kind, class, n) VALUES ({row.MailingId}, {kind}, {meaning}, 0)
            ON CONFLICT (mailing_id, kind, class) DO UPDATE SET n = return_counts.n
            """, ct);
        var before = db.Returns.Where(r =>
            r.DeliveryId == row.DeliveryId && r.MailingId == row.MailingId && r.Kind == row.Kind && r.Class == row.Class && r.Id != row.Id);
        await db.ReturnCounts
            .Where(c => c.MailingId == row.MailingId && c.Kind == row.Kind && c.Class == row.Class && !before.Any())
            .ExecuteUpdateAsync(s => s.SetProperty(c => c.N, c => c.N + 1), ct);
    }

    /// <summary>The mailings' lines on the operator's status page: mailings under way, and recipients waiting.</summary>
    internal static async Task<IReadOnlyList<StatusLine>> Status(SiteDb db, CancellationToken ct)
    {
        var real = db.Mailings.WithoutTests();
        var running = real.Where(m => m.State == MailingState.Running || m.State == MailingState.Expanding);
        var waiting = await db
            .Deliveries.Where(d => running.Any(m => m.Id == d.MailingId))
            .CountAsync(
                d => d.State == DeliveryState.Pending || d.State == DeliveryState.Deferred || d.State == DeliveryState.Handed, ct);
        var stopped = await real.CountAsync(m => m.State == MailingState.Suspended || m.State == MailingState.Overdue, ct);
        return
        [
            new("mailing.status.scheduled", await real.CountAsync(m => m.State == MailingState.Scheduled, ct)),
            new("mailing.status.running", await running.CountAsync(ct)),
            new("mailing.status.waiting", waiting),
            new("mailing.status.stopped", stopped, Warn: stopped > 0),
            new("mailing.status.last", At: await real.MaxAsync(m => m.EndedAt, ct)),
        ];
    }

    internal static void Map(ModelBuilder model)
    {
        model.Entity<Mailing>(e =>
        {
            e.ToTable("mailings");
            e.HasIndex(m => m.FormKey).IsUnique();
            e.HasIndex(m => m.State);
            e.HasIndex(m => m.TestOfId);
            e.HasIndex(m => m.ChainStepId);
            e.Ignore(m => m.Audience);
            e.Ignore(m => m.Main);
            e.Ignore(m => m.Files);
            e.Property(m => m.ApprovedDigest).HasMaxLength(32);
            e.Property(m => m.Campaign).HasMaxLength(Mailing.MaxCampaignLength);
            e.Property(m => m.Route).HasDefaultValue(MailingRoute.Automatic).HasSentinel((MailingRoute)(-1));
            e.Property(m => m.Holder).HasDefaultValue(MailingHolder.WebServers).HasSentinel((MailingHolder)(-1));
            e.Property(m => m.WinnerRule).HasDefaultValue(WinnerRule.Hand).HasSentinel((WinnerRule)(-1));
            // Every transition is an UPDATE … WHERE state = what it was AND rev = what it was.
            e.Property(m => m.State).IsConcurrencyToken();
            e.Property(m => m.Rev).IsConcurrencyToken();
        });
        model.Entity<MailingContent>(e =>
        {
            e.ToTable("mailing_contents");
            e.HasKey(c => new { c.MailingId, c.Variant, c.Language });
            e.HasOne<Mailing>().WithMany(m => m.Contents).HasForeignKey(c => c.MailingId).OnDelete(DeleteBehavior.Cascade);
            e.Property(c => c.Language).HasMaxLength(10);
        });
        model.Entity<MailingRevision>(e =>
        {
            e.ToTable("mailing_revisions");
            e.HasKey(r => new { r.MailingId, r.Rev });
            e.HasOne<Mailing>().WithMany(m => m.Revisions).HasForeignKey(r => r.MailingId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<Delivery>(e =>
        {
            e.ToTable("deliveries");
            e.HasIndex(d => new { d.MailingId, d.AddressHash }).IsUnique();
            e.HasIndex(d => new { d.MailingId, d.Seq }).IsUnique();
            e.HasIndex(d => new
            {
                d.MailingId,
                d.State,
                d.Seq,
            });
            e.HasIndex(d => new
            {
                d.MailingId,
                d.DueAt,
                d.Seq,
            })
                .HasFilter("state IN ('Pending', 'Deferred')")
                .HasDatabaseName("ix_deliveries_due");
            e.HasIndex(d => d.LeaseUntil).HasFilter("state IN ('Leased', 'InFlight')").HasDatabaseName("ix_deliveries_in_flight");
            e.HasIndex(d => d.MemberId);
            e.HasIndex(d => d.MailingId)
                .HasFilter("state IN ('Rejected', 'Expired') AND decided_by IS NULL")
                .HasDatabaseName("ix_deliveries_failed");
            e.HasIndex(d => new { d.MailingId, d.Seq }, "ix_deliveries_handed").HasFilter("state = 'Handed'");
            e.Property(d => d.AddressHash).HasMaxLength(20);
            e.Property(d => d.AddressKey).HasMaxLength(CompareConsents.KeyLength);
            e.Property(d => d.OutcomeN).HasDefaultValue(0);
            e.Property(d => d.Barred).HasDefaultValue(false);
            e.HasOne<Mailing>().WithMany().HasForeignKey(d => d.MailingId);
        });
        model.Entity<HandOff>(e =>
        {
            e.ToTable("hand_offs");
            e.HasKey(h => h.MailingId);
            e.Property(h => h.MailingId).ValueGeneratedNever();
            e.HasIndex(h => h.Key).IsUnique();
            e.HasIndex(h => h.State);
            e.HasOne<Mailing>().WithOne().HasForeignKey<HandOff>(h => h.MailingId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<EngineOutboxRow>(e =>
        {
            e.ToTable("engine_outbox");
            e.HasIndex(r => new { r.MailingId, r.Rev, r.ChunkNo });
            e.HasIndex(r => r.Id).HasFilter("body IS NOT NULL").HasDatabaseName("ix_engine_outbox_waiting");
            e.Property(r => r.Hash).HasMaxLength(50);
        });
        model.Entity<EngineBatch>(e =>
        {
            e.ToTable("engine_batches");
            e.HasKey(b => new { b.MailingId, b.Rev, b.BatchNo });
            e.Property(b => b.Hash).HasMaxLength(50);
        });
        model.Entity<EngineSite>(e =>
        {
            e.ToTable("engine_sites");
            e.Property(s => s.Id).ValueGeneratedNever();
        });
        model.Entity<Chain>(e =>
        {
            e.ToTable("mailing_chains");
            e.HasIndex(c => c.LookAt);
            // Else it is taken for a second navigation.
            e.Ignore(c => c.InOrder);
            e.HasMany(c => c.Steps).WithOne().HasForeignKey(s => s.ChainId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<ChainStep>(e =>
        {
            e.ToTable("mailing_chain_steps");
            e.HasIndex(s => new { s.ChainId, s.Position }).IsUnique();
            e.HasIndex(s => s.MailingId);
        });
        model.Entity<ChainPlace>(e =>
        {
            e.ToTable("mailing_chain_places");
            // One running place for each member and chain, and one for each occasion.
            e.HasIndex(p => new { p.ChainId, p.MemberId }).IsUnique().HasFilter("ended_at IS NULL")
                .HasDatabaseName("ix_mailing_chain_places_running");
            e.HasIndex(p => new { p.ChainId, p.MemberId, p.Occasion }).IsUnique();
            e.HasIndex(p => new { p.ChainId, p.DueAt }).HasFilter("ended_at IS NULL").HasDatabaseName("ix_mailing_chain_places_due");
            e.HasIndex(p => p.MemberId);
            e.Property(p => p.Occasion).HasMaxLength(40);
        });
        model.Entity<DeliveryAttempt>(e =>
        {
            e.ToTable("delivery_attempts");
            e.HasIndex(a => a.DeliveryId);
        });
        model.Entity<Return>(e =>
        {
            e.ToTable("returns");
            e.HasIndex(r => r.Digest).IsUnique();
            e.HasIndex(r => new { r.MailingId, r.Kind });
            e.HasIndex(r => r.DeliveryId);
            e.HasIndex(r => r.MemberId);
            e.HasIndex(r => r.AddressHash);
            e.HasIndex(r => new { r.Domain, r.At });
            e.HasIndex(r => r.MailingId).HasFilter("tripped").HasDatabaseName("ix_returns_tripped");
            e.Property(r => r.Text).HasMaxLength(1000);
            e.Property(r => r.Status).HasMaxLength(20);
            e.Property(r => r.Digest).HasMaxLength(70);
            e.Property(r => r.AddressHash).HasMaxLength(64);
        });
        model.Entity<ReturnCount>(e =>
        {
            e.ToTable("return_counts");
            e.HasKey(c => new { c.MailingId, c.Kind, c.Class });
        });
        model.Entity<TrackedLink>(e =>
        {
            e.ToTable("tracked_links");
            e.HasIndex(l => new { l.MailingId, l.UrlHash }).IsUnique();
            e.Property(l => l.Url).HasMaxLength(TrackedLink.MaxLength);
        });
        model.Entity<Engagement>(e =>
        {
            e.ToTable("engagements");
            e.HasIndex(g => g.At).HasFilter("NOT counted").HasDatabaseName("ix_engagements_uncounted");
            e.HasIndex(g => new { g.Subject, g.MailingId }).HasFilter("subject <> 0").HasDatabaseName("ix_engagements_subject");
            e.HasIndex(g => new { g.MemberId, g.MailingId }).HasFilter("member_id IS NOT NULL").HasDatabaseName("ix_engagements_member");
            e.HasIndex(g => new { g.Counted, g.At });
        });
        model.Entity<EngagementCount>(e =>
        {
            e.ToTable("engagement_counts");
            e.HasKey(c => new { c.MailingId, c.Bucket, c.Variant, c.Kind, c.LinkId, c.Verdict });
            // Of what stands there twice, in all and over time, whoever asks gets the first: see EngagementCounts.OverTime.
            e.HasQueryFilter(EngagementCounts.InAll, c => c.Bucket == EngagementCount.Total);
        });
        model.Entity<MailingDomain>(e =>
        {
            e.ToTable("mailing_domains");
            e.HasKey(d => new { d.MailingId, d.Domain });
            e.Property(d => d.Domain).HasMaxLength(255);
        });
        model.Entity<MailingRollup>(e =>
        {
            e.ToTable("mailing_rollups");
            e.HasKey(r => new { r.MailingId, r.Bucket, r.State });
        });
    }

    internal static void MapCatalogue(ModelBuilder model)
    {
        model.Entity<MailServer>(e => { e.ToTable("mail_servers"); e.HasKey(s => s.Name); e.Property(s => s.Machine).HasMaxLength(16); });
        model.Entity<MailRate>(e => { e.ToTable("mail_rates"); e.HasKey(r => r.ServerName); });
    }
}
