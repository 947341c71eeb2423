using System.Text;
using Community.Mail.Mime;

namespace Community.Mail.Tests.Mime;

/// <summary>Short ways to what every MIME test does.</summary>
internal static class Messages
{
    public static MimeMessage Letter()
    {
        var message = new MimeMessage
        {
            Subject = "Hello",
            Date = new DateTimeOffset(2026, 11, 22, 9, 30, 0, TimeSpan.FromHours(9)),
            MessageId = "d1@example.org",
            TextBody = "Good morning",
        };
        message.From.Add("Community", "hello@example.org");
        message.To.Add("Anna", "anna@example.org");
        return message;
    }

    public static string Wire(this MimeMessage message)
    {
        var bytes = message.ToBytes();
        Assert.DoesNotContain(bytes, b => b > 127 || b == 0);
        var text = Encoding.ASCII.GetString(bytes);
        var bare = text.Replace("\r\n", "", StringComparison.Ordinal);
        Assert.False(bare.Contains('\r') || bare.Contains('\n'), "a bare CR or LF");
        return text;
    }

    /// <summary>The lines of one header, as written.</summary>
    public static string[] HeaderLines(this MimeMessage message, string name)
    {
        var lines = message.Wire().Split("\r\n\r\n")[0].Split("\r\n");
        var start = Array.FindIndex(lines, l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        return [lines[start], .. lines.Skip(start + 1).TakeWhile(l => l.StartsWith(' '))];
    }

    public static MimeMessage Again(this MimeMessage message) => MimeMessage.Load(message.ToBytes());

    public static MimeMessage Read(string text) => MimeMessage.Load(Encoding.Latin1.GetBytes(text));
}
