using System.Globalization;
using System.Linq.Expressions;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>
/// Links to topics and posts of the site that stand alone on a line of a text: a page shows each as a card with title, author and
/// beginning. Made when the page is, since the reader's right is asked then: what the reader may not see, or what is hidden or deleted,
/// stays the link that was typed. Nothing is fetched, and feeds and mails have the link. See docs/decisions/0059.
/// </summary>
public sealed partial class LinkCards
{
    /// <summary>Cards of one page; what follows stays a link.</summary>
    const int Max = 20;
    /// <summary>Above every number of a topic or post that is read from an address.</summary>
    const long Width = 1_000_000_000;

    public static readonly LinkCards None = new(new Dictionary<string, long>(), new Dictionary<long, string>());

    readonly IReadOnlyDictionary<string, long> links;
    readonly IReadOnlyDictionary<long, string> cards;

    LinkCards(IReadOnlyDictionary<string, long> links, IReadOnlyDictionary<long, string> cards) =>
        (this.links, this.cards) = (links, cards);

    /// <summary>Topic and number of a link, and the post to which it leads today.</summary>
    sealed class Link
    {
        public long Key { get; init; }
        public long PostId { get; init; }
    }

    sealed record Linked(long Key, PostEntry Entry);

    static readonly Expression<Func<Link, Post, Linked>> linked = LinkedOf();

    static Expression<Func<Link, Post, Linked>> LinkedOf()
    {
        var (link, post) = (Expression.Parameter(typeof(Link)), Expression.Parameter(typeof(Post)));
        var made = Expression.New(
            typeof(Linked).GetConstructors()[0],
            [Expression.Property(link, nameof(Link.Key)), Putting.In(PostEntry.Of, post)],
            typeof(Linked).GetProperty(nameof(Linked.Key))!, typeof(Linked).GetProperty(nameof(Linked.Entry))!);
        return Expression.Lambda<Func<Link, Post, Linked>>(made, link, post);
    }

    /// <summary>Whether a page shows what may stand on any board of the site.</summary>
    public bool IsNone => links.Count == 0;

    /// <summary>The cards of a page: one query if there is such a link, none else.</summary>
    /// <param name="db">The site's database.</param>
    /// <param name="reader">Who reads the page.</param>
    /// <param name="site">The site, by whose host names its own addresses are known.</param>
    /// <param name="origin">How its addresses begin, as <c>https://example.com</c>.</param>
    /// <param name="texts">The texts in the page's language.</param>
    /// <param name="bodies">The HTML of the page's posts.</param>
    /// <param name="ct">Cancels the query.</param>
    public static async Task<LinkCards> Of(
        SiteDb db, Reader reader, Site site, string origin, IStringLocalizer texts, IEnumerable<string> bodies, CancellationToken ct)
    {
        Dictionary<string, long>? links = null;
        foreach (var body in bodies)
        {
            if (!body.Contains("/boards/", StringComparison.Ordinal)) continue;
            foreach (var (_, _, address) in Alone(body))
                if ((links ??= []).Count < Max && KeyOf(address, site, origin) is { } key) links[address] = key;
        }
        if (links is not { Count: > 0 }) return None;
        var found = await Find(db, reader, [.. links.Values.Distinct()], ct);
        return new(links, found.ToDictionary(f => f.Key, f => CardOf(f.Entry, texts)));
    }

    static async Task<List<Linked>> Find(SiteDb db, Reader reader, long[] keys, CancellationToken ct)
    {
        // An index leads to topics and numbers; which belong together is asked of what it finds.
        long[] topics = [.. keys.Select(k => k / Width).Distinct()];
        int[] numbers = [.. keys.Select(k => (int)(k % Width)).Distinct()];
        var present = db.Posts.Where(p => topics.Contains(p.TopicId) && numbers.Contains(p.Number))
            .Select(p => new Link { Key = p.TopicId * Width + p.Number, PostId = p.Id });
        var former = db.FormerPlaces.Where(f => topics.Contains(f.TopicId) && numbers.Contains(f.Number))
            .Select(f => new Link { Key = f.TopicId * Width + f.Number, PostId = f.PostId });
        var places = present.Concat(former).Where(p => keys.Contains(p.Key));
        var mutes = db.MemberMutes;
        var posts = db.Posts.VisibleTo(reader).Present().Where(p => p.Topic.HiddenAt == null);
        if (reader.Id is { } id) posts = posts.Where(p => !mutes.Any(m => m.MemberId == id && m.MutedId == p.AuthorId));
        return await places.Join(posts, l => l.PostId, p => p.Id, linked).ToListAsync(ct);
    }

