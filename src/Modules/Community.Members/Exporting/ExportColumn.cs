using System.Globalization;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>A value in a file: a text, or a number that stays one.</summary>
public readonly record struct ExportValue(string Text, decimal? Number = null);

/// <summary>A column of an exported file.</summary>
/// <param name="Key">As in the mapping of an import where that knows it; also the field in the audit record.</param>
/// <param name="Label">Its heading. The import recognises it.</param>
/// <param name="Read">The value of a member; null for none.</param>
public sealed record ExportColumn(string Key, string Label, Func<Member, ExportRows, ExportValue?> Read)
{
    /// <summary>The columns that a reader may export. What they may not see is not among them.</summary>
    public static async Task<IReadOnlyList<ExportColumn>> Of(SiteDb db, Reader reader, IStringLocalizer texts, CancellationToken ct)
    {
        var columns = new List<ExportColumn>();
        void Own(string key, Func<Member, ExportRows, string?> read) =>
            columns.Add(
                new(key, texts["staff.export.column." + key], (m, rows) => read(m, rows) is { Length: > 0 } text ? new(text) : null)
            );
        Own("number", (m, _) => m.Id.ToString(CultureInfo.InvariantCulture));
        if (reader.May(MembersPermissions.Email)) Own(ImportTargets.Email, (m, _) => m.Email);
        Own(ImportTargets.Name, (m, _) => m.Name);
        Own(ImportTargets.Language, (m, _) => m.Language);
        Own("state", (m, _) => texts["members.state." + m.State.ToString().ToLowerInvariant()]);
        var roles = await db.StaffRoles.AsNoTracking().ToDictionaryAsync(r => r.Key, ct);
        Own("role", (m, _) => m.Role is null ? null : StaffRoles.NameOf(m.Role, roles, texts));
        Own(ImportTargets.Joined, (m, _) => Local(m.JoinedAt));
        Own("last-sign-in", (m, _) => m.LastSignInAt is { } at ? Local(at) : null);
        if (!db.Site.IsConsole)
        {
            Own("groups", (m, rows) => rows.Groups(m.Id));
            Own("tags", (m, rows) => rows.Tags(m.Id));
        }
        foreach (var kind in await db.MailKinds.AsNoTracking().OrderBy(k => k.Position).ThenBy(k => k.Id).ToListAsync(ct))
            columns.Add(new(ImportTargets.Consent + kind.Key, kind.Name, (m, rows) => new(rows.Agrees(m, kind.Id) ? "yes" : "no")));
        var language = AttributeTexts.Language;
        foreach (var attribute in (await db.Attributes(ct)).InUse.Where(a => a.IsVisibleTo(reader)))
            columns.Add(new(
                ImportTargets.Attribute + attribute.Key,
                attribute.Label(language),
                (m, rows) => rows.Value(m.Id, attribute.Id) is { } value
                    ? new(attribute.Plain(value, language), attribute.Type is AttributeType.Number ? value.Number : null)
                    : null
            ));
        return columns;

        string Local(DateTime utc) => db.Site.ToLocal(utc).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>The name of the field in the audit log.</summary>
    public string Field => Key.StartsWith(ImportTargets.Attribute, StringComparison.Ordinal)
        ? AttributeTexts.FieldPrefix + Key[ImportTargets.Attribute.Length..]
        : Key.StartsWith(ImportTargets.Consent, StringComparison.Ordinal) ? "consents" : Key;
}

/// <summary>What belongs to the members of a batch, loaded with one query a kind.</summary>
public sealed class ExportRows
{
    ILookup<long, string> groups = Empty, tags = Empty;
    Dictionary<(long, long), ConsentState> consents = [];
    IReadOnlyDictionary<long, IReadOnlyDictionary<long, TypedValue>> values = new Dictionary<long, IReadOnlyDictionary<long, TypedValue>>();
    static ILookup<long, string> Empty => Array.Empty<(long Member, string)>().ToLookup(x => x.Member, x => x.Item2);

    public static async Task<ExportRows> Of(SiteDb db, List<long> ids, IReadOnlyCollection<string> keys, CancellationToken ct)
    {
        var rows = new ExportRows();
        if (keys.Contains("groups"))
            rows.groups = (await db.GroupMemberships.Where(g => ids.Contains(g.MemberId) && g.JoinedAt != null).OrderBy(g => g.Group.Name)
                .Select(g => new { g.MemberId, g.Group.Name }).ToListAsync(ct)).ToLookup(g => g.MemberId, g => g.Name);
        if (keys.Contains("tags"))
            rows.tags = (await db.MemberTags.Where(t => ids.Contains(t.MemberId))
                .Join(db.Tags, t => t.TagId, t => t.Id, (m, t) => new { m.MemberId, t.Name }).OrderBy(t => t.Name).ToListAsync(ct))
                .ToLookup(t => t.MemberId, t => t.Name);
        if (keys.Any(k => k.StartsWith(ImportTargets.Consent, StringComparison.Ordinal)))
            rows.consents = (await db.ConsentStates.AsNoTracking().Where(c => ids.Contains(c.MemberId)).ToListAsync(ct))
                .ToDictionary(c => (c.MemberId, c.KindId));
        var attributes = await db.Attributes(ct);
        rows.values = await db.ValuesOf(ids, attributes.InUse.Where(a => keys.Contains(ImportTargets.Attribute + a.Key)), ct);
        return rows;
    }

    public string Groups(long member) => string.Join("; ", groups[member]);
    public string Tags(long member) => string.Join("; ", tags[member]);
    public bool Agrees(Member member, long kind) =>
        consents.TryGetValue((member.Id, kind), out var state)
        && state.Granted
        && (member.MailStoppedAt is null || state.Since >= member.MailStoppedAt);

    public TypedValue? Value(long member, long attribute) => values.GetValueOrDefault(member)?.GetValueOrDefault(attribute);
}
