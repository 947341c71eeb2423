using Community.Themes;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Tests.Themes;

/// <summary>The values of tokens: what the catalogue holds is checked again when it is written into a style sheet.</summary>
public sealed class TokenTests(TestHost host)
{
    public static readonly string[] Attacks =
    [
        "red;}body{display:none",
        "#fff;}",
        "#ffffff}",
        "#ffffff;",
        "#ffffff\n}",
        "#ffffff\n",
        "url(javascript:alert(1))",
        "url(https://evil.example)",
        "expression(alert(1))",
        "var(--x)",
        "calc(1px)",
        "1px;",
        "1px}",
        "1px\n",
        "0x10px",
        "-1px",
        "1e3px",
        "1px/**/",
        "Arial;}",
        "Arial\"",
        "\"Arial",
        "\"a\\\"b\"",
        "\"a;b\"",
        "\"a}b\"",
        "'Arial'",
        "Arial, url(x)",
        "Arial,",
        "\"a\nb\"",
        "none;}",
        "images/../x.svg",
        "images/none.svg",
        "/files/../x.png",
        "/files/abc.png",
        "https://evil.example/x.png",
        "</style>",
        "<!--",
        "@import 'x'",
        "\\72 ed",
        "{",
        "}",
        "",
        " ",
        "１px",
        "#ＦＦＦＦＦＦ",
        "#12345٣",
        "none/*",
        "none\0",
    ];

    [Fact]
    public void No_value_from_outside_gets_into_the_style_sheet()
    {
        using var folders = new ThemeFolders();
        using var store = folders.Store(host);
        foreach (var theme in store.All())
        {
            var clean = ThemeStyles.For(theme, new Dictionary<string, string>());
            foreach (var attack in Attacks)
                foreach (var token in theme.Tokens.Values)
                    Assert.Equal(
                        clean,
                        ThemeStyles.For(
                            theme,
                            new Dictionary<string, string>
                            {
                                [token.Name] = attack,
                                [Token.DarkOf(token.Name)] = attack,
                                [attack] = attack,
                            }
                        )
                    );
        }
    }

    [Fact]
    public void Whatever_is_set_the_style_sheet_keeps_its_shape()
    {
        using var folders = new ThemeFolders();
        using var store = folders.Store(host);
        var theme = store.Get("fjord");
        var shape = Shape(ThemeStyles.For(theme, new Dictionary<string, string>()));
        var pieces = Gen.Elements(
            Attacks
                .Concat([
                    "#123456",
                    "4px",
                    "1rem",
                    "1.5",
                    "Arial",
                    "\"Noto Sans JP\"",
                    "none",
                    ",",
                    ";",
                    "}",
                    "{",
                    "\"",
                    "'",
                    "\\",
                    "/*",
                    "*/",
                    "url(",
                    ")",
                    "\n",
                    "<",
                    ":",
                ])
                .ToArray()
        );
        var values = Gen.ArrayOf(pieces).Select(p => string.Concat(p.Take(6)));
        var settings = Gen.ArrayOf(Gen.Elements(theme.Tokens.Keys.ToArray()).Zip(values)).ToArbitrary();
        Prop.ForAll(settings, set =>
        {
            var site = new Dictionary<string, string>();
            foreach (var (name, value) in set) site[name] = site[Token.DarkOf(name)] = value;
            return Shape(ThemeStyles.For(theme, site)) == shape;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    /// <summary>Everything but the values of the tokens.</summary>
    static string Shape(string css) =>
        System.Text.RegularExpressions.Regex.Replace(
            css[css.LastIndexOf(":root{--", StringComparison.Ordinal)..],
            """(--[a-z-]+):(?:"[^"\\]*"|url\("[^"\\)]*"\)|[^;{}<"\\\n])*;""",
            "$1;"
        );

    [Fact]
    public void Text_on_a_brand_colour_can_be_read_whichever_the_site_chose()
    {
        using var folders = new ThemeFolders();
        using var store = folders.Store(host);
        Prop.ForAll(Gen.Choose(0, 0xffffff).ToArbitrary(), rgb =>
        {
            var values = TokenValues.Of(store.Get("washi"), new Dictionary<string, string> { ["color-brand"] = $"#{rgb:x6}" }, dark: false);
            return Contrast.Between(values["color-brand"], values["color-brand-text"]) >= Contrast.Text;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Contrast_is_measured_as_WCAG_says()
    {
        Assert.Equal(21, Contrast.Between("#000000", "#ffffff"), 2);
        Assert.Equal(1, Contrast.Between("#777777", "#777777"), 2);
        Assert.Equal(4.48, Contrast.Between("#777777", "#ffffff"), 2);
    }
}
