using System.Buffers;
using System.Buffers.Text;
using System.Text;
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
    // Of ReplaceLineEndings.
    static readonly SearchValues<char> lineEndings = SearchValues.Create("\r\n\f\u0085\u2028\u2029");
    readonly byte[]? written;

    MailBody(byte[] written, string boundary) => (this.written, Boundary) = (written, boundary);

    /// <summary>
    /// Plain text and HTML as octets: what <see cref="MailBody(string, string)"/> would write, without an object for each part, field and
    /// parameter. For who writes very many; nobody can read its parts.
    /// </summary>
    /// <exception cref="ArgumentException">A text contains an unpaired surrogate.</exception>
    public static MailBody Written(string text, string html)
    {
        // No text that is encoded has it: base64 has no hyphen, and quoted-printable writes the sign behind it otherwise.
        var boundary = "=-" + Convert.ToBase64String(Guid.NewGuid().ToByteArray());
        var to = new ArrayBufferWriter<byte>(2 * (text.Length + html.Length) + 500);
        foreach (var (subtype, said) in new[] { ("plain", text), ("html", html) })
        {
            var (bytes, encoding) = Octets(said);
            Ascii(to, $"--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: ");
            Ascii(to, encoding is ContentEncoding.Base64 ? "base64\r\n\r\n" : "quoted-printable\r\n\r\n");
            if (encoding is ContentEncoding.Base64) Base64Lines(to, bytes);
            else WithReturns(to, Encode(bytes, encoding));
            // Of the boundary.
            to.Write("\r\n"u8);
        }
        Ascii(to, $"--{boundary}--\r\n");
        return new(to.WrittenSpan.ToArray(), boundary);
    }

    static void Ascii(ArrayBufferWriter<byte> to, string text) => to.Advance(Encoding.ASCII.GetBytes(text, to.GetSpan(text.Length)));

    static void Base64Lines(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> bytes)
    {
        const int line = 57;
        for (; bytes.Length > 0; bytes = bytes[Math.Min(line, bytes.Length)..])
        {
            Base64.EncodeToUtf8(bytes[..Math.Min(line, bytes.Length)], to.GetSpan(76), out _, out var n);
            to.Advance(n);
            to.Write("\r\n"u8);
        }
    }

    /// <summary>The library's encoder breaks lines by LF alone.</summary>
    static void WithReturns(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> lines)
    {
        for (int end; (end = lines.IndexOf((byte)'\n')) >= 0; lines = lines[(end + 1)..])
        {
            to.Write(end > 0 && lines[end - 1] == '\r' ? lines[..(end - 1)] : lines[..end]);
            to.Write("\r\n"u8);
        }
        to.Write(lines);
    }

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
        if (written is null) await base.WriteToAsync(options, stream, contentOnly, cancellationToken);
        else await stream.WriteAsync(written, cancellationToken);
        if (BeforeFinalDot is null || stream is not FilteredStream filtered) return;
        await filtered.FlushAsync(cancellationToken);
        await filtered.Source.FlushAsync(cancellationToken);
        await BeforeFinalDot();
    }

    public override void WriteTo(FormatOptions options, Stream stream, bool contentOnly, CancellationToken cancellationToken = default)
    {
        if (written is null) base.WriteTo(options, stream, contentOnly, cancellationToken);
        else stream.Write(written);
    }

    static (byte[] Bytes, ContentEncoding Encoding) Octets(string text)
    {
        // Line endings in text parts are CRLF (RFC 2046 §4.1.1); base64 would not convert them.
        byte[] bytes;
        try { bytes = HeaderFields.Utf8.GetBytes(HasReturns(text) ? text : text.ReplaceLineEndings("\r\n")); }
        catch (ArgumentException error) { throw new ArgumentException("The text may not hold half a surrogate pair.", error); }
        // Base64 turns three octets into four; quoted-printable turns each non-ASCII octet into three.
        var others = 0;
        foreach (var octet in bytes)
            if (octet > 0x7f) others++;
        return (bytes, others > bytes.Length / 6 ? ContentEncoding.Base64 : ContentEncoding.QuotedPrintable);
    }

    /// <summary>Whether each line ends with CRLF already: to write the same again would cost as much as to encode it.</summary>
    static bool HasReturns(ReadOnlySpan<char> text)
    {
        for (int end; (end = text.IndexOfAny(lineEndings)) >= 0; text = text[(end + 2)..])
            if (text[end] != '\r' || end + 1 == text.Length || text[end + 1] != '\n') return false;
        return true;
    }

    static TextPart Part(string subtype, string text)
    {
        var (bytes, encoding) = Octets(text);
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
