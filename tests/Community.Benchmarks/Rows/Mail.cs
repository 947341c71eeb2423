using System.Diagnostics;
using System.Net.Sockets;
using Community.Mail;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Benchmarks;

/// <summary>Direct mail through the whole path into Postfix's smtp-sink, the SMTP client alone, and Postfix's own smtp-source.</summary>
static class Mail
{
    /// <summary>As many as the sender keeps for one site.</summary>
    const int Connections = 8, Messages = 20_000, Recipients = 60_000;
    const double MinRatio = 0.10, MaxCpu = 1.5, MaxStatements = 4;

    public static async Task Measure(Report report)
    {
        report.Section(
            "Mail",
            $"Throttle off, {Connections} kept connections, into smtp-sink, in one run with Postfix's smtp-source. The whole path leases a "
                + "recipient, asks consent again, writes the message, commits the intent before the final dot and the outcome after it; "
                + "CPU is the program's own.",
            "what",
            "text",
            "messages",
            "a second",
            "beside smtp-source",
            "CPU ms a message",
            "statements a message",
            "KB on the wire"
        );
        var port = Ports.Free();
        using var sink = Sink(port);
        try
        {
            await Listens(port);
            foreach (var kilobytes in new[] { 1, 10 })
            {
                var text = $"{kilobytes} KB";
                var clock = Stopwatch.StartNew();
                await Run.Read(
                    "/usr/sbin/smtp-source",
                    [
                        "-d",
                        "-s",
                        Connections.ToString(),
                        "-m",
                        Messages.ToString(),
                        "-l",
                        (kilobytes * 1024).ToString(),
                        $"127.0.0.1:{port}",
                    ]
                );
                var source = Messages / clock.Elapsed.TotalSeconds;
                report.Row("smtp-source", text, Messages.ToString("N0"), source.N(), "1.00", "", "", "");
                var message = Array.Empty<byte>();
                if (Rows.Database is not "postgresql") message = await Path(report, port, "SQLite", "", kilobytes, source);
                if (Rows.Database is not "sqlite")
                    message = await Path(report, port, "PostgreSQL", await PostgreSql.NewCatalogue(), kilobytes, source);
                var (client, clientCpu) = await Client(port, message);
                var ratio = (client / source).ToString("0.00");
                var size = (message.Length / 1024.0).N();
                report.Row(
                    "the SMTP client alone, such a message", text, Messages.ToString("N0"), client.N(), ratio, clientCpu.N(), "", size);
            }
        }
        finally { sink.Kill(); }
    }

    /// <summary>Postfix's smtp-sink; with a folder it keeps each message in a file.</summary>
    public static Process Sink(int port, string? folder = null)
    {
        var isRoot = Environment.UserName == "root";
        if (folder is not null && isRoot && !OperatingSystem.IsWindows())
            new DirectoryInfo(folder).UnixFileMode = (UnixFileMode)0b111_111_111;
        return Process.Start(
            new ProcessStartInfo(
                "/usr/sbin/smtp-sink",
                [
                    .. isRoot ? ["-u", "postfix"] : Array.Empty<string>(),
                    .. folder is null ? [] : new[] { "-d", "m." },
                    $"127.0.0.1:{port}",
                    "256",
                ]
            )
            {
                WorkingDirectory = folder ?? "/tmp",
            }
        )!;
    }

    /// <returns>A message as it was sent.</returns>
    static async Task<byte[]> Path(Report report, int port, string name, string database, int kilobytes, double source)
    {
        var (path, cpu, statements, message) = await WholePath(port, database, kilobytes);
        report.Row(
            $"the whole path, {name}",
            $"{kilobytes} KB",
            Recipients.ToString("N0"),
            path.N(),
            report.Aim($"{name}, {kilobytes} KB, beside smtp-source", path / source >= MinRatio, (path / source).ToString("0.000")),
            report.Aim($"{name}, {kilobytes} KB, CPU ms a message", cpu <= MaxCpu, cpu.N()),
            report.Aim($"{name}, {kilobytes} KB, statements a message", statements <= MaxStatements, statements.N()),
            (message.Length / 1024.0).N()
        );
        return message;
    }

