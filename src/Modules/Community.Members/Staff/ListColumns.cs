using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The columns that a staff member chose for lists of members.</summary>
public sealed class ListColumns
{
    public long MemberId { get; set; }
    /// <summary>Keys of <see cref="MemberColumn"/>, separated by spaces. A key that there is no more is left out.</summary>
    public string Columns { get; set; } = "";
}

/// <summary>A column of the list of members.</summary>
/// <param name="Key">Stored with the choice; also the name of the field in the audit log.</param>
/// <param name="Label">Its heading, in the reader's language.</param>
/// <param name="Permission">Who may see it; null for all who find members.</param>
/// <param name="Load">The text for each of these members; null for a column that the list itself knows how to show.</param>
public sealed record MemberColumn(
    string Key,
    string Label,
    string? Permission = null,
    Func<SiteDb, IReadOnlyCollection<long>, CancellationToken, Task<IReadOnlyDictionary<long, string>>>? Load = null
)
{
    public const int Max = 12;

    static readonly string[] own = ["email", "state", "role", "joined", "sign-ins", "groups", "tags", "consents", "language"];
    /// <summary>Shown to whoever has not chosen.</summary>
    public static readonly IReadOnlyList<string> Usual = ["email", "state", "role", "joined", "sign-ins"];

    /// <summary>The columns of a site.</summary>
    public static async ValueTask<IReadOnlyList<MemberColumn>> Of(
        SiteDb db,
        Microsoft.Extensions.Localization.IStringLocalizer texts,
        CancellationToken ct = default
    ) =>
        [
            .. own.Where(k => !db.Site.IsConsole || Usual.Contains(k)).Select(k => new MemberColumn(k, texts["staff.column." + k])),
            .. (await db.Attributes(ct)).InUse.Select(OfAttribute),
        ];

    static MemberColumn OfAttribute(MemberAttribute attribute) =>
        new(
            ShownValue.FieldOf(attribute),
            attribute.Label(AttributeTexts.Language),
            AttributeCondition.PermissionOf(attribute),
            async (db, members, ct) => (await db.ValuesOf(members, [attribute], ct)).ToDictionary(
                m => m.Key,
                m => attribute.Format(m.Value[attribute.Id], AttributeTexts.Language)
            )
        );

    /// <summary>The columns that a staff member sees, in the order of the site's.</summary>
    public static async Task<List<MemberColumn>> ChosenBy(
        Reader reader,
        SiteDb db,
        Microsoft.Extensions.Localization.IStringLocalizer texts,
        CancellationToken ct
    )
    {
        var chosen = await db.ListColumns.Where(c => c.MemberId == reader.Id).Select(c => c.Columns).FirstOrDefaultAsync(ct);
        var keys = chosen?.Split(' ') ?? [.. Usual];
        return [.. (await Of(db, texts, ct)).Where(c => keys.Contains(c.Key) && (c.Permission is null || reader.May(c.Permission)))];
    }
}

/// <summary>Keeps the columns that a staff member wants to see.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class ChooseColumns(SiteDb db, Actors actors)
{
    /// <param name="actor">The staff member.</param>
    /// <param name="keys">The columns; unknown ones, and more than the most, are left out.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task Keep(Reader actor, IReadOnlyCollection<string> keys, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = (await actors.Require(actor, MembersPermissions.Search)).Id!.Value;
        var row = await db.ListColumns.FirstOrDefaultAsync(c => c.MemberId == staff, ct);
        if (row is null) db.ListColumns.Add(row = new ListColumns { MemberId = staff });
        row.Columns = string.Join(' ', keys.Where(k => k.Length is > 0 and <= 60 && !k.Contains(' ')).Distinct().Take(MemberColumn.Max));
        try { await change.Commit(ct); }
        catch (DbUpdateException error) when (error.IsDuplicate()) { /* The same form, sent twice at once. */ }
    }
}
