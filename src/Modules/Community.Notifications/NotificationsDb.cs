using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>The module's tables in a site's database.</summary>
public static class NotificationsDb
{
    extension(SiteDb db)
    {
        public DbSet<Notice> Notices => db.Set<Notice>();
        public DbSet<NoticeSettings> NoticeSettings => db.Set<NoticeSettings>();
        public DbSet<NoticeMail> NoticeMails => db.Set<NoticeMail>();
    }

    internal static void Map(ModelBuilder model)
    {
        model.Entity<Notice>(e =>
        {
            e.ToTable("notices");
            // Numbers, since there are many rows, and the kinds are compared.
            e.Property(n => n.Kind).HasConversion<int>();
            e.Property(n => n.Waits).HasConversion<int?>();
            e.Property(n => n.What).HasMaxLength(64);
            e.Property(n => n.Path).HasMaxLength(128);
            e.HasOne<Member>().WithMany().HasForeignKey(n => n.MemberId);
            e.HasIndex(n => new { n.MemberId, n.Id });
            // The number on every page.
            e.HasIndex(n => new { n.MemberId, n.TopicId }, "ix_notices_unread").HasFilter("read_at IS NULL");
            e.HasIndex(n => new { n.MemberId, n.Waits }, "ix_notices_waiting").HasFilter("waits IS NOT NULL");
            // Nobody is told twice of one post in one way.
            e.HasIndex(n => new { n.PostId, n.MemberId, n.Kind }).IsUnique();
            e.HasIndex(n => n.At);
            // What was told of a report or of a request ends with it.
            e.HasIndex(n => n.ReportId).HasFilter("report_id IS NOT NULL");
            e.HasIndex(n => new { n.GroupId, n.RequesterId }).HasFilter("group_id IS NOT NULL");
            e.HasIndex(n => new { n.Path, n.What }).HasFilter("path IS NOT NULL");
        });
        model.Entity<NoticeSettings>(e =>
        {
            e.ToTable("notice_settings");
            e.HasKey(s => s.MemberId);
            e.Property(s => s.MemberId).ValueGeneratedNever();
            e.HasOne<Member>().WithMany().HasForeignKey(s => s.MemberId);
        });
        model.Entity<NoticeMail>(e =>
        {
            e.ToTable("notice_mails");
            e.HasKey(m => new { m.MemberId, m.Pace });
            e.Property(m => m.Pace).HasConversion<int>();
            e.HasOne<Member>().WithMany().HasForeignKey(m => m.MemberId);
            e.HasIndex(m => m.DueAt).HasFilter("due_at IS NOT NULL");
        });
    }
}
