using System.Text.Json;
using Community.Boards;
using Community.Kernel;
using Community.Mail;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Tests.Mailing;

/// <summary>
/// Random audiences are the same to everybody who asks: counted before, written down at the start, and explained member by member; and
/// each time those whom a plain evaluation in memory finds.
/// </summary>
[OnBothDatabases]
public sealed class RandomAudienceTests(TestHost host)
{
    const int Audiences = 60, Started = 4, MaxMails = 2, MaxMailsDays = 30;

    /// <summary>All that is asked, loaded once.</summary>
    sealed record World(
        List<Member> Members,
        List<Delivery> Deliveries,
        List<Community.Mailing.Mailing> Mailings,
        List<Engagement> Engagements,
        List<Return> Returns,
        List<BoardFollow> Follows,
        HashSet<(long Segment, long Member)> Listed,
        HashSet<string> Suppressed,
        long News,
        long Known
    )
    {
        public required DateTime Now { get; init; }

        public bool MayReceive(Member m) => m is { ConfirmedAt: not null, SuspendedAt: null, LeavingSince: null }
            && m.Consents.Any(c => c.KindId == News && c.Granted && !(c.Since < m.MailStoppedAt))
            && !Suppressed.Contains(m.AddressHash ?? "");

        public bool HadEnough(Member m) => Deliveries.Count(d => d.MemberId == m.Id
            && Mailings.Exists(of => of.Id == d.MailingId && of.TestOfId is null)
            && (Delivery.Open.Contains(d.State) || d.State is DeliveryState.Ambiguous
                || (d.State is DeliveryState.Accepted && d.SettledAt >= Now.AddDays(-MaxMailsDays)))) >= MaxMails;

        public bool CameBack(Delivery d) => Returns.Exists(r => r.DeliveryId == d.Id && r.Kind is ReturnKind.Bounce);

        public IEnumerable<Delivery> Got(Member m, long mailing) => Deliveries.Where(d =>
            d.MailingId == mailing && d.MemberId == m.Id && d.State is DeliveryState.Accepted && !CameBack(d));

        public IEnumerable<Engagement> Did(Member m, long mailing) => Engagements.Where(e =>
            e.MailingId == mailing && e.MemberId == m.Id && e.Verdict is Verdict.Human);
    }

    [Fact]
    public async Task Counted_written_down_and_explained_a_random_audience_is_the_same()
    {
        var site = await host.NewSite();
        var seed = Seeds.Next();
        var random = new Random(seed);
        await Fill(site, random);
        for (var i = 0; i < Audiences; i++)
        {
            var world = await Load(site);
            var (wanted, fits) = Some(world, random, Combine.All);
            // That would be read as an exception.
            while (wanted.Root.Clauses[^1] is ClauseGroup { Match: Combine.None }) (wanted, fits) = Some(world, random, Combine.All);
            var (minus, without) = random.Next(3) == 0 ? (Chosen.Everybody, _ => false) : Some(world, random, Combine.Any);
            var mailing = new Community.Mailing.Mailing
            {
                FormKey = Guid.NewGuid(),
                KindId = world.News,
                Title = "x",
                CreatedBy = world.Members[0].Id,
                Audience = Audience.Of(wanted, minus),
                Contents = [new() { Subject = "x", Text = "Hello" }],
            };
            await site.Db(async db => { db.Add(mailing); return await db.SaveChangesAsync(); });
            // As it is stored.
            mailing = await site.Mailing(mailing.Id);
            var what = $"seed {seed}, audience {i}: {mailing.AudienceJson}";
            bool Receives(Member m) => fits(m) && !without(m) && world.MayReceive(m) && !world.HadEnough(m);
            var right = world.Members.Where(Receives).Select(m => m.Id).Order().ToList();
            var counted = await site.Db(async db => await (await Audience.Receivers(mailing, db)).Select(m => m.Id).ToListAsync());
            Same(right, counted, what);
            // Who is wanted and gets nothing, with the reason.
            var excluded = await site.Db(async db => await (await Excluded.Of(mailing, db)).ToDictionaryAsync(e => e.Id, e => e.Why));
            Same(world.Members.Where(m => fits(m) && !Receives(m)).Select(m => m.Id).Order(), excluded.Keys.Order(), what);
            foreach (var m in world.Members.Where(m => excluded.ContainsKey(m.Id)))
                Assert.True(
                    Why(world, m, without) is not { } why || excluded[m.Id] == why, $"{m.Name} is {excluded[m.Id]}, {what}");
            await Explained(site, mailing, world.Members, (m, standing) =>
                Assert.True(standing.WillGet == Receives(m) && standing.Delivery is null, $"{m.Name}, {what}"));
            if (i % (Audiences / Started) != 0) continue;
            await Start(site, mailing);
            var rows = await site.Db(db =>
                db.Deliveries.AsNoTracking().Where(d => d.MailingId == mailing.Id).OrderBy(d => d.Seq).ToListAsync());
            Same(right, rows.Select(r => r.MemberId).Order(), what);
            // Of one mailbox the first is written to.
            var first = world.Members.Where(Receives).OrderBy(m => m.Id).DistinctBy(m => EmailAddress.NormalOf(m.Email!)).Select(m => m.Id);
            Same(first, rows.Where(r => r.Withheld is null).Select(r => r.MemberId), what);
            Assert.All(rows.Where(r => r.Withheld is not null), r => Assert.Equal(WithheldReason.Address, r.Withheld));
            Assert.Equal(Enumerable.Range(1, rows.Count), rows.Select(r => r.Seq));
            mailing = await site.Mailing(mailing.Id);
            await Explained(site, mailing, world.Members, (m, standing) => Assert.True(
                standing.Delivery is { } copy ? rows.Exists(r => r.Id == copy.Id) && standing.Reasons.Count == 0
                    : !rows.Exists(r => r.MemberId == m.Id) && standing.Reasons.Count > 0,
                $"{m.Name} after the start, {what}"));
            // The next is not to count it.
            await site.Db(async db =>
            {
                await db.Deliveries.Where(d => d.MailingId == mailing.Id).ExecuteDeleteAsync();
                return await db.Mailings.Where(m => m.Id == mailing.Id)
                    .ExecuteUpdateAsync(s => s.SetProperty(m => m.State, MailingState.Cancelled).SetProperty(m => m.Total, 0));
            });
        }
    }

