using Community.Search;

namespace Community.Tests.Search;

/// <summary>How texts and queries are cut into words, and what is marked.</summary>
public sealed class WordsTests
{
    static bool Finds(string typed, string text) =>
        FoundPost.Of(Post(text), SearchQuery.Parse(typed).Terms) is not null;

    static ReadPost Post(string text, string title = "") =>
        new(1, 2, title, text, DateTime.UnixEpoch.AddDays(20000), "Anna", "a", 1, "Topic", false, "general", "General");

    /// <summary>The text with its marks in square brackets.</summary>
    static string Marked(string typed, string text) =>
        string.Concat(FoundPost.Of(Post(text), SearchQuery.Parse(typed).Terms)!.Excerpt.Select(p => p.IsMarked ? $"[{p.Text}]" : p.Text));

    [Theory]
    [InlineData("送料", "海外への送料はいくらですか")]
    [InlineData("会費", "年会費")]
    [InlineData("雨天", "雨天中止です")]
    [InlineData("揺蕩", "水面に揺蕩う月")]
    [InlineData("説明", "使い方の説明書")]
    [InlineData("優柔不断", "私は優柔不断なので")]
    [InlineData("東京都", "住所は東京都千代田区です")]
    [InlineData("ﾄｳｷｮｳ", "とうきょうタワー")]
    [InlineData("トウキョウ", "ﾄｳｷｮｳ駅")]
    [InlineData("ＡＢＣ", "the abc of tea")]
    [InlineData("abc", "ＡＢＣ茶会")]
    [InlineData("C#", "I write C# and F#")]
    [InlineData("C++", "Ｃ＋＋で書く")]
    [InlineData("\"full text\"", "A Full Text search")]
    [InlineData("“full text”", "full text")]
    [InlineData("「朝の茶会」", "明日は朝の茶会です")]
    [InlineData("森", "森山さん")]
    [InlineData("森", "深い森")]
    [InlineData("ip", "the IP address")]
    [InlineData("half-open", "a half-open door")]
    [InlineData("half-open", "a half open door")]
    [InlineData("won't", "It won’t work")]
    [InlineData("NX-204815", "part NX-204815, new")]
    [InlineData("204815", "part NX-204815, new")]
    [InlineData("fin.", "the fin of a fish")]
    [InlineData("AND", "this and that")]
    [InlineData("NEAR(", "it is near (not far)")]
    [InlineData("☕", "A ☕ please")]
    [InlineData("👨‍👩‍👧", "my 👨‍👩‍👧 family")]
    [InlineData("ポット", "ホ\u309aット")]
    [InlineData("ホ\u309aット", "ポット")]
    [InlineData("ホ゜ット", "ポット")]
    [InlineData("ﾎﾟｯﾄ", "ポット")]
    [InlineData("ヴァイオリン", "ウ\u3099ァイオリンとゔぁいおりん")]
    [InlineData("cafe", "Café")]
    [InlineData("Cafe\u0301", "CAFÉ")]
    [InlineData("strasse", "Straße")]
    [InlineData("株式会社", "㍿もみじ")]
    [InlineData("高橋", "髙橋さん")]
    [InlineData("葛", "葛\U000E0100城")]
    [InlineData("サーバー", "ｻｰﾊﾞｰを再起動")]
    [InlineData("한국", "한국어를 배우다")]
    [InlineData("한국", "한국어")]
    [InlineData("Привет", "привет, мир")]
    [InlineData("हिन्दी", "यह हिन्दी है")]
    [InlineData("photo", "photographs")]
    [InlineData("tea -coffee", "tea and milk")]
    [InlineData("tea -\"iced coffee\"", "tea and coffee")]
    [InlineData("東京都", "東京\n都の話")]
    [InlineData("𠮟る", "子を𠮟る")]
    [InlineData("foo:bar", "foo: bar")]
    [InlineData("author:", "the author is here")]
    [InlineData("after:noon", "after noon")]
    [InlineData("\"open", "open end")]
    [InlineData("コヽロ", "夏目漱石の「こゝろ」")]
    [InlineData("サーバー", "サ－バ－が落ちた")]
    [InlineData("ｺ-ﾋｰ", "コーヒー豆")]
    [InlineData("istanbul", "İSTANBUL")]
    [InlineData("一ヶ月", "一ケ月と一ヵ月")]
    [InlineData("سلام", "سَلَام")]
    [InlineData("--help", "run it with --help")]
    [InlineData("go --verbose", "go run --verbose")]
    public void Found(string typed, string text) => Assert.True(Finds(typed, text));

    [Theory]
    [InlineData("東京都", "東京。都内")]
    [InlineData("東京都", "東京と京都")]
    [InlineData("ip", "ipsum")]
    [InlineData("ship", "ownership")]
    [InlineData("C#", "C and D")]
    [InlineData("C++", "C and more")]
    [InlineData("\"full text\"", "text is full")]
    [InlineData("\"full tex\"", "full text")]
    [InlineData("tea -coffee", "tea and coffee")]
    [InlineData("緑茶 -抹茶", "緑茶と抹茶")]
    [InlineData("か", "が")]
    [InlineData("ハ", "バ")]
    public void Not_found(string typed, string text) => Assert.False(Finds(typed, text));

    [Theory]
    [InlineData("")]
    [InlineData("   　")]
    [InlineData("*")]
    [InlineData("\"")]
    [InlineData("\"\"")]
    [InlineData("-")]
    [InlineData("- -")]
    [InlineData("-tea")]
    [InlineData("()[]{};'%_\\")]
    [InlineData("\u0000\u200b\ufeff")]
    public void Nothing_to_look_for(string typed) => Assert.False(SearchQuery.Parse(typed).HasWords);

