using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>A line of the moderation log: who did what to which topic, post or member, when and why.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">The table it comes from. Of lines with the same time, the lower kind comes first.</param>
/// <param name="Id">The row's id in that table.</param>
/// <param name="Actor">Who did it; null for a former member.</param>
/// <param name="Did">The text key of the action.</param>
/// <param name="Url">The address of the topic, post or member.</param>
/// <param name="About">The topic's title or the member's name; null for a former member.</param>
/// <param name="Post">The post's number.</param>
/// <param name="Reason">Why; empty for none.</param>
/// <param name="MemberId">The member it was done to.</param>
public sealed record ModerationLine(DateTime At, ModerationLineKind Kind, long Id, string? Actor, string Did, string Url, string? About,
    int? Post, string Reason, long? MemberId)
{
    /// <summary>Marks where a page ended.</summary>
    public string Cursor => $"{(long)(At - DateTime.UnixEpoch).TotalMilliseconds}-{(int)Kind}-{Id}";
}

public enum ModerationLineKind { Moderation, Suspension, Lift, Measure, MeasureLift }

/// <summary>
/// What moderators did, newest first: to topics and posts, stored by this module, and to members, stored by Members. Who moderates single
/// boards sees what was done to what is in them now, and of other boards (<see cref="FromTo"/>) what they may read.
/// </summary>
public static class ModerationLog
{
    public const int PageSize = 50;

