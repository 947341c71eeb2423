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
    /// Rows of the member, exported in words of their own where the columns say nothing to a person; deleted when the member is erased.
    /// </summary>
    /// <param name="name">The list's name in the export.</param>
    /// <param name="member">The column with the member's id.</param>
    /// <param name="write">Writes the rows as objects of the array; values masked if it is told so.</param>
    public static PersonalData<T> Written<T>(
        string name,
        Expression<Func<T, long?>> member,
        Func<SiteDb, IReadOnlyList<T>, Utf8JsonWriter, bool, Task> write
    ) where T : class => new(member) { Name = name, WhenErased = WhenErased.Deleted, Write = write };

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

    /// <summary>Rows about something else that keep the id of the acting member: not exported.</summary>
    public static PersonalData<T> ActedBy<T>(Expression<Func<T, long?>> member) where T : class =>
        Make(null, member, WhenErased.Kept, "Who acted stays on record, as an id.", null, null);

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
