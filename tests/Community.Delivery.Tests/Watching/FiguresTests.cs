using Community.Bulk.Tests.Harness;
using Community.Mail;
using Microsoft.Extensions.Logging.Abstractions;
using static Community.Tests.Harness.Waiting;

namespace Community.Bulk.Tests.Watching;

/// <summary>What the console shows of the engine, and what it costs to find it out.</summary>
[Trait("needs", "server")]
public sealed class FiguresTests(LedgerServer server)
{
    static EngineFigures Of(TestLedger ledger) => new(ledger.Ledger, new(ledger.Ledger, null, ".", []));

    static DeliveryServer Server(TestLedger ledger, ScriptedSmtpServer relay, string name = "one") =>
        new(
            ledger.Ledger,
            new()
            {
                Name = name,
                Relay = SmtpRelay.Parse($"smtp://127.0.0.1:{relay.Port}"),
                Connections = 4,
                LookEvery = TimeSpan.FromMilliseconds(50),
            },
            NullLogger<DeliveryServer>.Instance
        );

    [Fact]
    public async Task A_mailing_is_seen_from_its_parts_to_its_end_with_the_answers_of_its_destinations()
    {
        await using var ledger = await server.New();
        await using var relay = new ScriptedSmtpServer()
            .On("RCPT member2@example.org", new ScriptedReply("550 5.7.1 member2 is blocked, ask postmaster@example.org"))
            .Start();
        var figures = Of(ledger);
        var mailing = Guid.CreateVersion7();
        await ledger.Take(Make.Beat(0));
        foreach (var message in Make.Offer(mailing, total: 3)) Assert.Null(await ledger.Take(message));
        var offer = Assert.Single((await figures.Overview(default)).Offers);
        Assert.Equal((OfferHold.NoGo, 3, 3), (offer.Hold, offer.Total, offer.Open));
        Assert.Null(await ledger.Take(Make.Control(mailing, 1, go: true)));
        Assert.Equal(OfferHold.NoServer, Assert.Single((await figures.Overview(default)).Offers).Hold);
        using var stop = new CancellationTokenSource();
        var running = Server(ledger, relay).Run(stop.Token);
        await Until(
            async () =>
            {
                await SealBatches.Run(ledger.Ledger);
                return Assert.Single((await figures.Overview(default)).Offers).Open == 0;
            },
            "everybody has an outcome"
        );
        var alive = Assert.Single((await figures.Overview(default)).Servers);
        Assert.Equal((ServerState.Alive, 1L, 0), (alive.State, alive.Run, alive.Leased + alive.InFlight));
        while (await EndOffers.Run(ledger.Ledger) > 0) { }
        await stop.CancelAsync();
        await running;
        var over = await figures.Overview(default);
        offer = Assert.Single(over.Offers);
        Assert.Equal((OfferHold.Ended, 2, 1, 0), (offer.Hold, offer.Accepted, offer.Rejected, offer.Open));
        Assert.NotNull(offer.StartDelay);
        Assert.Equal(ServerState.Stopped, Assert.Single(over.Servers).State);
        Assert.Equal((2, 1), (over.Minutes.Sum(m => m.Accepted), over.Minutes.Sum(m => m.Rejected)));
        Assert.Equal(60, over.Minutes.Count);
        Assert.Equal(2, (await figures.Offer(offer.Id, default))!.Minutes.Sum(m => m.Accepted));
        Assert.Null(await figures.Offer(offer.Id + 1, default));
        var domain = Assert.Single((await figures.Destinations(default)).Destinations);
        Assert.Equal(("example.org", 550, "5.7.1"), (domain.Domain, domain.Code!.Value, domain.Enhanced));
        Assert.Equal((2, 1), (domain.Day.Accepted, domain.Day.Rejected));
        // Whoever it was is for the site alone.
        Assert.DoesNotContain("member2", domain.Answer);
        Assert.DoesNotContain("postmaster", domain.Answer);
        Assert.Contains("is blocked", domain.Answer);
        Assert.Equal(2, (await figures.Destination("example.org", default))!.Hours.Sum(h => h.Accepted));
        Assert.Null(await figures.Destination("nowhere.example", default));
    }

    [Fact]
    public async Task A_drained_server_finishes_says_that_it_is_empty_and_takes_part_again()
    {
        await using var ledger = await server.New();
        var figures = Of(ledger);
        await ledger.Running(total: 4);
        var one = await ledger.Leases.Begin("one");
        var offer = await ledger.Ask<long>("SELECT id FROM offers");
        Assert.Equal(2, (await ledger.Leases.Take(one, offer, 2)).Count);
        Assert.True(await DrainServer.Set(ledger.Ledger, "one", true));
        Assert.False(await DrainServer.Set(ledger.Ledger, "two", true));
        var drained = (await figures.Server("one", default))!.Server;
        Assert.Equal((ServerState.Draining, 2), (drained.State, drained.Leased));
        Assert.Empty(await ledger.Leases.Take(one, offer, 2));
        Assert.Equal(OfferHold.NoServer, (await figures.Offer(offer, default))!.Offer.Hold);
        await ledger.Run("UPDATE recipients SET state = 'pending', owner = NULL WHERE state = 'leased'");
        Assert.Equal(ServerState.Empty, (await figures.Server("one", default))!.Server.State);
        Assert.True(await DrainServer.Set(ledger.Ledger, "one", false));
        Assert.Equal(2, (await ledger.Leases.Take(one, offer, 2)).Count);
        // Two minutes later nobody has heard of it, and it holds what comes back.
        await ledger.Move(TimeSpan.FromSeconds(90));
        var lost = (await figures.Server("one", default))!.Server;
        Assert.Equal((ServerState.Lost, true), (lost.State, lost.BackAt is not null));
    }

