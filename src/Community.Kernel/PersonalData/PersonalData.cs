using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Community.Kernel;

/// <summary>What happens to rows when their member is erased.</summary>
public enum WhenErased
{
    /// <summary>The rows are deleted.</summary>
    Deleted,
    /// <summary>The rows stay, but the column becomes null.</summary>
    Anonymised,
    /// <summary>The rows stay with the member's id, which no longer identifies anybody: logs and evidence.</summary>
    Kept,
}

/// <summary>
/// Rows of a module that belong to a member, or mention one: a module lists all of its columns that hold a member's id. From the list the
/// kernel makes the export, and the erasure in one transaction. A convention test compares it with the database model.
/// </summary>
/// <example><c>PersonalData.Rows&lt;Bookmark&gt;("bookmarks", b => b.MemberId)</c></example>
public abstract class PersonalData
{
    /// <summary>The rows' entity type.</summary>
    public abstract Type Entity { get; }

    /// <summary>The property that holds the member's id.</summary>
    public abstract string Column { get; }

    /// <summary>The name of the list in the export; null if the rows are not exported.</summary>
    public string? Name { get; internal init; }

    public WhenErased WhenErased { get; internal init; }

    /// <summary>What becomes of the rows when the member is made one with another.</summary>
    public WhenMerged WhenMerged { get; private set; }

    /// <summary>Sets <see cref="WhenMerged"/>, where it is not what the kind of rows suggests.</summary>
    public PersonalData OnMerge(WhenMerged then)
    {
        WhenMerged = then;
        return this;
    }

    /// <summary>The reason why rows are kept, or not exported.</summary>
    public string Why { get; internal init; } = "";

    /// <summary>Properties left out of the export: secrets, and values derived by the site.</summary>
    public HashSet<string> LeftOut { get; internal init; } = [];

    /// <summary>Properties that a masked export shows only in part.</summary>
    public HashSet<string> Masked { get; internal init; } = [];

    /// <summary>Rows of the member: exported, and deleted when the member is erased.</summary>
    /// <param name="name">The list's name in the export.</param>
    /// <param name="member">The column with the member's id.</param>
    /// <param name="leftOut">See <see cref="LeftOut"/>.</param>
    /// <param name="masked">See <see cref="Masked"/>.</param>
    public static PersonalData<T> Rows<T>(
        string name,
        Expression<Func<T, long?>> member,
        string[]? leftOut = null,
        string[]? masked = null
    ) where T : class => Make(name, member, WhenErased.Deleted, "", leftOut, masked);

    /// <summary>
    /// Rows of the member, exported in words of their own where the columns say nothing to a person.
    /// </summary>
    /// <param name="name">The list's name in the export.</param>
    /// <param name="member">The column with the member's id.</param>
    /// <param name="write">Writes the rows as objects of the array; values masked if it is told so.</param>
    /// <param name="then">What happens to them when the member is erased.</param>
    public static PersonalData<T> Written<T>(
        string name,
        Expression<Func<T, long?>> member,
        Func<SiteDb, IReadOnlyList<T>, Utf8JsonWriter, bool, Task> write,
        WhenErased then = WhenErased.Deleted
    ) where T : class => new(member) { Name = name, WhenErased = then, Write = write };

    /// <summary>Rows of the member that others need: exported, and anonymised when the member is erased.</summary>
    /// <inheritdoc cref="Rows"/>
    public static PersonalData<T> Contributions<T>(
        string name,
        Expression<Func<T, long?>> member,
        string[]? leftOut = null,
        string[]? masked = null
    ) where T : class => Make(name, member, WhenErased.Anonymised, "", leftOut, masked);

    /// <summary>Rows of the member that stay with the bare id: exported.</summary>
    /// <inheritdoc cref="Rows"/>
    /// <param name="why">Why they are kept.</param>
    public static PersonalData<T> Evidence<T>(
        string name,
        Expression<Func<T, long?>> member,
        string why,
        string[]? leftOut = null,
        string[]? masked = null
    ) where T : class => Make(name, member, WhenErased.Kept, why, leftOut, masked);

    /// <summary>Rows about something else that mention a member: not exported, the column becomes null.</summary>
    public static PersonalData<T> Mention<T>(Expression<Func<T, long?>> member) where T : class =>
        Make(null, member, WhenErased.Anonymised, "", null, null);

    /// <summary>Rows about the member that others own: not exported, deleted when the member is erased.</summary>
    /// <param name="member">The column with the member's id.</param>
    /// <param name="why">Why they are not exported.</param>
    public static PersonalData<T> Hidden<T>(Expression<Func<T, long?>> member, string why) where T : class =>
        Make(null, member, WhenErased.Deleted, why, null, null);

