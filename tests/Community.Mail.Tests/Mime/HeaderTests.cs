using System.Text;
using Community.Mail.Mime;

namespace Community.Mail.Tests.Mime;

public sealed class HeaderTests
{
    [Theory]
    [InlineData("a\r\nBcc: eve@example.org")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    [InlineData("a\tb")]
    [InlineData("a\u001bb")]
    [InlineData("a\u007fb")]
    public void No_value_can_bring_a_line_of_its_own(string value)
    {
        var message = Messages.Letter();
        Assert.ThrowsAny<ArgumentException>(() => message.Subject = value);
        Assert.ThrowsAny<ArgumentException>(() => message.Headers.Add("X-Note", value));
        Assert.ThrowsAny<ArgumentException>(() => message.Headers["X-Note"] = value);
        Assert.ThrowsAny<ArgumentException>(() => message.From.Add(value, "a@example.org"));
        Assert.ThrowsAny<ArgumentException>(() => message.From.Add("a", value + "@example.org"));
        Assert.ThrowsAny<ArgumentException>(() => message.MessageId = value + "@example.org");
        Assert.ThrowsAny<ArgumentException>(() => new BodyBuilder().Attachments.Add(value, new byte[1]));
        Assert.ThrowsAny<ArgumentException>(() => new ContentType("text", "plain").Name = value);
        Assert.Equal("Hello", message.Subject);
    }

    [Fact]
    public void No_value_can_bring_half_a_character()
    {
        No_value_can_bring_a_line_of_its_own("a\ud83d");
        No_value_can_bring_a_line_of_its_own("\ude00a");
    }

    [Theory]
    [InlineData("")]
    [InlineData("X Note")]
    [InlineData("X:Note")]
    [InlineData("X-Note\r\nBcc")]
    [InlineData("X-Nöte")]
    public void A_name_that_is_no_name_is_refused(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => Messages.Letter().Headers.Add(name, "x"));

    [Theory]
    [InlineData("From")]
    [InlineData("bcc")]
    [InlineData("Content-Type")]
    [InlineData("MIME-Version")]
    public void What_has_a_property_is_not_set_behind_its_back(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => Messages.Letter().Headers.Add(name, "x"));

    [Fact]
    public void A_header_that_stands_once_is_not_added_twice() =>
        Assert.ThrowsAny<ArgumentException>(() => Messages.Letter().Headers.Add("Subject", "Again"));

    [Theory]
    [InlineData("List-Id")]
    [InlineData("List-Unsubscribe")]
    [InlineData("Feedback-ID")]
    [InlineData("References")]
    public void What_cannot_be_encoded_takes_ASCII_only(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => Messages.Letter().Headers.Add(name, "<お知らせ.example.org>"));

    [Fact]
    public void List_headers_are_folded_before_the_bracket_and_never_within_a_URL()
    {
        var url = "https://example.org/u/" + new string('t', 300);
        var message = Messages.Letter();
        message.Headers.Add("List-Unsubscribe", $"<{url}>, <mailto:u@r.example.org?subject=a=?b>");
        message.Headers.Add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        Assert.Equal(
            ["List-Unsubscribe:", $" <{url}>,", " <mailto:u@r.example.org?subject=a=?b>"],
            message.HeaderLines("List-Unsubscribe")
        );
        Assert.Equal(["List-Unsubscribe-Post: List-Unsubscribe=One-Click"], message.HeaderLines("List-Unsubscribe-Post"));
        Assert.Equal($"<{url}>, <mailto:u@r.example.org?subject=a=?b>", message.Again().Headers["List-Unsubscribe"]);
    }

    [Fact]
    public void A_word_longer_than_a_line_may_be_is_refused_at_writing()
    {
        var message = Messages.Letter();
        message.Headers.Add("List-Unsubscribe", $"<https://example.org/{new string('x', 1000)}>");
        Assert.Throws<FormatException>(message.ToBytes);
    }

    [Fact]
    public void Every_message_has_a_date_with_its_zone_an_identifier_and_a_version()
    {
        var wire = Messages.Letter().Wire();
        Assert.Contains("Date: Sun, 22 Nov 2026 09:30:00 +0900\r\n", wire);
        Assert.Contains("Message-ID: <d1@example.org>\r\n", wire);
        Assert.Contains("MIME-Version: 1.0\r\n", wire);
        var bare = new MimeMessage();
        bare.From.Add("", "a@example.org");
        Assert.Matches("Message-ID: <[0-9a-f]{32}@example.org>\r\n", bare.Wire());
        Assert.Equal(bare.Wire(), bare.Wire());
    }

    [Fact]
    public void Writing_twice_gives_the_same_bytes() => Assert.Equal(Messages.Letter().ToBytes(), Messages.Letter().ToBytes());

    [Fact]
    public void Many_recipients_are_folded_between_addresses()
    {
        var message = Messages.Letter();
        for (var i = 0; i < 50; i++) message.To.Add($"Member {i}, \"the {i}th\"", $"member{i}@example.org");
        Assert.All(message.HeaderLines("To"), l => Assert.InRange(l.Length, 1, 78));
        Assert.Equal(message.To, message.Again().To);
    }
}
