using AngleSharp.Dom;

namespace Community.Tests.Boards;

/// <summary>In the tree a branch is folded without script, and deep replies say whom they answer.</summary>
[OnBothDatabases]
public sealed class BranchTests(TestHost host)
{
    static IElement Item(Page page, int number) => page.Document.QuerySelector($"#p{number}")!.ParentElement!;

    [Fact]
    public async Task Replies_stand_within_what_they_answer_and_fold_where_there_is_a_choice()
    {
        var site = await host.NewSite();
        // 2 and 3 answer the topic; 4 and 5 answer 2; 6 answers 4, 7 answers 6; 8 answers 3.
        var topic = await site.Fill("general", 7, n => n switch { 2 or 3 => 1, 4 or 5 => 2, 6 => 4, 7 => 6, _ => 3 });
        foreach (var reader in new[] { site.Visitor(), await site.SignIn("ben") })
        {
            var page = await reader.Get(topic + "?view=tree");
            Assert.Equal([1, 2, 4, 6, 7, 5, 3, 8], page.Numbers());
            Assert.Equal(["p1", "p2", "p3"], page.Document.QuerySelectorAll("ol.posts > li > article").Select(a => a.Id!));
            var fold = Item(page, 2).QuerySelector(":scope > details.replies")!;
            Assert.True(fold.HasAttribute("open"));
            Assert.StartsWith("4 replies", fold.QuerySelector("summary")!.TextContent);
            Assert.Contains("#2", fold.QuerySelector("summary")!.TextContent);
            Assert.Equal([4, 5], fold.QuerySelectorAll(":scope > ol > li > article").Select(a => int.Parse(a.Id![1..])));
            // A single answer to an answer stands within it without a line of its own.
            Assert.NotNull(Item(page, 4).QuerySelector(":scope > ol > li > #p6"));
            Assert.NotNull(Item(page, 6).QuerySelector(":scope > ol > li > #p7"));
            Assert.Equal(2, page.Document.QuerySelectorAll("details.replies").Length);
            Assert.Empty((await reader.Get(topic + "?view=chronological")).Document.QuerySelectorAll("details.replies, .branch"));
        }
    }

    [Fact]
    public async Task A_page_that_begins_within_a_branch_and_two_hundred_levels_are_whole()
    {
        var site = await host.NewSite();
        var topic = await site.Fill("general", 230, n => n - 1);
        var ben = await site.SignIn("ben");
        var seen = new List<int>();
        for (var at = topic + "?view=tree"; at is not null;)
        {
            var page = await ben.Get(at);
            var numbers = page.Numbers();
            Assert.All(numbers, n => Assert.Equal("li", Item(page, n).LocalName));
            Assert.Empty(page.Document.QuerySelectorAll("ol:not(:has(> li)), li:empty, ol.posts > :not(li), .branch > :not(li)"));
            seen.AddRange(numbers);
            at = page.Document.QuerySelector(".pager a[rel=next]")?.GetAttribute("href");
            if (numbers.Contains(100))
            {
                // Whom it answers stands there by name, and leads there on this page or another.
                Assert.Contains("reply to Anna, #99", Item(page, 100).QuerySelector(".post-byline")!.TextContent);
                var first = numbers[0];
                Assert.NotNull(Item(page, first).QuerySelector($".post-byline a[href$='/posts/{first - 1}']"));
                Assert.NotNull(Item(page, first + 1).QuerySelector($".post-byline a[href='#p{first}']"));
            }
        }
        Assert.Equal(Enumerable.Range(1, 231), seen);
    }

    [Fact]
    public async Task The_name_of_whom_a_reply_answers_goes_with_the_answered_post()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Names");
        await ben.Reply(topic, "Of Ben");
        await anna.Reply(topic, "To Ben", to: 2);
        async Task<string> Byline(Visitor reader) =>
            (await reader.Get(topic + "?view=chronological")).Document.QuerySelector("#p3 .post-byline")!.TextContent;
        Assert.Contains("reply to Ben, #2", await Byline(anna));
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "" });
        Assert.DoesNotContain("Ben", await Byline(site.Visitor()));
        Assert.Contains("reply to #2", await Byline(site.Visitor()));
    }
}
