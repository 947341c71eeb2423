using System.Text;
using System.Text.RegularExpressions;

namespace Community.Tests.Attacks;

/// <summary>
/// What must hold of the rendering of any text whatever, and a maker of such texts. For the tests, and for <c>./bench fuzz</c>, which goes
/// on for as long as one likes.
/// </summary>
public static partial class MarkupProperties
{
    /// <summary>The HTML may be so many times as long as the text: a quotation inside a quotation is a sign and two elements.</summary>
    const int MaxGrowth = 64;

    static readonly (string Names, string Attributes)[] grammar =
    [
        ("p", """( class="code-name")?"""),
        ("h4|h5|h6|blockquote|details|summary|em|strong|del|table|thead|tbody|tr", ""),
        ("ul", """( class="long-numbers")?"""),
        ("ol", """( start="\d+")?( class="long-numbers")?"""),
        ("li", """( value="\d+")?"""),
        ("pre", """( tabindex="0")?"""),
        ("code", """( class="language-[a-z]+")?"""),
        ("th|td", """( class="(end|middle)")?( colspan="\d+")?"""),
        ("span", """ class="spoiler"( tabindex="0")?"""),
        ("a", """ href="(/(?![/\\])|https?://|mailto:|tel:)[^"\s<>]*"( rel="nofollow ugc noopener")?|"""
            + """ class="picture" href="/(files|themes)/[^"\s<>]*" """.TrimEnd()),
        ("img", """ src="/(files|themes)/[^"\s<>]*"( srcset="[^"<>]*" sizes="[^"<>]*")?( width="\d+" height="\d+")? alt="[^"<>]*" """
            .TrimEnd() + """ loading="lazy" """.TrimEnd()),
        ("hr|br", ""),
    ];

    static readonly Dictionary<string, Regex> attributes = grammar
        .SelectMany(g => g.Names.Split('|').Select(name => (name, new Regex($"^(?:{g.Attributes})$"))))
        .ToDictionary(g => g.name, g => g.Item2);

    /// <summary>What is wrong with the rendering of a text; null if nothing is.</summary>
    public static string? Fault(string text)
    {
        try
        {
            var html = Markup.ToHtml(text);
            if (Elements(html, out var fault) is null) return fault;
            if (Elements(Markup.ToMail(text, "#123456", "https://site.example/"), out fault, isMail: true) is null) return "mail: " + fault;
            if (html.Length > MaxGrowth * text.Length + 1000) return $"{html.Length} characters of {text.Length}";
            if (Markup.ToHtml(text) != html) return "not the same a second time";
            // What cleaning takes away was not seen before either.
            if (Markup.ToHtml(Characters.Legible(text)) != html) return "not the same without what is no character";
            if (Markup.ToHtml(text.ReplaceLineEndings("\n")) != Markup.ToHtml(text.ReplaceLineEndings("\r\n"))) return "line ends";
            foreach (var plain in new[] { Markup.ToText(text), Markup.ToWords(text), Markup.ToLine(text, 80) })
                if (!Characters.IsLegible(plain) || plain.Contains('\0')) return "plain text that no mail can hold";
            if (Markup.ToLine(text, 80).Contains('\n')) return "a line of two";
            if (Markup.ToHtmlAndLine(text, 80) != (html, Markup.ToLine(text, 80))) return "not the same if it is read once";
            if (text.Length > 0 && char.IsLetter(text[0]) && Markup.ToWords(text).Length == 0) return "a letter that is no word";
            foreach (var sign in AtSigns.In(text))
                if (text[sign.At] is not ('@' or '＠')) return $"no at sign at {sign.At}";
            _ = (Markup.IsTooDeep(text), Markup.Shows(text), Markup.Unlinked(text));
            return null;
        }
        catch (Exception error) when (error is not OutOfMemoryException) { return error.ToString(); }
    }

