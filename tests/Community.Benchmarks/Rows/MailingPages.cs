using System.Diagnostics;
using System.Text.Json;
using Community.Mail;
using Community.Mailing;
using Community.Members;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SQLitePCL;

namespace Community.Benchmarks;

/// <summary>
/// The page with what became of a mailing: of a large one beside a small one that took as long, opened, clicked and returned in the same
/// shares. All rows are made by the database, with the counts that the product would have kept of them.
/// </summary>
static class MailingPages
{
    /// <summary>Recipients of the large one (<c>--recipients</c>).</summary>
    public static int Count { get; set; } = 1_000_000;
    const int Small = 1_000, Links = 20, Earlier = 5, Looks = 300;
    /// <summary>As ten million a day are sent; opened and clicked for two weeks.</summary>
    const int SentPerSecond = 116, Days = 14;
    const double MaxTimes = 1.2;

    sealed record Page(string Name, string Path, int Recipients)
    {
        public FloorPage? Floor { get; set; }
        public List<double> Ms { get; } = [];
        public long Touched { get; set; }
        public double P(double part) => Ms[(int)(Ms.Count * part)];
    }

    public static async Task Measure(Report report)
    {
        report.Section(
            "The results of a mailing",
            $"The page of a mailing to {Small:N0} and of one to {Count:N0}, looked at in turns, {Looks} times each. Of each 30 % were "
                + $"opened and 5 % clicked, over {Days} days and by {Links} links; 2 % came back. Beside it on the page: {Earlier} earlier "
                + "ones, of the third page the large one, too. Rows are what its statements read of tables and indexes on PostgreSQL; on "
                + "SQLite they are steps of its machine. The floor sends the same SQL by ADO.NET and writes the same bytes.",
            "database",
            "page",
            "p50 ms",
            "p95 ms",
            "beside the small one",
            "rows or steps",
            "beside the small one",
            "CPU ms",
            "floor",
            "queries",
            "KB"
        );
        if (Rows.Database is not "postgresql") await On(report, "SQLite", "");
        if (Rows.Database is not "sqlite") await On(report, "PostgreSQL", await PostgreSql.NewCatalogue());
    }

