using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Mail.Tests.Writing;

/// <summary>What is encoded once for very many messages is the same, to the octet, as what each would have encoded alone.</summary>
public sealed class PreparedTextTests
{
    static readonly Gen<string?> parts = Gen.Elements<string?>(
        null,
        null,
        "\r\n",
        "\n",
        "\r",
        "\u2028",
        ".",
        "From here\n",
        "a ",
        "\t",
        "=",
        "おはよう",
        "お世話になっております。\n",
        "😀👨‍👩‍👧‍👦",
        "--=-boundary\n",
        new string('x', 100),
        new string('x', 1200) + "\n",
        "é",
        ""
    );

    static readonly Gen<string> values =
        Gen.Elements("", "Anna", "山田 太郎", "From ", "a\nb", "\n", "\r", " ", "=3D", "😀", new string('y', 90), new string('長', 300));

    [Fact]
    public void It_is_the_whole_text_to_the_octet() =>
        Prop.ForAll(parts.ArrayOf().ToArbitrary(), values.ArrayOf(40).ToArbitrary(), (pieces, given) =>
        {
            var (whole, next) = (new StringBuilder(), 0);
            foreach (var piece in pieces) whole.Append(piece ?? given[next++ % given.Length]);
            var own = Enumerable.Range(0, next).Select(i => given[i % given.Length]).ToList();
            var prepared = new PreparedText(pieces);
            Assert.Equal(next, prepared.Values);
            var (alone, together) = (new MessageOctets(), new MessageOctets());
            alone.Body(whole.ToString(), "<p>" + whole);
            // Twice: the second one with what was made for the first.
            for (var i = 0; i < 2; i++)
            {
                together.Clear();
                together.Body(prepared, own, new PreparedText(pieces.Prepend("<p>")), own);
            }
            Assert.Equal(WithoutBoundary(alone), WithoutBoundary(together));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Half_a_character_is_refused_in_a_text_and_in_a_value()
    {
        Assert.Throws<ArgumentException>(() => new PreparedText(["a\ud83d\nb"]));
        var text = new PreparedText(["a\n", null, "\nb"]);
        Assert.Throws<ArgumentException>(() => new MessageOctets().Body(text, ["\ude00"], text, [""]));
        Assert.Throws<ArgumentException>(() => new MessageOctets().Body(text, [], text, [""]));
    }

    /// <summary>A program that keeps mail in one file would write a sign before it, and break the signature.</summary>
    [Theory]
    [InlineData("From here")]
    [InlineData("Dear all,\nFrom here on")]
    [InlineData("Dear all,\n\nFrom\n\nFrom here on")]
    public void No_line_of_a_text_begins_as_a_message_does_in_a_mailbox_file(string text)
    {
        var octets = new MessageOctets();
        octets.Body(text, "<p>\n" + text);
        Assert.DoesNotContain("\r\nFrom ", Encoding.ASCII.GetString(octets.Written.Span));
        var message = Messages.Write(text: text, html: text);
        Assert.DoesNotContain("\r\nFrom ", message.Wire());
        Assert.Equal(text, Messages.Again(message).TextBody!.ReplaceLineEndings("\n"));
    }

    static string WithoutBoundary(MessageOctets octets)
    {
        var written = Encoding.Latin1.GetString(octets.Written.Span);
        var boundary = written[(written.IndexOf("boundary=\"", StringComparison.Ordinal) + 10)..].Split('"')[0];
        return written.Replace(boundary, "", StringComparison.Ordinal);
    }
}