    /// <summary>The names of the elements of a rendering, in order; null with the fault if it is not what the renderer may write.</summary>
    public static List<string>? Elements(string html, out string? fault, bool isMail = false)
    {
        var (names, open, at) = (new List<string>(), new Stack<string>(), 0);
        fault = null;
        while (html.IndexOf('<', at) is >= 0 and var start)
        {
            if (!IsText(html.AsSpan(at, start - at))) return Wrong(at, out fault);
            var end = html.IndexOf('>', start);
            if (end < 0) return Wrong(start, out fault);
            var tag = html[(start + 1)..end];
            at = end + 1;
            if (tag.StartsWith('/'))
            {
                if (!open.TryPop(out var last) || last != tag[1..]) return Wrong(start, out fault);
                continue;
            }
            var name = tag.Split(' ')[0];
            var rest = isMail ? Style().Replace(tag[name.Length..], "") : tag[name.Length..];
            if (!attributes.TryGetValue(name, out var allowed) || !allowed.IsMatch(rest)) return Wrong(start, out fault);
            foreach (Match value in Value().Matches(rest))
                if (!IsText(value.Groups[1].ValueSpan)) return Wrong(start, out fault);
            // A browser would close the outer one.
            if (name is "a" or "p" && open.Contains(name)) return Wrong(start, out fault);
            names.Add(name);
            if (name is not ("br" or "hr" or "img")) open.Push(name);
        }
        if (open.Count > 0 || !IsText(html.AsSpan(at))) return Wrong(Math.Min(at, html.Length), out fault);
        return names;

        List<string>? Wrong(int where, out string fault)
        {
            fault = $"at {where}: {html[Math.Max(0, where - 60)..Math.Min(html.Length, where + 200)]}";
            return null;
        }
    }

