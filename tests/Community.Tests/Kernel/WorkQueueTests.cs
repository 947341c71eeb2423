using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

[OnBothDatabases]
[Trait("takes", "long")]
public sealed class WorkQueueTests(QueueHost queue) : IClassFixture<QueueHost>
{
    TestHost Host => queue.Host;
    static string Word([System.Runtime.CompilerServices.CallerMemberName] string name = "") => name + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task Work_that_fails_is_tried_again_later_and_does_not_hold_up_the_others()
    {
        var site = await Host.NewSite();
        var (fails, works) = (Word() + "fails", Word() + "works");
        HearWord.Failures[fails] = 2;
        await queue.Say(site, fails, works);
        await TestSite.Until(() => Task.FromResult(HearWord.Times(works) == 1 && HearWord.Times(fails) == 1), "both were tried");
        await TestSite.Until(
            () => site.Db(db => db.Work.AnyAsync(w => w.Attempts == 1 && w.Error == "Told to fail.")),
            "the failure is written down"
        );
        var later = Word() + "later";
        await queue.Say(site, later);
        await TestSite.Until(() => Task.FromResult(HearWord.Times(later) == 1), "the queue has looked again");
        Assert.Equal(1, HearWord.Times(fails));
        Host.Clock.Advance(TimeSpan.FromSeconds(6));
        await TestSite.Until(() => Task.FromResult(HearWord.Times(fails) == 2), "tried again");
        Host.Clock.Advance(TimeSpan.FromSeconds(11));
        await TestSite.Until(() => Task.FromResult(HearWord.Times(fails) == 3), "tried a third time");
        await TestSite.Until(async () => !await site.Db(db => db.Work.AnyAsync(w => w.Handler == "tests.hear-word")), "done");
        Assert.Equal(1, HearWord.Times(works));
    }

    [Fact]
    public void A_job_is_tried_for_a_day_and_staff_see_it_the_same_morning()
    {
        Assert.InRange(Until(WorkQueue.MaxAttempts), TimeSpan.FromHours(24), TimeSpan.FromHours(28));
        Assert.InRange(Until(WorkQueue.AttemptsUntilShown), TimeSpan.FromHours(2), TimeSpan.FromHours(4));

        static TimeSpan Until(int attempts) =>
            Enumerable.Range(1, attempts - 1).Aggregate(TimeSpan.Zero, (sum, n) => sum + WorkQueue.Backoff(n));
    }

    [Fact]
    public async Task A_commit_by_another_process_is_seen_by_the_catalogue_s_stamp()
    {
        var databases = Host.Services.GetRequiredService<Databases>();
        var before = databases.CatalogueStamp();
        if (databases.IsShared)
        {
            Assert.Null(before);
            return;
        }
        Assert.NotNull(before);
        // A connection of its own, as a command's would be.
        await using (var db = databases.OpenCatalogue())
            await db.Sites.ExecuteUpdateAsync(s => s.SetProperty(r => r.ChangedAt, r => r.ChangedAt));
        Assert.NotEqual(before, databases.CatalogueStamp());
    }

    [Fact]
    public async Task Work_that_never_succeeds_is_left_for_a_person()
    {
        var site = await Host.NewSite();
        var word = Word();
        HearWord.Failures[word] = int.MaxValue;
        await queue.Say(site, word);
        for (var i = 1; i <= WorkQueue.MaxAttempts; i++)
        {
            await TestSite.Until(
                () => site.Db(db => db.Work.AnyAsync(w => w.Handler == "tests.hear-word" && w.Attempts == i)),
                $"attempt {i}"
            );
            Host.Clock.Advance(TimeSpan.FromHours(4.1));
        }
        Assert.NotNull(await site.Db(db => db.Work.Where(w => w.Handler == "tests.hear-word").Select(w => w.FailedAt).SingleAsync()));
        await queue.Say(site, Word() + "after");
        await TestSite.Until(
            () => Task.FromResult(HearWord.Heard.Any(h => h.Word.EndsWith("after") && h.Site == site.Site.Key)),
            "others go on"
        );
        Assert.Equal(WorkQueue.MaxAttempts, HearWord.Times(word));
    }

