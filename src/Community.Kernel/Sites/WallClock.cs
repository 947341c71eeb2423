namespace Community.Kernel;

/// <summary>What the clock on a wall means: which moment it is when a zone's clock shows a time.</summary>
public static class WallClock
{
    /// <summary>
    /// The moment at which the clock shows <paramref name="wanted"/>: of two the first; where it jumps over it, the first after the jump.
    /// </summary>
    /// <returns>What the clock then shows, and the moment.</returns>
    public static (DateTime Local, DateTime Utc) Resolve(DateTime wanted, TimeZoneInfo zone)
    {
        var local = wanted;
        // Zones jump at whole minutes, by half an hour on Lord Howe and by a whole day in Samoa (2011).
        while (!IsShown(local, zone)) local = local.AddMinutes(1);
        return (local, ToUtc(local, zone));
    }

    /// <summary>When a day begins; some zones change their clocks at midnight.</summary>
    public static DateTime StartOf(DateOnly day, TimeZoneInfo zone) => Resolve(day.ToDateTime(TimeOnly.MinValue), zone).Utc;

    // IsInvalidTime does not know days that were left out; there and back again does.
    static bool IsShown(DateTime local, TimeZoneInfo zone) =>
        !zone.IsInvalidTime(local) && TimeZoneInfo.ConvertTimeFromUtc(ToUtc(local, zone), zone) == local;

    // Of a time that is shown twice, the larger offset is the one that the clock had before it was put back.
    static DateTime ToUtc(DateTime local, TimeZoneInfo zone) =>
        DateTime.SpecifyKind(
            local - (zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local)),
            DateTimeKind.Utc
        );
}
