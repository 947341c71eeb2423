using System.Text.RegularExpressions;

namespace Community.Themes;

/// <summary>
/// Parses a sheet as a browser does and accepts only listed at-rules, selectors, properties and functions (docs/theming.md).
/// Properties restricted to certain values do not accept var(): <c>--p: fixed; position: var(--p)</c> would be fixed.
/// </summary>
/// <param name="css">Without comments and escapes; strings are empty, addresses are <c>url()</c>. Lines are those of the file.</param>
sealed partial class StyleGrammar(string css)
{
    static readonly HashSet<string> states = Listed("""
        active any-link checked default dir disabled empty enabled first-child first-of-type focus focus-visible focus-within has hover in-range indeterminate invalid is lang last-child
        last-of-type link not nth-child nth-last-child nth-last-of-type nth-of-type only-child only-of-type open optional out-of-range required root target target-within user-invalid user-valid valid where
        """
    );
    static readonly HashSet<string> parts = Listed(
        "after before details-content file-selector-button first-letter first-line marker placeholder selection"
    );

    // None that can contain user input or link targets.
    static readonly HashSet<string> attributes = Listed("class dir disabled hidden id lang open role type data-scheme");

    static readonly HashSet<string> functions = Listed("""
        abs blur brightness calc circle clamp color color-mix conic-gradient contrast counter counters cubic-bezier drop-shadow ellipse fit-content grayscale hsl hsla hue-rotate hwb inset invert
        lab lch light-dark linear linear-gradient matrix max min minmax oklab oklch opacity perspective polygon radial-gradient repeat repeating-conic-gradient repeating-linear-gradient
        repeating-radial-gradient rgb rgba rotate rotatex rotatey rotatez round saturate scale scalex scaley sepia skew skewx skewy steps translate translatex translatey url var
        """);

