using System.Globalization;
using System.Linq.Expressions;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// The results of a mailing by what its recipients have in common: a segment, or the value of an attribute. Counted when it is asked, by
/// what members have today; no single person is to be found in it, nor in what its numbers leave of
/// each other.
/// </summary>
public static class GroupedResults
{
    /// <summary>Smaller groups are not shown by themselves, and neither is what numbers that are shown leave of each other.</summary>
    public const int MinGroup = 5;
    const int MaxSegments = 20;
    /// <summary>Of a mailing to more, each segment is looked at alone: to ask all of them of all recipients would take a minute.</summary>
    public const int MaxForAllSegments = 200_000;
    const string BySegment = "segments";

    /// <param name="Name">Of the group; empty for those without a value.</param>
    /// <param name="IsRest">The groups that are too small to be shown.</param>
    public sealed record Row(string Name, int Sent, int Bounced, int Opened, int Clicked, bool IsRest = false);

    public static string NameOf(Row row, IStringLocalizer texts) =>
        row.IsRest ? texts["mailing.results.by.rest"] : row.Name.Length > 0 ? row.Name : texts["mailing.no-value"];

    /// <summary>What the results can be looked at by: only what the reader may see of members.</summary>
    public static async Task<IReadOnlyList<(string Value, string Text)>> Choices(
        SiteDb db, Reader reader, IStringLocalizer texts, int sent)
    {
        var language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;
        var choices = (await db.Attributes()).VisibleTo(reader).Where(IsGrouping).Select(a => (KeyOf(a), a.Label(language))).ToList();
        var segments = await Segments(db, reader);
        choices.InsertRange(0, segments.Select(s => (KeyOf(s), texts["mailing.results.by.segment", s.Name].Value)));
        if (segments.Count > 0 && sent <= MaxForAllSegments) choices.Insert(0, (BySegment, texts["mailing.results.by.segments"].Value));
        return choices;
    }

    static string KeyOf(Segment segment) => string.Create(CultureInfo.InvariantCulture, $"s{segment.Id}");
    static string KeyOf(MemberAttribute attribute) => string.Create(CultureInfo.InvariantCulture, $"a{attribute.Id}");

    /// <summary>One value a member, of few that many have.</summary>
    static bool IsGrouping(MemberAttribute attribute) =>
        attribute.RetypingSince is null
        && attribute.Type is AttributeType.OneOf or AttributeType.Prefecture or AttributeType.Country or AttributeType.YesNo;

    static async Task<List<Segment>> Segments(SiteDb db, Reader reader)
    {
        var open = new List<Segment>();
        if (!reader.May(MembersPermissions.Search)) return open;
        foreach (var segment in (await Latest(db)).OrderBy(s => s.Name, StringComparer.Ordinal))
            if (await segment.Chosen.IsOpenTo(reader, db)) open.Add(segment);
        return open;
    }

    /// <summary>The segments that anybody can look at, the oldest first.</summary>
    static async Task<List<Segment>> Latest(SiteDb db, CancellationToken ct = default) =>
        [
            .. (await db.Segments.AsNoTracking().Where(s => s.FrozenAt == null || s.Count != null).OrderByDescending(s => s.Id)
                .Take(MaxSegments).ToListAsync(ct)).OrderBy(s => s.Id),
        ];

    /// <summary>Empty for what cannot be chosen.</summary>
    public static async Task<IReadOnlyList<Row>> Of(SiteDb db, Mailing mailing, string by, Reader reader, CancellationToken ct = default)
    {
        if (by.StartsWith('s'))
            return await OfSegments(
                db, mailing, [.. (await Segments(db, reader)).Where(s => by == BySegment || KeyOf(s) == by).Select(s => s.Id)], ct);
        var attribute = (await db.Attributes(ct)).VisibleTo(reader).FirstOrDefault(a => IsGrouping(a) && KeyOf(a) == by);
        return attribute is null ? [] : Shown(await OfAttribute(db, mailing, attribute, ct));
    }

    static IQueryable<long> Sent(SiteDb db, long id) =>
        db.Deliveries.Where(d => d.MailingId == id && d.State == DeliveryState.Accepted).Select(d => d.MemberId);

