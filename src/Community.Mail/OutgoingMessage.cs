using System.Text.RegularExpressions;
using MimeKit;

namespace Community.Mail;

/// <summary>Writes a message to one mailbox. Every outgoing message is built here.</summary>
public static partial class OutgoingMessage
{
    /// <summary>76-column lines ending in CRLF, 7-bit.</summary>
    static readonly FormatOptions format = Format();

    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?:[A-Za-z0-9._-]+|\[[!-Z^-~]+\])\z", RegexOptions.CultureInvariant)]
    private static partial Regex WellFormedId();

    /// <param name="from">Display name and address.</param>
    /// <param name="to">Display name and address.</param>
    /// <param name="messageId">left@right, without brackets; the same for every attempt to send the message.</param>
    /// <param name="utc">The message's Date.</param>
    /// <param name="tokens">Additional machine-readable fields: ASCII, never encoded.</param>
    /// <exception cref="ArgumentException">A value is not allowed in a message, see <see cref="HeaderFields"/>.</exception>
    public static MimeMessage Write(
        (string? Name, string Address) from,
        (string? Name, string Address) to,
        string subject,
        string messageId,
        DateTime utc,
        IEnumerable<(string Field, string Value)> tokens,
        MailBody body
    )
    {
        CheckId(messageId);
        var message = new MimeMessage(
            HeaderFields.Mailbox("From", from.Name, from.Address),
            HeaderFields.Mailbox("To", to.Name, to.Address),
            HeaderFields.Text("Subject", subject),
            HeaderFields.Tokens("Date", Date(utc)),
            HeaderFields.Tokens("Message-ID", $"<{messageId}>")
        );
        foreach (var (field, value) in tokens) message.Headers.Add(HeaderFields.Tokens(field, value));
        message.Body = body;
        return message;
    }

    internal static void CheckId(string messageId)
    {
        if (messageId.Length > 250 || !WellFormedId().IsMatch(messageId))
            throw new ArgumentException("An identifier of a message has the form left@right (RFC 5322 §3.6.4).");
    }

    internal static string Date(DateTime utc) =>
        MimeKit.Utils.DateUtils.FormatDate(new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc)));

    /// <summary>The message as sent over the wire.</summary>
    public static byte[] ToBytes(MimeMessage message)
    {
        using var bytes = new MemoryStream();
        message.WriteTo(format, bytes);
        return bytes.ToArray();
    }

    internal static FormatOptions Format()
    {
        var format = FormatOptions.Default.Clone();
        (format.NewLineFormat, format.EnsureNewLine, format.MaxLineLength) = (NewLineFormat.Dos, true, 76);
        return format;
    }
}
