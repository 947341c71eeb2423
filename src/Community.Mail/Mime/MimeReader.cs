using Community.Mail.Reports;

namespace Community.Mail.Mime;

/// <summary>Builds the tree of one message within the limits.</summary>
internal sealed class MimeReader(ParserOptions options)
{
    private int _parts;
    private bool _truncated;

    public MimeMessage Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > options.MaxSize) throw new InvalidDataException($"The message is longer than {options.MaxSize} octets.");
        return Message(bytes, 0);
    }

    private MimeMessage Message(ReadOnlyMemory<byte> bytes, int depth)
    {
        var message = new MimeMessage { Source = bytes };
        var headers = Headers(bytes, out var start);
        foreach (var (name, raw) in headers)
        {
            switch (name.ToLowerInvariant())
            {
                case "from": message.From.AddRange(AddressParser.Parse(raw)); break;
                case "to": message.To.AddRange(AddressParser.Parse(raw)); break;
                case "cc": message.Cc.AddRange(AddressParser.Parse(raw)); break;
                case "bcc": message.Bcc.AddRange(AddressParser.Parse(raw)); break;
                case "reply-to": message.ReplyTo.AddRange(AddressParser.Parse(raw)); break;
                case "sender": message.Sender = AddressParser.Parse(raw).FirstOrDefault(); break;
                default: message.Headers.AddFromWire(Header.FromWire(name, raw)); break;
            }
        }
        message.Body = Entity(headers, bytes[start..], depth, "text/plain");
        message.IsTruncated = _truncated;
        return message;
    }

    private MimeEntity Entity(List<(string Name, string Raw)> headers, ReadOnlyMemory<byte> body, int depth, string kind)
    {
        var entity = Content(
            ContentType.TryParse(Value("Content-Type") ?? kind) ?? ContentType.Parse("application/octet-stream"),
            Encoding(Value("Content-Transfer-Encoding")),
            body,
            depth
        );
        if (Value("Content-Disposition") is { } disposition)
            entity.ContentDisposition = ContentDisposition.TryParse(disposition);
        if (
            Value("Content-ID")?.Trim().Trim('<', '>') is { Length: > 0 and <= 200 } id
            && id.All(c => c is > ' ' and <= '~' and not ('<' or '>'))
        )
            entity.ContentId = id;
        if (depth > 0)
            foreach (var (name, raw) in headers)
                entity.Headers.AddFromWire(Header.FromWire(name, raw));
        return entity;

        string? Value(string name) => headers.Find(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Raw;
    }

    private MimeEntity Content(ContentType type, ContentEncoding encoding, ReadOnlyMemory<byte> body, int depth)
    {
        _parts++;
        var deeper = depth < options.MaxDepth;
        if (type.IsMimeType("multipart", "*") && type.Boundary is { Length: > 0 } boundary)
        {
            if (deeper) return Parts(type, body, boundary, depth);
            _truncated = true;
        }
        if (type.IsMimeType("message", "delivery-status") || type.IsMimeType("message", "global-delivery-status"))
            return new MessageDeliveryStatus(type, encoding, body);
        if (type.IsMimeType("message", "feedback-report"))
            return new MessageFeedbackReport(type, encoding, body);
        if (type.IsMimeType("message", "rfc822") || type.IsMimeType("message", "global") || type.IsMimeType("text", "rfc822-headers"))
        {
            if (deeper) return new MessagePart(type, Message(new MimePart(type, encoding, body).Content, depth + 1));
            _truncated = true;
        }
        return type.IsMimeType("text", "*") ? new TextPart(type, encoding, body) : new MimePart(type, encoding, body);
    }

    private Multipart Parts(ContentType type, ReadOnlyMemory<byte> body, string boundary, int depth)
    {
        Multipart multipart = type.IsMimeType("multipart", "report") ? new MultipartReport(type) : new Multipart(type);
        var kind = type.IsMimeType("multipart", "digest") ? "message/rfc822" : "text/plain";
        foreach (var range in MultipartSplitter.Split(body.Span, boundary, options.MaxParts + 1))
        {
            if (_parts >= options.MaxParts)
            {
                _truncated = true;
                break;
            }
            var part = body[range];
            var headers = Headers(part, out var start);
            multipart.Add(Entity(headers, part[start..], depth + 1, kind));
        }
        return multipart;
    }

    private List<(string Name, string Raw)> Headers(ReadOnlyMemory<byte> bytes, out int body)
    {
        (var headers, body, var cut) = HeaderReader.Read(bytes.Span, options);
        _truncated |= cut;
        return headers;
    }

    private static ContentEncoding Encoding(string? name) => name?.Trim().TrimEnd(';').ToLowerInvariant() switch
    {
        "base64" => ContentEncoding.Base64,
        "quoted-printable" => ContentEncoding.QuotedPrintable,
        "8bit" => ContentEncoding.EightBit,
        "binary" => ContentEncoding.Binary,
        _ => ContentEncoding.SevenBit,
    };
}
