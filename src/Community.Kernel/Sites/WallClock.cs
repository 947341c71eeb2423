namespace Community.Kernel;

/// <summary>Converts a zone's local (wall-clock) time to UTC.</summary>
public static class WallClock
{
    /// <summary>
    /// The moment at which the clock shows <paramref name="wanted"/>: the first of two; if the clock skips it, the first after the jump.
    /// </summary>
    /// <returns>The local time then shown, and the moment in UTC.</returns>
    public static (DateTime Local, DateTime Utc) Resolve(DateTime wanted, TimeZoneInfo zone)
    {
        var local = wanted;
        // Zones jump by whole minutes: half an hour on Lord Howe Island, a whole day in Samoa (2011).
        while (!IsShown(local, zone)) local = local.AddMinutes(1);
        return (local, ToUtc(local, zone));
    }

    /// <summary>When a day begins, which is not always 00:00: some zones change their clocks at midnight.</summary>
    public static DateTime StartOf(DateOnly day, TimeZoneInfo zone) => Resolve(day.ToDateTime(TimeOnly.MinValue), zone).Utc;

    // IsInvalidTime misses skipped days; a round trip finds them.
    static bool IsShown(DateTime local, TimeZoneInfo zone) =>
        !zone.IsInvalidTime(local) && TimeZoneInfo.ConvertTimeFromUtc(ToUtc(local, zone), zone) == local;

    // If a time occurs twice, the larger offset is the one in force before the clock was put back.
    static DateTime ToUtc(DateTime local, TimeZoneInfo zone) =>
        DateTime.SpecifyKind(
            local - (zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local)),
            DateTimeKind.Utc
        );
}