    public static async Task<(List<ModerationLine> Lines, string? Older)> Page(
        SiteDb db,
        Reader reader,
        LogFilter filter,
        string? before,
        CancellationToken ct = default
    )
    {
        var end = Parse(before);
        var (asked, members) = (Pages.Asked(PageSize), db.Members);
        // Where to continue in a table: lines with the same time as the previous page's last one may still be to come.
        (DateTime At, long Id) From(ModerationLineKind kind) => (end.At, kind > end.Kind ? long.MaxValue : kind == end.Kind ? end.Id : 0);

        var (at, id) = From(ModerationLineKind.Moderation);
        var (all, self) = (reader.Moderates(), reader.Id);
        var (yours, places, posts) = (db.Boards.ModeratedBy(reader, b => b.Id), db.FormerPlaces, db.Posts);
        var rows = await filter.Apply(db.ModerationLog, db)
            // What was done to a member is of the whole site. A topic that was merged is where the post is that opened it.
            .Where(m => all || (m.TopicId == null ? m.ActorId == self
                : m.Topic!.MergedInto == null ? yours.Any(b => b.Id == m.Topic.BoardId)
                : places.Any(f => f.TopicId == m.TopicId && f.Number == 1
                    && posts.Any(p => p.Id == f.PostId && yours.Any(b => b.Id == p.BoardId)))))
            .Where(m => m.At < at || (m.At == at && m.Id < id))
            .OrderByDescending(m => m.At).ThenByDescending(m => m.Id).Take(asked)
            .Select(m => new
            {
                m.At,
                m.Id,
                Actor = m.Actor!.Name,
                m.Act,
                Key = m.Topic!.Board.Key,
                m.TopicId,
                Title = m.Topic.Title,
                m.PostNumber,
                m.Reason,
                m.MemberId,
                Name = members.Where(a => a.Id == m.MemberId).Select(a => a.Name).FirstOrDefault(),
            })
            .ToListAsync(ct);
        var shown = await FromTo.ShownTo(db, reader, rows.ConvertAll(m => (m.Act, m.Reason)), ct);
        var acts = rows.Select(m => m.TopicId is { } topic
            ? new ModerationLine(m.At, ModerationLineKind.Moderation, m.Id, m.Actor, "boards.did." + m.Act,
                Topic.UrlOf(m.Key, topic) + (m.PostNumber is { } number ? $"/posts/{number}" : ""), m.Title, m.PostNumber,
                shown(m.Act, m.Reason), null)
            : new ModerationLine(m.At, ModerationLineKind.Moderation, m.Id, m.Actor, "boards.did." + m.Act,
                DossierPage.UrlOf(m.MemberId ?? 0), m.Name, null, m.Reason, m.MemberId));

        // Suspensions are of the whole site, and personal data.
        if (!reader.Moderates() || filter.Board is not null) return Cut(acts);

        (at, id) = From(ModerationLineKind.Suspension);
        var suspended = (await Of(db.Suspensions, LogFilter.Suspend, s => s.MemberId, s => s.SuspendedBy, s => s.At)
            .Where(s => s.At < at || (s.At == at && s.Id < id))
            .OrderByDescending(s => s.At).ThenByDescending(s => s.Id).Take(asked)
            .Select(s => new
            {
                s.At,
                s.Id,
                s.MemberId,
                s.Reason,
                Actor = members.Where(m => m.Id == s.SuspendedBy).Select(m => m.Name).FirstOrDefault(),
                Name = members.Where(m => m.Id == s.MemberId).Select(m => m.Name).FirstOrDefault(),
            }).ToListAsync(ct))
            .Select(s => About(s.At, ModerationLineKind.Suspension, s.Id, s.Actor, "boards.did.Suspend", s.MemberId, s.Name, s.Reason));

        (at, id) = From(ModerationLineKind.Lift);
        var lifted = (await Of(db.Suspensions, LogFilter.Lift, s => s.MemberId, s => s.LiftedBy, s => s.LiftedAt)
            .Where(s => s.LiftedAt != null && (s.LiftedAt < at || (s.LiftedAt == at && s.Id < id)))
            .OrderByDescending(s => s.LiftedAt).ThenByDescending(s => s.Id).Take(asked)
            .Select(s => new
            {
                At = s.LiftedAt!.Value,
                s.Id,
                s.MemberId,
                Actor = members.Where(m => m.Id == s.LiftedBy).Select(m => m.Name).FirstOrDefault(),
                Name = members.Where(m => m.Id == s.MemberId).Select(m => m.Name).FirstOrDefault(),
            }).ToListAsync(ct))
            .Select(s => About(s.At, ModerationLineKind.Lift, s.Id, s.Actor, "boards.did.Lift", s.MemberId, s.Name, ""));

        (at, id) = From(ModerationLineKind.Measure);
        var warnings = filter.Takes(nameof(MeasureKind.Warning));
        var silences = filter.Takes(nameof(MeasureKind.Silence));
        var measures = db.Measures.Where(m => m.Kind == MeasureKind.Warning ? warnings : silences);
        var taken = (await filter.Apply(measures, db.Site, m => m.MemberId, m => m.MadeBy, m => m.At)
            .Where(m => m.At < at || (m.At == at && m.Id < id))
            .OrderByDescending(m => m.At).ThenByDescending(m => m.Id).Take(asked)
            .Select(m => new
            {
                m.At,
                m.Id,
                m.Kind,
                m.MemberId,
                m.Reason,
                Actor = members.Where(a => a.Id == m.MadeBy).Select(a => a.Name).FirstOrDefault(),
                Name = members.Where(a => a.Id == m.MemberId).Select(a => a.Name).FirstOrDefault(),
            }).ToListAsync(ct))
            .Select(m => About(m.At, ModerationLineKind.Measure, m.Id, m.Actor, "boards.did." + m.Kind, m.MemberId, m.Name, m.Reason));

        (at, id) = From(ModerationLineKind.MeasureLift);
        var ended = (await Of(db.Measures, LogFilter.EndSilence, m => m.MemberId, m => m.LiftedBy, m => m.LiftedAt)
            .Where(m => m.LiftedAt != null && (m.LiftedAt < at || (m.LiftedAt == at && m.Id < id)))
            .OrderByDescending(m => m.LiftedAt).ThenByDescending(m => m.Id).Take(asked)
            .Select(m => new
            {
                At = m.LiftedAt!.Value,
                m.Id,
                m.MemberId,
                Actor = members.Where(a => a.Id == m.LiftedBy).Select(a => a.Name).FirstOrDefault(),
                Name = members.Where(a => a.Id == m.MemberId).Select(a => a.Name).FirstOrDefault(),
            }).ToListAsync(ct))
            .Select(m => About(m.At, ModerationLineKind.MeasureLift, m.Id, m.Actor, "boards.did.EndSilence", m.MemberId, m.Name, ""));

        return Cut(acts.Concat(suspended).Concat(lifted).Concat(taken).Concat(ended));

        IQueryable<T> Of<T>(IQueryable<T> all, string kind, Expression<Func<T, long>> member, Expression<Func<T, long?>> by,
            Expression<Func<T, DateTime?>> at) where T : class =>
            filter.Apply(filter.Takes(kind) ? all : all.Where(r => false), db.Site, member, by, at);
    }

    static (List<ModerationLine> Lines, string? Older) Cut(IEnumerable<ModerationLine> found)
    {
        List<ModerationLine> lines =
            [.. found.OrderByDescending(l => l.At).ThenBy(l => l.Kind).ThenByDescending(l => l.Id).Take(Pages.Asked(PageSize))];
        return (lines, Pages.TrimToPage(lines, PageSize) ? lines[^1].Cursor : null);
    }

    static ModerationLine About(DateTime at, ModerationLineKind kind, long id, string? actor, string did, long member, string? name,
        string reason) =>
        new(at, kind, id, actor, did, DossierPage.UrlOf(member), name, null, reason, member);

    static (DateTime At, ModerationLineKind Kind, long Id) Parse(string? before) =>
        before?.Split('-') is [var ms, var kind, var id] && long.TryParse(ms, out var time) && time is >= 0 and < 253402300800000
            && int.TryParse(kind, out var which) && long.TryParse(id, out var number)
            ? (DateTime.UnixEpoch.AddMilliseconds(time), (ModerationLineKind)which, number)
            : (new DateTime(9999, 1, 1, 0, 0, 0, DateTimeKind.Utc), default, 0);
}
