using System.Collections.Concurrent;
using System.Net;
using Community.Kernel;
using Community.Mail;
using Microsoft.Extensions.Localization;
using MimeKit;

namespace Community.Mailing;

/// <summary>The recipient of one message of a mailing.</summary>
/// <param name="Language">The member's language, or the site's: of the content, if there is one in it, and of the lines below it.</param>
public sealed record Recipient(long MemberId, string Name, string Email, string Language, string UnsubscribeUrl, string OneClickUrl)
{
    /// <summary>Shows the mail in the browser; empty where it is shown there already.</summary>
    public string ViewUrl { get; init; } = "";
    /// <summary>It is no copy of a recipient but the mailing as anybody reads it: it says nothing of why somebody gets it.</summary>
    public bool IsAnybody { get; init; }
    /// <summary>The delivery's variant, in a test of several.</summary>
    public byte Variant { get; init; }
    /// <summary>The merge field values, by field name: see <see cref="MailingMessage.For"/>.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>How the links of the message are marked; null to leave them as typed.</summary>
    public MarkedLinks? Links { get; init; }
}

/// <summary>Writes the message of a mailing for one recipient: plain text and HTML. Used by several threads at once.</summary>
public sealed class MailingMessage(FrozenContent content, IStringLocalizer texts, MergeFields fields)
{
    readonly Dictionary<MailingContent, MailTemplate> templates = content.Contents.ToDictionary(
        c => c,
        c => new MailTemplate(c, content.Look, fields)
    );

    /// <inheritdoc cref="MailTemplate.Unknown"/>
    public IReadOnlyList<string> UnknownFields => [.. templates.Values.SelectMany(t => t.Unknown).Distinct()];

    MailingContent ContentOf(Recipient to) => MailingContent.For(content.Contents, to.Variant, to.Language);
    MailTemplate TemplateOf(Recipient to) => templates[ContentOf(to)];
    string CultureOf(Recipient to) => ContentOf(to).Language is { Length: > 0 } language ? language : content.Culture;

    /// <summary>The recipient, with the values of the fields that the mailing uses.</summary>
    /// <param name="to">The recipient.</param>
    /// <param name="site">The site's services.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<Recipient> For(Recipient to, IServiceProvider site, CancellationToken ct) =>
        to with
        {
            Values = await TemplateOf(to).ValuesFor(
                new(
                    to.MemberId,
                    to.Name,
                    to.Email,
                    CultureOf(to),
                    content.SiteName,
                    content.SiteUrl,
                    content.KindNameIn(CultureOf(to)),
                    to.UnsubscribeUrl,
                    site,
                    ct
                )
            ),
        };

    public string Subject(Recipient to) => TemplateOf(to).Subject(to.Values);

    public string Text(Recipient to) => PiecesFor(to).Text(to);

    public string Html(Recipient to) => PiecesFor(to).Html(to);

    /// <summary>On what it depends, how a message is put together.</summary>
    readonly record struct Shape(MailingContent Content, string Language, bool IsAnybody, bool HasView, bool HasPreheader);

    readonly ConcurrentDictionary<Shape, MessagePieces> pieces = new();

    MessagePieces PiecesFor(Recipient to)
    {
        // A preheader of values alone may be empty; then it is as if there were none.
        var hasPreheader = TemplateOf(to).Preheader(to.Values).Length > 0;
        return pieces.GetOrAdd(
            new(ContentOf(to), to.Language, to.IsAnybody, to.ViewUrl.Length > 0, hasPreheader), s => PutTogether(to, s.HasPreheader));
    }

    MessagePieces PutTogether(Recipient like, bool hasPreheader)
    {
        var (template, link) = (TemplateOf(like), content.Look.Link);
        var around = $"\n\n-- \n{content.SiteName}\n{content.SiteUrl}\n{string.Concat(content.Sender.Select(line => line + "\n"))}\n";
        IReadOnlyList<MailPiece> leave =
            like.IsAnybody ? [] : [new($"{Reason(like)}\n{Leave(like)}\n"), new("", MessagePieces.Leaving), new("\n")];
        var layout = new MailingLayout(CultureOf(like), content.SiteName, content.SiteUrl, content.Color, link, content.Logo);
        var foot = $"""
            {(content.Sender.Count == 0 ? "" : $"<p style=\"margin:0 0 6px\">{string.Join("<br>", content.Sender.Select(Encode))}</p>")}
            {(like.IsAnybody ? "" : Why(like, link))}
            """;
        var html = layout.Around(place + "subject;", hasPreheader ? place + "preheader;" : "", place + "rows;", foot, like.Language);
        var parts = html.Split(place);
        return new([.. template.TextPieces, new(around), .. leave], [new(parts[0]), .. parts.Skip(1).SelectMany(At)]);

        IEnumerable<MailPiece> At(string part)
        {
            var name = part[..part.IndexOf(';')];
            return (name switch
            {
                "subject" => template.SubjectInHtml,
                "preheader" => template.PreheaderInHtml,
                "rows" => template.HtmlPieces,
                "leave" => [new("", MessagePieces.Leaving)],
                _ => [new("", MessagePieces.Viewing)],
            }).Append(new(part[(name.Length + 1)..]));
        }
    }

    /// <summary>Stands for what is put in. It is unlike anything that a site calls itself.</summary>
    static readonly string place = Guid.NewGuid().ToString("N");

