using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Kernel;

/// <summary>
/// Formats a time for the reader of a page: in the site's zone and the reader's language; by the day within a week,
/// without the year within the year. It is relative to days, never to minutes, so that a page cached for some minutes
/// stays correct as long as it is not kept past midnight (<see cref="Today"/>). The script of every page does the same
/// in the time zone of the reader's machine, from <c>datetime</c>. One instance per request.
/// </summary>
public sealed class ReaderClock(Site site, TimeProvider time, IStringLocalizer texts)
{
    /// <summary>From this many days ago on, the date is shown.</summary>
    public const int Week = 7;

    /// <summary>The same for all times on one page.</summary>
    DateTime Now => field == default ? field = time.GetUtcNow().UtcDateTime : field;

    /// <summary>Today's date in the site's zone.</summary>
    public DateOnly Today => DateOnly.FromDateTime(site.ToLocal(Now));

    /// <summary>A <c>time</c> element; hovering or printing shows the exact time.</summary>
    /// <param name="utc">The moment.</param>
    /// <param name="dateOnly">Show only the date.</param>
    /// <param name="brief">For long lists: the exact time only to the minute.</param>
    public MarkupString Of(DateTime utc, bool dateOnly = false, bool brief = false)
    {
        var local = site.ToLocal(utc);
        var iso = utc.ToString(brief ? "yyyy-MM-dd'T'HH:mm'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var exact = brief ? local.ToString(Moments.DateAndTime) : $"{local.ToString(Moments.Full)} {site.TimeZone}";
        var form = new MarkupString(dateOnly ? " data-told=\"day\"" : " data-told");
        return Html.Of($"<time datetime=\"{iso}\" title=\"{exact}\"{form}>{Told(local, dateOnly)}</time>");
    }

    /// <summary>
    /// A time always shown as a date and always in the site's zone: for records, and for times planned by staff.
    /// </summary>
    public MarkupString ByDate(DateTime utc, bool dateOnly = false)
    {
        var local = site.ToLocal(utc);
        var iso = utc.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return Html.Of($"<time datetime=\"{iso}\" title=\"{local.ToString(Moments.Full)} {site.TimeZone}\">{Date(local, dateOnly)}</time>");
    }

    /// <summary>The same for use within a sentence.</summary>
    public string DateInWords(DateTime utc) => Date(site.ToLocal(utc), dateOnly: false);

    string Told(DateTime local, bool dateOnly)
    {
        var day = (Today.DayNumber - DateOnly.FromDateTime(local).DayNumber) switch
        {
            0 => texts["when.today"].Value,
            1 => texts["when.yesterday"].Value,
            > 1 and < Week and var days => texts["when.days-ago", days].Value,
            _ => null,
        };
        if (day is null) return Date(local, dateOnly);
        return dateOnly ? day : texts["when.at", day, local.ToString("HH:mm", CultureInfo.InvariantCulture)].Value;
    }

    string Date(DateTime local, bool dateOnly) => local.ToString((dateOnly, local.Year == Today.Year) switch
    {
        (true, true) => Moments.DateThisYear,
        (true, false) => Moments.Date,
        (false, true) => Moments.DateAndTimeThisYear,
        (false, false) => Moments.DateAndTime,
    });
}