    static bool IsText(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAny('>', '"', '\'') >= 0) return false;
        for (var i = text.IndexOf('&'); i >= 0; i = text.IndexOf('&'))
        {
            text = text[i..];
            if (!(text.StartsWith("&amp;") || text.StartsWith("&lt;") || text.StartsWith("&gt;") || text.StartsWith("&quot;")
                || text.StartsWith("&#39;")))
                return false;
            text = text[1..];
        }
        return true;
    }

    [GeneratedRegex(" style=\"[^\"<>]*\"")]
    private static partial Regex Style();
    [GeneratedRegex("=\"([^\"]*)\"")]
    private static partial Regex Value();

    static readonly string[] signs =
    [
        "*", "**", "***", "_", "__", "~~", "||", "`", "``", "```", "~~~", "[", "]", "](", ")", "(", "![", "<", ">", "\\", "#", "# ", "- ",
        "+ ", "1. ", "2026. ", "> ", ">>12", "|", "|-|", "|:-:|\n", "---", "===", "\n", "\n\n", "\r\n", "\r", "\t", " ",
        "    ", "  \n", ":",
        ":smile:", "@", "@Anna", "＠", "http://", "https://example.com/", "www.a.jp", "mailto:a@b.jp", "tel:+81", "//",
        "/files/", "/themes/x",
        "javascript:", "data:", "\"", "'", "&", "&amp;", "&#0;", "<script>", "</p>", "\0", "\u0001", "\u001b", "\u007f", "\u0085", "\u00a0",
        "\u00ad", "\u0301", "\u0335\u0336\u0337", "\u061c", "\u115f", "\u200b", "\u200d", "\u200e", "\u2028", "\u2029", "\u202e", "\u202a",
        "\u202c", "\u2066", "\u2067", "\u2069", "\u2800", "\u3000", "\u3099", "\u309a", "\ue0f0", "\ue0f1", "\ufeff", "\ufdd0", "\uffff",
        "\ufffe", "\ufffd", "\ud842", "\udfb7", "𠮷", "😀", "👨‍👩‍👧‍👦", "🏳️‍🌈", "\U000E0061", "日本語", "「", "」", "、", "。", "ﾊﾟ",
        "が", "ش", "א", "a", "Z",
        "0", "words ", "例え.jp", "\u1f80\u0345", "\u00df", "\ufb03", "\u0130", "\u212b",
    ];

    static readonly Lazy<string[]> known = new(() => [.. Vectors.All]);

    /// <summary>A text that nobody would write, of at most some thousands of characters.</summary>
    public static string Text(Random random)
    {
        var text = new StringBuilder();
        switch (random.Next(6))
        {
            case 0:
                for (var n = random.Next(1, 300); n > 0; n--) text.Append(Pick(random, signs));
                break;
            case 1:
                var most = random.Next(3) switch { 0 => 128, 1 => 0x3100, _ => 0x10000 };
                for (var n = random.Next(1, 200); n > 0; n--) text.Append((char)random.Next(most));
                break;
            case 2:
                text.Append(Unit(random)).Insert(0, text.ToString(), random.Next(1, 200));
                break;
            // Nested: an opening for each closing, and somewhere one too few.
            case 3:
                var (open, close) = Pick(random, pairs);
                var depth = random.Next(1, 400);
                text.Insert(0, open, depth).Append(Pick(random, signs)).Insert(text.Length, close, depth - random.Next(2));
                break;
            case 4:
                text.Append(Pick(random, known.Value));
                break;
            default:
                text.Append(Pick(random, known.Value)).Append(Pick(random, signs)).Append(Pick(random, known.Value));
                break;
        }
        for (var changes = random.Next(6); changes > 0 && text.Length > 0; changes--)
        {
            var at = random.Next(text.Length);
            _ = random.Next(4) switch
            {
                0 => text.Remove(at, Math.Min(random.Next(1, 9), text.Length - at)),
                1 => text.Insert(at, Pick(random, signs)),
                2 => text.Insert(at, text.ToString(at, Math.Min(random.Next(1, 40), text.Length - at))),
                _ => text.Replace(text[at], Pick(random, signs)[0], at, 1),
            };
        }
        return text.Length > 8000 ? text.ToString(0, 8000) : text.ToString();
    }

    /// <summary>Some signs that are to be repeated.</summary>
    public static string Unit(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => Pick(random, signs)));

    static readonly (string, string)[] pairs =
    [
        ("[", "](/x)"), ("![", "](/x)"), ("*a ", " a*"), ("**", "**"), ("||a ", " a||"), ("~~", "~~"), ("(", ")"), ("> ",
        "\n"), ("- ", "\n"),
        ("[a](", ")"), ("<", ">"), ("`", "`"), ("_a ", " a_"), ("[*", "*](/x)"), ("1. > ", "\n"), ("|", "|\n|-|\n"), ("「**", "**」"),
    ];

    static T Pick<T>(Random random, IReadOnlyList<T> of) => of[random.Next(of.Count)];

    /// <summary>The most of the thread's own time that four times the text may take, in times of the text's.</summary>
    const int MaxSlope = 8;
    const int Short = 20_000;

    /// <summary>What is wrong with the time that a repeated unit takes: it grows with the length, and with nothing else.</summary>
    public static string? Slow(string unit)
    {
        if (unit.Length == 0) return null;
        // The best of some tries: a collection of garbage, or the compiler, may come by.
        var (brief, full) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var tries = 0; tries < 5; tries++)
        {
            (brief, full) = (Min(brief, Taken(Repeated(unit, Short))), Min(full, Taken(Repeated(unit, 4 * Short))));
            if (full < TimeSpan.FromMilliseconds(200) || full < brief * MaxSlope) return null;
        }
        return $"{Short} characters take {brief.TotalMilliseconds} ms, {4 * Short} take {full.TotalMilliseconds}";
    }

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    static string Repeated(string unit, int length) => new StringBuilder().Insert(0, unit, Math.Max(1, length / unit.Length)).ToString();

    static TimeSpan Taken(string text) => Cpu.Of(() => _ = (Markup.ToHtml(text), Markup.ToLine(text, 100), AtSigns.In(text)));
}
