using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// Which members a mailing is for, as conditions from any modules; evaluated when the mailing starts. Consent to the mailing's kind is
/// always required in addition; no condition can bypass it.
/// </summary>
/// <param name="Chosen">
/// All of it, as one selection. Who is left out although they fit (<see cref="Minus"/>) is its last group, of which nothing may fit.
/// </param>
public sealed record Audience(Chosen Chosen)
{
    public string ToJson() => Chosen.ToJson();
    public static Audience Parse(string text) => new(Chosen.Parse(text));

    /// <summary>Those who fit the first and none of the conditions of the second. A second without conditions takes nobody out.</summary>
    public static Audience Of(Chosen wanted, Chosen minus)
    {
        if (minus.IsEverybody) return new(wanted);
        var none = new ClauseGroup(Combine.None, minus.Root.Match is Combine.Any ? minus.Root.Clauses : [minus.Root]);
        return new(new Chosen(new ClauseGroup(
            Combine.All,
            wanted.IsEverybody ? [none]
                // Only a group that ends with another one of the same meaning would be read differently.
                : wanted.Root.Match is Combine.All && !EndsWithout(wanted.Root) ? [.. wanted.Root.Clauses, none]
                : [wanted.Root, none]
        )));
    }

    static bool EndsWithout(ClauseGroup group) =>
        group is { Match: Combine.All, Clauses: [.., ClauseGroup { Match: Combine.None, Clauses.Count: > 0 }] };

    /// <summary>Who it is for, before anybody is taken out.</summary>
    public Chosen Wanted =>
        !EndsWithout(Chosen.Root) ? Chosen
        : Chosen.Root.Clauses is [ClauseGroup only, _] ? new(only)
        : new(Chosen.Root with { Clauses = [.. Chosen.Root.Clauses.SkipLast(1)] });

    /// <summary>Whoever fits one of these conditions is left out; without conditions nobody is.</summary>
    public Chosen Minus =>
        !EndsWithout(Chosen.Root) ? new(new ClauseGroup(Combine.Any, []))
        : ((ClauseGroup)Chosen.Root.Clauses[^1]).Clauses is [ClauseGroup only] ? new(only)
        : new(new ClauseGroup(Combine.Any, ((ClauseGroup)Chosen.Root.Clauses[^1]).Clauses));

    /// <inheritdoc cref="Chosen.RefersToDeleted"/>
    public Task<bool> RefersToDeleted(SiteDb db, CancellationToken ct = default) => Chosen.RefersToDeleted(db, ct);

    /// <summary>Members who match the definition, whether or not they may receive mail.</summary>
    public Task<IQueryable<Member>> Apply(IQueryable<Member> members, SiteDb db, CancellationToken ct = default) =>
        Chosen.Apply(members, db, ct);

    /// <summary>
    /// Who gets a mailing: members who match its audience, may receive this kind of mail and have not had as many as the site sends one
    /// member (<see cref="MailsOfMember"/>). A test goes to the member of staff whom it is for, whatever mail they receive. Evaluated when
    /// recipients are counted and when the mailing starts.
    /// </summary>
    public static async Task<IQueryable<Member>> Receivers(Mailing mailing, SiteDb db, CancellationToken ct = default)
    {
        if (mailing.IsTest) return MayGet(mailing, db);
        var fitting = await mailing.Audience.Apply(MayGet(mailing, db), db, ct);
        return await MailsOfMember.Reached(mailing, db, ct) is { } reached ? fitting.Where(Not(reached)) : fitting;
    }

    static Expression<Func<Member, bool>> Not(Expression<Func<Member, bool>> condition) =>
        Expression.Lambda<Func<Member, bool>>(Expression.Not(condition.Body), condition.Parameters);

    /// <summary>
    /// Members who may receive it, whether or not they still match the audience, which is expanded only once. Rechecked before each send.
    /// </summary>
    public static IQueryable<Member> MayGet(Mailing mailing, SiteDb db) => mailing.IsTest
        ? db.Members.Active().Where(m => m.Id == (mailing.TestToId ?? mailing.CreatedBy))
        : db.Members.MayReceive(mailing.KindId);

    /// <summary>Why a member may not receive the mailing.</summary>
    public static async Task<WithheldReason> Refusal(long kind, long member, SiteDb db, CancellationToken ct)
    {
        if (!await db.Members.Active().AnyAsync(m => m.Id == member, ct)) return WithheldReason.Member;
        var suppressions = db.SuppressedNow;
        return await db.Members.AnyAsync(m => m.Id == member && suppressions.Any(s => s.AddressHash == m.AddressHash), ct)
            ? WithheldReason.Suppressed
            : WithheldReason.Consent;
    }

    /// <summary>The definition as a sentence: "Members of the group Circle who joined from May 1, 2026".</summary>
    public async Task<string> Say(SiteDb db, IStringLocalizer texts)
    {
        var (wanted, minus) = (await Wanted.Say(db, texts), await Minus.Say(db, texts));
        var said = wanted is null ? texts["mailing.audience.all"].Value : texts["mailing.audience.those", wanted].Value;
        return minus is null ? said : texts["mailing.audience.minus", said, minus];
    }

    /// <summary>The conditions that the mailing form offers on this site to somebody.</summary>
    public static async ValueTask<List<MemberCondition>> Conditions(SiteDb db, Reader reader) =>
        [.. (await MemberCondition.On(db)).Where(c => c.Places.HasFlag(ConditionPlaces.Audience) && c.IsOpenTo(reader))];
}