    /// <summary>Rows about something else that keep the id of the acting member: not exported.</summary>
    public static PersonalData<T> ActedBy<T>(Expression<Func<T, long?>> member) where T : class =>
        (PersonalData<T>)Make(null, member, WhenErased.Kept, "Who acted stays on record, as an id.", null, null).OnMerge(WhenMerged.Stays);

    static PersonalData<T> Make<T>(
        string? name,
        Expression<Func<T, long?>> member,
        WhenErased then,
        string why,
        string[]? leftOut,
        string[]? masked
    ) where T : class =>
        new(member) { Name = name, WhenErased = then, Why = why, LeftOut = [.. leftOut ?? []], Masked = [.. masked ?? []] };

    /// <summary>The rows of a member, each with the values that an export shows, in the order of the columns.</summary>
    public abstract IAsyncEnumerable<IReadOnlyList<(string Name, object? Value)>> Read(SiteDb db, long member, bool masked);

    /// <summary>Deletes or anonymises the rows, in the open change.</summary>
    /// <returns>How many there were, also of those that are kept.</returns>
    public abstract Task<int> Erase(SiteDb db, long member, CancellationToken ct);

    /// <summary>How many rows of <paramref name="gone"/> a merge would move, and how many it would drop.</summary>
    public abstract Task<(int Moved, int Dropped)> CountMerge(SiteDb db, long kept, long gone, CancellationToken ct);

    /// <summary>Makes the rows of <paramref name="gone"/> those of <paramref name="kept"/>, in the open change.</summary>
    /// <returns>What is needed to undo it; null if there was nothing to do.</returns>
    public abstract Task<MergedRows?> Merge(SiteDb db, long kept, long gone, CancellationToken ct);

    /// <summary>Undoes it, in the open change: for rows that are still the kept member's.</summary>
    public abstract Task Unmerge(SiteDb db, long kept, long gone, MergedRows rows, CancellationToken ct);

    /// <summary>Which of these members the rows name.</summary>
    public abstract Task<List<long>> Named(SiteDb db, IReadOnlyCollection<long> members, CancellationToken ct);

    /// <summary>The part of a value that a masked export shows.</summary>
    public static string Mask(string value) =>
        value.LastIndexOf('@') > 0 ? EmailAddress.Masked(value) : EmailAddress.MaskedText(value);
}

