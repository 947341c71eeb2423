using System.Text;
using MimeKit;

namespace Community.Mail.Tests.Writing;

/// <summary>Short ways to what every test of messages does.</summary>
internal static class Messages
{
    public static MimeMessage Write(
        string subject = "Hello",
        string name = "Anna",
        string id = "d1@example.org",
        string token = "auto-generated",
        string text = "Good morning",
        string html = "<p>Good morning</p>"
    ) =>
        OutgoingMessage.Write(
            ("Community", "hello@example.org"),
            (name, "anna@example.org"),
            subject,
            id,
            new DateTime(2026, 11, 22, 0, 30, 0, DateTimeKind.Utc),
            [("Auto-Submitted", token)],
            new MailBody(text, html)
        );

    public static MimeMessage Write(MailBody body) =>
        OutgoingMessage.Write(
            ("Community", "hello@example.org"), ("Anna", "anna@example.org"), "Hello", "d1@example.org", default, [], body);

    /// <summary>As it goes over the wire, which is looked at on the way: 7 bits, CRLF, no line longer than mail may have.</summary>
    public static string Wire(this MimeMessage message)
    {
        var bytes = OutgoingMessage.ToBytes(message);
        Assert.DoesNotContain(bytes, b => b > 127 || b == 0);
        var text = Encoding.ASCII.GetString(bytes);
        var bare = text.Replace("\r\n", "", StringComparison.Ordinal);
        Assert.False(bare.Contains('\r') || bare.Contains('\n'), "a bare CR or LF");
        Assert.All(text.Split("\r\n"), l => Assert.InRange(l.Length, 0, 76));
        return text;
    }

    public static MimeMessage Again(MimeMessage message) => IncomingMessage.Read(OutgoingMessage.ToBytes(message));
}
