using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Community.Boards;

/// <summary>
/// The texts of phpBB as Markdown. Code is taken out before anything else is read, so that tags and smilies within it stay as they were
/// typed. What no tag is translated to is dropped with its words kept.
/// </summary>
static partial class BbCode
{
    const int MaxDepth = 20;
    /// <summary>In milliseconds, for one expression over one text.</summary>
    const int MaxTime = 1000;

    /// <summary>What was typed, of what phpBB stores: XML since 3.2, before that HTML with a mark in each tag.</summary>
    public static string Typed(string stored, string uid)
    {
        try { return Without(stored, uid); }
        catch (RegexMatchTimeoutException) { return WebUtility.HtmlDecode(stored); }
    }

    static string Without(string stored, string uid)
    {
        if (stored.StartsWith("<r>", StringComparison.Ordinal) || stored.StartsWith("<t>", StringComparison.Ordinal))
            // The tags as they were typed stand in <s> and <e>: without the elements, the text is what it was.
            return WebUtility.HtmlDecode(Element().Replace(stored, ""));
        var text = stored;
        if (uid.Length > 0)
            text = Regex.Replace(
                text,
                $@"(?::[a-z]+|:\d)?:{Regex.Escape(uid)}(?=[\]=\s])",
                "",
                RegexOptions.None,
                TimeSpan.FromMilliseconds(MaxTime)
            );
        text = Smiley().Replace(text, m => m.Groups[1].Value);
        text = Link()
            .Replace(text, m => m.Groups[1].Value.StartsWith("mailto:", StringComparison.Ordinal) ? m.Groups[2].Value : m.Groups[1].Value);
        text = Inline().Replace(text, m => m.Groups[1].Value);
        text = Break().Replace(text, "\n");
        // Code of PHP was stored in colours.
        text = Syntax().Replace(text, "").Replace("&nbsp;", " ", StringComparison.Ordinal);
        return WebUtility.HtmlDecode(text);
    }

    /// <summary>Markdown of what was typed.</summary>
    /// <param name="typed">With BBCode.</param>
    /// <param name="file">The Markdown of the attachment with this number, counted as phpBB does; null if there is none.</param>
    public static string ToMarkdown(string typed, Func<int, string?> file)
    {
        try { return Read(typed, file); }
        // Thousands of tags that are never closed: nobody reads that as more than words.
        catch (RegexMatchTimeoutException) { return MailText.ToMarkdown(typed); }
    }