    [Fact]
    public void Filters_are_read_where_they_make_sense()
    {
        var query = SearchQuery.Parse("緑茶 author:\"Anna Field\" 掲示板：お知らせ after:2026-04 before:2026/06/01");
        Assert.Equal("Anna Field", query.Author);
        Assert.Equal("お知らせ", query.Board);
        Assert.Equal(new DateOnly(2026, 4, 1), query.After);
        Assert.Equal(new DateOnly(2026, 6, 1), query.Before);
        Assert.Single(query.Terms);
        Assert.Null(SearchQuery.Parse("after:2026-13").After);
        Assert.Null(SearchQuery.Parse("before:2026-02-30").Before);
        Assert.Null(SearchQuery.Parse("-author:Anna").Author);
        Assert.Equal(new DateOnly(2026, 2, 3), SearchQuery.Parse("以降:２０２６年２月３日").After);
        // Half right: what is meant is clear.
        Assert.Equal("Anna", SearchQuery.Parse("author:\"Anna").Author);
        Assert.Equal("anna", SearchQuery.Parse("author:@anna").Author);
        Assert.Equal(new DateOnly(2026, 4, 1), SearchQuery.Parse("after:20260401").After);
    }

    [Theory]
    [InlineData("気温", "今日の気温は20℃、½の確率", "今日の[気温]は20℃、½の確率")]
    [InlineData("確率", "今日の気温は20℃、½の確率", "今日の気温は20℃、½の[確率]")]
    [InlineData("℃", "気温は20℃、½", "気温は20[℃]、½")]
    [InlineData("ｶﾞｽ", "都市ガスの話", "都市[ガス]の話")]
    [InlineData("ガス", "都市ｶﾞｽの話", "都市[ｶﾞｽ]の話")]
    [InlineData("もみじ", "㍿もみじ", "㍿[もみじ]")]
    [InlineData("会社", "㍿もみじ", "[㍿]もみじ")]
    [InlineData("a em class", "a & em < class &amp;", "[a] & [em] < [class] &amp;")]
    [InlineData("京都 東京都", "東京都庁", "[東京都]庁")]
    [InlineData("tea", "<b>tea</b> &amp; tea", "<b>[tea]</b> &amp; [tea]")]
    [InlineData("ポ", "ホ\u309aット", "[ホ\u309a]ット")]
    [InlineData("🍵", "a🍵b", "a[🍵]b")]
    [InlineData("👍", "ok 👍🏽!", "ok [👍🏽]!")]
    [InlineData("👩", "a 👩‍💻 here", "a [👩‍💻] here")]
    [InlineData("コーヒー", "コ−ヒ−豆", "[コ−ヒ−]豆")]
    public void Marked_as_written(string typed, string text, string marked) => Assert.Equal(marked, Marked(typed, text));

    /// <summary>Grams of a text contain those by which each of its own words is looked for: what fits is never lost in the index.</summary>
    [Fact]
    public void The_index_finds_whatever_the_text_has()
    {
        string[] texts =
        [
            "海外への送料はいくらですか。C#とＡＢＣ、half-open、won't、ﾎﾟｯﾄ、森",
            "Straße ☕ NX-204815 한국어 𠮟る １２３",
            "東京\n都庁ABC森abc",
        ];
        foreach (var text in texts)
        {
            var grams = Grams.Of(Units.Of(""), Units.Of(text)).Split(' ').ToHashSet();
            for (var from = 0; from < text.Length; from++)
                for (var length = 1; length <= 6 && from + length <= text.Length; length++)
                {
                    var part = text.Substring(from, length);
                    if (char.IsLowSurrogate(part[0]) || char.IsHighSurrogate(part[^1]) || part.Contains('"')) continue;
                    foreach (var term in SearchQuery.Parse(part).Terms.Where(t => !t.IsExcluded && t.In(Units.Of(text)).Any()))
                        foreach (var (words, isPrefix) in term.Phrases())
                            Assert.All(
                                words,
                                w => Assert.True(
                                    grams.Contains(w) || (isPrefix && grams.Any(g => g.StartsWith(words[^1], StringComparison.Ordinal))),
                                    $"{part}: {w}"
                                )
                            );
                }
        }
    }

    [Fact]
    public void Hostile_texts_and_queries_take_bounded_time()
    {
        string[] hostile =
        [
            string.Join(' ', Enumerable.Range(0, 10_000).Select(i => "word" + i)),
            new('あ', 1_000_000),
            new('a', 1_000_000),
            new('"', 100_000),
            string.Concat(Enumerable.Repeat("-\"", 100_000)),
            "a" + new string('\u0301', 100_000),
            string.Concat(Enumerable.Repeat("\ud800", 10_000)),
            string.Concat(Enumerable.Repeat("author:a ", 10_000)),
        ];
        foreach (var typed in hostile)
        {
            var cost = Cpu.Of(() =>
            {
                var query = SearchQuery.Parse(typed);
                Assert.True(query.IsTooLong);
                Assert.True(query.Terms.Count <= SearchQuery.MaxTerms);
                var text = typed.Length > 60_000 ? typed[..60_000] : typed;
                _ = FoundPost.Of(Post(text), query.Terms);
                _ = Grams.Of(Units.Of(text));
            });
            Assert.True(cost < TimeSpan.FromSeconds(5), $"{typed[..20]}: {cost}");
        }
    }
}
