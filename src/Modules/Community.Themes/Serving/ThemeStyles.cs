using System.Text;

namespace Community.Themes;

/// <summary>The style sheet of a site: the theme's, followed by its tokens with the site's values, outside all layers.</summary>
public static class ThemeStyles
{
    public static string For(Theme theme, IReadOnlyDictionary<string, string> tokens)
    {
        var css = new StringBuilder("@layer base, components, theme, print;\n", theme.Css.Length + 4000).Append(theme.Css);
        if (theme.Tokens.Count == 0) return css.ToString();
        var dark = Block(TokenValues.Of(theme, tokens, dark: true).Where(v => theme.Tokens[v.Key].HasSchemes), theme);
        css.Append(":root{").Append(Block(TokenValues.Of(theme, tokens, dark: false), theme)).Append("}\n");
        css.Append("html[data-scheme=dark]{").Append(dark).Append("}\n");
        css.Append("@media (prefers-color-scheme:dark){html[data-scheme=auto]{").Append(dark).Append("}}\n");
        return css.ToString();
    }

    static string Block(IEnumerable<KeyValuePair<string, string>> values, Theme theme) =>
        string.Concat(
            values.Select(v => $"--{v.Key}:{(theme.Tokens[v.Key].Type == TokenType.Image ? Address(theme, v.Value) : v.Value)};")
        );

    static string Address(Theme theme, string value) =>
        value == "none" ? value : $"url(\"{(value[0] == '/' ? value : theme.UrlOf(value))}\")";
}