    static void Same(IEnumerable<long> right, IEnumerable<long> found, string what)
    {
        var (one, other) = (right.ToHashSet(), found.ToList());
        Assert.True(one.SetEquals(other) && one.Count == other.Count,
            $"missing {string.Join(' ', one.Except(other))}, too many {string.Join(' ', other.Except(one))}, {what}");
    }

    /// <summary>The reason that a plain look finds; null for one of those that a consent has.</summary>
    static ExclusionReason? Why(World world, Member m, Func<Member, bool> without) =>
        without(m) ? ExclusionReason.Minus
        : world.MayReceive(m) ? ExclusionReason.Frequent
        : m.SuspendedAt is not null ? ExclusionReason.Suspended
        : m.LeavingSince is not null ? ExclusionReason.Leaving
        : m.ConfirmedAt is null ? ExclusionReason.Unconfirmed
        : world.Suppressed.Contains(m.AddressHash ?? "") ? ExclusionReason.Complaint
        : null;

    static Task<bool> Explained(
        TestSite site, Community.Mailing.Mailing mailing, List<Member> members, Action<Member, Standing> asked) =>
        site.With<IServiceProvider, bool>(async services =>
        {
            var (db, texts) = (services.GetRequiredService<SiteDb>(), services.GetRequiredService<IStringLocalizer>());
            foreach (var member in members.Where((_, i) => i % 4 == (int)(mailing.Id % 4)))
                asked(member, await Standing.Of(mailing, member, db, texts));
            return true;
        });

    static async Task Start(TestSite site, Community.Mailing.Mailing mailing)
    {
        await site.Db(async db =>
        {
            var row = await db.Mailings.Include(m => m.Contents).SingleAsync(m => m.Id == mailing.Id);
            row.Schedule(row.CreatedBy, null, db.Site.Zone.Id, db.Now);
            return await db.SaveChangesAsync();
        });
        await site.With<AdvanceMailings, DueMailings>(a => a.Run(default));
        await TestSite.Until(async () => (await site.Mailing(mailing.Id)).Total is not null, "its recipients are written down");
    }

