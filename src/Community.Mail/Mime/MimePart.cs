using System.Text;

namespace Community.Mail.Mime;

/// <summary>A part with content of its own, such as an attachment.</summary>
public class MimePart : MimeEntity
{
    private readonly ReadOnlyMemory<byte> _encoded;
    private ReadOnlyMemory<byte>? _content;

    /// <param name="contentType">What the content is.</param>
    /// <param name="content">The plain bytes; the writer encodes them.</param>
    public MimePart(ContentType contentType, ReadOnlyMemory<byte> content) : base(contentType) => _content = content;

    internal MimePart(ContentType contentType, ContentEncoding encoding, ReadOnlyMemory<byte> encoded) : base(contentType)
    {
        ContentTransferEncoding = encoding;
        _encoded = encoded;
    }

    /// <summary>The content, decoded.</summary>
    public ReadOnlyMemory<byte> Content
    {
        get => _content ??= ContentTransferEncoding switch
        {
            ContentEncoding.Base64 => Base64Reader.Decode(_encoded.Span),
            ContentEncoding.QuotedPrintable => QuotedPrintable.Decode(_encoded.Span),
            _ => _encoded,
        };
        protected set => _content = value;
    }

    /// <summary>As read; in writing only quoted-printable and base64 are obeyed, all else is chosen to stay within 7 bits.</summary>
    public ContentEncoding ContentTransferEncoding { get; set; }

    /// <summary>From Content-Disposition, else the name of Content-Type; null if there is neither.</summary>
    public string? FileName
    {
        get => ContentDisposition?.FileName ?? ContentType.Name;
        set => (ContentDisposition ??= new ContentDisposition()).FileName = value;
    }

    internal override RenderedEntity Render()
    {
        var (name, body) = BodyEncoder.Encode(
            Content.Span,
            ContentTransferEncoding,
            ContentType.IsMimeType("text", "*") || ContentType.IsMimeType("message", "*")
        );
        return new(RenderHeaders(WriteType, name), Encoding.ASCII.GetBytes(body));
    }

    // The plain name stands here and not beside filename*: readers that see both forms in one header disagree which counts.
    private void WriteType(HeaderFolder folder)
    {
        var parameters = new ParameterList();
        foreach (var (key, value) in ContentType.Parameters) parameters[key] = value;
        if (ContentDisposition?.FileName is { } file) parameters["name"] = ParameterWriter.Fallback(file);
        parameters.Write(folder, ContentType.MimeType);
    }
}
