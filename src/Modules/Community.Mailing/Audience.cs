using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// Which members a mailing is for, as conditions from any modules; evaluated when the mailing starts. Consent to the mailing's kind is
/// always required in addition; no condition can bypass it.
/// </summary>
public sealed record Audience(Chosen Chosen)
{
    public string ToJson() => Chosen.ToJson();
    public static Audience Parse(string text) => new(Chosen.Parse(text));

    /// <inheritdoc cref="Chosen.RefersToDeleted"/>
    public Task<bool> RefersToDeleted(SiteDb db, CancellationToken ct = default) => Chosen.RefersToDeleted(db, ct);

    /// <summary>Members who match the definition, whether or not they may receive mail.</summary>
    public Task<IQueryable<Member>> Apply(IQueryable<Member> members, SiteDb db, CancellationToken ct = default) =>
        Chosen.Apply(members, db, ct);

    /// <summary>
    /// Who gets a mailing: members who match its audience and may receive this kind of mail. A test goes to whoever requested it, whatever
    /// mail they receive. Evaluated when recipients are counted and when the mailing starts.
    /// </summary>
    public static async Task<IQueryable<Member>> Receivers(Mailing mailing, SiteDb db, CancellationToken ct = default) =>
        mailing.IsTest ? MayGet(mailing, db) : await mailing.Audience.Apply(MayGet(mailing, db), db, ct);

    /// <summary>
    /// Members who may receive it, whether or not they still match the audience, which is expanded only once. Rechecked before each send.
    /// </summary>
    public static IQueryable<Member> MayGet(Mailing mailing, SiteDb db) => mailing.IsTest
        ? db.Members.Active().Where(m => m.Id == mailing.CreatedBy)
        : db.Members.MayReceive(mailing.KindId);

    /// <summary>Why a member may not receive the mailing.</summary>
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
        await Chosen.Say(db, texts) is { } said ? texts["mailing.audience.those", said] : texts["mailing.audience.all"];

    /// <summary>The conditions that the mailing form offers on this site to somebody.</summary>
    public static async ValueTask<List<MemberCondition>> Conditions(SiteDb db, Reader reader) =>
        [.. (await MemberCondition.On(db)).Where(c => c.Places.HasFlag(ConditionPlaces.Audience) && c.IsOpenTo(reader))];
}