    /// <exception cref="ArgumentException">A member's value is not allowed in a header, or the address is invalid.</exception>
    /// <param name="files">What it carries; null for none.</param>
    public MimeMessage Write(Recipient to, string messageId, DateTime now, MailFiles? files = null) =>
        Write(to, messageId, now, files, asOctets: false);

    /// <summary>The same octets, for who sends very many: without an object for each field, part and parameter.</summary>
    /// <inheritdoc cref="Write(Recipient, string, DateTime, MailFiles?)"/>
    /// <param name="octets">Where it is written, instead of what stands there.</param>
    public void Write(MessageOctets octets, Recipient to, string messageId, DateTime now)
    {
        octets.Clear();
        octets.Again(written.GetOrAdd(("From", ""), _ => MessageOctets.Fields(m => m.Mailbox("From", content.FromName, content.From))));
        octets.Mailbox("To", to.Name, to.Email);
        if (TemplateOf(to).HasOneSubject)
            octets.Again(written.GetOrAdd(("Subject", Subject(to)), f => MessageOctets.Fields(m => m.Text(f.Name, f.Value))));
        else octets.Text("Subject", Subject(to));
        octets.Identity(messageId, now);
        foreach (var field in Headers(to))
            // Of all of them one is the recipient's own.
            if (field.Name == LeaveField) octets.Tokens(field.Name, field.Value);
            else octets.Again(written.GetOrAdd(field, f => MessageOctets.Fields(m => m.Tokens(f.Name, f.Value))));
        if (to.Links is null) PiecesFor(to).Write(octets, to);
        else
        {
            var (text, html) = Texts(to);
            octets.Body(text, html);
        }
    }

    readonly ConcurrentDictionary<(string Name, string Value), byte[]> written = new();

    (string Text, string Html) Texts(Recipient to)
    {
        var (text, html) = (Text(to), Html(to));
        return to.Links is { } links ? (links.Text(text, MarkedLinks.AddressesIn(html)), links.Html(html)) : (text, html);
    }

    /// <inheritdoc cref="Write(Recipient, string, DateTime, MailFiles?)"/>
    /// <param name="asOctets">Nobody reads the body's texts again; it has no files.</param>
    public MimeMessage Write(Recipient to, string messageId, DateTime now, MailFiles? files, bool asOctets)
    {
        var (text, html) = Texts(to);
        (html, var shown) = files?.Embed(html, content) ?? (html, []);
        return OutgoingMessage.Write(
            (content.FromName, content.From),
            (to.Name, to.Email),
            Subject(to),
            messageId,
            now,
            Headers(to),
            asOctets ? MailBody.Written(text, html) : new MailBody(text, html, shown, files?.Attachments ?? [])
        );
    }

    const string LeaveField = "List-Unsubscribe";

    /// <summary>Fields of the header beside those that every message has.</summary>
    internal List<(string Name, string Value)> Headers(Recipient to) =>
    [
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
        ("List-Id", content.ListId),
        (LeaveField, $"<{to.OneClickUrl}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Feedback-ID", content.FeedbackId),
        ("Content-Language", CultureOf(to)),
        .. content.ReplyTo.Length > 0 ? new[] { ("Reply-To", $"<{content.ReplyTo}>") } : [],
    ];

    /// <summary>
    /// The addresses to which the message leads, except those that are one recipient's or have a recipient's values in them. Found once
    /// for each content, for all recipients.
    /// </summary>
    public IReadOnlyList<string> CommonLinks(Recipient to) =>
        common.GetOrAdd((to.Variant, to.Language), _ =>
        [
            .. MarkedLinks.AddressesIn(Html(to with { Values = AnyValue.Instance, UnsubscribeUrl = "", ViewUrl = "" }))
                .Where(url => !AnyValue.IsIn(url))
                .Distinct(),
        ]);

    readonly ConcurrentDictionary<(byte Variant, string Language), IReadOnlyList<string>> common = new();

    /// <summary>Gives each field a value that no recipient has.</summary>
    sealed class AnyValue : Dictionary<string, string>, IReadOnlyDictionary<string, string>
    {
        public static readonly AnyValue Instance = new();
        const string Mark = "\uE000";

        public static bool IsIn(string url) => url.Contains(Mark, StringComparison.Ordinal) || url.Contains(Uri.EscapeDataString(Mark));
        string IReadOnlyDictionary<string, string>.this[string key] => Mark;
        bool IReadOnlyDictionary<string, string>.ContainsKey(string key) => true;

        bool IReadOnlyDictionary<string, string>.TryGetValue(string key, out string value)
        {
            value = Mark;
            return true;
        }
    }

    string Why(Recipient to, string link) =>
        $"""
            <p style="margin:0">{Encode(Reason(to))}</p>
            {View(to, link)}
            <p style="margin:6px 0 0"><a href="{place}leave;" style="color:{link}">{Encode(Leave(to))}</a></p>
            """;

    string View(Recipient to, string link) =>
        to.ViewUrl.Length == 0
            ? ""
            : $"""
                <p style="margin:6px 0 0"><a href="{place}view;" style="color:{link}">{Encode(
                    texts.In(to.Language, "mailing.footer.view")
                )}</a></p>
                """;

    string Reason(Recipient to) => texts.In(to.Language, "mailing.footer.reason", content.SiteName, content.KindNameIn(to.Language));
    string Leave(Recipient to) => texts.In(to.Language, "mailing.footer.leave");
    static string Encode(string text) => WebUtility.HtmlEncode(text);
}
