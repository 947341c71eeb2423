namespace Community.Themes;

/// <summary>A pair of colours with less contrast than pages need (docs/theming.md).</summary>
public sealed record Unreadable(Token Text, Token On, bool Dark, double Contrast, double Needed)
{
    /// <summary>True if the text is practically unreadable.</summary>
    public bool IsRefused => Needed == Themes.Contrast.Text && Contrast < Themes.Contrast.Least;

    static readonly string[] surfaces = ["page", "surface", "surface-quiet"], tones = ["danger", "warn", "ok", "info"];

    static IEnumerable<(string Text, string On, double Needed)> Pairs =>
        [
            ("brand-text", "brand", Themes.Contrast.Text),
            ("accent-text", "accent", Themes.Contrast.Text),
            .. from text in new[] { "text", "text-muted", "link", "accent" }.Concat(tones)
            from below in surfaces
            select (text, below, Themes.Contrast.Text),
            .. from tone in tones from text in new[] { tone, "text" } select (text, tone + "-surface", Themes.Contrast.Text),
            .. from mark in new[] { "line-strong", "focus" } from below in surfaces[..2] select (mark, below, Themes.Contrast.Mark),
        ];

    public static IEnumerable<Unreadable> In(Theme theme, IReadOnlyDictionary<string, string> site)
    {
        foreach (var dark in new[] { false, true })
        {
            var values = TokenValues.Of(theme, site, dark);
            foreach (var (text, below, needed) in Pairs)
                if (theme.Tokens.TryGetValue("color-" + text, out var a) && theme.Tokens.TryGetValue("color-" + below, out var b)
                    && Themes.Contrast.Between(values[a.Name], values[b.Name]) is var contrast && contrast < needed)
                    yield return new Unreadable(a, b, dark, contrast, needed);
        }
    }
}
