using System.Net;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>What was changed in a post, and who may see it.</summary>
public sealed class HistoryTests(TestHost host)
{
    static IEnumerable<string> Marked(Page page, string element) =>
        page.Document.QuerySelectorAll($".difference {element}").Select(e => e.TextContent);

    [Fact]
    public async Task A_change_is_shown_by_words_and_in_japanese_by_characters()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Changed", "One\n\nThe green tent is big.\n\n明日は雨です。\n\n<b>&</b>");
        var text = "One\n\nThe red tent is big.\n\n明日は雪です。\n\n<b>&</b>";
        await anna.Submit(topic + "/posts/1/edit", new() { ["text"] = text });
        var page = await anna.Get(topic + "/posts/1/history");
        Assert.Equal(["green", "雨"], Marked(page, "del"));
        Assert.Equal(["red", "雪"], Marked(page, "ins"));
        Assert.DoesNotContain("<b>&</b>", page.Html);
        // Only the author and the moderators see it, unless the site says otherwise; what is hidden is never for all.
        var (ben, mod) = (await site.SignIn("ben"), await site.SignIn("mod"));
        Assert.Equal(HttpStatusCode.OK, (await mod.Get(topic + "/posts/1/history")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ben.Get(topic + "/posts/1/history")).Status);
        Assert.DoesNotContain("/posts/1/history", (await ben.Get(topic)).Html);
        var admin = await site.SignIn("admin");
        await admin.Submit("/staff/settings/boards", new() { ["historyReaders"] = "members" });
        Assert.Contains("/posts/1/history", (await ben.Get(topic)).Html);
        Assert.Equal(["green", "雨"], Marked(await ben.Get(topic + "/posts/1/history"), "del"));
        Assert.Contains("/sign-in", (await site.Visitor().Get(topic + "/posts/1/history")).Url.AbsolutePath);
        await mod.Submit(topic + "/posts/1/hide", new() { ["reason"] = "Rain" });
        Assert.Equal(HttpStatusCode.NotFound, (await ben.Get(topic + "/posts/1/history")).Status);
    }

    [Fact]
    public async Task A_changed_title_is_shown_too_of_a_topic_and_of_a_reply()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Green tents", "Words");
        await anna.Reply(topic, "Words", title: "Old title");
        await anna.Submit(topic + "/posts/1/edit", new() { ["title"] = "Red tents", ["text"] = "Words" });
        await anna.Submit(topic + "/posts/2/edit", new() { ["title"] = "New title", ["text"] = "Words" });
        foreach (var (number, was, now) in new[] { (1, "Green", "Red"), (2, "Old", "New") })
        {
            var page = await mod.Get($"{topic}/posts/{number}/history");
            Assert.Equal([was], Marked(page, "del"));
            Assert.Equal([now], Marked(page, "ins"));
        }
        // Nothing is said of a title that stayed.
        await anna.Submit(topic + "/posts/1/edit", new() { ["title"] = "Red tents", ["text"] = "Other" });
        Assert.Single((await anna.Get(topic + "/posts/1/history")).Document.QuerySelectorAll("[aria-label='The title was changed']"));
    }

    [Fact]
    public async Task What_does_not_fit_on_one_page_is_on_the_next()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Often changed");
        var at = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        await site.Db(async db =>
        {
            var post = await db.Posts.Where(p => p.TopicId == Conversation.Id(topic)).Select(p => p.Id).SingleAsync();
            db.PostVersions.AddRange(Enumerable.Range(1, 53).Select(n => new PostVersion
            {
                PostId = post,
                Text = $"Version {n} of it",
                WrittenAt = at.AddMinutes(n),
                ReplacedAt = at.AddMinutes(n + 1),
            }));
            return await db.SaveChangesAsync();
        });
        var first = await anna.Get(topic + "/posts/1/history");
        Assert.Contains("Version 53 of it", first.Text);
        Assert.DoesNotContain("Version 3 of it", first.Text);
        var second = await anna.Get(first.Document.QuerySelector("a[rel=next]")!.GetAttribute("href")!);
        Assert.Equal(["Version 3 of it", "Version 2 of it", "Version 1 of it"],
            second.Document.QuerySelectorAll("details .post-text").Select(t => t.TextContent.Trim()));
        Assert.Null(second.Document.QuerySelector("a[rel=next]"));
        Assert.Null(second.Document.QuerySelector("#now"));
        var back = await anna.Get(second.Document.QuerySelector("a[rel=first]")!.GetAttribute("href")!);
        Assert.NotNull(back.Document.QuerySelector("#now"));
    }

    [Theory]
    [InlineData("", "a"), InlineData("a", ""), InlineData("a\nb", "b\na"), InlineData("a b  c", "a  b c")]
    [InlineData("𠮷👨‍👩‍👧e\u0301", "👨‍👩‍👧𠮷e")]
    [InlineData("a\n\n\nb", "a\nb"), InlineData("x", "x")]
    public void Both_sides_have_every_letter(string before, string after) => AssertWhole(before, after);

    [Fact]
    public void Both_sides_of_random_changes_have_every_letter()
    {
        var random = new Random(7);
        string[] pieces = ["a", "word ", "雨", "\n", "\n\n", "、", "🎉", " ", "e\u0301", "\u202e", "||"];
        for (var i = 0; i < 300; i++)
        {
            var text = Enumerable.Range(0, random.Next(40)).Select(_ => random.GetItems(pieces, 1)[0]).ToList();
            var other = text.Where(_ => random.Next(5) > 0).SelectMany(p => random.Next(5) > 0 ? [p] : random.GetItems(pieces, 2));
            AssertWhole(string.Concat(text), string.Concat(other));
        }
    }

    static void AssertWhole(string before, string after)
    {
        var rows = TextDifference.Of(before, after);
        Assert.Equal(before, string.Join('\n', rows.Where(r => r.Before.Count > 0 || r.IsSame).Select(r => Text(r.Before))), LinesLeftOut);
        Assert.Equal(after, string.Join('\n', rows.Where(r => r.After.Count > 0 || r.IsSame).Select(r => Text(r.After))), LinesLeftOut);

        static string Text(IReadOnlyList<DifferencePart> parts) => string.Concat(parts.Select(p => p.Text));
    }

    // A side that has nothing in a row may stand for an empty line there, or for none.
    static bool LinesLeftOut(string one, string other) => one.Replace("\n", "") == other.Replace("\n", "");

    [Fact]
    public void Very_long_texts_are_compared_in_bounded_time()
    {
        static string Many(int seed, string[] pieces, int length)
        {
            var random = new Random(seed);
            var text = new System.Text.StringBuilder();
            while (text.Length < length) text.Append(random.GetItems(pieces, 1)[0]);
            return text.ToString(0, length);
        }
        foreach (var pieces in new string[][]
        {
            ["a ", "b ", "c "], ["\n"], ["a\n", "b\n", "c\n"], ["あ", "い", "う"],
            ["word ", "\n", "other "], ["e\u0301", "\u0301"], ["a", "b"],
        })
        {
            var cost = Cpu.Of(() => TextDifference.Of(Many(1, pieces, 100_000), Many(2, pieces, 100_000)));
            Assert.True(cost < TimeSpan.FromSeconds(3), $"{string.Join('|', pieces)}: {cost}");
        }
    }
}
