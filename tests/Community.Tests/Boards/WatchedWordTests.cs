using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Watched words: what they find, in bounded time, and what follows.</summary>
[OnBothDatabases]
public sealed class WatchedWordTests(TestHost host)
{
    static async Task Watch(TestSite site, params WatchedWord[] words)
    {
        var mod = await site.Reader("mod");
        foreach (var word in await site.Db(db => db.WatchedWords.Select(w => w.Id).ToListAsync()))
            await site.With((SaveWatchedWord s) => s.Delete(mod, word, default).ContinueWith(_ => 0));
        foreach (var word in words) Assert.True(await site.With((SaveWatchedWord s) => s.Save(mod, null, word, default)));
    }

    static WatchedWord Word(
        string text, WordAction action = WordAction.Queue, string answer = "", bool expression = false, bool whole = true) =>
        new() { Text = text, Action = action, Answer = answer, IsExpression = expression, WholeWord = whole, IsOn = true };

    static Task<Screened> Screen(TestSite site, string text, string? title = null) =>
        site.With((WatchedWords w) => w.Screen(title, text, default));

    [Fact]
    public async Task Words_are_found_as_each_script_writes_them()
    {
        var site = await host.NewSite();
        foreach (var (word, hits, misses) in new (string, string[], string[])[]
        {
            ("ass", ["You ass!", "ASS", "ａｓｓ", "a\u00ADss", "嫌なass野郎", "my_ass"],
                ["class", "assume", "Picasso", "ass3", "assé"]),
            ("man", ["man", "the man."], ["manage", "福田 (Fukuda) manages", "woman"]),
            ("art", ["art?", "(art)"], ["Martha", "artist"]),
            ("死ね", ["【死ね】", "死ね!", "もう死ね…", "お前は死ねばいい"], ["死亡"]),
            ("ばか", ["バカ", "ﾊﾞｶ", "大ばか者", "バカヤロウ"], ["はか"]),
            ("カジノ", ["かじの", "ｶｼﾞﾉ", "オンラインカジノで"], ["かしの"]),
            ("buy now", ["Buy  now!", "buy\nnow", "ＢＵＹ　ＮＯＷ"], ["buynow", "buy nowhere"]),
            ("C++", ["I like c++ more", "Ｃ＋＋"], ["C+"]),
            // Struck through, under marks, with invisible signs between.
            ("casino", ["c\u0336a\u0336s\u0336i\u0336n\u0336o\u0336", "ⓒⓐⓢⓘⓝⓞ", "cas\u2060ino"], ["cassino"]),
            ("カジノ", ["カ\u0301ジ\u0301ノ", "カ\U000E0100ジノ", "カシ\u3099ノ", "カシ゛ノ"], []),
            ("it's", ["it’s"], []),
            ("ano", ["el ano"], ["el año"]),
            // Thai sets no spaces.
            ("ควย", ["นี่คือควยจริง"], []),
        })
        {
            await Watch(site, Word(word));
            foreach (var hit in hits) Assert.True((await Screen(site, hit)).Reasons is HoldReasons.Words, $"{word} in {hit}");
            foreach (var hit in hits) Assert.Equal(HoldReasons.Words, (await Screen(site, "x", hit.ReplaceLineEndings(" "))).Reasons);
            foreach (var miss in misses) Assert.True((await Screen(site, miss)).Reasons is HoldReasons.None, $"{word} in {miss}");
        }
        await Watch(site, Word("art", whole: false));
        Assert.Equal(HoldReasons.Words, (await Screen(site, "artist")).Reasons);
        await Watch(site, Word(@"カ[シジ]ノ\d+", expression: true));
        Assert.Equal(HoldReasons.Words, (await Screen(site, "かじの１２")).Reasons);
        Assert.Equal(HoldReasons.None, (await Screen(site, "かじの")).Reasons);
        // However an expression writes kana.
        foreach (var kana in new[] { "ｶｼﾞﾉ", @"\u30AB\u30B8\u30CE", @"[\u30A1-\u30F6]{3}", "[ァ-ヶ]{3}" })
        {
            await Watch(site, Word(kana, expression: true));
            Assert.True((await Screen(site, "カジノ")).Reasons is HoldReasons.Words, kana);
        }
    }

