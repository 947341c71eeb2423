using System.Globalization;
using System.Text.Json.Serialization;
using Community.Kernel;
using Community.Ui;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>A stretch of time as conditions have it: days in the site's time zone, both inclusive, or the last days up to now.</summary>
/// <param name="From">Null for no beginning.</param>
/// <param name="To">Null for no end.</param>
/// <param name="Days">The number of days before the query; then there is neither of the other two.</param>
public sealed record DaysWithin(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateOnly? From,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateOnly? To,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Days
)
{
    public const int MaxDays = 36500;

    /// <summary>Reads three fields of a form; null if all are empty, or if problems were added.</summary>
    public static DaysWithin? Read(
        ConditionFields fields,
        string from,
        string to,
        string days,
        Problems problems,
        IStringLocalizer texts
    )
    {
        var before = problems.All.Count;
        var (first, last) = Ui.Days.Read(problems, fields.Name(from), fields[from], fields.Name(to), fields[to], texts);
        int? number = null;
        if (fields[days]?.Trim() is { Length: > 0 } typed)
        {
            if (int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var read) && read is >= 1 and <= MaxDays)
                number = read;
            else problems.Add(fields.Name(days), texts["conditions.days.wrong", MaxDays]);
            if (first is not null || last is not null) problems.Add(fields.Name(days), texts["conditions.days.both"]);
        }
        return problems.All.Count > before || (first is null && last is null && number is null) ? null : new(first, last, number);
    }

    public IEnumerable<(string Field, string Value)> Write(string from, string to, string days)
    {
        if (From is { } first) yield return (from, first.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (To is { } last) yield return (to, last.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (Days is { } number) yield return (days, number.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The first moment, and the first moment after the last.</summary>
    public (DateTime Start, DateTime End) Within(SiteDb db) =>
        (
            Days is { } days ? db.Now.AddDays(-days)
                : From is { } from ? WallClock.StartOf(from, db.Site.Zone)
                : DateTime.UnixEpoch,
            To is { } to ? WallClock.StartOf(to.AddDays(1), db.Site.Zone) : new DateTime(9999, 1, 1, 0, 0, 0, DateTimeKind.Utc)
        );

    /// <summary>As a part of a sentence.</summary>
    /// <param name="key">The texts are <c>{key}.from</c>, <c>{key}.to</c> and <c>{key}.days</c>.</param>
    /// <param name="texts">In the reader's language.</param>
    public string Say(string key, IStringLocalizer texts) =>
        Days is { } days
            ? texts.Count(key + ".days", days)
            : string.Join(
                texts["conditions.and"],
                new[]
                {
                    From is { } from ? texts[key + ".from", from.ToString(Moments.Date)].Value : null,
                    To is { } to ? texts[key + ".to", to.ToString(Moments.Date)].Value : null,
                }.OfType<string>()
            );
}
