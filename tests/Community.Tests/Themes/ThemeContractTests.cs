using Community.Themes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Tests.Themes;

/// <summary>The contract of docs/theming.md, and what it refuses.</summary>
public sealed class ThemeContractTests(TestHost host)
{
    public static TheoryData<string> Shipped =>
        [.. Directory.EnumerateDirectories(Path.Combine(Repository.Root, "themes")).Select(d => Path.GetFileName(d)!)];

    [Theory, MemberData(nameof(Shipped))]
    public void Every_shipped_theme_keeps_the_contract(string name)
    {
        using var folders = new ThemeFolders();
        using var store = folders.Store(host);
        Assert.Null(store.ErrorOf(name));
        var theme = store.Get(name);
        Assert.Equal(name, theme.Name);
        var slots = theme.Frame(Values()).Where(s => s.Slot is not null).Select(s => s.Slot!).ToList();
        Assert.Equal(Layout.Slots.Order(), slots.Order());
        foreach (var language in Texts.Languages)
        {
            Assert.NotEqual("", theme.Title.In(language));
            Assert.NotEqual("", theme.About.In(language));
            Assert.All(theme.Tokens.Values, t => Assert.NotEqual(t.Name, t.Label.In(language)));
        }
    }

    [Theory, MemberData(nameof(Shipped))]
    public void The_colours_of_a_shipped_theme_can_be_read(string name)
    {
        using var folders = new ThemeFolders();
        using var store = folders.Store(host);
        foreach (var dark in new[] { false, true })
        {
            var values = TokenValues.Of(store.Get(name), new Dictionary<string, string>(), dark);
            foreach (var on in new[] { "page", "surface", "surface-quiet" })
                foreach (var text in new[] { "text", "text-muted", "link", "accent", "danger", "warn", "ok", "info" })
                    Reads(text, on, Contrast.Text);
            foreach (var on in new[] { "page", "surface" })
                foreach (var mark in new[] { "line-strong", "focus" }) Reads(mark, on, Contrast.Mark);
            foreach (var tone in new[] { "danger", "warn", "ok", "info" }) Reads(tone, tone + "-surface", Contrast.Text);
            Reads("brand-text", "brand", Contrast.Text);
            Reads("accent-text", "accent", Contrast.Text);

            void Reads(string text, string on, double least) =>
                Assert.True(
                    Contrast.Between(values["color-" + text], values["color-" + on]) >= least,
                    $"{name} {(dark ? "dark" : "light")}: {text} on {on}"
                );
        }
    }

    [Fact]
    public void A_frame_shows_its_values_escaped()
    {
        using var folders = new ThemeFolders();
        using var store = folders.Store(host);
        var values = Values() with
        {
            SiteName = "<b>\"A\" & 'B'</b>",
            Member = new("<script>", "/account"),
            Nav = [new("\"><img src=x onerror=alert(1)>", "/x", true)],
        };
        var html = string.Concat(store.Get("plain").Frame(values).Select(s => s.Html));
        Assert.DoesNotContain("<b>", html);
        Assert.DoesNotContain("<img", html);
        Assert.Contains("aria-current=\"page\"", html);
        Assert.Contains("日本語", html);
    }

