using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Localization;

namespace Community.Themes;

/// <summary>
/// The form of a theme's tokens: field values and errors. A field that is empty or equals the theme's value
/// stores nothing, so it follows the theme.
/// </summary>
public sealed class TokenForm(Theme theme)
{
    /// <summary>The field names: one per token, and a second one for the dark scheme where the token has it.</summary>
    public IEnumerable<(string Field, Token Token, bool Dark)> Fields =>
        theme.Tokens.Values.SelectMany(t =>
            t.HasSchemes ? new[] { (t.Name, t, false), (Token.DarkOf(t.Name), t, true) } : [(t.Name, t, false)]
        );

    public Dictionary<string, string> Values { get; private set; } = [];
    public Dictionary<string, string> Problems { get; } = [];
    /// <summary>The values that the site will store: all valid ones that differ from the theme's.</summary>
    public Dictionary<string, string> Own { get; } = [];

    /// <summary>The site's logo if it is a picture of another theme: it is neither shown nor offered in this form.</summary>
    public string? OtherLogo { get; private set; }

    string Default(Token token, bool dark) => dark ? token.Dark ?? token.Default : token.Default;

    /// <summary>The published values.</summary>
    public static TokenForm Of(Theme theme, IReadOnlyDictionary<string, string> site)
    {
        var form = new TokenForm(theme);
        form.Read(field => site.TryGetValue(field, out var value) ? value : "", null);
        return form;
    }

    /// <summary>What was sent. <paramref name="reset"/> names a token to take back to the theme's value, or <c>*</c> all; the logo is no
    /// theme's, and stays. What is published already (<paramref name="published"/>) is no reason to refuse another change.</summary>
    public static TokenForm Sent(
        Theme theme,
        IFormCollection sent,
        string? reset,
        IReadOnlyDictionary<string, string> published,
        IStringLocalizer texts
    )
    {
        var form = new TokenForm(theme);
        form.Read(
            field => (reset == "*" && field != Logo.Token) || reset == field.Split('@')[0] ? "" : sent["token." + field].ToString().Trim(),
            texts
        );
        form.RefuseUnreadable(published, texts);
        form.OtherLogo = Of(theme, published).OtherLogo;
        return form;
    }

    /// <summary>
    /// Blames the colour that the site chose; if it chose both, the text's. Pairs that the theme defines are its author's.
    /// </summary>
    void RefuseUnreadable(IReadOnlyDictionary<string, string> published, IStringLocalizer texts)
    {
        var before = Unreadable
            .In(theme, Of(theme, published).Own)
            .Where(c => c.IsRefused)
            .Select(c => (c.Text.Name, c.On.Name, c.Dark, c.Contrast))
            .ToHashSet();
        foreach (var pair in Contrasts().Where(c => c.IsRefused && !before.Contains((c.Text.Name, c.On.Name, c.Dark, c.Contrast))))
            if (
                new[] { pair.Text, pair.On }
                    .SelectMany(t =>
                        !pair.Dark ? [t.Name]
                        : t.Dark is null ? new[] { Token.DarkOf(t.Name), t.Name }
                        : [Token.DarkOf(t.Name)]
                    )
                    .FirstOrDefault(Own.ContainsKey) is
                { } field
            )
                Problems.TryAdd(
                    field,
                    texts[
                        "themes.value.unreadable",
                        pair.Text.Label.In(Language),
                        pair.On.Label.In(Language),
                        pair.Contrast.ToString("0.0"),
                        Themes.Contrast.Least.ToString("0.0")
                    ]
                );
    }

    static string Language => System.Globalization.CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;

    void Read(Func<string, string> value, IStringLocalizer? texts)
    {
        foreach (var (field, token, dark) in Fields)
        {
            var given = value(field);
            if (token.Type == TokenType.Color) given = given.ToLowerInvariant();
            var fallback = Default(token, dark);
            Values[field] = given.Length == 0 ? fallback : given;
            if (given.Length == 0 || given == fallback.ToLowerInvariant() || given == fallback) continue;
            if (TokenValue.Wrong(token, given, theme.Files.ContainsKey) is not { } wrong) Own[field] = given;
            else if (texts is not null) Problems[field] = texts[wrong.Text, wrong.Arguments];
            else Values[field] = fallback;
        }
        var logo = value(Logo.Token);
        Values[Logo.Token] = logo;
        if (logo.Length == 0) return;
        if (Logo.UrlFor(theme, new Dictionary<string, string> { [Logo.Token] = logo }).Length > 0) Own[Logo.Token] = logo;
        else if (texts is not null) Problems[Logo.Token] = texts["themes.value.image"];
        else (OtherLogo, Values[Logo.Token]) = (logo, "");
    }

    /// <summary>The pairs of colours in the form that are hard to read.</summary>
    public IReadOnlyList<Unreadable> Contrasts() => [.. Unreadable.In(theme, Own)];
}
