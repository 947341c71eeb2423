using System.Text.Json;
using Community.Kernel;

namespace Community.Themes;

/// <summary>The settings of a theme: which theme, and the site's own values of its tokens.</summary>
public sealed record ThemeSettings(string Theme, IReadOnlyDictionary<string, string> Tokens)
{
    public static ThemeSettings Of(Site site) => new(site.Theme, site.Tokens);

    /// <summary>These settings with another theme, with or without the current token values; the logo is always kept.</summary>
    public ThemeSettings In(string theme, bool keep) => new(theme, keep ? Tokens : Tokens.Where(t => t.Key == Logo.Token).ToDictionary());

    /// <summary>
    /// These settings with the given token values. Values of other themes are kept, so that switching back loses nothing;
    /// a logo from another theme's folder, which this theme cannot show, is kept until another is chosen.
    /// </summary>
    public ThemeSettings With(Theme theme, IReadOnlyDictionary<string, string> own)
    {
        var mine = theme.Tokens.Keys.SelectMany(n => new[] { n, Token.DarkOf(n) }).ToHashSet();
        if (own.ContainsKey(Logo.Token) || Logo.UrlFor(theme, Tokens).Length > 0) mine.Add(Logo.Token);
        return this with { Tokens = Tokens.Where(t => !mine.Contains(t.Key)).Concat(own).ToDictionary() };
    }

    /// <summary>The names of the tokens that differ, sorted.</summary>
    public IReadOnlyList<string> Differences(ThemeSettings other) =>
        [.. Tokens.Keys.Union(other.Tokens.Keys).Where(k => Tokens.GetValueOrDefault(k) != other.Tokens.GetValueOrDefault(k)).Order()];

    public bool IsSame(ThemeSettings other) => Theme == other.Theme && Differences(other).Count == 0;
}

/// <summary>Theme settings that are not published: what was published before a change, or a webmaster's preview.</summary>
public sealed class ThemeVersion
{
    public long Id { get; set; }
    public required string Theme { get; set; }
    /// <summary>A JSON object of strings.</summary>
    public required string Tokens { get; set; }
    /// <summary>When it was replaced, or when the preview last changed.</summary>
    public DateTime At { get; set; }
    /// <summary>Who replaced it, or whose preview it is; null for nobody.</summary>
    public long? MemberId { get; set; }
    public bool IsPreview { get; set; }

    public ThemeSettings Settings => new(Theme, JsonSerializer.Deserialize<Dictionary<string, string>>(Tokens)!);

    public static ThemeVersion Of(ThemeSettings settings, long? member, DateTime at, bool isPreview) =>
        new()
        {
            Theme = settings.Theme,
            Tokens = JsonSerializer.Serialize(settings.Tokens),
            MemberId = member,
            At = at,
            IsPreview = isPreview,
        };
}
