using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Fairness;

/// <summary>The scheduler's own code against a clock of the test.</summary>
public sealed class FairSharesTests
{
    static readonly DateTime start = new(2026, 11, 27, 9, 0, 0, DateTimeKind.Utc);

    static RunningOffer Offer(
        long id,
        int site,
        int weight = 1,
        MailClass of = MailClass.Marketing,
        int siteWeight = 1,
        int perMinute = 0
    ) => new(id, site, siteWeight, of, weight, perMinute, 1, 1, true);

    static LeasedRecipient To(long offer, long rid, string domain = "example.org") => new(offer, rid, 0, Make.Recipient(rid, domain));

    static Dictionary<long, int> Serve(FairShares shares, int count)
    {
        var served = new Dictionary<long, int>();
        for (var i = 0; i < count; i++)
        {
            var next = shares.Next(start)!;
            served[next.Offer] = served.GetValueOrDefault(next.Offer) + 1;
            shares.Done(next, true, start, out _);
            shares.Add(next);
        }
        return served;
    }

    [Fact]
    public void A_site_with_forty_mailings_gets_no_more_than_a_site_with_one()
    {
        var shares = new FairShares("one");
        for (var i = 1; i <= 41; i++)
        {
            shares.Enter(Offer(i, i <= 40 ? 1 : 2));
            for (var r = 1; r <= 3; r++) shares.Add(To(i, r));
        }
        var served = Serve(shares, 8000);
        Assert.InRange(served[41], 3950, 4050);
        Assert.All(Enumerable.Range(1, 40), i => Assert.InRange(served[i], 90, 110));
    }

