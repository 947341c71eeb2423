using System.Net;
using Community.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

/// <summary>Two nodes on one catalogue.</summary>
[OnBothDatabases]
public sealed class NodesTests
{
    static async Task<(TestHost, TestHost, TestSite, TestSite)> Two()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite is for one node.");
        var database = await PostgreSql.NewCatalogue();
        // Both at once, on a server that has nothing of them.
        var hosts = await Task.WhenAll(
            TestHost.Start(new() { ["Community:Database"] = database }),
            TestHost.Start(new() { ["Community:Database"] = database })
        );
        var site = await hosts[0].NewSite();
        return (hosts[0], hosts[1], site, new TestSite(hosts[1], site.Site));
    }

    [Fact]
    public async Task A_change_made_on_one_node_is_seen_on_the_other_within_seconds_whatever_their_clocks_say()
    {
        var (a, b, here, there) = await Two();
        await using var _ = a;
        await using var __ = b;
        foreach (var skew in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(-15) })
        {
            a.Clock.Advance(skew);
            foreach (var (from, to) in new[] { (here, there), (there, here) })
            {
                var before = (await Plain.Get(to, "/")).Headers.ETag;
                await from.Db(async db => { db.Touch("general"); return await db.SaveChangesAsync(); });
                await TestSite.Until(async () => !Equals((await Plain.Get(to, "/")).Headers.ETag, before), "seen");
            }
        }
    }

    [Fact]
    public async Task Changes_made_on_two_nodes_at_once_are_both_seen_whichever_clock_is_ahead()
    {
        var (a, b, here, there) = await Two();
        await using var _ = a;
        await using var __ = b;
        a.Clock.Advance(TimeSpan.FromSeconds(10));
        static Task Touch(TestSite site) => site.Db(async db => { db.Touch("general"); return await db.SaveChangesAsync(); });
        for (var round = 0; round < 3; round++)
        {
            await Touch(here);
            // Rendered under the version of the node whose clock is ahead, before the other's change.
            var before = (await Plain.Get(here, "/")).Headers.ETag;
            await Touch(there);
            await TestSite.Until(async () => !Equals((await Plain.Get(here, "/")).Headers.ETag, before), "seen");
        }
    }

    [Fact]
    public async Task A_site_suspended_on_one_node_is_closed_on_the_other()
    {
        var (a, b, here, there) = await Two();
        await using var _ = a;
        await using var __ = b;
        Assert.Equal(HttpStatusCode.OK, (await Plain.Get(there, "/")).StatusCode);
        await a.Services.GetRequiredService<SuspendSite>().WithKey(Operators.OfMachine, here.Site.Key, default);
        await TestSite.Until(
            async () => (await Plain.Get(there, "/")).StatusCode == HttpStatusCode.ServiceUnavailable,
            "closed"
        );
        await a.Services.GetRequiredService<SuspendSite>().Resume(Operators.OfMachine, here.Site.Key, default);
        await TestSite.Until(async () => (await Plain.Get(there, "/")).StatusCode == HttpStatusCode.OK, "open again");
    }

    [Fact]
    public async Task A_session_of_one_node_holds_on_the_other()
    {
        var (a, b, here, there) = await Two();
        await using var _ = a;
        await using var __ = b;
        var anna = await here.SignIn("anna");
        var page = await Plain.Get(there, "/", ("Cookie", anna.Cookies.GetCookieHeader(new Uri(here.Url))));
        Assert.Contains("Anna", await page.Text());
    }

    [Fact]
    public async Task What_one_node_promised_another_does()
    {
        var (a, b, here, _) = await Two();
        await using var __ = b;
        foreach (var host in new[] { a, b }) host.Services.GetRequiredService<JobList>().Add<WordSaid, HearWord>("tests.hear-word");
        var word = Guid.NewGuid().ToString();
        await using (a) await here.Db(async db => { db.Enqueue(new WordSaid(word)); return await db.SaveChangesAsync(); });
        b.Clock.Advance(TimeSpan.FromSeconds(31));
        await TestSite.Until(() => Task.FromResult(HearWord.Times(word) > 0), "done by one of them");
    }
}
