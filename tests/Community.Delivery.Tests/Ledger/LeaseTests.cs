using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Ledger;

/// <summary>The way of one recipient: lease, intent, outcome; and what stops it.</summary>
[Trait("needs", "server")]
public sealed class LeaseTests(LedgerServer server)
{
    [Theory]
    [InlineData("pause")]
    [InlineData("withdraw")]
    [InlineData("unsubscribe")]
    [InlineData("expire")]
    [InlineData("later run")]
    [InlineData("stale")]
    [InlineData("new life")]
    public async Task Nothing_that_happened_since_the_lease_is_overlooked_at_the_intent(string what)
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 1);
        switch (what)
        {
            case "pause": await ledger.Take(Make.Control(mailing, 2, go: true, paused: true)); break;
            case "withdraw": await ledger.Take(Make.Control(mailing, 2, go: true, withdraw: true)); break;
            case "unsubscribe": await ledger.Take(Make.Delta(1, leased[0].Rid)); break;
            case "expire": await ledger.Move(TimeSpan.FromDays(4)); break;
            case "later run": await ledger.Leases.Begin("one"); break;
            case "stale": await ledger.Move(TimeSpan.FromHours(2)); break;
            case "new life": await ledger.Ledger.Change(c => c.BeginNewLife()); break;
        }
        Assert.Empty(await ledger.Leases.Intend(me, leased));
        await ledger.Leases.Return(me, leased);
        Assert.NotEqual("handing", await ledger.StateOf(leased[0].Rid));
    }

    [Fact]
    public async Task No_answer_of_a_foreign_server_loses_the_outcomes_that_are_written_with_it()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 3);
        await ledger.Leases.Intend(me, leased);
        await ledger.Leases.Settle(me,
            [
                // Half of a character at the cut, half of one by itself, and what no text of the database holds.
                new(leased[0], DeliveryOutcome.Rejected, Code: 550, Answer: new string('x', OutcomeBatch.MaxText - 1) + "😀"),
                new(leased[1], DeliveryOutcome.Accepted, Code: 250, Answer: "a\ud83d\0b\r\nc"),
                new(leased[2], DeliveryOutcome.Accepted, Code: 250),
            ]);
        Assert.Equal(["accepted", "accepted", "rejected"],
            (await ledger.Ledger.Change(c => c.Query("SELECT outcome, answer FROM outcomes", r => r.GetString(0)))).Order());
        Assert.Equal("a\ufffd b  c", await ledger.Ask<string>("SELECT answer FROM outcomes WHERE rid = $1", leased[1].Rid));
    }

    [Fact]
    public async Task What_a_ledger_refuses_for_ever_does_not_hold_up_what_waits_behind_it()
    {
        await using var ledger = await server.New();
        var wrong = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => ledger.Ask<int>("SELECT $1::int", "\0"));
        Assert.False(DeliveryControl.IsPassing(wrong));
        await ledger.Run("INSERT INTO beats VALUES (1, 1, now())");
        var twice = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => ledger.Run("INSERT INTO beats VALUES (1, 1, now())"));
        Assert.False(DeliveryControl.IsPassing(twice));
        await using var away = EngineLedger.Open("Host=127.0.0.1;Port=9;Username=x;Database=x;Timeout=1");
        var gone = await Assert.ThrowsAnyAsync<Exception>(() => away.Change(c => c.Execute("SELECT 1")));
        Assert.True(DeliveryControl.IsPassing(gone));
    }

    [Fact]
    public async Task A_lease_is_intended_once_and_by_its_owner_alone()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var (one, two) = (await ledger.Leases.Begin("one"), await ledger.Leases.Begin("two"));
        var leased = await ledger.Leases.Take(one, 1, 2);
        Assert.Single(await ledger.Leases.Take(two, 1, 5));
        Assert.Empty(await ledger.Leases.Intend(two, leased));
        Assert.Equal(2, (await ledger.Leases.Intend(one, leased)).Count);
        Assert.Empty(await ledger.Leases.Intend(one, leased));
        await ledger.Leases.Settle(two, [new(leased[0], DeliveryOutcome.Rejected)]);
        Assert.Equal("handing", await ledger.StateOf(leased[0].Rid));
    }

    [Fact]
    public async Task What_a_lost_server_had_not_begun_is_sent_by_others_and_what_it_had_begun_is_ambiguous_for_ever()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var (one, two) = (await ledger.Leases.Begin("one"), await ledger.Leases.Begin("two"));
        var leased = await ledger.Leases.Take(one, 1, 2);
        await ledger.Leases.Intend(one, [leased[0]]);
        await ledger.Move(TimeSpan.FromMinutes(3));
        await ReclaimLeases.Run(ledger.Ledger);
        Assert.Equal(["handing", "pending"], [await ledger.StateOf(leased[0].Rid), await ledger.StateOf(leased[1].Rid)]);
        await ledger.Move(TimeSpan.FromMinutes(16));
        await ReclaimLeases.Run(ledger.Ledger);
        await ReclaimLeases.Run(ledger.Ledger);
        Assert.Equal("ambiguous", await ledger.StateOf(leased[0].Rid));
        Assert.Equal([2L, 3L], (await ledger.Leases.Take(two, 1, 5)).Select(r => r.Rid).Order());
        // It lived after all: it knows, and nothing else is changed by it.
        await ledger.Leases.Settle(one, [new(leased[0], DeliveryOutcome.Accepted), new(leased[1], DeliveryOutcome.Rejected)]);
        Assert.Equal(["accepted", "leased"], [await ledger.StateOf(leased[0].Rid), await ledger.StateOf(leased[1].Rid)]);
        Assert.Equal(2, await ledger.Ask<int>("SELECT n FROM recipients WHERE rid = $1", leased[0].Rid));
    }

    [Fact]
    public async Task Behind_a_place_only_what_lies_behind_it_is_leased()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var first = Assert.Single(await ledger.Leases.Take(me, 1, 1));
        Assert.Equal((1, LeasePlace.Start.Due), (first.Rid, first.Due));
        var place = new LeasePlace(first.Due, first.Rid);
        await ledger.Leases.Return(me, [first]);
        Assert.Equal(2, Assert.Single(await ledger.Leases.Take(me, 1, 1, place)).Rid);
        // What is due later lies behind those that were due from the start.
        var last = Assert.Single(await ledger.Leases.Take(me, 1, 5, place));
        await ledger.Leases.Intend(me, [last]);
        Assert.Empty(await ledger.Leases.Take(me, 1, 5, place));
        await ledger.Leases.Settle(me, [new(last, DeliveryOutcome.NotSent)]);
        Assert.Equal(3, Assert.Single(await ledger.Leases.Take(me, 1, 5, place)).Rid);
        Assert.Equal(1, Assert.Single(await ledger.Leases.Take(me, 1, 5)).Rid);
    }

    [Fact]
    public async Task Whether_recipients_wait_is_asked_only_where_it_is_not_known()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        Assert.True(await HasDue());
        var taken = await ledger.Leases.Take(me, 1, 5);
        Assert.False(await HasDue());
        Assert.True(await HasDue(1));
        Assert.False(await HasDue(2));
        await ledger.Leases.Intend(me, taken);
        await ledger.Leases.Settle(me, [.. taken.Select(t => new DeliveryResult(t, DeliveryOutcome.Deferred, TimeSpan.FromMinutes(5)))]);
        Assert.False(await HasDue());
        await ledger.Move(TimeSpan.FromMinutes(6));
        Assert.True(await HasDue());

        async Task<bool> HasDue(params long[] known) => Assert.Single(await ledger.Leases.Running(known)).HasDue;
    }

    /// <summary>A delivery server's own clock is nowhere in a lease: only the database's moves it.</summary>
    [Fact]
    public async Task Leases_run_by_the_database_clock()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 1);
        foreach (var seconds in new[] { 40, -40, 110 })
        {
            await ledger.Move(TimeSpan.FromSeconds(seconds));
            await ReclaimLeases.Run(ledger.Ledger);
            Assert.Equal("leased", await ledger.StateOf(leased[0].Rid));
        }
        await ledger.Move(TimeSpan.FromSeconds(130));
        await ReclaimLeases.Run(ledger.Ledger);
        Assert.Equal("pending", await ledger.StateOf(leased[0].Rid));
        // Two who believe that they have it: the one whom the ledger knows as its owner.
        var two = await ledger.Leases.Begin("two");
        var again = await ledger.Leases.Take(two, 1, 1);
        Assert.Equal(leased[0].Rid, again[0].Rid);
        Assert.Empty(await ledger.Leases.Intend(me, leased));
        Assert.Single(await ledger.Leases.Intend(two, again));
        // Fenced by number, whatever the clocks say.
        await ledger.Leases.Begin("one");
        Assert.False(await ledger.Leases.Live(me));
        Assert.True(await ledger.Leases.Live(two));
        Assert.Empty(await ledger.Leases.Take(me, 1, 1));
    }

    [Fact]
    public async Task A_server_that_starts_again_takes_back_what_it_left()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 2);
        await ledger.Leases.Intend(me, [leased[0]]);
        await ledger.Leases.Begin("one");
        Assert.Equal(["ambiguous", "pending"], [await ledger.StateOf(leased[0].Rid), await ledger.StateOf(leased[1].Rid)]);
    }

    [Fact]
    public async Task A_server_that_is_drained_takes_nothing_new_and_finishes_what_it_has()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 1);
        var said = new StringWriter();
        Assert.Equal(0, await EngineCommands.Run(ledger.Ledger, ["drain", "one"], said));
        Assert.Empty(await ledger.Leases.Take(me, 1, 5));
        Assert.Single(await ledger.Leases.Intend(me, leased));
        Assert.Equal(0, await EngineCommands.Run(ledger.Ledger, ["status"], said));
        Assert.Matches(@"one: run 1, heard of \d+ s ago, draining, 0 leased, 1 in flight", said.ToString());
        Assert.Contains("running", said.ToString());
        Assert.DoesNotContain("@", said.ToString());
        await ledger.Leases.Settle(me, [new(leased[0], DeliveryOutcome.Accepted)]);
        Assert.Equal(0, await EngineCommands.Run(ledger.Ledger, ["undrain", "one"], said));
        Assert.Equal(2, (await ledger.Leases.Take(me, 1, 5)).Count);
        Assert.Equal(1, await EngineCommands.Run(ledger.Ledger, ["drain", "two"], said));
        Assert.Equal(2, await EngineCommands.Run(ledger.Ledger, ["what"], said));
        Assert.Null(await EngineCommands.Run(ledger.Ledger, [], said));
    }

    [Fact]
    public async Task A_withdrawal_waits_for_what_is_in_hand_and_a_deferral_in_it_is_released()
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 2);
        await ledger.Leases.Intend(me, leased);
        await ledger.Facts();
        await ledger.Take(Make.Control(mailing, 2, go: true, withdraw: true));
        await EndOffers.Run(ledger.Ledger);
        var progress = Assert.IsType<OfferProgress>(Assert.Single(await ledger.Facts()));
        Assert.Equal(
            (OfferState.Withdrawing, 2L, 2, 1),
            (progress.State, progress.ControlSeq, progress.Counts.InFlight, progress.Counts.Released)
        );
        await ledger.Leases.Settle(
            me,
            [new(leased[0], DeliveryOutcome.Accepted, Code: 250), new(leased[1], DeliveryOutcome.Deferred, TimeSpan.FromMinutes(5), 451)]
        );
        await EndOffers.Run(ledger.Ledger);
        var facts = await ledger.Facts();
        var ended = facts.OfType<Ended>().Single();
        Assert.Equal((EndReason.Withdrawn, 1, 1, 2), (ended.Reason, ended.LastBatch, ended.Counts.Accepted, ended.Counts.Released));
        Assert.Equal(leased[0].Rid, Assert.Single(facts.OfType<OutcomeBatch>().Single().Items).Rid);
    }

    [Fact]
    public async Task A_large_mailing_that_is_withdrawn_amid_a_storm_of_deferrals_ends_in_steps_and_makes_no_message()
    {
        const int total = 2 * EndOffers.Step + 1;
        await using var ledger = await server.New();
        var mailing = await ledger.Running(total);
        await ledger.Run("UPDATE recipients SET state = 'deferred', attempts = 3, due = moment() + interval '1 hour' WHERE rid % 3 > 0");
        await ledger.Facts();
        // Withdrawn means fenced, before anything is released.
        await ledger.Take(Make.Control(mailing, 2, go: true, withdraw: true));
        var me = await ledger.Leases.Begin("one");
        Assert.Empty(await ledger.Leases.Take(me, 10, 10));
        var steps = 0;
        while (await EndOffers.Run(ledger.Ledger) > 0) steps++;
        Assert.InRange(steps, 1, 3);
        var facts = await ledger.Facts();
        var ended = Assert.Single(facts.OfType<Ended>());
        Assert.Equal((EndReason.Withdrawn, 0, total), (ended.Reason, ended.LastBatch, ended.Counts.Released));
        Assert.Empty(facts.OfType<OutcomeBatch>());
        Assert.Equal(0, await ledger.Ask<long>("SELECT count(*) FROM outcomes"));
    }

    [Fact]
    public async Task A_finished_offer_ends_when_every_outcome_stands_in_a_batch()
    {
        await using var ledger = await server.New();
        await ledger.Running(total: 700);
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 1000);
        Assert.Equal(700, (await ledger.Leases.Intend(me, leased)).Count);
        await ledger.Leases.Settle(
            me,
            [.. leased.Select(l => new DeliveryResult(l, l.Rid % 7 == 0 ? DeliveryOutcome.Rejected : DeliveryOutcome.Accepted))]
        );
        await EndOffers.Run(ledger.Ledger);
        var facts = await ledger.Facts();
        var ended = facts.OfType<Ended>().Single();
        Assert.Equal((2, 600, 100), (ended.LastBatch, ended.Counts.Accepted, ended.Counts.Rejected));
        Assert.Equal(700, facts.OfType<OutcomeBatch>().SelectMany(b => b.Items).Select(i => i.Rid).Distinct().Count());
    }

    [Fact]
    public async Task What_is_not_sent_in_its_time_expires_and_what_never_had_a_go_is_missed()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 1);
        await ledger.Leases.Intend(me, leased);
        foreach (var part in Make.Offer(Guid.CreateVersion7())) await ledger.Take(part);
        await ledger.Move(TimeSpan.FromDays(3) + TimeSpan.FromHours(1));
        await EndOffers.Run(ledger.Ledger);
        await ledger.Leases.Settle(me, [new(leased[0], DeliveryOutcome.Deferred, TimeSpan.FromMinutes(5))]);
        await EndOffers.Run(ledger.Ledger);
        var ended = (await ledger.Facts()).OfType<Ended>().ToList();
        Assert.Equal([EndReason.Missed, EndReason.Finished], ended.Select(e => e.Reason));
        Assert.Equal((3, 3), (ended[0].Counts.Released, ended[1].Counts.Expired));
    }

    [Fact]
    public async Task A_refusal_before_the_text_settles_without_an_intent_and_a_lost_connection_spends_no_attempt()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 3);
        await ledger.Leases.Intend(me, [leased[1]]);
        await ledger.Leases.Settle(
            me,
            [
                new(leased[0], DeliveryOutcome.Rejected, Code: 550, Enhanced: "5.1.1", Answer: new('x', 5000)),
                new(leased[1], DeliveryOutcome.NotSent),
                new(leased[2], DeliveryOutcome.Accepted),
            ]
        );
        Assert.Equal(
            ["rejected", "pending", "leased"],
            [await ledger.StateOf(leased[0].Rid), await ledger.StateOf(leased[1].Rid), await ledger.StateOf(leased[2].Rid)]
        );
        Assert.Equal("1 0 0", await ledger.Ask<string>("SELECT string_agg(attempts::text, ' ' ORDER BY rid) FROM recipients"));
        Assert.Single(await ledger.Leases.Take(me, 1, 5));
    }

    [Fact]
    public async Task A_proof_settles_who_is_ambiguous_and_reopens_only_while_the_offer_runs()
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 3);
        await ledger.Leases.Intend(me, leased);
        await ledger.Leases.Settle(me, [.. leased.Select(l => new DeliveryResult(l, DeliveryOutcome.Ambiguous))]);
        Assert.True(await ledger.Leases.Prove(1, leased[0].Rid, wasAccepted: true));
        Assert.True(await ledger.Leases.Prove(1, leased[1].Rid, wasAccepted: false));
        Assert.False(await ledger.Leases.Prove(1, leased[1].Rid, wasAccepted: false));
        Assert.Equal(
            ["accepted", "pending", "ambiguous"],
            [await ledger.StateOf(leased[0].Rid), await ledger.StateOf(leased[1].Rid), await ledger.StateOf(leased[2].Rid)]
        );
        await ledger.Take(Make.Control(mailing, 2, go: true, withdraw: true));
        Assert.Equal("ended", await ledger.OfferState());
        Assert.False(await ledger.Leases.Prove(1, leased[2].Rid, wasAccepted: false));
        Assert.True(await ledger.Leases.Prove(1, leased[2].Rid, wasAccepted: true));
        await SealBatches.Run(ledger.Ledger);
        var items = (await ledger.Facts()).OfType<OutcomeBatch>().SelectMany(b => b.Items).ToList();
        Assert.Equal(
            [(1, BulkOutcome.Ambiguous), (2, BulkOutcome.Accepted)],
            items.Where(i => i.Rid == leased[2].Rid).OrderBy(i => i.N).Select(i => (i.N, i.Outcome))
        );
        Assert.Contains((2, BulkOutcome.Reopened), items.Where(i => i.Rid == leased[1].Rid).Select(i => (i.N, i.Outcome)));
    }

    [Fact]
    public async Task Suppressions_count_since_the_freeze_by_kind_and_for_all_and_a_later_yes_reopens()
    {
        await using var ledger = await server.New();
        // Before the engine has heard of any mailing.
        foreach (var delta in new[]
        {
            Make.Delta(1, 1), // before the freeze: the site has judged it
            Make.Delta(3, 2), Make.Delta(4, 2, isOut: false, kind: "news"), // all, then news again
            Make.Delta(5, 3, kind: "events"),
            Make.Delta(6, 4, kind: "news"), Make.Delta(7, 4, isOut: false), // news, then "all" lifted: news stays out
            Make.Delta(8, 5),
        })
            Assert.Null(await ledger.Take(delta));
        Assert.Null(await ledger.Take(Make.Beat(8)));
        Assert.NotNull(await ledger.Take(Make.Delta(8, 6)));
        var mailing = Guid.CreateVersion7();
        foreach (var part in Make.Offer(mailing, total: 5, freeze: 2)) await ledger.Take(part);
        await ledger.Take(Make.Control(mailing, 1, go: true));
        var me = await ledger.Leases.Begin("one");
        Assert.Equal([1L, 2L, 3L], (await ledger.Leases.Take(me, 1, 9)).Select(r => r.Rid));
        Assert.Equal(["suppressed", "suppressed"], [await ledger.StateOf(4), await ledger.StateOf(5)]);
    }

    [Fact]
    public async Task Without_fresh_suppressions_a_mailing_waits_and_a_gap_is_not_fresh()
    {
        await using var ledger = await server.New();
        var mailing = Guid.CreateVersion7();
        foreach (var part in Make.Offer(mailing)) await ledger.Take(part);
        await ledger.Take(Make.Control(mailing, 1, go: true));
        async Task<int> Runs() => (await ledger.Leases.Running()).Count;
        Assert.Equal(0, await Runs());
        await ledger.Take(Make.Beat(0, DateTime.UtcNow.AddHours(-2)));
        Assert.Equal(0, await Runs());
        await ledger.Take(Make.Delta(2, 99));
        await ledger.Take(Make.Beat(2));
        Assert.Equal(0, await Runs());
        await ledger.Take(Make.Delta(1, 98));
        Assert.Equal(1, await Runs());
        // A site whose clock is ahead makes nothing fresher.
        await ledger.Take(Make.Beat(2, DateTime.UtcNow.AddDays(3)));
        await ledger.Move(TimeSpan.FromMinutes(62));
        Assert.Equal(0, await Runs());
    }

    [Fact]
    public async Task Suppressions_that_are_known_are_not_looked_at_again()
    {
        await using var ledger = await server.New();
        var mailing = Guid.CreateVersion7();
        foreach (var part in Make.Offer(mailing, freeze: 2)) await ledger.Take(part);
        await ledger.Take(Make.Control(mailing, 1, go: true));
        foreach (var n in new[] { 3, 4, 6, 7 }) await ledger.Take(Make.Delta(n, 90 + n));
        Task<long> Known() => ledger.Ask<long>("SELECT known_delta FROM offers");
        await ledger.Take(Make.Beat(4));
        Assert.Equal(4, await Known());
        // What was counted once may be gone: only what follows is asked for.
        await ledger.Ask<long>("WITH d AS (DELETE FROM deltas WHERE delta_seq < 5 RETURNING 1) SELECT count(*) FROM d");
        await ledger.Move(TimeSpan.FromMinutes(62));
        await ledger.Take(Make.Beat(7, DateTime.UtcNow.AddMinutes(62)));
        Assert.Equal(4, await Known());
        Assert.Empty(await ledger.Leases.Running());
        await ledger.Take(Make.Delta(5, 95));
        Assert.Equal(7, await Known());
        Assert.Single(await ledger.Leases.Running());
    }

    /// <summary>
    /// The lock is held to the commit: whoever stops something waits for intents under way, and none comes after the answer.
    /// </summary>
    [Fact]
    public async Task No_intent_is_committed_after_a_stop_was_answered_however_many_race()
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running(total: 400);
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 400);
        var stopped = 0;
        var late = 0;
        var racing = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            foreach (var group in leased.Where(l => l.Rid % 8 == i).Chunk(5))
            {
                var wasStopped = Volatile.Read(ref stopped);
                var intended = await ledger.Leases.Intend(me, group);
                if (wasStopped == 1) Interlocked.Add(ref late, intended.Count);
            }
        }));
        var stopping = Task.Run(async () =>
        {
            await ledger.Take(Make.Control(mailing, 2, go: true, paused: true));
            Volatile.Write(ref stopped, 1);
        });
        await Task.WhenAll([.. racing, stopping]);
        Assert.Equal(0, late);
        var told = (await ledger.Facts()).OfType<OfferProgress>().Single(p => p.ControlSeq == 2).Counts.InFlight;
        Assert.Equal(told, await ledger.Ask<long>("SELECT count(*) FROM recipients WHERE state = 'handing'"));
    }

    /// <summary>A lock that is shared and then wanted alone makes two wait for each other; so do two locks in two orders.</summary>
    [Fact]
    public async Task Intents_that_begin_offers_and_all_that_stops_them_never_wait_for_each_other()
    {
        await using var ledger = await server.New();
        var mailings = new List<Guid>();
        await ledger.Take(Make.Beat(0));
        for (var i = 0; i < 6; i++)
        {
            mailings.Add(Guid.CreateVersion7());
            foreach (var message in Make.Offer(mailings[i], total: 16)) Assert.Null(await ledger.Take(message));
            Assert.Null(await ledger.Take(Make.Control(mailings[i], 1, go: true)));
        }
        var me = await ledger.Leases.Begin("one");
        var leased = new List<LeasedRecipient>();
        for (var offer = 1; offer <= 6; offer++) leased.AddRange(await ledger.Leases.Take(me, offer, 16));
        Assert.Equal(96, leased.Count);
        // Each group has recipients of all offers, none of which was begun.
        var intents = Enumerable
            .Range(0, 16)
            .Select(i => Task.Run(() => ledger.Leases.Intend(me, [.. leased.Where((_, n) => n % 16 == i)])));
        // More reserves of the same site, words of members, questions and stops meanwhile, and old parts of mailings asked about.
        var commands = Enumerable.Range(0, 12).SelectMany(i => (EngineMessage[])
        [
            Make.Reserve(Guid.CreateVersion7()),
            Make.Delta(i + 1, 900 + i),
            Make.Beat(i + 1),
            Make.Control(mailings[i % 6], 2 + i, go: true),
            new Ask { Site = Make.Site, MailingId = mailings[i % 6], Rev = 1 },
            Make.Offer(mailings[i % 6], total: 16)[1],
        ]);
        var commanding = commands.Chunk(9).Select(some => Task.Run(async () =>
        {
            foreach (var command in some) Assert.Null(await ledger.Take(command));
        }));
        await Task.WhenAll([.. intents, .. commanding]);
        Assert.Equal(0, ledger.Ledger.GivenUp);
        Assert.Equal(96, await ledger.Ask<long>("SELECT count(*) FROM recipients WHERE state = 'handing'"));
    }
}
