using System.Globalization;
using System.Net;
using Community.Kernel;

namespace Community.Themes;

/// <summary>The favicon: the first character of the site's name on its brand colour.</summary>
public static class SiteIcon
{
    public static string Svg(Site site, Theme theme)
    {
        var colours = TokenValues.Of(theme, site.Tokens, dark: false);
        var letter = WebUtility.HtmlEncode(StringInfo.GetNextTextElement(site.Name.Trim()));
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="{colours.GetValueOrDefault(
                "color-brand",
                "#333333"
            )}"/><text x="16" y="17" fill="{colours.GetValueOrDefault(
                "color-brand-text",
                "#ffffff"
            )}" font-family="sans-serif" font-size="19" font-weight="bold" text-anchor="middle" dominant-baseline="central">{letter}</text></svg>
            """;
    }
}
