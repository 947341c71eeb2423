using Community.Bulk;
using Community.Bulk.Tests.Harness;
using Community.Mail;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Mailing.HandOffs;

/// <summary>
/// Random histories of the two real sides, a site's code and database and the engine's: people who pause, resume, take back and stop,
/// a member who withdraws, a way that loses the order, doubles, and does not confirm, delivery servers and a web server that die at every
/// step. In all of them nobody gets it twice, nothing leaves after the end was applied, nobody who withdrew before the engine knew, and
/// the site's accounts are true. COMMUNITY_HISTORIES says how many.
/// </summary>
[Trait("needs", "server")]
public sealed class HandOffHistoryTests(LedgerServer server)
{
    /// <summary>Something that is forgotten at the site.</summary>
    public enum Mistake
    {
        None,
        /// <summary>That a go may have left is not written down.</summary>
        GoIsNotWrittenDown,
        /// <summary>The engine's end is believed before its results are here.</summary>
        BackBeforeResults,
        /// <summary>Withdrawals are not told.</summary>
        WithdrawalIsLost,
    }

    static readonly int histories = int.TryParse(Environment.GetEnvironmentVariable("COMMUNITY_HISTORIES"), out var n) ? n : 4;

    [OnBothDatabases, Fact]
    public async Task Whatever_happens_nobody_gets_it_twice_and_the_accounts_are_true()
    {
        await using var ledger = await server.New();
        await using var host = await Start();
        var sent = 0;
        for (var seed = 1; seed <= histories; seed++)
        {
            var history = await History.Begin(host, ledger, seed, Mistake.None);
            await history.Run();
            sent += history.Sent;
        }
        Assert.True(sent > 0, "nothing was ever sent");
    }

    // That the histories find mistakes is shown once: the engine's side has PostgreSQL in any case.
    [Theory]
    [InlineData(Mistake.GoIsNotWrittenDown)]
    [InlineData(Mistake.BackBeforeResults)]
    [InlineData(Mistake.WithdrawalIsLost)]
    [Trait("takes", "long")]
    public async Task A_mistake_at_the_site_is_found(Mistake mistake)
    {
        await using var ledger = await server.New();
        await using var host = await Start();
        for (var seed = 1; seed <= 60; seed++)
            try
            {
                await (await History.Begin(host, ledger, seed, mistake)).Run();
            }
            catch (Xunit.Sdk.XunitException) { return; }
        Assert.Fail("No history has found it.");
    }

    static async Task<TestHost> Start()
    {
        var host = await TestHost.Start(new() { ["Community:Engine"] = "amqp://127.0.0.1:9/", ["Community:EngineFrom"] = "1" });
        // Its own workers would take steps that are the histories'. Its services stay.
        await host.Stop();
        return host;
    }

    sealed class History
    {
        const int Readers = 3;

        readonly TestLedger ledger;
        readonly TestSite site;
        readonly Random random;
        readonly Mistake mistake;
        readonly int seed;
        readonly HistoryWay toEngine, toSite;
        readonly List<string> trace = [];
        readonly Dictionary<int, int> sent = [];
        readonly HistorySender[] senders;
        long id, withdrawing;
        int withdrawingSeq, web;
        bool engineKnows, draining;

        History(TestLedger ledger, TestSite site, int seed, Mistake mistake)
        {
            (this.ledger, this.site, this.seed, this.mistake, random) = (ledger, site, seed, mistake, new(seed));
            (toEngine, toSite, senders) = (new(random), new(random), [Sender("a"), Sender("b")]);
        }

        public int Sent => sent.Values.Sum();

        public static async Task<History> Begin(TestHost host, TestLedger ledger, int seed, Mistake mistake)
        {
            var site = await host.NewSite();
            await site.AddReaders(Readers - 2);
            var history = new History(ledger, site, seed, mistake);
            await history.Prepare();
            return history;
        }