    [Fact]
    public async Task Shares_follow_from_the_weights_of_class_site_and_mailing()
    {
        await using var ledger = await server.New();
        var figures = Of(ledger);
        await ledger.Leases.Begin("one");
        foreach (var site in new[] { "acme", "other" }) await ledger.Take(Make.Beat(0, site: site));
        foreach (var (site, kind) in new[]
        {
            ("acme", MailClass.Marketing), ("acme", MailClass.Marketing), ("other", MailClass.Marketing), ("other", MailClass.Service),
        })
        {
            var mailing = Guid.CreateVersion7();
            var chunk = Make.Chunk(mailing, 1, 0, Make.Recipient(1), Make.Recipient(2)) with { Site = site };
            foreach (
                var message in new EngineMessage[]
                {
                    Make.Reserve(mailing, total: 2, kind: kind, site: site),
                    chunk,
                    Make.Commit(chunk),
                    Make.Control(mailing, 1, go: true, site: site),
                }
            )
                Assert.Null(await ledger.Take(message));
        }
        var shares = (await figures.Overview(default)).Offers.OrderBy(o => o.Id).Select(o => Math.Round(o.FairShare!.Value, 3));
        // Service has four parts of five; of the rest each site has half, and acme's mailings share theirs.
        Assert.Equal([0.05, 0.05, 0.1, 0.8], shares);
    }

    /// <summary>Rows are counted where they are in hand, or up to a fixed number: never all of a mailing.</summary>
    [Fact]
    public async Task No_screen_looks_at_every_recipient_of_a_large_mailing()
    {
        const int many = 60_000, most = 3000;
        await using var ledger = await server.New();
        // One connection, which hands in what it has counted.
        await using var only = EngineLedger.Open(ledger.Connection + ";Maximum Pool Size=1");
        var figures = new EngineFigures(only, new(only, null, ".", []));
        await ledger.Leases.Begin("one");
        await ledger.Running(total: 2);
        var offer = await ledger.Ask<long>("SELECT id FROM offers");
        await ledger.Run(
            """
            INSERT INTO recipients (offer_id, rid, address_key, domain, state, due)
            SELECT $1, i, 'k' || i, 'd' || i % 5 || '.example',
                (ARRAY['pending', 'accepted', 'deferred'])[1 + i % 3]::recipient_state,
                CASE WHEN i % 3 = 2 THEN now() + interval '1 hour' ELSE '-infinity' END
            FROM generate_series(10, $2) AS i
            """,
            offer,
            many
        );
        await ledger.Run(
            """
            INSERT INTO batches (offer_id, batch_no, fact_no, life, ats, rids, ns, outcomes)
            SELECT $1, 1 + i / 500, 1, 1, array_agg(now()), array_agg(i), array_agg(1), array_agg('accepted'::text)
            FROM generate_series(10, $2) AS i GROUP BY i / 500
            """,
            offer,
            many
        );
        await ledger.Run("UPDATE offers SET total = $2 WHERE id = $1", offer, many);
        await ledger.Run(
            "INSERT INTO destination_hours (hour, domain, deferred) SELECT date_trunc('hour', now()), 'd' || i || '.example', 1 "
                + "FROM generate_series(0, 1) AS i");
        await ledger.Run("ANALYZE");
        await Touched();
        await figures.Overview(default);
        await TellProgress.Run(only);
        await figures.Server("one", default);
        Assert.InRange(await Touched(), 0, most);
        await figures.Offer(offer, default);
        Assert.InRange(await Touched(), 0, OfferDetail.MaxLater + most);
        var waiting = (await figures.Destinations(default)).Destinations;
        Assert.Equal([DestinationFigures.MaxLater + 1, DestinationFigures.MaxLater + 1],
            waiting.Select(d => d.Later));
        Assert.InRange(await Touched(), 0, 2 * (DestinationFigures.MaxLater + 1) + most);

        // Rows of the two large tables that were read since the last time.
        async Task<long> Touched()
        {
            await only.Change(c => c.Execute("SELECT pg_stat_force_next_flush()"));
            var now = await ledger.Ask<long>(
                """
                SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables
                WHERE relname IN ('recipients', 'outcomes')
                """
            );
            var rows = now - before;
            before = now;
            return rows;
        }
    }

    long before;

    [Theory]
    [InlineData(421, null, "4.7.0 try later <taro.yamada@docomo.example>", "4.7.0 try later <…@docomo.example>")]
    [InlineData(
        554,
        "5.7.1",
        "blocked; see https://block.example/?e=taro.yamada%40docomo.example&k=1",
        "blocked; see https://block.example/?…"
    )]
    [InlineData(451, "4.7.1", "TARO.YAMADA greylisted", "… greylisted")]
    [InlineData(451, "4.7.1", "b7@r.acme.example greylisted", "…@r.acme.example greylisted")]
    [InlineData(451, "4.7.1", "\"taro yamada\"@docomo.example greylisted", "…@docomo.example greylisted")]
    [InlineData(451, "4.7.1", "taro.yamada=40docomo.example greylisted", "…@docomo.example greylisted")]
    [InlineData(550, null, "User taro.yamada unknown", null)]
    [InlineData(550, "5.1.1", "no such user", null)]
    [InlineData(452, "4.2.2", "taro.yamada is over quota", null)]
    public void The_words_of_a_mail_server_name_nobody(int code, string? enhanced, string words, string? shown)
    {
        var recipient = Make.Recipient(7) with { To = "taro.yamada@docomo.example" };
        Assert.Equal(
            shown,
            AnswerWords.Shown(new(new(1, 7, 0, recipient), DeliveryOutcome.Deferred, Code: code, Enhanced: enhanced, Answer: words))
        );
    }
}
