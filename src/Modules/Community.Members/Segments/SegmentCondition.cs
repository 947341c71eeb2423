using System.Linq.Expressions;
using System.Text.Json;
using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Members of a segment. A live segment is part of the query, so it is as fresh as the rest of it. Whatever is broken in the segment
/// breaks what names it.
/// </summary>
public sealed class SegmentCondition : MemberCondition
{
    public const string OfKey = "members.segment";

    public sealed record In(long Segment);

    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web);

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public SegmentCondition() : base(OfKey) => (Fields, Part) = (["segment"], typeof(SegmentPart));

    public static (string Key, JsonElement Values) With(long segment) =>
        (OfKey, JsonSerializer.SerializeToElement(new In(segment), json));

    /// <summary>The segments that a selection names.</summary>
    public static IEnumerable<long> Named(Chosen chosen) =>
        chosen.Conditions.Where(c => c.Key == OfKey).Select(c => IdOf(c.Values)).OfType<long>();

    static long? IdOf(JsonElement values)
    {
        try { return values.Deserialize<In>(json)?.Segment; }
        catch (JsonException) { return null; }
    }

    public override JsonElement? Read(ConditionFields fields, Problems problems, IStringLocalizer texts)
    {
        if (fields["segment"] is not { } typed) return null;
        if (long.TryParse(typed, out var id)) return With(id).Values;
        problems.Add(fields.Name("segment"), texts["staff.filter.unknown", typed]);
        return null;
    }

    public override IEnumerable<(string Field, string Value)> Write(JsonElement values) =>
        IdOf(values) is { } id ? [("segment", id.ToString(System.Globalization.CultureInfo.InvariantCulture))] : [];

    public override async Task<string> Say(JsonElement values, SiteDb db, IStringLocalizer texts)
    {
        var id = IdOf(values);
        var name = await db.Segments.Where(s => s.Id == id).Select(s => s.Name).FirstOrDefaultAsync();
        return texts["conditions.segment.said", name ?? texts["conditions.segment.gone"].Value];
    }

    public override async Task<Expression<Func<Member, bool>>?> Predicate(JsonElement values, Selecting selecting, CancellationToken ct)
    {
        if (IdOf(values) is not { } id)
            return null;
        if (await selecting.Db.Segments.AsNoTracking().FirstOrDefaultAsync(s => s.Id == id, ct) is not { IsReady: true } segment)
            return null;
        var chosen = segment.Chosen;
        if (chosen.IsEverybody && !segment.IsFrozen) return m => true;
        if (!selecting.Enter($"segment:{id}")) return null;
        try
        {
            if (!segment.IsFrozen) return await selecting.Where(chosen, ct);
            await selecting.Note(chosen, ct);
            return Among(selecting.Db.SegmentMembers, id);
        }
        finally { selecting.Leave($"segment:{id}"); }
    }

    static Expression<Func<Member, bool>> Among(IQueryable<SegmentMember> rows, long segment) =>
        m => rows.Any(r => r.SegmentId == segment && r.MemberId == m.Id);
}
