using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>The result of saving a settings form.</summary>
/// <param name="Saved">True if all values were valid and are saved.</param>
/// <param name="Problems">The problems, by <see cref="SettingField.Name"/>.</param>
/// <param name="Newer">The settings saved by somebody else since the form was opened; null if there are none.</param>
public sealed record SettingsResult(
    bool Saved,
    IReadOnlyDictionary<string, SettingProblem> Problems,
    StoredSettings? Newer = null
);

/// <summary>Changes the settings of a module on this site.</summary>
public sealed class ChangeSettings(
    SiteDb db,
    Audit audit,
    Actors actors,
    IHttpContextAccessor http,
    SiteChanged changed,
    TimeProvider time
)
{
    /// <summary>The current settings; include <see cref="StoredSettings.Rev"/> in the form.</summary>
    public async Task<(StoredSettings Row, object Values)> Present(SettingsPart part, CancellationToken ct = default)
    {
        var row =
            await db.StoredSettings.AsNoTracking().FirstOrDefaultAsync(s => s.Part == part.Name, ct)
            ?? new StoredSettings { Part = part.Name };
        return (row, Values(part, row));
    }

    object Values(SettingsPart part, StoredSettings row) =>
        part.Type == typeof(SiteIdentity) ? SiteIdentity.Of(db.Site) : part.Read(row.Json);

    /// <param name="part">The module's part.</param>
    /// <param name="typed">Returns the input for a field.</param>
    /// <param name="rev">The settings' <see cref="StoredSettings.Rev"/> when the form was shown.</param>
    /// <param name="ct">Cancels it before anything is changed.</param>
    /// <exception cref="Denied">The caller does not have the permission, or no longer has it.</exception>
    public async Task<SettingsResult> Save(SettingsPart part, Func<SettingField, string?> typed, int rev, CancellationToken ct = default)
    {
        var read = part.Fields.ToDictionary(f => f, f => f.Read(typed(f)));
        var problems = read.Where(f => f.Value.Problem is not null).ToDictionary(f => f.Key.Name, f => f.Value.Problem!);
        if (problems.Count > 0) return new(false, problems);
        await using (var change = await db.Change(ct))
        {
            await actors.Require(Reader.Of(http.HttpContext), KernelPermissions.Settings);
            var row = await Row(part, ct);
            if (row.Rev != rev) return new(false, problems, row);
            if (Write(part, row, [.. read.Select(f => (f.Key, f.Value.Value!))])) await change.Commit(ct);
            else return new(true, problems);
        }
        // After the commit: if the process dies here, the catalogue has the old name, the page shows it, and it is saved again.
        if (part.Type == typeof(SiteIdentity))
        {
            var identity = new SiteIdentity();
            foreach (var (field, value) in read) field.Set(identity, value.Value!);
            await changed.Tell(identity.Apply);
        }
        else await changed.Tell();
        return new(true, problems);
    }

    /// <summary>
    /// Applies a recipe's settings in the change that fills the site. They are already validated (<see cref="SettingsInRecipes.Check"/>).
    /// </summary>
    internal async Task Fill(SettingsPart part, IReadOnlyList<(SettingField Field, object Value)> values, CancellationToken ct) =>
        Write(part, await Row(part, ct), values);

    async Task<StoredSettings> Row(SettingsPart part, CancellationToken ct)
    {
        if (await db.StoredSettings.FirstOrDefaultAsync(s => s.Part == part.Name, ct) is not { } row)
            db.StoredSettings.Add(row = new StoredSettings { Part = part.Name });
        return row;
    }

    bool Write(SettingsPart part, StoredSettings row, IReadOnlyList<(SettingField Field, object Value)> values)
    {
        var settings = Values(part, row);
        var changes = AuditChange.Of(values.Select(v => ChangeOf(part, v.Field, v.Field.Of(settings), v.Value)));
        if (changes.Count == 0) return false;
        foreach (var (field, value) in values) field.Set(settings, value);
        row.Json = part.ToJson(settings);
        row.Rev++;
        (row.ChangedAt, row.ChangedBy) = (time.GetUtcNow().UtcDateTime, audit.Actor);
        audit.Did("settings.change", part.Name, changes);
        return true;
    }

    // The field's text is field.{Field}; choices and yes/no are recorded as the keys of their texts.
    static AuditChange? ChangeOf(SettingsPart part, SettingField field, object from, object to)
    {
        if (field.IsTranslated) return AuditChange.WithoutValues(field.Text["field.".Length..], field.Write(from), field.Write(to));
        return AuditChange.Value(field.Text["field.".Length..], Said(from), Said(to));

        string Said(object value) => field.Kind switch
        {
            SettingKind.YesNo => (bool)value ? "settings.yes" : "settings.no",
            SettingKind.Choice => $"{field.Text}.{field.Write(value)}",
            _ => field.Write(value),
        };
    }
}
