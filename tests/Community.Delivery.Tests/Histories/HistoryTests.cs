using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Histories;

/// <summary>
/// Random histories of one mailing over the real ledger: a site that offers, pauses, takes back, edits and cancels whenever it likes, a
/// network that loses the order and doubles, servers that die at every step, leases that run out while their owners live. In all of them:
/// nobody twice, nothing after the end was applied, one text, no unsubscribed member after the engine knew, and both ledgers say what
/// is true. COMMUNITY_HISTORIES says how many.
/// </summary>
[Trait("needs", "server")]
public sealed class HistoryTests(LedgerServer server)
{
    const int Recipients = 3;

    static readonly int histories = int.TryParse(Environment.GetEnvironmentVariable("COMMUNITY_HISTORIES"), out var n) ? n : 40;

    [Fact]
    public async Task Whatever_happens_nobody_gets_it_twice_and_both_ledgers_are_true()
    {
        await using var ledger = await server.New();
        var ended = 0;
        for (var seed = 1; seed <= histories; seed++)
        {
            var history = new History(ledger, seed, SiteMistake.None);
            await history.Run();
            if (history.Sent > 0) ended++;
        }
        // What is kept for screens says the same as the rows, whatever became ambiguous, was proved, or came late.
        Assert.Equal(0, await ledger.Ask<long>(
            """
            SELECT count(*) FROM offer_batches b CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE state = 'accepted') AS accepted, count(*) FILTER (WHERE state = 'rejected') AS rejected,
                    count(*) FILTER (WHERE state = 'suppressed') AS suppressed, count(*) FILTER (WHERE state = 'expired') AS expired,
                    count(*) FILTER (WHERE state = 'ambiguous') AS ambiguous
                FROM recipients r WHERE r.offer_id = b.offer_id) c
            WHERE (b.accepted, b.rejected, b.suppressed, b.expired, b.ambiguous)
                IS DISTINCT FROM (c.accepted, c.rejected, c.suppressed, c.expired, c.ambiguous)
                AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.offer_id = b.offer_id AND o.batch_no IS NULL)
            """
        ));
        // Not all of them are cancelled before they begin.
        Assert.True(ended > histories / 3, $"{ended} of {histories} sent anything");
    }

    [Theory]
    [InlineData(SiteMistake.OutcomeWithoutKey)]
    [InlineData(SiteMistake.BackBeforeOutcomes)]
    [InlineData(SiteMistake.UnconfirmedIsUnsent)]
    [InlineData(SiteMistake.EditAfterSeal)]
    public async Task A_mistake_at_the_site_is_found(SiteMistake mistake)
    {
        await using var ledger = await server.New();
        await IsFound(ledger, mistake);
    }

    /// <summary>A statement of the engine in which something is forgotten.</summary>
    [Theory]
    [InlineData("An end is told with messages in hand", InHand, "")]
    [InlineData(
        "A withdrawal fences what waits, not what is leased, and the intent does not ask",
        "('pending', 'deferred', 'leased') LIMIT|o.state = 'running' AND NOT o.paused|" + InHand,
        "('pending', 'deferred') LIMIT|true|OR EXISTS (SELECT 1 FROM recipients WHERE offer_id = $1 AND state = 'handing')"
    )]
    [InlineData("A refusal does not end the rev", "SET state = 'ended', ended_at", "SET ended_at")]
    [InlineData("Suppressions are asked at the lease, not at the intent", "AND NOT " + TakeSuppression.IsSuppressed, "")]
    [InlineData(
        "An intent that ran out is taken for unsent",
        "CASE WHEN w.was = 'handing' THEN 'ambiguous'",
        "CASE WHEN false THEN 'ambiguous'"
    )]
    public async Task A_mistake_in_the_ledger_is_found(string what, string right, string wrong)
    {
        await using var ledger = await server.New();
        var (rights, wrongs) = (right.Split('|'), wrong.Split('|'));
        var seeded = new HashSet<int>();
        ledger.Ledger.Mistake = sql =>
        {
            for (var i = 0; i < rights.Length; i++)
            {
                if (!sql.Contains(rights[i], StringComparison.Ordinal)) continue;
                seeded.Add(i);
                sql = sql.Replace(rights[i], wrongs[i], StringComparison.Ordinal);
            }
            return sql;
        };
        await IsFound(ledger, SiteMistake.None);
        Assert.True(rights.Length == seeded.Count, what + ": the statement reads otherwise now");
    }

    const string InHand = "OR EXISTS (SELECT 1 FROM recipients WHERE offer_id = $1 AND state IN ('leased', 'handing'))";

