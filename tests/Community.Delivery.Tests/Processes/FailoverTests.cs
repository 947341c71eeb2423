using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Processes;

/// <summary>The real program while the ledger's server is lost and its replica takes over.</summary>
[Collection("queues")]
[Trait("needs", "server")]
[Trait("takes", "long")]
public sealed class FailoverTests(RabbitMq rabbit)
{
    [Fact]
    public async Task A_replica_that_has_every_commit_takes_over_and_all_goes_on()
    {
        await using var pair = await LedgerPair.Start(isSynchronous: true);
        await using var run = new EngineRun(await rabbit.New(), pair.Connection);
        run.Start("control", "control");
        run.Start("delivery", "one");
        run.Start("delivery", "two");
        await run.UntilBegun(pair.Ledger, 2);
        await run.Offer(250, "acme", "other");
        await run.Go();
        await run.Until(() => run.Sent > 60, "begun");
        await pair.FailOver();
        // What could not be written down meanwhile is written now, so nothing is in doubt.
        await run.End(maxAmbiguous: 0);
        Assert.Contains(run.Log, l => l.Contains("which has every intent"));
        Assert.Equal(1, await pair.Ledger.Ask<long>("SELECT life FROM engine"));
    }

    /// <summary>
    /// Of the messages that left last the replica knows nothing: it would send them again. Sites have results that it has lost, too.
    /// </summary>
    [Fact]
    public async Task A_replica_that_lacks_the_last_commits_sends_nothing_more_and_all_that_it_does_not_know_is_in_doubt()
    {
        const int Early = 60, Lost = 60, InHand = 2 * EngineRun.Connections;
        TaskCompletionSource behind = new(), over = new();
        await using var pair = await LedgerPair.Start(isSynchronous: false);
        await using var run = new EngineRun(
            await rabbit.New(),
            pair.Connection,
            answers:
            [
                .. Enumerable.Repeat(EngineRun.Soon, Early), .. Enumerable.Repeat(EngineRun.Soon.When(behind.Task), InHand),
                .. Enumerable.Repeat(EngineRun.Soon, Lost), EngineRun.Soon.When(over.Task),
            ]
        );
        run.Start("control", "control");
        run.Start("delivery", "one");
        run.Start("delivery", "two");
        await run.UntilBegun(pair.Ledger, 2);
        await run.Offer(250, "acme", "other");
        await run.Go();
        await run.Until(() => run.Sent == Early + InHand, "the first have left");
        await pair.FallBehind();
        behind.SetResult();
        const int Sent = Early + InHand + Lost + InHand;
        await run.Until(() => run.Sent == Sent, "more have left");
        // Sites know of results that the replica does not.
        await run.Until(
            () => run.Facts.OfType<OutcomeBatch>().Sum(b => b.Items.Count) > Early + InHand, "results of them were told");
        await pair.FailOver();
        over.SetResult();
        await run.Until(
            () => new[] { "acme", "other" }.All(site => run.Facts.OfType<Fact>().Where(f => f.Site == site).MaxBy(f => f.FactNo)
                is OfferProgress { State: OfferState.Frozen, Life: > 1 }),
            "sites hear that it is frozen"
        );
        Assert.Contains(run.Log, l => l.Contains("lacks what was sent"));
        await run.Withdraw();
        var ambiguous = await run.End(maxAmbiguous: 250);
        Assert.InRange(ambiguous, 500 - Early - InHand, 500 - 1);
        Assert.Equal(Sent, run.Sent);
    }
}