    [Fact]
    public async Task A_word_with_signs_of_Markdown_in_it_is_found_as_it_is_read()
    {
        var site = await host.NewSite();
        await Watch(site, Word("pills", WordAction.Refuse, "No."), Word("カジノ"), Word("darn", WordAction.Replace, "***"));
        foreach (var text in new[] { "pi**ll**s", "pi[ll](/)s", "> p*i*lls", "- *p*ills" })
            Assert.Equal("No.", (await Assert.ThrowsAsync<Refused>(() => Screen(site, text))).Message);
        foreach (var text in new[] { "カ**ジ**ノ", "カ||ジ||ノ" }) Assert.Equal(HoldReasons.Words, (await Screen(site, text)).Reasons);
        // What stands in no one place cannot be replaced, and waits.
        var screened = await Screen(site, "da**r**n and darn");
        Assert.Equal((HoldReasons.Words, "da**r**n and ***"), (screened.Reasons, screened.Text));
        Assert.Equal((HoldReasons.None, "***"), (await Screen(site, "darn") is var plain ? (plain.Reasons, plain.Text) : default));
        // What was replaced is gone.
        await Watch(site, Word("darn", WordAction.Replace, "***"), Word("darn it"));
        Assert.Equal(HoldReasons.None, (await Screen(site, "darn it")).Reasons);
        Assert.Equal(HoldReasons.None, (await Screen(site, "spi**l**ls, a p*i*l")).Reasons);
    }

    [Fact]
    public async Task No_expression_stops_the_site_and_none_that_fails_fails_the_post()
    {
        var site = await host.NewSite();
        var letters = new string('a', 40_000);
        await Watch(site, Word("(a+)+$", expression: true));
        var took = System.Diagnostics.Stopwatch.StartNew();
        await Screen(site, letters + "!");
        // Back references can be found by trying alone.
        await Watch(site, [Word(@"^(a+)+\1b$", expression: true), Word("pills"), Word("hell", WordAction.Refuse, "Be kind.")]);
        var screened = await Screen(site, letters + "! pills");
        Assert.Equal(HoldReasons.Unchecked | HoldReasons.Words, screened.Reasons);
        Assert.Contains("pills", screened.Words);
        Assert.Equal("Be kind.", (await Assert.ThrowsAsync<Refused>(() => Screen(site, letters + "! hell"))).Message);
        Assert.True(took.Elapsed < TestSite.Patience, $"{took.Elapsed}");
        var failed = await site.Db(db => db.WatchedWords.SingleAsync(w => w.FailedAt != null));
        Assert.True(failed.IsExpression);
        Assert.Equal(1, await site.Db(db => db.Events.CountAsync(e => e.Type == "boards.watched-word-failed")));
        Assert.Contains("Took too long", (await (await site.SignIn("mod")).Get("/staff/words")).Text);
        // Many harmless ones together.
        await Watch(site, [.. Enumerable.Range(1, 50).Select(i => Word($"word{i} word", whole: i % 2 == 0))]);
        Assert.Equal(HoldReasons.None, (await Screen(site, string.Concat(Enumerable.Repeat("word ", 5_000)))).Reasons);
    }

    [Fact]
    public async Task Each_act_does_what_it_says_for_posts_titles_and_edits()
    {
        var site = await host.NewSite();
        var (ben, mod) = (await site.SignIn("ben"), await site.SignIn("mod"));
        await Watch(site, Word("pills", WordAction.Refuse, "No pills here, please."), Word("darn", WordAction.Replace, "***"),
            Word("lottery", WordAction.Tag), Word("カジノ"));
        var page = await ben.Submit("/boards/general/new", new() { ["title"] = "Pills", ["text"] = "My own words" });
        Assert.Contains("No pills here, please.", page.Text);
        Assert.Contains("My own words", page.Document.QuerySelector("textarea")!.TextContent);
        var topic = await ben.Start("general", "A DARN title", "Ｄａｒｎ it, darned 😀 darn");
        var shown = await site.Visitor().Get(topic);
        Assert.Contains("A *** title", shown.Title);
        Assert.Contains("*** it, darned 😀 ***", await site.Db(db => db.Posts.Select(p => p.Text).SingleAsync()));
        await ben.Reply(topic, "Win the Lottery");
        Assert.Contains("Lottery", (await site.Visitor().Get(topic)).Text);
        Assert.Contains("lottery", (await mod.Get("/staff/reports")).Text);
        Assert.DoesNotContain("former member", (await mod.Get("/staff/reports")).Document.QuerySelector(".notice.warn")!.TextContent);
        // An edit with the word is no second report.
        await ben.Submit(topic + "/posts/2/edit", new() { ["text"] = "Win the Lottery twice" });
        Assert.Equal(1, await site.Db(db => db.Reports.CountAsync(r => r.IsOfWords)));
        await ben.Submit(topic + "/posts/2/edit", new() { ["text"] = "かじの" });
        Assert.Contains("Lottery", (await site.Visitor().Get(topic)).Text);
        Assert.Contains("カジノ", (await mod.Get("/staff/queue")).Text);
        // Who moderates is not held up, and quoting a refused word to forbid it is refused to nobody else's cost.
        var own = await mod.Reply(topic, "カジノの話はやめましょう");
        Assert.DoesNotContain("waits", own.Document.QuerySelector("#p3")!.TextContent);
    }