    public static async Task Listens(int port)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException) when (i < 200) { await Task.Delay(20); }
        }
    }

    /// <summary>What the path cannot be faster than: its dialogue with a message that is there already, and no intent to be kept.</summary>
    static async Task<(double PerSecond, double CpuMs)> Client(int port, byte[] message)
    {
        var relay = SmtpRelay.Parse($"smtp://127.0.0.1:{port}?tls=none");
        var clients = await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ => (await RelayClient.Connect(relay)).Client!));
        await Send(100);
        using var self = Process.GetCurrentProcess();
        var (clock, cpu) = (Stopwatch.StartNew(), self.TotalProcessorTime);
        await Send(Messages / Connections);
        self.Refresh();
        var result = (Messages / clock.Elapsed.TotalSeconds, (self.TotalProcessorTime - cpu).TotalMilliseconds / Messages);
        foreach (var client in clients) client.Dispose();
        return result;

        Task Send(int each) => Task.WhenAll(clients.Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                var answer = await client.Deliver(message, "news@bench.example", $"m{i}@bench.example");
                if (answer.Status != SendStatus.Accepted) throw new InvalidOperationException(answer.ToString());
            }
        })));
    }

    /// <summary>Of so many octets in UTF-8, half of them Japanese.</summary>
    static string Words(int kilobytes)
    {
        const string line = "茶は熱いうちに。The second cup is the better one.\n";
        return string.Concat(Enumerable.Repeat(line, kilobytes * 1024 / System.Text.Encoding.UTF8.GetByteCount(line)));
    }

    static async Task<(double PerSecond, double CpuMs, double Statements, byte[] Message)> WholePath(
        int port, string database, int kilobytes)
    {
        var folder = System.IO.Path.Combine(Places.Artifacts, $"mail{kilobytes}" + (database.Length > 0 ? "-pg" : ""));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await Data.Make(folder, database, Recipients, 1, 1, deep: false, iterations: 1000);
        using var desk = Data.Open(folder, database);
        var site = (await desk.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        var scopes = desk.Services.GetRequiredService<SiteScopes>();
        await scopes.Run(site, s => Reserve(s, site, kilobytes));
        await using var host = await Server.Host(
            folder,
            database,
            new() { ["Community__Relay"] = $"smtp://127.0.0.1:{port}?tls=none", ["Community__MailingsPerHour"] = "0" }
        );
        // From the moment at which all recipients are in, and the just-in-time compiler has seen the code.
        while (await Accepted() < Recipients * 4 / 10) await Task.Delay(20);
        var (clock, before, sent) = (Stopwatch.StartNew(), host.Use(), await Accepted());
        while (await Accepted() < Recipients * 8 / 10 && clock.Elapsed < TimeSpan.FromMinutes(3)) await Task.Delay(100);
        var (accepted, seconds, after) = (await Accepted(), clock.Elapsed.TotalSeconds, host.Use());
        var (messages, statements) = (0, 0);
        if (accepted < Recipients)
        {
            var from = 0;
            // What is recorded begins a second later.
            var recorded = await host.Record(async () =>
            {
                from = await Accepted();
                while (await Accepted() < Recipients - 50) await Task.Delay(50);
                messages = await Accepted() - from;
            });
            if (Environment.GetEnvironmentVariable("COMMUNITY_BENCH_SQL") is not null)
                foreach (var sql in recorded.CountBy(r => r.Sql).OrderByDescending(r => r.Value))
                    Console.WriteLine($"    {sql.Value}: {sql.Key.Replace('\n', ' ')}");
            statements = recorded.Count;
        }
        return (
            (accepted - sent) / seconds,
            (after.CpuMs - before.CpuMs) / (accepted - sent),
            messages > 0 ? (double)statements / messages : 0,
            await scopes.Run(site, s => Sent(s, site))
        );

        // As the results page knows it. To count the deliveries again and again took a tenth of the machine.
        Task<int> Accepted() => scopes.Run(
            site,
            s => s.GetRequiredService<SiteDb>().MailingRollups.Where(r => r.State == DeliveryState.Accepted).SumAsync(r => r.N)
        );
    }

    /// <summary>A message as it was sent.</summary>
    static async Task<byte[]> Sent(IServiceProvider services, Site site)
    {
        var content = FrozenContent.Parse((await services.GetRequiredService<SiteDb>().Mailings.Select(m => m.Content).FirstAsync())!);
        var fields = await MergeFields.On(services.GetRequiredService<SiteDb>());
        var message = new MailingMessage(content, services.GetRequiredService<IStringLocalizer>(), fields);
        var to = await message.For(new(1, "会員 1", "m1@bench.example", site.Culture, content.SiteUrl, content.SiteUrl), services, default);
        return OutgoingMessage.ToBytes(message.Write(to, "1.1@bench.example", DateTime.UtcNow));
    }

    public static async Task Reserve(IServiceProvider services, Site site, int kilobytes)
    {
        var db = services.GetRequiredService<SiteDb>();
        var now = DateTime.UtcNow;
        var mailer = await db.Members.Where(m => m.Email == Data.Mailer).Select(m => m.Id).FirstAsync();
        var mailing = new Mailing.Mailing
        {
            FormKey = Guid.NewGuid(),
            KindId = await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).FirstAsync(),
            Contents = [new() { Subject = "今月のお知らせ", Text = "{{member.name}} さま\n\n" + Words(kilobytes) }],
            CreatedBy = mailer,
            CreatedAt = now,
        };
        mailing.Schedule(mailer, null, site.Zone.Id, now);
        db.Schedule(MailingSender.Queue, now);
        db.Mailings.Add(mailing);
        await db.SaveChangesAsync();
    }
}
