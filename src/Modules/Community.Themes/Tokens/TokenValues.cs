namespace Community.Themes;

/// <summary>The values of a theme's tokens on a site: the site's value where it is valid for the token's type, else the theme's.</summary>
public static class TokenValues
{
    /// <summary>The text colour on a colour that the site chose without choosing a text colour.</summary>
    static readonly (string Text, string On)[] computed = [("color-brand-text", "color-brand"), ("color-accent-text", "color-accent")];

    public static Dictionary<string, string> Of(Theme theme, IReadOnlyDictionary<string, string> site, bool dark)
    {
        var values = theme.Tokens.Values.ToDictionary(
            t => t.Name,
            t => Chosen(theme, t, site, dark) ?? (dark ? t.Dark ?? Chosen(theme, t, site, false) : null) ?? t.Default
        );
        foreach (var (text, on) in computed)
            if (
                values.TryGetValue(text, out var ink)
                && values.TryGetValue(on, out var ground)
                && Chosen(theme, theme.Tokens[text], site, dark) is null
                && Contrast.Between(ink, ground) < Contrast.Text
            )
                values[text] = Contrast.TextOn(ground);
        return values;
    }

    // Stored values were valid when written; another theme, or a later version, may accept others.
    static string? Chosen(Theme theme, Token token, IReadOnlyDictionary<string, string> site, bool dark) =>
        (!dark || token.HasSchemes)
        && site.TryGetValue(dark ? Token.DarkOf(token.Name) : token.Name, out var value)
        && TokenValue.Wrong(token, value, theme.Files.ContainsKey) is null
            ? value
            : null;
}
