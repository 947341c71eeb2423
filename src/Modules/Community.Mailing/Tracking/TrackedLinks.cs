using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>What becomes of the links of one message: see <see cref="TrackedLinks"/>.</summary>
public sealed partial class MarkedLinks(Func<string, string?> marked, string foot)
{
    /// <summary>
    /// Links in a message's HTML, in the form in which our own renderer writes them; Outlook's buttons have their own elements.
    /// </summary>
    [GeneratedRegex(
        """(?<before><(?:a|area|v:[a-z]+)\s(?:[^>"]|"[^"]*")*?href=")(?<url>[^"]*)""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    internal static partial Regex Links { get; }

    [GeneratedRegex("https?://", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Starts { get; }

    /// <summary>The addresses to which HTML leads.</summary>
    public static IEnumerable<string> AddressesIn(string html) =>
        Links.Matches(html).Select(link => WebUtility.HtmlDecode(link.Groups["url"].Value));

    /// <summary>The finished HTML with its links marked, and the pixel before its end.</summary>
    public string Html(string html)
    {
        html = Links.Replace(html, link => marked(WebUtility.HtmlDecode(link.Groups["url"].Value)) is { } url
            ? link.Groups["before"].Value + WebUtility.HtmlEncode(url)
            : link.Value);
        return AtEnd(html, foot);
    }

    /// <summary>One address alone; as it is if it is not marked.</summary>
    internal string Of(string url) => marked(url) ?? url;

    /// <summary>What stands at the end of the HTML.</summary>
    internal string Foot => foot;

    internal static string AtEnd(string html, string foot)
    {
        var end = html.LastIndexOf("</body>", StringComparison.OrdinalIgnoreCase);
        return foot.Length == 0 ? html : end < 0 ? html + foot : html.Insert(end, foot);
    }

    /// <summary>
    /// The finished plain text, with those addresses marked to which the HTML leads. Any other may be a recipient's own words, which would
    /// lead anywhere in our name, or may not end where it seems to: behind an address, Japanese goes on without a space.
    /// </summary>
    /// <param name="text">The plain text.</param>
    /// <param name="leads">See <see cref="AddressesIn"/>.</param>
    public string Text(string text, IEnumerable<string> leads)
    {
        if (!Starts.IsMatch(text)) return text;
        var known = new KnownAddresses(text, leads.Where(TrackedLinks.IsWeb));
        var written = new StringBuilder(text.Length);
        var at = 0;
        foreach (var start in Starts.EnumerateMatches(text))
        {
            // Within an address that was found.
            if (start.Index < at || known.EndFrom(start.Index) is not { } end) continue;
            written.Append(text, at, start.Index - at).Append(Of(text[start.Index..end]));
            at = end;
        }
        return written.Append(text, at, text.Length - at).ToString();
    }
}

/// <summary>
/// Marks the links of a message, so that it is seen that they are followed. Links that are all recipients' are rows of the mailing; those
/// with a recipient's values are sealed in the message. Links to unsubscribe, and to see it in the browser, stay as they are.
/// </summary>
public sealed class TrackedLinks(SiteDb db, LinkTargets targets, IOptions<CommunityOptions> options, TimeProvider time)
{
    /// <summary>More are an accident; they stay as typed.</summary>
    const int MaxLinks = 500;
    /// <summary>The site's, of all messages that are written with this.</summary>
    TrackingTokens? signs;

    /// <summary>How the links of a message to this recipient are marked; null to leave it as it is.</summary>
    /// <param name="mailing">The mailing, as it started.</param>
    /// <param name="message">Its message: says which addresses are the same for everybody.</param>
    /// <param name="to">The recipient.</param>
    /// <param name="delivery">The delivery's id.</param>
    /// <param name="known">Who may be known by name: see <see cref="Known"/>.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<MarkedLinks?> For(
        Mailing mailing, MailingMessage message, Recipient to, long delivery, IReadOnlySet<long> known, CancellationToken ct)
    {
        var mode = mailing.Tracking ?? TrackingMode.None;
        if (mode is TrackingMode.None && mailing.Campaign.Length == 0) return null;
        if (mode is TrackingMode.None) return OfCampaign(mailing, to);
        var own = Own(to);
        var tokens = signs ??= await TrackingTokens.Of(db, ct);
        var links = await targets.Of(db, mailing, message.CommonLinks(to).Where(IsWeb).Except(own).Take(MaxLinks).ToList(), ct);
        var isKnown = mode is TrackingMode.Individual && known.Contains(to.MemberId);
        return Mark(mailing, mode, to, tokens, links, isKnown, isKnown ? delivery : Random());
    }

    /// <summary>
    /// Who of some recipients may be known by name: asked once for all whose messages are about to be written, and again for each open.
    /// </summary>
    public async Task<IReadOnlySet<long>> Known(Mailing mailing, IReadOnlyCollection<long> members, CancellationToken ct) =>
        mailing.Tracking is TrackingMode.Individual && members.Count > 0
            ? (await Tracked(db).Where(c => members.Contains(c.MemberId)).Select(c => c.MemberId).ToListAsync(ct)).ToHashSet()
            : Nobody;

    public static readonly IReadOnlySet<long> Nobody = new HashSet<long>();

    /// <summary>
    /// The same for a message that is only measured: its links are as long as those of one that is sent, and lead nowhere. Nothing is
    /// written.
    /// </summary>
    /// <param name="mailing">The mailing, which may have not started.</param>
    /// <param name="mode">What it would record.</param>
    /// <param name="message">Its message.</param>
    /// <param name="to">The recipient.</param>
    public MarkedLinks? ToMeasure(Mailing mailing, TrackingMode mode, MailingMessage message, Recipient to)
    {
        if (mode is TrackingMode.None && mailing.Campaign.Length == 0) return null;
        if (mode is TrackingMode.None) return OfCampaign(mailing, to);
        var links = new Dictionary<string, long> { [""] = MeasuredId };
        foreach (var url in message.CommonLinks(to).Where(IsWeb).Take(MaxLinks)) links[url] = MeasuredId;
        return Mark(mailing, mode, to, new(db.Site, new byte[32]), links, false, Random());
    }

    /// <summary>As long as the ids of a site that has sent for years.</summary>
    const long MeasuredId = 10_000_000;

    MarkedLinks OfCampaign(Mailing mailing, Recipient to)
    {
        var own = Own(to);
        return new(url => IsWeb(url) && !own.Contains(url) ? Campaign.AddTo(url, mailing.Campaign, db.Site) : null, "");
    }

    static string[] Own(Recipient to) => [to.UnsubscribeUrl, to.OneClickUrl, to.ViewUrl];

    MarkedLinks Mark(
        Mailing mailing,
        TrackingMode mode,
        Recipient to,
        TrackingTokens tokens,
        IReadOnlyDictionary<string, long> links,
        bool known,
        long subject
    )
    {
        var own = Own(to);
        // HTML and plain text may write the letters of other scripts in two ways.
        var byForm = links.Where(l => l.Key.Length > 0).DistinctBy(l => TrackingEndpoints.InHeader(l.Key))
            .ToDictionary(l => TrackingEndpoints.InHeader(l.Key), l => l.Value);
        var token = new TrackingToken(
            mailing.Id,
            to.Variant,
            EngagementKind.Open,
            0,
            known,
            mode is TrackingMode.Aggregate ? 0 : subject,
            mode is TrackingMode.Aggregate ? null : time.GetUtcNow().UtcDateTime
        );
        return new(Marked, Foot(tokens, token));

        string? Marked(string url) =>
            !IsWeb(url) || own.Contains(url) ? null
            : byForm.TryGetValue(TrackingEndpoints.InHeader(url), out var id)
                ? To(tokens, token with { Kind = EngagementKind.Click, Link = id })
            : url.Length > TrackedLink.MaxLength || !links.TryGetValue("", out var personal) ? null
            : To(tokens, token with
            {
                Kind = EngagementKind.Click,
                Link = personal,
                Url = Campaign.AddTo(url, mailing.Campaign, db.Site),
            });
    }

    /// <summary>The present consents to be known by name.</summary>
    internal static IQueryable<ConsentState> Tracked(SiteDb db)
    {
        var kinds = db.MailKinds.Where(k => k.Use == MailKindUse.Tracking && k.EndedAt == null);
        return db.ConsentStates.Where(c => c.Granted && kinds.Any(k => k.Id == c.KindId));
    }

    static long Random() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue;

    string Foot(TrackingTokens tokens, TrackingToken token)
    {
        var pixel = options.Value.UrlOf(db.Site, $"{TrackingEndpoints.Opens}/{tokens.Write(token)}.gif");
        var trap = To(tokens, token with { Kind = EngagementKind.Trap });
        return $"""<a href="{trap}" style="display:none" tabindex="-1" aria-hidden="true"></a>"""
            + $"""<img src="{pixel}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">""";
    }

    string To(TrackingTokens tokens, TrackingToken token) =>
        options.Value.UrlOf(db.Site, $"{TrackingEndpoints.Clicks}/{tokens.Write(token)}");

    internal static bool IsWeb(string url) =>
        url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The addresses of mailings, in memory: for who writes messages, and for who follows links.</summary>
public sealed class LinkTargets
{
    const int MaxMailings = 200, MaxTargets = 50_000;

    /// <param name="Url">With the fields of the campaign; empty for addresses that stand in their links.</param>
    sealed record Target(long Mailing, string Url);

    /// <param name="Links">By address.</param>
    /// <param name="WrittenIn">
    /// The transaction that has made some of them, while it was open: if it does not happen, they are none. Null once another has seen
    /// them.
    /// </param>
    sealed record Known(IReadOnlyDictionary<string, long> Links, Guid? WrittenIn);

    readonly ConcurrentDictionary<(long Site, long Mailing), Known> byMailing = new();
    readonly ConcurrentDictionary<(long Site, long Link), Target> byId = new();

    /// <summary>The rows of these addresses by address, made where there are none; the empty one stands for those with values.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Of(SiteDb db, Mailing mailing, IReadOnlyList<string> urls, CancellationToken ct)
    {
        var key = (db.Site.Id, mailing.Id);
        var open = db.Database.CurrentTransaction?.TransactionId;
        if (byMailing.TryGetValue(key, out var known) && known.WrittenIn is { } writer && writer != open) known = null;
        if (known is not null && urls.All(known.Links.ContainsKey)) return known.Links;
        var wanted = urls.Where(u => u.Length <= TrackedLink.MaxLength).Append("").ToList();
        var made = 0;
        foreach (var url in wanted.Where(u => known?.Links.ContainsKey(u) != true))
        {
            var hash = HashOf(url);
            made += await db.Database.ExecuteSqlAsync($"""
                INSERT INTO tracked_links (mailing_id, url, url_hash) VALUES ({mailing.Id}, {url}, {hash})
                ON CONFLICT (mailing_id, url_hash) DO NOTHING
                """, ct);
        }
        var rows = await db.TrackedLinks.AsNoTracking().Where(l => l.MailingId == mailing.Id).ToListAsync(ct);
        if (byMailing.Count >= MaxMailings) byMailing.Clear();
        var links = rows.ToDictionary(l => l.Url, l => l.Id);
        byMailing[key] = new(links, made > 0 || known?.WrittenIn is not null ? open : null);
        return links;
    }

    /// <summary>Where a link of the mailing leads; null if it is none.</summary>
    public async ValueTask<string?> Find(SiteDb db, TrackingToken token, CancellationToken ct)
    {
        if (!byId.TryGetValue((db.Site.Id, token.Link), out var target))
        {
            var found = await db.TrackedLinks.AsNoTracking().Where(l => l.Id == token.Link)
                .Join(db.Mailings, l => l.MailingId, m => m.Id, (l, m) => new { l.Url, l.MailingId, m.Campaign })
                .FirstOrDefaultAsync(ct);
            if (found is null) return null;
            if (byId.Count >= MaxTargets) byId.Clear();
            // An address that stands in its link got the campaign's fields when it was written.
            target = new(found.MailingId, found.Url.Length == 0 ? "" : Campaign.AddTo(found.Url, found.Campaign, db.Site));
            byId[(db.Site.Id, token.Link)] = target;
        }
        return target.Mailing != token.Mailing ? null : target.Url.Length > 0 ? target.Url : token.Url;
    }

    static byte[] HashOf(string url) => SHA256.HashData(Encoding.UTF8.GetBytes(url))[..16];
}