    [Fact]
    public async Task Work_of_a_node_that_died_is_taken_over_after_its_claim()
    {
        var site = await Host.NewSite();
        await queue.Rest(site);
        var word = Word();
        await queue.Catalogue(db => db.Work.Where(w => w.SiteId == site.Site.Id && w.Queue == SiteQueues.Work)
            .ExecuteUpdateAsync(s => s.SetProperty(w => w.Owner, "dead").SetProperty(w => w.LeaseUntil, Host.Clock.Now.AddSeconds(60))));
        await queue.Say(site, word);
        await TestSite.Until(
            async () => await queue.Work(site) is { Owner: "dead", NextAt: { } at } && at <= Host.Clock.Now,
            "this node has asked for the site and was refused"
        );
        Assert.Equal(0, HearWord.Times(word));
        Host.Clock.Advance(TimeSpan.FromSeconds(61));
        await TestSite.Until(() => Task.FromResult(HearWord.Times(word) == 1), "taken over");
    }

    [Fact]
    public async Task Work_scheduled_by_a_process_that_died_before_its_signal_is_found()
    {
        var site = await Host.NewSite();
        await queue.Rest(site);
        var word = Word();
        // What a dying process leaves: the hold and the row, and no signal. A look in between found nothing.
        await queue.Catalogue(db => db.Work.Where(w => w.SiteId == site.Site.Id && w.Queue == SiteQueues.Work)
            .ExecuteUpdateAsync(s =>
                s.SetProperty(w => w.HoldUntil, Host.Clock.Now.AddSeconds(30)).SetProperty(w => w.NextAt, Host.Clock.Now)
            ));
        await TestSite.Until(async () => await queue.Work(site) is { LeaseUntil: null } w && w.NextAt > Host.Clock.Now, "looked at");
        await site.Db(db =>
            db.Database.ExecuteSqlRawAsync(
                "INSERT INTO work (handler, payload, due_at, attempts) SELECT 'tests.hear-word', {0}, MIN(due_at), 0 FROM work",
                $$"""{"Word":"{{word}}"}"""
            )
        );
        await site.Db(db =>
            db.Work.Where(w => w.Handler == "tests.hear-word").ExecuteUpdateAsync(s => s.SetProperty(w => w.DueAt, Host.Clock.Now))
        );
        Host.Clock.Advance(TimeSpan.FromSeconds(31));
        await TestSite.Until(() => Task.FromResult(HearWord.Times(word) == 1), "found");
    }

    [Fact]
    public async Task A_site_that_hangs_holds_up_no_other()
    {
        var (slow, quick) = (await Host.NewSite(), await Host.NewSite());
        var (hangs, works) = (Word() + "hangs", Word() + "works");
        var gate = HearWord.Gates[hangs] = new();
        await queue.Say(slow, hangs);
        await TestSite.Until(() => Task.FromResult(HearWord.Times(hangs) == 1), "it hangs");
        await queue.Say(quick, works);
        await TestSite.Until(() => Task.FromResult(HearWord.Times(works) == 1), "the other works");
        gate.SetResult();
    }

    [Fact]
    public async Task Work_added_while_its_site_is_drained_is_done_at_once()
    {
        var site = await Host.NewSite();
        var (first, second) = (Word() + "first", Word() + "second");
        var gate = HearWord.Gates[first] = new();
        await queue.Say(site, first);
        await TestSite.Until(() => Task.FromResult(HearWord.Times(first) == 1), "the first is under way");
        // While the clock stands nothing else comes to be due.
        using var still = Host.Clock.Stop();
        await queue.Say(site, second);
        gate.SetResult();
        await TestSite.Until(() => Task.FromResult(HearWord.Times(second) == 1), "the second too");
    }

    [Fact]
    public async Task A_new_site_has_its_daily_job_and_it_recurs()
    {
        var site = await Host.NewSite();
        await queue.Rest(site);
        async Task<DateTime> Due() =>
            await site.Db(db => db.Work.Where(w => w.Handler == "kernel.seal-audit").Select(w => w.DueAt).SingleAsync());
        var first = await Due();
        await site.Db(async db =>
        {
            db.Audit.Add(new AuditRecord { At = Host.Clock.Now, Action = "test.did" });
            return await db.SaveChangesAsync();
        });
        Host.Clock.Advance(TimeSpan.FromHours(25));
        await TestSite.Until(async () => await Due() > first.AddHours(12), "done, and due tomorrow");
        Assert.Equal(1, await site.Db(db => db.AuditSeals.CountAsync()));
    }

