using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using MimeKit;

namespace Community.Mail.Tests.Writing;

public sealed class HeaderTests
{
    static string[] Lines(Header header) =>
        (header.Field + ":" + Encoding.ASCII.GetString(header.RawValue)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

    static string Read(Header header) => Reading.Wire.Unfolded(Lines(header));

    [Theory]
    [InlineData("a\r\nBcc: eve@example.org")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    [InlineData("a\tb")]
    [InlineData("a\u001bb")]
    [InlineData("a\u007fb")]
    [InlineData("a\u0085b")]
    public void No_value_can_bring_a_line_of_its_own(string value)
    {
        Assert.Throws<ArgumentException>(() => HeaderFields.Text("Subject", value));
        Assert.Throws<ArgumentException>(() => HeaderFields.Tokens("X-Note", value));
        Assert.Throws<ArgumentException>(() => HeaderFields.Mailbox("From", value, "a@example.org"));
        Assert.Throws<ArgumentException>(() => HeaderFields.Mailbox("From", "a", value + "@example.org"));
        Assert.Throws<ArgumentException>(() => Messages.Write(subject: value));
        Assert.Throws<ArgumentException>(() => Messages.Write(name: value));
        Assert.Throws<ArgumentException>(() => Messages.Write(id: value + "@example.org"));
        Assert.Throws<ArgumentException>(() => Messages.Write(token: value));
    }

    [Fact]
    public void No_value_can_bring_half_a_character()
    {
        No_value_can_bring_a_line_of_its_own("a\ud83d");
        No_value_can_bring_a_line_of_its_own("\ude00a");
        Assert.Throws<ArgumentException>(() => new MailBody("a\ud83d", ""));
        Assert.Throws<ArgumentException>(() => new MailBody("", "\ude00a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("X Note")]
    [InlineData("X:Note")]
    [InlineData("X-Note\r\nBcc")]
    [InlineData("X-Nöte")]
    public void A_name_that_is_no_name_is_refused(string name)
    {
        Assert.Throws<ArgumentException>(() => HeaderFields.Text(name, "x"));
        Assert.Throws<ArgumentException>(() => HeaderFields.Tokens(name, "x"));
    }

    [Theory]
    [InlineData("List-Id")]
    [InlineData("List-Unsubscribe")]
    [InlineData("Feedback-ID")]
    public void What_cannot_be_encoded_takes_ASCII_only(string name) =>
        Assert.Throws<ArgumentException>(() => HeaderFields.Tokens(name, "<お知らせ.example.org>"));

    [Fact]
    public void A_link_to_unsubscribe_is_never_folded_within_and_never_longer_than_a_line_may_be()
    {
        var url = "https://example.org/u/" + new string('t', 300);
        Assert.Equal(["List-Unsubscribe:", $" <{url}>"], Lines(HeaderFields.Tokens("List-Unsubscribe", $"<{url}>")));
        Assert.Equal(
            ["List-Unsubscribe: <https://a.example/u/1>"],
            Lines(HeaderFields.Tokens("List-Unsubscribe", "<https://a.example/u/1>"))
        );
        Assert.Equal(998, Lines(HeaderFields.Tokens("List-Unsubscribe", $"<{new string('x', 995)}>"))[1].Length);
        Assert.Throws<ArgumentException>(() => HeaderFields.Tokens("List-Unsubscribe", $"<{new string('x', 996)}>"));
    }

    [Theory]
    [InlineData("Anna Smith", "From: Anna Smith <a@example.org>")]
    [InlineData("Smith, Anna", "From: \"Smith, Anna\" <a@example.org>")]
    [InlineData("The \"best\" \\o/", "From: \"The \\\"best\\\" \\\\o/\" <a@example.org>")]
    [InlineData("", "From: a@example.org")]
    [InlineData("花子", "From: =?utf-8?B?6Iqx5a2Q?= <a@example.org>")]
    public void A_name_is_written_as_atoms_quoted_or_encoded(string name, string line) =>
        Assert.Equal([line], Lines(HeaderFields.Mailbox("From", name, "a@example.org")));

    static readonly string[] words =
    [
        "Hello",
        "狂った…😀👨‍👩‍👧‍👦が",
        "ﾊﾝｶｸ",
        " ",
        "  ",
        "=?utf-8?B?AAAA?=",
        "=?",
        "?=",
        "が",
        "e\u0301",
        "\"",
        "\\",
        ",",
        "<a@b>",
        "(c)",
        "_",
        "=",
        "a b",
        "日本語 と ASCII",
        new string('x', 80),
        "😀",
        new string('\u0301', 24),
        "\u2028",
    ];

    static readonly Arbitrary<string> texts = Gen.Elements(words).ArrayOf().Select(string.Concat).ToArbitrary();

    static readonly Config quick = Config.QuickThrowOnFailure.WithMaxTest(300);

    [Fact]
    public void Any_subject_comes_back_as_it_was_in_lines_of_76() =>
        Prop.ForAll(texts, text =>
        {
            var header = HeaderFields.Text("Subject", text);
            var lines = Lines(header);
            Assert.All(lines, l => Assert.InRange(l.Length, 1, 76));
            Assert.All(lines.SelectMany(l => Regex.Matches(l, @"=\?utf-8\?.*?\?="))!, w => Assert.InRange(w.Length, 1, 75));
            Assert.DoesNotContain(lines.Skip(1), string.IsNullOrWhiteSpace);
            Assert.Equal(text, Read(header));
            Assert.Equal(text.Trim(), (Messages.Again(Messages.Write(subject: text)).Subject ?? "").Trim());
        }).Check(quick);

    [Fact]
    public void Any_display_name_comes_back_as_it_was() =>
        Prop.ForAll(texts, text =>
        {
            var again = Messages.Again(Messages.Write(name: text)).To.Mailboxes.Single();
            Assert.Equal((text.Trim(), "anna@example.org"), (again.Name ?? "", again.Address));
            Assert.All(Lines(HeaderFields.Mailbox("To", text, "anna@example.org")), l => Assert.InRange(l.Length, 1, 76));
        }).Check(quick);

    [Fact]
    public void No_word_ends_within_what_a_reader_sees_as_one_character()
    {
        var header = HeaderFields.Text("Subject", string.Concat(Enumerable.Repeat("狂った…😀👨‍👩‍👧‍👦が", 30)));
        var pieces = Lines(header).SelectMany(l => Regex.Matches(l, @"=\?utf-8\?B\?(.*?)\?=")
            .Select(m => Encoding.UTF8.GetString(Convert.FromBase64String(m.Groups[1].Value)))).ToList();
        Assert.True(pieces.Count > 20);
        foreach (var piece in pieces)
        {
            Assert.DoesNotContain('\uFFFD', piece);
            Assert.False(piece[0] is '\u200D' or '\u3099' || piece[^1] == '\u200D', "a family was parted");
        }
    }

    [Fact]
    public void A_subject_may_be_empty_or_of_10_KB()
    {
        foreach (var text in (string[])["", new string('x', 10_000), string.Concat(Enumerable.Repeat("漢字", 2500))])
            Assert.Equal(text, Messages.Again(Messages.Write(subject: text)).Subject ?? "");
    }
}
