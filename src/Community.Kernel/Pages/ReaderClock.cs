using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Kernel;

/// <summary>
/// How a moment is told to the reader of a page: in the site's zone and the reader's language; by the day within a week,
/// without the year within the year. It goes by days and never by minutes, so that a page that a cache kept for some minutes
/// says nothing untrue, as long as it is not kept over midnight (<see cref="Today"/>). The script of every page tells the same
/// in the zone of the reader's machine, by <c>datetime</c>. One a request.
/// </summary>
public sealed class ReaderClock(Site site, TimeProvider time, IStringLocalizer texts)
{
    /// <summary>From so many days ago on a date is a date.</summary>
    public const int Week = 7;

    /// <summary>Everything on one page is told from one moment.</summary>
    DateTime Now => field == default ? field = time.GetUtcNow().UtcDateTime : field;

    /// <summary>The date of the site's zone.</summary>
    public DateOnly Today => DateOnly.FromDateTime(site.ToLocal(Now));

    /// <summary>A <c>time</c> element; a pointer, and paper, show the exact moment.</summary>
    /// <param name="utc">The moment.</param>
    /// <param name="dateOnly">Date alone.</param>
    /// <param name="brief">For long lists: the exact moment to the minute.</param>
    public MarkupString Of(DateTime utc, bool dateOnly = false, bool brief = false)
    {
        var local = site.ToLocal(utc);
        var iso = utc.ToString(brief ? "yyyy-MM-dd'T'HH:mm'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var exact = brief ? local.ToString(Moments.DateAndTime) : $"{local.ToString(Moments.Full)} {site.TimeZone}";
        var form = new MarkupString(dateOnly ? " data-told=\"day\"" : " data-told");
        return Html.Of($"<time datetime=\"{iso}\" title=\"{exact}\"{form}>{Told(local, dateOnly)}</time>");
    }

    /// <summary>
    /// A moment by its date, whenever it is read, and in the site's zone whoever reads it: of a record, and of what staff planned.
    /// </summary>
    public MarkupString ByDate(DateTime utc, bool dateOnly = false)
    {
        var local = site.ToLocal(utc);
        var iso = utc.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return Html.Of($"<time datetime=\"{iso}\" title=\"{local.ToString(Moments.Full)} {site.TimeZone}\">{Date(local, dateOnly)}</time>");
    }

    /// <summary>The same within a sentence.</summary>
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
