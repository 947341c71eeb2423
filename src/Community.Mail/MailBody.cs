using MimeKit;
using MimeKit.Encodings;
using MimeKit.IO;

namespace Community.Mail;

/// <summary>
/// The body of a message of ours, plain text and HTML, which knows when all of it is on the wire and the final dot is not.
/// </summary>
/// <remarks>
/// MailKit writes a message through a <see cref="FilteredStream"/> (it doubles dots) onto a stream that gathers 4 KB, and then the dot.
/// The body is the last part of a message, so behind it both are emptied, and <see cref="BeforeFinalDot"/> is awaited: the dot leaves in a
/// write of its own. Nothing promises that MailKit goes on writing so; RelayClientTests says whether it does.
/// </remarks>
public sealed class MailBody : MultipartAlternative
{
    /// <param name="text">Any line ends; they become CRLF.</param>
    /// <exception cref="ArgumentException">A text holds half a surrogate pair.</exception>
    public MailBody(string text, string html)
    {
        Add(Part("plain", text));
        Add(Part("html", html));
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
        // A text's line ends are CRLF (RFC 2046 §4.1.1); under base64 they stay as they are.
        var bytes = HeaderFields.Utf8.GetBytes(text.ReplaceLineEndings("\r\n"));
        // Three octets of base64 are four, one of quoted-printable that is not ASCII is three.
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
        // The library's writer of quoted-printable makes lines of up to two columns more than it is told.
        IMimeEncoder encoder = encoding == ContentEncoding.Base64 ? new Base64Encoder() : new QuotedPrintableEncoder(72);
        var output = new byte[encoder.EstimateOutputLength(bytes.Length)];
        return output[..encoder.Flush(bytes, 0, bytes.Length, output)];
    }
}
