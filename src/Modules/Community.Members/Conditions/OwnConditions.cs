using System.Globalization;
using System.Linq.Expressions;
using System.Text.Json.Serialization;
using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The module's own conditions, on the member's row, groups and consents.</summary>
public static class OwnConditions
{
    /// <summary>Words, and the attributes that are searched for them beside the member's row; null for none.</summary>
    public sealed record Named(
        string Text,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<long>? In = null
    );
    public sealed record InGroups(IReadOnlyList<long> Groups);
    public sealed record InState(MemberState State);
    public sealed record WithRole(string Role);
    /// <summary>Days in the site's time zone, both inclusive; one end may be open.</summary>
    public sealed record JoinedBetween(DateOnly? From, DateOnly? To)
    {
        /// <summary>Instead of days of the calendar: within this many days before the query.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? Days { get; init; }
    }
    public sealed record ConsentedTo(long Kind);

    /// <summary>A value of <see cref="WithRole"/> that stands for any staff role.</summary>
    public const string AnyStaff = "staff";

    public static readonly IReadOnlyList<MemberState> States =
    [
        MemberState.Active,
        MemberState.Unconfirmed,
        MemberState.Awaiting,
        MemberState.Suspended,
        MemberState.Leaving,
    ];

    /// <summary>Words in any order, each a part of the name; see <see cref="MemberSearch"/>.</summary>
    public static readonly MemberCondition<Named> Name = new("members.name")
    {
        Fields = ["name", "name-in"],
        Part = typeof(NamePart),
        FromForm = (fields, problems, texts) => fields["name"]?.Trim() is { Length: > 0 } text
            ? new(text, In(fields, "name-in", problems, texts))
            : null,
        ToForm = v => [("name", v.Text), .. Ids("name-in", v.In)],
        Find = (v, selecting, ct) => Find(v.Text, v.In, seesEmail: false, selecting, ct),
        Sentence = async (v, db, texts) => texts["conditions.name.said", v.Text].Value + await SayIn(v.In, db, texts),
    };

    static IReadOnlyList<long>? In(ConditionFields fields, string field, Problems problems, IStringLocalizer texts) =>
        Ids(fields, field, problems, texts) is { Count: > 0 } ids ? ids : null;

    static IEnumerable<(string, string)> Ids(string field, IReadOnlyList<long>? ids) =>
        (ids ?? []).Select(id => (field, id.ToString(CultureInfo.InvariantCulture)));

    // An attribute that was retired finds nobody any more.
    static async Task<List<MemberAttribute>> Searched(IReadOnlyList<long>? ids, SiteDb db, CancellationToken ct = default) =>
        ids is null ? [] : [.. (await db.Attributes(ct)).InUse.Where(a => ids.Contains(a.Id) && MemberSearch.IsSearched(a))];

    static async Task<Expression<Func<Member, bool>>> Find(
        string text, IReadOnlyList<long>? ids, bool seesEmail, Selecting selecting, CancellationToken ct)
    {
        var attributes = await Searched(ids, selecting.Db, ct);
        foreach (var attribute in attributes)
            if (AttributeCondition.PermissionOf(attribute) is { } needed) selecting.Need(needed);
        return new MemberSearch(text, seesEmail).Among(attributes, selecting.Db).Where;
    }

    static async Task<string> SayIn(IReadOnlyList<long>? ids, SiteDb db, IStringLocalizer texts) =>
        await Searched(ids, db) is { Count: > 0 } also
            ? texts["conditions.words.in", string.Join(texts["members.list"], also.Select(a => a.Label(AttributeTexts.Language)))]
            : "";

    /// <inheritdoc cref="Named"/>
    public sealed record HasWords(string Text, IReadOnlyList<long>? In = null);

    /// <summary>Words in any order, each a part of the name or address; see <see cref="MemberSearch"/>.</summary>
    public static readonly MemberCondition<HasWords> Words = new("members.words")
    {
        Permission = MembersPermissions.Email,
        Fields = ["words", "words-in"],
        Part = typeof(WordsPart),
        FromForm = (fields, problems, texts) => fields["words"]?.Trim() is { Length: > 0 } text
            ? new(text, In(fields, "words-in", problems, texts))
            : null,
        ToForm = v => [("words", v.Text), .. Ids("words-in", v.In)],
        Find = (v, selecting, ct) => Find(v.Text, v.In, seesEmail: true, selecting, ct),
        Sentence = async (v, db, texts) => texts["conditions.words.said", v.Text].Value + await SayIn(v.In, db, texts),
    };