    /// <summary>Each stands where a partial of the header would, or replaces it.</summary>
    public static TheoryData<string> RefusedTemplates =>
        [
            "{{{site.name}}}",
            "{{{ nav }}}",
            "{{&site.name}}",
            "{{~site.name}}",
            "{{site.name~}}",
            "{{~#if nav}}{{/if}}",
            "{{{{site.name}}}}",
            "{{{{raw}}}}x{{{{/raw}}}}",
            "\\{{site.name}}",
            "{{site.GetType.Assembly}}",
            "{{nav.0.EqualityContract}}",
            "{{lookup nav 0}}",
            "{{#with site}}{{/with}}",
            "{{log site}}",
            "{{@root.site}}",
            "{{../site}}",
            "{{this}}",
            "{{[site]}}",
            "{{> ../../etc/passwd}}",
            "{{> (lookup . 'x')}}",
            "{{> nothing}}",
            "{{> header}}",
            "{{#> nav}}{{/nav}}",
            "{{*inline}}",
            "{{#each nav}}{{#each nav}}{{#each nav}}{{/each}}{{/each}}{{/each}}",
            "{{{head}}}",
            "{{#if nav}}{{{sidebar}}}{{/if}}",
            "{{#if nav}}",
            "{{/if}}",
            "{{else}}",
            "{{#if nav}}{{/each}}",
            "{{site.nam}}",
            "{{#each site}}{{/each}}",
            "<script>alert(1)</script>",
            "<SCRIPT src=x></SCRIPT>",
            "<style>a{}</style>",
            "<base href=\"/\">",
            "<form action=\"/\"></form>",
            "<meta http-equiv=\"refresh\" content=\"0\">",
            "<p onclick=\"x()\">",
            "<p style=\"color:red\">",
            "<p OnClick=\"x()\">",
            "<p/onclick=\"x()\">",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\" javascript:alert(1)\">x</a>",
            "<a href=\"//evil.example\">x</a>",
            "<a href='/'>x</a>",
            "<a href=/ >x</a>",
            "<a href={{site.home}}>x</a>",
            "<a {{site.name}}>x</a>",
            "<a title={{site.name}}>x</a>",
            "<{{site.name}}>",
            "<p class=\"a",
            "<p",
            "< p>",
            "<iframe src=\"/\"></iframe>",
            "<img src=\"https://evil.example/x.png\" alt=\"\">",
            "<img src=\"{{site.name}}\" alt=\"\">",
            "<link rel=\"stylesheet\" href=\"{{images}}/x.css\">",
            "<link href=\"https://evil.example/\">",
            "<object data=\"/\"></object>",
            "<svg></svg>",
            "<template></template>",
            "<textarea>",
            "<title>{{site.name}}</title>",
            "<!-- {{site.name}} -->",
            "<!-->x",
            "<!--> -->",
            "<p title=\"{{#if nav}}\" data-a=\"{{/if}} onclick=x() \">",
            "{{#if nav}}<p {{else}}<p{{/if}}>",
            "<p {{#if nav}}class{{/if}}=\"x\">",
            "<p class=\"<\">",
            "<a {{> nav}}>",
            "<a href=\"{{> nav}}\">",
            "<a href=\"{{{body}}}\">",
            "<p data-x{{#if nav}}=\"a\"{{/if}}>",
            "<p srcdoc=\"x\">",
            "<a href=\"{{site.logo}}javascript:x\">",
            "<a href=\"{{#if nav}}java{{/if}}script:x\">",
            "{{!-- {{site.name}} --}}",
            "\u0001",
            "<meta name=\"referrer\" content=\"unsafe-url\">",
            "<meta name=\"REFERRER\" content=\"unsafe-url\">",
            "<meta name=\" referrer\" content=\"unsafe-url\">",
            "<meta name=\"{{#if nav}}referrer{{/if}}\" content=\"unsafe-url\">",
            "<meta name=\"robots\" content=\"noindex\">",
            "<meta name=\"viewport\" content=\"width=9999\">",
            "<meta name=\"{{site.name}}\" content=\"unsafe-url\">",
            "<meta content=\"x\" property=\"og:url\">",
            "<a href=\"/\" referrerpolicy=\"unsafe-url\">x</a>",
            "<a href=\"https://evil.example/\" rel=\"opener\">x</a>",
            "<a href=\"/\" ping=\"https://evil.example/\">x</a>",
            "<a href=\"/\" target=\"_top\">x</a>",
            "<img src=\"{{images}}/a.svg\" name=\"body\" alt=\"\">",
            "<div srcset=\"{{images}}/a.svg\"></div>",
            "<p content=\"x\">",
            "<link rel=\"preconnect\" href=\"{{images}}/a.svg\">",
            "<link rel=\"icon\" href=\"{{images}}/a.svg\" onload=\"x()\">",
            "<p autofocus>",
            "<p contenteditable>",
            "<p popover>",
        ];