        async Task Prepare()
        {
            var now = DateTime.UtcNow;
            id = await site.Db(async db =>
            {
                var kind = await db.MailKinds.FirstAsync(k => k.Key == "news");
                var by = await db.Members.FirstAsync(m => m.Email == "mailer@example.com");
                var mailing = new Community.Mailing.Mailing
                {
                    FormKey = Guid.NewGuid(),
                    KindId = kind.Id,
                    Title = "T",
                    CreatedBy = by.Id,
                    CreatedAt = now,
                    Route = MailingRoute.Engine,
                    Contents = [new() { Subject = "S", Text = "Hello {{member.name}}" }],
                    Holder = MailingHolder.Engine,
                    AtOnce = true,
                    StartAt = now,
                    ScheduledBy = by.Id,
                    ScheduledAt = now,
                };
                var frozen = FrozenContent.Of(
                    mailing, kind, db.Site, new CommunityOptions(), MailColors.Plain, new ContactSettings());
                mailing.Begin(frozen, now);
                mailing.State = MailingState.Running;
                db.Mailings.Add(mailing);
                await db.SaveChangesAsync();
                var members = await db.Members.MayReceive(kind.Id).OrderBy(m => m.Id).ToListAsync();
                foreach (var member in members)
                    db.Deliveries.Add(new()
                    {
                        MailingId = mailing.Id,
                        Seq = ++mailing.Count,
                        MemberId = member.Id,
                        DueAt = DateTime.UnixEpoch,
                        AddressHash = Delivery.HashOf(member.Email!, mailing.Salt!),
                    });
                mailing.Total = mailing.Count;
                (withdrawing, withdrawingSeq) = (members[0].Id, 1);
                await db.SaveChangesAsync();
                return mailing.Id;
            });
        }

        Task<T> Do<T>(Func<IServiceProvider, Task<T>> act) => site.With(act);

        public async Task Run()
        {
            try
            {
                // Most begin where the engine has it and runs: people who take everything back at once would never let it.
                if (random.Next(4) > 0) await Begin();
                for (var step = 0; step < 120 && !await IsOver(); step++) await Step();
                await Drain();
                if (await site.Mailing(id) is { State: MailingState.Draft })
                {
                    Assert.Equal(0, Sent);
                    return;
                }
                await site.IdentityHolds(id);
                var rows = await site.Db(db => db.Deliveries.AsNoTracking().Where(d => d.MailingId == id).ToListAsync());
                foreach (var row in rows)
                    Assert.True(
                        row.State switch
                        {
                            DeliveryState.Accepted => sent.GetValueOrDefault(row.Seq) == 1,
                            DeliveryState.Ambiguous => true,
                            _ => sent.GetValueOrDefault(row.Seq) == 0,
                        },
                        $"{row.Seq} is {row.State} at the site, and was sent {sent.GetValueOrDefault(row.Seq)} times"
                    );
            }
            catch (Xunit.Sdk.XunitException error)
            {
                throw new Xunit.Sdk.XunitException($"seed {seed}: {error.Message}\n{string.Join('\n', trace)}", error);
            }
        }

        async Task Begin()
        {
            for (var round = 0; round < 8; round++)
            {
                await Advance();
                await Publish();
                await Collect();
                foreach (var message in toEngine.Fresh) await ToEngine(message);
                await Collect();
                foreach (var fact in toSite.Fresh) await ToSite(fact);
            }
        }

        async Task Collect() => toSite.AddRange((await ledger.Facts()).Where(f => f.Site == site.Site.Key));

        async Task<bool> IsOver() => (await site.Mailing(id)) is { IsOver: true };

        async Task Step()
        {
            switch (random.Next(20))
            {
                case 0: await Press(); break;
                case 1: await Engine(); break;
                case 2 or 3 or 4 or 5: await Advance(); break;
                case 6 or 7: await Publish(); break;
                case 8 or 9 or 10: await ToEngine(toEngine.Pick()); break;
                case 11 or 12: await ToSite(toSite.Pick()); break;
                case 13: await Engine(); break;
                case 14 or 15: await Web(); break;
                default: await senders[random.Next(senders.Length)].Step(draining); break;
            }
            await Collect();
        }

        async Task Press()
        {
            var pressed = random.Next(draining ? 1 : 9);
            await Do(async services =>
            {
                var db = services.GetRequiredService<SiteDb>();
                if (pressed is 4 or 5 or 6)
                {
                    try
                    {
                        await services.GetRequiredService<DecideHandOff>().TakeBack(
                            await Mailer(db), id, pressed == 6 ? TakeBackReason.ForEdit : TakeBackReason.ForWebServers);
                        trace.Add("take back " + pressed);
                    }
                    catch (Refused) { }
                    return 0;
                }
                if (pressed is 7)
                {
                    try
                    {
                        await services.GetRequiredService<DecideHandOff>().HandRest(await Mailer(db), id);
                        trace.Add("hand the rest");
                    }
                    catch (Refused) { }
                    return 0;
                }
                if (pressed is 8)
                {
                    await Withdraw(services);
                    return 0;
                }
                await using var change = await db.Change<Community.Mailing.Mailing>(id);
                var (mailing, before) = (change.Row!, change.Row!.State);
                if (mailing.State is MailingState.Draft) return 0;
                if (pressed == 3 && random.Next(4) == 0 && mailing.CanCancel) mailing.Cancel(1, db.Now);
                else if (mailing.CanPause && pressed == 1) mailing.Pause(1);
                else if (mailing.CanResume) mailing.Resume(1, db.Now);
                if (mailing.State == before) return 0;
                trace.Add($"{before} → {mailing.State}");
                await change.Commit();
                return 0;
            });
        }

