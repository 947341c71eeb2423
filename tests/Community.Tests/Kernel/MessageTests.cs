using System.Text;
using Community.Mail;
using Community.Mail.Tests.Reading;
using Community.Mailing;
using Microsoft.Extensions.Localization;
using MimeKit;

namespace Community.Tests.Kernel;

/// <summary>The messages that the product writes, read by a reader that knows the standards and not the library that wrote them.</summary>
[Trait("on", "sqlite")]
public sealed class MessageTests
{
    const string Name = "茶の間のとても長い名前のサイトと会員のみなさまへのお知らせをする係 👨‍👩‍👧‍👦";

    static readonly Site site = new()
    {
        Id = 1,
        Key = "a",
        Name = Name,
        Hosts = ["a.example"],
        Culture = "ja",
        TimeZone = "Asia/Tokyo",
        Theme = "plain",
        Features = new HashSet<string>(),
        MailFrom = "news@a.example",
    };

    public static TheoryData<string, string> Words => new()
    {
        { "Hello", "Good morning.\n\nFrom here on\n\n.\n\n..and on" },
        { "今月のお知らせ、とても長い件名でいくつもの行にわたるもの 👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", "茶は**熱い**うちに。\n\n" + new string('茶', 500) },
        { "=?utf-8?B?AAAA?= \"quoted\"", "é " + new string('x', 1000) },
    };

    [Theory]
    [MemberData(nameof(Words))]
    public void A_system_mail_is_read_as_it_was_written(string subject, string text)
    {
        var mail = new SystemMail
        {
            Kind = "test",
            To = "taro..yama.@docomo.example",
            Subject = subject,
            Text = text,
            Culture = "ja",
        };
        var logo = new MailColors("#123456", "#123456", "/files/logo.png");
        Read(
            SystemMailMessage.Write(mail, site, "https://a.example/", logo, DateTime.UtcNow),
            subject,
            "\"taro..yama.\"@docomo.example",
            text
        );
    }

    [Theory]
    [MemberData(nameof(Words))]
    public void A_mailing_is_read_as_it_was_written(string subject, string text)
    {
        var content = new FrozenContent
        {
            Contents = [new() { Subject = subject, Text = text }],
            KindId = 1,
            KindName = "お知らせ",
            ListId = "<news.a.example>",
            From = "news@a.example",
            FromName = Name,
            SiteName = Name,
            SiteUrl = "https://a.example/",
            Host = "a.example",
            Culture = "ja",
            Color = "#123456",
            FeedbackId = "1:news:a:community",
        };
        var link = "https://a.example/u/" + new string('t', 300);
        var to = new Recipient(1, Name, "anna@日本語.example", "ja", link, link + "/one-click");
        var message = new MailingMessage(content, new Texts(new ModuleList(Web.HostModules.All)), Mailing.WordsTests.Fields).Write(
            to,
            "1.1@a.example",
            DateTime.UtcNow
        );
        Read(message, subject, $"{Name} <anna@xn--wgv71a119e.example>", text);
        Assert.Contains($"\r\nList-Unsubscribe:\r\n <{link}/one-click>\r\n", Encoding.ASCII.GetString(OutgoingMessage.ToBytes(message)));
    }

    [Fact]
    public void Words_that_would_become_a_header_or_a_recipient_are_refused()
    {
        foreach (var line in new[] { "\r\n", "\n", "\r", "\0", "\u0085", "\ud83d" })
        {
            var bad = "x" + line + "Bcc: victim@evil.example";
            foreach (var (subject, to) in new[] { (bad, "a@example.com"), ("Hello", "a@example.com" + line), ("Hello", bad) })
            {
                var mail = new SystemMail
                {
                    Kind = "test",
                    To = to,
                    Subject = subject,
                    Text = "Hello",
                    Culture = "en",
                };
                Assert.Throws<ArgumentException>(() =>
                    SystemMailMessage.Write(mail, site, "https://a.example/", MailColors.Plain, DateTime.UtcNow)
                );
            }
        }
    }

    static void Read(MimeMessage message, string subject, string to, string text)
    {
        var bytes = OutgoingMessage.ToBytes(message);
        Assert.DoesNotContain(bytes, b => b is > 127 or 0);
        var wire = Encoding.ASCII.GetString(bytes);
        Assert.DoesNotContain(wire.Replace("\r\n", ""), c => c is '\r' or '\n');
        // A link is never parted.
        Assert.All(wire.Split("\r\n"), l => Assert.True(l.Length <= 76 || l.StartsWith(" <https://"), l));
        Assert.Equal(subject, Field(wire, "Subject"));
        Assert.Equal(to, Field(wire, "To"));
        Assert.Equal("auto-generated", Field(wire, "Auto-Submitted"));
        var (plain, html) = Wire.Parts(wire);
        foreach (var word in text.Replace("**", "").Split('\n', StringSplitOptions.RemoveEmptyEntries)) Assert.Contains(word, plain);
        Assert.Contains("</html>", html);
    }

    static string Field(string wire, string name)
    {
        var lines = wire.Split("\r\n\r\n")[0].Split("\r\n");
        var start = Array.FindIndex(lines, l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        return Wire.Unfolded([lines[start], .. lines.Skip(start + 1).TakeWhile(l => l.StartsWith(' '))]);
    }
}
