using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Community.Tests.Kernel;

/// <summary>
/// The law of the renderer: every letter that was typed is in what is shown, in its order, on a page, in a mail and in plain text.
/// </summary>
public sealed partial class EveryWordIsShownTests
{
    static readonly string[] pieces =
    [
        "質問",
        "はい",
        "いいえ",
        "明日は雨",
        "ケーキ１個",
        "word",
        "Straße",
        "naïve",
        "привет",
        "한국어",
        "x",
        "7",
        "ﾊﾝｶｸ",
        "𠮷野家",
        "🎉",
        "e\u0301",
        " ",
        "　",
        "\n",
        "\n\n",
        "\n    ",
        "\t",
        "。",
        "、",
        "「",
        "」",
        "（",
        "）",
        "【",
        "】",
        "→",
        "・",
        "！",
        "？",
        "*",
        "**",
        "***",
        "_",
        "__",
        "~~",
        "~~~",
        "`",
        "``",
        "```\n",
        "\n```",
        "```js\n",
        "~~~\n",
        "\n~~~",
        "\\",
        "\\*",
        "\\\n",
        "|",
        "\n|-|-|\n",
        "\n|---|\n",
        "a|b",
        "| c | d |\n",
        "[",
        "]",
        "(",
        ")",
        "[はい](いいえ)",
        "[a](https://example.com/pfad?q=1)",
        "[x](/boards/1 \"Titel\")",
        "![alt](https://example.com/p.png)",
        "![bild](/files/p.png)",
        "![",
        "](",
        "](https://example.com/)",
        "](bad)",
        "[^1]",
        "\n[^1]: Fußnote\n",
        "\n[質問]: 明日\n",
        "\n[ref]: https://example.com/r \"T\"\n",
        "[ref]",
        "[ref][ref]",
        "<",
        ">",
        "<b>",
        "</b>",
        "<!-- ",
        " -->",
        "<script>",
        "<https://example.com/a>",
        "<anna@example.com>",
        "<?php",
        "&amp;",
        "&copy;",
        "&#65;",
        "&",
        ";",
        "https://example.com/z",
        "http://例え.jp/z",
        "www.example.org",
        "mailto:b@example.com",
        "javascript:alert",
        "tel:0312345678",
        "\n# ",
        "\n## ",
        " ##\n",
        "\n#\n",
        "#",
        "\n> ",
        "\n>",
        "\n>>3 ",
        "\n- ",
        "\n* ",
        "\n+ ",
        "\n  - ",
        "\n1. ",
        "\n2) ",
        "\n2026. ",
        "\n    code",
        "\n---\n",
        "\n===\n",
        "\n----------------------------------\n",
        "\n* * *\n",
        "(^_^)",
        "(*´ω｀*)",
        "\\(^o^)/",
        "¯\\_(ツ)_/¯",
        "m(_ _)m",
        "~~~(^^)~~~",
    ];