    static async Task IsFound(TestLedger ledger, SiteMistake mistake)
    {
        for (var seed = 1; seed <= 400; seed++)
            try
            {
                await new History(ledger, seed, mistake).Run();
            }
            // A property that fails, or the engine's own check: an end whose counts do not add up is never told, which the step says.
            catch (Exception error)
                when (error is Xunit.Sdk.XunitException or BadMessageException or Npgsql.PostgresException or AggregateException)
            {
                return;
            }
        Assert.Fail("No history has found it.");
    }

    sealed class History
    {
        readonly TestLedger ledger;
        readonly Random random;
        readonly Guid mailing = Guid.CreateVersion7();
        readonly SiteModel site;
        readonly HistoryWay toEngine, toSite;
        readonly List<string> trace = [];
        readonly HistorySender[] senders;
        readonly int[] sent = new int[Recipients + 1];
        readonly int seed;
        int text;
        bool knowsDelta;
        bool isDraining;

        public History(TestLedger ledger, int seed, SiteMistake mistake)
        {
            (this.ledger, this.seed, random) = (ledger, seed, new(seed));
            (toEngine, toSite) = (new(random), new(random));
            site = new(mailing, Recipients, mistake, toEngine.Add);
            senders = [Sender("a"), Sender("b")];
        }

        public int Sent => sent.Sum();

        public async Task Run()
        {
            try
            {
                // Messages before it have no part in this one; freshness has tests of its own.
                await ledger.Take(Make.Beat(0, site: site.SiteKey));
                Do(site.Acts().First());
                for (var step = 0; step < 150 && !(site.Place == Place.Ended && toEngine.IsEmpty); step++)
                    await Step();
                await Drain();
            }
            catch (Exception error) when (error is Xunit.Sdk.XunitException)
            {
                throw new Xunit.Sdk.XunitException($"seed {seed}: {error.Message}\n{string.Join('\n', trace)}", error);
            }
        }

        async Task Step()
        {
            switch (random.Next(20))
            {
                // People press something now and then; the rest goes on by itself.
                case 0 when random.Next(2) == 0 && site.Acts().ToList() is { Count: > 0 } acts: Do(acts[random.Next(acts.Count)]); break;
                case 1 or 2 or 3 when site.Duties().ToList() is { Count: > 0 } duties: Do(duties[random.Next(duties.Count)]); break;
                case 4: Web(); break;
                case 5 or 6 or 7 or 8: await ToEngine(toEngine.Pick()); break;
                case 9 or 10: ToSite(toSite.Pick()); break;
                case 11 or 12: await Engine(); break;
                default: await senders[random.Next(senders.Length)].Step(isDraining); break;
            }
            await Collect();
        }

        void Do((string Name, Action Do) act)
        {
            trace.Add("site: " + act.Name);
            act.Do();
            Check();
        }

        async Task ToEngine(EngineMessage? message)
        {
            if (message is null) return;
            toEngine.Arrives(message);
            trace.Add("to engine: " + HistoryWay.Show(message));
            Assert.Null(await ledger.Take(message));
            if (message is SuppressDelta) knowsDelta = true;
        }

        void ToSite(EngineMessage? message)
        {
            if (message is null) return;
            toSite.Arrives(message);
            trace.Add("to site: " + HistoryWay.Show(message));
            site.Take(message);
            Check();
        }

        async Task Collect() => toSite.AddRange(await ledger.Facts());

        void Web()
        {
            if (site.WebSends() is not { } rid) return;
            trace.Add($"web sends {rid}");
            Dot(rid, site.Text);
            Check();
        }

        // S1 and S3.
        void Dot(int rid, int with)
        {
            Assert.True(sent[rid] == 0, $"{rid} gets it twice");
            Assert.True(text == 0 || text == with, $"{rid} gets text {with}, others had {text}");
            (sent[rid], text) = (1, with);
        }

        async Task Engine()
        {
            switch (random.Next(isDraining ? 2 : 5))
            {
                case 0: await SealBatches.Run(ledger.Ledger); break;
                case 1: await EndOffers.Run(ledger.Ledger); break;
                case 2:
                    // A lease runs out, whether or not its owner lives.
                    await ledger.Run(
                        """
                        UPDATE recipients r SET lease_until = moment() - interval '1 second' FROM offers o
                        WHERE o.id = r.offer_id AND o.mailing = $1 AND r.state IN ('leased', 'handing')
                        """,
                        mailing
                    );
                    trace.Add($"leases run out: {await ReclaimLeases.Run(ledger.Ledger)}");
                    break;
                case 3 when random.Next(4) == 0:
                    trace.Add("the rest expires");
                    await ledger.Run("UPDATE offers SET send_until = moment() WHERE mailing = $1 AND state = 'running'", mailing);
                    await EndOffers.Run(ledger.Ledger);
                    break;
                case 4 when random.Next(4) == 0:
                    trace.Add("parts are late");
                    await ledger.Run(
                        "UPDATE offers SET created_at = moment() - interval '2 days' WHERE mailing = $1 AND state = 'filling'",
                        mailing
                    );
                    await EndOffers.Run(ledger.Ledger);
                    break;
            }
        }

