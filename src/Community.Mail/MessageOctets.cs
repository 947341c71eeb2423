using System.Buffers;
using System.Text;
using MimeKit;

namespace Community.Mail;

/// <summary>
/// A message as octets: what <see cref="OutgoingMessage.Write"/> makes of the same fields in the same order, without an object for each
/// field, part and parameter. For who writes very many, one after the other into the same memory.
/// </summary>
/// <remarks>Fields first, in the order in which they are to stand; the body last. Not thread-safe.</remarks>
public sealed class MessageOctets
{
    readonly ArrayBufferWriter<byte> to = new(4096);
    // The Date field of the last message: that of very many, which tells seconds.
    (long Second, byte[] Field) date = (-1, []);

    /// <summary>What was written. It is written over after <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => to.WrittenMemory;

    /// <summary>Fields that are the same for many messages, for <see cref="Again"/>.</summary>
    public static byte[] Fields(Action<MessageOctets> write)
    {
        var fields = new MessageOctets();
        write(fields);
        return fields.Written.ToArray();
    }

    /// <summary>Begins another message.</summary>
    public void Clear() => to.ResetWrittenCount();

    /// <summary>Fields that were written before: see <see cref="Fields"/>.</summary>
    public void Again(ReadOnlySpan<byte> fields) => to.Write(fields);

    /// <inheritdoc cref="HeaderFields.Mailbox(string, string?, string)"/>
    public void Mailbox(string field, string? name, string address) => HeaderFields.Mailbox(to, field, name, address);

    /// <inheritdoc cref="HeaderFields.Text(string, string)"/>
    public void Text(string field, string value) => HeaderFields.Text(to, field, value);

    /// <inheritdoc cref="HeaderFields.Tokens(string, string)"/>
    public void Tokens(string field, string value) => HeaderFields.Tokens(to, field, value);

    /// <summary>Date and Message-ID.</summary>
    /// <inheritdoc cref="OutgoingMessage.Write" path="/param[@name='messageId' or @name='utc']"/>
    /// <exception cref="ArgumentException">Not left@right.</exception>
    public void Identity(string messageId, DateTime utc)
    {
        OutgoingMessage.CheckId(messageId);
        if (date.Second == utc.Ticks / TimeSpan.TicksPerSecond) to.Write(date.Field);
        else
        {
            var before = to.WrittenCount;
            Tokens("Date", OutgoingMessage.Date(utc));
            date = (utc.Ticks / TimeSpan.TicksPerSecond, to.WrittenSpan[before..].ToArray());
        }
        Tokens("Message-ID", $"<{messageId}>");
    }

    /// <summary>Plain text and HTML.</summary>
    /// <exception cref="ArgumentException">A text contains an unpaired surrogate.</exception>
    public void Body(ReadOnlySpan<char> text, ReadOnlySpan<char> html) => MailBody.Write(to, text, html, Multipart());

    /// <inheritdoc cref="Body(ReadOnlySpan{char}, ReadOnlySpan{char})"/>
    /// <param name="text">The plain text.</param>
    /// <param name="inText">Its values.</param>
    /// <param name="html">The HTML.</param>
    /// <param name="inHtml">Its values, as they are to stand in HTML.</param>
    public void Body(PreparedText text, IReadOnlyList<string> inText, PreparedText html, IReadOnlyList<string> inHtml) =>
        MailBody.Write(to, text, inText, html, inHtml, Multipart());

    string Multipart()
    {
        var boundary = MailBody.NewBoundary();
        to.Ascii("MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"");
        to.Ascii(boundary);
        to.Ascii("\"\r\n\r\n");
        return boundary;
    }
}

static class AsciiWriting
{
    /// <summary>Text of which it is known that it is ASCII.</summary>
    public static void Ascii(this ArrayBufferWriter<byte> to, string text) =>
        to.Advance(Encoding.ASCII.GetBytes(text, to.GetSpan(text.Length)));
}
