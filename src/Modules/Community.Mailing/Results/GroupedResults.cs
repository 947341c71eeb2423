using System.Globalization;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// The results of a mailing by what its recipients have in common: a segment, or the value of an attribute. Counted when it is asked, by
/// what members have today; no single person is to be found in it.
/// </summary>
public static class GroupedResults
{
    /// <summary>Smaller groups are not shown by themselves, and neither is what is left of all others.</summary>
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
        foreach (var segment in await db.Segments.AsNoTracking().OrderBy(s => s.Name).Take(MaxSegments * 2).ToListAsync())
            if (segment.IsReady && open.Count < MaxSegments && await segment.Chosen.IsOpenTo(reader, db)) open.Add(segment);
        return open;
    }

    /// <summary>Empty for what cannot be chosen.</summary>
    public static async Task<IReadOnlyList<Row>> Of(SiteDb db, Mailing mailing, string by, Reader reader, CancellationToken ct = default)
    {
        if (by.StartsWith('s'))
            return await OfSegments(
                db, mailing, (await Segments(db, reader)).FindAll(s => by == BySegment || KeyOf(s) == by), ct);
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
        return [.. left.OrderByDescending(r => r.Sent).ThenBy(r => r.Name, StringComparer.Ordinal), .. rest.Sent > 0 ? new[] { rest } : []];
    }

    static async Task<IReadOnlyList<Row>> OfSegments(SiteDb db, Mailing mailing, List<Segment> segments, CancellationToken ct)
    {
        var all = segments.Count == 0 ? 0 : await Sent(db, mailing.Id).CountAsync(ct);
        if (segments.Count > 1 && all > MaxForAllSegments) return [];
        var rows = new List<Row>();
        foreach (var segment in segments)
        {
            var members = (await segment.AsChosen.Apply(db.Members, db, ct)).Select(m => m.Id);
            Task<int> In(IQueryable<long> of) => of.CountAsync(m => members.Contains(m), ct);
            var sent = await In(Sent(db, mailing.Id));
            // Who is outside could be told as well as who is inside.
            if (sent < MinGroup || all - sent is > 0 and < MinGroup) continue;
            rows.Add(new(
                segment.Name,
                sent,
                await In(Bounced(db, mailing.Id)),
                await In(Did(db, mailing.Id, EngagementKind.Open)),
                await In(Did(db, mailing.Id, EngagementKind.Click))
            ));
        }
        return rows;
    }
}
