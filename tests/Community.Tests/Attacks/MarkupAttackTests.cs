using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Community.Mailing;
using Community.Themes;

namespace Community.Tests.Attacks;

/// <summary>
/// The vectors of <see cref="Vectors"/> against the code that turns users' text into HTML and CSS; what a browser does with it is in
/// Community.BrowserTests.
/// </summary>
public sealed class MarkupAttackTests
{
    static readonly HashSet<string> elements =
    [
        "html",
        "head",
        "body",
        "p",
        "a",
        "em",
        "strong",
        "del",
        "code",
        "pre",
        "blockquote",
        "details",
        "summary",
        "ul",
        "ol",
        "li",
        "h4",
        "h5",
        "h6",
        "hr",
        "br",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "img",
        "span",
    ];
    static readonly HashSet<string> attributes = ["href", "alt", "src", "rel", "class", "start", "value", "colspan", "tabindex", "loading"];

    [Fact]
    public void Markdown_becomes_none_but_a_few_elements_and_never_a_script_a_style_or_a_request_to_elsewhere()
    {
        var parser = new HtmlParser();
        var count = 0;
        // Many in one document, as on a page of posts: none may close, or leave open, what stands around it.
        foreach (var texts in Vectors.All.Chunk(50))
        {
            count += texts.Length;
            var body = parser.ParseDocument(string.Concat(texts.Select(t => $"<section>{Markup.ToHtml(t)}</section>"))).Body!;
            Assert.Equal(texts.Length, body.Children.Length);
            foreach (var (section, text) in body.Children.Zip(texts))
            {
                Assert.Equal("section", section.LocalName);
                Look(section, text);
            }
            foreach (var text in texts)
                // Whatever the input, plain text for mail contains no NUL.
                Assert.DoesNotContain('\0', Markup.ToText(text));
        }
        Assert.True(count > 7000, $"{count} vectors");
    }

    static void Look(IElement section, string text)
    {
        foreach (var e in section.QuerySelectorAll("*"))
        {
            Assert.True(elements.Contains(e.LocalName), $"<{e.LocalName}> from {text}");
            foreach (var a in e.Attributes)
                Assert.True(attributes.Contains(a.Name) && (a.Name != "class" || IsKnownClass(a.Value)), $"{a.Name}={a.Value} from {text}");
            if (e.GetAttribute("href") is { } href)
                Assert.True(
                    href.StartsWith("http://") || href.StartsWith("https://") || href.StartsWith("mailto:") || IsOwn(href),
                    $"{href} from {text}"
                );
            if (e.GetAttribute("src") is { } src)
                Assert.True(src.StartsWith("/files/") || src.StartsWith("/themes/"), $"{src} from {text}");
        }
    }

    static bool IsKnownClass(string value) =>
        value is "end" or "middle" or "code-name" or "long-numbers" or "spoiler" || value.StartsWith("language-", StringComparison.Ordinal);

    static bool IsOwn(string url) => url.StartsWith('/') && !url.StartsWith("//") && !url.StartsWith("/\\");

    [Theory]
    [
        InlineData("```a b\" class=\"notice danger\ncode\n```"),
        InlineData("```notice\ncode\n```"),
        InlineData("~~~ button primary\ncode\n~~~"),
        InlineData("# a {.notice}"),
        InlineData("[a](/x){.button}"),
        InlineData("|a|\n|:-:|\n|b|"),
        InlineData("```\" onclick=xss(1)\ncode\n```")
    ]
    public void No_text_brings_a_class_of_its_own(string text)
    {
        foreach (var e in new HtmlParser().ParseDocument(Markup.ToHtml(text)).All)
            Assert.True(e.GetAttribute("class") is null or "end" or "middle" or "code-name" or "long-numbers", e.OuterHtml);
    }

