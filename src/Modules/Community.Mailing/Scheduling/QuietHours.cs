using Community.Kernel;

namespace Community.Mailing;

/// <summary>Hours of the site's day in which no direct mail is sent: what would fall in them waits until they are over.</summary>
public static class QuietHours
{
    /// <summary>When they end, if a moment falls in them; else null.</summary>
    public static DateTime? EndOf(MailingSettings settings, DateTime utc, TimeZoneInfo zone)
    {
        var (from, until) = (settings.QuietFrom, settings.QuietUntil);
        if (from == until || from < 0 || until < 0) return null;
        var local = TimeZoneInfo.ConvertTimeFromUtc(utc, zone);
        var overMidnight = from > until;
        var falls = overMidnight ? local.Hour >= from || local.Hour < until : local.Hour >= from && local.Hour < until;
        if (!falls) return null;
        var end = local.Date.AddDays(overMidnight && local.Hour >= from ? 1 : 0).AddHours(until);
        // In an hour that comes twice the first end may have passed: then they are over.
        if (WallClock.Resolve(end, zone).Utc is var at && at <= utc) return null;
        // And the only hour outside of them may be the one that the clock skips.
        return EndOf(settings, at, zone) ?? at;
    }
}