    static readonly HashSet<string> properties = Listed("""
        accent-color align-content align-items align-self animation animation-delay animation-direction animation-duration animation-fill-mode animation-iteration-count animation-name
        animation-play-state animation-timing-function appearance aspect-ratio backdrop-filter backface-visibility background background-attachment background-blend-mode background-clip
        background-color background-image background-origin background-position background-position-x background-position-y background-repeat background-size block-size border border-block
        border-block-color border-block-end border-block-end-color border-block-end-style border-block-end-width border-block-start border-block-start-color border-block-start-style
        border-block-start-width border-block-style border-block-width border-bottom border-bottom-color border-bottom-left-radius border-bottom-right-radius border-bottom-style
        border-bottom-width border-collapse border-color border-end-end-radius border-end-start-radius border-image border-image-outset border-image-repeat border-image-slice
        border-image-source border-image-width border-inline border-inline-color border-inline-end border-inline-end-color border-inline-end-style border-inline-end-width border-inline-start
        border-inline-start-color border-inline-start-style border-inline-start-width border-inline-style border-inline-width border-left border-left-color border-left-style border-left-width
        border-radius border-right border-right-color border-right-style border-right-width border-spacing border-start-end-radius border-start-start-radius border-style border-top
        border-top-color border-top-left-radius border-top-right-radius border-top-style border-top-width border-width bottom box-decoration-break box-shadow box-sizing break-after break-before
        break-inside caption-side caret-color clear clip-path color color-scheme column-count column-fill column-gap column-rule column-rule-color column-rule-style column-rule-width column-span
        column-width columns contain container container-name container-type content counter-increment counter-reset cursor display empty-cells filter flex flex-basis flex-direction flex-flow
        flex-grow flex-shrink flex-wrap float font font-family font-feature-settings font-kerning font-optical-sizing font-palette font-size font-size-adjust font-stretch font-style
        font-synthesis font-variant font-variant-caps font-variant-east-asian font-variant-ligatures font-variant-numeric font-variation-settings font-weight gap grid grid-area
        grid-auto-columns grid-auto-flow grid-auto-rows grid-column grid-column-end grid-column-start grid-row grid-row-end grid-row-start grid-template grid-template-areas grid-template-columns
        grid-template-rows hanging-punctuation height hyphens inline-size inset inset-block inset-block-end inset-block-start inset-inline inset-inline-end inset-inline-start isolation
        justify-content justify-items justify-self left letter-spacing line-break line-height list-style list-style-image list-style-position list-style-type margin margin-block margin-block-end
        margin-block-start margin-bottom margin-inline margin-inline-end margin-inline-start margin-left margin-right margin-top mask mask-image mask-position mask-repeat mask-size
        max-block-size max-height max-inline-size max-width min-block-size min-height min-inline-size min-width mix-blend-mode object-fit object-position opacity order orphans outline
        outline-color outline-offset outline-style outline-width overflow overflow-block overflow-clip-margin overflow-inline overflow-wrap overflow-x overflow-y overscroll-behavior padding
        padding-block padding-block-end padding-block-start padding-bottom padding-inline padding-inline-end padding-inline-start padding-left padding-right padding-top perspective
        perspective-origin place-content place-items place-self pointer-events position print-color-adjust quotes resize right rotate row-gap ruby-align ruby-position scale scroll-behavior
        scroll-margin-block scroll-margin-block-start scroll-padding-block scroll-padding-block-start scrollbar-color scrollbar-gutter scrollbar-width shape-outside tab-size table-layout
        text-align text-align-last text-autospace text-box text-combine-upright text-decoration text-decoration-color text-decoration-line text-decoration-skip-ink text-decoration-style
        text-decoration-thickness text-emphasis text-emphasis-color text-emphasis-position text-emphasis-style text-indent text-justify text-orientation text-overflow text-rendering text-shadow
        text-spacing-trim text-transform text-underline-offset text-underline-position text-wrap text-wrap-style top touch-action transform transform-origin transition
        transition-behavior transition-delay transition-duration transition-property transition-timing-function translate unicode-bidi user-select vertical-align visibility white-space
        widows width will-change word-break word-spacing writing-mode z-index zoom -webkit-backdrop-filter -webkit-font-smoothing -moz-osx-font-smoothing -webkit-hyphens -webkit-text-size-adjust
        """);

    static readonly HashSet<string> fontFace = Listed(
        "ascent-override descent-override font-display font-family font-feature-settings font-stretch font-style font-weight line-gap-override size-adjust src unicode-range"
    );

    /// <summary>Properties restricted to these literal values.</summary>
    static readonly Dictionary<string, (Regex Form, string Values)> strict = new()
    {
        ["position"] = (Position(), "static, relative, absolute, sticky"),
        ["z-index"] = (Order(), "auto, –9 … 99"),
        ["pointer-events"] = (Pointer(), "auto, none"),
        ["unicode-bidi"] = (Bidi(), "normal, embed, isolate, plaintext"),
    };

    static readonly HashSet<string> pictures = Listed(
        "background background-image border-image border-image-source content list-style list-style-image mask mask-image"
    );

    int at;

    static HashSet<string> Listed(string words) => [.. words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];

    BrokenTheme Refused(string text, params object[] arguments) => new("theme.css", BrokenTheme.LineAt(css, at), text, arguments);
    BrokenTheme Refused(int place, string text, params object[] arguments) { at = place; return Refused(text, arguments); }

    /// <exception cref="BrokenTheme">Something is not on a list, or cannot be parsed.</exception>
    public void Check()
    {
        for (Space(); at < css.Length; Space())
        {
            // The layer's name was already checked.
            at = Ahead('{') + 1;
            Rules(inRule: false);
            at++;
        }
    }

    void Space() { while (at < css.Length && char.IsWhiteSpace(css[at])) at++; }

