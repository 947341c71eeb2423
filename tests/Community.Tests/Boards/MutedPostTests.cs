using Community.Boards;

namespace Community.Tests.Boards;

/// <summary>Posts of members whom the reader mutes.</summary>
[OnBothDatabases]
public sealed class MutedPostTests(TestHost host)
{
    [Fact]
    public async Task Posts_of_a_muted_member_are_folded_for_who_mutes_and_for_nobody_else()
    {
        var site = await host.NewSite();
        var (anna, ben, carla) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("carla"));
        var topic = await carla.Start("general", "Talk");
        await ben.Reply(topic, "Noise of Ben", title: "Loud");
        await ben.Reply(await anna.Start("general", "Asked"), "An answer by Ben");
        var me = await site.Reader("anna");
        var handle = (await site.Reader("ben")).Handle;
        Assert.True(await site.With<Follow, bool>(follow => follow.Mute(me, handle, true, default)));
        foreach (var view in new[] { "tree", "chronological" })
        {
            var page = await anna.Get(topic + "?view=" + view);
            var post = page.Document.QuerySelector("#p2.muted-post")!;
            Assert.Contains("Noise of Ben", post.QuerySelector("details:not([open]) .post-text")!.TextContent);
            Assert.Null(post.QuerySelector("h2"));
            Assert.Null(post.QuerySelector(":scope > .post-text"));
            Assert.Null(page.Document.QuerySelector("#p1.muted-post"));
        }
        Assert.Empty((await anna.Get("/")).Document.QuerySelectorAll("section[aria-labelledby=answers] li"));
        Assert.NotNull((await carla.Get(topic)).Document.QuerySelector("#p2:not(.muted-post) > .post-text"));
        Assert.Null((await site.Visitor().Get(topic)).Document.QuerySelector(".muted-post"));
        Assert.True(await site.With<Follow, bool>(follow => follow.Mute(me, handle, false, default)));
        Assert.Null((await anna.Get(topic)).Document.QuerySelector(".muted-post"));
    }
}
