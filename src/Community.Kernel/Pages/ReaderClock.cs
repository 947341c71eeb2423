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

    // The separators are quoted: a culture has its own.
    const string Iso = "yyyy'-'MM'-'dd'T'HH':'mm':'ss'Z'", IsoToTheMinute = "yyyy'-'MM'-'dd'T'HH':'mm'Z'";

    readonly TimeZoneInfo zone = site.Zone;
    /// <summary>Behind an exact time: the name of the zone.</summary>
    readonly string place = " " + site.TimeZone;

    /// <summary>The same for all times on one page.</summary>
    DateTime Now => field == default ? field = time.GetUtcNow().UtcDateTime : field;

    /// <summary>Today's date in the site's zone.</summary>
    public DateOnly Today => field == default ? field = DateOnly.FromDateTime(Local(Now)) : field;

    /// <summary>A <c>time</c> element; hovering or printing shows the exact time.</summary>
    /// <param name="utc">The moment.</param>
    /// <param name="dateOnly">Show only the date.</param>
    /// <param name="brief">For long lists: the exact time only to the minute.</param>
    public MarkupString Of(DateTime utc, bool dateOnly = false, bool brief = false)
    {
        var local = Local(utc);
        var form = new MarkupString(dateOnly ? " data-told=\"day\"" : " data-told");
        var iso = new FormattedTime(utc, brief ? IsoToTheMinute : Iso);
        var exact = new FormattedTime(local, brief ? Moments.DateAndTime : Moments.Full);
        return Html.Of($"<time datetime=\"{iso}\" title=\"{exact}{(brief ? "" : place)}\"{form}>{Told(local, dateOnly)}</time>");
    }

    /// <summary>
    /// A time always shown as a date and always in the site's zone: for records, and for times planned by staff.
    /// </summary>
    public MarkupString ByDate(DateTime utc, bool dateOnly = false)
    {
        var local = Local(utc);
        var (iso, exact) = (new FormattedTime(utc, Iso), new FormattedTime(local, Moments.Full));
        var told = new FormattedTime(local, Date(local, dateOnly));
        return Html.Of($"<time datetime=\"{iso}\" title=\"{exact}{place}\">{told}</time>");
    }

    /// <summary>The same for use within a sentence.</summary>
    public string DateInWords(DateTime utc) => new FormattedTime(Local(utc), Date(Local(utc), dateOnly: false)).ToString();

    /// <summary>What was told last: lists are full of times of the same minute, or day.</summary>
    (DateTime Minute, bool DateOnly, string Text)? last;

    MarkupString Told(DateTime local, bool dateOnly)
    {
        var minute = dateOnly ? local.Date : local.AddTicks(-(local.Ticks % TimeSpan.TicksPerMinute));
        if (last is { } same && same.Minute == minute && same.DateOnly == dateOnly) return Html.Of($"{same.Text}");
        var day = (Today.DayNumber - DateOnly.FromDateTime(local).DayNumber) switch
        {
            0 => texts["when.today"].Value,
            1 => texts["when.yesterday"].Value,
            > 1 and < Week and var days => texts["when.days-ago", days].Value,
            _ => null,
        };
        if (day is null) return Html.Of($"{new FormattedTime(local, Date(local, dateOnly))}");
        var told = dateOnly ? day : texts["when.at", day, local.ToString("HH:mm", CultureInfo.InvariantCulture)].Value;
        last = (minute, dateOnly, told);
        return Html.Of($"{told}");
    }

    DateTime Local(DateTime utc) => TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(utc, DateTimeKind.Utc), zone);

    string Date(DateTime local, bool dateOnly) => (dateOnly, local.Year == Today.Year) switch
    {
        (true, true) => Moments.DateThisYear,
        (true, false) => Moments.Date,
        (false, true) => Moments.DateAndTimeThisYear,
        (false, false) => Moments.DateAndTime,
    };
}
