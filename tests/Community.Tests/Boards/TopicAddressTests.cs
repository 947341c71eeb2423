using System.Net;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Addresses of topics bear the words of their titles; the number decides.</summary>
[OnBothDatabases]
public sealed class TopicAddressTests(TestHost host)
{
    static TopicAddressTests() => SiteQueries.Listen();

    [Fact]
    public void Words_are_letters_and_digits_of_all_scripts()
    {
        var words = new (string Title, string Words)[]
        {
            ("Rain jackets: which one?", "rain-jackets-which-one"),
            ("Don’t panic – it's 2026!", "dont-panic-its-2026"),
            ("鉄瓶の赤錆について教えてください", "鉄瓶の赤錆について"),
            ("ＡＢＣ　ﾄｳｷｮｳ", "abc-トウキョウ"),
            ("【お知らせ】年末・年始の営業", "お知らせ-年末-年始の営業"),
            ("C#", "c"), ("!!! 😀", ""), ("", ""), ("a/../b?x=1#y%2e", "a-b-x-1-y-2e"),
            ("ÉTÉ à la plage", "été-à-la-plage"), ("हिन्दी में", "हिन्दी-में"), ("𠮷野家", "𠮷野家"),
            ("half \ud800 a letter", "half-a-letter"), ("a\u202eb\u0000c", "a-b-c"), ("\u0301mark first", "mark-first"),
        };
        foreach (var (title, expected) in words)
            if (expected == "鉄瓶の赤錆について") Assert.StartsWith(expected, TopicAddress.WordsOf(title));
            else Assert.Equal(expected, TopicAddress.WordsOf(title));
        // A long title ends between words; scripts without spaces where the room does. Always short, whatever is typed.
        var wonderful = string.Join('-', Enumerable.Repeat("wonderful", 16));
        Assert.Equal(wonderful, TopicAddress.WordsOf(string.Join(' ', Enumerable.Repeat("Wonderful", 40))));
        var (iron, sign) = (new string('鉄', 5000), string.Concat(Enumerable.Repeat("🈂", 900)));
        foreach (var title in new[] { new string('x', 5000), iron, sign, "A " + iron })
            Assert.InRange(Topic.PageOf("general", long.MaxValue, title).Length, 35, 220);
        Assert.All(Topic.PageOf("general", 1, "鉄瓶 & <b>").ToCharArray(), c => Assert.True(char.IsAscii(c)));
    }

    [Fact]
    public async Task A_topic_of_any_title_opens_at_its_address_and_stands_in_every_list()
    {
        var site = await host.NewSite();
        var (mod, visitor) = (await site.SignIn("mod"), site.Visitor());
        string[] titles =
        [
            "مرحبا بالعالم 2026", "สวัสดีครับ ภาษาไทย", "בְּרֵאשִׁית בָּרָא", "🎉🎉🎉", "1️⃣ first", "👨‍👩‍👧 family", "!!!",
            "%2e%2e%2f%00%25", "..", "../../etc/passwd", "?a=b#c&d;e", "İstanbul ıI ß ẞ", "ﬁne ㍿ ㌔ Ⅷ", "葛\U000E0100飾",
            "A\u030Angstro\u0308m", "\u202Bאבג\u202C 12",
            "a\u200Db\u2060c", "-- 1-2-3 --", "12-12", "-", "posts", "new",
            string.Concat(Enumerable.Repeat("Z\u0335\u0321\u0352\u0363", 24)),
            new string('ﷺ', 100),
        ];
        foreach (var title in titles)
        {
            var topic = await mod.Start("general", title);
            var kept = await site.Db(db => db.Topics.Where(t => t.Id == Conversation.Id(topic)).Select(t => t.Title).SingleAsync());
            var address = Topic.PageOf("general", Conversation.Id(topic), kept);
            Assert.All(address, c => Assert.True(char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '%', address));
            Assert.InRange(address.Length, 1, 200);
            // No other address, and none that leads on for ever.
            Assert.Equal((title, HttpStatusCode.OK), (title, (await visitor.Send(new(HttpMethod.Get, address))).Status));
            foreach (var list in new[] { "/boards/general?view=topics", "/boards/general?view=tree" })
                Assert.NotNull((await visitor.Get(list)).Document.QuerySelector($"a[href='{address}']"));
            Assert.Contains(address, (await visitor.Get(topic + "/feed")).Html);
            Assert.Equal(HttpStatusCode.OK, (await visitor.Get("/boards/general/feed")).Status);
        }
        Assert.Equal(HttpStatusCode.OK, (await visitor.Get("/sitemap.xml")).Status);
        // What no form takes, and an import may bring.
        foreach (var title in new[] { "\u0301\u0301", "\ud800", "\0", "\u202e", "Z" + new string('\u0335', 200), "\u0335Z" })
            Assert.True(Uri.IsWellFormedUriString(Topic.PageOf("general", 1, title), UriKind.Relative), title);
    }

