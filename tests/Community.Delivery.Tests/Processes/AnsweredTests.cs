using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Processes;

/// <summary>How long the real program takes to answer a site's wish.</summary>
[Collection("queues")]
[Trait("needs", "server")]
public sealed class AnsweredTests(RabbitMq rabbit, LedgerServer server)
{
    /// <summary>
    /// Each wish leaves as soon as the one before is answered, so each waits in full for every poll that is on the way: the fastest of them
    /// shows those, however busy the machine is.
    /// </summary>
    [Fact]
    public async Task A_pause_is_followed_and_confirmed_by_broker_ledger_and_broker_within_two_seconds()
    {
        await using var ledger = await server.New();
        await using var run = new EngineRun(await rabbit.New(), ledger.Connection);
        run.Start("control", "control");
        await run.Offer(3, "acme");
        var took = new List<TimeSpan>();
        for (var seq = 1; seq <= 6; seq++) took.Add(await run.Wish(seq, paused: seq % 2 == 1));
        Assert.True(took.Min() < TimeSpan.FromSeconds(2), string.Join(", ", took.Select(t => $"{t.TotalMilliseconds:N0} ms")));
    }
}
