using Community.Boards;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Crashes;

/// <summary>The program dies while a moderator splits or merges topics.</summary>
[Trait("needs", "server")]
public sealed class ArrangingKilledTests
{
    [Fact]
    public async Task Killed_while_topics_are_split_or_merged_they_are_as_before_and_the_act_can_be_done()
    {
        await using var installation = await Installation.Start();
        var site = await installation.Host.NewSite();
        var topic = await site.Fill("general", 40, n => Math.Max(1, n / 2));
        var mod = await site.SignIn("mod");
        var form = await mod.Get(topic + "/posts/2/split");
        var program = await installation.Run($"split.written@{site.Site.Key}");
        try { await mod.Submit(form, new() { ["title"] = "Split off" }); }
        catch (HttpRequestException) { /* It died meanwhile. */ }
        await program.Dead();
        await installation.StartHost(TimeSpan.FromMinutes(2));
        var now = installation.Now(site);
        Assert.Equal((1, 41), await now.Db(async db => (await db.Topics.CountAsync(), await db.Posts.CountAsync(p => p.Number > 0))));
        Assert.Empty(await now.Db(db => db.FormerPlaces.ToListAsync()));

        var again = await mod.Submit(topic + "/posts/2/split", new() { ["title"] = "Split off" });
        var made = again.Url.AbsolutePath;
        Assert.NotEqual(topic, made);
        var merge = await mod.Get($"{topic}/merge?with={made}");
        program = await installation.Run($"merge.written@{site.Site.Key}");
        try { await mod.Submit(merge, [], "form[method=post].wide"); }
        catch (HttpRequestException) { /* It died meanwhile. */ }
        await program.Dead();
        await installation.StartHost(TimeSpan.FromMinutes(2));
        now = installation.Now(site);
        Assert.Equal(0, await now.Db(db => db.Topics.CountAsync(t => t.MergedInto != null)));
        await mod.Submit($"{topic}/merge?with={made}", [], "form[method=post].wide");
        await now.EventsRead();
        Assert.Equal([], await now.With((CheckBoards c) => c.Problems(default).ToListAsync().AsTask()));
        Assert.Equal(41, await now.Db(db => db.Posts.CountAsync(p => p.TopicId == Conversation.Id(topic))));
    }
}
