using System.Diagnostics;
using System.Net.Sockets;
using Community.Bulk;
using Community.Bulk.Tests.Harness;
using Community.Mail;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit.Cryptography;
using Npgsql;

namespace Community.Benchmarks;

/// <summary>
/// The delivery engine: delivery control, broker, ledger and delivery servers as processes of their own, into Postfix's smtp-sink.
/// </summary>
static class Engine
{
    /// <summary>As many as a delivery server has by a relay if nobody sets another number.</summary>
    const int Connections = 20;

    /// <summary>Messages of each server until the just-in-time compiler has seen the code.</summary>
    const int Warm = 5000;
    const int Sites = 4;
    const double MinRatio = 0.25;

    /// <summary>Ten million a day.</summary>
    const double Needed = 10_000_000 / 86_400.0;

    static readonly bool saysSql = Environment.GetEnvironmentVariable("COMMUNITY_BENCH_SQL") is not null;

    /// <summary>
    /// Messages of one measurement; signed ones are a quarter. The first quarter is not measured: only behind it the just-in-time compiler
    /// has done with what runs often.
    /// </summary>
    public static int Count { get; set; } = 240_000;

    /// <summary>Only with so many delivery servers, unsigned; null for all.</summary>
    public static int? Servers { get; set; }

    /// <summary>The text of a message, in KB.</summary>
    public static int Text { get; set; } = 1;

    /// <summary>At <see cref="Needed"/>, alone.</summary>
    public static bool OnlyPaced { get; set; }

    /// <summary>Messages that are signed, alone.</summary>
    public static bool OnlySigned { get; set; }

    /// <summary>The hand-written minimum alone.</summary>
    public static bool OnlyFloor { get; set; }

    public static async Task Measure(Report report)
    {
        report.Section(
            "The delivery engine",
            $"Messages of {Text} KB of personalised text for {Sites} sites, {Connections} connections a delivery server; delivery control, "
                + $"broker, ledger and delivery servers on this machine, into smtp-sink. smtp-source, with messages of {Text} KB, before "
                + "and after each row: the ratio is to the mean of both. The floor is a hand-written minimum: the ledger's own "
                + "statements, in groups of a delivery server's connections, and an SMTP dialogue of three writes with a message "
                + "that is there already. CPU is that of all processes of a part, in ms a message. Filling: recipients of chunks "
                + "stored a second.",
            "delivery servers",
            "messages",
            "a second",
            "beside smtp-source",
            "CPU: servers",
            "control",
            "ledger",
            "broker",
            "smtp-sink",
            "statements a message",
            "transactions a message",
            "filling a second",
            "MB of a server, early and at the end"
        );
        var port = Ports.Free();
        using var sink = Mail.Sink(port);
        using var broker = new RabbitMq();
        try
        {
            await Mail.Listens(port);
            await broker.New();
            if (OnlyFloor) await With(report, 3, port, sink, broker, isFloor: true);
            else if (OnlyPaced) await Paced(report, port, broker);
            else if (OnlySigned) await With(report, Servers ?? 3, port, sink, broker, isSigned: true);
            else if (Servers is { } only) await With(report, only, port, sink, broker);
            else
            {
                foreach (var servers in new[] { 1, 2, 3 }) await With(report, servers, port, sink, broker);
                await With(report, 3, port, sink, broker, isSigned: true);
                await With(report, 3, port, sink, broker, isFloor: true);
                await Paced(report, port, broker);
                await AtTheSameSecond(report, port);
            }
        }
        finally { sink.Kill(); }
    }

    /// <summary>Messages a second of Postfix's own source of test mail.</summary>
    static async Task<double> Source(int port)
    {
        const int messages = 40_000;
        var clock = Stopwatch.StartNew();
        await Run.Read(
            "/usr/sbin/smtp-source",
            ["-d", "-s", (3 * Connections).ToString(), "-m", messages.ToString(), "-l", (Text * 1024).ToString(), $"127.0.0.1:{port}"]
        );
        return messages / clock.Elapsed.TotalSeconds;
    }

