using System.Text.Json;
using Community.Kernel;

namespace Community.Themes;

/// <summary>What a site can wear: a theme, and the site's own values of tokens.</summary>
public sealed record Look(string Theme, IReadOnlyDictionary<string, string> Tokens)
{
    public static Look Of(Site site) => new(site.Theme, site.Tokens);

    /// <summary>Another theme; the values that the old one was given are taken along, or stay behind but for the logo.</summary>
    public Look In(string theme, bool keep) => new(theme, keep ? Tokens : Tokens.Where(t => t.Key == Logo.Token).ToDictionary());

    /// <summary>
    /// With these values of its theme's tokens. What other themes were given stays, so that changing a theme and back loses nothing;
    /// so does a logo from another theme's folder, which this one cannot show, until another is chosen.
    /// </summary>
    public Look With(Theme theme, IReadOnlyDictionary<string, string> own)
    {
        var mine = theme.Tokens.Keys.SelectMany(n => new[] { n, Token.DarkOf(n) }).ToHashSet();
        if (own.ContainsKey(Logo.Token) || Logo.UrlFor(theme, Tokens).Length > 0) mine.Add(Logo.Token);
        return this with { Tokens = Tokens.Where(t => !mine.Contains(t.Key)).Concat(own).ToDictionary() };
    }

    /// <summary>The tokens that differ, in order.</summary>
    public IReadOnlyList<string> Differences(Look other) =>
        [.. Tokens.Keys.Union(other.Tokens.Keys).Where(k => Tokens.GetValueOrDefault(k) != other.Tokens.GetValueOrDefault(k)).Order()];

    public bool IsSame(Look other) => Theme == other.Theme && Differences(other).Count == 0;
}

/// <summary>A look that is kept but not worn: what the site wore before a change, or what a webmaster is trying.</summary>
public sealed class KeptLook
{
    public long Id { get; set; }
    public required string Theme { get; set; }
    /// <summary>A JSON object of strings.</summary>
    public required string Tokens { get; set; }
    /// <summary>When it was taken off, or last changed by who tries it.</summary>
    public DateTime At { get; set; }
    /// <summary>Who took it off, or tries it; null for nobody.</summary>
    public long? MemberId { get; set; }
    public bool IsTried { get; set; }

    public Look Look => new(Theme, JsonSerializer.Deserialize<Dictionary<string, string>>(Tokens)!);

    public static KeptLook Of(Look look, long? member, DateTime at, bool isTried) =>
        new() { Theme = look.Theme, Tokens = JsonSerializer.Serialize(look.Tokens), MemberId = member, At = at, IsTried = isTried };
}
