using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Community.Tests.Attacks;

/// <summary>Rows made of the model alone, for what must hold of every table, also of those that are added later.</summary>
public static class RowsOfModel
{
    /// <summary>
    /// A row of a table, saved: keys lead to rows that are there, or to others that are made in the same way.
    /// </summary>
    /// <param name="db">The site.</param>
    /// <param name="type">The table.</param>
    /// <param name="column">Its column with a member's id; null for none.</param>
    /// <param name="id">The member to whom it belongs, and with it the rows that have to be made for it.</param>
    /// <param name="now">The time of its times.</param>
    public static async Task<object> Make(SiteDb db, IEntityType type, string? column, long id, DateTime now)
    {
        var row = RuntimeHelpers.GetUninitializedObject(type.ClrType);
        var entry = db.Entry(row);
        foreach (var property in type.GetProperties().Where(p => p.Name != column))
        {
            var key = property.GetContainingForeignKeys().FirstOrDefault();
            if (key is not null && !property.IsNullable) entry.Property(property.Name).CurrentValue = await KeyOf(key.PrincipalEntityType);
            else if (!property.IsNullable && property.ValueGenerated is ValueGenerated.Never)
                entry.Property(property.Name).CurrentValue =
                    property.ClrType == typeof(string)
                        ? ("x" + property.Name.ToLowerInvariant())[..Math.Min(property.GetMaxLength() ?? 99, property.Name.Length + 1)]
                    : property.ClrType == typeof(byte[]) ? RandomNumberGenerator.GetBytes(8)
                    : property.ClrType == typeof(DateTime) ? now
                    : property.ClrType == typeof(Guid) ? Guid.NewGuid()
                    : property.ClrType == typeof(Translations) ? Translations.Of(_ => "x")
                    : Activator.CreateInstance(property.ClrType);
        }
        if (column is not null) entry.Property(column).CurrentValue = id;
        db.Add(row);
        await db.SaveChangesAsync();
        return row;

        async Task<object> KeyOf(IEntityType principal)
        {
            if (principal.ClrType == typeof(Member)) return id;
            var there = ((IQueryable<object>)typeof(DbContext).GetMethod(nameof(DbContext.Set), [])!
                .MakeGenericMethod(principal.ClrType).Invoke(db, null)!).AsNoTracking();
            var found = await there.FirstOrDefaultAsync() ?? await Make(db, principal, null, id, now);
            return db.Entry(found).Property(principal.FindPrimaryKey()!.Properties[0].Name).CurrentValue!;
        }
    }

    /// <summary>The rows of a table.</summary>
    public static IQueryable<object> Of(DbContext db, Type entity) =>
        (IQueryable<object>)typeof(DbContext).GetMethod(nameof(DbContext.Set), [])!.MakeGenericMethod(entity).Invoke(db, null)!;
}
