using System.Text;

namespace Community.Mail.Mime;

/// <summary>A mail message (RFC 5322, RFC 2045–2049): headers and a tree of parts.</summary>
public sealed class MimeMessage
{
    public MimeMessage()
    {
        Headers = new HeaderList(IsProperty);
        (From, To, Cc, Bcc, ReplyTo) = (List("From"), List("To"), List("Cc"), List("Bcc"), List("Reply-To"));
        Sender = null;
    }

    /// <summary>Every header but those of the body. Addresses are set through <see cref="From"/> and its like.</summary>
    public HeaderList Headers { get; }

    public InternetAddressList From { get; }

    public InternetAddressList To { get; }

    public InternetAddressList Cc { get; }

    /// <summary>Goes to the envelope, never into what is written.</summary>
    public InternetAddressList Bcc { get; }

    public InternetAddressList ReplyTo { get; }

    /// <summary>Who sent for the authors (RFC 5322 §3.6.2); usually null.</summary>
    public MailboxAddress? Sender
    {
        get;
        set
        {
            field = value;
            if (value is null) Headers.RemoveAll("Sender");
            else Headers.Set(Header.ForAddresses("Sender", value.ToString()));
        }
    }

    /// <summary>One line of Unicode text; empty if there is none.</summary>
    /// <exception cref="ArgumentException">The text holds CR, LF or another control, or a lone surrogate.</exception>
    public string Subject
    {
        get => Headers["Subject"] ?? "";
        set => Headers["Subject"] = value;
    }

    /// <summary>When it was written; null if the header is missing or unreadable. A writer without one takes the present.</summary>
    public DateTimeOffset? Date
    {
        get => MailDate.TryParse(Headers["Date"]);
        set => Headers["Date"] = value is { } date ? MailDate.Format(date) : null;
    }

    /// <summary>Without angle brackets. Set it yourself, stable per delivery; otherwise the first writing makes one.</summary>
    /// <exception cref="ArgumentException">It is not of the form left@right in printable ASCII.</exception>
    public string? MessageId
    {
        get => MessageIds.Read(Headers["Message-ID"]).FirstOrDefault();
        set => Headers["Message-ID"] = value is null ? null : $"<{MessageIds.Check(value)}>";
    }

    /// <summary>The message this one answers, without brackets, or null.</summary>
    public string? InReplyTo
    {
        get => MessageIds.Read(Headers["In-Reply-To"]).FirstOrDefault();
        set => Headers["In-Reply-To"] = value is null ? null : $"<{MessageIds.Check(value)}>";
    }

    /// <summary>The thread, oldest first, without brackets. Empty if there is none.</summary>
    public IReadOnlyList<string> References
    {
        get => MessageIds.Read(Headers["References"]);
        set => Headers["References"] = value.Count == 0 ? null : string.Join(' ', value.Select(id => $"<{MessageIds.Check(id)}>"));
    }

    /// <summary>The tree of parts; see <see cref="BodyBuilder"/>.</summary>
    public MimeEntity? Body { get; set; }

    /// <summary>The text to show; setting it keeps HTML, linked resources and attachments.</summary>
    public string? TextBody
    {
        get => BodyFinder.Text(Body, "plain");
        set => Rebuild(value, HtmlBody);
    }

    /// <summary>The HTML to show, as the sender wrote it: clean it before a browser sees it. Setting it keeps the rest.</summary>
    public string? HtmlBody
    {
        get => BodyFinder.Text(Body, "html");
        set => Rebuild(TextBody, value);
    }

    /// <summary>Every part without children, in order.</summary>
    public IEnumerable<MimeEntity> BodyParts => BodyFinder.Leaves(Body);

    /// <summary>What a reader is to see as files: all that is neither the text nor a picture within it.</summary>
    public IEnumerable<MimeEntity> Attachments => BodyParts.Where(p => BodyFinder.IsFile(Body, p));

    /// <summary>Parts that the HTML names by <c>cid:</c>.</summary>
    public IEnumerable<MimeEntity> LinkedResources => BodyParts.Where(p => BodyFinder.IsLinked(Body, p));

    /// <summary>For a message that was read: its bytes as they came. Otherwise empty.</summary>
    public ReadOnlyMemory<byte> Source { get; internal set; }

    /// <summary>True if limits of the reader cut something off.</summary>
    public bool IsTruncated { get; internal set; }

    /// <summary>Reads tolerantly to the end of the stream.</summary>
    /// <exception cref="InvalidDataException">The stream is longer than <see cref="ParserOptions.MaxSize"/>.</exception>
    public static MimeMessage Load(Stream stream, ParserOptions? options = null)
    {
        options ??= ParserOptions.Default;
        return new MimeReader(options).Read(BoundedReading.All(stream, options.MaxSize));
    }

    /// <inheritdoc cref="Load(Stream, ParserOptions?)"/>
    public static async Task<MimeMessage> LoadAsync(
        Stream stream,
        ParserOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= ParserOptions.Default;
        return new MimeReader(options).Read(await BoundedReading.AllAsync(stream, options.MaxSize, cancellationToken));
    }

    /// <inheritdoc cref="Load(Stream, ParserOptions?)"/>
    public static MimeMessage Load(ReadOnlyMemory<byte> bytes, ParserOptions? options = null) =>
        new MimeReader(options ?? ParserOptions.Default).Read(bytes);

    /// <summary>
    /// Writes the message: 7 bits, CRLF, lines of at most 76 where they can be folded. The same message gives the same bytes.
    /// </summary>
    /// <exception cref="FormatException">A header cannot be written, as one with a word of over 998 octets.</exception>
    public async Task WriteToAsync(Stream stream, CancellationToken cancellationToken = default) =>
        await stream.WriteAsync(ToBytes(), cancellationToken);

    /// <inheritdoc cref="WriteToAsync"/>
    public byte[] ToBytes()
    {
        Date ??= DateTimeOffset.Now;
        MessageId ??= MessageIds.Make(From.FirstOrDefault()?.Domain);
        var body = Body?.Render() ?? new("", []);
        var headers = new StringBuilder();
        foreach (var header in Headers)
        {
            if (header.Field.Equals("Bcc", StringComparison.OrdinalIgnoreCase) || MimeEntity.IsProperty(header.Field))
                continue;
            headers.Append(
                HeaderRules.HoldsAddresses(header.Field)
                    ? HeaderWriter.Write(header.Field, Mailboxes(header.Field))
                    : HeaderWriter.Write(header)
            );
        }
        headers.Append("MIME-Version: 1.0\r\n").Append(body.Headers).Append("\r\n");
        return [.. Encoding.ASCII.GetBytes(headers.ToString()), .. body.Body];
    }

    private IEnumerable<MailboxAddress> Mailboxes(string field) => field.ToLowerInvariant() switch
    {
        "from" => From,
        "to" => To,
        "cc" => Cc,
        "bcc" => Bcc,
        "reply-to" => ReplyTo,
        _ => Sender is null ? [] : [Sender],
    };

    private InternetAddressList List(string field) => new(list =>
    {
        if (list.Count == 0) Headers.RemoveAll(field);
        else Headers.Set(Header.ForAddresses(field, list.ToString()));
    });

    private void Rebuild(string? text, string? html)
    {
        var builder = new BodyBuilder { TextBody = text, HtmlBody = html };
        foreach (var part in LinkedResources.ToList()) builder.LinkedResources.Add(part);
        foreach (var part in Attachments.ToList()) builder.Attachments.Add(part);
        Body = builder.ToMessageBody();
    }

    private static bool IsProperty(string field) => HeaderRules.HoldsAddresses(field) || MimeEntity.IsProperty(field);
}
