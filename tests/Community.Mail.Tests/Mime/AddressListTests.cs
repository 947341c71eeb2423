using Community.Mail.Mime;

namespace Community.Mail.Tests.Mime;

public sealed class AddressListTests
{
    [Theory]
    [InlineData("anna@example.org", "", "anna@example.org")]
    [InlineData("Anna <anna@example.org>", "Anna", "anna@example.org")]
    [InlineData("\"Smith, \\\"A\\\"\" <anna@example.org>", "Smith, \"A\"", "anna@example.org")]
    [InlineData("anna@example.org (Anna (the first))", "Anna (the first)", "anna@example.org")]
    [InlineData("<@relay,@other:anna@example.org>", "", "anna@example.org")]
    [InlineData("\"an na\"@example.org", "", "\"an na\"@example.org")]
    [InlineData("'Anna' <anna@example.org>", "Anna", "anna@example.org")]
    [InlineData("=?utf-8?B?6Iqx5a2Q?= <anna@example.org>", "花子", "anna@example.org")]
    [InlineData(",, Anna <anna@example.org>,", "Anna", "anna@example.org")]
    [InlineData("taro..yama.@docomo.example", "", "taro..yama.@docomo.example")]
    public void An_address_is_read_with_its_name(string text, string name, string address)
    {
        Assert.True(MailboxAddress.TryParse(text, out var mailbox));
        Assert.Equal((name, address), (mailbox.Name, mailbox.Address));
    }

    [Theory]
    [InlineData("")]
    [InlineData("anna")]
    [InlineData("undisclosed-recipients:;")]
    [InlineData("<anna@exa mple.org>")]
    public void What_is_no_address_is_not_taken_for_one(string text)
    {
        Assert.False(MailboxAddress.TryParse(text, out _));
        Assert.Throws<FormatException>(() => MailboxAddress.Parse(text));
    }

    [Fact]
    public void An_encoded_comma_does_not_part_a_name() =>
        Assert.Equal([new MailboxAddress("a,b", "a@example.org")], InternetAddressList.Parse("=?utf-8?Q?a,b?= <a@example.org>").Take(1));

    [Fact]
    public void The_header_follows_the_list()
    {
        var message = Messages.Letter();
        Assert.Equal("Anna <anna@example.org>", message.Headers["To"]);
        message.To.RemoveAt(0);
        Assert.False(message.Headers.Contains("To"));
        message.ReplyTo.Add("", "reply@example.org");
        Assert.Equal(["Reply-To: reply@example.org"], message.HeaderLines("Reply-To"));
    }
}
