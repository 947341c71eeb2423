using System.Text;

namespace Community.Mail.Mime;

/// <summary>A node of a message's tree: a part with content, a message, or several in a row (RFC 2045 §2.4).</summary>
public abstract class MimeEntity
{
    private protected MimeEntity(ContentType contentType) => ContentType = contentType;

    /// <summary>The part's own headers. Content-Type, -Disposition, -Id and -Transfer-Encoding are properties.</summary>
    public HeaderList Headers { get; } = new(IsProperty);

    public ContentType ContentType { get; }

    public ContentDisposition? ContentDisposition { get; set; }

    /// <summary>Without angle brackets; HTML names it as <c>cid:…</c> (RFC 2392).</summary>
    public string? ContentId
    {
        get;
        set
        {
            if (value is not null && (value.Length is 0 or > 200 || value.Any(c => c is <= ' ' or '<' or '>' or > '~')))
                throw new ArgumentException("A Content-ID is printable ASCII without brackets.", nameof(value));
            field = value;
        }
    }

    public bool IsAttachment => ContentDisposition?.IsAttachment == true;

    internal abstract RenderedEntity Render();

    private protected string RenderHeaders(Action<HeaderFolder> contentType, string? encoding)
    {
        var text = new StringBuilder();
        var type = new HeaderFolder("Content-Type");
        contentType(type);
        text.Append(type);
        if (encoding is not null) text.Append($"Content-Transfer-Encoding: {encoding}\r\n");
        if (ContentDisposition is { } disposition)
        {
            var folder = new HeaderFolder("Content-Disposition");
            disposition.Parameters.Write(folder, disposition.Disposition);
            text.Append(folder);
        }
        if (ContentId is { } id) text.Append(HeaderWriter.Write(new Header("Content-ID", $"<{id}>")));
        foreach (var header in Headers) if (!IsProperty(header.Field)) text.Append(HeaderWriter.Write(header));
        return text.ToString();
    }

    internal static bool IsProperty(string field) =>
        field.ToLowerInvariant()
            is "content-type"
                or "content-transfer-encoding"
                or "content-disposition"
                or "content-id"
                or "mime-version";
}