    static IQueryable<long> Bounced(SiteDb db, long id)
    {
        var accepted = db.Deliveries.Where(d => d.MailingId == id && d.State == DeliveryState.Accepted);
        return db.Returns.Where(r => r.MailingId == id && r.Kind == ReturnKind.Bounce && accepted.Any(d => d.Id == r.DeliveryId))
            .Select(r => r.MemberId).Distinct();
    }

    static IQueryable<long> Did(SiteDb db, long id, EngagementKind kind) =>
        db.Engagements.Where(e => e.MailingId == id && e.MemberId != null && e.Verdict == Verdict.Human && e.Counted && e.Kind == kind)
            .Select(e => e.MemberId!.Value).Distinct();

    static async Task<List<Row>> OfAttribute(SiteDb db, Mailing mailing, MemberAttribute attribute, CancellationToken ct)
    {
        var rows = db.AttributeValues.Where(v => v.AttributeId == attribute.Id && v.Item == 0);
        async Task<Dictionary<(string?, long?, decimal?), int>> Count(IQueryable<long> members) =>
            (await members
                .GroupJoin(rows, m => m, v => v.MemberId, (m, vs) => new { m, vs })
                .SelectMany(j => j.vs.DefaultIfEmpty(), (j, v) => new { j.m, v!.Text, v.OptionId, v.Number })
                .GroupBy(j => new { j.Text, j.OptionId, j.Number })
                .Select(g => new { g.Key.Text, g.Key.OptionId, g.Key.Number, N = g.Count() })
                .ToListAsync(ct))
            .ToDictionary(g => (g.Text, g.OptionId, g.Number), g => g.N);

        var language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;
        var (sent, bounced) = (await Count(Sent(db, mailing.Id)), await Count(Bounced(db, mailing.Id)));
        var (opened, clicked) =
            (await Count(Did(db, mailing.Id, EngagementKind.Open)), await Count(Did(db, mailing.Id, EngagementKind.Click)));
        return
        [
            .. sent.Keys.Select(k => new Row(
                k is (null, null, null) ? "" : attribute.Format(
                    new()
                    {
                        Type = attribute.Type,
                        Text = k.Item1,
                        Options = k.Item2 is { } option ? [option] : [],
                        Number = k.Item3,
                    },
                    language),
                sent[k],
                bounced.GetValueOrDefault(k),
                opened.GetValueOrDefault(k),
                clicked.GetValueOrDefault(k)
            )),
        ];
    }

    /// <summary>
    /// Puts the small groups together, and as many of the next ones that nobody can be found in what is left by taking the others from all.
    /// </summary>
    public static IReadOnlyList<Row> Shown(IReadOnlyCollection<Row> all)
    {
        var rest = new Row("", 0, 0, 0, 0, IsRest: true);
        var left = new Queue<Row>(all.OrderBy(r => r.Sent).ThenBy(r => r.Name, StringComparer.Ordinal));
        while (left.TryPeek(out var next) && (next.Sent < MinGroup || rest.Sent is > 0 and < MinGroup))
        {
            left.Dequeue();
            rest = rest with
            {
                Sent = rest.Sent + next.Sent,
                Bounced = rest.Bounced + next.Bounced,
                Opened = rest.Opened + next.Opened,
                Clicked = rest.Clicked + next.Clicked,
            };
        }
        return
        [
            .. left.OrderByDescending(r => r.Sent).ThenBy(r => r.Name, StringComparer.Ordinal),
            .. rest.Sent >= MinGroup ? new[] { rest } : [],
        ];
    }

