using System.Globalization;
using Microsoft.Extensions.Localization;

namespace Community.Ui;

/// <summary>A range of days from two search fields: both inclusive, either may be empty.</summary>
public static class Days
{
    public static (DateOnly? From, DateOnly? To) Read(
        Problems problems,
        string fromField,
        string? fromText,
        string toField,
        string? toText,
        IStringLocalizer texts
    )
    {
        var (from, to) = (Day(fromField, fromText), Day(toField, toText));
        if (from > to) problems.Add(toField, texts["ui.form.days"]);
        return (from, to);

        DateOnly? Day(string field, string? text)
        {
            if (string.IsNullOrEmpty(text)) return null;
            if (Parse(text) is { } day) return day;
            problems.Add(field, texts["ui.form.day"]);
            return null;
        }
    }

    /// <summary>Parses a day as sent by a form, <c>2026-11-28</c>; null if invalid.</summary>
    public static DateOnly? Parse(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        && day.Year is > 1900 and < 2200
            ? day
            : null;
}
