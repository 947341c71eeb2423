using System.Diagnostics;
using Community.Bulk;
using Community.Mail;
using MimeKit.Cryptography;
using Npgsql;

namespace Community.Benchmarks;

/// <summary>The delivery engine: delivery servers as processes of their own over one ledger, into Postfix's smtp-sink.</summary>
static class Engine
{
    const int Connections = 8, Warm = 2000, Sites = 4;
    const double MinRatio = 0.25;

    /// <summary>Ten million a day.</summary>
    const double Needed = 10_000_000 / 86_400.0;

    /// <summary>Messages of one measurement.</summary>
    public static int Count { get; set; } = 30_000;

    public static async Task Measure(Report report)
    {
        report.Section(
            "The delivery engine",
            $"Messages of 1 KB of personalised text for {Sites} sites, {Connections} connections a delivery server, ledger and servers on "
                + "this machine, into smtp-sink, in one run with smtp-source. Filling: recipients of chunks stored a second.",
            "delivery servers",
            "messages",
            "a second",
            "beside smtp-source",
            "CPU ms a message, servers",
            "CPU ms a message, ledger",
            "transactions a message",
            "filling a second",
            "MB of a server, early and at the end"
        );
        var port = Ports.Free();
        using var sink = Mail.Sink(port);
        try
        {
            await Mail.Listens(port);
            var clock = Stopwatch.StartNew();
            await Run.Read(
                "/usr/sbin/smtp-source",
                ["-d", "-s", (3 * Connections).ToString(), "-m", Count.ToString(), "-l", "1024", $"127.0.0.1:{port}"]
            );
            var source = Count / clock.Elapsed.TotalSeconds;
            report.Row("smtp-source", Count.ToString("N0"), source.N(), "1.00", "", "", "", "", "");
            foreach (var servers in new[] { 1, 2, 3 }) await With(report, servers, port, source);
            await With(report, 3, port, source, isSigned: true);
            await AtTheSameSecond(report, port);
        }
        finally { sink.Kill(); }
    }

