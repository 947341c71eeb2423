using MimeKit;
using MimeKit.Encodings;
using MimeKit.IO;

namespace Community.Mail;

/// <summary>
/// The body of an outgoing message, plain text and HTML, with pictures that the HTML shows and with attachments. It knows when all of it is
/// on the wire but the final dot is not.
/// </summary>
/// <remarks>
/// MailKit writes a message through a <see cref="FilteredStream"/> (dot-stuffing) into a stream that buffers 4 KB, then writes the dot.
/// The body is the last part of a message, so after it both are flushed and <see cref="BeforeFinalDot"/> is awaited: the dot leaves in a
/// separate write. MailKit does not guarantee this behaviour; RelayClientTests checks it.
/// </remarks>
public sealed class MailBody : MultipartAlternative
{
    /// <param name="text">With any line endings; they are converted to CRLF.</param>
    /// <exception cref="ArgumentException">A text contains an unpaired surrogate.</exception>
    public MailBody(string text, string html)
        : this(text, html, [], []) { }

    /// <inheritdoc cref="MailBody(string, string)"/>
    /// <param name="pictures">Shown by the HTML as <c>cid:</c> and their identifier, left@right.</param>
    /// <param name="attachments">In their order.</param>
    public MailBody(
        string text, string html, IReadOnlyCollection<(string Id, EncodedFile File)> pictures, IReadOnlyCollection<EncodedFile> attachments)
    {
        MimeEntity shown = Part("html", html);
        if (pictures.Count > 0)
        {
            var related = new MultipartRelated { Root = shown };
            foreach (var (id, file) in pictures) related.Add(file.Part(id));
            shown = related;
        }
        if (attachments.Count == 0)
        {
            Add(Part("plain", text));
            Add(shown);
            return;
        }
        // Both ways of saying the same come first, and what is added to them behind: programs without HTML show the attachments, too.
        ContentType.MediaSubtype = "mixed";
        Add(new MultipartAlternative { Part("plain", text), shown });
        foreach (var file in attachments) Add(file.Part(null));
    }

    internal Action? Started { get; set; }

    internal Func<Task>? BeforeFinalDot { get; set; }

    public override async Task WriteToAsync(
        FormatOptions options,
        Stream stream,
        bool contentOnly,
        CancellationToken cancellationToken = default
    )
    {
        Started?.Invoke();
        await base.WriteToAsync(options, stream, contentOnly, cancellationToken);
        if (BeforeFinalDot is null || stream is not FilteredStream filtered) return;
        await filtered.FlushAsync(cancellationToken);
        await filtered.Source.FlushAsync(cancellationToken);
        await BeforeFinalDot();
    }

    static TextPart Part(string subtype, string text)
    {
        try { HeaderFields.Utf8.GetByteCount(text); }
        catch (ArgumentException error) { throw new ArgumentException("The text may not hold half a surrogate pair.", error); }
        // Line endings in text parts are CRLF (RFC 2046 §4.1.1); base64 would not convert them.
        var bytes = HeaderFields.Utf8.GetBytes(text.ReplaceLineEndings("\r\n"));
        // Base64 turns three octets into four; quoted-printable turns each non-ASCII octet into three.
        var encoding = bytes.Count(b => b > 0x7f) > bytes.Length / 6 ? ContentEncoding.Base64 : ContentEncoding.QuotedPrintable;
        return new TextPart(subtype)
        {
            Content = new MimeContent(new MemoryStream(Encode(bytes, encoding), writable: false), encoding),
            ContentTransferEncoding = encoding,
            ContentType = { Charset = "utf-8" },
        };
    }

    static byte[] Encode(byte[] bytes, ContentEncoding encoding)
    {
        // The library's quoted-printable encoder exceeds the given line length by up to two columns.
        IMimeEncoder encoder = encoding == ContentEncoding.Base64 ? new Base64Encoder() : new QuotedPrintableEncoder(72);
        var output = new byte[encoder.EstimateOutputLength(bytes.Length)];
        return output[..encoder.Flush(bytes, 0, bytes.Length, output)];
    }
}
