using Community.Bulk.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;

namespace Community.Bulk.Tests.Sending;

/// <summary>
/// Hosts that behave like those of real providers: some recipients are unknown, some deferred at first or for ever, some refused after the
/// text, some slow, and at some dots the line goes dead. Whatever they do, everybody is accounted for, and in doubt is exactly who is.
/// </summary>
[Trait("needs", "server")]
public sealed class ProviderTests(LedgerServer server)
{
    enum Fate
    {
        Taken,
        Unknown,
        Greylisted,
        DeferredForEver,
        RefusedAfterText,
        DeferredAfterText,
        TakenSlowly,
        DroppedBeforeText,
        DroppedAfterDot,
    }

    /// <summary>Of a hundred recipients of each host.</summary>
    static readonly (string Domain, string Address, (Fate Fate, int Percent)[] Fates)[] hosts =
    [
        ("carrier.example", "127.0.0.1", [(Fate.Greylisted, 30), (Fate.Unknown, 10), (Fate.TakenSlowly, 5)]),
        ("large.example", "127.0.0.2", [(Fate.Unknown, 2), (Fate.RefusedAfterText, 8), (Fate.DroppedAfterDot, 6)]),
        ("broken.example", "127.0.0.3",
            [(Fate.DroppedBeforeText, 10), (Fate.DroppedAfterDot, 10), (Fate.DeferredForEver, 15), (Fate.DeferredAfterText, 15)]),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Everybody_is_accounted_for_and_in_doubt_is_exactly_who_is(int seed)
    {
        const int Each = 60;
        var random = new Random(seed);
        await using var ledger = await server.New();
        await using var dns = new StubDns();
        var servers = new List<ScriptedSmtpServer>();
        var (fates, recipients) = (new Dictionary<long, Fate>(), new List<BulkRecipient>());
        foreach (var (domain, address, of) in hosts)
        {
            var host = new ScriptedSmtpServer(address, servers.FirstOrDefault()?.Port ?? 0);
            for (var i = 0; i < Each; i++)
            {
                var to = Make.Recipient(recipients.Count + 1, domain);
                recipients.Add(to);
                fates[to.Rid] = Choose(of, random.Next(100));
                Script(host, to.To, fates[to.Rid]);
            }
            servers.Add(host.Start());
            dns.WithMx(domain, 10, "mx." + domain).WithAddress("mx." + domain, address);
        }
        // Shorter rests than real ones.
        foreach (var (domain, _, _) in hosts)
            Assert.Null(await new KeepDestinationRules(ledger.Ledger).Save(new() { Name = domain, Patterns = [domain], Rest = 1 }, 0, "x"));
        var mailing = Guid.CreateVersion7();
        var chunk = Make.Chunk(mailing, 1, 0, recipients.OrderBy(_ => random.Next()));
        EngineMessage[] offer =
        [
            Make.Beat(0), Make.Reserve(mailing, total: recipients.Count), chunk, Make.Commit(chunk),
            Make.Control(mailing, 1, go: true),
        ];
        foreach (var message in offer) Assert.Null(await ledger.Take(message));
        using var stop = new CancellationTokenSource();
        var running = Task.WhenAll(Server(ledger, dns, servers[0].Port, "one", stop), Server(ledger, dns, servers[0].Port, "two", stop));
        var open = fates.Count(f => f.Value is Fate.DeferredForEver);
        var began = System.Diagnostics.Stopwatch.StartNew();
        while (await ledger.Ask<long>("SELECT count(*) FROM recipients WHERE state IN ('pending', 'deferred', 'leased', 'handing')") > open
            || await ledger.Ask<bool>("SELECT EXISTS (SELECT 1 FROM recipients WHERE state IN ('leased', 'handing'))"))
        {
            Assert.True(began.Elapsed < Community.Tests.Harness.Waiting.Patience, "it ends");
            // Hours pass.
            await ledger.Run("UPDATE recipients SET due = '-infinity' WHERE state IN ('pending', 'deferred') AND attempts < 3");
            await Task.Delay(50);
        }
        await stop.CancelAsync();
        await running;
        await ledger.Run("UPDATE offers SET send_until = moment()");
        while (await EndOffers.Run(ledger.Ledger) > 0) { }
        var ended = (await ledger.Facts()).OfType<Ended>().Single();
        Assert.True(ended.Counts.AddsUp);
        Assert.Equal(
            (recipients.Count, 0, 0, Of(Fate.DroppedAfterDot), open),
            (ended.Counts.Total, ended.Counts.Open, ended.Counts.Released, ended.Counts.Ambiguous, ended.Counts.Expired)
        );
        Assert.Equal(Of(Fate.Unknown) + Of(Fate.RefusedAfterText), ended.Counts.Rejected);
        var states = await ledger.Ledger.Change(
            c => c.Query("SELECT rid, state::text FROM recipients", r => (Rid: r.GetInt64(0), State: r.GetString(1))));
        // Who got it, as the hosts know: whatever they said after the dot.
        var got = servers.SelectMany(s => s.Messages).Select(m => MimeMessage.Load(new MemoryStream(m)).To.Mailboxes.First().Address)
            .CountBy(a => a).ToDictionary();
        foreach (var (rid, state) in states)
        {
            var (to, fate) = (recipients[(int)rid - 1].To, fates[rid]);
            Assert.Equal(
                fate switch
                {
                    Fate.Unknown or Fate.RefusedAfterText => "rejected",
                    Fate.DeferredForEver => "expired",
                    Fate.DroppedAfterDot => "ambiguous",
                    _ => "accepted",
                },
                state
            );
            // Twice only where the host has refused the first one.
            var times = fate switch
            {
                Fate.Unknown or Fate.DeferredForEver => 0,
                Fate.DeferredAfterText => 2,
                _ => 1,
            };
            Assert.True(got.GetValueOrDefault(to) == times, $"{rid}, {fate}: {got.GetValueOrDefault(to)} times");
        }
        foreach (var host in servers) await host.DisposeAsync();

        int Of(Fate fate) => fates.Count(f => f.Value == fate);
    }

    static Fate Choose((Fate Fate, int Percent)[] of, int luck)
    {
        foreach (var (fate, percent) in of)
            if ((luck -= percent) < 0)
                return fate;
        return Fate.Taken;
    }

    static void Script(ScriptedSmtpServer host, string to, Fate fate)
    {
        switch (fate)
        {
            case Fate.Unknown: host.On("RCPT " + to, "550 5.1.1 Unknown"); break;
            case Fate.Greylisted: host.On("RCPT " + to, "450 4.2.0 Greylisted", "250 2.1.5 Ok"); break;
            case Fate.DeferredForEver: host.On("RCPT " + to, "452 4.2.2 Full"); break;
            case Fate.RefusedAfterText: host.On(". " + to, "554 5.7.1 Not wanted"); break;
            case Fate.DeferredAfterText: host.On(". " + to, "451 4.3.0 Later", "250 2.0.0 Ok"); break;
            case Fate.TakenSlowly:
                host.On(". " + to, new ScriptedReply("250 2.0.0 Ok").After(TimeSpan.FromMilliseconds(500)));
                break;
            case Fate.DroppedBeforeText: host.On("RCPT " + to, ScriptedReply.Close, "250 2.1.5 Ok"); break;
            case Fate.DroppedAfterDot: host.On(". " + to, ScriptedReply.Close); break;
        }
    }

    static Task Server(TestLedger ledger, StubDns dns, int port, string name, CancellationTokenSource stop) =>
        new DeliveryServer(
            ledger.Ledger,
            new()
            {
                Name = name,
                Relay = null,
                Connections = 12,
                LookEvery = TimeSpan.FromMilliseconds(50),
                Rest = TimeSpan.FromMilliseconds(20),
                Direct = new()
                {
                    Mx = new() { Servers = [dns.Address], Timeout = TimeSpan.FromSeconds(5), AllowPrivate = true },
                    Road = new() { Port = port, LocalDomain = "out.example.net" },
                },
            },
            NullLogger<DeliveryServer>.Instance
        ).Run(stop.Token);
}