    [Theory, MemberData(nameof(RefusedTemplates))]
    public void A_frame_with_anything_else_is_refused(string template)
    {
        using var folders = new ThemeFolders();
        using var store = folders.Child(("partials/header.hbs", "<header>{{{account}}}\n" + template + "</header>")).Store(host);
        var error = store.ErrorOf("test");
        Assert.NotNull(error);
        Assert.StartsWith("test/", error.File);
        // The site is still reached.
        Assert.Equal(Layout.Slots.Order(), store.Get("test").Frame(Values()).Where(s => s.Slot is not null).Select(s => s.Slot!).Order());
    }

    [Fact]
    public void Partials_that_double_themselves_are_stopped()
    {
        using var folders = new ThemeFolders();
        folders.Child(("partials/header.hbs", "{{{account}}}{{> a}}"));
        foreach (var c in "abcdefghijklmn") folders.Write($"test/partials/{c}.hbs", $"{{{{> {(char)(c + 1)}}}}}{{{{> {(char)(c + 1)}}}}}");
        folders.Write("test/partials/o.hbs", "x");
        using var store = folders.Store(host);
        Assert.NotNull(store.ErrorOf("test"));
    }

    public static TheoryData<string> RefusedStyles =>
        [
            "body { display: none }",
            "@import \"x.css\";",
            "@import url(https://evil.example/);",
            "@layer theme { a { background: url(https://evil.example/x.png) } }",
            "@layer theme { a { background: url(//evil.example) } }",
            "@layer theme { a { background: url(/account) } }",
            "@layer theme { a { background: url(images/../../plain/theme.json) } }",
            "@layer theme { a { background: url(images/none.svg) } }",
            "@layer theme { a { background: u\\72l(https://evil.example) } }",
            "@layer theme { a { background: image-set(\"https://evil.example/x\" 1x) } }",
            "@layer theme { .x { position: fixed } }",
            "@layer theme { .x { position:/**/fixed } }",
            "@layer theme { a { color: red }",
            "@layer theme { a { color: red } } }",
            "@layer theme { a::after { content: \"x } }",
            "@layer theme { /* }",
            "@layer other { a { color: red } }",
            "@layer theme, base;",
            "@charset \"utf-8\";",
            "@layer theme { @import \"x\"; }",
            "@layer theme { a { width: expression(alert(1)) } }",
            "@layer theme { a { behavior: url(images/x.htc) } }",
            "@layer theme { a { color: red } } </style>",
            "@layer theme { <!-- a { color: red } }",
            "@layer theme { .x { --p: fixed; position: var(--p) } }",
            "@layer theme { .x { position: var(--p, fixed) } }",
            "@layer theme { .x { position: FIXED !important } }",
            "@layer theme { .x { position: -webkit-sticky } }",
            "@layer theme { @keyframes x { from { position: fixed } } }",
            "@layer theme { .x { & .y { position: fixed } } }",
            "@layer theme { @media (width) { .x { position: fixed } } }",
            "@layer theme { .x { z-index: 2147483647 } }",
            "@layer theme { .x { z-index: var(--z) } }",
            "@layer theme { .x { unicode-bidi: bidi-override } }",
            "@layer theme { a:visited { color: red } }",
            "@layer theme { a:not(:visited) { color: red } }",
            "@layer theme { input[value^='a'] { background: url(images/leaf.svg) } }",
            "@layer theme { [name=token] { color: red } }",
            "@layer theme { a[href^='/reset'] { color: red } }",
            "@layer theme { :is([content]) { color: red } }",
            "@layer theme { input::-webkit-input-placeholder { color: red } }",
            "@layer theme { ::backdrop { display: none } }",
            "@layer theme { input:autofill { color: red } }",
            "@layer theme { @property --p { syntax: '*'; inherits: true; initial-value: fixed } }",
            "@layer theme { @namespace x 'y'; }",
            "@layer theme { @font-feature-values a { } }",
            "@layer theme { @page { margin: 0 } }",
            "@layer theme { @layer x { a { color: red } } }",
            "@layer theme { @scope (a) { a { color: red } } }",
            "@layer theme { a { color: env(x) } }",
            "@layer theme { a::after { content: attr(href) } }",
            "@layer theme { a { background: cross-fade(red, blue) } }",
            "@layer theme { a { background: -webkit-image-set('x' 1x) } }",
            "@layer theme { a { background: paint(x) } }",
            "@layer theme { a { color: if(style(--x): red) } }",
            "@layer theme { a { top: anchor(--x top) } }",
            "@layer theme { a { color: var(position) } }",
            "@layer theme { a { --x: url(images/leaf.svg) } }",
            "@layer theme { a { cursor: url(images/leaf.svg), auto } }",
            "@layer theme { a { all: unset } }",
            "@layer theme { a { anchor-name: --a } }",
            "@layer theme { a { -moz-binding: none } }",
            "@layer theme { a { src: url(images/leaf.svg) } }",
            "@layer theme { @font-face { position: fixed } }",
            "@layer theme { color: red }",
            "@layer theme { a { color: (red } }",
            "@layer theme { a { color: red) } }",
            "@layer theme { a[class { color: red } }",
            "@layer theme { a { color } }",
            "@layer theme { a { color: {red} } }",
            "@layer theme { a { --p: { position: fixed } } }",
            "@layer theme { @supports (background: url(//evil.example)) { a { color: red } } }",
            "@layer theme { @media (width) and evil(1) { a { color: red } } }",
            "@layer theme { svg|a { color: red } }",
            "@layer theme { a || b { color: red } }",
        ];

