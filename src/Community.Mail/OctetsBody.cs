using MimeKit;

namespace Community.Mail;

/// <summary>
/// A message that is there as octets, as MailKit takes it: one for all messages of a connection. MailKit asks for fields and a body; so the
/// first field's value is said to be all of the fields.
/// </summary>
/// <remarks>The fields are the body's: those of a message would be read for addresses each time.</remarks>
sealed class OctetsBody : MimePart
{
    /// <summary>MimeKit adds this field, which the octets have already.</summary>
    public static readonly FormatOptions Format = WithoutVersion();

    ReadOnlyMemory<byte> content;

    public OctetsBody()
    {
        Message = new() { Body = this };
        // A new one has a date and more.
        Message.Headers.Clear();
    }

    public MimeMessage Message { get; }

    public FinalDot Dot { get; } = new();

    /// <param name="octets">A message with fields; none holds nothing.</param>
    public void Hold(ReadOnlyMemory<byte> octets)
    {
        Headers.Clear();
        content = default;
        if (octets.IsEmpty) return;
        var fields = octets.Span[..(octets.Span.IndexOf("\r\n\r\n"u8) + 2)];
        var colon = fields.IndexOf((byte)':');
        var first = HeaderFields.Named(System.Text.Encoding.ASCII.GetString(fields[..colon]));
        first.SetRawValue(fields[(colon + 1)..].ToArray());
        Headers.Add(first);
        content = octets[(fields.Length + 2)..];
    }

    public override async Task WriteToAsync(
        FormatOptions options, Stream stream, bool contentOnly, CancellationToken cancellationToken = default)
    {
        Dot.Started?.Invoke();
        await stream.WriteAsync(content, cancellationToken);
        await Dot.Reached(stream, cancellationToken);
    }

    static FormatOptions WithoutVersion()
    {
        var format = OutgoingMessage.Format();
        format.HiddenHeaders.Add(HeaderId.MimeVersion);
        return format;
    }
}
