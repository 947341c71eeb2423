using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Statistics;

/// <summary>What was written on a day, counted from the posts of that day: those that can be read now.</summary>
public sealed record DayCount(IReadOnlyList<BoardDay> Boards, IReadOnlyList<TopicDay> Topics, IReadOnlyList<AuthorDay> Authors)
{
    const int Hour = 3600, Day = 24 * Hour, Week = 7 * Day;

    /// <summary>
    /// Reads each board's index of posts by time, and of each topic that was started the posts up to its first answer.
    /// </summary>
    public static async Task<DayCount> Of(SiteDb db, DateOnly day, CancellationToken ct)
    {
        var (from, to) = (WallClock.StartOf(day, db.Site.Zone), WallClock.StartOf(day.AddDays(1), db.Site.Zone));
        var all = db.Posts.AsNoTracking();
        // Without its boards a day is found only by reading all posts: the index of all by time leaves out what an import brought.
        var boards = await db.Boards.Select(b => b.Id).ToListAsync(ct);
        var posts = all.Where(p => boards.Contains(p.BoardId) && p.At >= from && p.At < to && p.Topic.HiddenAt == null).Present();
        var topics = await posts.GroupBy(p => new { p.BoardId, p.TopicId })
            .Select(g => new TopicDay
            {
                Day = day,
                TopicId = g.Key.TopicId,
                BoardId = g.Key.BoardId,
                Posts = g.Count(),
            })
            .ToListAsync(ct);
        var openings = await posts.Where(p => p.Number == 1)
            .Select(p => new
            {
                p.TopicId,
                p.At,
                First = all.Where(a => a.TopicId == p.TopicId && a.Number > 1 && a.HiddenAt == null && a.DeletedAt == null
                        // Of an archive all authors may be guests: names tell them apart.
                        && (a.AuthorId != p.AuthorId || (a.AuthorId == null && a.GuestName != p.GuestName)))
                    .OrderBy(a => a.Number).Select(a => (DateTime?)a.At).FirstOrDefault(),
            })
            .ToDictionaryAsync(p => p.TopicId, ct);
        foreach (var topic in topics)
            if (openings.GetValueOrDefault(topic.TopicId) is { } opening)
                // A clock that was set back, or an archive, may have an answer from before the question.
                (topic.Opens, topic.AnsweredAfter) =
                    (true, opening.First is { } first ? Math.Max(0, (long)(first - opening.At).TotalSeconds) : null);
        var authors = await posts.Where(p => p.AuthorId != null).GroupBy(p => new { p.BoardId, AuthorId = p.AuthorId!.Value })
            .Select(g => new AuthorDay { Day = day, BoardId = g.Key.BoardId, AuthorId = g.Key.AuthorId, Posts = g.Count() })
            .ToListAsync(ct);
        return new([.. topics.GroupBy(t => t.BoardId).Select(g => Board(day, g.Key, [.. g]))], topics, authors);
    }

    static BoardDay Board(DateOnly day, long board, List<TopicDay> topics)
    {
        var opened = topics.FindAll(t => t.Opens);
        return new()
        {
            Day = day,
            BoardId = board,
            Posts = topics.Sum(t => t.Posts),
            Topics = opened.Count,
            Unanswered = opened.Count(t => t.AnsweredAfter is null),
            InHour = opened.Count(t => t.AnsweredAfter < Hour),
            InDay = opened.Count(t => t.AnsweredAfter is >= Hour and < Day),
            InWeek = opened.Count(t => t.AnsweredAfter is >= Day and < Week),
            Later = opened.Count(t => t.AnsweredAfter >= Week),
        };
    }

    /// <summary>The same as lines of text, in order: two counts are equal if their lines are.</summary>
    internal IEnumerable<string> Lines() =>
        Boards.Select(b =>
                $"board {b.BoardId}: {b.Posts} {b.Topics} {b.Unanswered} {b.InHour} {b.InDay} {b.InWeek} {b.Later}")
            .Concat(Topics.Select(t => $"topic {t.TopicId}: {t.BoardId} {t.Posts} {t.Opens} {t.AnsweredAfter}"))
            .Concat(Authors.Select(a => $"author {a.AuthorId}: {a.BoardId} {a.Posts}"))
            .Order(StringComparer.Ordinal);
}