    [Theory, MemberData(nameof(RefusedStyles))]
    public void A_style_sheet_that_leaves_its_place_is_refused(string css)
    {
        using var folders = new ThemeFolders();
        using var store = folders.Child(("theme.css", css)).Store(host);
        Assert.Equal("test/theme.css", store.ErrorOf("test")?.File);
    }

    [Fact]
    public void A_refusal_says_line_and_reason()
    {
        using var folders = new ThemeFolders();
        using var store = folders
            .Child(("theme.css", "/* a\nb */\n@layer theme {\n  .x { color: red;\n    --p: fixed;\n    position: var(--p) }\n}"))
            .Store(host);
        var error = store.ErrorOf("test")!;
        Assert.Equal(6, error.Line);
        Assert.Contains("position takes one of these values", error.In(host.Services.GetRequiredService<IStringLocalizer>()));
    }

    [Theory]
    [
        InlineData("a:nth-child(4n + 5 of .x):not(:has(> :focus-visible)) > b ~ i::before { content: \"\\201C\" counter(x); }"),
        InlineData(
            "html[data-scheme=dark] :is([aria-current='page'], [lang|=ja], .ü-x) { color: light-dark(#fff, rgb(0 0 0 / 50%)) !important; }"
        )
    ]
    [
        InlineData(
            "@media (width >= 40rem) and (prefers-color-scheme: dark) { .x { & > li, &:hover { inset: 0; z-index: -1; position: sticky } } }"
        ),
        InlineData("@supports selector(:has(a)) { @container side (inline-size > 20rem) { a { color: red } } }")
    ]
    [
        InlineData(
            "@font-face { font-family: \"Own\"; src: url(fonts/own.woff2) format(\"woff2\"); unicode-range: U+26, U+3000-303F; font-display: swap }"
        ),
        InlineData("@keyframes turn { from, 50% { rotate: 0deg } to { transform: rotate(360deg) translateX(calc(1px * -2)) } }")
    ]
    [InlineData(
        ".x { --x-gap: calc(var(--space) * 2); margin: var(--x-gap, 1rem); background: linear-gradient(90deg, var(--color-brand), transparent) no-repeat, url(\"images/leaf.svg\"); grid-template-areas: \"a b\" \"c d\" }"
    )]
    public void What_brands_need_is_allowed(string rule)
    {
        using var folders = new ThemeFolders();
        using var store = folders
            .Child(("images/leaf.svg", "<svg/>"), ("fonts/own.woff2", "x"), ("theme.css", "@layer theme { " + rule + " }"))
            .Store(host);
        Assert.Null(store.ErrorOf("test")?.In(host.Services.GetRequiredService<IStringLocalizer>()));
    }

