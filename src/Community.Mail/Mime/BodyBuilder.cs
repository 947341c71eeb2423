namespace Community.Mail.Mime;

/// <summary>Puts text, HTML, pictures and attachments together in the usual tree: mixed(alternative(text, related(html, …)), …).</summary>
public sealed class BodyBuilder
{
    public string? TextBody { get; set; }

    public string? HtmlBody { get; set; }

    /// <summary>Files beside the text.</summary>
    public AttachmentCollection Attachments { get; } = new(ContentDisposition.Attachment);

    /// <summary>Pictures the HTML names by <c>cid:</c>; each has a Content-ID.</summary>
    public AttachmentCollection LinkedResources { get; } = new(ContentDisposition.Inline);

    /// <exception cref="ArgumentException">A text holds a lone surrogate.</exception>
    public MimeEntity ToMessageBody()
    {
        MimeEntity? body = TextBody is null ? null : new TextPart("plain", TextBody);
        if (HtmlBody is not null)
        {
            MimeEntity html = new TextPart("html", HtmlBody);
            if (LinkedResources.Count > 0)
            {
                var related = Join("related", [html, .. LinkedResources]);
                related.ContentType.Parameters["type"] = "text/html"; // RFC 2387 §3.1
                html = related;
            }
            body = body is null ? html : Join("alternative", [body, html]);
        }
        if (Attachments.Count == 0) return body ?? new TextPart("plain", "");
        return Join("mixed", body is null ? [.. Attachments] : [body, .. Attachments]);
    }

    private static Multipart Join(string subtype, IEnumerable<MimeEntity> parts)
    {
        var multipart = new Multipart(subtype);
        foreach (var part in parts) multipart.Add(part);
        return multipart;
    }
}
