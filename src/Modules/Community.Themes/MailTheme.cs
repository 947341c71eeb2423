using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Themes;

/// <summary>The colours of a theme and site in an e-mail: always on white, regardless of the reader's colour scheme.</summary>
public static partial class MailTheme
{
    const string Paper = "#ffffff";

    public static MailColors Of(Theme theme, IReadOnlyDictionary<string, string> site)
    {
        var values = TokenValues.Of(theme, site, dark: false);
        var brand = Color(values, "color-brand") ?? MailColors.Plain.Brand;
        return new(
            brand,
            Contrast.Readable(Color(values, "color-link") ?? MailColors.Plain.Link, Paper),
            Logo.InMail(theme, site),
            Contrast.TextOn(brand)
        );
    }

    static string? Color(Dictionary<string, string> values, string token) =>
        values.TryGetValue(token, out var value) && Hex().IsMatch(value) ? value : null;

    [GeneratedRegex(@"^#[0-9a-fA-F]{6}\z")]
    private static partial Regex Hex();
}
