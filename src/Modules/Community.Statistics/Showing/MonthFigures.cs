using System.Linq.Expressions;
using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Statistics;

/// <summary>What happened in a period: a day, a week or a month.</summary>
/// <param name="From">Its first day.</param>
public sealed record PeriodFigures(DateOnly From)
{
    /// <summary>Members who were here in it.</summary>
    public int Active { get; init; }
    public int Joined { get; init; }
    public int Left { get; init; }
    public int Returned { get; init; }
    public int Posts { get; init; }
    /// <summary>Topics started in boards where members answer.</summary>
    public int Topics { get; init; }
    public int Unanswered { get; init; }
    public int InHour { get; init; }
    public int InDay { get; init; }
    public int InWeek { get; init; }
    public int Later { get; init; }
}

/// <summary>A board in a month; null for what the reader may not read, all together.</summary>
public sealed record BoardFigures(string? Name, string? Url, int Posts, int Topics, int Unanswered);

public sealed record TopTopic(string Title, string Url, string Board, int Posts);

public sealed record TopAuthor(long Id, string Name, string Url, int Posts);

/// <summary>
/// Reads the counters. Numbers are of the whole site; titles and names of boards come only from boards that the reader may read, and so do
/// the authors who wrote there.
/// </summary>
public sealed class MonthFigures(SiteDb db)
{
    const int MaxTop = 10;

    /// <summary>The days from the first to the last, each with a row, also those on which nothing happened.</summary>
    public async Task<IReadOnlyList<PeriodFigures>> Days(DateOnly from, DateOnly to, CancellationToken ct = default)
    {
        var members = await db.SiteDays.AsNoTracking().Where(d => d.Day >= from && d.Day <= to).ToDictionaryAsync(d => d.Day, ct);
        var written = await Written(from, to, ct);
        return
        [
            .. Enumerable.Range(0, Math.Max(0, to.DayNumber - from.DayNumber + 1)).Select(n =>
                Of(from.AddDays(n), members.GetValueOrDefault(from.AddDays(n)), written.GetValueOrDefault(from.AddDays(n)))),
        ];
    }

    /// <summary>The weeks, from Monday, into which the days fall.</summary>
    public async Task<IReadOnlyList<PeriodFigures>> Weeks(DateOnly from, DateOnly to, CancellationToken ct = default)
    {
        var first = StatisticsDb.WeekOf(from);
        var days = await db
            .SiteDays.AsNoTracking()
            .Where(d => d.Day >= first && d.Day < StatisticsDb.WeekOf(to).AddDays(7))
            .ToListAsync(ct);
        var active = days.GroupBy(d => StatisticsDb.WeekOf(d.Day)).ToDictionary(w => w.Key, w => w.Sum(d => d.ActiveOfWeek));
        return
        [
            .. Enumerable.Range(0, (StatisticsDb.WeekOf(to).DayNumber - first.DayNumber) / 7 + 1)
                .Select(n => new PeriodFigures(first.AddDays(n * 7)) { Active = active.GetValueOrDefault(first.AddDays(n * 7)) }),
        ];
    }

    /// <summary>The months in which something was counted, up to this one; without gaps, the oldest first.</summary>
    public async Task<IReadOnlyList<PeriodFigures>> Months(DateOnly last, CancellationToken ct = default)
    {
        var end = last.AddMonths(1);
        // Summed where they are: a site of ten years has days by the thousand, in each board.
        var members = (await db.SiteDays.Where(d => d.Day < end).GroupBy(d => new { d.Day.Year, d.Day.Month })
            .Select(g => new
            {
                g.Key.Year,
                g.Key.Month,
                Active = g.Sum(d => d.ActiveOfMonth),
                Joined = g.Sum(d => d.Joined),
                Left = g.Sum(d => d.Left),
                Returned = g.Sum(d => d.Returned),
                IsUsed = g.Sum(d => d.Joined + d.Left + d.Active) > 0,
            }).ToListAsync(ct)).ToDictionary(m => new DateOnly(m.Year, m.Month, 1));
        var written = (await Sums(db.BoardDays.Where(d => d.Day < end), d => d.Day.AddDays(1 - d.Day.Day), ct)).ToDictionary(w => w.From);
        var used = members.Where(m => m.Value.IsUsed).Select(m => m.Key).Concat(written.Keys).ToList();
        List<PeriodFigures> months = [];
        for (var month = used.Count == 0 ? last : used.Min(); month <= last; month = month.AddMonths(1))
        {
            var of = members.GetValueOrDefault(month);
            months.Add((written.GetValueOrDefault(month) ?? new(month)) with
            {
                Active = of?.Active ?? 0,
                Joined = of?.Joined ?? 0,
                Left = of?.Left ?? 0,
                Returned = of?.Returned ?? 0,
            });
        }
        return months;
    }

    /// <summary>Seconds within which half of the month's answered topics got their first answer; null if none was answered.</summary>
    public async Task<long?> HalfAnsweredAfter(DateOnly month, CancellationToken ct = default)
    {
        var asking = Asking;
        var topics = TopicsOf(month).Where(t => t.Opens && t.AnsweredAfter != null && asking.Any(b => b.Id == t.BoardId));
        var count = await topics.CountAsync(ct);
        return count == 0 ? null
            : await topics.OrderBy(t => t.AnsweredAfter).Select(t => t.AnsweredAfter).Skip((count - 1) / 2).FirstAsync(ct);
    }