    public sealed record WithAddress(string Part);

    /// <summary>Part of the address, such as its domain.</summary>
    public static readonly MemberCondition<WithAddress> Address = new("members.address")
    {
        Permission = MembersPermissions.Email,
        Fields = ["address"],
        Part = typeof(AddressPart),
        FromForm = (fields, _, _) => fields["address"]?.Trim() is { Length: > 0 } text ? new(text) : null,
        ToForm = v => [("address", v.Part)],
        Where = (v, _) => InAddress(EmailAddress.NormalOf(v.Part), EmailAddress.Part(v.Part)),
        Sentence = (v, _, texts) => Task.FromResult(texts["conditions.address.said", v.Part].Value),
    };

    static Expression<Func<Member, bool>> InAddress(string normal, string part) =>
        m => m.NormalizedEmail!.Contains(normal) || m.Email!.ToLower().Contains(part);

    /// <summary>In one of these groups.</summary>
    public static readonly MemberCondition<InGroups> Groups = new("members.groups")
    {
        Fields = ["group"],
        Part = typeof(GroupsPart),
        FromForm = (fields, problems, texts) =>
            Ids(fields, "group", problems, texts) is { Count: > 0 } ids ? new(ids) : null,
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
        [
            .. chosen.Conditions.Where(c => c.Key == Groups.Key)
                .SelectMany(c => c.Values.GetProperty("groups").EnumerateArray().Select(g => g.GetInt64()))
                .Distinct(),
        ];

    public static readonly MemberCondition<InState> State = new("members.state")
    {
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
            MemberState.Active => m => m.ConfirmedAt != null && m.SuspendedAt == null && m.LeavingSince == null,
            MemberState.Suspended => m => m.SuspendedAt != null,
            MemberState.Leaving => m => m.SuspendedAt == null && m.LeavingSince != null,
            MemberState.Awaiting => m => m.SuspendedAt == null && m.LeavingSince == null && m.AwaitsSince != null,
            _ => m => m.ConfirmedAt == null && m.SuspendedAt == null && m.LeavingSince == null && m.AwaitsSince == null,
        },
        Sentence = (v, _, texts) =>
            Task.FromResult(
                texts[
                    "conditions.state.said",
                    texts["members.state." + v.State.ToString().ToLowerInvariant()].Value.ToLowerInvariant()
                ].Value
            ),
    };

    static async Task<string> SayRole(string role, SiteDb db, IStringLocalizer texts) =>
        await db.StaffRoles.AsNoTracking().FirstOrDefaultAsync(r => r.Key == role) is { Names.IsEmpty: false } own
            ? own.Names.For(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName).Text
            : texts["role." + role];

    public static readonly MemberCondition<WithRole> Role = new("members.role")
    {
        Fields = ["role"],
        Part = typeof(RolePart),
        FromForm = (fields, problems, texts) =>
        {
            if (fields["role"] is not { } typed) return null;
            if (Roles.Staff.Append(Roles.Operator).Append(AnyStaff).Contains(typed) || StaffRole.IsOwnKey(typed)) return new(typed);
            problems.Add(fields.Name("role"), texts["staff.filter.unknown", typed]);
            return null;
        },
        ToForm = v => [("role", v.Role)],
        Where = (v, _) => v.Role == AnyStaff ? m => m.Role != null : m => m.Role == v.Role,
        Sentence = async (v, db, texts) => texts["conditions.role.said", await SayRole(v.Role, db, texts)].Value,
    };

