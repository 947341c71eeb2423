using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Ledger;

/// <summary>The rows of the engine's table, each message given twice and in each order of pairs.</summary>
[Trait("needs", "server")]
public sealed class OfferTests(LedgerServer server)
{
    [Fact]
    public async Task An_offer_is_armed_once_when_all_its_parts_are_here_in_whatever_order_and_however_often()
    {
        await using var ledger = await server.New();
        foreach (var order in Permutations(4))
        {
            var mailing = Guid.CreateVersion7();
            var parts = Make.Offer(mailing);
            for (var i = 0; i < order.Length; i++)
            {
                var facts = await Twice(ledger, parts[order[i]]);
                if (i < order.Length - 1) Assert.Empty(facts);
                else Assert.Equal(1L, Assert.IsType<Accepted>(Assert.Single(facts)).Life);
            }
            Assert.Equal(
                3,
                await ledger.Ask<long>("SELECT count(*) FROM recipients r JOIN offers o ON o.id = r.offer_id WHERE mailing = $1", mailing)
            );
        }
    }

    [Fact]
    public async Task A_go_that_comes_twice_and_after_a_pause_of_a_higher_number_starts_nothing()
    {
        await using var ledger = await server.New();
        var mailing = Guid.CreateVersion7();
        foreach (var part in Make.Offer(mailing)) await ledger.Take(part);
        await ledger.Facts();
        var pause = Make.Control(mailing, 2, go: true, paused: true);
        Assert.Equal(2, Assert.IsType<OfferProgress>(Assert.Single(await Once(ledger, pause))).ControlSeq);
        // Said again, the state is told again, and the older wish has no effect.
        Assert.Equal(2, Assert.IsType<OfferProgress>(Assert.Single(await Once(ledger, Make.Control(mailing, 1, go: true)))).ControlSeq);
        var progress = Assert.IsType<OfferProgress>(Assert.Single(await Once(ledger, pause)));
        Assert.Equal((OfferState.Running, true), (progress.State, progress.Paused));
        await ledger.Take(Make.Beat(0));
        Assert.Empty(await ledger.Leases.Running());
        await ledger.Take(Make.Control(mailing, 3, go: true));
        Assert.Single(await ledger.Leases.Running());
    }

    [Fact]
    public async Task Every_pair_of_messages_in_both_orders_ends_in_the_same_state()
    {
        await using var ledger = await server.New();
        foreach (var (a, b) in from a in Enumerable.Range(0, 8) from b in Enumerable.Range(0, 8) where a < b select (a, b))
        {
            var states = new List<string>();
            foreach (var order in new[] { (a, b), (b, a) })
            {
                var mailing = Guid.CreateVersion7();
                var parts = Make.Offer(mailing);
                EngineMessage[] all =
                [
                    .. parts,
                    Make.Control(mailing, 1), Make.Control(mailing, 2, paused: true), Make.Control(mailing, 3, withdraw: true),
                    new Ask { Site = Make.Site, MailingId = mailing, Rev = 1 },
                ];
                foreach (var i in new[] { order.Item1, order.Item2, order.Item1 }) await ledger.Take(all[i]);
                // What follows is the same for both.
                foreach (var part in parts) await ledger.Take(part);
                states.Add(await ledger.Ask<string>(
                    "SELECT string_agg(state::text || ' ' || seq || ' ' || paused, ',') FROM offers WHERE mailing = $1", mailing));
                await ledger.Facts();
            }
            Assert.True(states[0] == states[1] || states.Any(s => s.StartsWith("ended")), $"{a}, {b}: {states[0]} | {states[1]}");
            Assert.True(states.All(s => s.StartsWith("ended")) || states[0] == states[1], $"{a}, {b}: {states[0]} | {states[1]}");
        }
    }

