using System.Text;
using System.Text.RegularExpressions;
using Community.Mail.Mime;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Mail.Tests.Mime;

public sealed class EncodedWordTests
{
    private static readonly string[] Words =
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
        "\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
        "\u2028",
        "\u0085",
    ];

    private static readonly Arbitrary<string> Texts = Gen.Elements(Words).ArrayOf().Select(string.Concat).ToArbitrary();

    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(300);

    [Fact]
    public void Any_subject_comes_back_as_it_was_in_lines_of_76() =>
        Prop.ForAll(Texts, text =>
        {
            var message = Messages.Letter();
            message.Subject = text;
            var lines = message.HeaderLines("Subject");
            Assert.All(lines, l => Assert.InRange(l.Length, 1, 76));
            Assert.All(lines.SelectMany(l => Regex.Matches(l, @"=\?utf-8\?.*?\?="))!, w => Assert.InRange(w.Length, 1, 75));
            Assert.DoesNotContain(lines.Skip(1), string.IsNullOrWhiteSpace);
            Assert.Equal(text, message.Again().Subject);
        }).Check(Quick);

    [Fact]
    public void Any_display_name_comes_back_as_it_was() =>
        Prop.ForAll(Texts, text =>
        {
            var message = Messages.Letter();
            message.From.Clear();
            message.From.Add(text, "hello@example.org");
            message.From.Add("Second", "second@example.org");
            var again = message.Again().From;
            Assert.Equal(["hello@example.org", "second@example.org"], again.Select(m => m.Address));
            Assert.Equal(text.Trim(), again[0].Name);
        }).Check(Quick);

    [Fact]
    public void No_word_ends_within_a_text_element()
    {
        var message = Messages.Letter();
        message.Subject = string.Concat(Enumerable.Repeat("狂った…😀👨‍👩‍👧‍👦が", 30));
        var elements = message.HeaderLines("Subject").SelectMany(l => Regex.Matches(l, @"=\?utf-8\?B\?(.*?)\?=")
            .Select(m => Encoding.UTF8.GetString(Convert.FromBase64String(m.Groups[1].Value))));
        foreach (var word in elements)
        {
            Assert.DoesNotContain('\uFFFD', word);
            Assert.False(word[0] is '\u200D' or '\u3099' || word[^1] == '\u200D', "a family was parted");
            Assert.NotEqual(System.Globalization.UnicodeCategory.NonSpacingMark, char.GetUnicodeCategory(word[0]));
        }
        Assert.Equal(message.Subject, message.Again().Subject);
    }

    [Fact]
    public void Japanese_takes_B_and_a_stray_accent_takes_Q()
    {
        var message = Messages.Letter();
        message.Subject = "おはよう";
        Assert.StartsWith("Subject: =?utf-8?B?", message.HeaderLines("Subject")[0], StringComparison.Ordinal);
        message.Subject = "Meet at the Café tonight";
        Assert.Equal("Subject: Meet at the =?utf-8?Q?Caf=C3=A9?= tonight", message.HeaderLines("Subject")[0]);
    }

    [Fact]
    public void A_subject_may_be_empty_or_of_10_KB()
    {
        foreach (var text in (string[])["", new string('x', 10_000), string.Concat(Enumerable.Repeat("漢字", 2500))])
        {
            var message = Messages.Letter();
            message.Subject = text;
            Assert.Equal(text, message.Again().Subject);
        }
    }

    [Theory]
    [InlineData("Anna Smith", "From: Anna Smith <a@example.org>")]
    [InlineData("Smith, Anna", "From: \"Smith, Anna\" <a@example.org>")]
    [InlineData("The \"best\" \\o/", "From: \"The \\\"best\\\" \\\\o/\" <a@example.org>")]
    [InlineData("", "From: a@example.org")]
    [InlineData("花子", "From: =?utf-8?B?6Iqx5a2Q?= <a@example.org>")]
    public void A_name_is_written_as_atoms_quoted_or_encoded(string name, string line)
    {
        var message = new MimeMessage();
        message.From.Add(name, "a@example.org");
        Assert.Equal(line, message.HeaderLines("From")[0]);
    }

    [Theory]
    [InlineData("=?ISO-2022-JP?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "こんにちは")]
    [InlineData("=?windows-31j?B?h0A=?=", "①")]
    [InlineData("=?Shift_JIS?Q?=83e=83X=83g?=", "テスト")]
    [InlineData("=?EUC-JP?B?xvzL3A==?=", "日本")]
    [InlineData("=?utf-8?B?5pel5pys6A==?= =?utf-8?B?qp4=?=", "日本語")]
    [InlineData("=?utf-8*ja?Q?a_b?=", "a b")]
    [InlineData("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c")]
    [InlineData("=?utf-8?Q?a?=\r\n =?iso-8859-1?Q?=E9?=", "aé")]
    [InlineData("=?nonsense?Q?=C3=A9?=", "é")]
    [InlineData("=?utf-7?Q?+ADw-script+AD4-?=", "+ADw-script+AD4-")]
    [InlineData("=?utf-8?Q?a=0D=0ABcc:_x?=", "a  Bcc: x")]
    [InlineData("=?utf-8?X?abc?=", "=?utf-8?X?abc?=")]
    [InlineData("caf\u00c3\u00a9", "café")]
    [InlineData("\u001b$B$3$s\u001b(B", "こん")]
    public void Subjects_of_others_are_read_in_every_charset(string raw, string text) =>
        Assert.Equal(text, Messages.Read($"Subject: {raw}\r\n\r\n").Subject);
}
