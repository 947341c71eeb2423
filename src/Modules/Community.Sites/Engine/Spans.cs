using System.Globalization;
using Community.Kernel;
using Microsoft.Extensions.Localization;

namespace Community.Sites;

/// <summary>Seconds in words: 40 s, 12 min, 3 h.</summary>
static class Spans
{
    public static string Span(this IStringLocalizer texts, double seconds) =>
        seconds < 120 ? texts["sites.engine.span.s", (long)seconds]
        : seconds < 7200 ? texts["sites.engine.span.min", (long)(seconds / 60)]
        : texts["sites.engine.span.h", (long)(seconds / 3600)];

    public static string Ago(this IStringLocalizer texts, DateTime then, DateTime now) =>
        texts["sites.engine.ago", texts.Span(Math.Max(0, (now - then).TotalSeconds))];

    /// <summary>Of today's moments the hour is enough.</summary>
    public static string Moment(this Site site, DateTime utc, DateTime now)
    {
        var (local, today) = (site.ToLocal(utc), site.ToLocal(now).Date);
        return local.ToString(local.Date == today ? "HH:mm:ss" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }
}
