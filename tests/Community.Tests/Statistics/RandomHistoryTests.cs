using System.Globalization;
using Community.Boards;
using Community.Members;
using Community.Statistics;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Statistics;

/// <summary>
/// What the counters say of a random history of some months, beside a count of all its rows: the definitions once more, in other words.
/// </summary>
[OnBothDatabases]
public sealed class RandomHistoryTests(TestHost host)
{
    static readonly DateOnly first = new(2020, 1, 1), last = new(2020, 4, 30);
    static readonly TimeSpan tokyo = TimeSpan.FromHours(9);

    static DateOnly DayOf(DateTime at) => DateOnly.FromDateTime(at + tokyo);
    static DateOnly Monday(DateOnly day)
    {
        while (day.DayOfWeek is not DayOfWeek.Monday) day = day.AddDays(-1);
        return day;
    }

    /// <summary>A moment of these months, also around midnight in Tokyo.</summary>
    static DateTime Moment(Random random)
    {
        var day = first.AddDays(random.Next(last.DayNumber - first.DayNumber + 1)).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        var seconds = random.Next(3) == 0 ? 86_399 : random.Next(86_400);
        return day - tokyo + TimeSpan.FromSeconds(seconds);
    }

    [Fact]
    public async Task A_random_history_is_counted_as_its_rows_say_by_day_week_and_month_on_the_page_s_files_too()
    {
        var seed = Seeds.Next();
        var random = new Random(seed);
        var site = await host.NewSite(r =>
        {
            r["features"]!.AsArray().Add("Statistics");
            r["timeZone"] = "Asia/Tokyo";
        });
        await site.EventsRead();
        var ids = await site.Db(db => db.Members.OrderBy(m => m.Id).Select(m => m.Id).ToListAsync());
        var visits = await Visits(site, random, ids);
        var (joined, left, returned) = await Comings(site, random, ids);
        await Posts(site, random);
        Assert.Equal(0, await Rebuild(site));

        var posts = await site.Db(db => db.Posts.AsNoTracking().Include(p => p.Topic.Board).ToListAsync());
        var shown = posts.Where(p => p.HiddenAt is null && p.DeletedAt is null && p.Topic.HiddenAt is null).ToList();
        // Topics where members answer, with the seconds to the first answer by somebody else.
        var topics = shown.Where(p => p.Number == 1 && p.Topic.Board.Kind is BoardKind.Interactive)
            .Select(o => (Day: DayOf(o.At), After: shown
                .Where(a => a.TopicId == o.TopicId && a.Number > 1 && (a.AuthorId, a.GuestName) != (o.AuthorId, o.GuestName))
                .OrderBy(a => a.Number).Select(a => (double?)(a.At - o.At).TotalSeconds).FirstOrDefault()))
            .ToList();
        var days = Enumerable.Range(0, last.DayNumber - first.DayNumber + 1).Select(first.AddDays).ToList();
        var months = days.Select(d => new DateOnly(d.Year, d.Month, 1)).Distinct().ToList();

        List<int> Counted(Func<DateOnly, bool> within)
        {
            var opened = topics.Where(t => within(t.Day)).ToList();
            return
            [
                visits.Where(v => within(v.Day)).Select(v => v.Member).Distinct().Count(),
                joined.Count(within), left.Count(within), returned.Count(within), shown.Count(p => within(DayOf(p.At))),
                opened.Count, opened.Count(t => t.After is null), opened.Count(t => t.After < 3600),
                opened.Count(t => t.After is >= 3600 and < 86_400), opened.Count(t => t.After is >= 86_400 and < 604_800),
                opened.Count(t => t.After >= 604_800),
            ];
        }
        List<int> Said(PeriodFigures f) =>
            [f.Active, f.Joined, f.Left, f.Returned, f.Posts, f.Topics, f.Unanswered, f.InHour, f.InDay, f.InWeek, f.Later];

        var said = await site.With<MonthFigures, IReadOnlyList<PeriodFigures>>(f => f.Days(first, last));
        foreach (var day in said) Same(Counted(d => d == day.From), Said(day), $"{seed}: {day.From}");
        foreach (var week in await site.With<MonthFigures, IReadOnlyList<PeriodFigures>>(f => f.Weeks(first, last)))
            Assert.Equal(Counted(d => Monday(d) == week.From)[0], week.Active);
        // By month, as the file has it.
        var admin = await site.SignIn("admin");
        var file = (await admin.Get("/staff/statistics/months")).Html.Trim('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Select(l => l.Split(',')).ToDictionary(l => l[0], l => l[1..].Select(int.Parse).ToList());
        foreach (var month in months)
        {
            bool Within(DateOnly day) => (day.Year, day.Month) == (month.Year, month.Month);
            Same(Counted(Within), file[month.ToString("yyyy-MM", CultureInfo.InvariantCulture)], $"{seed}: {month:yyyy-MM}");
            var after = topics.Where(t => Within(t.Day)).Select(t => t.After).OfType<double>().Order().ToList();
            Assert.Equal(after.Count == 0 ? null : (long?)after[(after.Count - 1) / 2],
                await site.With<MonthFigures, long?>(f => f.HalfAnsweredAfter(month)));
        }
        var february = (await admin.Get("/staff/statistics/days?month=2020-02")).Html.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(29, february.Length - 1);
        Assert.Equal(Said(said.Single(d => d.From == new DateOnly(2020, 2, 29))), february[^1].Split(',')[1..].Select(int.Parse));
    }

    static void Same(List<int> counted, List<int> said, string what) =>
        Assert.True(counted.SequenceEqual(said), $"{what}: rows {string.Join(' ', counted)}, counters {string.Join(' ', said)}");

    static async Task<List<(DateOnly Day, long Member)>> Visits(TestSite site, Random random, List<long> members)
    {
        var visits = new List<(DateOnly Day, long Member)>();
        for (var day = first; day <= last; day = day.AddDays(1 + random.Next(4)))
            foreach (var _ in Enumerable.Range(0, 1 + random.Next(3)))
            {
                var today = day;
                List<long> some = [.. members.Where(m => random.Next(3) == 0)];
                visits.AddRange(some.Select(m => (today, m)));
                await site.Db(async db =>
                {
                    await ActiveMembers.Keep(db, today, some, default);
                    return true;
                });
            }
        return visits;
    }

    static async Task<(List<DateOnly> Joined, List<DateOnly> Left, List<DateOnly> Returned)> Comings(
        TestSite site, Random random, List<long> members)
    {
        var events = Enumerable.Range(0, 60).Select(n =>
        {
            var member = members[random.Next(members.Count)];
            SiteEvent what = random.Next(6) switch
            {
                0 or 1 => new MemberConfirmed(member),
                2 => new MemberLeaving(member),
                // Sent away with the membership ended before, or erased after having left: counted already.
                3 => new MemberLeaving(member, EndsMembership: false),
                4 => new MemberErased(member, EndsMembership: random.Next(2) == 0),
                _ => new MemberReturned(member),
            };
            return new PublishedEvent(1_000_000 + n, Guid.NewGuid(), Moment(random), null, what);
        }).ToList();
        await site.With<IServiceProvider, bool>(async services =>
        {
            var db = services.GetRequiredService<SiteDb>();
            var handler = ActivatorUtilities.CreateInstance<CountMembers>(services);
            foreach (var some in events.Chunk(7))
            {
                await using var change = await db.Change(default);
                await handler.Handle(some, default);
                await change.Commit(default);
            }
            return true;
        });
        List<DateOnly> Of(Func<SiteEvent, bool> which) => [.. events.Where(e => which(e.Event)).Select(e => DayOf(e.At))];
        return (
            Of(e => e is MemberConfirmed),
            Of(e => e is MemberLeaving { EndsMembership: true } or MemberErased { EndsMembership: true }),
            Of(e => e is MemberReturned)
        );
    }

    /// <summary>Topics of some posts each in three boards, by members, guests and people who are gone; some hidden or deleted.</summary>
    static async Task Posts(TestSite site, Random random)
    {
        var readers = new List<Reader>();
        foreach (var key in new[] { "anna", "ben", "carla", "admin" }) readers.Add(await site.Reader(key));
        var boards = await site.Db(db => db.Boards.AsNoTracking().Where(b => b.Key != "inner").ToListAsync());
        await site.Db(async db =>
        {
            foreach (var n in Enumerable.Range(0, 40))
            {
                var board = boards[random.Next(boards.Count)];
                var count = 1 + random.Next(4);
                var opened = Moment(random);
                var topic = new Topic { BoardId = board.Id, Title = $"T{n}", StartedAt = opened, LastPostAt = opened };
                if (random.Next(10) == 0) topic.HiddenAt = opened;
                var at = opened;
                for (var number = 1; number <= count; number++)
                {
                    var post = new Post
                    {
                        Topic = topic,
                        BoardId = board.Id,
                        Number = number,
                        Path = $"{number}",
                        Text = "x",
                        Html = "",
                        At = at,
                        AuthorId = random.Next(3) > 0 ? readers[random.Next(2)].Id : null,
                    };
                    if (post.AuthorId is null) post.GuestName = $"Guest {random.Next(2)}";
                    if (random.Next(8) == 0) post.HiddenAt = at;
                    if (random.Next(10) == 0) post.DeletedAt = at;
                    db.Add(post);
                    at += TimeSpan.FromSeconds(random.Next(4) switch
                    {
                        0 => random.Next(3600),
                        1 => random.Next(86_400),
                        2 => random.Next(604_800),
                        _ => random.Next(1_200_000),
                    });
                }
            }
            return await db.SaveChangesAsync();
        });
    }

    static async Task<int> Rebuild(TestSite site)
    {
        var command = new StatisticsModule().Commands.All.Single(c => c.Name == "rebuild");
        return await command.Run(new(site.Host.Services.GetRequiredService<SiteScopes>(), site.Site, [], new StringWriter(), default));
    }
}
