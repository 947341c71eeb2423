using System.Buffers;
using System.Buffers.Text;
using System.Text;
using MimeKit;
using MimeKit.Encodings;

namespace Community.Mail;

/// <summary>The body of an outgoing message, plain text and HTML, with pictures that the HTML shows and with attachments.</summary>
/// <remarks>It is the last part of a message, so behind it there is only the <see cref="FinalDot"/>.</remarks>
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
        var boundary = NewBoundary();
        var to = new ArrayBufferWriter<byte>(2 * (text.Length + html.Length) + 500);
        Write(to, text, html, boundary);
        return new(to.WrittenSpan.ToArray(), boundary);
    }

    // No text that is encoded has it: base64 has no hyphen, and quoted-printable writes the sign behind it otherwise.
    internal static string NewBoundary() => "=-" + Convert.ToBase64String(Guid.NewGuid().ToByteArray());

    internal static void Write(ArrayBufferWriter<byte> to, ReadOnlySpan<char> text, ReadOnlySpan<char> html, string boundary)
    {
        WritePart(to, "plain", text, boundary);
        WritePart(to, "html", html, boundary);
        End(to, boundary);
    }

    internal const string InBase64 = "base64\r\n\r\n", InQuotedPrintable = "quoted-printable\r\n\r\n";

    internal static void Write(
        ArrayBufferWriter<byte> to,
        PreparedText text,
        IReadOnlyList<string> inText,
        PreparedText html,
        IReadOnlyList<string> inHtml,
        string boundary
    )
    {
        BeginPart(to, "plain", boundary);
        text.Write(to, inText);
        EndPart(to);
        BeginPart(to, "html", boundary);
        html.Write(to, inHtml);
        EndPart(to);
        End(to, boundary);
    }

    static void WritePart(ArrayBufferWriter<byte> to, string subtype, ReadOnlySpan<char> said, string boundary)
    {
        BeginPart(to, subtype, boundary);
        var octets = ArrayPool<byte>.Shared.Rent(HeaderFields.Utf8.GetMaxByteCount(said.Length));
        try
        {
            var all = octets.AsSpan(0, Octets(said, octets));
            if (IsBase64(Others(all), all.Length))
            {
                to.Ascii(InBase64);
                Base64Lines(to, all);
            }
            else
            {
                to.Ascii(InQuotedPrintable);
                Quoted(to, all);
            }
            EndPart(to);
        }
        finally { ArrayPool<byte>.Shared.Return(octets); }
    }

    static void BeginPart(ArrayBufferWriter<byte> to, string subtype, string boundary)
    {
        to.Ascii("--");
        to.Ascii(boundary);
        to.Ascii("\r\nContent-Type: text/");
        to.Ascii(subtype);
        to.Ascii("; charset=utf-8\r\nContent-Transfer-Encoding: ");
    }

    /// <summary>The line break is that of the boundary.</summary>
    static void EndPart(ArrayBufferWriter<byte> to) => to.Write("\r\n"u8);

    static void End(ArrayBufferWriter<byte> to, string boundary)
    {
        to.Ascii("--");
        to.Ascii(boundary);
        to.Ascii("--\r\n");
    }

    internal static void Base64Lines(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> bytes)
    {
        const int line = 57;
        for (; bytes.Length > 0; bytes = bytes[Math.Min(line, bytes.Length)..])
        {
            Base64.EncodeToUtf8(bytes[..Math.Min(line, bytes.Length)], to.GetSpan(76), out _, out var n);
            to.Advance(n);
            to.Write("\r\n"u8);
        }
    }

    /// <summary>In quoted-printable. What ends with a line break is the same whatever follows it.</summary>
    internal static void Quoted(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> octets)
    {
        var encoder = QuotedPrintable();
        var (input, lines) = (
            ArrayPool<byte>.Shared.Rent(octets.Length),
            ArrayPool<byte>.Shared.Rent(encoder.EstimateOutputLength(octets.Length))
        );
        try
        {
            octets.CopyTo(input);
            WithReturns(to, lines.AsSpan(0, encoder.Flush(input, 0, octets.Length, lines)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(input);
            ArrayPool<byte>.Shared.Return(lines);
        }
    }

    /// <summary>The library's encoder breaks lines by LF alone.</summary>
    static void WithReturns(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> lines)
    {
        for (int end; (end = lines.IndexOf((byte)'\n')) >= 0; lines = lines[(end + 1)..])
        {
            Line(to, end > 0 && lines[end - 1] == '\r' ? lines[..(end - 1)] : lines[..end]);
            to.Write("\r\n"u8);
        }
        Line(to, lines);
    }

    /// <summary>
    /// Programs that keep mail in one file write a sign before a line that begins so, and break its signature (RFC 4155). Two octets
    /// more have room in the line.
    /// </summary>
    static void Line(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("From "u8))
        {
            to.Write("=46"u8);
            line = line[1..];
        }
        to.Write(line);
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

    internal FinalDot Dot { get; } = new();

    /// <summary>It is there as octets.</summary>
    internal bool IsWritten => written is not null;

    public override async Task WriteToAsync(
        FormatOptions options,
        Stream stream,
        bool contentOnly,
        CancellationToken cancellationToken = default
    )
    {
        Dot.Started?.Invoke();
        if (written is null) await base.WriteToAsync(options, stream, contentOnly, cancellationToken);
        else await stream.WriteAsync(written, cancellationToken);
        await Dot.Reached(stream, cancellationToken);
    }

    public override void WriteTo(FormatOptions options, Stream stream, bool contentOnly, CancellationToken cancellationToken = default)
    {
        if (written is null) base.WriteTo(options, stream, contentOnly, cancellationToken);
        else stream.Write(written);
    }

    /// <summary>In UTF-8, with lines that end with CRLF (RFC 2046 §4.1.1), which base64 would not convert.</summary>
    static int Octets(ReadOnlySpan<char> text, Span<byte> to)
    {
        var length = 0;
        try
        {
            for (int end; (end = text.IndexOfAny(lineEndings)) >= 0;)
            {
                length += HeaderFields.Utf8.GetBytes(text[..end], to[length..]);
                (to[length], to[length + 1]) = ((byte)'\r', (byte)'\n');
                length += 2;
                text = text[(end + (text[end..].StartsWith("\r\n") ? 2 : 1))..];
            }
            return length + HeaderFields.Utf8.GetBytes(text, to[length..]);
        }
        catch (EncoderFallbackException error) { throw new ArgumentException("The text may not hold half a surrogate pair.", error); }
    }

    internal static void Octets(ArrayBufferWriter<byte> to, string text) =>
        to.Advance(Octets(text, to.GetSpan(HeaderFields.Utf8.GetMaxByteCount(text.Length))));

    internal static int Others(ReadOnlySpan<byte> octets)
    {
        var others = 0;
        foreach (var octet in octets) others += octet >> 7;
        return others;
    }

    // Base64 turns three octets into four; quoted-printable turns each non-ASCII octet into three.
    internal static bool IsBase64(int others, int length) => others > length / 6;

    static TextPart Part(string subtype, string text)
    {
        var octets = new byte[HeaderFields.Utf8.GetMaxByteCount(text.Length)];
        var all = octets.AsSpan(0, Octets(text, octets));
        var encoding = IsBase64(Others(all), all.Length) ? ContentEncoding.Base64 : ContentEncoding.QuotedPrintable;
        var written = new ArrayBufferWriter<byte>(2 * all.Length + 1);
        if (encoding is ContentEncoding.Base64) Base64Lines(written, all);
        else Quoted(written, all);
        return new TextPart(subtype)
        {
            Content = new MimeContent(new MemoryStream(written.WrittenSpan.ToArray(), writable: false), encoding),
            ContentTransferEncoding = encoding,
            ContentType = { Charset = "utf-8" },
        };
    }

    // The library's encoder exceeds the given line length by up to two columns.
    static QuotedPrintableEncoder QuotedPrintable() => new(72);
}