/// <inheritdoc/>
public sealed class PersonalData<T> : PersonalData
    where T : class
{
    readonly Expression<Func<T, long?>> member;

    internal PersonalData(Expression<Func<T, long?>> member) => this.member = member;

    /// <summary>Writes the rows in words of their own; null to write their columns.</summary>
    internal Func<SiteDb, IReadOnlyList<T>, Utf8JsonWriter, bool, Task>? Write { get; init; }

    public override Type Entity => typeof(T);

    public override string Column =>
        ((member.Body is UnaryExpression conversion ? conversion.Operand : member.Body) as MemberExpression)?.Member.Name
        ?? throw new InvalidOperationException($"{member} names no property of {typeof(T).Name}.");

    IQueryable<T> Of(SiteDb db, long id) =>
        db.Set<T>().Where(
            Expression.Lambda<Func<T, bool>>(
                Expression.Equal(member.Body, Expression.Constant((long?)id, typeof(long?))),
                member.Parameters
            )
        );

    public override async Task<List<long>> Named(SiteDb db, IReadOnlyCollection<long> members, CancellationToken ct)
    {
        var ids = members.Select(m => (long?)m).ToList();
        return (await db.Set<T>().Select(member).Where(m => ids.Contains(m)).Distinct().ToListAsync(ct)).ConvertAll(m => m!.Value);
    }

    public override async IAsyncEnumerable<IReadOnlyList<(string Name, object? Value)>> Read(SiteDb db, long member, bool masked)
    {
        var type = db.Model.FindEntityType(typeof(T))!;
        var shown = type.GetProperties()
            .Where(p => p.PropertyInfo is not null && p.Name != Column && !LeftOut.Contains(p.Name) && !IsDerived(p))
            .Select(p => (p.PropertyInfo!, Name: JsonNamingPolicy.CamelCase.ConvertName(p.Name), Masked: masked && Masked.Contains(p.Name)))
            .ToList();
        if (Write is not null)
        {
            foreach (var row in await Written(db, await Of(db, member).AsNoTracking().ToListAsync(), masked)) yield return row;
            yield break;
        }
        await foreach (var row in Of(db, member).AsNoTracking().AsAsyncEnumerable())
            yield return
            [
                .. shown.Select(p =>
                    (p.Name, p.Item1.GetValue(row) is string text && p.Masked ? Mask(text) : p.Item1.GetValue(row))
                ),
            ];
    }

    // Keys and hashes belong to the site, not to the member.
    static bool IsDerived(IProperty property) => property.ClrType == typeof(byte[]);

    /// <summary>The rows as their module writes them.</summary>
    async Task<List<IReadOnlyList<(string Name, object? Value)>>> Written(SiteDb db, List<T> rows, bool masked)
    {
        using var memory = new MemoryStream();
        await using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartArray();
            await Write!(db, rows, json, masked);
            json.WriteEndArray();
        }
        using var document = JsonDocument.Parse(memory.ToArray());
        return
        [
            .. document.RootElement.EnumerateArray()
                .Select(r => r.EnumerateObject().Select(v => (v.Name, ValueOf(v.Value.Clone()))).ToList()),
        ];
    }

    public override async Task<(int Moved, int Dropped)> CountMerge(SiteDb db, long kept, long gone, CancellationToken ct)
    {
        if (WhenMerged is WhenMerged.Stays) return (0, 0);
        var all = await Of(db, gone).CountAsync(ct);
        if (WhenMerged is WhenMerged.Dropped || all == 0) return (0, all);
        var dropped = HasId(db) ? (await TwinIds(db, kept, gone, ct)).Count : (await Twins(db, kept, gone, ct)).Count(r => r.IsTwin);
        return (all - dropped, dropped);
    }

    /// <summary>The keys that hold the member's id: two members' rows may be equal in the other columns of one.</summary>
    List<IReadOnlyList<IProperty>> UniqueWithMember(SiteDb db)
    {
        var type = db.Model.FindEntityType(typeof(T))!;
        return
        [
            .. type.GetKeys().Select(k => k.Properties).Concat(type.GetIndexes().Where(i => i.IsUnique).Select(i => i.Properties))
                .Where(ps => ps.Any(p => p.Name == Column)),
        ];
    }

    /// <summary>
    /// Whether other rows may refer to a row by a number of its own: then the row itself stays, and names another member.
    /// </summary>
    static bool HasId(SiteDb db) =>
        db.Model.FindEntityType(typeof(T))!.FindPrimaryKey()!.Properties is [{ Name: "Id" } id] && id.ClrType == typeof(long);

    /// <summary>Ids of the rows whose key the kept member has already. A null is equal to none, as in the database's own keys.</summary>
    async Task<HashSet<long>> TwinIds(SiteDb db, long kept, long gone, CancellationToken ct)
    {
        var type = db.Model.FindEntityType(typeof(T))!;
        var (table, column, twins) = (type.GetTableName(), type.FindProperty(Column)!.GetColumnName(), new HashSet<long>());
        foreach (var unique in UniqueWithMember(db).Where(ps => ps.All(p => p.Name != "Id" || Column == "Id") && Column != "Id"))
        {
            var same = string.Concat(
                unique.Where(p => p.Name != Column).Select(p => $" AND k.{p.GetColumnName()} = t.{p.GetColumnName()}")
            );
            // The names come from the model.
            var sql =
                $"SELECT t.id AS \"Value\" FROM {table} t WHERE t.{column} = {{0}} "
                + $"AND EXISTS (SELECT 1 FROM {table} k WHERE k.{column} = {{1}}{same})";
            twins.UnionWith(await db.Database.SqlQueryRaw<long>(sql, gone, kept).ToListAsync(ct));
        }
        return twins;
    }

    async Task<List<(T Row, bool IsTwin)>> Twins(SiteDb db, long kept, long gone, CancellationToken ct)
    {
        var others = UniqueWithMember(db).ConvertAll(ps => ps.Where(p => p.Name != Column).ToList());
        string? KeyOf(T row, int unique)
        {
            var values = others[unique].ConvertAll(p => p.PropertyInfo!.GetValue(row));
            return values.Contains(null) ? null : unique + JsonSerializer.Serialize(values);
        }
        var present = (await Of(db, kept).AsNoTracking().ToListAsync(ct))
            .SelectMany(r => Enumerable.Range(0, others.Count).Select(u => KeyOf(r, u))).OfType<string>().ToHashSet();
        return (await Of(db, gone).AsNoTracking().ToListAsync(ct))
            .ConvertAll(r => (r, Enumerable.Range(0, others.Count).Any(u => KeyOf(r, u) is { } key && present.Contains(key))));
    }

    public override async Task<MergedRows?> Merge(SiteDb db, long kept, long gone, CancellationToken ct)
    {
        if (WhenMerged is WhenMerged.Stays || !await Of(db, gone).AnyAsync(ct)) return null;
        var type = db.Model.FindEntityType(typeof(T))!;
        var merged = new MergedRows(type.ClrType.Name, Column, [], [], []);
        if (WhenMerged is WhenMerged.Dropped)
        {
            merged.Dropped.AddRange((await Of(db, gone).AsNoTracking().ToListAsync(ct)).Select(r => StoredRow.Of(type, r)));
            await Of(db, gone).ExecuteDeleteAsync(ct);
        }
        else if (HasId(db))
        {
            var twins = await TwinIds(db, kept, gone, ct);
            if (twins.Count > 0)
            {
                var rows = Of(db, gone).Where(r => twins.Contains(EF.Property<long>(r, "Id")));
                merged.Dropped.AddRange((await rows.AsNoTracking().ToListAsync(ct)).Select(r => StoredRow.Of(type, r)));
                await rows.ExecuteDeleteAsync(ct);
            }
            merged.Ids.AddRange(await Of(db, gone).Select(r => EF.Property<long>(r, "Id")).ToListAsync(ct));
            await Rename(db, type, gone, kept, null, ct);
        }
        else
            foreach (var (row, isTwin) in await Twins(db, kept, gone, ct))
            {
                var stored = StoredRow.Of(type, row);
                (isTwin ? merged.Dropped : merged.Moved).Add(stored);
                // Not one statement: the key of a row cannot change.
                await Delete(db, type, stored, ct);
                if (!isTwin) await StoredRow.Restore(db, type, With(stored, kept), ct);
                await db.SaveChangesAsync(ct);
            }
        return merged;
    }

    public override async Task Unmerge(SiteDb db, long kept, long gone, MergedRows rows, CancellationToken ct)
    {
        var type = db.Model.FindEntityType(typeof(T))!;
        foreach (var some in rows.Ids.Chunk(500)) await Rename(db, type, kept, gone, some, ct);
        foreach (var row in rows.Moved)
            if (await Delete(db, type, With(row, kept), ct) > 0) await StoredRow.Restore(db, type, row, ct);
        foreach (var row in rows.Dropped) await StoredRow.Restore(db, type, row, ct);
        await db.SaveChangesAsync(ct);
    }

    Dictionary<string, JsonElement> With(Dictionary<string, JsonElement> row, long member) =>
        new(row) { [Column] = JsonSerializer.SerializeToElement(member) };

    /// <summary>Deletes the row with this key, if it is still the member's.</summary>
    Task<int> Delete(SiteDb db, IEntityType type, Dictionary<string, JsonElement> row, CancellationToken ct)
    {
        var one = Expression.Parameter(typeof(T));
        var same = type.FindPrimaryKey()!.Properties.Append(type.FindProperty(Column)!).Distinct()
            .Select(p => (Expression)Expression.Equal(
                Expression.Property(one, p.PropertyInfo!),
                Expression.Constant(row[p.Name].Deserialize(p.ClrType), p.ClrType)
            ))
            .Aggregate(Expression.AndAlso);
        return db.Set<T>().Where(Expression.Lambda<Func<T, bool>>(same, one)).ExecuteDeleteAsync(ct);
    }

    async Task Rename(SiteDb db, IEntityType type, long from, long to, IReadOnlyCollection<long>? only, CancellationToken ct)
    {
        var (table, column) = (type.GetTableName(), type.FindProperty(Column)!.GetColumnName());
        var some = only is null ? "" : $" AND id IN ({string.Join(", ", only)})";
#pragma warning disable EF1002 // The names come from the model, and the ids are numbers.
        await db.Database.ExecuteSqlRawAsync(
            $"UPDATE {table} SET {column} = {{0}} WHERE {column} = {{1}}{some}",
            [to, from],
            ct
        );
#pragma warning restore EF1002
    }

    static object? ValueOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        _ => value,
    };

    public override Task<int> Erase(SiteDb db, long member, CancellationToken ct) => WhenErased switch
    {
        WhenErased.Deleted => Of(db, member).ExecuteDeleteAsync(ct),
        WhenErased.Anonymised => Of(db, member).ExecuteUpdateAsync(s => s.SetProperty(this.member, (long?)null), ct),
        _ => Of(db, member).CountAsync(ct),
    };
}