    [Fact]
    public void Addresses_in_a_style_sheet_lead_into_the_theme()
    {
        using var folders = new ThemeFolders();
        using var store = folders
            .Child(("images/leaf.svg", "<svg/>"), ("theme.css", "@layer theme { a { background: url('images/leaf.svg') } }"))
            .Store(host);
        Assert.Null(store.ErrorOf("test"));
        Assert.Contains("url(\"/themes/test/images/leaf.svg?v=", store.Get("test").Css);
    }

    public static TheoryData<string> RefusedTokens =>
        [
            """{ "color-brand": { "default": "red" } }""",
            """{ "color-brand": { "default": "#fff;}body{display:none" } }""",
            """{ "radius": { "default": "100px" } }""",
            """{ "nothing": { "type": "color", "default": "#ffffff" } }""",
            """{ "x-a": { "default": "#ffffff" } }""",
            """{ "x-a": { "type": "script", "default": "#ffffff" } }""",
            """{ "x-a": { "type": "image", "default": "images/none.svg" } }""",
            """{ "x-a}b": { "type": "color", "default": "#ffffff" } }""",
            """{ "x-a": { "type": "choice", "default": "a;b", "options": [{ "value": "a;b", "label": { "en": "A" } }] } }""",
            """{ "x-a": { "type": "choice", "default": "a", "options": 3 } }""",
            """{ "color-brand": 3 }""",
            """{ "x-a": { "type": "7", "default": "a" } }""",
        ];

    [Theory, MemberData(nameof(RefusedTokens))]
    public void A_token_with_a_wrong_value_is_refused(string tokens)
    {
        using var folders = new ThemeFolders();
        using var store = folders
            .Write("test/theme.json", $$"""{ "name": { "en": "Test" }, "parent": "plain", "contract": 1, "tokens": {{tokens}} }""")
            .Store(host);
        Assert.Equal("test/theme.json", store.ErrorOf("test")?.File);
    }

    [Theory]
    [
        InlineData("{"),
        InlineData("[]"),
        InlineData("{}"),
        InlineData("""{ "name": 3, "contract": 1 }"""),
        InlineData("""{ "name": { "en": "T" }, "contract": 2, "parent": "plain" }""")
    ]
    [
        InlineData("""{ "name": { "en": "T" }, "contract": 1, "parent": "test" }"""),
        InlineData("""{ "name": { "en": "T" }, "contract": 1, "parent": "../plain" }"""),
        InlineData("""{ "name": { "en": "T" }, "contract": 1 }""")
    ]
    public void A_theme_json_that_cannot_be_followed_is_refused(string json)
    {
        using var folders = new ThemeFolders();
        using var store = folders.Write("test/theme.json", json).Store(host);
        Assert.NotNull(store.ErrorOf("test"));
    }

    internal static FrameValues Values() =>
        new()
        {
            Lang = "en",
            Scheme = "auto",
            SiteName = "Site",
            SiteTagline = "Tagline",
            PageKind = "home",
            Nav = [new("Home", "/", true)],
            Member = new("Anna", "/account"),
            Languages = [new("en", "English", "/language/en", true), new("ja", "日本語", "/language/ja", false)],
            Tokens = new Dictionary<string, string>(),
            Words = new("Skip", "Menu", "Site"),
        };
}
