using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Community.Bulk;

namespace Community.Mailing;

/// <summary>
/// A content of a mailing as the engine gets it: pieces with places for each recipient's values, made from the very message that web
/// servers write. It is written once for a recipient whose values are marks; what stands between the marks is the same for everybody.
/// </summary>
sealed partial class EngineContent
{
    // Characters that are none in Unicode: no author and no member has typed them.
    const char Begin = '\uFDD0', End = '\uFDD1';

    [GeneratedRegex("\uFDD0([a-z0-9]+)\uFDD1|%EF%B7%90([a-z0-9]+)%EF%B7%91")]
    private static partial Regex Marks();

    /// <summary>What may be an address in plain text: it has one, or a field that may be one.</summary>
    [GeneratedRegex("""[^\s<>"]*(?:https?://|\uFDD0)[^\s<>"]*""", RegexOptions.IgnoreCase)]
    private static partial Regex Runs();

    /// <summary>The addresses in what stands at the end of a message that is tracked.</summary>
    [GeneratedRegex("""(?<=(?:href|src)=")[^"]+""")]
    private static partial Regex InFoot();

    // Places of the message: the key in the contract, and how a recipient's value is found.
    readonly Dictionary<string, Func<Recipient, MarkedLinks?, string>> values = new()
    {
        ["un"] = (to, _) => to.UnsubscribeUrl,
        ["vw"] = (to, _) => to.ViewUrl,
    };
    readonly HashSet<string> used = [];

    /// <summary>As it stands in the offer.</summary>
    public MailContent Content { get; }

    /// <param name="message">The mailing's message.</param>
    /// <param name="like">A recipient of its variant and language.</param>
    /// <param name="links">How that recipient's links are marked; null if links stay as they are.</param>
    public EngineContent(MailingMessage message, Recipient like, MarkedLinks? links)
    {
        var sample = like with { Values = new Marked(values), UnsubscribeUrl = Mark("un"), ViewUrl = Mark("vw") };
        sample = sample with { OneClickUrl = UnsubscribeLinks.OneClickOf(sample.UnsubscribeUrl) };
        var (text, html) = (message.Text(sample), message.Html(sample));
        if (links is not null)
        {
            var places = new Dictionary<(string, bool), string>();
            List<string> leads = [.. MarkedLinks.AddressesIn(html).Distinct()];
            html = MarkedLinks.Links.Replace(html, link =>
            {
                var url = WebUtility.HtmlDecode(link.Groups["url"].Value);
                return url == sample.UnsubscribeUrl || url == sample.ViewUrl || !url.Contains(Begin) && !IsWeb(url)
                    ? link.Value
                    : link.Groups["before"].Value + Place(url, isText: false);
            });
            text = Runs().Replace(text, run =>
                run.Value == sample.UnsubscribeUrl || run.Value == sample.ViewUrl ? run.Value : Place(run.Value, isText: true));
            html = MarkedLinks.AtEnd(html, Foot(links));

            string Place(string address, bool isText)
            {
                if (places.TryGetValue((address, isText), out var key)) return Mark(key);
                places[(address, isText)] = key = "l" + places.Count.ToString(CultureInfo.InvariantCulture);
                values[key] = (to, own) => isText
                    ? own!.Text(Filled(address, to), leads.Select(lead => Filled(lead, to)))
                    : own!.Of(Filled(address, to));
                return Mark(key);
            }
        }
        Content = new(
            Pieces(message.Subject(sample)),
            Pieces(text),
            Pieces(html),
            message.Headers(sample).ToDictionary(h => h.Name, IReadOnlyList<string> (h) => Pieces(h.Value))
        );
    }

    /// <summary>What stands in the places for a recipient.</summary>
    public IReadOnlyDictionary<string, string> ValuesOf(Recipient to, MarkedLinks? links)
    {
        var all = new Dictionary<string, string>(used.Count);
        foreach (var key in used)
            all[key] = key[^1] == 'e' && values.ContainsKey(key[..^1])
                ? Uri.EscapeDataString(values[key[..^1]](to, links))
                : values[key](to, links);
        return all;
    }

    static bool IsWeb(string url) => url.StartsWith("http", StringComparison.OrdinalIgnoreCase);

    static string Mark(string key) => $"{Begin}{key}{End}";

    // Each address at the end is a place: the rest of it is the same for all.
    string Foot(MarkedLinks links)
    {
        var n = 0;
        return InFoot().Replace(links.Foot, _ =>
        {
            var (at, key) = (n, "z" + n.ToString(CultureInfo.InvariantCulture));
            n++;
            values[key] = (_, own) => InFoot().Matches(own!.Foot)[at].Value;
            return Mark(key);
        });
    }

    string Filled(string pattern, Recipient to) =>
        Marks().Replace(pattern, m =>
            m.Groups[1].Success ? values[m.Groups[1].Value](to, null) : Uri.EscapeDataString(values[m.Groups[2].Value](to, null)));

    // Words, place, words, place, words.
    List<string> Pieces(string marked)
    {
        var (pieces, at) = (new List<string>(), 0);
        foreach (Match mark in Marks().Matches(marked))
        {
            // Within an address, a value is percent-encoded before it gets there.
            var key = mark.Groups[1].Success ? mark.Groups[1].Value : mark.Groups[2].Value + "e";
            used.Add(key);
            pieces.Add(marked[at..mark.Index]);
            pieces.Add(key);
            at = mark.Index + mark.Length;
        }
        pieces.Add(marked[at..]);
        return pieces;
    }

    /// <summary>Gives each field a mark instead of a value, and remembers how its value is found.</summary>
    sealed class Marked(Dictionary<string, Func<Recipient, MarkedLinks?, string>> values)
        : Dictionary<string, string>, IReadOnlyDictionary<string, string>
    {
        readonly Dictionary<string, string> keys = [];

        string IReadOnlyDictionary<string, string>.this[string key] => Of(key);
        bool IReadOnlyDictionary<string, string>.ContainsKey(string key) => true;

        bool IReadOnlyDictionary<string, string>.TryGetValue(string key, out string value)
        {
            value = Of(key);
            return true;
        }

        string Of(string field)
        {
            if (!keys.TryGetValue(field, out var key))
            {
                keys[field] = key = "f" + keys.Count.ToString(CultureInfo.InvariantCulture);
                values[key] = (to, _) => to.Values[field];
            }
            return Mark(key);
        }
    }
}
