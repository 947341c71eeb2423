using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Processes;

/// <summary>The real program with a RabbitMQ of three nodes, of which one is lost.</summary>
[Trait("needs", "server")]
[Trait("takes", "long")]
public sealed class ClusterTests(LedgerServer server)
{
    [Fact]
    public async Task Of_three_nodes_the_one_with_all_leaders_is_lost_while_a_mailing_runs_and_another_is_handed_over_without_it()
    {
        using var one = new RabbitMq();
        await one.Start();
        using var two = new RabbitMq { Names = one.Names, Peers = [one] };
        await two.Start();
        using var three = new RabbitMq { Names = one.Names, Peers = [one, two] };
        await three.Start();
        // Queues are led where they were declared.
        await using (var connection = await Bulk.Broker.Parse(one.Address).Connect("test", default))
        await using (var channel = await connection.CreateChannelAsync())
            await EngineQueues.Declare(channel, default);
        await using var ledger = await server.New();
        var address = one.With(two, three);
        await using var run = new EngineRun(Bulk.Broker.Parse(address), ledger.Connection, address);
        run.Start("control", "control");
        run.Start("delivery", "one");
        await run.Offer(250, "acme");
        await run.Go();
        await run.Until(() => run.Sent > 60, "begun");
        one.Kill();
        await run.Offer(250, "other");
        await run.Go();
        await run.End(maxAmbiguous: 0);
    }
}
