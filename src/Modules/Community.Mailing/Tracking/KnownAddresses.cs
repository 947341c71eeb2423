using System.Globalization;
using System.Text;

namespace Community.Mailing;

/// <summary>
/// Finds known addresses in plain text. A value may be nothing but addresses, so what is looked at for each does not grow with the text.
/// </summary>
sealed class KnownAddresses
{
    /// <summary>Signs of a sentence behind an address that ends.</summary>
    const string Signs = ".,;:!?]}>'*_~";
    /// <summary>HTML and plain text may write these in two ways; other scripts, too.</summary>
    const string Escaped = "`{}|^'";

    readonly string text;
    /// <summary>Those with path, query or fragment by what stands before it, the longest first.</summary>
    readonly Dictionary<string, string[]> withPath;
    readonly HashSet<string> hosts;
    readonly int longest;
    /// <summary>Signs that were looked through last, and whether an address may end before them.</summary>
    (int From, int To, bool MayEnd) signs;

    /// <param name="text">The plain text.</param>
    /// <param name="leads">The addresses, as HTML has them.</param>
    public KnownAddresses(string text, IEnumerable<string> leads)
    {
        this.text = text;
        var forms = leads.Select(Form).Distinct().ToLookup(form => EndOfHostIn(form, 0, form.Length) < form.Length);
        withPath = forms[true].GroupBy(form => form[..EndOfHostIn(form, 0, form.Length)])
            .ToDictionary(host => host.Key, host => host.OrderByDescending(form => form.Length).ToArray());
        hosts = [.. forms[false]];
        longest = withPath.Keys.Concat(hosts).Select(form => form.Length).DefaultIfEmpty().Max();
    }

    /// <summary>Where the longest known address ends that begins here; null if there is none.</summary>
    public int? EndFrom(int start)
    {
        // A form is never shorter than what was typed.
        var host = EndOfHostIn(text, start, Math.Min(text.Length, start + longest + 1));
        return EndOfPath(start, host) ?? EndOfHost(start, host);
    }

    int? EndOfPath(int start, int host)
    {
        if (host == text.Length || !withPath.TryGetValue(Form(text[start..host]), out var all)) return null;
        foreach (var one in all)
            if (EndOf(one, EndOfHostIn(one, 0, one.Length), host) is { } end && MayEndAt(end)) return end;
        return null;
    }

    /// <summary>Where the text ends that is a known address from a place on; null if it is another.</summary>
    int? EndOf(string known, int place, int at)
    {
        Span<char> form = stackalloc char[MaxForm];
        while (place < known.Length)
        {
            if (at == text.Length || !IsOfRun(text[at])) return null;
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            var written = form[..Write(rune, form)];
            if (!known.AsSpan(place).StartsWith(written)) return null;
            (place, at) = (place + written.Length, at + length);
        }
        return at;
    }

    int? EndOfHost(int start, int end)
    {
        for (; hosts.Count > 0 && end > start; end--)
            if (MayEndAt(end) && hosts.Contains(Form(text[start..end]))) return end;
        return null;
    }

    /// <summary>
    /// Whether an address may end here: behind it stand signs of a sentence, and then nothing, another script or its bracket.
    /// </summary>
    bool MayEndAt(int at)
    {
        var to = at;
        while (to < text.Length && Signs.Contains(text[to]))
        {
            if (to >= signs.From && to < signs.To)
            {
                signs.From = at;
                return signs.MayEnd;
            }
            to++;
        }
        var mayEnd = to == text.Length || !IsOfRun(text[to]) || text[to] is ')' or > '\x7F';
        if (to > at) signs = (at, to, mayEnd);
        return mayEnd;
    }

    static bool IsOfRun(char c) => !char.IsWhiteSpace(c) && c is not ('<' or '>' or '"');

    /// <summary>Where path, query or fragment begins, or the address ends.</summary>
    static int EndOfHostIn(string url, int start, int end)
    {
        var at = url.IndexOf("//", start, end - start, StringComparison.Ordinal) + 2;
        if (at < 2) return end;
        while (at < end && url[at] is not ('/' or '?' or '#') && IsOfRun(url[at])) at++;
        return at;
    }

    /// <summary>Written in one way, and as long as it can be.</summary>
    static string Form(string url)
    {
        var form = new StringBuilder();
        Span<char> written = stackalloc char[MaxForm];
        foreach (var rune in TrackingEndpoints.InHeader(url).EnumerateRunes()) form.Append(written[..Write(rune, written)]);
        return form.ToString();
    }

    /// <summary>Four octets, each as a sign and two digits.</summary>
    const int MaxForm = 12;

    static int Write(Rune rune, Span<char> form)
    {
        if (rune.IsAscii && rune.Value is > 0x20 and < 0x7F && !Escaped.Contains((char)rune.Value))
        {
            form[0] = (char)rune.Value;
            return 1;
        }
        Span<byte> octets = stackalloc byte[4];
        var length = rune.EncodeToUtf8(octets);
        for (var i = 0; i < length; i++)
        {
            form[3 * i] = '%';
            octets[i].TryFormat(form[(3 * i + 1)..], out _, "X2", CultureInfo.InvariantCulture);
        }
        return 3 * length;
    }
}