    [Fact]
    public async Task A_withdrawal_of_an_offer_never_seen_ends_it_and_what_comes_later_is_late()
    {
        await using var ledger = await server.New();
        var mailing = Guid.CreateVersion7();
        var ended = (await Once(ledger, Make.Control(mailing, 1, withdraw: true))).OfType<Ended>().Single();
        Assert.Equal((EndReason.Withdrawn, 0, 0), (ended.Reason, ended.LastBatch, ended.Counts.Total));
        foreach (var part in Make.Offer(mailing)) Assert.Null(await ledger.Take(part));
        Assert.Equal("ended", await ledger.OfferState());
        Assert.Equal(0, await ledger.Ask<long>("SELECT count(*) FROM recipients"));
        // It has just been told; a minute later it is told again, once.
        Assert.Empty(await ledger.Facts());
        await ledger.Move(TimeSpan.FromMinutes(2));
        foreach (var part in Make.Offer(mailing)) await ledger.Take(part);
        Assert.Equal(ended.FactNo, Assert.IsType<Ended>(Assert.Single(await ledger.Facts())).FactNo);
    }

    [Fact]
    public async Task A_newer_rev_ends_one_without_a_go_and_freezes_one_with_it()
    {
        await using var ledger = await server.New();
        var mailing = Guid.CreateVersion7();
        foreach (var part in Make.Offer(mailing)) await ledger.Take(part);
        await ledger.Facts();
        var facts = await Once(ledger, Make.Offer(mailing, rev: 2)[1]);
        var ended = Assert.IsType<Ended>(Assert.Single(facts));
        Assert.Equal((1, EndReason.Superseded, 3), (ended.Rev, ended.Reason, ended.Counts.Released));
        foreach (var part in Make.Offer(mailing, rev: 2)) await ledger.Take(part);
        await ledger.Take(Make.Control(mailing, 1, rev: 2, go: true));
        // A part of the first rev is late: not stored under the second.
        Assert.Null(await ledger.Take(Make.Offer(mailing, text: "Old")[1]));
        Assert.Equal("running", await ledger.OfferState(2));
        await ledger.Facts();
        facts = await Once(ledger, Make.Offer(mailing, rev: 3)[0]);
        Assert.Equal(["frozen", "frozen"], [await ledger.OfferState(2), await ledger.OfferState(3)]);
        Assert.All(facts, f => Assert.Equal(OfferState.Frozen, Assert.IsType<OfferProgress>(f).State));
        Assert.Equal(2, facts.Count);
        // A withdrawal ends each of them; of the one that had a go, nothing is called unsent.
        await ledger.Take(Make.Control(mailing, 2, rev: 2, go: true, withdraw: true));
        var second = (await ledger.Facts()).OfType<Ended>().Single();
        Assert.Equal((EndReason.Frozen, 3, 0), (second.Reason, second.Counts.Ambiguous, second.Counts.Released));
        await ledger.Take(Make.Control(mailing, 3, rev: 3, withdraw: true));
        Assert.Equal("ended", await ledger.OfferState(3));
    }

    [Fact]
    public async Task Parts_that_contradict_each_other_are_dead_letters_and_the_offer_is_refused()
    {
        await using var ledger = await server.New();
        foreach (var no in Enumerable.Range(0, 4))
        {
            var mailing = Guid.CreateVersion7();
            var (one, other) = (Make.Offer(mailing), Make.Offer(mailing, total: 4, text: "Other"));
            // Of the second chunk and the commit the other offer has another one; the first chunk is the same: made different.
            OfferMessage wrong = no == 1 ? (Chunk)other[1] with { Recipients = [Make.Recipient(9)] } : other[no];
            await ledger.Take(one[no]);
            Assert.NotNull(await ledger.Take(wrong));
            Assert.Equal(EndReason.Contradiction, (await ledger.Facts()).OfType<Ended>().Single().Reason);
        }
    }

