using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Themes;

/// <summary>
/// Publishes theme settings: the theme, and the site's own token values. They are stored in the site's row of the catalogue;
/// the audit record, and the settings before, are committed first, in the site's database.
/// </summary>
public sealed class ChangeTheme(
    Databases databases,
    SiteDirectory sites,
    SiteDb db,
    Actors actors,
    Audit audit,
    Files files,
    ThemeStore themes,
    TimeProvider time
)
{
    /// <summary>The number of earlier versions that are kept.</summary>
    const int MaxKept = 20;

    /// <summary>True if done; false if somebody else changed the site since <paramref name="version"/>.</summary>
    /// <param name="actor">Who changes it.</param>
    /// <param name="settings">Its values were checked by <see cref="TokenForm"/>.</param>
    /// <param name="version">The site's version when the form was shown.</param>
    /// <param name="ct">Cancels before anything is changed.</param>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="ArgumentException">There is no such theme.</exception>
    public async Task<bool> Publish(Reader actor, ThemeSettings settings, long version, CancellationToken ct)
    {
        if (themes.All().All(t => t.Name != settings.Theme)) throw new ArgumentException("There is no such theme.", nameof(settings));
        await using (var change = await db.Change(ct))
        {
            var staff = await actors.Require(actor, ThemesPermissions.Choose);
            var before = ThemeSettings.Of(db.Site);
            if (settings.IsSame(before)) return true;
            if (version != db.Site.Version) return false;
            if (settings.Theme != before.Theme) audit.Did("themes.publish", settings.Theme);
            if (settings.Differences(before) is { Count: > 0 } changed) audit.Did("themes.set", string.Join(' ', changed));
            db.Publish(new ThemePublished());
            await Keep(before, staff, ct);
            await change.Commit(ct);
        }
        return await Save(settings, version, ct);
    }

    /// <summary>Keeps a logo that was sent; nothing shows it until theme settings name it.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="FileRefused">It is not taken; the exception says why.</exception>
    public async Task<StoredFile> KeepLogo(Reader actor, Stream content, CancellationToken ct)
    {
        var picture = await files.Take(content, FilePurpose.Logo, actor.Id ?? throw new Denied(), ct);
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, ThemesPermissions.Choose);
        return await files.Keep(picture, FilePurpose.Logo, staff.Id!.Value, _ => change.Commit(ct), ct);
    }

    async Task Keep(ThemeSettings before, Reader staff, CancellationToken ct)
    {
        db.ThemeVersions.Add(ThemeVersion.Of(before, staff.Id, time.GetUtcNow().UtcDateTime, isPreview: false));
        await db.SaveChangesAsync(ct);
        var oldest = await db
            .ThemeVersions.Where(l => !l.IsPreview)
            .OrderByDescending(l => l.Id)
            .Skip(MaxKept)
            .Select(l => (long?)l.Id)
            .FirstOrDefaultAsync(ct);
        if (oldest is { } last)
            await db.ThemeVersions.Where(l => !l.IsPreview && l.Id <= last).ExecuteDeleteAsync(ct);
    }

    async Task<bool> Save(ThemeSettings settings, long version, CancellationToken ct)
    {
        await using var catalogue = databases.OpenCatalogue();
        var now = time.GetUtcNow().UtcDateTime;
        var (theme, json, id) = (settings.Theme, JsonSerializer.Serialize(settings.Tokens), db.Site.Id);
        var rows = await catalogue
            .Sites.Where(s => s.Id == id && s.Version == version)
            .ExecuteUpdateAsync(
                s =>
                    s.SetProperty(r => r.Theme, theme)
                        .SetProperty(r => r.Tokens, json)
                        .SetProperty(r => r.Version, version + 1)
                        .SetProperty(r => r.ChangedAt, now),
                ct
            );
        sites.Forget(id);
        return rows == 1;
    }
}