    [Fact]
    public void Sites_that_are_gone_are_forgotten_and_none_gains_by_ending_one_mailing_and_beginning_another()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1));
        for (var r = 1; r <= 3; r++) shares.Add(To(1, r));
        for (var i = 2; i <= 20_000; i++)
        {
            shares.Enter(Offer(i, i));
            shares.Add(To(i, 1));
            shares.Done(shares.Next(start)!, true, start, out _);
            shares.Leave(i);
        }
        Assert.InRange(shares.SiteCount, 1, 3000);
        // Site 1 has been there all the time. Another one begins a new mailing for each of its messages.
        var served = new Dictionary<long, int>();
        for (var i = 30_000; i < 30_400; i++)
        {
            if (!shares.Has(1)) shares.Enter(Offer(1, 1));
            shares.Add(To(1, i));
            shares.Enter(Offer(i, 2));
            shares.Add(To(i, 1));
            var next = shares.Next(start)!;
            served[next.Offer == 1 ? 1 : 2] = served.GetValueOrDefault(next.Offer == 1 ? 1 : 2) + 1;
            shares.Done(next, true, start, out _);
            shares.Leave(i);
        }
        Assert.InRange(served[1], 190, 210);
    }

    [Fact]
    public void Shares_follow_weights_of_sites_mailings_and_classes()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1, weight: 3));
        shares.Enter(Offer(2, 1));
        shares.Enter(Offer(3, 2, siteWeight: 2));
        shares.Enter(Offer(4, 1, of: MailClass.Essential));
        for (var i = 1; i <= 4; i++) shares.Add(To(i, 1));
        var served = Serve(shares, 17 * 1200);
        Assert.InRange(served[4], 19100, 19300);
        Assert.InRange(served[3], 760, 840);
        Assert.InRange(served[1], 285, 315);
        Assert.InRange(served[2], 95, 105);
    }

    [Fact]
    public void A_newcomer_is_next_and_has_no_credit_for_the_time_before()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1));
        for (var i = 0; i < 3; i++) shares.Add(To(1, i + 1));
        Serve(shares, 10_000);
        shares.Enter(Offer(2, 2));
        for (var i = 0; i < 3; i++) shares.Add(To(2, i + 1));
        var first = Enumerable.Range(0, 2).Select(_ => shares.Next(start)!.Offer).ToList();
        Assert.Contains(2, first);
        var served = Serve(shares, 100);
        Assert.InRange(served[2], 48, 52);
    }

    [Fact]
    public void A_dead_or_full_destination_holds_nobody_up_not_even_its_own_mailing()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1));
        for (var i = 1; i <= 50; i++) shares.Add(To(1, i, "dead.example"));
        for (var i = 51; i <= 100; i++) shares.Add(To(1, i, "good" + i % 5 + ".example"));
        var taken = new List<LeasedRecipient>();
        while (shares.Next(start) is { } next)
        {
            // Good ones answer at once, dead ones never.
            if (next.To.To.EndsWith("@dead.example", StringComparison.Ordinal)) taken.Add(next);
            else shares.Done(next, true, start, out _);
        }
        Assert.Equal(5, taken.Count);
        Assert.Equal(45, shares.CountOf(1));
        Assert.Equal(0, shares.ReadyOf(1));
        // Three failures in a row: it rests, and what waits for it is given back.
        List<LeasedRecipient> back = [];
        var until = default(DateTime);
        foreach (var dead in taken)
        {
            back.AddRange(shares.Done(dead, false, start, out var rests));
            if (rests != default) until = rests;
        }
        Assert.Equal(45, back.Count);
        Assert.Equal(until, shares.RestsUntil(back[0], start));
        shares.Add(back[0]);
        shares.Add(back[1]);
        Assert.Null(shares.Next(until.AddSeconds(-1)));
        // It is tried with one message, and opens when that is taken.
        var probe = shares.Next(until)!;
        Assert.Null(shares.Next(until));
        shares.Done(probe, true, until, out _);
        Assert.NotNull(shares.Next(until));
    }

    /// <summary>Domains with the same hosts: however many they are, their host has the connections of one.</summary>
    [Fact]
    public void A_thousand_domains_of_one_dead_host_are_one_destination_and_hold_nobody_up()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1));
        for (var i = 1; i <= 1000; i++) shares.Add(To(1, i, $"d{i}.example") with { Destination = "mx.dead.example" });
        for (var i = 1001; i <= 1050; i++) shares.Add(To(1, i, "good.example"));
        var (dead, good) = (new List<LeasedRecipient>(), 0);
        while (shares.Next(start) is { } next)
            if (next.To.Domain == "good.example")
            {
                good++;
                shares.Done(next, true, start, out _);
            }
            else dead.Add(next);
        Assert.Equal((5, 50), (dead.Count, good));
        var back = dead.SelectMany(d => shares.Done(d, false, start, out _)).ToList();
        Assert.Equal(995, back.Count);
        Assert.NotNull(shares.RestsUntil(To(1, 2000, "other.example") with { Destination = "mx.dead.example" }, start));
    }

    [Fact]
    public void What_waits_for_a_full_destination_can_make_room_for_others_of_its_mailing()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1));
        for (var i = 1; i <= 40; i++) shares.Add(To(1, i, "full.example"));
        for (var i = 41; i <= 43; i++) shares.Add(To(1, i, "good.example"));
        var taken = new List<LeasedRecipient>();
        while (shares.Next(start) is { } next) taken.Add(next);
        Assert.Equal(8, taken.Count);
        // As much as it will soon take stays.
        Assert.Equal(25, shares.Unready(1).Count);
        Assert.Equal((10, 0), (shares.CountOf(1), shares.ReadyOf(1)));
        shares.Add(To(1, 44, "good.example"));
        Assert.Equal(44, shares.Next(start)!.Rid);
        foreach (var one in taken) shares.Done(one, true, start, out _);
        Assert.Equal(10, shares.ReadyOf(1));
    }

    static DestinationRule Rule(int connections = 20, int perMinute = 0, int rest = 15) =>
        new() { Name = "x", Patterns = ["x.example"], Connections = connections, PerMinute = perMinute, Rest = rest };

    static int AtOnce(FairShares shares, DateTime now)
    {
        var n = 0;
        while (shares.Next(now) is not null) n++;
        return n;
    }

    [Fact]
    public void A_rule_bounds_how_far_a_destination_grows_and_another_one_counts_from_the_next_message()
    {
        var shares = new FairShares("one", maxOfDestination: 15);
        shares.Enter(Offer(1, 1));
        var rid = 0;
        void Grow(DestinationRule? rule)
        {
            for (var i = 0; i < 400; i++)
            {
                shares.Add(To(1, ++rid), rule);
                shares.Done(shares.Next(start)!, true, start, out _);
            }
            for (var i = 0; i < 40; i++) shares.Add(To(1, ++rid), rule);
        }
        Grow(Rule(connections: 8));
        var first = new List<LeasedRecipient>();
        while (shares.Next(start) is { } next) first.Add(next);
        Assert.Equal(8, first.Count);
        // Fewer from now on: those under way end, and no other begins before they are fewer than that.
        shares.Add(To(1, ++rid), Rule(connections: 3));
        foreach (var one in first.Take(5)) shares.Done(one, null, start, out _);
        Assert.Null(shares.Next(start));
        shares.Done(first[5], null, start, out _);
        Assert.NotNull(shares.Next(start));
        // Whatever a rule says, the others have room.
        var wide = new FairShares("one", maxOfDestination: 15);
        shares = wide;
        wide.Enter(Offer(1, 1));
        Grow(Rule(connections: 1000));
        Assert.Equal(15, AtOnce(wide, start));
    }

    [Fact]
    public void A_rate_is_kept_by_all_servers_together_and_holds_up_no_other_destination()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1) with { Servers = 3 });
        for (var i = 1; i <= 200; i++) shares.Add(To(1, i, "slow.example"), Rule(perMinute: 180));
        for (var i = 201; i <= 205; i++) shares.Add(To(1, i, "free.example"));
        var slow = 0;
        for (var t = 0; t < 600; t++)
            while (shares.Next(start.AddSeconds(t / 10.0)) is { } next)
            {
                if (next.To.Domain == "slow.example") slow++;
                else Assert.Equal(0, t);
                shares.Done(next, true, start, out _);
            }
        Assert.InRange(slow, 59, 62);
    }

    [Fact]
    public void Its_rest_is_as_long_as_its_rule_says_and_doubles()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1));
        var now = start;
        foreach (var seconds in new[] { 120, 240, 480, 900, 900 })
        {
            for (var i = 1; i <= 3; i++) shares.Add(To(1, i), Rule(rest: 120));
            DateTime until = default;
            while (shares.Next(now) is { } next && until == default) shares.Done(next, false, now, out until);
            Assert.Equal(seconds, (until - now).TotalSeconds);
            now = until;
        }
    }

    [Fact]
    public void One_that_takes_long_for_each_message_gets_one_at_a_time()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1));
        for (var i = 1; i <= 30; i++) shares.Add(To(1, i));
        for (var i = 0; i < 8; i++) shares.Done(shares.Next(start)!, true, start, out _, TimeSpan.FromSeconds(40));
        Assert.Equal(1, AtOnce(shares, start));
        Assert.Equal(21, shares.CountOf(1));
    }

    [Fact]
    public void A_probe_that_fails_makes_the_rest_longer_up_to_a_quarter_of_an_hour()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1));
        var now = start;
        var rests = new List<TimeSpan>();
        for (var i = 1; rests.Count < 9; i++)
        {
            shares.Add(To(1, i));
            var next = shares.Next(now)!;
            shares.Done(next, false, now, out var until);
            if (until == default) continue;
            rests.Add(until - now);
            now = until;
        }
        Assert.Equal(rests.Order(), rests);
        Assert.Equal([TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(15)], [rests[0], rests[^1]]);
    }

    [Fact]
    public void A_mailing_keeps_to_its_rate_and_makes_up_for_nothing()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1, perMinute: 60));
        shares.Enter(Offer(2, 1));
        for (var i = 1; i <= 1000; i++) shares.Add(To(1, i));
        var sent = 0;
        for (var second = 0; second < 120; second++)
            for (var tenth = 0; tenth < 10; tenth++)
            {
                // It stands still for half a minute.
                if (second is >= 30 and < 60) continue;
                while (shares.Next(start.AddSeconds(second + tenth / 10.0)) is { } next)
                {
                    sent++;
                    shares.Done(next, true, start, out _);
                }
            }
        Assert.InRange(sent, 88, 93);
    }

    [Fact]
    public void What_has_waited_for_long_is_taken_out_and_the_rest_goes_on()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1));
        for (var i = 1; i <= 6; i++) shares.Add(To(1, i, i % 2 == 0 ? "a.example" : "b.example") with { TakenAt = i });
        Assert.Equal([1L, 2, 3], shares.Old(1, 4).Select(r => r.Rid).Order());
        Assert.Equal(3, shares.CountOf(1));
        Assert.Equal([4L, 5, 6], Enumerable.Range(0, 3).Select(_ => shares.Next(start)!.Rid).Order());
        Assert.Null(shares.Next(start));
        Assert.Empty(shares.Old(1, 100));
        Assert.Empty(shares.Old(2, 100));
        shares.Add(To(1, 7));
        Assert.Equal(7, shares.Old(1, long.MaxValue).Single().Rid);
        Assert.Null(shares.Next(start));
        shares.Add(To(1, 8));
        Assert.Equal(8, shares.Next(start)!.Rid);
    }

    [Fact]
    public void A_weight_of_none_is_the_smallest_there_is()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1, siteWeight: 0));
        shares.Enter(Offer(2, 2, weight: 0));
        shares.Enter(Offer(3, 3, weight: -5, siteWeight: -1));
        for (var i = 1; i <= 3; i++) shares.Add(To(i, 1));
        var served = Serve(shares, 300);
        Assert.All(Enumerable.Range(1, 3), i => Assert.InRange(served.GetValueOrDefault(i), 95, 105));
    }

    [Fact]
    public void Who_leaves_gives_back_what_it_had_and_the_others_go_on()
    {
        var shares = new FairShares("one");
        shares.Enter(Offer(1, 1));
        shares.Enter(Offer(2, 1));
        for (var i = 1; i <= 3; i++) shares.Add(To(1, i));
        shares.Add(To(2, 1));
        var inHand = shares.Next(start)!;
        Assert.Equal(inHand.Offer == 1 ? 2 : 3, shares.Leave(1).Count);
        Assert.Equal(inHand.Offer == 2 ? null : 2L, shares.Next(start)?.Offer);
        shares.Done(inHand, true, start, out _);
        Assert.Null(shares.Next(start));
        Assert.Equal([2L], shares.Mailings);
    }

    /// <summary>
    /// Twenty delivery servers with twenty connections each, ten million a day; 50 reservations at the same second while a mailing of a
    /// million runs. Each server looks every 200 ms and leases half a second to a second of work.
    /// </summary>
    [Fact]
    public void Of_fifty_reservations_at_the_same_second_each_has_its_first_message_within_two_seconds_while_a_million_run()
    {
        const int servers = 20, connections = 20, perMessage = 170;
        var waiting = new Dictionary<long, int> { [1] = 1_000_000 };
        var first = new Dictionary<long, int>();
        var sent = new Dictionary<long, int>();
        var after10 = new Dictionary<long, int>();
        var shares = Enumerable.Range(0, servers).Select(s => new FairShares("server" + s)).ToArray();
        var perSecond = new double[servers];
        var busy = new PriorityQueue<(int Server, LeasedRecipient Item), int>();
        var free = Enumerable.Repeat(connections, servers).ToArray();
        var counted = new int[servers];
        const int begin = 20_000, end = 45_000;
        long rid = 0;
        for (var ms = 0; ms < end; ms += 10)
        {
            var now = start.AddMilliseconds(ms);
            if (ms == begin)
                for (var i = 2; i <= 51; i++) waiting[i] = i % 10 == 0 ? 5 : 100_000;
            while (busy.TryPeek(out var done, out var at) && at <= ms)
            {
                busy.Dequeue();
                shares[done.Server].Done(done.Item, true, now, out _);
                free[done.Server]++;
                counted[done.Server]++;
            }
            for (var s = 0; s < servers; s++)
            {
                // The servers look at different moments.
                if ((ms + s * 10) % 200 == 0)
                {
                    if ((ms + s * 10) % 1000 == 0)
                        (perSecond[s], counted[s]) = (perSecond[s] * 0.7 + 0.3 * counted[s], 0);
                    var due = waiting.Where(w => w.Value > 0).Select(w => w.Key).ToList();
                    var aim = Math.Clamp((int)Math.Ceiling(perSecond[s] / Math.Max(1, due.Count)), 4, 500);
                    foreach (var id in due)
                    {
                        shares[s].Enter(Offer(id, (int)id));
                        var ready = shares[s].ReadyOf(id);
                        if (ready > aim / 2) continue;
                        for (var n = Math.Min(aim - ready, waiting[id]); n > 0; n--, waiting[id]--)
                            shares[s].Add(To(id, ++rid, "d" + rid % 300 + ".example"));
                    }
                }
                while (free[s] > 0 && shares[s].Next(now) is { } next)
                {
                    free[s]--;
                    busy.Enqueue((s, next), ms + perMessage);
                    first.TryAdd(next.Offer, ms);
                    sent[next.Offer] = sent.GetValueOrDefault(next.Offer) + 1;
                    if (ms >= begin + 10_000) after10[next.Offer] = after10.GetValueOrDefault(next.Offer) + 1;
                }
            }
        }
        Assert.Equal(51, first.Count);
        Assert.All(Enumerable.Range(2, 50), i => Assert.InRange(first[i] - begin, 0, 2000));
        // Ten million a day are 116 a second.
        Assert.True(sent.Values.Sum() > 116 * end / 1000, $"{sent.Values.Sum()} in {end / 1000} s");
        var large = after10.Where(a => waiting[a.Key] > 1000).Select(a => a.Value).ToList();
        Assert.True(large.Count > 40);
        Assert.All(large, n => Assert.InRange(n, large.Average() * 0.9, large.Average() * 1.1));
    }
}