    static string Read(string typed, Func<int, string?> file)
    {
        var kept = new List<string>();
        string Keep(string markdown)
        {
            kept.Add(markdown);
            return $"\uE000{kept.Count - 1}\uE001";
        }
        // Signs of our own in a text would be taken for places of what is kept.
        var text = typed.Replace("\uE000", "").Replace("\uE001", "").ReplaceLineEndings("\n");
        text = Code().Replace(text, m => "\n" + Keep(Fenced(m.Groups[1].Value.Trim('\n'))) + "\n");
        text = Attached()
            .Replace(
                text,
                m => int.TryParse(m.Groups[1].Value, out var number) && file(number) is { } found ? Keep(found) : m.Groups[2].Value
            );
        text = Image().Replace(text, m => Keep($"![]({Address(m.Groups[1].Value)})"));
        text = Url().Replace(text, m => m.Groups[1].Value);
        text = Nested(text, Keep);
        text = Item().Replace(text, _ => "\n" + Keep("- "));
        text = Quotations(text);
        text = Other().Replace(text, "");
        text = MailText.ToMarkdown(text);
        return Kept()
            .Replace(text, m => Within(text, m.Index, kept[int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)]))
            .Trim('\n');
    }

    /// <summary>What stands between two tags, as places of the text without them. No two of them cross.</summary>
    /// <param name="Tag">The tag.</param>
    /// <param name="Start">Where it begins.</param>
    /// <param name="Depth">In how many others it stands.</param>
    /// <param name="Opens">What Markdown has in place of the tag; empty for nothing.</param>
    /// <param name="Closes">What it has in place of the one that closes it.</param>
    sealed record Stretch(string Tag, int Start, int Depth, string Opens, string Closes)
    {
        public int End { get; set; }
    }

    static (string Opens, string Closes) SignsOf(string tag, string value) => tag switch
    {
        "b" => ("**", "**"),
        "i" => ("*", "*"),
        "s" => ("~~", "~~"),
        "url" when Address(value) is { Length: > 0 } address => ("[", $"]({address})"),
        "email" when value.Contains('@') && Address("mailto:" + value) is { Length: > 0 } address => ("[", $"]({address})"),
        _ => ("", ""),
    };

    /// <summary>
    /// The text with Markdown's signs for bold, italic, struck out and links. Tags that cross are closed with the one around them, one that
    /// is never closed is dropped, and what goes over paragraphs or quotations is marked in each.
    /// </summary>
    static string Nested(string typed, Func<string, string> keep)
    {
        var (text, all, open, at) = (new StringBuilder(typed.Length), new List<Stretch>(), new List<Stretch>(), 0);
        foreach (Match match in Pair().Matches(typed))
        {
            text.Append(typed, at, match.Index - at);
            at = match.Index + match.Length;
            var tag = match.Groups["tag"].Value.ToLowerInvariant();
            if (!match.Groups["closes"].Success)
            {
                // Deeper than anybody means: the words alone.
                var (opens, closes) = SignsOf(tag, match.Groups["value"].Value);
                // Bold within bold is bold.
                if (open.Exists(o => o.Tag == tag)) (opens, closes) = ("", "");
                if (open.Count < MaxDepth) open.Add(new(tag, text.Length, open.Count, opens, closes));
            }
            else if (open.FindLastIndex(o => o.Tag == tag) is >= 0 and var first)
            {
                foreach (var inner in open[first..]) inner.End = text.Length;
                all.AddRange(open[first..].Where(o => o.Opens.Length > 0));
                open.RemoveRange(first, open.Count - first);
            }
        }
        var plain = text.Append(typed, at, typed.Length - at).ToString();
        all.Sort((a, b) => a.Start.CompareTo(b.Start));
        return all.Count == 0 ? plain : Signed(plain, all, keep);
    }

    static string Signed(string plain, List<Stretch> all, Func<string, string> keep)
    {
        var (signs, here, from, next) = (new List<(int Place, bool Opens, Stretch Of)>(), new List<Stretch>(), 0, 0);
        foreach (var block in Blocks().Matches(plain).Select(m => (m.Index, m.Length)).Append((Index: plain.Length, Length: 0)))
        {
            while (next < all.Count && all[next].Start < block.Index) here.Add(all[next++]);
            here.RemoveAll(s => s.End <= from);
            foreach (var stretch in here)
            {
                var (start, end) = (Math.Max(stretch.Start, from), Math.Min(stretch.End, block.Index));
                // Markdown knows no sign beside a blank.
                while (start < end && char.IsWhiteSpace(plain[start])) start++;
                while (start < end && char.IsWhiteSpace(plain[end - 1])) end--;
                if (start >= end) continue;
                signs.Add((start, true, stretch));
                signs.Add((end, false, stretch));
            }
            from = block.Index + block.Length;
        }
        var (marked, at) = (new StringBuilder(plain.Length + signs.Count * 8), 0);
        foreach (var (place, opens, of) in signs.OrderBy(s => s.Place).ThenBy(s => s.Opens)
            .ThenBy(s => s.Opens ? s.Of.Depth : -s.Of.Depth))
        {
            marked.Append(plain, at, place - at).Append(keep(opens ? of.Opens : of.Closes));
            at = place;
        }
        return marked.Append(plain, at, plain.Length - at).ToString();
    }

    /// <summary>Lines of what is kept get the signs of the quotation in which its place is.</summary>
    internal static string Within(string text, int at, string kept)
    {
        var before = text.AsSpan(text.AsSpan(0, at).LastIndexOf('\n') + 1);
        before = before[..(at - (text.Length - before.Length))];
        return before.Length > 0 && before.IndexOfAnyExcept('>', ' ') < 0 ? kept.Replace("\n", "\n" + before.ToString()) : kept;
    }

    /// <summary>The innermost first, each line with a sign before it.</summary>
    static string Quotations(string text)
    {
        for (var depth = 0; depth < MaxDepth; depth++)
        {
            var once = Quote().Replace(text, m =>
            {
                var lines = m.Groups[2].Value.Trim('\n').Split('\n').Select(l => l.StartsWith('>') ? ">" + l : "> " + l);
                var whose = m.Groups[1].Value.Trim('"', ' ');
                return "\n" + (whose.Length > 0 ? $"> {whose}:\n>\n" : "") + string.Join('\n', lines) + "\n\n";
            });
            if (once == text) break;
            text = once;
        }
        return text;
    }

    internal static string Fenced(string code)
    {
        var fence = "```";
        while (code.Contains(fence, StringComparison.Ordinal)) fence += "`";
        return $"{fence}\n{code}\n{fence}";
    }

    static string Address(string typed) => typed.Trim().Trim('"') is var bare
        && (bare.StartsWith("www.", StringComparison.OrdinalIgnoreCase) ? "http://" + bare : bare) is var address
        && Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "mailto"
            ? address.Replace("(", "%28").Replace(")", "%29").Replace(" ", "%20").Replace("<", "%3C").Replace(">", "%3E")
            : "";

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Element();

    [GeneratedRegex(@"<!-- s(.*?) --><img [^>]*><!-- s.*? -->", RegexOptions.None, MaxTime)]
    private static partial Regex Smiley();

    [GeneratedRegex(@"<!-- [lmwe] --><a [^>]*href=""([^""]*)""[^>]*>(.*?)</a><!-- [lmwe] -->", RegexOptions.None, MaxTime)]
    private static partial Regex Link();

    [GeneratedRegex(@"<!-- ia\d+ -->(.*?)<!-- ia\d+ -->", RegexOptions.None, MaxTime)]
    private static partial Regex Inline();

    [GeneratedRegex(@"<span class=""syntax[a-z]*"">|</span>")]
    private static partial Regex Syntax();

    [GeneratedRegex(@"<br ?/?>\n?")]
    private static partial Regex Break();

    [GeneratedRegex(@"\[code(?:=[^\]]*)?\](.*?)\[/code\]", RegexOptions.Singleline | RegexOptions.IgnoreCase, MaxTime)]
    private static partial Regex Code();

    [GeneratedRegex(@"\[attachment=(\d+)\](.*?)\[/attachment\]", RegexOptions.Singleline | RegexOptions.IgnoreCase, MaxTime)]
    private static partial Regex Attached();

    [GeneratedRegex(@"\[img\]\s*(https?://[^\]\s]+?)\s*\[/img\]", RegexOptions.IgnoreCase)]
    private static partial Regex Image();

    [GeneratedRegex(@"\[url\](.*?)\[/url\]", RegexOptions.Singleline | RegexOptions.IgnoreCase, MaxTime)]
    private static partial Regex Url();

    [GeneratedRegex(
        @"\[(?:(?<closes>/)(?<tag>b|i|s|url|email)|(?<tag>b|i|s)|(?<tag>url|email)=(?<value>[^\]\n]+))\]", RegexOptions.IgnoreCase)]
    private static partial Regex Pair();

    // What ends a paragraph: an empty line, a quotation, an item, code on its own line.
    [GeneratedRegex(
        "\\n[ \\t]*\\n|\\[/?(?:quote|list)(?:[=\\s][^\\]]*)?\\]|\\[/?\\*\\]|\\n\uE000\\d+\uE001\\n", RegexOptions.IgnoreCase)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\n?\[\*\]\s*", RegexOptions.IgnoreCase)]
    private static partial Regex Item();

    [GeneratedRegex(
        @"\[quote(?:=((?:""[^""]*"")|[^\]]*?)(?:\s+(?:post_id|time|user_id|msg_id)=[^\]]*)?)?\]((?:(?!\[quote[=\]\s]).)*?)\[/quote\]\n*",
        RegexOptions.Singleline | RegexOptions.IgnoreCase,
        MaxTime
    )]
    private static partial Regex Quote();

    [GeneratedRegex(
        @"\[/?(?:b|i|u|s|size|color|font|list|\*|/\*|quote|email|flash|img|url|align|center|left|right|sub|sup)(?:=[^\]]*)?\]",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Other();

    [GeneratedRegex("\uE000(\\d+)\uE001")]
    private static partial Regex Kept();
}