    /// <summary>
    /// All segments are looked at together, whichever of them are asked for: who makes one with a condition more, or looks at one after the
    /// other, would else find in the difference whom the condition takes out.
    /// </summary>
    static async Task<IReadOnlyList<Row>> OfSegments(SiteDb db, Mailing mailing, HashSet<long> wanted, CancellationToken ct)
    {
        if (wanted.Count == 0) return [];
        var segments = await Latest(db, ct);
        var members = new List<IQueryable<long>>();
        foreach (var segment in segments) members.Add((await segment.AsChosen.Apply(db.Members, db, ct)).Select(m => m.Id));
        var places = Places(members);
        Task<Dictionary<int, int>> In(IQueryable<long> of) =>
            of.Select(places).GroupBy(p => p).Select(g => new { g.Key, N = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.N, ct);
        var sent = await In(Sent(db, mailing.Id));
        if (wanted.Count > 1 && sent.Values.Sum() > MaxForAllSegments) return [];
        var shown = Apart(sent, segments.Count);
        if (shown != 0)
            foreach (var attribute in (await db.Attributes(ct)).All.Where(IsGrouping))
                shown &= ~Near(await Values(db, mailing, attribute, places, ct), sent, segments.Count);
        if (shown != 0) shown &= ~Near(await Domains(db, mailing, places, ct), sent, segments.Count);
        var asked = segments.Index().Where(s => (shown & (1 << s.Index)) != 0 && wanted.Contains(s.Item.Id)).ToList();
        if (asked.Count == 0) return [];
        var (bounced, opened, clicked) = (
            await In(Bounced(db, mailing.Id)),
            await In(Did(db, mailing.Id, EngagementKind.Open)),
            await In(Did(db, mailing.Id, EngagementKind.Click))
        );
        return
        [
            .. asked.OrderBy(s => s.Item.Name, StringComparer.Ordinal).Select(s => new Row(
                s.Item.Name, Among(sent, s.Index), Among(bounced, s.Index), Among(opened, s.Index), Among(clicked, s.Index))),
        ];
    }

    /// <summary>In which of the segments a member is, as bits.</summary>
    static Expression<Func<long, int>> Places(List<IQueryable<long>> segments)
    {
        var member = Expression.Parameter(typeof(long), "m");
        Expression places = Expression.Constant(0);
        foreach (var (i, segment) in segments.Index())
            places = Expression.Add(places, Expression.Condition(
                Expression.Call(typeof(Queryable), nameof(Queryable.Contains), [typeof(long)], segment.Expression, member),
                Expression.Constant(1 << i),
                Expression.Constant(0)));
        return Expression.Lambda<Func<long, int>>(places, member);
    }

    /// <summary>Of counts by the bits of segments, those who are in one of them.</summary>
    static int Among(IEnumerable<KeyValuePair<int, int>> counts, int segment) =>
        counts.Where(c => (c.Key & (1 << segment)) != 0).Sum(c => c.Value);

    /// <summary>
    /// The segments that can be shown beside each other, as bits; older ones come first. Those who are in the same of them are none or at
    /// least <see cref="MinGroup"/>, and so is whatever sums and differences of their numbers can be about.
    /// </summary>
    /// <param name="sent">How many recipients are in the same segments, by the bits of these.</param>
    /// <param name="count">How many segments there are.</param>
    public static int Apart(IReadOnlyDictionary<int, int> sent, int count)
    {
        var shown = 0;
        for (var i = 0; i < count; i++)
        {
            var with = shown | (1 << i);
            var parts = sent.GroupBy(s => s.Key & with).Select(g => (In: g.Key, N: g.Sum(s => s.Value))).ToList();
            if (parts.Exists(p => (p.In & (1 << i)) != 0) && parts.TrueForAll(p => p.N is 0 or >= MinGroup)) shown = with;
        }
        return shown;
    }

    /// <summary>
    /// The segments that are the same as a group by an attribute, or as all the others, but for a few persons: the difference of the two
    /// numbers would tell of these.
    /// </summary>
    /// <param name="groups">Recipients by value, by the bits of the segments in which they are.</param>
    /// <param name="sent">All recipients, by these bits.</param>
    /// <param name="count">How many segments there are.</param>
    public static int Near(IReadOnlyList<Dictionary<int, int>> groups, IReadOnlyDictionary<int, int> sent, int count)
    {
        static Dictionary<int, int> Sum(IEnumerable<KeyValuePair<int, int>> all) =>
            all.GroupBy(c => c.Key).ToDictionary(g => g.Key, g => g.Sum(c => c.Value));

        var total = sent.Values.Sum();
        var given = Sum(groups.SelectMany(g => g));
        var without = sent.ToDictionary(s => s.Key, s => s.Value - given.GetValueOrDefault(s.Key));
        // As Shown puts them together.
        var (shown, rest) = (new List<Dictionary<int, int>>(), new Dictionary<int, int>());
        foreach (var next in groups.Append(without).Where(g => g.Values.Sum() > 0).OrderBy(g => g.Values.Sum()))
            if (next.Values.Sum() < MinGroup || rest.Values.Sum() is > 0 and < MinGroup) rest = Sum(rest.Concat(next));
            else shown.Add(next);
        var near = 0;
        for (var i = 0; i < count; i++)
            foreach (var group in shown.Append(rest).Where(g => g.Values.Sum() >= MinGroup))
            {
                var differ = Among(sent, i) + group.Values.Sum() - 2 * Among(group, i);
                if (differ is > 0 and < MinGroup || total - differ is > 0 and < MinGroup) near |= 1 << i;
            }
        return near;
    }

    /// <summary>Recipients by the domain of their address, by the bits of the segments in which they are.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Performance", "CA1866:Use char overload", Justification = "Npgsql's provider does not translate it.")]
    static async Task<List<Dictionary<int, int>>> Domains(
        SiteDb db, Mailing mailing, Expression<Func<long, int>> places, CancellationToken ct)
    {
        var sent = Sent(db, mailing.Id);
        Expression<Func<Member, string>> domain = m => m.NormalizedEmail!.Substring(m.NormalizedEmail!.IndexOf("@") + 1);
        var member = domain.Parameters[0];
        var at = ReplacingExpressionVisitor.Replace(places.Parameters[0], Expression.Property(member, nameof(Member.Id)), places.Body);
        var placed = Expression.Lambda<Func<Member, Placed>>(
            Expression.MemberInit(
                Expression.New(typeof(Placed)),
                Expression.Bind(typeof(Placed).GetProperty(nameof(Placed.Text))!, domain.Body),
                Expression.Bind(typeof(Placed).GetProperty(nameof(Placed.In))!, at)),
            member);
        var counts = await db.Members.Where(m => sent.Contains(m.Id)).Select(placed).GroupBy(p => new { p.Text, p.In })
            .Select(g => new { g.Key.Text, g.Key.In, N = g.Count() }).ToListAsync(ct);
        var domains = counts.GroupBy(c => c.Text).OrderByDescending(g => g.Sum(c => c.N)).ToList();
        // Those without a line of their own are one.
        return
        [
            .. domains.Take(MailingDomain.MaxDomains).Select(g => g.ToDictionary(c => c.In, c => c.N)),
            domains.Skip(MailingDomain.MaxDomains).SelectMany(g => g).GroupBy(c => c.In).ToDictionary(g => g.Key, g => g.Sum(c => c.N)),
        ];
    }

    sealed class Placed
    {
        public string? Text { get; set; }
        public long? OptionId { get; set; }
        public decimal? Number { get; set; }
        public int In { get; set; }
    }

    /// <summary>Recipients by their value of an attribute, by the bits of the segments in which they are.</summary>
    static async Task<List<Dictionary<int, int>>> Values(
        SiteDb db, Mailing mailing, MemberAttribute attribute, Expression<Func<long, int>> places, CancellationToken ct)
    {
        var sent = Sent(db, mailing.Id);
        var rows = db.AttributeValues.Where(v => v.AttributeId == attribute.Id && v.Item == 0 && sent.Contains(v.MemberId));
        var value = Expression.Parameter(typeof(AttributeValue), "v");
        var at = ReplacingExpressionVisitor.Replace(
            places.Parameters[0], Expression.Property(value, nameof(AttributeValue.MemberId)), places.Body);
        MemberAssignment Same(string name) => Expression.Bind(typeof(Placed).GetProperty(name)!, Expression.Property(value, name));
        var placed = Expression.Lambda<Func<AttributeValue, Placed>>(
            Expression.MemberInit(
                Expression.New(typeof(Placed)),
                Same(nameof(Placed.Text)),
                Same(nameof(Placed.OptionId)),
                Same(nameof(Placed.Number)),
                Expression.Bind(typeof(Placed).GetProperty(nameof(Placed.In))!, at)),
            value);
        var counts = await rows.Select(placed).GroupBy(p => new { p.Text, p.OptionId, p.Number, p.In })
            .Select(g => new { g.Key.Text, g.Key.OptionId, g.Key.Number, g.Key.In, N = g.Count() }).ToListAsync(ct);
        return [.. counts.GroupBy(c => (c.Text, c.OptionId, c.Number)).Select(g => g.ToDictionary(c => c.In, c => c.N))];
    }
}
