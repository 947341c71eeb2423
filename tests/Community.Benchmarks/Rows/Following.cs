using System.Diagnostics;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Benchmarks;

/// <summary>
/// Posting to a topic that many follow, beside one that nobody follows. Both are posted to in turns by the same writers, so they meet the
/// same neighbours: the followers are told meanwhile, by a job of the same process.
/// </summary>
static class Following
{
    /// <summary>How many follow; <c>./bench notify --members 5000</c> has fewer.</summary>
    public static int Count { get; set; } = 50_000;

    const int Writers = 8, Seconds = 10, Rounds = 3;
    const double MaxRatio = 1.2;

    public static async Task Measure(Report report)
    {
        report.Section(
            "A topic that many follow",
            $"Posting to a topic with {Count:N0} watchers, beside one with none: {Writers} writers, each to both in turns, so that both "
                + "meet the telling of the watchers, which goes on meanwhile. The middle of three rounds.",
            "database", "p50 ms, followed", "p50 ms, not followed", "ratio", "notices"
        );
        if (Rows.Database is not "postgresql") await On(report, "SQLite", "");
        if (Rows.Database is not "sqlite") await On(report, "PostgreSQL", await PostgreSql.NewCatalogue());
    }

    static async Task On(Report report, string name, string database)
    {
        var folder = Path.Combine(Places.Artifacts, "notify" + (database.Length > 0 ? "-pg" : ""));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await Data.Make(folder, database, Count, 10, 100, deep: false, iterations: 1000);
        var (followed, other) = await Data.In(folder, database, Follow);
        await using var host = await Server.Host(folder, database, new() { ["Community__PasswordIterations"] = "1000" });
        var writers = await Task.WhenAll(
            Enumerable.Range(1, Writers).Select(n => Posting.Writer.Start(host, Data.Writer(n), followed)));
        await Round(writers, followed, other);
        var rounds = new List<(double Followed, double Other)>();
        for (var round = 0; round < Rounds; round++) rounds.Add(await Round(writers, followed, other));
        foreach (var writer in writers) writer.Dispose();
        var (first, second) = rounds.OrderBy(r => r.Followed / r.Other).ElementAt(Rounds / 2);
        var notices = await Data.In(
            folder,
            database,
            db => db.Database.SqlQuery<int>($"SELECT count(*) AS \"Value\" FROM notices").SingleAsync()
        );
        report.Row(
            name, first.N(), second.N(),
            report.Aim($"notify, {name}", first / second <= MaxRatio, (first / second).ToString("0.00")),
            notices.ToString("N0")
        );
        SqliteConnections.Instance.Close();
    }

    /// <summary>Lets all members watch one topic of the writers' board. That one, and another.</summary>
    static async Task<(long Followed, long Other)> Follow(SiteDb db)
    {
        var topics = await db.Topics.Where(t => t.Board.Key == "write").OrderBy(t => t.Id).Select(t => t.Id).Take(2).ToListAsync();
        var at = DateTime.UtcNow.AddDays(-1);
        var members = await db.Members.Where(m => m.ConfirmedAt != null).OrderBy(m => m.Id).Select(m => m.Id).ToListAsync();
        await new BulkRows(db).Insert(members.ConvertAll(m => new TopicFollow
        {
            MemberId = m,
            TopicId = topics[0],
            Level = FollowLevel.Watch,
            At = at,
        }));
        return (topics[0], topics[1]);
    }

    static async Task<(double Followed, double Other)> Round(Posting.Writer[] writers, long followed, long other)
    {
        var end = Stopwatch.GetTimestamp() + Seconds * Stopwatch.Frequency;
        var all = await Task.WhenAll(writers.Select(writer => Task.Run(async () =>
        {
            var times = (Followed: new List<double>(), Other: new List<double>());
            while (Stopwatch.GetTimestamp() < end)
            {
                times.Followed.Add(await Time(() => writer.Reply(followed)));
                times.Other.Add(await Time(() => writer.Reply(other)));
            }
            return times;
        })));
        return (Middle(all.SelectMany(t => t.Followed)), Middle(all.SelectMany(t => t.Other)));
    }

    static async Task<double> Time(Func<Task> act)
    {
        var began = Stopwatch.GetTimestamp();
        await act();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    static double Middle(IEnumerable<double> times)
    {
        var sorted = times.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
