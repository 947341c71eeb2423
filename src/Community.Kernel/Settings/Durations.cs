using System.Globalization;
using Microsoft.Extensions.Localization;

namespace Community.Kernel;

/// <summary>Durations as people write them: <c>14 days</c>, <c>6 hours</c>, <c>30 minutes</c>.</summary>
public static class Durations
{
    /// <summary>The units, the largest first.</summary>
    public static readonly IReadOnlyList<(string Name, TimeSpan Length)> Units =
    [
        ("days", TimeSpan.FromDays(1)),
        ("hours", TimeSpan.FromHours(1)),
        ("minutes", TimeSpan.FromMinutes(1)),
    ];

    /// <summary>The duration in the largest unit that divides it without remainder.</summary>
    public static (long Number, string Unit) Parts(TimeSpan time)
    {
        var (name, length) = Units.First(u => time.Ticks % u.Length.Ticks == 0 || u == Units[^1]);
        return (time.Ticks / length.Ticks, name);
    }

    /// <summary>The form that is stored and used in recipes.</summary>
    public static string Text(TimeSpan time) =>
        Parts(time) is var (number, unit) ? $"{number.ToString(CultureInfo.InvariantCulture)} {unit}" : "";

    /// <summary>Null if it is not a duration, or is longer than a century.</summary>
    public static TimeSpan? Parse(string? text) =>
        text?.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var number, var unit]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
        && Units.FirstOrDefault(u => u.Name == unit || u.Name.TrimEnd('s') == unit) is { Name: not null } found
        && n <= 36_525 * TimeSpan.TicksPerDay / found.Length.Ticks
            ? found.Length * n
            : null;

    /// <summary>In the reader's language.</summary>
    public static string Say(TimeSpan time, IStringLocalizer texts)
    {
        var (number, unit) = Parts(time);
        return texts.Count("settings." + unit, number);
    }
}
