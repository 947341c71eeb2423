using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Ledger;

/// <summary>A standby took over: nothing is sent until it is known whether it lacks something that may have been sent.</summary>
[Trait("needs", "server")]
public sealed class JudgeFailoverTests(LedgerServer server)
{
    static Task TakeOver(TestLedger ledger) =>
        ledger.Run("CREATE OR REPLACE FUNCTION timeline() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'later' $$");

    static Task<Failover> Judge(TestLedger ledger) => JudgeFailover.Run(ledger.Ledger);

    /// <summary>A delivery server that has leased everybody, and intended the first.</summary>
    static async Task<(DeliveryLeases Leases, ServerEpoch Me, List<LeasedRecipient> Leased)> Server(
        TestLedger ledger, string name = "one", int count = 3)
    {
        var leases = new DeliveryLeases(ledger.Ledger);
        var me = await leases.Begin(name);
        var leased = await leases.Take(me, 1, count);
        if (count > 0) Assert.Single(await leases.Intend(me, [leased[0]]));
        return (leases, me, leased);
    }

    /// <summary>The standby does not know of the only intent.</summary>
    static async Task Lose(TestLedger ledger, long rid)
    {
        await ledger.Run("UPDATE servers SET written = 0 WHERE name = 'one'");
        await ledger.Run("UPDATE recipients SET state = 'leased', attempts = 0 WHERE rid = $1", rid);
    }

    [Fact]
    public async Task Nothing_is_sent_until_every_server_has_looked_and_if_nothing_is_missing_all_goes_on()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var one = await Server(ledger, count: 2);
        var two = await Server(ledger, "two", count: 0);
        Assert.Equal(Failover.None, await Judge(ledger));
        await TakeOver(ledger);
        Assert.Equal(Failover.Waits, await Judge(ledger));
        await one.Leases.LookAfterFailover(one.Me);
        Assert.Equal(Failover.Waits, await Judge(ledger));
        Assert.Empty(await one.Leases.Take(one.Me, 1, 5));
        Assert.Empty(await one.Leases.Intend(one.Me, one.Leased));
        await two.Leases.LookAfterFailover(two.Me);
        Assert.Equal(Failover.Whole, await Judge(ledger));
        Assert.Equal(Failover.None, await Judge(ledger));
        Assert.Single(await one.Leases.Intend(one.Me, one.Leased));
        Assert.Equal("running", await ledger.OfferState());
    }

    /// <summary>What a server had leased it still tries, and is refused: that is no intent, and hides none that is missing.</summary>
    [Fact]
    public async Task What_is_refused_meanwhile_does_not_hide_a_loss()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var one = await Server(ledger);
        await Lose(ledger, one.Leased[0].Rid);
        await TakeOver(ledger);
        foreach (var recipient in one.Leased) Assert.Empty(await one.Leases.Intend(one.Me, [recipient]));
        await one.Leases.LookAfterFailover(one.Me);
        Assert.Equal(Failover.Lossy, await Judge(ledger));
        Assert.Equal(("frozen", 2L), (await ledger.OfferState(), await ledger.Ask<long>("SELECT life FROM engine")));
    }

    /// <summary>The site has seen facts that are lost: one with a number that it knows would tell it nothing.</summary>
    [Fact]
    public async Task After_a_loss_the_site_is_told_once_and_by_a_number_that_it_does_not_know()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var one = await Server(ledger);
        var seen = (await ledger.Facts()).Max(f => ((Fact)f).FactNo) + 100;
        await Lose(ledger, one.Leased[0].Rid);
        await TakeOver(ledger);
        await one.Leases.LookAfterFailover(one.Me);
        Assert.Equal(Failover.Lossy, await Judge(ledger));
        await TellProgress.Run(ledger.Ledger);
        await TellProgress.Run(ledger.Ledger);
        var told = Assert.IsType<OfferProgress>(Assert.Single(await ledger.Facts()));
        Assert.Equal((OfferState.Frozen, 2L), (told.State, told.Life));
        Assert.True(told.FactNo > seen);
    }

    [Fact]
    public async Task A_server_of_which_the_standby_does_not_know_has_lost_what_it_wrote()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var (one, two) = (await Server(ledger, count: 0), await Server(ledger, "two", count: 0));
        await TakeOver(ledger);
        // Of one the standby knows a run before, of the other nothing.
        foreach (var lost in new[] { "UPDATE servers SET epoch = 0 WHERE name = 'one'", "DELETE FROM servers WHERE name = 'two'" })
        {
            await ledger.Run(lost);
            await ledger.Run("UPDATE engine SET timeline = 'before'");
            await one.Leases.LookAfterFailover(one.Me);
            await two.Leases.LookAfterFailover(two.Me);
            Assert.Equal(Failover.Lossy, await Judge(ledger));
            Assert.True(await one.Leases.Live(one.Me));
            Assert.True(await two.Leases.Live(two.Me));
            await ledger.Run("UPDATE servers SET looked = ''");
        }
    }

    [Fact]
    public async Task A_server_that_was_stopped_in_order_holds_nothing_up_and_one_that_died_does_until_it_is_given_up()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        foreach (var stopped in new[] { "two", "three" })
        {
            await Server(ledger, stopped, count: 0);
            await ledger.Run("""INSERT INTO server_reports (name, at, report) VALUES ($1, now(), '{"IsStopped": true}')""", stopped);
        }
        var one = await Server(ledger, count: 1);
        await TakeOver(ledger);
        // One of them starts again: it speaks for the run before.
        await Server(ledger, "three", count: 0);
        await one.Leases.LookAfterFailover(one.Me);
        Assert.Equal(Failover.Whole, await Judge(ledger));

        await ledger.Run("UPDATE engine SET timeline = 'before'");
        await ledger.Run("UPDATE servers SET looked = ''");
        await ledger.Run("DELETE FROM server_reports");
        await one.Leases.LookAfterFailover(one.Me);
        Assert.Equal(Failover.Waits, await Judge(ledger));
        // One that died and starts again cannot speak for the run before.
        var three = await Server(ledger, "three", count: 0);
        await three.Leases.LookAfterFailover(three.Me);
        Assert.Equal(Failover.Waits, await Judge(ledger));
        await ledger.Move(JudgeFailover.Patience + TimeSpan.FromMinutes(1));
        Assert.Equal(Failover.Lossy, await Judge(ledger));
    }
}