    /// <summary>The next character that ends a prelude or a value outside brackets.</summary>
    int Ahead(char? wanted = null)
    {
        var open = new Stack<char>();
        for (var i = at; i < css.Length; i++)
        {
            var c = css[i];
            if (c is '(' or '[') open.Push(c == '(' ? ')' : ']');
            else if (c is ')' or ']') { if (!open.TryPop(out var closes) || closes != c) throw Refused(i, "themes.broken.css.open", c); }
            else if (c is '{' or '}' or ';')
            {
                if (open.Count > 0 || (wanted is { } w && w != c)) throw Refused(i, "themes.broken.css.form", Excerpt(at, i + 1));
                return i;
            }
        }
        throw Refused("themes.broken.css.open", Excerpt(at, css.Length));
    }

    string Excerpt(int from, int to) => css[from..Math.Min(to, from + 60)].Trim().Split('\n')[0];

    /// <summary>The content of a block up to its closing brace.</summary>
    void Rules(bool inRule)
    {
        for (Space(); css[at] != '}'; Space())
        {
            if (css[at] == ';') { at++; continue; }
            if (css[at] == '@') { AtRule(inRule); continue; }
            var end = Ahead();
            if (css[end] == '{')
            {
                Selector(end);
                at = end + 1;
                Rules(inRule: true);
                at++;
            }
            else if (inRule) Declaration(end, properties);
            else throw Refused("themes.broken.css.form", Excerpt(at, end));
        }
    }

    void AtRule(bool inRule)
    {
        var name = AtName().Match(css, at).Groups[1].Value.ToLowerInvariant();
        var begin = at;
        at += name.Length + 1;
        switch (name)
        {
            case "media" or "supports" or "container" or "starting-style":
                var end = Ahead('{');
                if (
                    Condition().Match(css[at..end]) is not { Success: true }
                    || Functions(at, end)
                        .FirstOrDefault(f =>
                            f.Name is not ("selector" or "style" or "calc" or "and" or "or" or "not") && !states.Contains(f.Name)
                        )
                        is { Name: not null }
                )
                    throw Refused(begin, "themes.broken.css.rule", Excerpt(begin, end));
                at = end + 1;
                Rules(inRule);
                at++;
                return;
            case "keyframes":
                var opens = Ahead('{');
                if (!Ident().IsMatch(css[at..opens].Trim())) throw Refused(begin, "themes.broken.css.rule", Excerpt(begin, opens));
                at = opens + 1;
                for (Space(); css[at] != '}'; Space())
                {
                    var step = Ahead('{');
                    if (!Step().IsMatch(css[at..step].Trim())) throw Refused("themes.broken.css.selector", Excerpt(at, step));
                    at = step + 1;
                    Declarations(properties);
                }
                at++;
                return;
            case "font-face":
                if (Ahead('{') is var face && css[at..face].Trim().Length > 0)
                    throw Refused("themes.broken.css.rule", Excerpt(begin, face));
                at = face + 1;
                Declarations(fontFace);
                return;
            default: throw Refused(begin, "themes.broken.css.rule", "@" + name);
        }
    }

    void Declarations(HashSet<string> allowed)
    {
        for (Space(); css[at] != '}'; Space())
            if (css[at] == ';') at++;
            else if (css[Ahead()] == '{') throw Refused("themes.broken.css.form", Excerpt(at, Ahead()));
            else Declaration(Ahead(), allowed);
        at++;
    }

    void Declaration(int end, HashSet<string> allowed)
    {
        if (Property().Match(css, at) is not { Success: true } written || written.Index + written.Length > end)
            throw Refused("themes.broken.css.form", Excerpt(at, end));
        var (property, from) = (written.Groups[1].Value.ToLowerInvariant(), written.Index + written.Length);
        var isOwn = OwnProperty().IsMatch(written.Groups[1].Value);
        if (!isOwn && !allowed.Contains(property)) throw Refused("themes.broken.css.property", written.Groups[1].Value);
        var value = Important().Replace(css[from..end].Trim(), "").Trim();
        if (value.AsSpan().IndexOfAny("@!") >= 0)
            throw Refused("themes.broken.css.form", Excerpt(at, end));
        if (strict.TryGetValue(property, out var few) && !few.Form.IsMatch(value))
            throw Refused("themes.broken.css.strict", property, few.Values);
        foreach (var (name, place) in Functions(from, end))
        {
            if (!(functions.Contains(name) || (name is "format" or "tech" && property == "src")))
                throw Refused(place, "themes.broken.css.function", name + "()");
            if (name == "url" && property != "src" && !pictures.Contains(property))
                throw Refused(place, "themes.broken.css.function.in", name + "()", property);
            if (name == "var" && !Variable().IsMatch(css, place))
                throw Refused(place, "themes.broken.css.function", Excerpt(place, end));
        }
        at = end;
    }