    [Fact]
    public async Task A_job_that_an_upgrade_brings_reaches_old_sites()
    {
        var site = await Host.NewSite();
        await site.Db(db => db.Work.Where(w => w.Handler == "kernel.seal-audit").ExecuteDeleteAsync());
        await using var other = await TestHost.Start(new() { ["Community:Data"] = Host.Data, ["Community:Database"] = Host.Database });
        await queue.Catalogue(db =>
            db.Work.Where(w => w.SiteId == site.Site.Id)
                .ExecuteUpdateAsync(s =>
                    s.SetProperty(w => w.NextAt, DateTime.UtcNow.AddMinutes(-1)).SetProperty(w => w.LeaseUntil, (DateTime?)null)
                )
        );
        // Whichever of the two hosts looks first: the one that has not seen the site completes it.
        await TestSite.Until(
            async () =>
            {
                await queue.Catalogue(db =>
                    db.Work.Where(w => w.SiteId == site.Site.Id && w.LeaseUntil == null)
                        .ExecuteUpdateAsync(s => s.SetProperty(w => w.NextAt, DateTime.UtcNow.AddMinutes(-1)))
                );
                return await site.Db(db => db.Work.AnyAsync(w => w.Handler == "kernel.seal-audit"));
            },
            "the job is there again"
        );
    }

    [Fact]
    public async Task An_idle_site_is_never_opened()
    {
        SiteQueries.Listen();
        var site = await Host.NewSite();
        await queue.Say(site, Word());
        await queue.Rest(site);
        var before = SiteQueries.Sent(site);
        // Another site becomes due without a signal: whenever it is served, the queue has looked for what is due.
        var other = await Host.NewSite();
        for (var look = 0; look < 2; look++)
        {
            await queue.Rest(other);
            await queue.Catalogue(db => db.Work.Where(w => w.SiteId == other.Site.Id && w.Queue == SiteQueues.Work)
                .ExecuteUpdateAsync(s => s.SetProperty(w => w.NextAt, Host.Clock.Now)));
            await TestSite.Until(async () => await queue.Work(other) is { LeaseUntil: null } w && w.NextAt > Host.Clock.Now, "looked at");
        }
        Assert.Equal(before, SiteQueries.Sent(site));
        // The count counts.
        await site.Db(db => db.Work.CountAsync());
        Assert.Equal(before + 1, SiteQueries.Sent(site));
    }

    [Fact]
    public async Task Work_of_a_later_day_does_not_keep_others_from_looking_soon()
    {
        await using var host = await TestHost.Start();
        var site = await host.NewSite();
        // Nobody drains it any more: what is scheduled stays.
        await host.Stop();
        var (databases, now) = (host.Services.GetRequiredService<Databases>(), host.Clock.Now);
        await using (var db = databases.OpenCatalogue())
            await db.Work.Where(w => w.SiteId == site.Site.Id).ExecuteDeleteAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        foreach (var due in new[] { TimeSpan.FromDays(1), TimeSpan.Zero })
            await site.Db(async db =>
            {
                db.Schedule(SiteQueues.Work, host.Clock.Now + due);
                return await db.SaveChangesAsync();
            });
        await using var catalogue = databases.OpenCatalogue();
        var next = await catalogue
            .Work.Where(w => w.SiteId == site.Site.Id && w.Queue == SiteQueues.Work)
            .Select(w => w.NextAt)
            .SingleAsync();
        Assert.InRange(next!.Value, now, host.Clock.Now + TimeSpan.FromSeconds(31));
    }

    [Fact]
    public async Task A_transaction_that_would_signal_nobody_is_refused()
    {
        var site = await Host.NewSite();
        await site.Db(async db =>
        {
            await using (await db.Change()) await Assert.ThrowsAsync<InvalidOperationException>(() => db.Change());
            await using var transaction = await db.Database.BeginTransactionAsync();
            db.Enqueue(new WordSaid("x"));
            return await Assert.ThrowsAsync<InvalidOperationException>(() => db.SaveChangesAsync());
        });
    }
}
