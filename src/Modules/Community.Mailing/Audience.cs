using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// Which members a mailing is for, as conditions of whichever modules: who they are is found when it starts. Beside them always stands the
/// consent to the mailing's kind, which no condition can leave out.
/// </summary>
public sealed record Audience(Chosen Chosen)
{
    public string ToJson() => Chosen.ToJson();
    public static Audience Parse(string text) => new(Chosen.Parse(text));

    /// <inheritdoc cref="Chosen.NamesWhatIsGone"/>
    public Task<bool> NamesWhatIsGone(SiteDb db, CancellationToken ct = default) => Chosen.NamesWhatIsGone(db, ct);

    /// <summary>Members who fit the definition, whether they may get mail or not.</summary>
    public IQueryable<Member> Apply(IQueryable<Member> members, SiteDb db) => Chosen.Apply(members, db);

    /// <summary>
    /// Who gets a mailing: members who fit its audience and may get this kind of mail. A test goes to who asked for it, whatever they
    /// receive. Asked when it is counted and when it starts.
    /// </summary>
    public static IQueryable<Member> Receivers(Mailing mailing, SiteDb db) =>
        mailing.IsTest ? MayGet(mailing, db) : mailing.Audience.Apply(MayGet(mailing, db), db);

    /// <summary>
    /// Members who may get it, whether they still fit the audience or not: it was expanded once. Asked again for each just before sending.
    /// </summary>
    public static IQueryable<Member> MayGet(Mailing mailing, SiteDb db) => mailing.IsTest
        ? db.Members.Active().Where(m => m.Id == mailing.CreatedBy)
        : db.Members.MayReceive(mailing.KindId);

    /// <summary>Why a member who may not get it may not.</summary>
    public static async Task<WithheldReason> Refusal(long kind, long member, SiteDb db, CancellationToken ct)
    {
        if (!await db.Members.Active().AnyAsync(m => m.Id == member, ct)) return WithheldReason.Member;
        var suppressions = db.Suppressions;
        return await db.Members.AnyAsync(m => m.Id == member && suppressions.Any(s => s.AddressHash == m.AddressHash), ct)
            ? WithheldReason.Suppressed
            : WithheldReason.Consent;
    }

    /// <summary>The definition as a sentence: "Members of the group Circle who joined from May 1, 2026".</summary>
    public async Task<string> Say(SiteDb db, IStringLocalizer texts) =>
        await Chosen.Say(db, texts) is { Count: > 0 } parts
            ? texts["mailing.audience.those", string.Join(texts["conditions.and"], parts)]
            : texts["mailing.audience.all"];

    /// <summary>The conditions that the form of a mailing offers on this site.</summary>
    public static List<MemberCondition> Conditions(SiteDb db) =>
        [.. MemberCondition.On(db).Where(c => c.Places.HasFlag(ConditionPlaces.Audience))];
}
