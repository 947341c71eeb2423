using System.Globalization;
using System.Text;
using System.Xml;
using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using static System.FormattableString;

namespace Community.Boards;

/// <summary>
/// What search engines may know: the boards and topics that everybody reads, in parts of bounded size (sitemaps.org), and where they need
/// not look. Each answer asks what a visitor may read now.
/// </summary>
static class Sitemap
{
    /// <summary>Topics' ids in one part: half a million topics make 250 parts, each a short query along the primary key.</summary>
    const int PartSize = 2_000;

    /// <summary>Parts in the index, which may have 50,000.</summary>
    const int MaxParts = 50_000;

    const string Namespace = "http://www.sitemaps.org/schemas/sitemap/0.9";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/robots.txt", Robots);
        app.MapGet("/sitemap.xml", Index);
        app.MapGet("/sitemap-{part:int:min(0)}.xml", Part);
    }

    /// <summary>
    /// Pages that are another reader's, or the same content once more. What is secret is kept by rights, never by this list.
    /// </summary>
    static readonly string[] closed =
        ["/staff", "/account", "/notifications", "/search", "/sign-in", "/language/", "/scheme/", "/*?view=", "/*/posts/", "/*/reply"];

    static IResult Robots(SiteDb db, IOptions<CommunityOptions> options)
    {
        var text = new StringBuilder("User-agent: *\n");
        foreach (var path in closed) text.Append("Disallow: ").Append(path).Append('\n');
        return Results.Text(text.Append("\nSitemap: ").Append(options.Value.UrlOf(db.Site, "/sitemap.xml")).Append('\n').ToString());
    }

    static async Task<IResult> Index(HttpContext http, SiteDb db, IOptions<CommunityOptions> options, CancellationToken ct)
    {
        var last = await db.Topics.MaxAsync(t => (long?)t.Id, ct) ?? 0;
        return Write(http, "sitemapindex", xml =>
        {
            for (var part = 0; part <= Math.Min(last / PartSize, MaxParts - 1); part++)
                Entry(xml, "sitemap", options.Value.UrlOf(db.Site, Invariant($"/sitemap-{part}.xml")), null);
        });
    }

    static async Task<IResult> Part(int part, HttpContext http, SiteDb db, IOptions<CommunityOptions> options, CancellationToken ct)
    {
        var from = (long)part * PartSize;
        var topics = await db.Topics.AsNoTracking().VisibleTo(Reader.Visitor).Where(t => t.Id >= from && t.Id < from + PartSize)
            .OrderBy(t => t.Id).Select(t => new { t.Id, t.Title, t.Board.Key, t.LastPostAt }).ToListAsync(ct);
        var boards = part > 0 ? []
            : await db.Boards.AsNoTracking().VisibleTo(Reader.Visitor).OrderBy(b => b.Id).Select(b => b.Key).ToListAsync(ct);
        if (topics.Count == 0 && part > 0) return Results.NotFound();
        return Write(http, "urlset", xml =>
        {
            if (part == 0) Entry(xml, "url", options.Value.UrlOf(db.Site, "/"), null);
            foreach (var key in boards) Entry(xml, "url", options.Value.UrlOf(db.Site, "/boards/" + key), null);
            foreach (var topic in topics)
                Entry(xml, "url", options.Value.UrlOf(db.Site, Topic.PageOf(topic.Key, topic.Id, topic.Title)), topic.LastPostAt);
        });
    }

    static void Entry(XmlWriter xml, string name, string url, DateTime? changed)
    {
        xml.WriteStartElement(name, Namespace);
        xml.WriteElementString("loc", Namespace, url);
        if (changed is { } at)
            xml.WriteElementString("lastmod", Namespace, at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        xml.WriteEndElement();
    }

    static IResult Write(HttpContext http, string root, Action<XmlWriter> write)
    {
        var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new() { Encoding = new UTF8Encoding(false) }))
        {
            xml.WriteStartElement(root, Namespace);
            write(xml);
            xml.WriteEndElement();
        }
        http.Response.Headers.CacheControl = "public, max-age=3600";
        return Results.Bytes(bytes.ToArray(), "application/xml");
    }
}
