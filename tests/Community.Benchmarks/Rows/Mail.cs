using System.Diagnostics;
using System.Net.Sockets;
using Community.Mail;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Benchmarks;

/// <summary>Direct mail through the whole path into Postfix's smtp-sink, the SMTP client alone, and Postfix's own smtp-source.</summary>
static class Mail
{
    /// <summary>As many as the sender keeps.</summary>
    const int Connections = 4, Messages = 10_000, Recipients = 5_000;

    public static async Task Measure(Report report)
    {
        report.Section(
            "Mail",
            $"Throttle off, {Connections} kept connections, into smtp-sink. The whole path leases a recipient, asks consent again, writes the message, commits the intent before the final dot and the outcome after it.",
            "what",
            "messages",
            "a second",
            "beside smtp-source",
            "CPU ms a message"
        );
        var port = Ports.Free();
        using var sink = Process.Start(
            new ProcessStartInfo(
                "/usr/sbin/smtp-sink",
                [.. Environment.UserName == "root" ? ["-u", "postfix"] : Array.Empty<string>(), $"127.0.0.1:{port}", "256"]
            )
            {
                WorkingDirectory = "/tmp",
            }
        )!;
        try
        {
            await Listens(port);
            var clock = Stopwatch.StartNew();
            await Run.Read(
                "/usr/sbin/smtp-source",
                ["-d", "-s", Connections.ToString(), "-m", Messages.ToString(), "-l", "2500", $"127.0.0.1:{port}"]
            );
            var source = Messages / clock.Elapsed.TotalSeconds;
            report.Row("smtp-source", Messages.ToString("N0"), source.N(), "1.00", "");
            var (client, clientCpu) = await Client(port);
            report.Row("the SMTP client alone", Messages.ToString("N0"), client.N(), (client / source).ToString("0.00"), clientCpu.N());
            var (path, cpu) = await WholePath(port);
            report.Row("the whole path, SQLite", Recipients.ToString("N0"), path.N(), (path / source).ToString("0.000"), cpu.N());
            report.Line($"A server is to send about 1,000 an hour; the whole path sends so many in {1000 / path:0.0} s.");
        }
        finally { sink.Kill(); }
    }

    static async Task Listens(int port)
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

    static async Task<(double PerSecond, double CpuMs)> Client(int port)
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
                var answer = await client.Deliver(Message(i), "news@bench.example", $"m{i}@bench.example");
                if (answer.Status != SendStatus.Accepted) throw new InvalidOperationException(answer.ToString());
            }
        })));
    }

    static MimeMessage Message(int i)
    {
        var text = string.Concat(Enumerable.Repeat("茶は熱いうちに。The second cup is the better one.\n", 30));
        return OutgoingMessage.Write(
            ("茶の間", "news@bench.example"),
            ("会員 " + i, $"m{i}@bench.example"),
            "今月のお知らせ",
            $"{Guid.NewGuid():N}@bench.example",
            DateTime.UtcNow,
            [],
            new MailBody(text, "")
        );
    }

    static async Task<(double PerSecond, double CpuMs)> WholePath(int port)
    {
        var folder = Path.Combine(Places.Artifacts, "mail");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await Data.Make(folder, "", Recipients, 1, 1, deep: false, iterations: 1000);
        using var desk = Data.Open(folder, "");
        var site = (await desk.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        var scopes = desk.Services.GetRequiredService<SiteScopes>();
        await scopes.Run(site, s => Reserve(s, site));
        await using var host = await Server.Host(
            folder,
            "",
            new() { ["Community__Relay"] = $"smtp://127.0.0.1:{port}?tls=none", ["Community__MailingsPerHour"] = "0" }
        );
        // From the moment at which all recipients are in.
        while (await State(d => d.State == DeliveryState.Accepted) < 200) await Task.Delay(50);
        var (clock, before, sent) = (Stopwatch.StartNew(), host.Use(), await State(d => d.State == DeliveryState.Accepted));
        int accepted;
        while ((accepted = await State(d => d.State == DeliveryState.Accepted)) < Recipients && clock.Elapsed < TimeSpan.FromMinutes(3))
            await Task.Delay(100);
        var seconds = clock.Elapsed.TotalSeconds;
        return ((accepted - sent) / seconds, (host.Use().CpuMs - before.CpuMs) / (accepted - sent));

        Task<int> State(System.Linq.Expressions.Expression<Func<Delivery, bool>> which) =>
            scopes.Run(site, s => s.GetRequiredService<SiteDb>().Deliveries.CountAsync(which));
    }

    static async Task Reserve(IServiceProvider services, Site site)
    {
        var db = services.GetRequiredService<SiteDb>();
        var now = DateTime.UtcNow;
        var mailer = await db.Members.Where(m => m.Email == Data.Mailer).Select(m => m.Id).FirstAsync();
        var mailing = new Mailing.Mailing
        {
            FormKey = Guid.NewGuid(),
            KindId = await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).FirstAsync(),
            Title = "今月のお知らせ",
            Contents =
            [
                new()
                {
                    Subject = "今月のお知らせ",
                    Text = "{{member.name}} さま\n\n"
                        + string.Concat(Enumerable.Repeat("茶は熱いうちに。The second cup is the better one.\n", 30)),
                },
            ],
            CreatedBy = mailer,
            CreatedAt = now,
        };
        mailing.Schedule(mailer, null, site.Zone.Id, now);
        db.Schedule(MailingSender.Queue, now);
        db.Mailings.Add(mailing);
        await db.SaveChangesAsync();
    }
}
