namespace Community.Mail.Mime;

/// <summary>A message inside a message, or only its headers (RFC 2046 §5.2.1, RFC 3462 §2).</summary>
public sealed class MessagePart : MimeEntity
{
    public MessagePart(MimeMessage message, string subtype = "rfc822") : this(new ContentType("message", subtype), message) { }

    internal MessagePart(ContentType contentType, MimeMessage message) : base(contentType) => Message = message;

    public MimeMessage Message { get; }

    internal override RenderedEntity Render() =>
        new(RenderHeaders(f => ContentType.Parameters.Write(f, ContentType.MimeType), "7bit"), Message.ToBytes());
}
