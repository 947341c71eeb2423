using System.Globalization;
using System.Linq.Expressions;
using System.Text.Json;
using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// The recipients of another mailing, whatever became of their copies; of one that has not started, its audience as it is now. Mostly to
/// leave them out.
/// </summary>
sealed class AmongCondition : MemberCondition
{
    public const string OfKey = "mailing.among";

    sealed record Of(long Mailing);

    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web);

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public AmongCondition() : base(OfKey) => (Fields, Part) = (["among"], typeof(AmongPart));

    public static (string Key, JsonElement Values) With(long mailing) =>
        (OfKey, JsonSerializer.SerializeToElement(new Of(mailing), json));

    static long? IdOf(JsonElement values)
    {
        try { return values.Deserialize<Of>(json)?.Mailing; }
        catch (JsonException) { return null; }
    }

    public override JsonElement? Read(ConditionFields fields, Problems problems, IStringLocalizer texts)
    {
        if (fields["among"] is not { } typed) return null;
        if (long.TryParse(typed, out var id)) return With(id).Values;
        problems.Add(fields.Name("among"), texts["staff.filter.unknown", typed]);
        return null;
    }

    public override IEnumerable<(string Field, string Value)> Write(JsonElement values) =>
        IdOf(values) is { } id ? [("among", id.ToString(CultureInfo.InvariantCulture))] : [];

    public override async Task<string> Say(JsonElement values, SiteDb db, IStringLocalizer texts)
    {
        var mailing = IdOf(values) is { } id ? await db.FindMailing(id) : null;
        return texts["mailing.condition.among.said",
            mailing is null ? texts["mailing.condition.gone"].Value : MergeFields.InWords(texts, mailing.Title)];
    }

    public override async Task<Expression<Func<Member, bool>>?> Predicate(JsonElement values, Selecting selecting, CancellationToken ct)
    {
        var db = selecting.Db;
        if (IdOf(values) is not { } id || await db.FindMailing(id, ct) is not { } mailing) return null;
        if (mailing.HasStarted) return Recipients(db.Deliveries, id);
        // A mailing whose audience leads back to itself means nothing.
        if (!selecting.Enter($"mailing:{id}")) return null;
        try
        {
            if (await selecting.Where(mailing.Audience.Chosen, ct) is not { } fits) return null;
            var audience = db.Members.MayReceive(mailing.KindId).Where(fits);
            return m => audience.Any(a => a.Id == m.Id);
        }
        finally { selecting.Leave($"mailing:{id}"); }
    }

    static Expression<Func<Member, bool>> Recipients(IQueryable<Delivery> deliveries, long mailing) =>
        m => deliveries.Any(d => d.MailingId == mailing && d.MemberId == m.Id);
}
