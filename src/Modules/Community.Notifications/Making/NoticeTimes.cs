using Community.Kernel;

namespace Community.Notifications;

/// <summary>When a member's next mail is due.</summary>
public static class NoticeTimes
{
    /// <summary>A mail "at once" waits so long for what else happens, and for the member who is reading along.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(2);

    static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>
    /// The time at which notices made now are mailed. A digest is due at the member's hour in the site's zone; a day that had one, or whose
    /// digest was empty, has no other, whatever hour the member chooses meanwhile.
    /// </summary>
    /// <param name="pace">At once, hourly, daily or weekly.</param>
    /// <param name="settings">The member's hour and day.</param>
    /// <param name="site">The site.</param>
    /// <param name="now">When the notice is made.</param>
    /// <param name="done">When the last digest of this pace was due; null for none.</param>
    public static DateTime Next(MailPace pace, NoticeSettings settings, Site site, DateTime now, DateTime? done)
    {
        if (pace is MailPace.AtOnce) return now + Pause;
        if (pace is MailPace.Hourly) return done is { } mailed && mailed + Hour > now + Pause ? mailed + Hour : now + Pause;
        var today = DateOnly.FromDateTime(site.ToLocal(now));
        var first = done is { } last && DateOnly.FromDateTime(site.ToLocal(last)) is var day && day >= today ? day.AddDays(1) : today;
        // Ten: a week, the day that is skipped, and the day whose hour has passed.
        for (var date = first; date < first.AddDays(10); date = date.AddDays(1))
        {
            if (pace is MailPace.Weekly && date.DayOfWeek != settings.Weekday) continue;
            var at = site.ToUtc(date.ToDateTime(new TimeOnly(settings.Hour, 0)));
            if (at > now) return at;
        }
        throw new InvalidOperationException("Every day of the week comes within ten days.");
    }
}