    IEnumerable<(string Name, int Place)> Functions(int from, int end)
    {
        for (var m = Function().Match(css, from); m.Success && m.Index < end; m = m.NextMatch())
            if (m.Groups[1].Length > 0) yield return (m.Groups[1].Value.ToLowerInvariant(), m.Index);
    }

    void Selector(int end)
    {
        for (var begin = at; at < end;)
        {
            var token = SelectorToken().Match(css, at);
            if (!token.Success || at + token.Length > end)
                throw Refused("themes.broken.css.selector", Excerpt(begin, end));
            var (kind, name) = (
                token.Groups[1].Value + token.Groups[3].Value,
                (token.Groups[2].Value + token.Groups[4].Value).ToLowerInvariant()
            );
            var fine = kind switch
            {
                ":" => states.Contains(name),
                "::" => parts.Contains(name),
                "[" => attributes.Contains(name) || name.StartsWith("aria-", StringComparison.Ordinal),
                _ => true,
            };
            if (!fine)
                throw Refused("themes.broken.css.selector", token.Value);
            at += token.Length;
        }
    }

    [GeneratedRegex(@"\G@([a-zA-Z-]+)")]
    private static partial Regex AtName();

    [GeneratedRegex(@"^[\w\s(),.:%/*+<>=-]*\z")]
    private static partial Regex Condition();

    [GeneratedRegex(@"^[a-zA-Z_][\w-]*\z")]
    private static partial Regex Ident();

    [GeneratedRegex(@"^(?:from|to|[0-9.]+%)(?:\s*,\s*(?:from|to|[0-9.]+%))*\z")]
    private static partial Regex Step();

    [GeneratedRegex(@"\G\s*(-{0,2}[a-zA-Z][\w-]*)\s*:")]
    private static partial Regex Property();

    [GeneratedRegex(@"^--[a-z][a-z0-9-]*\z")]
    private static partial Regex OwnProperty();

    [GeneratedRegex(@"!\s*important\z", RegexOptions.IgnoreCase)]
    private static partial Regex Important();

    [GeneratedRegex(@"([^\s(),:;/*+{}!""']*)\(")]
    private static partial Regex Function();

    [GeneratedRegex(@"\Gvar\(\s*--[a-z][a-z0-9-]*\s*[,)]", RegexOptions.IgnoreCase)]
    private static partial Regex Variable();

    [GeneratedRegex(
        """\G(?:(::?)([a-z-]+)\(?|(\[)\s*([a-z-]+)\s*(?:[~|^$*]?=\s*(?:""|[\w-]+)\s*[is]?\s*)?\]|[.#]?[\w-]+|[\s*&>+~,)]|"")""",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex SelectorToken();
    [GeneratedRegex("^(?:static|relative|absolute|sticky)$", RegexOptions.IgnoreCase)] private static partial Regex Position();
    [GeneratedRegex("^(?:auto|-?[0-9]|[0-9]{2})$", RegexOptions.IgnoreCase)] private static partial Regex Order();
    [GeneratedRegex("^(?:auto|none)$", RegexOptions.IgnoreCase)] private static partial Regex Pointer();
    [GeneratedRegex("^(?:normal|embed|isolate|plaintext)$", RegexOptions.IgnoreCase)] private static partial Regex Bidi();
}