    /// <summary>Joined between two days in the site's time zone, or within the last days.</summary>
    public static readonly MemberCondition<JoinedBetween> Joined = new("members.joined")
    {
        Fields = ["from", "to", "joined-days"],
        Part = typeof(JoinedPart),
        FromForm = (fields, problems, texts) =>
            DaysWithin.Read(fields, "from", "to", "joined-days", problems, texts) is { } read
                ? new(read.From, read.To) { Days = read.Days }
                : null,
        ToForm = v => new DaysWithin(v.From, v.To, v.Days).Write("from", "to", "joined-days"),
        Where = (v, db) => JoinedWithin(new DaysWithin(v.From, v.To, v.Days).Within(db)),
        Sentence = (v, _, texts) => Task.FromResult(new DaysWithin(v.From, v.To, v.Days).Say("conditions.joined", texts)),
    };

    static Expression<Func<Member, bool>> JoinedWithin((DateTime Start, DateTime End) days) =>
        m => m.JoinedAt >= days.Start && m.JoinedAt < days.End;

    /// <summary>Last signed in between two days in the site's time zone, or within the last days.</summary>
    public static readonly MemberCondition<DaysWithin> Seen = new("members.seen")
    {
        Fields = ["seen-from", "seen-to", "seen-days"],
        Part = typeof(SeenPart),
        FromForm = (fields, problems, texts) => DaysWithin.Read(fields, "seen-from", "seen-to", "seen-days", problems, texts),
        ToForm = v => v.Write("seen-from", "seen-to", "seen-days"),
        Where = (v, db) => SeenWithin(v.Within(db)),
        Sentence = (v, _, texts) => Task.FromResult(v.Say("conditions.seen", texts)),
    };

    static Expression<Func<Member, bool>> SeenWithin((DateTime Start, DateTime End) days) =>
        m => m.LastSignInAt >= days.Start && m.LastSignInAt < days.End;

    public sealed record Tagged(IReadOnlyList<long> Tags);

    /// <summary>Has one of these tags.</summary>
    public static readonly MemberCondition<Tagged> Tags = new("members.tags")
    {
        Fields = ["tag"],
        Part = typeof(TagsPart),
        FromForm = (fields, problems, texts) =>
            Ids(fields, "tag", problems, texts) is { Count: > 0 } ids ? new(ids) : null,
        ToForm = v => v.Tags.Select(t => ("tag", t.ToString(CultureInfo.InvariantCulture))),
        Where = (v, db) => WithTags(db.MemberTags, v.Tags),
        Sentence = async (v, db, texts) =>
        {
            var names = await db.Tags.Where(t => v.Tags.Contains(t.Id)).OrderBy(t => t.Name).Select(t => t.Name).ToListAsync();
            if (names.Count < v.Tags.Count) names.Add(texts["conditions.tags.gone"]);
            return texts["conditions.tags.said", string.Join(texts["conditions.or"], names)];
        },
        IsDeleted = async (v, db, ct) => await db.Tags.CountAsync(t => v.Tags.Contains(t.Id), ct) < v.Tags.Count,
    };

    static Expression<Func<Member, bool>> WithTags(IQueryable<MemberTag> given, IReadOnlyList<long> tags) =>
        m => given.Any(t => t.MemberId == m.Id && tags.Contains(t.TagId));

    /// <summary>The ids that a form's boxes sent; none, with a problem added, if one is no number.</summary>
    internal static List<long> Ids(ConditionFields fields, string field, Problems problems, IStringLocalizer texts)
    {
        var chosen = fields.All(field);
        var ids = chosen.Select(t => long.TryParse(t, out var id) ? id : 0).ToList();
        if (!ids.Contains(0)) return [.. ids.Distinct()];
        problems.Add(fields.Name(field), texts["staff.filter.unknown", chosen[ids.IndexOf(0)]]);
        return [];
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
        Where = (v, db) => MayMail.Rule(v.Kind, db.SuppressedNow, db.MailKinds),
        Sentence = async (v, db, texts) =>
            texts[
                "conditions.consent.said",
                (await db.MailKinds.AsNoTracking().FirstOrDefaultAsync(k => k.Id == v.Kind))?.Name
                    ?? texts["conditions.consent.gone"].Value
            ],
        IsDeleted = async (v, db, ct) => !await db.MailKinds.AnyAsync(k => k.Id == v.Kind && k.EndedAt == null, ct),
    };

    public static IEnumerable<MemberCondition> All =>
        [Words, Name, Address, Groups, Tags, State, Role, Joined, Seen, Consent, new SegmentCondition()];
}