    static async Task<(PostgreSqlServer Server, EngineLedger Ledger, string Connection)> NewLedger()
    {
        var server = new PostgreSqlServer(isKilled: true, vacuums: true).Make();
        var connection = server.NewCatalogue();
        // What counts the statements is loaded at its start.
        await File.AppendAllTextAsync(
            $"{server.Data}/postgresql.conf",
            $"shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track_planning = {(saysSql ? "on" : "off")}\n");
        server.Kill();
        server.Start();
        var name = new NpgsqlConnectionStringBuilder(connection).Database!;
        await using (var admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { Database = "postgres" }))
        await using (var create = admin.CreateCommand($"CREATE DATABASE {name}"))
            await create.ExecuteNonQueryAsync();
        var ledger = EngineLedger.Open(connection);
        await ledger.Migrate();
        await ledger.Change(c => c.Execute("CREATE EXTENSION pg_stat_statements"));
        return (server, ledger, connection);
    }

    static async Task With(
        Report report, int servers, int port, Process sink, RabbitMq broker, bool isSigned = false, bool isFloor = false)
    {
        var before = await Source(port);
        var (server, ledger, connection) = await NewLedger();
        using var ending = server;
        await using var closing = ledger;
        var count = isSigned ? Count / 4 : Count;
        var filling = await Fill(ledger, count, isSigned);
        var data = Directory.CreateTempSubdirectory("bench-engine-").FullName;
        using var control = Start(connection, port, 0, data, (await broker.New(), broker.Address));
        var processes = isFloor ? [Process.GetCurrentProcess()]
            : Enumerable.Range(1, servers).Select(i => Start(connection, port, i, data)).ToList();
        using var over = new CancellationTokenSource();
        var site = new MessageConsumer(
            Broker.Parse(broker.Address), EngineQueues.OutcomeQueue, (_, _) => Task.FromResult<string?>(null), NullLogger.Instance
        ).Run(over.Token);
        var floors = isFloor ? Enumerable.Range(1, servers).Select(i => Floor(ledger, port, i, over.Token)).ToList() : [];
        try
        {
            while (await Accepted(ledger) < count / 4) await Task.Delay(100);
            var (clock, use, sent) = (Stopwatch.StartNew(), Use(), await Accepted(ledger));
            var (asked, early) = (await Statements(ledger), 0L);
            var messages = 0L;
            // While all of them have enough to do.
            while (sent + messages < count * 95L / 100 && clock.Elapsed < TimeSpan.FromMinutes(20))
            {
                await Task.Delay(250);
                messages = await Accepted(ledger) - sent;
                if (early == 0 && clock.Elapsed > TimeSpan.FromSeconds(5)) early = Memory(processes);
            }
            var (perSecond, now) = (messages / clock.Elapsed.TotalSeconds, Use());
            var ms = now.Zip(use, (n, u) => (n - u).TotalMilliseconds / messages).ToArray();
            var done = await Statements(ledger);
            // Ten million a day of a machine with so many processors.
            var share = Needed * (ms[0] + ms[1] + ms[2] + ms[3]) / 1000 / Environment.ProcessorCount;
            var late = Memory(processes);
            if (saysSql) await Say(ledger, messages);
            await over.CancelAsync();
            await Task.WhenAll(floors);
            End([.. isFloor ? [] : processes, control], data);
            data = "";
            var source = (before + await Source(port)) / 2;
            var ratio = (perSecond / source).ToString("0.000");
            report.Row("smtp-source", "", source.N(), "1.00", "", "", "", "", "", "", "", "", "");
            var (what, isAimed) = (isFloor ? "floor of " : "", servers == 3 && !isSigned && !isFloor);
            report.Row(
                what + servers + (isSigned ? ", signed twice" : ""),
                messages.ToString("N0"),
                perSecond.N(),
                isAimed ? report.Aim("delivery, beside smtp-source", perSecond / source >= MinRatio, ratio) : ratio,
                servers == 3 && !isFloor
                    ? report.Aim(
                        $"delivery{(isSigned ? ", signed" : "")}, 116 a second of this machine",
                        share <= 0.25,
                        $"{ms[0].N()} ({share:P0} of the machine at 116 a second)"
                    )
                    : ms[0].N(),
                ms[1].N(),
                ms[2].N(),
                ms[3].N(),
                ms[4].N(),
                ((done.Statements - asked.Statements) / (double)messages).ToString("0.00"),
                ((done.Transactions - asked.Transactions) / (double)messages).ToString("0.00"),
                filling.N(),
                isFloor ? "" : $"{early >> 20} → {late >> 20}"
            );
        }
        finally
        {
            await over.CancelAsync();
            if (data.Length > 0) End([.. isFloor ? [] : processes, control], data);
            await site;
        }

        TimeSpan[] Use() =>
            [Cpu(processes), Cpu([control]), PostgreSqlCpu(connection), BrokerCpu(), Cpu([sink])];
    }

    /// <summary>What ten million a day cost, in the rhythm of a day: few messages at once, so that little is written together.</summary>
    static async Task Paced(Report report, int port, RabbitMq broker)
    {
        const int servers = 3, seconds = 60;
        var (server, ledger, connection) = await NewLedger();
        using var ending = server;
        await using var closing = ledger;
        List<(string Site, Guid Mailing)> mailings = [];
        var start = DateTime.UtcNow.AddMinutes(-1);
        for (var i = 0; i < Sites; i++)
            mailings.Add(("site" + i, await Fill(ledger, "site" + i, (Warm * servers * 2 + 10_000) / Sites, start, null)));
        var data = Directory.CreateTempSubdirectory("bench-engine-").FullName;
        using var control = Start(connection, port, 0, data, (await broker.New(), broker.Address));
        var processes = Enumerable.Range(1, servers).Select(i => Start(connection, port, i, data)).ToList();
        try
        {
            while (await Accepted(ledger) < Warm * servers) await Task.Delay(100);
            var commands = new TakeCommand(ledger, new(), EngineKeys.Parse(keys.Private));
            foreach (var (site, mailing) in mailings)
                await commands.Take(new Control
                {
                    Site = site,
                    MailingId = mailing,
                    Rev = 1,
                    Seq = 2,
                    Go = true,
                    Life = 1,
                    StartAt = start,
                    PerMinute = (int)Math.Ceiling(Needed * 60 / Sites),
                });
            // What was leased before the rate was known is sent as fast as it can be.
            await Task.Delay(TimeSpan.FromSeconds(10));
            var (clock, sent, use) = (Stopwatch.StartNew(), await Accepted(ledger), Use());
            await Task.Delay(TimeSpan.FromSeconds(seconds));
            var cpu = Use().Zip(use, (n, u) => (n - u).TotalSeconds / clock.Elapsed.TotalSeconds).ToArray();
            var perSecond = (await Accepted(ledger) - sent) / clock.Elapsed.TotalSeconds;
            var share = cpu.Sum() / Environment.ProcessorCount;
            report.Line(
                $"At {perSecond.N()} messages a second, for {seconds} s, {servers} delivery servers use {cpu[0]:P1} of a processor, "
                    + $"delivery control {cpu[1]:P1}, the ledger {cpu[2]:P1}, the broker {cpu[3]:P1}: of this machine "
                    + report.Aim("delivery, ten million a day", share <= 0.25 && perSecond >= 0.95 * Needed, $"{share:P1}") + ".");
        }
        finally { End([.. processes, control], data); }

        TimeSpan[] Use() => [Cpu(processes), Cpu([control]), PostgreSqlCpu(connection), BrokerCpu()];
    }

    /// <summary>
    /// A delivery server by hand: one thread, blocking sockets, a message that is there already. What the protocol demands it does: lease,
    /// intent before the dot, outcome.
    /// </summary>
    static Task Floor(EngineLedger ledger, int port, int number, CancellationToken stop) =>
        Task.Factory.StartNew(
            () =>
            {
                var leases = new DeliveryLeases(ledger);
                var me = leases.Begin("floor" + number, CancellationToken.None).Result;
                var sockets = Enumerable.Range(0, Connections).Select(_ =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    socket.Connect("127.0.0.1", port);
                    return socket;
                }).ToList();
                var buffer = new byte[4096];
                foreach (var socket in sockets)
                {
                    Replies(socket, 1);
                    socket.Send("HELO bench.example\r\n"u8);
                    Replies(socket, 1);
                }
                byte[]? message = null;
                while (!stop.IsCancellationRequested)
                    foreach (var offer in leases.Running(null, CancellationToken.None).Result.Where(o => o.HasDue))
                    {
                        var reserve = message is null ? leases.Text(offer.Id, CancellationToken.None).Result!.Reserve : null;
                        message ??= OutgoingMessage.ToBytes(new WriteMessage(reserve!).Message(To(1), DateTime.UtcNow));
                        foreach (var group in leases.Take(me, offer.Id, 500, null, CancellationToken.None).Result.Chunk(Connections))
                        {
                            foreach (var (to, socket) in group.Zip(sockets))
                                socket.Send(System.Text.Encoding.ASCII.GetBytes(
                                    $"MAIL FROM:<{to.To.ReturnTo}>\r\nRCPT TO:<{to.To.To}>\r\nDATA\r\n"));
                            foreach (var (_, socket) in group.Zip(sockets))
                            {
                                Replies(socket, 3);
                                socket.Send(message);
                            }
                            var may = leases.Intend(me, group, CancellationToken.None).Result;
                            if (may.Count != group.Length) throw new InvalidOperationException("Not all of them may be sent.");
                            foreach (var (_, socket) in group.Zip(sockets)) socket.Send(".\r\n"u8);
                            foreach (var (_, socket) in group.Zip(sockets)) Replies(socket, 1);
                            leases.Settle(
                                me,
                                [.. group.Select(r => new DeliveryResult(r, DeliveryOutcome.Accepted, Code: 250, Answer: "2.0.0 Ok"))],
                                CancellationToken.None
                            ).Wait(CancellationToken.None);
                            if (stop.IsCancellationRequested) return;
                        }
                    }

                void Replies(Socket socket, int lines)
                {
                    while (lines > 0) lines -= buffer.AsSpan(0, socket.Receive(buffer)).Count((byte)'\n');
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

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
        // As many as three servers of a fast machine do not end within these twenty seconds.
        const int others = 50, each = 4_000, servers = 3;
        var (server, ledger, connection) = await NewLedger();
        using var ending = server;
        await using var closing = ledger;
        await Fill(ledger, "large", 400_000, DateTime.UtcNow.AddMinutes(-1), null);
        var data = Directory.CreateTempSubdirectory("bench-engine-").FullName;
        var processes = Enumerable.Range(1, servers).Select(i => Start(connection, port, i, data)).ToList();
        try
        {
            while (await ledger.Change(c => c.Value<long>("SELECT count(*) FROM outcomes")) < Warm) await Task.Delay(100);
            var at = DateTime.UtcNow.AddSeconds(45);
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
            var over = await ledger.Change(c => c.Value<long>(
                $"SELECT count(*) FROM (SELECT offer_id FROM outcomes GROUP BY offer_id HAVING count(*) = {each}) o"));
            if (over > 0) throw new InvalidOperationException($"Shares of nothing: {over} reservations were over within twenty seconds.");
            var mean = shares.Average();
            var off = shares.Max(s => Math.Abs(s - mean)) / mean;
            report.Line(
                $"{others} reservations of {others} sites at the same second, {servers} delivery servers, one of 400,000 under way: first "
                    + $"message after {median:0.00} s (median), {report.Aim("delivery, first message of fifty at once", slowest <= 2,
                        $"{slowest:0.00} s")} (the latest). Messages of each in the second ten seconds: {mean:0} on average, the farthest "
                    + $"{report.Aim("delivery, shares of equal mailings", off <= 0.10, $"{off:P0}")} from it."
            );
        }
        finally { End(processes, data); }
    }

    static async Task<double> Fill(EngineLedger ledger, int count, bool isSigned)
    {
        var clock = Stopwatch.StartNew();
        for (var s = 0; s < Sites; s++)
            await Fill(ledger, "site" + s, count / Sites, DateTime.UtcNow.AddMinutes(-1), isSigned ? KeysOf("site" + s) : null);
        return count / clock.Elapsed.TotalSeconds;
    }

    static BulkRecipient To(int i) =>
        new(
            i,
            $"m{i}@d{i % 50}.example",
            "会員 " + i,
            "key" + i,
            $"b{i}@r.bench.example",
            0,
            new Dictionary<string, string> { ["name"] = "会員 " + i }
        );

    /// <returns>The mailing.</returns>
    static async Task<Guid> Fill(EngineLedger ledger, string site, int recipients, DateTime start, Signing? signing)
    {
        var commands = new TakeCommand(ledger, new(), EngineKeys.Parse(keys.Private));
        var mailing = Guid.CreateVersion7();
        await commands.Take(new SuppressBeat { Site = site, DeltaSeq = 0, At = DateTime.UtcNow });
        var chunks = Enumerable.Range(1, recipients)
            .Select(To)
            .Chunk(Chunk.MaxRecipients)
            .Select((r, n) => new Chunk { Site = site, MailingId = mailing, Rev = 1, ChunkNo = n, Recipients = r })
            .ToList();
        var words = string.Concat(Enumerable.Repeat("茶は熱いうちに。The second cup is the better one.\n", 14 * Text));
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
        return mailing;
    }

    /// <param name="broker">Of a delivery control; null for a delivery server.</param>
    static Process Start(string connection, int port, int number, string data, (Broker, string Address)? broker = null) =>
        Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Community.Delivery.dll")])
        {
            Environment =
            {
                ["Engine__Database"] = connection,
                ["Engine__Broker"] = broker?.Address ?? "",
                ["Engine__Relay"] = $"smtp://127.0.0.1:{port}?tls=none",
                ["Engine__Roles"] = broker is null ? "delivery" : "control",
                ["Engine__Keys"] = keys.Private,
                ["Engine__Server"] = "bench" + number,
                ["Engine__Connections"] = Connections.ToString(),
                ["Engine__Data"] = Path.Combine(data, "" + number),
                ["Logging__LogLevel__Default"] = "Warning",
            },
        })!;

    /// <summary>As far as they stand in a batch for their site.</summary>
    static Task<long> Accepted(EngineLedger ledger) =>
        ledger.Change(c => c.Value<long>("SELECT coalesce(sum(accepted), 0) FROM offer_batches"));

    /// <summary>Of the whole database, as it counts them.</summary>
    static Task<(long Statements, long Transactions)> Statements(EngineLedger ledger) =>
        ledger.Change(c => c.First(
            """
            SELECT (SELECT sum(calls)::bigint FROM pg_stat_statements),
                (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())
            """,
            r => (r.GetInt64(0), r.GetInt64(1))
        ));

    /// <summary>The statements that take most of the ledger's time.</summary>
    static async Task Say(EngineLedger ledger, long messages)
    {
        foreach (var (calls, ms, plans, planning, sql) in await ledger.Change(c => c.Query(
            """
            SELECT calls, total_exec_time, plans, total_plan_time, query FROM pg_stat_statements
            ORDER BY total_exec_time + total_plan_time DESC LIMIT 15
            """,
            r => (r.GetInt64(0), r.GetDouble(1), r.GetInt64(2), r.GetDouble(3), r.GetString(4))
        )))
            Console.WriteLine(
                $"    {ms:N0} ms in {calls:N0} ({ms / calls:0.000} each, {calls / (double)messages:0.000} a message), "
                    + $"planned {plans:N0} times in {planning:N0} ms: "
                    + string.Join(' ', sql.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))[..Math.Min(110, sql.Length / 2)]);
    }

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

    /// <summary>Of the broker's processes below this one.</summary>
    static TimeSpan BrokerCpu()
    {
        var ticks = 0L;
        foreach (var process in Process.GetProcessesByName("beam.smp"))
            try
            {
                var stat = Stat(process.Id);
                for (var parent = int.Parse(stat[1]); parent > 1; parent = int.Parse(Stat(parent)[1]))
                    if (parent == Environment.ProcessId) ticks += stat[11..15].Sum(long.Parse);
            }
            catch (IOException) { /* It has ended. */ }
        return TimeSpan.FromSeconds(ticks / 100.0);
    }

    /// <summary>What stands behind the name: state, parent, …; from the twelfth on the time of the process, and of its children that have
    /// ended.</summary>
    static string[] Stat(int process) => File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1].Split(' ');

    /// <summary>Of all processes of the server that listens on this port, those that have ended among them.</summary>
    /// <remarks>Not by their names: a server process says in its own whom it serves.</remarks>
    static TimeSpan PostgreSqlCpu(string connection)
    {
        var port = new NpgsqlConnectionStringBuilder(connection).Port;
        var main = Process.GetProcessesByName("postgres")
            .First(p => File.ReadAllText($"/proc/{p.Id}/cmdline").Contains($"-p\0{port}\0")).Id;
        var ticks = Stat(main)[11..15].Sum(long.Parse);
        foreach (var folder in Directory.GetDirectories("/proc"))
            try
            {
                if (int.TryParse(Path.GetFileName(folder), out var id) && Stat(id) is var stat && stat[1] == main.ToString())
                    ticks += stat[11..13].Sum(long.Parse);
            }
            catch (IOException) { /* It has ended, and is among those of its parent. */ }
        return TimeSpan.FromSeconds(ticks / 100.0);
    }
}
