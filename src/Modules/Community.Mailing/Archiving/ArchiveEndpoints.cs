using System.Globalization;
using System.Text;
using System.Xml;
using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>
/// The HTML of a mailing in the archive, the feed of a kind that everybody reads, and the button that takes a mailing out.
/// </summary>
static class ArchiveEndpoints
{
    const int MaxEntries = 30;
    const string Atom = "http://www.w3.org/2005/Atom";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(MailingArchive.Root + "/{key}/{id:long}/mail", Mail).AllowAnonymous()
            .WithMetadata(new LoadedByPagesAttribute("iframe"), new WithoutTermsAttribute());
        app.MapGet(MailingArchive.Root + "/{key}/feed", Feed).AllowAnonymous().WithMetadata(new WithoutTermsAttribute());
        app.MapPost("/staff/mailings/{id:long}/archive", async (
            long id, [FromForm] bool listed, ListInArchive archive, CurrentMember me, Flash flash, CancellationToken ct) =>
        {
            if (!await archive.Set(me.Asking, id, listed, ct)) return Results.NotFound();
            flash.Say(listed ? "mailing.archive.put" : "mailing.archive.taken");
            return Results.LocalRedirect("/staff/mailings/" + id);
        }).RequireAuthorization(MailingPermissions.Send);
    }

    /// <summary>A kind and a mailing in its archive, as somebody may read them; null for what they may not.</summary>
    public static async Task<(MailKind? Kind, Mailing? Mailing)> Find(SiteDb db, Reader reader, string key, long id, CancellationToken ct)
    {
        var kind = await db.MailKinds.AsNoTracking().WithArchive(reader).FirstOrDefaultAsync(k => k.Key == key, ct);
        return kind is null
            ? default
            : (kind, await db.Mailings.AsNoTracking().Archived(db.Now).FirstOrDefaultAsync(m => m.Id == id && m.KindId == kind.Id, ct));
    }

    static async Task<IResult> Mail(
        string key, long id, SiteDb db, CurrentMember me, IStringLocalizer texts, IOptions<CommunityOptions> options, HttpContext http,
        CancellationToken ct)
    {
        if (await Find(db, me.Asking, key, id, ct) is not ({ } kind, { } mailing)) return Results.NotFound();
        var language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;
        var (message, to) = await MailingArchive.Read(
            db, mailing, language, texts, options.Value.UrlOf(db.Site, "/account#mail"), http.RequestServices, ct);
        // The page around it is what search engines are to find.
        http.Response.Headers["X-Robots-Tag"] = "noindex";
        http.Response.Headers.CacheControl = kind.Archive is MailArchive.Everybody ? "public, no-cache" : "private, no-cache";
        http.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
            // Also where it is opened by itself: nothing in it runs, and links lead on.
            + "sandbox allow-same-origin " + MailingArchive.FrameMay;
        // Links leave the frame.
        return Results.Content(
            message.Html(to).Replace("<head>", "<head><base target=\"_top\">", StringComparison.Ordinal), "text/html; charset=utf-8");
    }

    /// <summary>Atom (RFC 4287), of what visitors read.</summary>
    static async Task<IResult> Feed(
        string key, SiteDb db, IOptions<CommunityOptions> options, ArchivedTexts archived, HttpContext http, CancellationToken ct)
    {
        var kind = await db.MailKinds.AsNoTracking().WithArchive(Reader.Visitor).FirstOrDefaultAsync(k => k.Key == key, ct);
        if (kind is null) return Results.NotFound();
        var latest = db.Mailings.AsNoTracking().Archived(db.Now).Where(m => m.KindId == kind.Id).OrderByDescending(m => m.Id)
            .Take(MaxEntries);
        var mailings = await archived.Of(
            db, latest, db.Site.Culture, options.Value.UrlOf(db.Site, "/account#mail"), http.RequestServices, ct);
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(false) }))
        {
            string Url(string path) => options.Value.UrlOf(db.Site, path);
            xml.WriteStartElement("feed", Atom);
            Text("title", $"{kind.Names.For(db.Site.Culture).Text} – {db.Site.Name}");
            Text("id", Url(MailingArchive.UrlOf(kind)));
            Text("updated", Time(mailings.Count == 0 ? DateTime.UnixEpoch : mailings.Max(m => m.StartedAt)));
            Link("alternate", Url(MailingArchive.UrlOf(kind)));
            Link("self", Url(MailingArchive.UrlOf(kind) + "/feed"));
            xml.WriteStartElement("author", Atom);
            Text("name", db.Site.Name);
            xml.WriteEndElement();
            foreach (var mailing in mailings)
            {
                xml.WriteStartElement("entry", Atom);
                Text("title", mailing.Subject);
                Text("id", Url(MailingArchive.UrlOf(kind, mailing.Id)));
                Text("updated", Time(mailing.StartedAt));
                Link("alternate", Url(MailingArchive.UrlOf(kind, mailing.Id)));
                Text("summary", mailing.Text);
                xml.WriteEndElement();
            }
            xml.WriteEndElement();

            // XML 1.0 knows no other characters, not even as references.
            void Text(string element, string text) =>
                xml.WriteElementString(element, Atom, new([.. text.Where(c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c))]));

            void Link(string relation, string url)
            {
                xml.WriteStartElement("link", Atom);
                xml.WriteAttributeString("rel", relation);
                xml.WriteAttributeString("href", url);
                xml.WriteEndElement();
            }
        }
        return Results.File(bytes.ToArray(), "application/atom+xml; charset=utf-8");

        static string Time(DateTime utc) =>
            XmlConvert.ToString(DateTime.SpecifyKind(utc, DateTimeKind.Utc), XmlDateTimeSerializationMode.Utc);
    }
}
