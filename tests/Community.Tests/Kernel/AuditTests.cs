using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

[OnBothDatabases]
public sealed class AuditTests(TestHost host)
{
    static Task<int> Did(TestSite site, int times, DateTime at) =>
        site.Db(async db =>
        {
            for (var i = 0; i < times; i++)
                db.Audit.Add(
                    new AuditRecord
                    {
                        At = at,
                        Action = "test.did",
                        Fields = "name",
                        Purpose = "No. " + i,
                    }
                );
            return await db.SaveChangesAsync();
        });

    static Task<int> Seal(TestSite site) => site.Host.Services.GetRequiredService<SiteScopes>().Run(site.Site, async s =>
    {
        await ActivatorUtilities.CreateInstance<SealAudit>(s).Handle(new Tick(), default);
        return 0;
    });

    static Task<AuditSeal?> Broken(TestSite site) => site.Db(db => SealAudit.FirstBroken(db));

    async Task<TestSite> Sealed()
    {
        var site = await host.NewSite();
        // Its own job would seal other parts of the log, once another test has moved the clock by a day.
        await site.Db(db => db.Work.Where(w => w.Handler == "kernel.seal-audit").ExecuteDeleteAsync());
        await Did(site, 5, host.Clock.Now.AddHours(-2));
        await Seal(site);
        await Did(site, 5, host.Clock.Now.AddHours(-1));
        await Seal(site);
        Assert.Equal(2, await site.Db(db => db.AuditSeals.CountAsync()));
        Assert.Null(await Broken(site));
        return site;
    }

    [Fact]
    public async Task A_changed_record_no_longer_fits_its_seal()
    {
        var site = await Sealed();
        await site.Db(async db =>
        {
            var last = await db.AuditSeals.Where(s => s.Id == 2).Select(s => s.LastId).SingleAsync();
            return await db.Audit.Where(a => a.Id == last).ExecuteUpdateAsync(s => s.SetProperty(a => a.Purpose, "another"));
        });
        Assert.Equal(2, (await Broken(site))!.Id);
    }

    [Fact]
    public async Task A_missing_record_and_one_slipped_in_are_found()
    {
        var site = await Sealed();
        var row = await site.Db(db => db.Audit.AsNoTracking().FirstAsync(a => a.Id == 3));
        await site.Db(db => db.Audit.Where(a => a.Id == 3).ExecuteDeleteAsync());
        Assert.Equal(1, (await Broken(site))!.Id);
        await site.Db(async db => { db.Audit.Add(row); return await db.SaveChangesAsync(); });
        Assert.Null(await Broken(site));
        await site.Db(async db =>
        {
            db.Audit.Add(
                new AuditRecord
                {
                    Id = -1,
                    At = host.Clock.Now,
                    Action = "x",
                }
            );
            return await db.SaveChangesAsync();
        });
        await site.Db(async db =>
        {
            await db.Audit.Where(a => a.Id == 10).ExecuteDeleteAsync();
            return 0;
        });
        Assert.NotNull(await Broken(site));
    }

    [Fact]
    public async Task What_is_younger_than_a_commit_may_take_is_sealed_the_next_time()
    {
        var site = await host.NewSite();
        await Did(site, 1, host.Clock.Now);
        await Seal(site);
        Assert.Equal(0, await site.Db(db => db.AuditSeals.CountAsync()));
    }

    [Fact]
    public async Task Records_whose_time_is_over_go_with_a_count_and_the_check_still_proves_the_rest()
    {
        await using var own = await TestHost.Start();
        const string Settings = """{ "site": { "auditKept": "365 days" } }""";
        var site = await own.NewSite(r => r["settings"] = System.Text.Json.Nodes.JsonNode.Parse(Settings));
        await Did(site, 5, own.Clock.Now.AddHours(-1));
        await Seal(site);
        await Forget();
        Assert.Equal(0, await site.Db(db => db.RetentionRuns.CountAsync(r => r.Rule == ForgetAudit.Rule)));
        own.Clock.Advance(TimeSpan.FromDays(370));
        await Did(site, 5, own.Clock.Now.AddHours(-1));
        await Seal(site);
        async Task<int> Forget() => await own.Services.GetRequiredService<SiteScopes>().Run(site.Site, async s =>
        {
            await ActivatorUtilities.CreateInstance<ForgetAudit>(s).Handle(new Tick(), default);
            return 0;
        });
        var first = await site.Db(db => db.AuditSeals.AsNoTracking().OrderBy(s => s.Id).FirstAsync());
        await Forget();
        Assert.False(await site.Db(db => db.Audit.AnyAsync(a => a.Id <= first.LastId)));
        Assert.True(await site.Db(db => db.Audit.CountAsync(a => a.Action == "test.did")) == 5);
        Assert.True(await site.Db(db => db.RetentionRuns.AnyAsync(r => r.Rule == ForgetAudit.Rule && r.Count >= 5)));
        Assert.Null(await Broken(site));
        // What is left is still proved: changed, or deleted by hand in the same manner.
        var row = await site.Db(db => db.Audit.AsNoTracking().Where(a => a.Action == "test.did").OrderBy(a => a.Id).FirstAsync());
        await site.Db(db => db.Audit.Where(a => a.Id == row.Id).ExecuteUpdateAsync(s => s.SetProperty(a => a.Purpose, "another")));
        Assert.NotNull(await Broken(site));
        await site.Db(db => db.Audit.Where(a => a.Id == row.Id).ExecuteUpdateAsync(s => s.SetProperty(a => a.Purpose, row.Purpose)));
        Assert.Null(await Broken(site));
        var now = own.Clock.Now;
        var last = await site.Db(db => db.AuditSeals.MaxAsync(s => s.LastId));
        await site.Db(db => db.Audit.Where(a => a.Id > first.LastId && a.Id <= last).ExecuteDeleteAsync());
        await site.Db(db => db.AuditSeals.ExecuteUpdateAsync(s => s.SetProperty(x => x.ForgottenAt, now)));
        Assert.NotNull(await Broken(site));
    }

    [Fact]
    public async Task What_was_tampered_with_is_not_deleted_by_the_rule()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        await Did(site, 5, own.Clock.Now.AddHours(-1));
        await Seal(site);
        await site.Db(db => db.Audit.Where(a => a.Action == "test.did").ExecuteUpdateAsync(s => s.SetProperty(a => a.Purpose, "another")));
        own.Clock.Advance(TimeSpan.FromDays(3700));
        await own.Services.GetRequiredService<SiteScopes>().Run(site.Site, async s =>
        {
            await ActivatorUtilities.CreateInstance<ForgetAudit>(s).Handle(new Tick(), default);
            return 0;
        });
        Assert.Equal(5, await site.Db(db => db.Audit.CountAsync(a => a.Action == "test.did")));
        Assert.NotNull(await Broken(site));
    }

    [Fact]
    public async Task A_long_log_is_sealed_in_pieces()
    {
        var site = await host.NewSite();
        await Did(site, 4100, host.Clock.Now.AddHours(-1));
        await Seal(site);
        Assert.Equal(3, await site.Db(db => db.AuditSeals.CountAsync()));
        Assert.Null(await Broken(site));
    }
}