        HistorySender Sender(string name)
        {
            var freeze = 0L;
            return new(name, ledger, Offers, random, trace)
            {
                BeforeIntent = async leased => freeze = (await ledger.Leases.Text(leased.Offer))!.Reserve.FreezeDelta,
                // S4
                Intended = rid => Assert.False(
                    rid == 1 && knowsDelta && freeze == 0, "an intent for somebody whose withdrawal was known"),
                Dot = (rid, rev) =>
                {
                    // S2: only one who was told as ambiguous may still get it after the end was applied.
                    Assert.True(
                        site.Confirmed < rev || (site.RowRev[rid] == rev && site.Rows[rid] == Row.Ambiguous),
                        $"{rid} is sent by rev {rev}, which the site has taken back"
                    );
                    Dot(rid, site.TextOf[rev]);
                    return Task.CompletedTask;
                },
            };
        }

        Task<List<(long, int)>> Offers() =>
            ledger.Ledger.Change(c => c.Query(
                "SELECT id, rev FROM offers WHERE mailing = $1 AND state <> 'ended' ORDER BY rev",
                r => (r.GetInt64(0), r.GetInt32(1)),
                mailing
            ));

        // Once the site has ended: S5, and its ledger against the truth.
        void Check()
        {
            foreach (var row in Enum.GetValues<Row>().Where(r => r >= Row.Accepted))
                Assert.True(site.Counters[row] == site.Rows.Skip(1).Count(r => r == row), $"{row} is counted {site.Counters[row]} times");
            if (site.Place != Place.Ended) return;
            for (var i = 1; i <= Recipients; i++)
            {
                Assert.True(site.Rows[i] >= Row.Accepted, $"{i} is {site.Rows[i]} at the end");
                var isTrue = site.Rows[i] switch { Row.Accepted => sent[i] == 1, Row.Ambiguous => true, _ => sent[i] == 0 };
                Assert.True(isTrue, $"{i} is {site.Rows[i]} at the site, and was sent {sent[i]} times");
            }
        }

        /// <summary>If all parts stay up and people stop pressing, both sides end.</summary>
        async Task Drain()
        {
            isDraining = true;
            trace.Add("— everything stays up —");
            for (var round = 0; round < 60; round++)
            {
                if (site.IsPaused && site.Place == Place.Go) Do(site.Acts().First(a => a.Name == "resume"));
                if (site.Place == Place.Here && !site.WebRuns) Do(site.Acts().First(a => a.Name == "web runs"));
                while (site.Duties().FirstOrDefault() is { Do: not null } duty) Do(duty);
                foreach (var message in toEngine.Fresh) await ToEngine(message);
                foreach (var sender in senders)
                    for (var i = 0; i < 5; i++) await sender.Step(isDraining);
                await SealBatches.Run(ledger.Ledger);
                await EndOffers.Run(ledger.Ledger);
                // What nobody has in hand any more.
                if (senders.All(s => s.IsIdle))
                {
                    await ledger.Run(
                        """
                        UPDATE recipients r SET lease_until = moment() - interval '1 second' FROM offers o
                        WHERE o.id = r.offer_id AND o.mailing = $1 AND r.state IN ('leased', 'handing')
                        """,
                        mailing
                    );
                    await ReclaimLeases.Run(ledger.Ledger);
                    await ledger.Run(
                        "UPDATE offers SET created_at = moment() - interval '2 days' WHERE mailing = $1 AND state = 'filling'",
                        mailing
                    );
                }
                await Collect();
                foreach (var message in toSite.Rest) ToSite(message);
                for (var i = 0; i <= Recipients; i++) Web();
                var open = await ledger.Ask<long>("SELECT count(*) FROM offers WHERE mailing = $1 AND state <> 'ended'", mailing);
                if (site.Place == Place.Ended && open == 0 && toEngine.IsEmpty)
                {
                    Check();
                    return;
                }
                if (site.Question() is { } ask && round % 5 == 4) toEngine.Add(ask);
            }
            Assert.Fail($"It stands: the site is {site.Place} with rev {site.Rev}");
        }
    }
}
