using System.Diagnostics;
using Community.Bulk;
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
            "filling a second"
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
            report.Row("smtp-source", Count.ToString("N0"), source.N(), "1.00", "", "", "", "");
            foreach (var servers in new[] { 1, 2, 3 }) await With(report, servers, port, source);
        }
        finally { sink.Kill(); }
    }

    static async Task With(Report report, int servers, int port, double source)
    {
        using var server = new PostgreSqlServer(isKilled: true).Make();
        var connection = server.NewCatalogue();
        var name = new NpgsqlConnectionStringBuilder(connection).Database!;
        await using (var admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { Database = "postgres" }))
        await using (var create = admin.CreateCommand($"CREATE DATABASE {name}"))
            await create.ExecuteNonQueryAsync();
        await using var ledger = EngineLedger.Open(connection);
        await ledger.Migrate();
        var filling = await Fill(ledger);
        var data = Directory.CreateTempSubdirectory("bench-engine-").FullName;
        var processes = Enumerable.Range(1, servers).Select(i => Start(connection, port, i, data)).ToList();
        try
        {
            while (await Accepted(ledger) < Warm) await Task.Delay(50);
            var (clock, cpu, pg, sent) = (Stopwatch.StartNew(), Cpu(processes), PostgreSqlCpu(connection), await Accepted(ledger));
            var transactions = await Transactions(ledger);
            while (await Accepted(ledger) < Count - 500 && clock.Elapsed < TimeSpan.FromMinutes(5)) await Task.Delay(100);
            var (seconds, messages) = (clock.Elapsed.TotalSeconds, await Accepted(ledger) - sent);
            var perSecond = messages / seconds;
            var ratio = (perSecond / source).ToString("0.000");
            var used = (Cpu(processes) - cpu).TotalMilliseconds / messages;
            var ledgers = (PostgreSqlCpu(connection) - pg).TotalMilliseconds / messages;
            // Ten million a day of a machine with so many processors.
            var share = Needed * (used + ledgers) / 1000 / Environment.ProcessorCount;
            report.Row(
                servers.ToString(),
                messages.ToString("N0"),
                perSecond.N(),
                servers == 3 ? report.Aim("delivery, beside smtp-source", perSecond / source >= MinRatio, ratio) : ratio,
                used.N(),
                servers == 3
                    ? report.Aim("delivery, 116 a second of this machine", share <= 0.25, $"{ledgers.N()} ({share:P0} at 116 a second)")
                    : ledgers.N(),
                ((await Transactions(ledger) - transactions) / (double)messages).ToString("0.00"),
                filling.N()
            );
        }
        finally
        {
            foreach (var process in processes)
            {
                process.Kill();
                process.WaitForExit();
                process.Dispose();
            }
            Directory.Delete(data, recursive: true);
        }
    }

    static async Task<double> Fill(EngineLedger ledger)
    {
        var commands = new TakeCommand(ledger, new());
        var clock = Stopwatch.StartNew();
        for (var s = 0; s < Sites; s++)
        {
            var (site, mailing) = ("site" + s, Guid.CreateVersion7());
            await commands.Take(new SuppressBeat { Site = site, DeltaSeq = 0, At = DateTime.UtcNow });
            var chunks = Enumerable.Range(1, Count / Sites)
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
                StartAt = DateTime.UtcNow,
                SendUntil = DateTime.UtcNow.AddDays(1),
                FreezeDelta = 0,
                ExpectedTotal = Count / Sites,
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
                Total = Count / Sites,
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
                StartAt = DateTime.UtcNow.AddMinutes(-1),
            });
        }
        return Count / clock.Elapsed.TotalSeconds;
    }

    static Process Start(string connection, int port, int number, string data) =>
        Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Community.Delivery.dll")])
        {
            Environment =
            {
                ["Engine__Database"] = connection,
                ["Engine__Relay"] = $"smtp://127.0.0.1:{port}?tls=none",
                ["Engine__Roles"] = "delivery",
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

    /// <summary>Of all processes of the server that listens on this port.</summary>
    static TimeSpan PostgreSqlCpu(string connection)
    {
        var port = new NpgsqlConnectionStringBuilder(connection).Port;
        var sum = TimeSpan.Zero;
        var parents = Process.GetProcessesByName("postgres").ToList();
        var main = parents.FirstOrDefault(p => File.ReadAllText($"/proc/{p.Id}/cmdline").Contains($"-p\0{port}"));
        foreach (var process in parents)
            try
            {
                if (
                    process.Id == main?.Id
                    || File.ReadAllText($"/proc/{process.Id}/stat").Split(") ")[^1].Split(' ')[1] == main?.Id.ToString()
                )
                    sum += process.TotalProcessorTime;
            }
            catch (Exception error) when (error is IOException or InvalidOperationException) { sum += TimeSpan.Zero; }
        return sum;
    }
}