        async Task Withdraw(IServiceProvider services)
        {
            if (withdrawing == 0) return;
            trace.Add("withdraws");
            var kind = await services.GetRequiredService<SiteDb>().MailKinds.Where(k => k.Key == "news").Select(k => k.Id).FirstAsync();
            await services.GetRequiredService<Community.Members.Consents>().Withdraw(withdrawing, kind, "link", "");
            withdrawing = 0;
        }

        static async Task<Reader> Mailer(SiteDb db) =>
            new(
                await db.Members.Where(m => m.Email == "mailer@example.com").Select(m => m.Id).FirstAsync(),
                "", "", new HashSet<long>(), new HashSet<string>()
            );

        async Task Advance()
        {
            if (mistake is Mistake.WithdrawalIsLost)
                await site.Db(db =>
                {
                    var gone = db.Set<Member>().Where(m => m.Consents.All(c => !c.Granted));
                    return db.Set<Delivery>().Where(d => d.MailingId == id && d.State == DeliveryState.Handed)
                        .ExecuteUpdateAsync(s => s.SetProperty(d => d.Barred, d => gone.Any(m => m.Id == d.MemberId)));
                });
            if (random.Next(2) == 0)
                await site.Db(db => db.EngineSites.ExecuteUpdateAsync(s => s.SetProperty(e => e.BeatAt, (DateTime?)null)));
            var had = await site.Db(db => db.HandOffs.AsNoTracking().FirstOrDefaultAsync(h => h.MailingId == id));
            var hasMore = await Do(async s => (await s.GetRequiredService<AdvanceHandOffs>().Run(default)).HasMore);
            var has = await site.Db(db => db.HandOffs.AsNoTracking().FirstOrDefaultAsync(h => h.MailingId == id));
            if (has?.State != had?.State || has?.Seq != had?.Seq)
                trace.Add($"site: {had?.State} → {has?.State} rev {has?.Rev} {has?.Wish}");
            await Do(async s => { await s.GetRequiredService<AdvanceMailings>().Run(default); return hasMore; });
        }

        async Task Publish()
        {
            // The broker has it or not, and the site hears of it or not.
            await Do(s => s.GetRequiredService<PublishCommands>().Run((messages, _) =>
            {
                var answers = new bool[messages.Count];
                for (var i = 0; i < messages.Count; i++)
                {
                    var luck = draining ? 9 : random.Next(10);
                    if (luck == 0) continue;
                    var message = Wire.Read(messages[i].Body);
                    trace.Add("publishes " + HistoryWay.Show(message));
                    toEngine.Add(message);
                    answers[i] = luck > 2;
                }
                return Task.FromResult(answers);
            }, default));
            if (mistake is Mistake.GoIsNotWrittenDown)
                await site.Db(db => db.HandOffs.ExecuteUpdateAsync(s => s.SetProperty(h => h.GoTried, false)));
        }

        async Task ToEngine(EngineMessage? message)
        {
            if (message is null) return;
            toEngine.Arrives(message);
            trace.Add("to engine: " + HistoryWay.Show(message));
            Assert.Null(await ledger.Take(message));
            if (message is SuppressDelta { Out: true }) engineKnows = true;
        }

        async Task ToSite(EngineMessage? fact)
        {
            if (fact is null) return;
            toSite.Arrives(fact);
            trace.Add("to site: " + HistoryWay.Show(fact));
            Assert.Null(await Do(s => s.GetRequiredService<TakeFact>().Take(fact)));
            if (mistake is Mistake.BackBeforeResults && fact is Ended)
            {
                var open = await site.Db(db => db.Deliveries.CountAsync(d => d.MailingId == id && d.State == DeliveryState.Handed));
                await site.Db(db => db.HandOffs.Where(h => h.MailingId == id && h.EndReason != null).ExecuteUpdateAsync(
                    s => s.SetProperty(h => h.LastBatch, 0).SetProperty(h => h.Released, open)));
            }
        }

