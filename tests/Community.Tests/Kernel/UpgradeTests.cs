using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

public sealed class UpgradeTests(TestHost host)
{
    Databases Databases => host.Services.GetRequiredService<Databases>();

    [Fact]
    public async Task Four_upgrades_at_once_while_others_read_are_safe()
    {
        var site = await host.NewSite();
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(
            async () =>
            {
                var visitor = site.Visitor();
                while (!stop.IsCancellationRequested)
                    Assert.Equal(200, (int)(await visitor.Get("/boards")).Status);
            },
            TestContext.Current.CancellationToken
        );
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Databases.UpgradeSite(site.Site, default)))
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await reading;
    }

    [Fact, Trait("on", "sqlite")]
    public async Task A_lock_left_by_a_process_that_died_does_not_stop_the_upgrade()
    {
        Assert.SkipWhen(TestHost.OnPostgreSql, "PostgreSQL's locks end with their connection.");
        var site = await host.NewSite();
        await site.Db(db =>
            db.Database.ExecuteSqlRawAsync(
                "CREATE TABLE IF NOT EXISTS __EFMigrationsLock (Id INTEGER NOT NULL PRIMARY KEY, Timestamp TEXT NOT NULL)"
            )
        );
        await site.Db(db => db.Database.ExecuteSqlRawAsync("INSERT OR REPLACE INTO __EFMigrationsLock VALUES (1, '2026-01-01')"));
        await Databases.UpgradeSite(site.Site, default).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_site_of_an_older_schema_is_upgraded_when_it_is_first_asked_for()
    {
        var site = await host.NewSite();
        await using (var db = Databases.OpenCatalogue())
            await db.Sites.Where(s => s.Id == site.Site.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.Schema, "older"));
        host.Services.GetRequiredService<SiteDirectory>().Forget(site.Site.Id);
        var pages = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => site.Visitor().Get("/")));
        Assert.All(pages, p => Assert.Equal(200, (int)p.Status));
        await using var after = Databases.OpenCatalogue();
        Assert.Equal(Databases.Schema, await after.Sites.Where(s => s.Id == site.Site.Id).Select(s => s.Schema).SingleAsync());
    }
}