    static async Task<(PostgreSqlServer Server, EngineLedger Ledger, string Connection)> NewLedger()
    {
        var server = new PostgreSqlServer(isKilled: true).Make();
        var connection = server.NewCatalogue();
        var name = new NpgsqlConnectionStringBuilder(connection).Database!;
        await using (var admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { Database = "postgres" }))
        await using (var create = admin.CreateCommand($"CREATE DATABASE {name}"))
            await create.ExecuteNonQueryAsync();
        var ledger = EngineLedger.Open(connection);
        await ledger.Migrate();
        return (server, ledger, connection);
    }

    static async Task With(Report report, int servers, int port, double source, bool isSigned = false)
    {
        var (server, ledger, connection) = await NewLedger();
        using var ending = server;
        await using var closing = ledger;
        var filling = await Fill(ledger, isSigned);
        var data = Directory.CreateTempSubdirectory("bench-engine-").FullName;
        var processes = Enumerable.Range(1, servers).Select(i => Start(connection, port, i, data)).ToList();
        try
        {
            while (await Accepted(ledger) < Warm) await Task.Delay(50);
            var (clock, cpu, pg, sent) = (Stopwatch.StartNew(), Cpu(processes), PostgreSqlCpu(connection), await Accepted(ledger));
            var (transactions, early) = (await Transactions(ledger), 0L);
            while (await Accepted(ledger) < Count - 500 && clock.Elapsed < TimeSpan.FromMinutes(15))
            {
                // Counting is work of the ledger too.
                await Task.Delay(500);
                if (early == 0 && clock.Elapsed > TimeSpan.FromSeconds(5)) early = Memory(processes);
            }
            var (seconds, messages) = (clock.Elapsed.TotalSeconds, await Accepted(ledger) - sent);
            var perSecond = messages / seconds;
            var ratio = (perSecond / source).ToString("0.000");
            var used = (Cpu(processes) - cpu).TotalMilliseconds / messages;
            var ledgers = (PostgreSqlCpu(connection) - pg).TotalMilliseconds / messages;
            // Ten million a day of a machine with so many processors.
            var share = Needed * (used + ledgers) / 1000 / Environment.ProcessorCount;
            report.Row(
                servers + (isSigned ? ", signed twice" : ""),
                messages.ToString("N0"),
                perSecond.N(),
                servers == 3 && !isSigned ? report.Aim("delivery, beside smtp-source", perSecond / source >= MinRatio, ratio) : ratio,
                used.N(),
                servers == 3
                    ? report.Aim(
                        $"delivery{(isSigned ? ", signed" : "")}, 116 a second of this machine",
                        share <= 0.25,
                        $"{ledgers.N()} ({share:P0} at 116 a second)"
                    )
                    : ledgers.N(),
                ((await Transactions(ledger) - transactions) / (double)messages).ToString("0.00"),
                filling.N(),
                $"{early >> 20} → {Memory(processes) >> 20}"
            );
        }
        finally { End(processes, data); }
    }

    static void End(IEnumerable<Process> processes, string data)
    {
        foreach (var process in processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        Directory.Delete(data, recursive: true);
    }

    /// <summary>Of the largest.</summary>
    static long Memory(IReadOnlyCollection<Process> processes)
    {
        foreach (var process in processes) process.Refresh();
        return processes.Max(p => p.WorkingSet64);
    }

    static readonly (string Private, string Public) keys = EngineSeal.MakeKeys();

    static Signing KeysOf(string site)
    {
        SealedKey One(DkimSignatureAlgorithm algorithm, SigningAlgorithm inContract, string selector) =>
            SealedKey.Seal(keys.Public, site, "bench.example", inContract, selector, DkimKey.Make(algorithm));
        return new(
            "bench.example",
            [
                One(DkimSignatureAlgorithm.Ed25519Sha256, SigningAlgorithm.Ed25519Sha256, "e"),
                One(DkimSignatureAlgorithm.RsaSha256, SigningAlgorithm.RsaSha256, "r"),
            ]
        );
    }

    /// <summary>
    /// A large mailing runs; fifty others are reserved for one second. When the first message of each left, and whether equal ones get
    /// equal shares.
    /// </summary>
    static async Task AtTheSameSecond(Report report, int port)
    {
        const int others = 50, each = 600, servers = 3;
        var (server, ledger, connection) = await NewLedger();
        using var ending = server;
        await using var closing = ledger;
        await Fill(ledger, "large", 100_000, DateTime.UtcNow.AddMinutes(-1), null);
        var data = Directory.CreateTempSubdirectory("bench-engine-").FullName;
        var processes = Enumerable.Range(1, servers).Select(i => Start(connection, port, i, data)).ToList();
        try
        {
            while (await Accepted(ledger) < Warm) await Task.Delay(50);
            var at = DateTime.UtcNow.AddSeconds(60);
            for (var i = 0; i < others; i++) await Fill(ledger, "other" + i, each, at, null);
            if (DateTime.UtcNow > at) throw new InvalidOperationException("The reservations were not ready in time.");
            await Task.Delay(at.AddSeconds(20) - DateTime.UtcNow);
            var (slowest, median) = await ledger.Change(c => c.First(
                """
                SELECT max(d), percentile_cont(0.5) WITHIN GROUP (ORDER BY d) FROM (
                    SELECT extract(epoch FROM coalesce(started_at, moment()) - start_at)::float8 AS d
                    FROM offers WHERE start_at >= $1) x
                """,
                r => (r.GetDouble(0), r.GetDouble(1)),
                at.AddSeconds(-1)
            ));
            // In the second ten seconds, while all of them have something left.
            var shares = await ledger.Change(c => c.Query(
                """
                SELECT count(u.rid)::int FROM offers o LEFT JOIN outcomes u
                    ON u.offer_id = o.id AND u.at BETWEEN $1 AND $2
                WHERE o.start_at >= $3 GROUP BY o.id
                """,
                r => r.GetInt32(0),
                at.AddSeconds(10),
                at.AddSeconds(20),
                at.AddSeconds(-1)
            ));
            var mean = shares.Average();
            var off = shares.Max(s => Math.Abs(s - mean)) / mean;
            report.Line(
                $"{others} reservations of {others} sites at the same second, {servers} delivery servers, one of 100,000 under way: first "
                    + $"message after {median:0.00} s (median), {report.Aim("delivery, first message of fifty at once", slowest <= 2,
                        $"{slowest:0.00} s")} (the latest). Messages of each in the second ten seconds: {mean:0} on average, the farthest "
                    + $"{report.Aim("delivery, shares of equal mailings", off <= 0.10, $"{off:P0}")} from it."
            );
        }
        finally { End(processes, data); }
    }

    static async Task<double> Fill(EngineLedger ledger, bool isSigned)
    {
        var clock = Stopwatch.StartNew();
        for (var s = 0; s < Sites; s++)
            await Fill(ledger, "site" + s, Count / Sites, DateTime.UtcNow.AddMinutes(-1), isSigned ? KeysOf("site" + s) : null);
        return Count / clock.Elapsed.TotalSeconds;
    }

    static async Task Fill(EngineLedger ledger, string site, int recipients, DateTime start, Signing? signing)
    {
        var commands = new TakeCommand(ledger, new(), EngineKeys.Parse(keys.Private));
        var mailing = Guid.CreateVersion7();
        await commands.Take(new SuppressBeat { Site = site, DeltaSeq = 0, At = DateTime.UtcNow });
        var chunks = Enumerable.Range(1, recipients)
            .Select(i => new BulkRecipient(
                i,
                $"m{i}@d{i % 50}.example",
                "会員 " + i,
                "key" + i,
                $"b{i}@r.bench.example",
                0,
                new Dictionary<string, string> { ["name"] = "会員 " + i }
            ))
            .Chunk(Chunk.MaxRecipients)
            .Select((r, n) => new Chunk { Site = site, MailingId = mailing, Rev = 1, ChunkNo = n, Recipients = r })
            .ToList();
        var words = string.Concat(Enumerable.Repeat("茶は熱いうちに。The second cup is the better one.\n", 14));
        await commands.Take(new Reserve
        {
            Site = site,
            MailingId = mailing,
            Rev = 1,
            Kind = "news",
            StartAt = start,
            SendUntil = DateTime.UtcNow.AddDays(1),
            FreezeDelta = 0,
            ExpectedTotal = recipients,
            Signing = signing,
            Sender = new("news@bench.example", "茶の間", mailing.ToString("N"), "bench.example", null),
            Contents =
            [
                new(
                    ["今月のお知らせ"],
                    ["", "name", " さま\n\n" + words],
                    ["<p>", "name", " さま</p><p>" + words + "</p>"],
                    new Dictionary<string, IReadOnlyList<string>>()
                ),
            ],
        });
        foreach (var chunk in chunks) await commands.Take(chunk);
        await commands.Take(new Commit
        {
            Site = site,
            MailingId = mailing,
            Rev = 1,
            ChunkCount = chunks.Count,
            Total = recipients,
            Digest = Commit.DigestOf(chunks.Select(c => c.Hash)),
        });
        await commands.Take(new Control
        {
            Site = site,
            MailingId = mailing,
            Rev = 1,
            Seq = 1,
            Go = true,
            Life = 1,
            StartAt = start,
            Signing = signing,
        });
    }

    static Process Start(string connection, int port, int number, string data) =>
        Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Community.Delivery.dll")])
        {
            Environment =
            {
                ["Engine__Database"] = connection,
                ["Engine__Relay"] = $"smtp://127.0.0.1:{port}?tls=none",
                ["Engine__Roles"] = "delivery",
                ["Engine__Keys"] = keys.Private,
                ["Engine__Server"] = "bench" + number,
                ["Engine__Connections"] = Connections.ToString(),
                ["Engine__Data"] = Path.Combine(data, "" + number),
                ["Logging__LogLevel__Default"] = "Warning",
            },
        })!;

    static Task<long> Accepted(EngineLedger ledger) =>
        ledger.Change(c => c.Value<long>("SELECT count(*) FROM outcomes WHERE outcome = 'accepted'"));

    /// <summary>Of the whole database, as it counts them.</summary>
    static Task<long> Transactions(EngineLedger ledger) =>
        ledger.Change(c => c.Value<long>("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"));

    static TimeSpan Cpu(IEnumerable<Process> processes)
    {
        var sum = TimeSpan.Zero;
        foreach (var process in processes)
        {
            process.Refresh();
            sum += process.TotalProcessorTime;
        }
        return sum;
    }

    /// <summary>Of all processes of the server that listens on this port, those that have ended among them.</summary>
    static TimeSpan PostgreSqlCpu(string connection)
    {
        var port = new NpgsqlConnectionStringBuilder(connection).Port;
        var all = Process.GetProcessesByName("postgres");
        var main = all.First(p => File.ReadAllText($"/proc/{p.Id}/cmdline").Contains($"-p\0{port}\0")).Id;
        var ticks = 0L;
        foreach (var process in all)
            try
            {
                // After the name: state, parent, …; from the twelfth on the time of the process, and of its children that have ended.
                var stat = File.ReadAllText($"/proc/{process.Id}/stat").Split(") ")[^1].Split(' ');
                if (process.Id == main) ticks += stat[11..15].Sum(long.Parse);
                else if (stat[1] == main.ToString()) ticks += stat[11..13].Sum(long.Parse);
            }
            catch (IOException) { /* It has ended, and is among those of its parent. */ }
        return TimeSpan.FromSeconds(ticks / 100.0);
    }
}
