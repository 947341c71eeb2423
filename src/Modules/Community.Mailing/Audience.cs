using System.Text.Json;
using System.Text.Json.Serialization;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// Which members a mailing is for, as a definition: who they are is found when it starts. Beside it always stands the consent
/// to the mailing's kind, which no definition can leave out.
/// </summary>
public sealed record Audience
{
    /// <summary>Part of the name.</summary>
    public string? Name { get; init; }
    /// <summary>In one of these groups; empty for all.</summary>
    public IReadOnlyList<long> Groups { get; init; } = [];
    /// <summary>Null for all; only active members get mail, whatever is chosen here.</summary>
    public MemberState? State { get; init; }
    /// <summary>Days of the site's calendar, both included.</summary>
    public DateOnly? JoinedFrom { get; init; }
    public DateOnly? JoinedTo { get; init; }
    /// <summary>Also agreed to this kind of mail.</summary>
    public long? ConsentTo { get; init; }

    static readonly JsonSerializerOptions json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter() },
    };

    public string ToJson() => JsonSerializer.Serialize(this, json);
    public static Audience Parse(string text) => JsonSerializer.Deserialize<Audience>(text, json) ?? new();

    /// <summary>
    /// True if a group or kind of mail that it names was deleted. Nobody fits it then, until a person chooses anew: an audience never
    /// grows by itself.
    /// </summary>
    public async Task<bool> NamesWhatIsGone(SiteDb db, CancellationToken ct = default) =>
        (Groups.Count > 0 && await db.Groups.CountAsync(g => Groups.Contains(g.Id), ct) < Groups.Distinct().Count())
        || (ConsentTo is { } kind && !await db.MailKinds.AnyAsync(k => k.Id == kind, ct));

    /// <summary>Members who fit the definition, whether they may get mail or not.</summary>
    public IQueryable<Member> Apply(IQueryable<Member> members, SiteDb db)
    {
        members = new MemberFilter
        {
            Name = Name,
            Groups = Groups,
            State = State,
            JoinedFrom = JoinedFrom,
            JoinedTo = JoinedTo,
        }.Apply(members, db.Site);
        if (ConsentTo is { } kind)
        {
            var may = db.Members.MayReceive(kind);
            members = members.Where(m => may.Any(o => o.Id == m.Id));
        }
        return members;
    }

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
    public async Task<string> Say(SiteDb db, IStringLocalizer texts)
    {
        var parts = new List<string>();
        if (!string.IsNullOrWhiteSpace(Name)) parts.Add(texts["mailing.audience.name", Name.Trim()]);
        if (Groups.Count > 0)
        {
            var names = await db.Groups.Where(g => Groups.Contains(g.Id)).OrderBy(g => g.Name).Select(g => g.Name).ToListAsync();
            if (names.Count < Groups.Distinct().Count()) names.Add(texts["mailing.audience.gone-group"]);
            parts.Add(texts["mailing.audience.groups", string.Join(texts["mailing.audience.or"], names)]);
        }
        if (State is { } state)
            parts.Add(
                texts["mailing.audience.state", texts["members.state." + state.ToString().ToLowerInvariant()].Value.ToLowerInvariant()]
            );
        if (JoinedFrom is { } from)
            parts.Add(texts["mailing.audience.from", from.ToString(Moments.Date)]);
        if (JoinedTo is { } to)
            parts.Add(texts["mailing.audience.to", to.ToString(Moments.Date)]);
        if (ConsentTo is { } kind)
            parts.Add(
                texts[
                    "mailing.audience.consent",
                    await db.MailKinds.Where(k => k.Id == kind).Select(k => k.Name).FirstOrDefaultAsync()
                        ?? texts["mailing.gone-kind"].Value
                ]
            );
        return parts.Count == 0
            ? texts["mailing.audience.all"]
            : texts["mailing.audience.those", string.Join(texts["mailing.audience.and"], parts)];
    }
}
