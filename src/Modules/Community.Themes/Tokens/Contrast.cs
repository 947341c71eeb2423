using System.Globalization;

namespace Community.Themes;

/// <summary>Contrast of colours <c>#rrggbb</c> as WCAG 2.2 measures it: from 1 (the same) to 21 (black and white).</summary>
public static class Contrast
{
    /// <summary>Minimum for text (WCAG 1.4.3).</summary>
    public const double Text = 4.5;
    /// <summary>Minimum for borders and icons (WCAG 1.4.11).</summary>
    public const double Mark = 3;

    /// <summary>
    /// Text with less contrast is unreadable at any size: even large text needs this much (WCAG 1.4.3).
    /// </summary>
    public const double Least = 3;

    const string Light = "#ffffff", Dark = "#000000";

    public static double Between(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    /// <summary>White or black, whichever is easier to read on the colour. One of them always passes.</summary>
    public static string TextOn(string color) => Between(Light, color) >= Between(Dark, color) ? Light : Dark;

    /// <summary>The colour itself, if it can be read as text on <paramref name="ground"/>; else the nearest darker one that can.</summary>
    public static string Readable(string color, string ground)
    {
        for (var left = 20; left > 0; left--)
        {
            var darker =
                "#"
                + string.Concat(
                    new[] { 1, 3, 5 }.Select(at =>
                        (int.Parse(color.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) * left / 20).ToString(
                            "x2",
                            CultureInfo.InvariantCulture
                        )
                    )
                );
            if (Between(darker, ground) >= Text)
                return darker;
        }
        return Dark;
    }

    static double Luminance(string color) => 0.2126 * Part(color, 1) + 0.7152 * Part(color, 3) + 0.0722 * Part(color, 5);

    static double Part(string color, int at)
    {
        var c = int.Parse(color.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255d;
        return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
    }
}
