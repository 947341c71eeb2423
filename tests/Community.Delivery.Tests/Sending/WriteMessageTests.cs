using System.Text;
using Community.Bulk.Tests.Harness;
using Community.Mail;

namespace Community.Bulk.Tests.Sending;

/// <summary>The engine writes octets where nothing is signed, and objects where something is: the same message.</summary>
public sealed class WriteMessageTests
{
    static readonly DateTime now = new(2026, 11, 28, 1, 2, 3, DateTimeKind.Utc);

    static Reserve Offer(params MailContent[] contents) =>
        (Reserve)Make.Offer(Guid.NewGuid(), total: 1).First(p => p is Reserve) with
        {
            Sender = new("news@bench.example", "茶の間", "a1", "bench.example", "answers@bench.example"),
            Contents = contents,
        };

    static BulkRecipient To(string name, int content = 0) =>
        new(7, "m7@d1.example", name, "key7", "b7@r.bench.example", content, new Dictionary<string, string> { ["name"] = name });

    static string Octets(WriteMessage messages, BulkRecipient to)
    {
        var octets = new MessageOctets();
        messages.Write(octets, to, now);
        return Plain(octets.Written.Span);
    }

    // A boundary is another each time.
    static string Plain(ReadOnlySpan<byte> message)
    {
        var text = Encoding.Latin1.GetString(message);
        var boundary = text[(text.IndexOf("boundary=\"", StringComparison.Ordinal) + 10)..].Split('"')[0];
        return text.Replace(boundary, "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Anna")]
    [InlineData("会員 <1> & \"2\" 😀")]
    [InlineData("one\ntwo\r\n.\r\nthree\u2028four")]
    [InlineData("")]
    public void As_octets_and_as_objects_it_is_the_same_message(string name)
    {
        var messages = new WriteMessage(Offer(
            new(
                ["To ", "name", ", today"],
                ["Hello ", "said", "!\n.\n\r", "said", "\nBye\n"],
                ["<p>", "said", "</p>\n"],
                new Dictionary<string, IReadOnlyList<string>>
                {
                    ["List-Unsubscribe"] = ["<https://acme.example/u/", "key", "/one-click>"],
                    ["List-Id"] = ["<news.acme.example>"],
                }
            ),
            new(["今月のお知らせ"], ["茶\n"], ["<p>茶</p>"], new Dictionary<string, IReadOnlyList<string>>())
        ));
        foreach (var content in new[] { 0, 1, 0 })
        {
            var to = To(name, content) with { Name = name.ReplaceLineEndings(" "), Values = Values(name) };
            Assert.Equal(Plain(OutgoingMessage.ToBytes(messages.Message(to, now))), Octets(messages, to));
        }

        // A field of the message takes no line, and no author can put one there.
        static Dictionary<string, string> Values(string name) =>
            new() { ["name"] = name.ReplaceLineEndings(" "), ["said"] = name, ["key"] = "k1" };
    }

    [Fact]
    public void What_cannot_be_written_is_said_and_harms_no_other()
    {
        var none = new Dictionary<string, IReadOnlyList<string>>();
        var messages = new WriteMessage(Offer(
            new(["A\nBcc: x@example.org"], ["a"], ["a"], none),
            new(["To ", "name", ""], ["a"], ["a"], none),
            new(["B"], ["\ud800"], ["b"], none)
        ));
        Assert.Throws<ArgumentException>(() => Octets(messages, To("Anna")));
        Assert.Throws<ArgumentException>(() => Octets(messages, To("An\nna", content: 1)));
        Assert.Throws<ArgumentException>(() => Octets(messages, To("Anna", content: 2)));
        Assert.Throws<ArgumentException>(() => Octets(messages, To("Anna", content: 3)));
        Assert.Throws<ArgumentException>(() => Octets(messages, To("Anna", content: 1) with { Values = new Dictionary<string, string>() }));
        Assert.Contains("Subject: To Anna\r\n", Octets(messages, To("Anna", content: 1)));
    }
}
