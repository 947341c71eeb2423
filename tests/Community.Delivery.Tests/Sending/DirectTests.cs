using Community.Bulk.Tests.Harness;
using Community.Mail.Tests.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Community.Bulk.Tests.Sending;

/// <summary>A delivery server without a relay: name server and hosts are those of the test.</summary>
[Trait("needs", "server")]
public sealed class DirectTests(LedgerServer server)
{
    [Fact]
    public async Task Each_domain_s_mail_goes_to_its_host_and_a_silent_name_server_rejects_nobody()
    {
        await using var ledger = await server.New();
        await using var first = new ScriptedSmtpServer().Start();
        await using var second = new ScriptedSmtpServer("127.0.0.2", first.Port)
            .On("MAIL", "421 4.7.0 Slow down", "421 4.7.0 Slow down", "250 2.1.0 Ok").Start();
        await using var dns = new StubDns()
            .WithMx("one.example", 10, "mx.one.example").WithAddress("mx.one.example", "127.0.0.1")
            .WithMx("two.example", 10, "mx.two.example").WithAddress("mx.two.example", "127.0.0.2")
            .WithMx("none.example", 0, ".")
            .WithAddress("silent.example", "127.0.0.1").Failing("silent.example", "MX", StubDns.ServerFailure);
        string[] domains = ["one.example", "two.example", "none.example", "silent.example", "gone.example"];
        var mailing = Guid.CreateVersion7();
        var chunk = Make.Chunk(mailing, 1, 0, domains.Select((d, i) => Make.Recipient(i + 1, d)));
        EngineMessage[] offer =
            [Make.Beat(0), Make.Reserve(mailing, total: 5), chunk, Make.Commit(chunk), Make.Control(mailing, 1, go: true)];
        foreach (var message in offer)
            Assert.Null(await ledger.Take(message));
        using var stop = new CancellationTokenSource();
        var running = new DeliveryServer(
            ledger.Ledger,
            new()
            {
                Name = "one",
                Relay = null,
                Connections = 3,
                LookEvery = TimeSpan.FromMilliseconds(50),
                Rest = TimeSpan.FromMilliseconds(20),
                Direct = new()
                {
                    Mx = new() { Servers = [dns.Address], Timeout = TimeSpan.FromMilliseconds(200), AllowPrivate = true },
                    Road = new() { Port = first.Port, LocalDomain = "out.example.net" },
                },
            },
            NullLogger<DeliveryServer>.Instance
        ).Run(stop.Token);
        var began = System.Diagnostics.Stopwatch.StartNew();
        List<string> states;
        do
        {
            Assert.True(began.Elapsed < TimeSpan.FromSeconds(60));
            await Task.Delay(50);
            states = [];
            for (var rid = 1; rid <= 5; rid++) states.Add(await ledger.StateOf(rid));
        } while (states is not ["accepted", "accepted", "rejected", "deferred", "rejected"]);
        await stop.CancelAsync();
        await running;
        Assert.Equal((1, 1), (first.Messages.Count, second.Messages.Count));
        // The host's 421 spent no attempt, and did not hold up the others.
        Assert.Equal((short)1, await ledger.Ask<short>("SELECT attempts FROM recipients WHERE rid = 2"));
        Assert.Equal("5.1.10", await ledger.Ask<string>("SELECT enhanced FROM outcomes WHERE rid = 3"));
        Assert.Equal("5.1.2", await ledger.Ask<string>("SELECT enhanced FROM outcomes WHERE rid = 5"));
        Assert.Contains("EHLO out.example.net", second.Commands);
    }
}