    /// <summary>A random selection, and what it means.</summary>
    static (Chosen, Func<Member, bool>) Some(World world, Random random, Combine match)
    {
        var parts = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Clause(world, random, 2)).ToList();
        return (
            new(new ClauseGroup(match, [.. parts.Select(p => p.Item1)])),
            m => match is Combine.All ? parts.TrueForAll(p => p.Item2(m)) : parts.Exists(p => p.Item2(m))
        );
    }

    static (Clause, Func<Member, bool>) Clause(World world, Random random, int depth)
    {
        if (depth > 0 && random.Next(4) == 0)
        {
            var parts = Enumerable.Range(0, random.Next(1, 3)).Select(_ => Clause(world, random, depth - 1)).ToList();
            var match = (Combine)random.Next(3);
            return (new ClauseGroup(match, [.. parts.Select(p => p.Item1)]), m => match switch
            {
                Combine.All => parts.TrueForAll(p => p.Item2(m)),
                Combine.Any => parts.Exists(p => p.Item2(m)),
                _ => !parts.Exists(p => p.Item2(m)),
            });
        }
        var not = random.Next(3) == 0;
        var (key, values, fits) = Leaf(world, random);
        return (new ConditionClause(key, JsonSerializer.SerializeToElement(values), not), m => fits(m) != not);
    }

    static (string Key, object Values, Func<Member, bool> Fits) Leaf(World world, Random random)
    {
        var started = world.Mailings.Where(m => m.Title.StartsWith("old", StringComparison.Ordinal)).ToList();
        var of = started[random.Next(started.Count)];
        switch (random.Next(10))
        {
            case 0: return ("mailing.received", new { mailing = of.Id }, m => world.Got(m, of.Id).Any());
            case 1: return ("mailing.opened", new { mailing = of.Id }, m => world.Did(m, of.Id).Any(e => e.Counted));
            case 2:
                return ("mailing.clicked", new { mailing = of.Id }, m =>
                    world.Did(m, of.Id).Any(e => e.Counted && e.Kind is EngagementKind.Click));
            case 3:
                return ("mailing.unopened", new { mailing = of.Id }, m => of.Tracking is TrackingMode.Individual
                    && world.Got(m, of.Id).Any(d => m.Consents.Any(c => c.KindId == world.Known && c.Granted && c.Since <= d.SettledAt))
                    && !world.Did(m, of.Id).Any());
            case 4:
                return ("mailing.among", new { mailing = of.Id }, m =>
                    world.Deliveries.Exists(d => d.MailingId == of.Id && d.MemberId == m.Id));
            case 5:
                var draft = world.Mailings.Find(m => m.Title == "draft")!;
                return ("mailing.among", new { mailing = draft.Id }, m => world.MayReceive(m) && m.SearchName.Contains('3'));
            case 6:
                var (times, days) = (random.Next(1, 4), random.Next(1, 60));
                return ("mailing.often", new { times, days }, m => world.Deliveries.Count(d =>
                    d.MemberId == m.Id && d.State is DeliveryState.Accepted && d.SettledAt >= world.Now.AddDays(-days)) >= times);
            case 7:
                var board = world.Follows[random.Next(world.Follows.Count)].BoardId;
                return ("boards.follows", new { board }, m => world.Follows.Exists(f =>
                    f.MemberId == m.Id && f.BoardId == board && f.Level is (FollowLevel.Watch or FollowLevel.Track)));
            case 8:
                var (list, search) = (world.Listed.First().Segment, world.Listed.First().Segment + 1);
                return random.Next(2) == 0
                    ? ("members.segment", new { segment = list }, m => world.Listed.Contains((list, m.Id)))
                    : ("members.segment", new { segment = search }, m => m.SearchName.Contains('1'));
            default: return ("members.name", new { text = "2" }, m => m.SearchName.Contains('2'));
        }
    }

    static Task<World> Load(TestSite site) => site.Db(async db => new World(
        await db.Members.AsNoTracking().Include(m => m.Consents).OrderBy(m => m.Id).ToListAsync(),
        await db.Deliveries.AsNoTracking().ToListAsync(),
        await db.Mailings.AsNoTracking().ToListAsync(),
        await db.Engagements.AsNoTracking().ToListAsync(),
        await db.Returns.AsNoTracking().ToListAsync(),
        await db.Set<BoardFollow>().AsNoTracking().ToListAsync(),
        (await db.SegmentMembers.AsNoTracking().ToListAsync()).Select(s => (s.SegmentId, s.MemberId)).ToHashSet(),
        (await db.Suppressions.AsNoTracking().ToListAsync()).Where(s => s.Until is null || s.Until > db.Now).Select(s => s.AddressHash)
            .ToHashSet(),
        await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync(),
        await db.MailKinds.Where(k => k.Key == "known").Select(k => k.Id).SingleAsync()
    )
    { Now = db.Now });

    static Task<int> Fill(TestSite site, Random random) => site.Db(async db =>
    {
        var now = db.Now;
        // Half an hour off every day's bound: the clock of the query and of the evaluation differ by a moment.
        DateTime Ago() => now.AddDays(-random.Next(1, 70)).AddMinutes(-30);
        var hour = site.Site.ToLocal(now).Hour;
        // Nothing is sent meanwhile.
        db.StoredSettings.Add(new StoredSettings
        {
            Part = "mailing",
            Json = JsonSerializer.Serialize(new
            {
                maxMails = MaxMails,
                maxMailsDays = MaxMailsDays,
                quietFrom = hour,
                quietUntil = (hour + 3) % 24,
            }),
        });
        var news = await db.MailKinds.SingleAsync(k => k.Key == "news");
        var known = new MailKind { Key = "known", Names = Translations.Of(_ => "Known"), Use = MailKindUse.Tracking };
        db.MailKinds.Add(known);
        var list = new Segment { FrozenAt = now, Count = 0 };
        list.Rename("list");
        db.Segments.Add(list);
        await db.SaveChangesAsync();
        var search = new Segment { Chosen = Chosen.By(("members.name", JsonSerializer.SerializeToElement(new { text = "1" }))) };
        search.Rename("search");
        db.Segments.Add(search);
        var mailings = Enumerable.Range(0, 5).Select(i => new Community.Mailing.Mailing
        {
            FormKey = Guid.NewGuid(),
            KindId = news.Id,
            Title = i == 4 ? "draft" : $"old {i}",
            State = i == 4 ? MailingState.Draft : MailingState.Finished,
            StartedAt = i == 4 ? null : now.AddDays(-80),
            Tracking = (TrackingMode)(i % 4),
            Audience = new(Chosen.By(("members.name", JsonSerializer.SerializeToElement(new { text = "3" })))),
        }).ToList();
        mailings[3].Tracking = mailings[0].Tracking = TrackingMode.Individual;
        db.AddRange(mailings);
        await db.SaveChangesAsync();
        // Of tests, which count for no limit.
        mailings[2].TestOfId = mailings[1].Id;
        mailings[2].Title = "test";
        var boards = await db.Boards.ToListAsync();
        for (var i = 0; i < 90; i++)
        {
            var member = Member.Create($"Ann {i}", EmailAddress.Parse($"r{i}@example.com"), Ago());
            member.AddressHash = "r" + i;
            if (random.Next(8) > 0) member.ConfirmedAt = member.JoinedAt;
            if (random.Next(12) == 0) member.SuspendedAt = Ago();
            if (random.Next(12) == 0) member.Leave(Ago(), now.AddDays(30));
            if (random.Next(6) == 0) member.MailStoppedAt = Ago();
            if (random.Next(5) > 0) member.Consents.Add(new() { KindId = news.Id, Granted = random.Next(6) > 0, Since = Ago() });
            if (random.Next(2) > 0) member.Consents.Add(new() { KindId = known.Id, Granted = random.Next(4) > 0, Since = Ago() });
            db.Members.Add(member);
            if (random.Next(10) == 0)
                db.Suppressions.Add(new()
                {
                    AddressHash = "r" + i,
                    Reason = SuppressionReason.Complaint,
                    At = Ago(),
                    Until = random.Next(3) switch { 0 => now.AddDays(1), 1 => now.AddDays(-1), _ => null },
                });
            await db.SaveChangesAsync();
            if (random.Next(3) == 0) db.SegmentMembers.Add(new() { SegmentId = list.Id, MemberId = member.Id });
            foreach (var board in boards.Where(_ => random.Next(3) == 0))
                db.Add(new BoardFollow { BoardId = board.Id, MemberId = member.Id, Level = (FollowLevel)random.Next(4) });
            foreach (var mailing in mailings.SkipLast(1).Where(_ => random.Next(3) == 0))
            {
                var states = Enum.GetValues<DeliveryState>();
                var delivery = new Delivery
                {
                    MailingId = mailing.Id,
                    Seq = i + 1,
                    MemberId = member.Id,
                    AddressHash = $"{i}",
                    State = random.Next(2) == 0 ? DeliveryState.Accepted : states[random.Next(states.Length)],
                    LeaseUntil = now.AddDays(1),
                };
                if (!Delivery.Open.Contains(delivery.State)) delivery.SettledAt = Ago();
                db.Deliveries.Add(delivery);
                await db.SaveChangesAsync();
                if (random.Next(6) == 0)
                    db.Returns.Add(new()
                    {
                        MailingId = mailing.Id,
                        DeliveryId = delivery.Id,
                        MemberId = member.Id,
                        At = now,
                        Kind = random.Next(3) == 0 ? ReturnKind.Report : ReturnKind.Bounce,
                        Text = "",
                        Domain = "example.com",
                        Digest = $"{delivery.Id}",
                    });
                for (var n = random.Next(3); n > 0; n--)
                    db.Engagements.Add(new()
                    {
                        MailingId = mailing.Id,
                        MemberId = random.Next(4) == 0 ? null : member.Id,
                        Subject = delivery.Id,
                        Kind = random.Next(2) == 0 ? EngagementKind.Open : EngagementKind.Click,
                        Verdict = (Verdict)random.Next(3),
                        At = now,
                        Counted = random.Next(4) > 0,
                    });
            }
        }
        await db.SaveChangesAsync();
        // Some have a mailbox of another, as before the rule by which addresses are compared now.
        foreach (var (one, other) in new[] { (10, 20), (30, 40), (31, 40), (50, 5) })
            await db.Members.Where(m => m.Name == $"Ann {one}")
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.Email, $"R{other}@example.com"));
        return 0;
    });
}
