namespace Community.Tests.Boards;

/// <summary>What readers may not see changes nothing for them, not even a number.</summary>
[OnBothDatabases]
public sealed class NumbersTests(TestHost host)
{
    [Fact]
    public async Task What_happens_on_a_board_that_others_may_not_read_changes_no_page_of_theirs()
    {
        var site = await host.NewSite(r => r["features"]!.AsArray().Add("Search"));
        var (carla, anna) = (await site.SignIn("carla"), await site.SignIn("anna"));
        var open = await carla.Start("general", "Open words", "Everybody reads these");
        await anna.Reply(open, "A quokka at last");
        await Found(carla, 1);
        var profile = "/members/" + (await site.Reader("carla")).Handle;
        string[] paths =
        [
            "/", "/boards", "/boards/general", "/boards/general?view=tree", "/boards/general?view=posts", open, "/search?q=quokka",
            "/search?q=author:Carla", profile, "/groups", "/groups/circle", "/unread", "/notifications", "/my-posts", "/sitemap.xml",
            "/boards/general/feed",
        ];
        async Task<List<string>> Pages()
        {
            var pages = new List<string>();
            foreach (var (who, name) in new[] { (site.Visitor(), "visitor"), (anna, "anna") })
                foreach (var path in paths)
                {
                    var page = await who.Get(path);
                    foreach (var time in page.Document.QuerySelectorAll("time, updated").ToList()) time.Remove();
                    pages.Add($"{name} {path} {page.Status}: {page.Text}");
                }
            return pages;
        }
        // What is read is marked by reading.
        await Pages();
        var before = await Pages();
        var topic = await carla.Start("inner", "Whispered quokka", "Between us alone, @Anna");
        await carla.Reply(topic, "One more quokka");
        await carla.Submit(topic + "/posts/1/edit", new() { ["title"] = "Whispered quokka", ["text"] = "Between us alone, quokka" });
        await Found(carla, 3);
        await site.EventsRead();
        Assert.Equal(before, await Pages());
    }

    static Task Found(Visitor reader, int posts) =>
        TestSite.Until(
            async () => (await reader.Get("/search?q=quokka")).Document.QuerySelectorAll(".search-results h2").Length == posts,
            $"{posts} are found"
        );
}
