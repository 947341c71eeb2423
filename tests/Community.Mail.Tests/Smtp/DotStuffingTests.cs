using System.Buffers;
using System.Text;
using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using FsCheck;
using FsCheck.Fluent;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class DotStuffingTests
{
    [Theory]
    [InlineData("a\rb", "a\r\nb\r\n")]
    [InlineData("a\nb", "a\r\nb\r\n")]
    [InlineData("a\r\r\nb", "a\r\n\r\nb\r\n")]
    [InlineData("\r.\n", "\r\n..\r\n")]
    [InlineData("x\n.\nMAIL FROM:<a@b>", "x\r\n..\r\nMAIL FROM:<a@b>\r\n")]
    [InlineData("x\r.\rMAIL", "x\r\n..\r\nMAIL\r\n")]
    [InlineData(".", "..\r\n")]
    [InlineData("..", "...\r\n")]
    [InlineData("a.b", "a.b\r\n")]
    [InlineData("", "")]
    public void A_bare_line_feed_never_leaves_the_process(string message, string wire) =>
        Assert.Equal(wire, Encoding.ASCII.GetString(DotStuffer.Stuff(Encoding.ASCII.GetBytes(message)).Span));

    private static readonly Gen<string> Texts = Gen.Elements("\r", "\n", "\r\n", ".", "..", "a", " ", "\r\n.\r\n")
        .ArrayOf()
        .Select(string.Concat);

    [Fact]
    public void However_a_message_is_cut_into_buffers_the_wire_is_the_same_safe_and_can_be_undone() =>
        Prop.ForAll(Texts.ToArbitrary(), Gen.Choose(1, 5).ToArbitrary(), (text, piece) =>
        {
            var output = new ArrayBufferWriter<byte>();
            var stuffer = new DotStuffer(output);
            var bytes = Encoding.ASCII.GetBytes(text);
            for (var i = 0; i < bytes.Length; i += piece) stuffer.Write(bytes.AsSpan(i, Math.Min(piece, bytes.Length - i)));
            stuffer.Finish();
            var wire = Encoding.ASCII.GetString(output.WrittenSpan);
            Assert.Equal(Encoding.ASCII.GetString(DotStuffer.Stuff(bytes).Span), wire);
            Assert.DoesNotContain('\r', wire.Replace("\r\n", ""));
            Assert.DoesNotContain('\n', wire.Replace("\r\n", ""));
            var lines = wire.Split("\r\n");
            Assert.DoesNotContain(".", lines);
            Assert.Equal("", lines[^1]);
            var plain = string.Concat(text.Replace("\r\n", "\n").Replace('\r', '\n').Split('\n').Select(l => l + "\n"));
            if (text.Length == 0 || text[^1] is '\r' or '\n') plain = plain[..^1];
            Assert.Equal(plain, string.Concat(lines.SkipLast(1).Select(l => (l.StartsWith('.') ? l[1..] : l) + "\n")));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task A_dot_at_the_edge_of_a_block_is_still_doubled()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(server);
        foreach (var length in Enumerable.Range(32 * 1024 - 6, 8))
        {
            var message = Encoding.ASCII.GetBytes(new string('x', length) + "\r\n.\r\n..\r\nend\r\n");
            Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync(message, Sender, Recipient)).Status);
            Assert.Equal(message, server.Messages.Last());
        }
    }
}
