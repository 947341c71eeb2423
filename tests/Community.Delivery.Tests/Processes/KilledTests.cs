using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Processes;

/// <summary>The real program, broker and ledger: processes are killed while mailings of two sites run.</summary>
[Collection("queues")]
[Trait("needs", "server")]
[Trait("takes", "long")]
public sealed class KilledTests(RabbitMq rabbit, LedgerServer server)
{
    [Fact]
    public async Task Whoever_is_killed_everybody_has_one_outcome_nobody_gets_it_twice_and_what_is_accepted_has_arrived()
    {
        await using var ledger = await server.New();
        await using var run = new EngineRun(await rabbit.New(), ledger.Connection);
        System.Diagnostics.Process control = run.Start("control", "control"),
            one = run.Start("delivery", "one"),
            two = run.Start("delivery", "two");
        await run.Offer(250, "acme", "other");
        await run.Go();
        await run.Until(() => run.Sent > 60, "begun");
        EngineRun.Kill(one);
        await run.Until(() => run.Sent > 150, "the other goes on");
        EngineRun.Kill(control);
        run.Start("delivery", "one");
        await run.Until(() => run.Sent > 300, "without the control");
        EngineRun.Kill(two);
        run.Start("control", "control");
        run.Start("delivery", "two");
        // Four connections of each that was killed, and as many answers that were not written down yet.
        await run.End(maxAmbiguous: 16);
    }
}
