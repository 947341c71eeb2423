using System.Diagnostics;
using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Processes;

/// <summary>The real program: a delivery server stands still or dies with messages in hand, and others go on in its place.</summary>
[Collection("queues")]
[Trait("needs", "server")]
[Trait("takes", "long")]
public sealed class LostServerTests(RabbitMq rabbit, LedgerServer server)
{
    const int Early = 30, Recipients = 600, Connections = EngineRun.Connections;

    /// <summary>Longer than what is compared lies apart.</summary>
    static readonly TimeSpan little = TimeSpan.FromSeconds(5);

    static Task<List<long>> In(TestLedger ledger, string state) =>
        ledger.Ledger.Change(c => c.Query(
            "SELECT rid FROM recipients WHERE owner = 'one' AND state = $1::text::recipient_state", r => r.GetInt64(0), state));

    /// <summary>The moment after which the last of what <c>one</c> has in this state comes back, by the ledger's clock.</summary>
    static async Task PassLeases(TestLedger ledger, string state) =>
        await ledger.Move(little + TimeSpan.FromSeconds(await ledger.Ask<double>(
            """
            SELECT extract(epoch FROM max(lease_until) - now())::double precision FROM recipients
            WHERE owner = 'one' AND state = $1::text::recipient_state
            """,
            state
        )));

    static Task<long> Open(TestLedger ledger, IEnumerable<long> rids) =>
        ledger.Ask<long>("SELECT count(*) FROM recipients WHERE rid = ANY ($1) AND state IN ('pending', 'leased')", rids.ToArray());

    /// <summary>
    /// Two servers send until the relay keeps silent; then <c>one</c> has as many dots at the relay as it may, and more leased.
    /// </summary>
    static async Task<Process> Begin(EngineRun run, TestLedger ledger)
    {
        run.Start("control", "control");
        var one = run.Start("delivery", "one");
        run.Start("delivery", "two");
        await run.UntilBegun(ledger, 2);
        await run.Offer(Recipients, "acme");
        await run.Go();
        await run.Until(() => run.Sent == Early + 2 * Connections, "all connections wait for the relay");
        await run.Until(async () => (await In(ledger, "leased")).Count > 0, "more is leased");
        Assert.Equal(Connections, (await In(ledger, "handing")).Count);
        return one;
    }

    [Fact]
    public async Task A_server_that_stood_still_past_its_leases_and_goes_on_sends_nothing_twice()
    {
        TaskCompletionSource first = new(), second = new();
        await using var ledger = await server.New();
        await using var run = new EngineRun(await rabbit.New(), ledger.Connection, answers:
        [
            .. Enumerable.Repeat(EngineRun.Soon, Early), .. Enumerable.Repeat(EngineRun.Soon.When(first.Task), 2 * Connections),
            .. Enumerable.Repeat(EngineRun.Soon, Recipients - Early - 2 * Connections), EngineRun.Soon.When(second.Task),
        ]);
        var one = await Begin(run, ledger);
        EngineRun.Signal(one, "STOP");
        // It may just have given back what had waited for long, and not leased others yet.
        for (; (await In(ledger, "leased")).Count == 0; EngineRun.Signal(one, "STOP"))
        {
            EngineRun.Signal(one, "CONT");
            await Task.Delay(200);
        }
        var (leased, handing) = (await In(ledger, "leased"), await In(ledger, "handing"));
        await PassLeases(ledger, "handing");
        await run.Until(async () => await ledger.Ask<long>("SELECT count(*) FROM recipients WHERE state = 'ambiguous'") >= Connections,
            "nobody knows what became of what it had begun");
        // Unless they have ended already.
        if ((await In(ledger, "leased")).Count > 0) await PassLeases(ledger, "leased");
        // Its connections have their answers, which it does not read; the other goes on, to the end and then with what came back.
        first.SetResult();
        await run.Until(async () => await Open(ledger, leased) == 0, "the other sends what it had leased");
        Assert.Subset(run.ArrivedOf("acme").ToHashSet(), handing.ToHashSet());
        await run.Offer(Recipients, "other");
        await run.Go();
        EngineRun.Signal(one, "CONT");
        // What it still has in memory comes first. It drops that before the dot, and begins with others.
        await run.Until(async () => await In(ledger, "handing") is { Count: Connections } now && !now.Intersect(leased).Any(),
            "it sends others");
        await run.Until(async () => await ledger.Ask<long>("SELECT count(*) FROM recipients WHERE state = 'ambiguous'") == 0,
            "it says what became of what it had begun");
        second.SetResult();
        await run.End(maxAmbiguous: 0);
        Assert.Equal(2 * Recipients, run.Sent);
    }

    [Fact]
    public async Task A_server_that_dies_is_replaced_when_its_leases_end_and_only_what_it_had_begun_is_in_doubt()
    {
        TaskCompletionSource gate = new();
        await using var ledger = await server.New();
        await using var run = new EngineRun(await rabbit.New(), ledger.Connection, answers:
            [.. Enumerable.Repeat(EngineRun.Soon, Early), EngineRun.Soon.When(gate.Task)]);
        var one = await Begin(run, ledger);
        EngineRun.Kill(one);
        gate.SetResult();
        await run.Until(async () => await ledger.Ask<long>(
            "SELECT count(*) FROM recipients WHERE owner IS DISTINCT FROM 'one' AND state IN ('pending', 'leased', 'handing')") == 0,
            "the other sends all else");
        var (leased, handing) = (await In(ledger, "leased"), await In(ledger, "handing"));
        // Unless they have ended already.
        if (leased.Count > 0) await PassLeases(ledger, "leased");
        await run.Until(() => run.Sent == Recipients, "the other sends what it had leased");
        Assert.Equal(Connections, handing.Count);
        await PassLeases(ledger, "handing");
        Assert.Equal(Connections, await run.End(maxAmbiguous: Connections));
        Assert.Equal(Recipients, run.Sent);
    }
}
