using System.Globalization;
using Community.Kernel;
using Community.Ui;

namespace Community.Mailing;

/// <summary>How the chosen local time maps to the site's time zone.</summary>
public enum StartTimeNote
{
    /// <summary>The local time occurs exactly once.</summary>
    Exact,
    /// <summary>The clock skips it: the first moment after the gap is used.</summary>
    Skipped,
    /// <summary>The local time occurs twice: the first is used.</summary>
    Twice,
}

/// <summary>A date and time as staff chose them, and the moment they denote.</summary>
/// <param name="Wanted">As chosen: <c>2026-11-28T08:00</c>.</param>
/// <param name="Local">What the site's clock will show then.</param>
/// <param name="Utc">The moment.</param>
public sealed record StartTime(string Wanted, DateTime Local, DateTime Utc, StartTimeNote Note)
{
    /// <summary>This far ahead, a mistyped year is more likely than a plan, so the user is asked to confirm.</summary>
    static readonly TimeSpan Far = TimeSpan.FromDays(366);

    public bool IsFar(DateTime now) => Utc - now > Far;

    /// <summary>Why a mailing cannot be sent at this time: it has passed, or is so far ahead that the user must confirm it.</summary>
    /// <param name="sure">Whether the user confirmed a distant time; null skips this check.</param>
    public ScheduleRefusal? RefusedAt(DateTime now, bool? sure = null) =>
        Utc < now ? ScheduleRefusal.Past : sure == false && IsFar(now) ? ScheduleRefusal.Far : null;

    const string Form = "yyyy-MM-dd'T'HH:mm";

    public static StartTime Resolve(DateTime wanted, TimeZoneInfo zone)
    {
        wanted = new DateTime(wanted.Year, wanted.Month, wanted.Day, wanted.Hour, wanted.Minute, 0, DateTimeKind.Unspecified);
        var (local, utc) = WallClock.Resolve(wanted, zone);
        return new StartTime(wanted.ToString(Form, CultureInfo.InvariantCulture), local, utc,
            local != wanted ? StartTimeNote.Skipped : zone.IsAmbiguousTime(local) ? StartTimeNote.Twice : StartTimeNote.Exact);
    }

    /// <summary>What a clock shows at a moment.</summary>
    public static StartTime At(DateTime utc, TimeZoneInfo zone) => Resolve(TimeZoneInfo.ConvertTimeFromUtc(utc, zone), zone);

    public static StartTime Resolve(string wanted, TimeZoneInfo zone) =>
        Resolve(DateTime.ParseExact(wanted, Form, CultureInfo.InvariantCulture), zone);

    /// <summary>Parses the two form fields; null if they are not a valid date and time.</summary>
    public static StartTime? Parse(string? date, string? time, TimeZoneInfo zone) =>
        Days.Parse(date) is { } day
        && TimeOnly.TryParseExact(time, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock)
            ? Resolve(day.ToDateTime(clock), zone) : null;
}
