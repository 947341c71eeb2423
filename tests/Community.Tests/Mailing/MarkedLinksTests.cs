using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Community.Mailing;

namespace Community.Tests.Mailing;

/// <summary>The plain text of a message, with the addresses marked to which its HTML leads.</summary>
public sealed partial class MarkedLinksTests
{
    static readonly MarkedLinks links = new(url => $"<{url}>", "");

    [Theory]
    [
        InlineData("see https://a.example/x.", "see <https://a.example/x>."),
        InlineData("https://a.example/x)https://a.example/x", "<https://a.example/x>)<https://a.example/x>"),
        InlineData("https://a.example/xをどうぞ", "<https://a.example/x>をどうぞ"),
        InlineData("https://a.example/x/y https://a.example/xy", "<https://a.example/x/y> https://a.example/xy"),
        InlineData("https://a.example.", "<https://a.example>."),
        InlineData("https://例え.jpへ", "<https://例え.jp>へ"),
        InlineData("https://例え.jp/表?a=1|2。", "<https://例え.jp/表?a=1|2>。"),
        InlineData("https://a.example/xhttps://a.example/x", "https://a.example/x<https://a.example/x>"),
        InlineData("https:// http://", "https:// http://"),
        InlineData("https://a.example/\ud83d\ude00!)", "<https://a.example/\ud83d\ude00>!)"),
    ]
    public void An_address_ends_where_the_one_in_the_HTML_does(string text, string marked) =>
        Assert.Equal(
            marked,
            links.Text(
                text,
                [
                    "https://a.example/x", "https://a.example/x/y", "https://a.example", "https://xn--r8jz45g.jp",
                    "https://xn--r8jz45g.jp/%E8%A1%A8?a=1%7C2", "https://a.example/%F0%9F%98%80",
                ]));

    [Fact]
    public void Whatever_is_run_together_the_longest_known_address_is_found()
    {
        string[] leads =
            ["https://a.example", "http://b.example/p", "https://a.example/p?q", "http://例え.jp", "https://b.example/%E8%A1%A8"];
        string[] parts =
        [
            "https://a.example", "/p", "?q", "http://b.example", "http://例え.jp", "https://b.example/表", ".", ")", "へ", " ", "x", "!",
            "\ud83d\ude00",
        ];
        var random = new Random(20261128);
        for (var i = 0; i < 5000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => parts[random.Next(parts.Length)]));
            Assert.Equal(Plainly(text, leads), links.Text(text, leads));
        }
    }

    /// <summary>The rule, word by word: of all that may end there, the longest.</summary>
    static string Plainly(string text, string[] leads)
    {
        var known = leads.Select(Escaped).ToHashSet();
        var written = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var run = text[at..].Split(' ')[0];
            var end = Scheme().IsMatch(run)
                ? Enumerable.Range(1, run.Length).Reverse()
                    .FirstOrDefault(e => Behind().IsMatch(run[e..]) && known.Contains(Escaped(run[..e])))
                : 0;
            written.Append(end > 0 ? $"<{run[..end]}>" : text[at..(at + 1)]);
            at += Math.Max(1, end);
        }
        return written.ToString();
    }

    static string Escaped(string url)
    {
        var (scheme, host, rest) = Parts().Match(url) is { Success: true } m
            ? (m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Value)
            : ("", "", url);
        try { host = new System.Globalization.IdnMapping().GetAscii(host); }
        catch (ArgumentException) { host = Uri.EscapeDataString(host); }
        var path = rest.EnumerateRunes().Select(r => r.IsAscii ? r.ToString() : Uri.EscapeDataString(r.ToString()));
        return scheme + host + string.Concat(path);
    }

    [GeneratedRegex("^https?://.")]
    private static partial Regex Scheme();

    [GeneratedRegex("^(https?://)([^/?#]*)(.*)$", RegexOptions.Singleline)]
    private static partial Regex Parts();

    [GeneratedRegex(@"^[.,;:!?\]}>'*_~]*(\z|\)|[^\x00-\x7F])")]
    private static partial Regex Behind();

    [Theory]
    [
        InlineData("https://a.example/x"),
        InlineData("http://a"),
        InlineData("https://a.example/xへ"),
        InlineData("http://例え.jp"),
        InlineData("http://a!!!!!!!!!!!!!!!!!!!!!!!!"),
    ]
    public void A_value_of_nothing_but_addresses_takes_time_as_it_is_long(string one)
    {
        // Far apart: what grows with the square takes 64 times as long, and a pause of the machine makes 5 ms three times as long.
        const int Length = 50_000, Times = 8;
        string[] leads = ["https://a.example/x", "https://xn--r8jz45g.jp", "https://a.example/" + new string('y', 1000)];
        Time(Length);
        // The least of several: what else runs on the machine only adds.
        var (few, many) = (Enumerable.Range(0, 5).Min(_ => Time(Length)), Enumerable.Range(0, 5).Min(_ => Time(Times * Length)));
        Assert.True(many < 3 * Times * few, $"{Length} characters take {few:0.0} ms, {Times} times as many {many:0.0} ms.");

        double Time(int length)
        {
            var text = string.Concat(Enumerable.Repeat(one, length / one.Length));
            var begun = Stopwatch.GetTimestamp();
            links.Text(text, leads);
            return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }
    }
}