    [Fact]
    public async Task The_number_alone_and_wrong_words_lead_to_the_page_for_good_and_nothing_is_kept_under_them()
    {
        var site = await host.NewSite();
        var (anna, visitor) = (await site.SignIn("anna"), site.Visitor());
        var topic = await anna.Start("general", "鉄瓶の Rust");
        var page = Topic.PageOf("general", Conversation.Id(topic), "鉄瓶の Rust");
        foreach (var asked in new[] { topic, topic + "-", topic + "-wrong-words", topic + "-%E9%89%84", page + "x" })
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
            {
                var led = await visitor.Send(new(method, asked + "?view=tree&after=1"));
                Assert.Equal((asked, HttpStatusCode.MovedPermanently), (asked, led.Status));
                Assert.Equal(page + "?view=tree&after=1", led.Location!.PathAndQuery);
                Assert.True(led.Headers.CacheControl!.NoCache);
            }
        var shown = await visitor.Get(topic);
        Assert.Equal(page, shown.Url.AbsolutePath);
        Assert.Equal(page, new Uri(shown.Document.QuerySelector("link[rel=canonical]")!.GetAttribute("href")!).AbsolutePath);
        // Kept as before, under its words.
        Assert.Equal(0, await SiteQueries.Of(site, () => visitor.Get(page)));
        Assert.InRange(await SiteQueries.Of(site, () => anna.Get(page)), 1, 4);
        // What stands below has the number alone, and is found under the words as well.
        Assert.Equal(topic + "/posts/1", shown.Document.QuerySelector("#p1 .post-number")!.GetAttribute("href"));
        Assert.Equal(page, (await visitor.Get(topic + "/posts/1")).Url.AbsolutePath);
        Assert.Equal(page, (await visitor.Get(page + "/posts/1")).Url.AbsolutePath);
        var replied = await anna.Submit(page + "/reply?to=1", new() { ["text"] = "Below the words" });
        Assert.Equal((page, HttpStatusCode.OK), (replied.Url.AbsolutePath, replied.Status));
        Assert.Equal("Posted.", replied.Document.QuerySelector("#done .notice[role=status]")!.TextContent.Trim());
        foreach (var list in new[] { "/", "/boards/general?view=topics", "/boards/general?view=tree", "/my-topics" })
            Assert.NotNull((await anna.Get(list)).Document.QuerySelector($".topic-title a[href='{page}']"));
        Assert.Contains(page, (await visitor.Get(topic + "/feed")).Html);
    }

    [Fact]
    public async Task A_new_title_has_a_new_address_and_the_old_one_leads_there_and_back_again()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "First title");
        Assert.EndsWith("-first-title", (await site.Visitor().Get(topic)).Url.AbsolutePath);
        foreach (var (before, after) in new[] { ("first-title", "second-title"), ("second-title", "first-title") })
        {
            await anna.Submit(topic + "/posts/1/edit", new() { ["title"] = after.Replace('-', ' '), ["text"] = "Words" });
            foreach (var reader in new[] { anna, site.Visitor() })
            {
                var page = await reader.Get($"{topic}-{before}");
                Assert.Equal(($"{topic}-{after}", HttpStatusCode.OK), (page.Url.AbsolutePath, page.Status));
            }
        }
        await mod.Submit(topic + "/move", new() { ["board"] = "lounge" });
        Assert.Equal(
            topic.Replace("general", "lounge") + "-first-title",
            (await anna.Get(topic + "-first-title")).Url.AbsolutePath
        );
    }

    [Fact]
    public async Task No_title_is_told_to_who_may_not_read_the_topic()
    {
        var site = await host.NewSite();
        var (carla, anna, mod) = (await site.SignIn("carla"), await site.SignIn("anna"), await site.SignIn("mod"));
        var inner = await carla.Start("inner", "Secret words");
        var hidden = await anna.Start("general", "Secret as well");
        await mod.Submit(hidden + "/hide", new() { ["reason"] = "" });
        var ben = await site.SignIn("ben");
        foreach (var topic in new[] { inner, hidden, inner.Replace("inner", "general"), "/boards/general/999" })
            foreach (var rest in new[] { "", "-", "-wrong", "/posts/1", "-wrong/posts/1", "/posts?number=1", "?after=1" })
                foreach (var reader in new[] { ben, site.Visitor() })
                {
                    var answer = await reader.Send(new(HttpMethod.Get, topic + rest));
                    Assert.Equal((topic + rest, HttpStatusCode.NotFound), (topic + rest, answer.Status));
                    Assert.DoesNotContain("secret", answer.Html + answer.Headers, StringComparison.OrdinalIgnoreCase);
                }
        Assert.EndsWith("-secret-words", (await carla.Get(inner)).Url.AbsolutePath);
    }
}
