using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Community.Kernel;

/// <summary>What happens to rows when their member is made one with another.</summary>
public enum WhenMerged
{
    /// <summary>They become the other's. A row whose key the other has already is dropped.</summary>
    Moved,
    /// <summary>They are deleted: what only belongs to the account that ends, such as its sessions and keys.</summary>
    Dropped,
    /// <summary>They stay as they are: logs, and who acted.</summary>
    Stays,
}

/// <summary>What a merge did to the rows of one list, for it to be undone.</summary>
/// <param name="Entity">The entity type's name.</param>
/// <param name="Column">The column with the member's id.</param>
/// <param name="Ids">Ids of the rows that became the other's.</param>
/// <param name="Moved">The same of rows without a single id, as they were.</param>
/// <param name="Dropped">The deleted rows, as they were.</param>
public sealed record MergedRows(
    string Entity,
    string Column,
    List<long> Ids,
    List<Dictionary<string, JsonElement>> Moved,
    List<Dictionary<string, JsonElement>> Dropped
);

/// <summary>A row of any entity type as JSON, and back.</summary>
public static class StoredRow
{
    public static Dictionary<string, JsonElement> Of(IEntityType type, object row) =>
        type.GetProperties().Where(p => p.PropertyInfo is not null)
            .ToDictionary(p => p.Name, p => JsonSerializer.SerializeToElement(p.PropertyInfo!.GetValue(row), p.ClrType));

    /// <summary>Adds the row to the database as it was, with its key; nothing if there is one with that key.</summary>
    public static async Task Restore(SiteDb db, IEntityType type, Dictionary<string, JsonElement> values, CancellationToken ct)
    {
        var key = type.FindPrimaryKey()!.Properties.Select(p => values[p.Name].Deserialize(p.ClrType)).ToArray();
        if (await db.FindAsync(type.ClrType, key, ct) is not null) return;
        var row = Activator.CreateInstance(type.ClrType, nonPublic: true) ?? RuntimeHelpers.GetUninitializedObject(type.ClrType);
        var entry = db.Entry(row);
        foreach (var property in type.GetProperties())
            if (values.TryGetValue(property.Name, out var value))
                entry.Property(property.Name).CurrentValue = value.Deserialize(property.ClrType);
        entry.State = EntityState.Added;
    }
}