    [Fact]
    public void Of_any_text()
    {
        var seed = Seeds.Next();
        var random = new Random(seed);
        for (var n = 0; n < 4000; n++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => pieces[random.Next(pieces.Length)]));
            Check(text, $"seed {seed}, text {n}");
        }
    }

    [Theory]
    [
        InlineData("[質問]: 明日の天気は？"),
        InlineData("[はい](いいえ)"),
        InlineData("[重要](再送)"),
        InlineData("本文[^1]\n\n[^1]: 脚注です"),
        InlineData("~~~(^^)~~~\n続き"),
        InlineData("```ruby title=\"例\"\nputs 1\n```")
    ]
    [
        InlineData("<!-- 見えますか -->"),
        InlineData("<u>下線</u>"),
        InlineData("|a|b|\n|-|-|\n|1|\n|1|2|余り|"),
        InlineData("AT&amp;T &nbsp; &copy;"),
        InlineData("#"),
        InlineData("# #"),
        InlineData("![猫](https://example.com/cat.png \"題\")"),
        InlineData("[x](https://example.com \"題\")")
    ]
    [
        InlineData("[a]: https://example.com/x 'Titel'"),
        InlineData("[![a](https://t.example/p.gif \"u\")](https://y.example/z)"),
        InlineData("![![a](/b)](/c)"),
        InlineData("![[x](/b \"Titel\") ![y](/c 'u')](/d)"),
        InlineData("~~~\n開いたまま"),
        InlineData("**\u200B太字\u200B**"),
        InlineData("a\u2028b"),
        InlineData("\0x")
    ]
    public void Of_texts_that_lost_some(string text) => Check(text, "");

    [Theory]
    [
        InlineData("2026. 春のお知らせ", "2026. 春のお知らせ", 2026),
        InlineData("1. a\n3. b\n4. c", "1. a\n3. b\n4. c", 1),
        InlineData("3. a\n2. b\n1. c", "3. a\n2. b\n1. c", 3),
        InlineData("1. a\n1. b\n1. c", "1. a\n2. b\n3. c", 1)
    ]
    public void A_number_that_was_typed_is_the_number_of_its_item(string text, string plain, int first)
    {
        Assert.Equal(plain, Markup.ToText(text));
        var list = new HtmlParser().ParseDocument(Markup.ToHtml(text)).QuerySelector("ol")!;
        var number = int.Parse(list.GetAttribute("start") ?? "1");
        Assert.Equal(first, number);
        var shown = new List<string>();
        foreach (var item in list.Children)
        {
            if (item.GetAttribute("value") is { } value) number = int.Parse(value);
            shown.Add($"{number++}. {item.TextContent.Trim()}");
        }
        Assert.Equal(plain, string.Join('\n', shown));
    }

    static void Check(string text, string about)
    {
        var letters = Letters(text);
        foreach (
            var (where, shown) in new[]
            {
                ("on a page", Shown(Markup.ToHtml(text))),
                ("in a mail", Shown(Markup.ToMail(text, "#123456", "https://site.example/"))),
                ("in plain text", Markup.ToText(text)),
                // A line of a list has neither what is quoted nor where a link leads.
                ("in a line", text.Contains('>') || text.Contains("](") ? text : Markup.ToLine(text, 100_000)),
            }
        )
        {
            var i = 0;
            foreach (var rune in Letters(shown))
                if (i < letters.Count && rune == letters[i])
                    i++;
            Assert.True(
                i == letters.Count,
                $"{about}: {where} lacks “{string.Concat(letters.Skip(i))}” of {System.Text.Json.JsonSerializer.Serialize(text)}: {shown}"
            );
        }
    }

    static List<Rune> Letters(string text) => [.. text.EnumerateRunes().Where(r => Rune.IsLetter(r))];

    /// <summary>What a reader sees, with the address of a link or picture behind its words.</summary>
    static readonly System.Globalization.IdnMapping idn = new();

    /// <summary>The host of an address in its letters: it is sent as xn-- (RFC 5891).</summary>
    [System.Text.RegularExpressions.GeneratedRegex(@"(?<=//)[a-z0-9.-]*xn--[a-z0-9.-]*[a-z0-9]")]
    private static partial System.Text.RegularExpressions.Regex Host();

    static string InLetters(string host)
    {
        try { return idn.GetUnicode(host); }
        // It only looks like one.
        catch (ArgumentException) { return host; }
    }

    static string Shown(string html)
    {
        var shown = new StringBuilder();
        foreach (var node in new HtmlParser().ParseDocument(html).Body!.ChildNodes) Walk(node);
        return shown.ToString();

        void Walk(INode node)
        {
            if (node is IText text) shown.Append(text.Data);
            foreach (var child in node.ChildNodes) Walk(child);
            if (node is not IElement element) return;
            shown.Append(element.GetAttribute("alt"));
            if ((element.GetAttribute("href") ?? element.GetAttribute("src")) is { } address && element.TextContent != address)
                shown.Append(' ').Append(Host().Replace(Uri.UnescapeDataString(address), h => InLetters(h.Value)));
            shown.Append(element.GetAttribute("title")).Append(' ');
        }
    }
}