    [Fact]
    public async Task A_post_with_a_word_that_a_member_reports_too_is_looked_at_once()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        await Watch(site, Word("lottery", WordAction.Tag));
        var topic = await ben.Start("general", "A topic");
        await ben.Reply(topic, "Win the lottery");
        await ben.Reply(topic, "And the lottery again");
        await anna.Submit(topic + "/posts/2/report", new() { ["reason"] = "Not about mugs" });
        var waiting = await mod.Get("/staff/reports");
        Assert.Equal(2, waiting.Document.QuerySelectorAll("article").Length);
        var both = waiting.Document.QuerySelector("article .notice")!.TextContent;
        Assert.Contains("lottery", both);
        Assert.Contains("Not about mugs", both);
        Assert.Contains("2 reported posts", (await mod.Get("/staff")).Text);
        await mod.Submit(waiting, [], "form[action$='/dismiss']");
        Assert.Equal(1, await site.Db(db => db.Reports.CountAsync(r => r.ClosedAt == null)));
        Assert.Equal(1, await site.Db(db => db.ModerationLog.CountAsync(e => e.Act == ModerationAct.DismissReport)));
        var handled = await mod.Get("/staff/reports?state=handled");
        Assert.Contains("Not about mugs", Assert.Single(handled.Document.QuerySelectorAll("article")).TextContent);
        await mod.Submit(handled, [], "form[action$='/reopen']");
        Assert.Equal(3, await site.Db(db => db.Reports.CountAsync(r => r.ClosedAt == null)));
    }

    [Fact]
    public async Task A_word_is_tried_on_the_last_posts_before_it_is_switched_on()
    {
        var site = await host.NewSite();
        var (ben, mod) = (await site.SignIn("ben"), await site.SignIn("mod"));
        await ben.Start("general", "Art class", "The artist paints");
        await ben.Start("general", "Modern art", "in a museum");
        var fields = new Dictionary<string, string> { ["word"] = "art", ["act"] = "Queue", ["do"] = "on" };
        var page = await mod.Submit("/staff/words/new", fields);
        Assert.Contains("Found in 2 of the last 2 posts", page.Document.QuerySelector("#trial")!.TextContent);
        Assert.EndsWith("#trial", page.Document.QuerySelector("form:has([name=word])")!.GetAttribute("action"));
        Assert.Equal(["art", "Art"], page.Document.QuerySelectorAll("mark").Select(m => m.TextContent));
        Assert.Equal(0, await site.Db(db => db.WatchedWords.CountAsync()));
        // Another word than the one tried is tried first.
        page = await mod.Submit(page, new() { ["word"] = "artist", ["do"] = "on" });
        Assert.Contains("Found in 1 of the last 2 posts", page.Text);
        await mod.Submit(page, new() { ["do"] = "on" });
        Assert.True(await site.Db(db => db.WatchedWords.Select(w => w.IsOn).SingleAsync()));
        page = await mod.Submit("/staff/words/new", new() { ["word"] = "a(", ["expression"] = "1", ["do"] = "try" });
        Assert.Contains("no regular expression", page.Text);
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await ben.Get("/staff/words")).Status);
    }
}