    /// <summary>The HTML of a post with its cards.</summary>
    public string In(string html)
    {
        if (cards.Count == 0 || !html.Contains("/boards/", StringComparison.Ordinal)) return html;
        StringBuilder? shown = null;
        var done = 0;
        foreach (var (start, end, address) in Alone(html))
        {
            if (!links.TryGetValue(address, out var key) || !cards.TryGetValue(key, out var card)) continue;
            shown ??= new(html.Length + card.Length);
            shown.Append(html, done, start - done);
            // A card is a block: it needs no line break before it, nor behind it.
            if (EndsWith(shown, Break)) shown.Length -= Break.Length;
            shown.Append(card);
            done = string.CompareOrdinal(html, end, Break, 0, Break.Length) == 0 ? end + Break.Length : end;
        }
        return shown is null ? html : shown.Append(html, done, html.Length - done).ToString();
    }

    const string Break = "<br>\n", Anchor = "<a href=\"";

    /// <summary>
    /// The links of a text that stand alone on their line and show their own address, as it is written there. Those of quotations, lists
    /// and tables stay links.
    /// </summary>
    static IEnumerable<(int Start, int End, string Address)> Alone(string html)
    {
        var (quoted, looked) = (0, 0);
        for (var at = 0; (at = html.IndexOf(Anchor, at, StringComparison.Ordinal)) >= 0; at++)
        {
            var address = at + Anchor.Length;
            var quote = html.IndexOf('"', address);
            var words = html.IndexOf('>', quote) + 1;
            var end = html.IndexOf("</a>", words, StringComparison.Ordinal);
            if (end < 0) yield break;
            // Text that people wrote has no tags: it is escaped.
            quoted += Count(html, looked, at, "<blockquote>") - Count(html, looked, at, "</blockquote>");
            looked = at;
            var after = end + "</a>".Length;
            if (quoted > 0 || !(Stands(html, at, "<p>") || Stands(html, at, Break)) || !(Is(html, after, "</p>") || Is(html, after, Break)))
                continue;
            var target = WebUtility.HtmlDecode(html[address..quote]);
            if (Uri.UnescapeDataString(target) == Uri.UnescapeDataString(WebUtility.HtmlDecode(html[words..end])))
                yield return (at, after, target);
        }
    }

    static bool Is(string html, int at, string what) => string.CompareOrdinal(html, at, what, 0, what.Length) == 0;

    static bool Stands(string html, int before, string what) => before >= what.Length && Is(html, before - what.Length, what);

    static int Count(string html, int from, int to, string what)
    {
        var count = 0;
        for (var at = from; (at = html.IndexOf(what, at, to - at, StringComparison.Ordinal)) >= 0; at += what.Length) count++;
        return count;
    }

    static bool EndsWith(StringBuilder text, string what)
    {
        if (text.Length < what.Length) return false;
        for (var i = 0; i < what.Length; i++)
            if (text[text.Length - what.Length + i] != what[i]) return false;
        return true;
    }

    /// <summary>Topic and number that an address of the site names; null if it names no post.</summary>
    static long? KeyOf(string address, Site site, string origin)
    {
        var path = address;
        if (!address.StartsWith('/'))
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || !site.Hosts.Contains(uri.Host)
                || !(uri.IsDefaultPort || uri.Port == new Uri(origin).Port)) return null;
            path = uri.PathAndQuery + uri.Fragment;
        }
        if (PostPath().Match(path) is not { Success: true } match) return null;
        var number = match.Groups["number"] is { Success: true } named ? named : match.Groups["anchor"];
        var topic = long.Parse(match.Groups["topic"].ValueSpan, CultureInfo.InvariantCulture);
        return topic * Width + (number.Success ? long.Parse(number.ValueSpan, CultureInfo.InvariantCulture) : 1);
    }

    // /boards/{board}/{topic}-{words}?after=25#p31, or /boards/{board}/{topic}/posts/{number}
    [GeneratedRegex(
        @"^/boards/[^/?#]+/(?<topic>[0-9]{1,9})(?:-[^/?#]*)?(?:/posts/(?<number>[0-9]{1,9}))?"
        + @"/?(?:\?[^#]*)?(?:#(?:p(?<anchor>[0-9]{1,9}))?)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex PostPath();

    static string CardOf(PostEntry post, IStringLocalizer texts)
    {
        var author = post.AuthorName ?? texts["boards.author.gone"].Value;
        var by = post.Number == 1 ? author : texts["boards.card.reply", author, post.Number].Value;
        var (url, title) = post.Number == 1 ? (post.TopicUrl, post.TopicTitle) : (post.Url, post.Title ?? post.TopicTitle);
        // No fragment of Html: what that returns stands for text that is still to be written, and cannot be put into another.
        return $"<a class=\"link-card\" href=\"{Encoded(url)}\"><strong>{Encoded(title)}</strong> <span>{Encoded(by)}</span> "
            + $"<span>{Encoded(post.Excerpt)}</span></a>";

        static string Encoded(string text) => WebUtility.HtmlEncode(text);
    }
}
