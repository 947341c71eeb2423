using System.Globalization;
using System.Linq.Expressions;
using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The module's own conditions, on the member's row, groups and consents.</summary>
public static class OwnConditions
{
    public sealed record Named(string Text);
    public sealed record InGroups(IReadOnlyList<long> Groups);
    public sealed record InState(MemberState State);
    public sealed record WithRole(string Role);
    /// <summary>Days in the site's time zone, both inclusive; one end may be open.</summary>
    public sealed record JoinedBetween(DateOnly? From, DateOnly? To);
    public sealed record ConsentedTo(long Kind);

    /// <summary>A value of <see cref="WithRole"/> that stands for any staff role.</summary>
    public const string AnyStaff = "staff";

    public static readonly IReadOnlyList<MemberState> States = [MemberState.Active, MemberState.Unconfirmed, MemberState.Suspended];

    /// <summary>Part of the name, ignoring case and full or half width.</summary>
    public static readonly MemberCondition<Named> Name = new("members.name")
    {
        Places = ConditionPlaces.Audience,
        Fields = ["name"],
        Part = typeof(NamePart),
        FromForm = (fields, _, _) => fields["name"]?.Trim() is { Length: > 0 } text ? new(text) : null,
        ToForm = v => [("name", v.Text)],
        Where = (v, _) => Has(Member.Searchable(v.Text)),
        Sentence = (v, _, texts) => Task.FromResult(texts["conditions.name.said", v.Text].Value),
    };

    static Expression<Func<Member, bool>> Has(string part) => m => m.SearchName.Contains(part);

    /// <summary>In one of these groups.</summary>
    public static readonly MemberCondition<InGroups> Groups = new("members.groups")
    {
        Fields = ["group"],
        Part = typeof(GroupsPart),
        FromForm = (fields, problems, texts) =>
        {
            var chosen = fields.All("group");
            var ids = chosen.Select(t => long.TryParse(t, out var id) ? id : 0).ToList();
            if (ids.Contains(0)) problems.Add(fields.Name("group"), texts["staff.filter.unknown", chosen[ids.IndexOf(0)]]);
            return ids.Count == 0 || ids.Contains(0) ? null : new([.. ids.Distinct()]);
        },
        ToForm = v => v.Groups.Select(g => ("group", g.ToString())),
        Where = (v, _) => m => m.Groups.Any(g => g.JoinedAt != null && v.Groups.Contains(g.GroupId)),
        Sentence = async (v, db, texts) =>
        {
            var names = await db.Groups.Where(g => v.Groups.Contains(g.Id)).OrderBy(g => g.Name).Select(g => g.Name).ToListAsync();
            if (names.Count < v.Groups.Count) names.Add(texts["conditions.groups.gone"]);
            return texts["conditions.groups.said", string.Join(texts["conditions.or"], names)];
        },
        IsDeleted = async (v, db, ct) => await db.Groups.CountAsync(g => v.Groups.Contains(g.Id), ct) < v.Groups.Count,
    };

    /// <summary>The groups that a selection names; empty for any.</summary>
    public static IReadOnlyList<long> GroupsIn(Chosen chosen) =>
        chosen.Conditions.TryGetValue(Groups.Key, out var values)
            ? [.. values.GetProperty("groups").EnumerateArray().Select(g => g.GetInt64())]
            : [];

    public static readonly MemberCondition<InState> State = new("members.state")
    {
        Places = ConditionPlaces.Search,
        Fields = ["state"],
        Part = typeof(StatePart),
        FromForm = (fields, problems, texts) =>
        {
            if (fields["state"] is not { } typed) return null;
            if (States.Select(s => (MemberState?)s).FirstOrDefault(s => s.ToString() == typed) is { } state) return new(state);
            problems.Add(fields.Name("state"), texts["staff.filter.unknown", typed]);
            return null;
        },
        ToForm = v => [("state", v.State.ToString())],
        Where = (v, _) => v.State switch
        {
            MemberState.Active => m => m.ConfirmedAt != null && m.SuspendedAt == null,
            MemberState.Suspended => m => m.SuspendedAt != null,
            _ => m => m.ConfirmedAt == null && m.SuspendedAt == null,
        },
        Sentence = (v, _, texts) =>
            Task.FromResult(
                texts[
                    "conditions.state.said",
                    texts["members.state." + v.State.ToString().ToLowerInvariant()].Value.ToLowerInvariant()
                ].Value
            ),
    };

