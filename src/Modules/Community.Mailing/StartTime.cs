using System.Globalization;
using Community.Kernel;
using Community.Ui;

namespace Community.Mailing;

/// <summary>What the chosen wall clock comes to in the zone of the site.</summary>
public enum StartTimeNote
{
    /// <summary>The clock shows it exactly once.</summary>
    Exact,
    /// <summary>The clock jumps over it: the first moment after the jump is taken.</summary>
    Skipped,
    /// <summary>The clock shows it twice: the first of the two is taken.</summary>
    Twice,
}

/// <summary>A date and time as staff chose them, and the moment that they mean.</summary>
/// <param name="Wanted">As chosen: <c>2026-11-28T08:00</c>.</param>
/// <param name="Local">What the site's clock will show.</param>
/// <param name="Utc">The moment.</param>
public sealed record StartTime(string Wanted, DateTime Local, DateTime Utc, StartTimeNote Note)
{
    /// <summary>So far ahead a wrong year is likelier than a plan: it is asked about once more.</summary>
    static readonly TimeSpan Far = TimeSpan.FromDays(366);

    public bool IsFar(DateTime now) => Utc - now > Far;

    /// <summary>Why a mailing cannot go at this time: it has passed, or is so far ahead that somebody must say that it is meant.</summary>
    /// <param name="sure">Somebody said so. Whoever does not ask about it says nothing.</param>
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

    public static StartTime Resolve(string wanted, TimeZoneInfo zone) =>
        Resolve(DateTime.ParseExact(wanted, Form, CultureInfo.InvariantCulture), zone);

    /// <summary>From the two fields of a form; null if they are no date and time.</summary>
    public static StartTime? Parse(string? date, string? time, TimeZoneInfo zone) =>
        Days.Parse(date) is { } day
        && TimeOnly.TryParseExact(time, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock)
            ? Resolve(day.ToDateTime(clock), zone) : null;
}
