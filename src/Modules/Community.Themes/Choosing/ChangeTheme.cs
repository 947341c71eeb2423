using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>
/// Changes what a site wears: its theme, and its own values of the tokens. They stand in the catalogue's row of the site;
/// the audit record, and the look before, are committed first, in the site's database.
/// </summary>
public sealed class ChangeTheme(Databases databases, SiteDirectory sites, SiteDb db, Audit audit, ThemeStore themes, TimeProvider time)
{
    /// <summary>So many looks back a webmaster can go.</summary>
    const int MaxKept = 20;

    /// <summary>True if done; false if somebody else changed the site since <paramref name="version"/>.</summary>
    /// <param name="look">Its values were checked by <see cref="TokenForm"/>.</param>
    /// <param name="version">The site's when the choice was made.</param>
    /// <param name="ct">Ends it before anything is changed.</param>
    /// <exception cref="ArgumentException">There is no such theme.</exception>
    public async Task<bool> Wear(Look look, long version, CancellationToken ct)
    {
        if (themes.All().All(t => t.Name != look.Theme)) throw new ArgumentException("There is no such theme.", nameof(look));
        var before = Look.Of(db.Site);
        if (look.IsSame(before)) return true;
        if (version != db.Site.Version) return false;
        if (look.Theme != before.Theme) audit.Did("themes.wear", look.Theme);
        if (look.Differences(before) is { Count: > 0 } changed) audit.Did("themes.set", string.Join(' ', changed));
        await Keep(before, ct);
        return await Save(look, version, ct);
    }

    async Task Keep(Look before, CancellationToken ct)
    {
        db.Looks.Add(KeptLook.Of(before, audit.Actor, time.GetUtcNow().UtcDateTime, isTried: false));
        await db.SaveChangesAsync(ct);
        var oldest = await db
            .Looks.Where(l => !l.IsTried)
            .OrderByDescending(l => l.Id)
            .Skip(MaxKept)
            .Select(l => (long?)l.Id)
            .FirstOrDefaultAsync(ct);
        if (oldest is { } last)
            await db.Looks.Where(l => !l.IsTried && l.Id <= last).ExecuteDeleteAsync(ct);
    }

    async Task<bool> Save(Look look, long version, CancellationToken ct)
    {
        await using var catalogue = databases.OpenCatalogue();
        var now = time.GetUtcNow().UtcDateTime;
        var next = Math.Max(version + 1, now.Ticks);
        var (theme, json, id) = (look.Theme, JsonSerializer.Serialize(look.Tokens), db.Site.Id);
        var rows = await catalogue
            .Sites.Where(s => s.Id == id && s.Version == version)
            .ExecuteUpdateAsync(
                s =>
                    s.SetProperty(r => r.Theme, theme)
                        .SetProperty(r => r.Tokens, json)
                        .SetProperty(r => r.Version, next)
                        .SetProperty(r => r.ChangedAt, now),
                ct
            );
        sites.Forget(id);
        return rows == 1;
    }
}
