using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Statistics;

/// <summary>The module's tables in a site's database.</summary>
public static class StatisticsDb
{
    extension(SiteDb db)
    {
        public DbSet<SiteDay> SiteDays => db.Set<SiteDay>();
        public DbSet<BoardDay> BoardDays => db.Set<BoardDay>();
        public DbSet<TopicDay> TopicDays => db.Set<TopicDay>();
        public DbSet<AuthorDay> AuthorDays => db.Set<AuthorDay>();
        public DbSet<MemberVisit> MemberVisits => db.Set<MemberVisit>();
        public DbSet<CountingState> CountingStates => db.Set<CountingState>();
    }

    internal static void Map(ModelBuilder model)
    {
        model.Entity<SiteDay>(e =>
        {
            e.ToTable("statistics_days");
            e.HasKey(d => d.Day);
        });
        model.Entity<BoardDay>(e =>
        {
            e.ToTable("statistics_boards");
            e.HasKey(d => new { d.Day, d.BoardId });
        });
        model.Entity<TopicDay>(e =>
        {
            e.ToTable("statistics_topics");
            e.HasKey(d => new { d.Day, d.TopicId });
        });
        model.Entity<AuthorDay>(e =>
        {
            e.ToTable("statistics_authors");
            e.HasKey(d => new { d.Day, d.BoardId, d.AuthorId });
            e.HasIndex(d => d.AuthorId);
        });
        model.Entity<MemberVisit>(e =>
        {
            e.ToTable("member_visits");
            e.HasKey(v => v.MemberId);
            e.Property(v => v.MemberId).ValueGeneratedNever();
            e.HasOne<Member>().WithMany().HasForeignKey(v => v.MemberId);
        });
        model.Entity<CountingState>(e =>
        {
            e.ToTable("statistics_state");
            e.Property(s => s.Id).ValueGeneratedNever();
        });
    }

    /// <summary>The day of a moment, in the site's zone.</summary>
    internal static DateOnly DayOf(this Site site, DateTime utc) => DateOnly.FromDateTime(site.ToLocal(utc));

    /// <summary>The Monday of the day's week.</summary>
    internal static DateOnly WeekOf(DateOnly day) => day.AddDays(-(((int)day.DayOfWeek + 6) % 7));

    internal static DateOnly MonthOf(DateOnly day) => new(day.Year, day.Month, 1);

    /// <summary>Adds the rows of days that have none yet. Call it inside a change.</summary>
    internal static async Task Have(this SiteDb db, IEnumerable<DateOnly> days, CancellationToken ct)
    {
        // In order, as all code locks several days, so that nothing deadlocks.
        foreach (var day in days.Order())
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO statistics_days (day, joined, "left", returned, active, active_of_week, active_of_month, marks, counted_marks)
                VALUES ({day}, 0, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT (day) DO NOTHING
                """, ct);
    }
}