    static async Task On(Report report, string name, string database)
    {
        var folder = Path.Combine(Places.Artifacts, "results-" + name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await Data.Make(folder, database, 10, 1, 1, deep: false, iterations: 1000);
        using var desk = Data.Open(folder, database);
        var site = (await desk.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        var scopes = desk.Services.GetRequiredService<SiteScopes>();
        var clock = Stopwatch.StartNew();
        var ids = await scopes.Run(site, s => Fill(s.GetRequiredService<SiteDb>()));
        Console.WriteLine($"  {name}: filled in {clock.Elapsed.TotalSeconds:0} s");
        await using var host = await Server.Host(folder, database);
        using var mailer = new Browser(host, Data.Host);
        await mailer.SignIn(Data.Mailer);
        Page[] pages =
        [
            new("small", $"/staff/mailings/{ids.Small}/results", Small),
            new("large", $"/staff/mailings/{ids.Large}/results", Count),
            new("small, beside the large one", $"/staff/mailings/{ids.After}/results", Small),
        ];
        foreach (var page in pages) await Load.WarmUp(host, page.Path, Data.Host, mailer.Cookie);
        foreach (var page in pages)
        {
            byte[] body = [];
            var statements = await host.Record(async () =>
            {
                body = await mailer.Bytes(page.Path);
                await Task.Delay(150);
            });
            // The background looks into the catalogue at times; that is none of the page's.
            statements.RemoveAll(s => !s.Source.Contains("bench/site.db") && !s.Source.Contains("_bench"));
            page.Floor = new($"/page/{page.Name.Replace(' ', '-')}", statements, "text/html; charset=utf-8", body);
            foreach (var statement in statements) page.Touched += await Touched(statement);
        }
        // In turns, so that what else the machine does meets each alike.
        for (var look = 0; look < Looks; look++)
            foreach (var page in pages)
            {
                var start = Stopwatch.GetTimestamp();
                await mailer.Bytes(page.Path);
                page.Ms.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        await using var floor = await Server.Floor(
            new FloorSpecification(pages[0].Floor!.Statements[0].Source, [.. pages.Select(p => p.Floor!)]).Keep());
        foreach (var page in pages)
        {
            page.Ms.Sort();
            var own = await Load.Of(host, page.Path, Data.Host, mailer.Cookie, 4, 2);
            await Load.WarmUp(floor, page.Floor!.Path, "localhost", null);
            var bare = await Load.Of(floor, page.Floor.Path, "localhost", null, 4, 2);
            var (times, more) = (page.P(0.95) / pages[0].P(0.95), (double)page.Touched / pages[0].Touched);
            report.Row(
                name,
                $"{page.Name}, to {page.Recipients:N0}",
                page.P(0.5).N(),
                page.P(0.95).N(),
                report.Aim($"{name}, {page.Name}: p95", times <= MaxTimes, times.ToString("0.00") + " ×"),
                page.Touched.ToString("N0"),
                more.ToString("0.00") + " ×",
                own.CpuMs.N(),
                bare.CpuMs.N(),
                page.Floor.Statements.Count.ToString(),
                ((double)page.Floor.Body.Length).KB()
            );
        }
    }

    /// <summary>What a statement reads.</summary>
    static Task<long> Touched(Statement statement) =>
        statement.Source.Contains("Data Source", StringComparison.OrdinalIgnoreCase)
            ? Task.FromResult(Steps(statement)) : RowsRead(statement);

    static long Steps(Statement statement)
    {
        using var connection = new SqliteConnection(statement.Source);
        connection.Open();
        raw.sqlite3_prepare_v2(connection.Handle!, statement.Sql, out var prepared);
        using (prepared)
        {
            foreach (var parameter in statement.Parameters)
            {
                var at = raw.sqlite3_bind_parameter_index(prepared, parameter.Name);
                if (at == 0) continue;
                switch (parameter.ToValue())
                {
                    case DBNull: raw.sqlite3_bind_null(prepared, at); break;
                    case bool yes: raw.sqlite3_bind_int(prepared, at, yes ? 1 : 0); break;
                    case int number: raw.sqlite3_bind_int64(prepared, at, number); break;
                    case long number: raw.sqlite3_bind_int64(prepared, at, number); break;
                    case byte[] bytes: raw.sqlite3_bind_blob(prepared, at, bytes); break;
                    case var other: raw.sqlite3_bind_text(prepared, at, other.ToString()!); break;
                }
            }
            while (raw.sqlite3_step(prepared) == raw.SQLITE_ROW) { }
            return raw.sqlite3_stmt_status(prepared, raw.SQLITE_STMTSTATUS_VM_STEP, 0);
        }
    }

    static async Task<long> RowsRead(Statement statement)
    {
        await using var source = NpgsqlDataSource.Create(statement.Source);
        await using var command = source.CreateCommand("EXPLAIN (ANALYZE, FORMAT JSON) " + statement.Sql);
        foreach (var parameter in statement.Parameters)
            command.Parameters.Add(new(parameter.Name.TrimStart('@'), parameter.ToValue()));
        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync())!);
        return Of(plan.RootElement[0].GetProperty("Plan"));

        // The nodes that have none below read tables and indexes.
        static long Of(JsonElement node)
        {
            var below = node.TryGetProperty("Plans", out var plans) ? plans.EnumerateArray().Sum(Of) : 0;
            if (!node.GetProperty("Node Type").GetString()!.Contains("Scan")) return below;
            double Number(string key) => node.TryGetProperty(key, out var value) ? value.GetDouble() : 0;
            return below + (long)((Number("Actual Rows") + Number("Rows Removed by Filter") + Number("Rows Removed by Index Recheck"))
                * Number("Actual Loops"));
        }
    }

    static async Task<(long Small, long Large, long After)> Fill(SiteDb db)
    {
        await new Copies(db, Count).Members();
        var kind = await db.MailKinds.Where(k => k.Key == "news").FirstAsync();
        var other = new MailKind { Key = "other", Names = kind.Names, Sentences = kind.Sentences, Use = kind.Use, Position = 99 };
        db.MailKinds.Add(other);
        await db.SaveChangesAsync();
        var (small, large) = (0L, 0L);
        foreach (var of in new[] { kind.Id, other.Id })
        {
            for (var i = 0; i < Earlier; i++) await Sent(db, of, Small);
            if (of == kind.Id) small = await Sent(db, of, Small);
            else large = await Sent(db, of, Count);
        }
        var after = await Sent(db, other.Id, Small);
        // PostgreSQL knows nothing of a million rows that were made a moment ago.
        await db.Database.ExecuteSqlRawAsync("ANALYZE");
        foreach (var id in await db.Mailings.Select(m => m.Id).ToListAsync())
        {
            await new CountDomains(db).Handle(new(id), default);
            db.ChangeTracker.Clear();
        }
        await db.Database.ExecuteSqlRawAsync("ANALYZE");
        return (small, large, after);
    }

    /// <summary>A mailing that was sent, with what became of it.</summary>
    static async Task<long> Sent(SiteDb db, long kind, int recipients)
    {
        var start = DateTime.UtcNow.Date.AddDays(-Days - 1);
        var mailer = await db.Members.Where(m => m.Email == Data.Mailer).Select(m => m.Id).FirstAsync();
        var mailing = new Community.Mailing.Mailing
        {
            FormKey = Guid.NewGuid(),
            KindId = kind,
            Title = "今月のお知らせ",
            Contents = [new() { Subject = "今月のお知らせ", Text = "x" }],
            Tracking = TrackingMode.Individual,
            State = MailingState.Finished,
            CreatedBy = mailer,
            CreatedAt = start,
            StartedAt = start,
            EndedAt = start.AddSeconds(recipients / SentPerSecond),
            Count = recipients,
            Total = recipients,
        };
        db.Mailings.Add(mailing);
        await db.SaveChangesAsync();
        var id = mailing.Id;
        var links = Enumerable.Range(0, Links)
            .Select(n => new TrackedLink { MailingId = id, Url = $"https://example.com/{n}", UrlHash = [(byte)n] }).ToList();
        db.TrackedLinks.AddRange(links);
        var first = new Delivery
        {
            MailingId = id,
            Seq = recipients + 1,
            MemberId = mailer,
            AddressHash = "first",
            State = DeliveryState.Accepted,
            SettledAt = start,
        };
        db.Deliveries.Add(first);
        await db.SaveChangesAsync();
        var (opened, clicked) = (Did(EngagementKind.Open, 0), Did(EngagementKind.Click, links[0].Id));
        var back = new Return
        {
            DeliveryId = first.Id,
            MailingId = id,
            MemberId = mailer,
            At = start,
            Kind = ReturnKind.Bounce,
            Class = BounceClass.InvalidMailbox,
            Domain = "bench.example",
            Digest = $"{id}",
        };
        db.Engagements.AddRange(opened, clicked);
        db.Returns.Add(back);
        await db.SaveChangesAsync();

        var copies = new Copies(db, recipients);
        // The rows of deliveries follow each other.
        await copies.Insert<Delivery>(
            new()
            {
                ["id"] = $"{first.Id} + s.n",
                ["seq"] = "s.n",
                ["member_id"] = "1000 + s.n",
                ["address_hash"] = "'x' || s.n",
                ["settled_at"] = At($"s.n / {SentPerSecond}"),
            },
            $"t.id = {first.Id}");
        if (!db.IsSqlite)
            await db.Database.ExecuteSqlRawAsync(
                "SELECT setval(pg_get_serial_sequence('deliveries', 'id'), (SELECT max(id) FROM deliveries))");
        var whose = new Dictionary<string, string> { ["subject"] = $"{first.Id} + s.n", ["member_id"] = "1000 + s.n" };
        // Most of it on the first days. The same in both languages: the counts are made of the second.
        var moment = $"(s.n * 7919 % 10007) * (s.n * 7919 % 10007) / 10007 * {Days * 86400} / 10007";
        static DateTime Moment(DateTime start, long n) =>
            start.AddSeconds(n * 7919 % 10007 * (n * 7919 % 10007) / 10007 * (Days * 86400) / 10007);
        await copies.Insert<Engagement>(new(whose) { ["at"] = At(moment) }, $"t.id = {opened.Id}", "s.n % 10 < 3", given: true);
        await copies.Insert<Engagement>(
            new(whose) { ["at"] = At(moment + " + 60"), ["link_id"] = $"{links[0].Id} + s.n / 20 % {Links}" },
            $"t.id = {clicked.Id}",
            "s.n % 20 = 0",
            given: true);
        var counts = new Dictionary<(EngagementKind Kind, long Bucket, long Link), int>();
        Count(EngagementKind.Open, start, 0);
        Count(EngagementKind.Click, start, links[0].Id);
        for (var n = 1L; n <= recipients; n++)
        {
            if (n % 10 < 3) Count(EngagementKind.Open, Moment(start, n), 0);
            if (n % 20 == 0) Count(EngagementKind.Click, Moment(start, n).AddSeconds(60), links[0].Id + n / 20 % Links);
        }
        db.EngagementCounts.AddRange(counts.Select(c => new EngagementCount
        {
            MailingId = id,
            Kind = c.Key.Kind,
            Bucket = c.Key.Bucket,
            LinkId = c.Key.Link,
            N = c.Value,
            Persons = c.Value,
        }));
        await db.SaveChangesAsync();
        await copies.Insert<Return>(
            new()
            {
                ["delivery_id"] = $"{first.Id} + s.n",
                ["member_id"] = "1000 + s.n",
                ["digest"] = $"'{id}-' || s.n",
                ["class"] = "CASE WHEN s.n % 150 = 0 THEN 'Full' WHEN s.n % 100 = 0 THEN 'TheirSystem' ELSE t.class END",
            },
            $"t.id = {back.Id}",
            "s.n % 50 = 0",
            given: true);
        // As each transaction counts what it does.
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO return_counts (mailing_id, kind, class, n) SELECT mailing_id, kind, class, COUNT(*) FROM returns
            WHERE mailing_id = {id} GROUP BY mailing_id, kind, class
            """);
        var bucket = MailingRollup.BucketOf(start);
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO mailing_rollups (mailing_id, bucket, state, n)
            SELECT mailing_id, {bucket} + seq / {SentPerSecond * 60 * MailingRollup.Minutes} AS b, state, COUNT(*)
            FROM deliveries WHERE mailing_id = {id} GROUP BY mailing_id, b, state
            """);
        db.ChangeTracker.Clear();
        return id;

        Engagement Did(EngagementKind what, long link) =>
            new() { MailingId = id, Kind = what, Subject = first.Id, MemberId = mailer, At = start, LinkId = link, Counted = true };

        // As CountEngagements does.
        void Count(EngagementKind kind, DateTime at, long link)
        {
            Add(EngagementCount.Total, 0);
            if (link != 0) Add(EngagementCount.Total, link);
            Add(EngagementCount.BucketOf(at, start), 0);

            void Add(long bucket, long of) => counts[(kind, bucket, of)] = counts.GetValueOrDefault((kind, bucket, of)) + 1;
        }

        string At(string seconds)
        {
            var from = new DateTimeOffset(start).ToUnixTimeSeconds();
            return db.IsSqlite ? $"({from} + {seconds}) * 1000" : $"to_timestamp({from} + {seconds})";
        }
    }
}