    public async Task<IReadOnlyList<BoardFigures>> Boards(DateOnly month, Reader reader, CancellationToken ct = default)
    {
        var end = month.AddMonths(1);
        var figures = await db.BoardDays.AsNoTracking().Where(d => d.Day >= month && d.Day < end).GroupBy(d => d.BoardId)
            .Select(g => new
            {
                g.Key,
                Posts = g.Sum(d => d.Posts),
                Topics = g.Sum(d => d.Topics),
                Unanswered = g.Sum(d => d.Unanswered),
            }).ToListAsync(ct);
        var boards = await db.Boards.AsNoTracking().VisibleTo(reader).ToDictionaryAsync(b => b.Id, ct);
        var shown = figures.Where(f => boards.ContainsKey(f.Key)).OrderByDescending(f => f.Posts).ThenBy(f => f.Key)
            .Select(f => (Board: boards[f.Key], f))
            .Select(f => new BoardFigures(
                f.Board.Name, f.Board.Url, f.f.Posts, f.f.Topics, f.Board.Kind is BoardKind.Interactive ? f.f.Unanswered : 0));
        var others = figures.FindAll(f => !boards.ContainsKey(f.Key));
        return others.Count == 0 ? [.. shown]
            : [.. shown, new(null, null, others.Sum(f => f.Posts), others.Sum(f => f.Topics), others.Sum(f => f.Unanswered))];
    }

    public async Task<IReadOnlyList<TopTopic>> TopTopics(DateOnly month, Reader reader, CancellationToken ct = default)
    {
        var topics = db.Topics.VisibleTo(reader);
        var top = await TopicsOf(month)
            .GroupBy(t => t.TopicId)
            .Select(g => new { g.Key, Posts = g.Sum(t => t.Posts) })
            .Join(
                topics,
                t => t.Key,
                t => t.Id,
                (t, topic) =>
                    new
                    {
                        t.Key,
                        t.Posts,
                        topic.Title,
                        Board = topic.Board.Key,
                        topic.Board.Name,
                    }
            )
            .OrderByDescending(t => t.Posts)
            .ThenBy(t => t.Key)
            .Take(MaxTop)
            .ToListAsync(ct);
        return top.ConvertAll(t => new TopTopic(t.Title, Topic.UrlOf(t.Board, t.Key), t.Name, t.Posts));
    }

    public async Task<IReadOnlyList<TopAuthor>> TopAuthors(DateOnly month, Reader reader, CancellationToken ct = default)
    {
        var (boards, members, end) = (db.Boards.VisibleTo(reader), db.Set<Members.Member>(), month.AddMonths(1));
        var top = await db.AuthorDays.AsNoTracking()
            .Where(a => a.Day >= month && a.Day < end && boards.Any(b => b.Id == a.BoardId))
            .GroupBy(a => a.AuthorId).Select(g => new { g.Key, Posts = g.Sum(a => a.Posts) })
            .Join(members, a => a.Key, m => m.Id, (a, m) => new { a.Key, a.Posts, m.Name, m.Handle })
            .OrderByDescending(a => a.Posts).ThenBy(a => a.Key).Take(MaxTop).ToListAsync(ct);
        return top.ConvertAll(a => new TopAuthor(a.Key, a.Name, "/members/" + a.Handle, a.Posts));
    }

    /// <summary>How many days wait for being counted: just written, or of a time for which nobody has counted yet.</summary>
    public Task<int> Waiting(CancellationToken ct = default) => db.SiteDays.CountAsync(d => d.Marks != d.CountedMarks, ct);

    IQueryable<TopicDay> TopicsOf(DateOnly month)
    {
        var end = month.AddMonths(1);
        return db.TopicDays.AsNoTracking().Where(t => t.Day >= month && t.Day < end);
    }

    // Nobody expects an answer in a board where members do not write.
    IQueryable<Board> Asking => db.Boards.Where(b => b.Kind == BoardKind.Interactive);

    async Task<Dictionary<DateOnly, PeriodFigures>> Written(DateOnly from, DateOnly to, CancellationToken ct) =>
        (await Sums(db.BoardDays.Where(d => d.Day >= from && d.Day <= to), d => d.Day, ct)).ToDictionary(d => d.From);

    /// <summary>What was written, summed by periods; of each the first day.</summary>
    async Task<List<PeriodFigures>> Sums(IQueryable<BoardDay> days, Expression<Func<BoardDay, DateOnly>> period, CancellationToken ct)
    {
        var asking = Asking;
        return await days.GroupBy(period, d => new { d, Asks = asking.Any(b => b.Id == d.BoardId) ? 1 : 0 })
            .Select(g => new PeriodFigures(g.Key)
            {
                Posts = g.Sum(d => d.d.Posts),
                Topics = g.Sum(d => d.d.Topics * d.Asks),
                Unanswered = g.Sum(d => d.d.Unanswered * d.Asks),
                InHour = g.Sum(d => d.d.InHour * d.Asks),
                InDay = g.Sum(d => d.d.InDay * d.Asks),
                InWeek = g.Sum(d => d.d.InWeek * d.Asks),
                Later = g.Sum(d => d.d.Later * d.Asks),
            })
            .ToListAsync(ct);
    }

    static PeriodFigures Of(DateOnly day, SiteDay? members, PeriodFigures? written) =>
        (written ?? new(day)) with
        {
            Active = members?.Active ?? 0,
            Joined = members?.Joined ?? 0,
            Left = members?.Left ?? 0,
            Returned = members?.Returned ?? 0,
        };
}
