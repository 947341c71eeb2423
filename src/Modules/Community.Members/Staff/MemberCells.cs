using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The contents of a page of the list of members, loaded with one query a column at most.</summary>
public sealed class MemberCells
{
    public static readonly MemberCells None = new();

    readonly Dictionary<string, IReadOnlyDictionary<long, string>> loaded = [];
    readonly Dictionary<long, List<Tag>> tags = [];
    bool seesEmail;
    IStringLocalizer? words;
    IReadOnlyDictionary<string, StaffRole> roles = new Dictionary<string, StaffRole>();

    /// <summary>The names of the data shown, for the audit log.</summary>
    public string Fields { get; private set; } = "name";

    public static async Task<MemberCells> Load(
        IReadOnlyList<Member> members,
        IReadOnlyList<MemberColumn> columns,
        bool seesEmail,
        SiteDb db,
        IStringLocalizer texts,
        CancellationToken ct
    )
    {
        var (cells, ids) = (new MemberCells { seesEmail = seesEmail, words = texts }, members.Select(m => m.Id).ToList());
        var all = db.Members;
        foreach (var column in columns)
        {
            if (column.Load is { } load) cells.loaded[column.Key] = await load(db, ids, ct);
            else if (column.Key is "groups")
                cells.loaded["groups"] = Joined(
                    await db.GroupMemberships.Where(g => ids.Contains(g.MemberId) && g.JoinedAt != null).OrderBy(g => g.Group.Name)
                        .Select(g => new ValueTuple<long, string>(g.MemberId, g.Group.Name)).ToListAsync(ct),
                    texts
                );
            else if (column.Key is "consents")
            {
                var named = await db.MailKinds.AsNoTracking().Offered().ToListAsync(ct);
                var granted = await db.ConsentStates.AsNoTracking().Where(c => ids.Contains(c.MemberId) && c.Granted)
                    .Where(c => all.Any(m => m.Id == c.MemberId && (m.MailStoppedAt == null || c.Since >= m.MailStoppedAt)))
                    .ToListAsync(ct);
                cells.loaded["consents"] = Joined(
                    named.SelectMany(k => granted.Where(c => c.KindId == k.Id).Select(c => (c.MemberId, k.Name))),
                    texts
                );
            }
            else if (column.Key is "role")
                cells.roles = await db.StaffRoles.AsNoTracking().ToDictionaryAsync(r => r.Key, ct);
            else if (column.Key is "tags")
                foreach (var (member, tag) in await db.MemberTags.Where(t => ids.Contains(t.MemberId))
                    .Join(db.Tags, t => t.TagId, t => t.Id, (given, tag) => new { given.MemberId, Tag = tag }).OrderBy(t => t.Tag.Name)
                    .Select(t => new ValueTuple<long, Tag>(t.MemberId, t.Tag)).ToListAsync(ct))
                    (cells.tags.TryGetValue(member, out var has) ? has : cells.tags[member] = []).Add(tag);
        }
        cells.Fields = string.Join(' ', columns.Where(c => c.Key != "email" || seesEmail).Select(c => c.Key).Prepend("name"));
        return cells;
    }

    static Dictionary<long, string> Joined(IEnumerable<(long Member, string Text)> rows, IStringLocalizer texts) =>
        rows.GroupBy(r => r.Member).ToDictionary(g => g.Key, g => string.Join(texts["members.list"], g.Select(r => r.Text)));

    const string Nothing = "–";

    /// <summary>A cell: what is there, masked, or a dash for nothing.</summary>
    public RenderFragment Of(MemberColumn column, Member member) =>
        builder =>
        {
            switch (column.Key)
            {
                case "email":
                    builder.OpenComponent<EmailOf>(0);
                    builder.AddComponentParameter(1, nameof(EmailOf.MemberId), member.Id);
                    builder.AddComponentParameter(2, nameof(EmailOf.Email), member.Email);
                    builder.AddComponentParameter(3, nameof(EmailOf.Visible), seesEmail);
                    builder.CloseComponent();
                    break;
                case "state":
                    builder.OpenComponent<MemberBadge>(0);
                    builder.AddComponentParameter(1, nameof(MemberBadge.State), member.State);
                    builder.CloseComponent();
                    break;
                case "joined":
                    Day(member.JoinedAt);
                    break;
                case "sign-ins" when member.LastSignInAt is { } seen:
                    Day(seen);
                    break;
                case "role":
                    builder.AddContent(0, member.Role is null ? Nothing : StaffRoles.NameOf(member.Role, roles, words!));
                    break;
                case "language":
                    builder.AddContent(
                        0,
                        member.Language is null ? words!["members.language.site"].Value : words!.In(member.Language, "web.language")
                    );
                    break;
                case "tags" when tags.TryGetValue(member.Id, out var has):
                    foreach (var tag in has)
                    {
                        builder.OpenComponent<TagBadge>(0);
                        builder.AddComponentParameter(1, nameof(TagBadge.Tag), tag);
                        builder.CloseComponent();
                        builder.AddContent(2, " ");
                    }
                    break;
                default:
                    builder.AddContent(
                        0,
                        loaded.TryGetValue(column.Key, out var all) && all.TryGetValue(member.Id, out var text) ? text : Nothing
                    );
                    break;
            }

            void Day(DateTime at)
            {
                builder.OpenComponent<Moment>(0);
                builder.AddComponentParameter(1, nameof(Moment.Utc), at);
                builder.AddComponentParameter(2, nameof(Moment.DateOnly), true);
                builder.CloseComponent();
            }
        };
}
