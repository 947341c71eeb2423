using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Ledger;

/// <summary>A site is deleted while the engine has mailings of it.</summary>
[Trait("needs", "server")]
public sealed class GoneTests(LedgerServer server)
{
    static readonly TimeSpan apart = TimeSpan.FromMilliseconds(5);

    static SiteGone Gone(DateTime? at = null) => new() { Site = Make.Site, At = at ?? DateTime.UtcNow + apart };

    [Fact]
    public async Task Nothing_more_is_sent_and_nothing_is_known_or_told_of_a_site_that_is_gone()
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running(total: 4);
        await ledger.Take(Make.Delta(1, 9));
        var waits = Guid.CreateVersion7();
        var parts = Make.Offer(waits);
        await ledger.Take(parts[0]);
        var me = await ledger.Leases.Begin("one");
        var begun = await ledger.Leases.Take(me, 1, 1);
        Assert.Single(await ledger.Leases.Intend(me, begun));
        var leased = await ledger.Leases.Take(me, 1, 2);
        await ledger.Facts();

        var gone = Gone();
        Assert.Null(await ledger.Take(gone));
        Assert.Empty(await ledger.Leases.Intend(me, leased));
        Assert.Empty(await ledger.Leases.Running());
        Assert.Equal(0L, await ledger.Ask<long>("SELECT (SELECT count(*) FROM deltas) + (SELECT count(*) FROM beats)"));
        // What was begun is finished; then it is over.
        await ledger.Leases.Settle(me, [new(begun[0], DeliveryOutcome.Accepted, Code: 250)]);
        while (await EndOffers.Run(ledger.Ledger) > 0) { }
        Assert.Equal(0L, await ledger.Ask<long>("SELECT count(*) FROM offers WHERE state <> 'ended' OR closed_at IS NULL"));
        // What was under way all the time finds nobody, begins nothing and is no dead letter.
        foreach (var part in parts) Assert.Null(await ledger.Take(part));
        Assert.Null(await ledger.Take(Make.Control(mailing, 9, go: true)));
        Assert.Null(await ledger.Take(new SuppressBeat { Site = Make.Site, DeltaSeq = 3, At = gone.At - apart }));
        Assert.Equal(2L, await ledger.Ask<long>("SELECT count(*) FROM offers"));
        Assert.Empty(await ledger.Facts());
        while (await ForgetPeople.Run(ledger.Ledger) > 0) { }
        Assert.Equal(0L, await ledger.Ask<long>("SELECT count(*) FROM addressees"));
        Assert.False(await ledger.Ask<bool>("SELECT EXISTS (SELECT 1 FROM offers WHERE reserve IS NOT NULL)"));
    }

    [Fact]
    public async Task A_new_site_of_the_same_key_begins_anew_and_loses_nothing_if_the_end_of_the_first_is_told_again()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        await ledger.Take(Make.Delta(1, 9));
        // As after some time in which no mailing needed them.
        await ledger.Run("UPDATE sites SET forgotten_delta = 1");
        await ledger.Facts();
        var gone = Gone();
        await ledger.Take(gone);
        while (await EndOffers.Run(ledger.Ledger) > 0) { }
        await Task.Delay(2 * apart);
        var mailing = Guid.CreateVersion7();
        foreach (var part in Make.Offer(mailing)) Assert.Null(await ledger.Take(part));
        Assert.IsType<Accepted>(Assert.Single(await ledger.Facts()));
        Assert.Null(await ledger.Take(Make.Control(mailing, 1, go: true)));
        Assert.Null(await ledger.Take(Make.Delta(1, 1) with { At = DateTime.UtcNow }));
        Assert.Null(await ledger.Take(Make.Beat(1)));
        Assert.Null(await ledger.Take(gone));
        Assert.Single(await ledger.Leases.Running());
        Assert.Equal(1L, await ledger.Ask<long>("SELECT count(*) FROM deltas"));
    }

    [Fact]
    public async Task A_letter_that_a_web_server_could_not_take_is_written_down_once()
    {
        await using var ledger = await server.New();
        var letter = new Undeliverable
        {
            Site = "acme",
            Queue = EngineQueues.OutcomeQueue,
            Letter = "outcome.batch",
            LetterId = Guid.CreateVersion7(),
            Reason = "there is no site acme",
        };
        foreach (var _ in (int[])[1, 2]) Assert.Null(await ledger.Take(letter));
        using var watch = new EngineWatch(ledger.Ledger, null, ".", []);
        var found = Assert.Single((await new EngineFigures(ledger.Ledger, watch).DeadLetters(default)).Letters);
        Assert.Equal(("mail.outcome", "outcome.batch", "acme"), (found.Queue, found.Schema, found.Site));
        // Nobody could read it.
        Assert.Null(await ledger.Take(letter with { Site = "", Letter = "", LetterId = null }));
        Assert.Null((await new EngineFigures(ledger.Ledger, watch).DeadLetters(default)).Letters[0].Site);
    }
}
