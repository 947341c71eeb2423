using Community.Kernel;

namespace Community.Members;

/// <summary>A filter on the audit log. Null matches everything.</summary>
sealed record AuditFilter
{
    public long? Actor { get; init; }
    public long? Member { get; init; }
    /// <summary>See <see cref="AuditQueries.SetsWith"/>.</summary>
    public IReadOnlyCollection<long> Sets { get; init; } = [];
    public string? Act { get; init; }
    /// <summary>Days in the site's time zone, both inclusive.</summary>
    public DateOnly? From { get; init; }
    public DateOnly? To { get; init; }
    /// <summary>Acts to leave out.</summary>
    public IReadOnlyCollection<string> Without { get; init; } = [];

    public IQueryable<AuditRecord> Apply(IQueryable<AuditRecord> records, Site site)
    {
        if (Actor is { } actor) records = records.Where(a => a.ActorId == actor);
        if (Member is { } member) records = records.About(member, 0, Sets);
        if (Act is { } act) records = records.Where(a => a.Action == act);
        if (From is { } from)
        {
            var start = WallClock.StartOf(from, site.Zone);
            records = records.Where(a => a.At >= start);
        }
        if (To is { } to)
        {
            var end = WallClock.StartOf(to.AddDays(1), site.Zone);
            records = records.Where(a => a.At < end);
        }
        if (Without.Count > 0) records = records.Where(a => !Without.Contains(a.Action));
        return records;
    }
}