    [Fact]
    public async Task A_contradiction_after_the_go_freezes_the_offer()
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running();
        Assert.NotNull(await ledger.Take(Make.Offer(mailing, text: "Other")[0]));
        Assert.Equal("frozen", await ledger.OfferState());
        Assert.Empty(await ledger.Leases.Running());
    }

    [Fact]
    public async Task Counts_digest_and_recipients_have_to_agree()
    {
        await using var ledger = await server.New();
        foreach (var broken in new Func<Commit, Commit>[]
        {
            c => c with { Total = 4 },
            c => c with { Total = 2 },
            c => c with { ChunkCount = 1 },
            c => c with { Digest = "x" },
        })
        {
            var parts = Make.Offer(Guid.CreateVersion7());
            await ledger.Take(parts[0]);
            await ledger.Take(parts[1]);
            await ledger.Take(parts[2]);
            await ledger.Take(broken((Commit)parts[3]));
            Assert.Equal(EndReason.Contradiction, (await ledger.Facts()).OfType<Ended>().Single().Reason);
        }
        // Somebody who stands in two chunks would get it twice.
        var mailing = Guid.CreateVersion7();
        await ledger.Take(Make.Chunk(mailing, 1, 0, Make.Recipient(1)));
        Assert.NotNull(await ledger.Take(Make.Chunk(mailing, 1, 1, Make.Recipient(1))));
    }

    [Fact]
    public async Task Without_room_or_when_parts_do_not_come_an_offer_is_refused_for_good()
    {
        await using var small = await server.New();
        var ledger = new TestLedger(small.Ledger, small.Connection) { Commands = new(small.Ledger, new() { MaxOpenRecipients = 2 }) };
        var mailing = Guid.CreateVersion7();
        foreach (var part in Make.Offer(mailing)) await ledger.Take(part);
        var refused = Assert.IsType<Ended>(Assert.Single(await ledger.Facts()));
        Assert.Equal((EndReason.NoRoom, 3), (refused.Reason, refused.Counts.Released));
        await ledger.Take(Make.Control(mailing, 1, go: true));
        Assert.Equal("ended", await ledger.OfferState());

        mailing = Guid.CreateVersion7();
        await ledger.Take(Make.Offer(mailing)[1]);
        await EndOffers.Run(ledger.Ledger);
        Assert.Empty(await ledger.Facts());
        await ledger.Move(TimeSpan.FromHours(25));
        await EndOffers.Run(ledger.Ledger);
        Assert.Equal(EndReason.Incomplete, Assert.IsType<Ended>(Assert.Single(await ledger.Facts())).Reason);
    }

    [Fact]
    public async Task A_go_of_another_life_sends_nothing()
    {
        await using var ledger = await server.New();
        var mailing = Guid.CreateVersion7();
        await ledger.Take(Make.Beat(0));
        foreach (var part in Make.Offer(mailing)) await ledger.Take(part);
        await ledger.Facts();
        await ledger.Take(Make.Control(mailing, 1, go: true, life: 2));
        Assert.Equal(OfferState.Frozen, Assert.IsType<OfferProgress>(Assert.Single(await ledger.Facts())).State);
        await ledger.Take(Make.Control(mailing, 2, go: true, life: 1));
        Assert.Empty(await ledger.Leases.Running());
    }

    [Fact]
    public async Task One_site_that_has_seen_more_than_was_told_stops_alone_and_a_second_shows_that_the_ledger_was_set_back()
    {
        await using var ledger = await server.New();
        var me = await ledger.Leases.Begin("one");
        Dictionary<string, Guid> mailings = [];
        foreach (var site in new[] { "wrong", "second", "third" })
        {
            var mailing = mailings[site] = Guid.CreateVersion7();
            await ledger.Take(Make.Beat(0, site: site));
            var chunk = Make.Chunk(mailing, 1, 0, Make.Recipient(1), Make.Recipient(2)) with { Site = site };
            foreach (var part in new EngineMessage[] { Make.Reserve(mailing, site: site), chunk, Make.Commit(chunk) })
                Assert.Null(await ledger.Take(part));
            Assert.Null(await ledger.Take(Make.Control(mailing, 1, go: true, site: site)));
        }
        Task<string> States() => ledger.Ask<string>("SELECT string_agg(o.state::text, ' ' ORDER BY o.id) FROM offers o");
        var leased = await ledger.Leases.Take(me, await ledger.Ask<long>("SELECT min(id) FROM offers"), 1);
        await ledger.Facts();

        const long seen = 5_000_000;
        Assert.Null(await ledger.Take(Make.Control(mailings["wrong"], 2, go: true, site: "wrong", seen: seen)));
        Assert.Equal("frozen running running", await States());
        Assert.Equal(1L, await ledger.Ask<long>("SELECT life FROM engine"));
        Assert.Empty(await ledger.Leases.Intend(me, leased));
        // It hears of it, and what it has seen is not news again.
        Assert.True(Assert.IsType<OfferProgress>(Assert.Single(await ledger.Facts())) is { State: OfferState.Frozen, FactNo: > seen });
        Assert.Null(await ledger.Take(Make.Control(mailings["wrong"], 3, go: true, site: "wrong", seen: seen + 1)));
        Assert.Equal("frozen running running", await States());

        Assert.Null(await ledger.Take(Make.Control(mailings["second"], 2, go: true, site: "second", seen: seen)));
        Assert.Equal("frozen frozen frozen", await States());
        Assert.Equal(2L, await ledger.Ask<long>("SELECT life FROM engine"));
        Assert.All(await ledger.Facts(), f => Assert.True(f is Fact { Site: not "second" } or Fact { FactNo: > seen }));
    }

    [Fact]
    public async Task A_position_beside_the_process_shows_that_the_ledger_was_set_back()
    {
        await using var ledger = await server.New();
        var folder = Directory.CreateTempSubdirectory("ledger-position").FullName;
        await ledger.Running();
        Assert.False(await LedgerPosition.Check(ledger.Ledger, folder));
        Assert.False(await LedgerPosition.Check(ledger.Ledger, folder));
        var file = Path.Combine(folder, "ledger-position");
        var (system, position) = (
            (await File.ReadAllTextAsync(file)).Split(' ')[0],
            decimal.Parse((await File.ReadAllTextAsync(file)).Split(' ')[1])
        );
        foreach (var other in new[] { $"{system} {position * 2}", $"1 {position}" })
        {
            await File.WriteAllTextAsync(file, other);
            Assert.True(await LedgerPosition.Check(ledger.Ledger, folder));
            Assert.False(await LedgerPosition.Check(ledger.Ledger, folder));
        }
        Assert.Equal("frozen", await ledger.OfferState());
        Assert.Equal(3L, await ledger.Ask<long>("SELECT life FROM engine"));
        Directory.Delete(folder, true);
    }

    [Fact]
    public async Task A_start_is_moved_only_until_somebody_has_begun()
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var later = DateTime.UtcNow.AddHours(1);
        await ledger.Take(Make.Control(mailing, 2, go: true) with { StartAt = later });
        Assert.Empty(await ledger.Leases.Running());
        await ledger.Take(Make.Control(mailing, 3, go: true));
        var leased = await ledger.Leases.Take(me, 1, 1);
        Assert.Single(await ledger.Leases.Intend(me, leased));
        await ledger.Take(Make.Control(mailing, 4, go: true) with { StartAt = later });
        Assert.Single(await ledger.Leases.Running());
        Assert.NotNull((await ledger.Facts()).OfType<OfferProgress>().Last().StartedAt);
    }

    [Fact]
    public async Task A_part_that_a_withdrawal_has_overtaken_is_left_and_what_was_stored_comes_back()
    {
        await using var ledger = await server.New();
        var mailing = Guid.CreateVersion7();
        var parts = Make.Offer(mailing, total: 5);
        await ledger.Take(parts[0]);
        await ledger.Take(parts[1]);
        // So many that they are released in steps: the withdrawal is not over with its control.
        await ledger.Run("INSERT INTO recipients (offer_id, rid, address_key) SELECT 1, g, 'k' || g FROM generate_series(100, 10000) g");
        await ledger.Take(Make.Control(mailing, 1, withdraw: true));
        Assert.Equal("withdrawing", await ledger.OfferState());
        foreach (var late in parts.Skip(2)) Assert.Null(await ledger.Take(late));
        while (await EndOffers.Run(ledger.Ledger) > 0) { }
        var ended = (await ledger.Facts()).OfType<Ended>().Single();
        Assert.Equal((EndReason.Withdrawn, 9903, 0), (ended.Reason, ended.Counts.Released, ended.Counts.Ambiguous));
    }

    [Fact]
    public async Task Suppressions_that_nobody_needs_any_more_are_forgotten_once_all_else_is_and_an_older_offer_is_refused()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        for (var i = 1; i <= 3; i++) await ledger.Take(Make.Delta(i, i));
        await ledger.Take(Make.Beat(3));
        await ledger.Move(TimeSpan.FromDays(8));
        Assert.Equal(0, await ForgetPeople.Run(ledger.Ledger));
        Assert.Equal(3, await ledger.Ask<long>("SELECT count(*) FROM deltas"));
        while (await EndOffers.Run(ledger.Ledger) > 0) { }
        while (await ForgetPeople.Run(ledger.Ledger) > 0) { }
        Assert.Equal(0, await ledger.Ask<long>("SELECT count(*) FROM deltas"));
        await ledger.Facts();
        await ledger.Take(Make.Reserve(Guid.CreateVersion7(), freeze: 2));
        Assert.Equal(EndReason.TooOld, (await ledger.Facts()).OfType<Ended>().Single().Reason);
    }

    [Fact]
    public async Task A_close_deletes_people_and_keeps_the_fence()
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running();
        await ledger.Take(new Close { Site = Make.Site, MailingId = mailing, Rev = 1 });
        await ForgetPeople.Run(ledger.Ledger);
        Assert.Equal(3, await ledger.Ask<long>("SELECT count(*) FROM addressees"));
        await ledger.Take(Make.Control(mailing, 2, go: true, withdraw: true));
        await ledger.Take(new Close { Site = Make.Site, MailingId = mailing, Rev = 1 });
        while (await ForgetPeople.Run(ledger.Ledger) > 0) { }
        Assert.Equal(0, await ledger.Ask<long>("SELECT count(*) FROM addressees"));
        Assert.True(await ledger.Ask<bool>("SELECT reserve IS NULL FROM offers"));
        await ledger.Move(TimeSpan.FromDays(100));
        while (await ForgetPeople.Run(ledger.Ledger) > 0) { }
        Assert.Equal(0, await ledger.Ask<long>("SELECT count(*) FROM recipients"));
        Assert.Equal(2, await ledger.Ask<int>("SELECT fence FROM mailings"));
        foreach (var part in Make.Offer(mailing)) await ledger.Take(part);
        Assert.Equal("ended", await ledger.OfferState());
    }

    [Fact]
    public async Task With_people_go_the_words_that_name_them_and_a_frozen_offer_knows_nobody_for_ever()
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running(total: 4);
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 4);
        await ledger.Leases.Intend(me, leased);
        await ledger.Leases.Settle(me,
            [
                new(leased[0], DeliveryOutcome.Accepted, Code: 250, Answer: "2.0.0 Ok: queued as 4F1D"),
                new(leased[1], DeliveryOutcome.Accepted, Code: 250, Answer: "2.0.0 Ok for member2@example.org"),
                new(leased[2], DeliveryOutcome.Rejected, Code: 550, Answer: "5.1.1 There is no member3"),
                new(leased[3], DeliveryOutcome.Ambiguous),
            ]);
        while (await EndOffers.Run(ledger.Ledger) > 0) { }
        Assert.Equal("ended", await ledger.OfferState());
        while (await ForgetPeople.Run(ledger.Ledger) > 0) { }
        Assert.Equal(3, await ledger.Ask<long>("SELECT count(answer) FROM outcomes"));
        await ledger.Take(new Close { Site = Make.Site, MailingId = mailing, Rev = 1 });
        while (await ForgetPeople.Run(ledger.Ledger) > 0) { }
        Assert.Equal("2.0.0 Ok: queued as 4F1D", await ledger.Ask<string>("SELECT string_agg(answer, '|') FROM outcomes"));
        Assert.Equal(4, await ledger.Ask<long>("SELECT count(*) FROM outcomes"));

        // Nobody withdraws it, since its site is gone: once its time is over it sends to nobody, and has nobody's address.
        foreach (var part in Make.Offer(Guid.CreateVersion7())) Assert.Null(await ledger.Take(part));
        await ledger.Ledger.Change(c => c.BeginNewLife());
        await ledger.Move(TimeSpan.FromDays(4));
        while (await ForgetPeople.Run(ledger.Ledger) > 0) { }
        Assert.Equal(3, await ledger.Ask<long>("SELECT count(*) FROM addressees"));
        await ledger.Move(TimeSpan.FromDays(11));
        while (await ForgetPeople.Run(ledger.Ledger) > 0) { }
        Assert.Equal(0, await ledger.Ask<long>("SELECT count(*) FROM addressees"));
        Assert.Equal(0, await ledger.Ask<long>("SELECT count(reserve) FROM offers"));
    }

    [Fact]
    public async Task Answers_of_any_length_and_script_fit_into_batches()
    {
        await using var ledger = await server.New();
        const int total = 450;
        await ledger.Running(total);
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, total);
        await ledger.Leases.Intend(me, leased);
        var words = string.Concat(Enumerable.Repeat("宛先不明", OutcomeBatch.MaxText / 4));
        await ledger.Leases.Settle(me, [.. leased.Select(l => new DeliveryResult(l, DeliveryOutcome.Rejected, Code: 550, Answer: words))]);
        while (await SealBatches.Run(ledger.Ledger) > 0) { }
        while (await EndOffers.Run(ledger.Ledger) > 0) { }
        var facts = await ledger.Facts();
        var batches = facts.OfType<OutcomeBatch>().ToList();
        Assert.Equal(total, batches.SelectMany(b => b.Items).DistinctBy(i => i.Rid).Count(i => i.Text == words));
        Assert.Equal((batches.Count, total), (facts.OfType<Ended>().Single().LastBatch, facts.OfType<Ended>().Single().Counts.Rejected));
        // In octets as they are counted, about a hundred to a batch.
        Assert.InRange(batches.Count, 2, 6);
    }

    [Fact]
    public async Task An_offer_that_cannot_be_told_holds_up_no_other()
    {
        await using var ledger = await server.New();
        await ledger.Running();
        var other = Guid.CreateVersion7();
        foreach (var part in Make.Offer(other)) Assert.Null(await ledger.Take(part));
        Assert.Null(await ledger.Take(Make.Control(other, 1, go: true)));
        var me = await ledger.Leases.Begin("one");
        foreach (var offer in new[] { 1L, 2 })
        {
            var leased = await ledger.Leases.Take(me, offer, 3);
            await ledger.Leases.Intend(me, leased);
            await ledger.Leases.Settle(me, [.. leased.Select(l => new DeliveryResult(l, DeliveryOutcome.Accepted, Code: 250))]);
        }
        await ledger.Run("UPDATE outcome_groups SET outcomes = array_fill('nonsense'::text, ARRAY[items]) WHERE offer_id = 1");
        var failure = await Assert.ThrowsAsync<AggregateException>(() => SealBatches.Run(ledger.Ledger));
        Assert.Contains("offer 1", failure.Message);
        Assert.Equal(3, await ledger.Ask<long>("SELECT count(*) FROM outcomes WHERE offer_id = 2 AND batch_no = 1"));
        await Assert.ThrowsAsync<AggregateException>(() => EndOffers.Run(ledger.Ledger));
        Assert.Equal("ended", await ledger.Ask<string>("SELECT state::text FROM offers WHERE id = 2"));
    }

    [Fact]
    public async Task A_question_is_answered_with_the_state_and_the_batches_as_they_were()
    {
        await using var ledger = await server.New();
        var mailing = await ledger.Running();
        var me = await ledger.Leases.Begin("one");
        var leased = await ledger.Leases.Take(me, 1, 3);
        await ledger.Leases.Intend(me, leased);
        await ledger.Leases.Settle(me, [.. leased.Select(l => new DeliveryResult(l, DeliveryOutcome.Accepted, Code: 250))]);
        await SealBatches.Run(ledger.Ledger);
        var batch = (await ledger.Facts()).OfType<OutcomeBatch>().Single();
        var ask = new Ask { Site = Make.Site, MailingId = mailing, Rev = 1, MissingBatches = [1, 2, 1] };
        var facts = await Once(ledger, ask);
        Assert.Equal(batch.Hash, facts.OfType<OutcomeBatch>().Single().Hash);
        Assert.Equal(3, facts.OfType<OfferProgress>().Single().Counts.Accepted);
        Assert.Equal(OfferState.Unknown, Assert.IsType<OfferProgress>(Assert.Single(await Once(ledger, ask with { Rev = 9 }))).State);
    }

    static async Task<List<EngineMessage>> Once(TestLedger ledger, EngineMessage message)
    {
        Assert.Null(await ledger.Take(message));
        return await ledger.Facts();
    }

    static async Task<List<EngineMessage>> Twice(TestLedger ledger, EngineMessage message)
    {
        Assert.Null(await ledger.Take(message));
        Assert.Null(await ledger.Take(message with { MsgId = Guid.CreateVersion7() }));
        return await ledger.Facts();
    }

    static IEnumerable<int[]> Permutations(int n) =>
        n == 0 ? [[]] : Permutations(n - 1).SelectMany(p => Enumerable.Range(0, n).Select(i => (int[])[.. p[..i], n - 1, .. p[i..]]));
}
