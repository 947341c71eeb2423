using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>
/// Changes what a site wears: its theme, and its own values of the tokens. They stand in the catalogue's row of the site;
/// the audit record is committed first, in the site's database.
/// </summary>
public sealed class ChangeTheme(Databases databases, SiteDirectory sites, SiteDb db, Audit audit, ThemeStore themes, TimeProvider time)
{
    /// <summary>True if done; false if somebody else changed the site since <paramref name="version"/>.</summary>
    public Task<bool> Wear(string theme, long version, CancellationToken ct) =>
        themes.All().Any(t => t.Name == theme) ? Save("themes.wear", theme, theme, db.Site.Tokens, version, ct) : throw new ArgumentException("There is no such theme.", nameof(theme));

    /// <summary>
    /// Keeps the site's values: those that differ from the theme's. <paramref name="tokens"/> was checked by <see cref="TokenForm"/>;
    /// what other themes were given stays, so that changing a theme and back loses nothing.
    /// </summary>
    public Task<bool> Set(IReadOnlyDictionary<string, string> tokens, long version, CancellationToken ct)
    {
        var mine = themes.Get(db.Site.Theme).Tokens.Keys.SelectMany(n => new[] { n, Token.DarkOf(n) }).Append(Logo.Token).ToHashSet();
        var all = db.Site.Tokens.Where(t => !mine.Contains(t.Key)).Concat(tokens).ToDictionary();
        var changed = all.Keys.Union(db.Site.Tokens.Keys).Where(k => all.GetValueOrDefault(k) != db.Site.Tokens.GetValueOrDefault(k)).Order().ToList();
        return changed.Count == 0 ? Task.FromResult(true) : Save("themes.set", string.Join(' ', changed), db.Site.Theme, all, version, ct);
    }

    async Task<bool> Save(string action, string what, string theme, IReadOnlyDictionary<string, string> tokens, long version, CancellationToken ct)
    {
        if (version != db.Site.Version) return false;
        audit.Did(action, what);
        await db.SaveChangesAsync(ct);
        await using var catalogue = databases.OpenCatalogue();
        var now = time.GetUtcNow().UtcDateTime;
        var next = Math.Max(version + 1, now.Ticks);
        var json = JsonSerializer.Serialize(tokens);
        var id = db.Site.Id;
        var rows = await catalogue.Sites.Where(s => s.Id == id && s.Version == version).ExecuteUpdateAsync(s => s
            .SetProperty(r => r.Theme, theme).SetProperty(r => r.Tokens, json).SetProperty(r => r.Version, next).SetProperty(r => r.ChangedAt, now), ct);
        sites.Forget(id);
        return rows == 1;
    }
}