    /// <summary>A field in every place that a block has.</summary>
    static MailingContent Blocks
    {
        get
        {
            var all = new MailBlock
            {
                Text = "{{member.name}}",
                Label = "{{member.name}}",
                Alt = "{{member.name}}",
                Url = "https://shop.example/?n={{member.name}}",
                Picture = new string('a', 64) + ".png",
            };
            var blocks = Enum.GetValues<BlockKind>().Select(kind => all with { Kind = kind, Columns = [all, all] }).ToList();
            return new() { Subject = "{{member.name}}", Blocks = MailBlock.ToJson(blocks) };
        }
    }

    [Fact]
    public void A_merge_field_s_value_stays_text_in_a_mail_wherever_it_stands()
    {
        var parser = new HtmlParser();
        string[] places =
        [
            "{{member.name}}",
            "[{{member.name}}](https://shop.example/)",
            "[x](https://shop.example/ \"{{member.name}}\")",
            "# {{member.name}}",
            "`{{member.name}}`",
            "|{{member.name}}|\n|-|\n|{{member.email}}|",
            "[x](https://shop.example/?n={{member.name}})",
            "[x]({{member.name}})",
            "![{{member.name}}](/x.png)",
            "<{{member.name}}>",
        ];
        var fields = new MergeFields(Web.HostModules.All.SelectMany(m => m.MergeFields));
        var look = new MailColors("#123456", "#123456", null);
        var contents = places.Select(place => new MailingContent { Subject = "{{member.name}}", Text = place }).Append(Blocks);
        foreach (var (content, place) in contents.Select(c => (c, c.Blocks ?? c.Text)))
        {
            var template = new MailTemplate(content, look, fields);
            foreach (
                var name in Vectors
                    .Plain.Where((_, i) => i % 3 == 0)
                    .Concat(["{{unsubscribe}}", "\uE0F0member.email\uE0F1", "[x](javascript:xss(1))", "https://evil.example/"])
            )
            {
                var values = new Dictionary<string, string>
                {
                    ["member.name"] = name,
                    ["member.email"] = name,
                    ["unsubscribe"] = "https://site.example/u/secret",
                    ["site.url"] = "https://site.example/",
                };
                foreach (var e in parser.ParseDocument(template.Html(values)).All)
                {
                    Assert.True(
                        elements.Contains(e.LocalName) || e.LocalName is "h2" or "div" or "span",
                        $"<{e.LocalName}> from {place} with {name}"
                    );
                    foreach (var a in e.Attributes)
                        Assert.False(
                            a.Name.StartsWith("on") || (a.Name is "href" or "src" && a.Value.Contains("script:")),
                            $"{a.Name}={a.Value} from {place} with {name}"
                        );
                }
                Assert.DoesNotContain("u/secret", template.Html(values));
            }
        }
    }

    [Fact]
    public void No_value_of_a_theme_s_token_breaks_out_of_its_declaration()
    {
        string[] exits = ["", "#000000", "red", "1px", "\"a\"", "none", "images/a.svg", "/files/" + new string('0', 64) + ".png"];
        string[] attacks =
        [
            ";}",
            "}body{background:url(//evil.example)}",
            ";background:url(//evil.example)",
            "url(//evil.example)",
            "expression(xss(1))",
            "</style><script>xss(1)</script>",
            "/*",
            "*/",
            "\\",
            "\n",
            "@import '//evil.example'",
            "\"",
            "');",
            "var(--x)",
            "\0",
            "{",
            "image-set('//evil.example')",
            "\u2028",
            "<!--",
        ];
        foreach (var type in Enum.GetValues<TokenType>())
            foreach (
                var value in from exit in exits
                             from attack in attacks
                             from text in new[] { exit + attack, attack + exit, attack }
                             select text
            )
            {
                var token = new Token("x", type, "", null, LocalizedText.None, null, null, []);
                Assert.True(TokenValue.Wrong(token, value, _ => false) is not null, $"{type} took {value}");
            }
    }
}