        async Task Engine()
        {
            switch (random.Next(draining ? 2 : 3))
            {
                case 0: await SealBatches.Run(ledger.Ledger); break;
                case 1: await EndOffers.Run(ledger.Ledger); break;
                default:
                    await ledger.Run(
                        "UPDATE recipients SET lease_until = moment() - interval '1 second' WHERE state IN ('leased', 'handing')");
                    trace.Add($"leases run out: {await ReclaimLeases.Run(ledger.Ledger)}");
                    break;
            }
        }

        void Dot(int seq)
        {
            sent[seq] = sent.GetValueOrDefault(seq) + 1;
            Assert.True(sent[seq] == 1, $"{seq} gets it twice");
        }

        async Task Web()
        {
            var process = new ProcessIncarnation("web", ++web);
            await Do(async services =>
            {
                var leased = await services.GetRequiredService<LeaseDeliveries>().Next(process, 0, 1, default);
                if (leased is not [var one]) return 0;
                trace.Add($"web leases {one.Delivery.Seq}");
                // It dies: what is leased comes back, by the next run of the same server.
                if (!draining && random.Next(4) == 0) return 0;
                try { await services.GetRequiredService<DeliveryLedger>().Intend(site.Site, one, process, default); }
                catch (LeaseLost) { return 0; }
                Dot(one.Delivery.Seq);
                trace.Add($"web sends {one.Delivery.Seq}");
                if (!draining && random.Next(5) == 0) return 0;
                await services.GetRequiredService<SettleDelivery>().Settle(
                    one, process, new SendResult(SendStatus.Accepted, SmtpPhase.FinalDot, 250, null, "ok"));
                return 0;
            });
            await Do(async s =>
            {
                await s.GetRequiredService<ReclaimDeliveries>().Run(new("web", web + 1), begun: true, default);
                return 0;
            });
        }

        HistorySender Sender(string name) =>
            new(name, ledger, Offers, random, trace)
            {
                // Withdrawn, and told: no intent. With the seeded mistake nobody is told, and the member gets it.
                Intended = seq =>
                {
                    var isGone = seq == withdrawingSeq;
                    Assert.False(isGone && engineKnows, "an intent for somebody whose withdrawal was known");
                    if (mistake is Mistake.WithdrawalIsLost)
                        Assert.False(isGone && withdrawing == 0 && draining, "an intent after a withdrawal");
                },
                Dot = async (seq, rev) =>
                {
                    var row = await site.Db(db =>
                        db.Deliveries.AsNoTracking().FirstOrDefaultAsync(d => d.MailingId == id && d.Seq == seq));
                    Assert.True(
                        row is not null && row.OfferRev == rev && row.State is DeliveryState.Handed or DeliveryState.Ambiguous,
                        $"{seq} is sent by rev {rev}, and is {row?.State} of rev {row?.OfferRev} at the site"
                    );
                    Dot(seq);
                },
            };

        Task<List<(long, int)>> Offers() =>
            ledger.Ledger.Change(c => c.Query(
                """
                SELECT o.id, o.rev FROM offers o JOIN sites s ON s.id = o.site_id WHERE s.key = $1 AND o.state <> 'ended' ORDER BY rev
                """,
                r => (r.GetInt64(0), r.GetInt32(1)),
                site.Site.Key
            ));

        /// <summary>If all parts stay up and people stop pressing, both sides end.</summary>
        async Task Drain()
        {
            draining = true;
            trace.Add("— everything stays up —");
            // Few withdraw by chance while they still wait.
            if (mistake is Mistake.WithdrawalIsLost) await Do(async services => { await Withdraw(services); return 0; });
            for (var round = 0; round < 80 && !await IsOver(); round++)
            {
                if ((await site.Mailing(id)).State is MailingState.Draft) return;
                await Press();
                for (var i = 0; i < 3; i++) await Advance();
                await Publish();
                foreach (var message in toEngine.Fresh) await ToEngine(message);
                foreach (var sender in senders)
                    for (var i = 0; i < 4; i++) await sender.Step(draining);
                await Engine();
                await Collect();
                foreach (var fact in toSite.Rest) await ToSite(fact);
                await Web();
                await ledger.Run("UPDATE recipients SET due = '-infinity' WHERE state IN ('pending', 'deferred')");
                await site.Db(db => db.HandOffs.ExecuteUpdateAsync(s => s.SetProperty(h => h.AskedAt, (DateTime?)null)));
            }
            Assert.True(await IsOver(), "it never ends: " + (await site.Mailing(id)).State);
        }
    }
}
