using Community.Bulk.Tests.Harness;
using Community.Mail.Tests.Server;
using Microsoft.Extensions.Logging.Abstractions;
using static Community.Tests.Harness.Waiting;

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
            Assert.True(began.Elapsed < Patience);
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

    static DeliveryServer Server(TestLedger ledger, StubDns dns, int port, int connections) =>
        new(
            ledger.Ledger,
            new()
            {
                Name = "one",
                Relay = null,
                Connections = connections,
                LookEvery = TimeSpan.FromMilliseconds(50),
                ReadRulesEvery = TimeSpan.FromMilliseconds(50),
                Rest = TimeSpan.FromMilliseconds(20),
                Direct = new()
                {
                    Mx = new() { Servers = [dns.Address], Timeout = TimeSpan.FromSeconds(5), AllowPrivate = true },
                    Road = new() { Port = port, LocalDomain = "out.example.net" },
                },
            },
            NullLogger<DeliveryServer>.Instance
        );

    static async Task<Guid> Running(TestLedger ledger, IEnumerable<string> domains)
    {
        var mailing = Guid.CreateVersion7();
        var chunks = domains.Select((d, i) => Make.Recipient(i + 1, d)).Chunk(500).Select((r, i) => Make.Chunk(mailing, 1, i, r)).ToList();
        EngineMessage[] offer =
        [
            Make.Beat(0), Make.Reserve(mailing, total: chunks.Sum(c => c.Recipients.Count)), .. chunks, Make.Commit(chunks),
            Make.Control(mailing, 1, go: true),
        ];
        foreach (var message in offer) Assert.Null(await ledger.Take(message));
        return mailing;
    }

    static Task<bool> Accepted(TestLedger ledger, int n) =>
        ledger.Ask<bool>("SELECT count(*) >= $1 FROM recipients WHERE state = 'accepted'", n);

    /// <summary>A provider whose hosts take connections and say nothing, with many domains, before all others in the mailing.</summary>
    [Fact]
    public async Task Domains_of_one_silent_provider_share_its_few_connections_and_all_others_get_theirs()
    {
        await using var ledger = await server.New();
        await using var good = new ScriptedSmtpServer().Start();
        await using var silent = new ScriptedSmtpServer("127.0.0.2", good.Port).On("CONNECT", ScriptedReply.Silence).Start();
        await using var dns = new StubDns()
            .WithAddress("mx.silent.example", "127.0.0.2")
            .WithMx("good.example", 10, "mx.good.example").WithAddress("mx.good.example", "127.0.0.1");
        var many = Enumerable.Range(1, 60).Select(i => $"d{i}.example").ToList();
        foreach (var domain in many) dns.WithMx(domain, 10, "mx.silent.example");
        await Running(ledger, [.. many, .. Enumerable.Repeat("good.example", 20)]);
        using var stop = new CancellationTokenSource();
        var running = Server(ledger, dns, good.Port, connections: 10).Run(stop.Token);
        await Until(() => Accepted(ledger, 20), "the others have theirs");
        // By domains alone, five of each would have held all connections.
        Assert.InRange(silent.Connections, 1, 5);
        Assert.Equal(20, good.Messages.Count);
        await silent.DisposeAsync();
        await stop.CancelAsync();
        await running;
    }

    /// <summary>
    /// A domain names a provider's host as its best and one of its own behind it: while the provider is busy, its mail goes to its own
    /// host, and nobody else's with it.
    /// </summary>
    [Fact]
    public async Task A_connection_to_a_host_of_one_domain_is_not_used_for_another_that_does_not_have_it()
    {
        await using var provider = new ScriptedSmtpServer("127.0.0.2").On("CONNECT", "421 4.3.2 Busy", "220 provider").Start();
        await using var other = new ScriptedSmtpServer("127.0.0.3", provider.Port).Start();
        await using var dns = new StubDns()
            .WithAddress("mx.provider.example", "127.0.0.2").WithAddress("mx.thief.example", "127.0.0.3")
            .WithMx("thief.example", 10, "mx.provider.example").WithMx("thief.example", 20, "mx.thief.example")
            .WithMx("victim.example", 10, "mx.provider.example").WithMx("same.example", 10, "mx.provider.example");
        using var connections = new Connections(
            null,
            new() { Mx = new() { Servers = [dns.Address], AllowPrivate = true }, Road = new() { Port = provider.Port } },
            new());
        Assert.Equal("127.0.0.3", await At("thief.example", givesBack: true));
        Assert.Equal("127.0.0.2", await At("victim.example", givesBack: true));
        Assert.Equal((2, 1), (provider.Connections, other.Connections));
        // Domains with the same hosts share them, and one is used for its own domain again.
        Assert.Equal("127.0.0.2", await At("same.example", givesBack: false));
        Assert.Equal("127.0.0.3", await At("thief.example", givesBack: false));
        Assert.Equal((2, 1, 0), (provider.Connections, other.Connections, connections.IdleDestinations));

        async Task<string> At(string domain, bool givesBack)
        {
            var (open, failure) = await connections.To(domain, CancellationToken.None);
            Assert.True(open is not null, failure?.Text);
            if (givesBack) connections.Return(open!);
            else open!.Client.Dispose();
            return open!.Direct!.Address.ToString();
        }
    }

    [Theory]
    [InlineData(".", null, "ambiguous")]
    [InlineData("MAIL", "451 4.7.650 Too fast", "deferred")]
    [InlineData(".", "452 4.3.1 Try later", "deferred")]
    public async Task A_host_in_trouble_gets_a_few_messages_and_not_all(string verb, string? answer, string state)
    {
        await using var ledger = await server.New();
        await using var host = new ScriptedSmtpServer().On(verb, answer is null ? ScriptedReply.Close : answer).Start();
        await using var dns = new StubDns().WithMx("one.example", 10, "mx.one.example").WithAddress("mx.one.example", "127.0.0.1");
        await Running(ledger, Enumerable.Repeat("one.example", 60));
        var rule = new DestinationRule { Name = "One", Patterns = ["one.example"], Rest = 3600 };
        Assert.Null(await new KeepDestinationRules(ledger.Ledger).Save(rule, 0, "anna"));
        using var stop = new CancellationTokenSource();
        var running = Server(ledger, dns, host.Port, connections: 10).Run(stop.Token);
        await Until(
            () => ledger.Ask<bool>(
                """
                SELECT count(*) FILTER (WHERE state::text = $1) >= 3 AND count(*) FILTER (WHERE state IN ('leased', 'handing')) = 0
                    AND coalesce(min(due) FILTER (WHERE state = 'pending') > moment(), false) FROM recipients
                """,
                state),
            "it rests");
        Assert.InRange(await ledger.Ask<long>("SELECT count(*) FROM recipients WHERE state::text = $1", state), 3, 20);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_rule_counts_within_moments_messages_on_a_connection_connections_and_tls()
    {
        await using var ledger = await server.New();
        var keep = new KeepDestinationRules(ledger.Ledger);
        await using var host = new ScriptedSmtpServer().Start();
        await using var dns = new StubDns()
            .WithMx("one.example", 10, "in.provider.example").WithMx("two.example", 10, "in.provider.example")
            .WithAddress("in.provider.example", "127.0.0.1");
        var rule = new DestinationRule { Name = "Provider", Patterns = ["mx:*.provider.example"], Connections = 1, PerConnection = 4 };
        Assert.Null(await keep.Save(rule, 0, "anna"));
        await Running(ledger, Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? "one.example" : "two.example"));
        using var stop = new CancellationTokenSource();
        var sender = Server(ledger, dns, host.Port, connections: 10);
        var running = sender.Run(stop.Token);
        await Until(() => Accepted(ledger, 12), "all are sent");
        // One after another, four on each.
        Assert.Equal((12, 3), (host.Messages.Count, host.Connections));

        // The host knows no TLS: nothing more leaves in clear, also not on a connection that stands open.
        Assert.Null(await keep.Save(rule with { RequiresTls = true }, 1, "anna"));
        await Until(
            () => Task.FromResult(sender.KnownRules.Of("one.example", ["in.provider.example"]) is { RequiresTls: true }), "it is read");
        await Running(ledger, ["one.example"]);
        await Until(() => ledger.Ask<bool>("SELECT count(*) = 1 FROM recipients WHERE state = 'deferred'"), "it waits");
        Assert.Equal(12, host.Messages.Count);
        Assert.Null(await keep.Remove("Provider", 2, "anna"));
        // Tried under the old rule it would be put off for long.
        await Until(
            () => Task.FromResult(sender.KnownRules.Of("one.example", ["in.provider.example"]) is not { RequiresTls: true }), "it is gone");
        await ledger.Run("UPDATE recipients SET due = moment() WHERE state = 'deferred'");
        await Until(() => Accepted(ledger, 13), "without the rule it leaves");
        await stop.CancelAsync();
        await running;
    }
}