    public static IReadOnlyList<string> RolesOf(Site site) => site.IsConsole ? [Roles.Operator] : Roles.Staff;

    public static readonly MemberCondition<WithRole> Role = new("members.role")
    {
        Places = ConditionPlaces.Search,
        Fields = ["role"],
        Part = typeof(RolePart),
        FromForm = (fields, problems, texts) =>
        {
            if (fields["role"] is not { } typed) return null;
            if (Roles.Staff.Append(Roles.Operator).Append(AnyStaff).Contains(typed)) return new(typed);
            problems.Add(fields.Name("role"), texts["staff.filter.unknown", typed]);
            return null;
        },
        ToForm = v => [("role", v.Role)],
        Where = (v, _) => v.Role == AnyStaff ? m => m.Role != null : m => m.Role == v.Role,
        Sentence = (v, _, texts) => Task.FromResult(texts["conditions.role.said", texts["role." + v.Role].Value].Value),
    };

    /// <summary>Joined between two days, in the site's time zone.</summary>
    public static readonly MemberCondition<JoinedBetween> Joined = new("members.joined")
    {
        Fields = ["from", "to"],
        Part = typeof(JoinedPart),
        FromForm = (fields, problems, texts) =>
        {
            var (from, to) = Days.Read(problems, fields.Name("from"), fields["from"], fields.Name("to"), fields["to"], texts);
            return from is null && to is null ? null : new(from, to);
        },
        ToForm = v =>
            new[] { ("from", v.From), ("to", v.To) }
                .Where(d => d.Item2 is not null)
                .Select(d => (d.Item1, d.Item2!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))),
        Where = (v, db) => JoinedWithin(v, db.Site),
        Sentence = (v, _, texts) => Task.FromResult(string.Join(
            texts["conditions.and"],
            new[]
            {
                v.From is { } from ? texts["conditions.joined.from", from.ToString(Moments.Date)].Value : null,
                v.To is { } to ? texts["conditions.joined.to", to.ToString(Moments.Date)].Value : null,
            }.OfType<string>()
        )),
    };

    static Expression<Func<Member, bool>> JoinedWithin(JoinedBetween days, Site site)
    {
        var start = days.From is { } from ? WallClock.StartOf(from, site.Zone) : DateTime.UnixEpoch;
        var end = days.To is { } to ? WallClock.StartOf(to.AddDays(1), site.Zone) : new DateTime(9999, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        return m => m.JoinedAt >= start && m.JoinedAt < end;
    }

    /// <summary>May receive this kind of mail.</summary>
    public static readonly MemberCondition<ConsentedTo> Consent = new("members.consent")
    {
        Fields = ["consent"],
        Part = typeof(ConsentPart),
        FromForm = (fields, problems, texts) =>
        {
            if (fields["consent"] is not { } typed) return null;
            if (long.TryParse(typed, out var kind)) return new(kind);
            problems.Add(fields.Name("consent"), texts["staff.filter.unknown", typed]);
            return null;
        },
        ToForm = v => [("consent", v.Kind.ToString())],
        Where = (v, db) => MayReceive(db.Members.MayReceive(v.Kind)),
        Sentence = async (v, db, texts) =>
            texts[
                "conditions.consent.said",
                await db.MailKinds.Where(k => k.Id == v.Kind).Select(k => k.Name).FirstOrDefaultAsync()
                    ?? texts["conditions.consent.gone"].Value
            ],
        IsDeleted = async (v, db, ct) => !await db.MailKinds.AnyAsync(k => k.Id == v.Kind, ct),
    };

    static Expression<Func<Member, bool>> MayReceive(IQueryable<Member> may) => m => may.Any(o => o.Id == m.Id);

    public static IEnumerable<MemberCondition> All => [Name, Groups, State, Role, Joined, Consent];
}
