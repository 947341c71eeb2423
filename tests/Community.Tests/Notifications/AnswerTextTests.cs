using System.Text;
using Community.Mail;
using Community.Notifications;

namespace Community.Tests.Notifications;

/// <summary>What is left of an answer by mail, in the forms of common mail programs.</summary>
public sealed class AnswerTextTests
{
    const string Said = "Thank you, the round one.\n\nSee you on Friday.";

    public static TheoryData<string> Tails =>
    [
        "\n\nOn Fri, Apr 3, 2026 at 9:12 AM Site <no-reply@site.example> wrote:\n\n> Ben wrote:\n> > Which mug?",
        "\n\nOn Fri, Apr 3, 2026 at 9:12 AM A site with a very long name\n<no-reply@site.example> wrote:\n> Which mug?",
        "\n\n2026年4月3日(金) 9:12 鈴木一郎 <ichiro@site.example>:\n\n> どのマグですか",
        "\n\n2026/04/03 9:12、鈴木一郎 <ichiro@site.example>のメール:\n\n> どのマグですか",
        "\n\niPhoneから送信\n\n2026/04/03 9:12、鈴木一郎 <ichiro@site.example>のメール:\n\n> どのマグですか",
        "\n\nOn 2026/04/03 9:12, 鈴木一郎 wrote:\n> どのマグですか",
        "\n\n鈴木一郎さんは書きました:\n> どのマグですか",
        "\n\nOn Fri, 03 Apr 2026 09:12:00 +0900\nSite <no-reply@site.example> wrote:\n\n> Which mug?",
        "\n\n________________________________\nFrom: Site <a@site.example>\nSent: Friday, April 3, 2026 9:12 AM\nTo: Anna\n\nWhich mug?",
        "\n\n差出人: 鈴木一郎 <ichiro@site.example>\n送信日時: 2026年4月3日 9:12\n宛先: アンナ\n件名: マグ\n\nどのマグですか",
        "\n\n-----Original Message-----\nFrom: Site\nWhich mug?",
        "\n\n----- 元のメッセージ -----\nFrom: Site\nどのマグですか",
        "\n-- \nAnna Field\nField & Co., 03-1234-5678",
        "\n\nSent from my iPhone",
        "\n\nGet Outlook for iOS\n________________________________\nFrom: Site <a@b.example>\nSent: Friday\nTo: Anna\n\nWhich?",
        "\n\nAndroid版のOutlookを入手してください",
        $"\n\n> {AnswerText.Line} Answer above this line {AnswerText.Line}\n> Which mug?",
        $"\n\nSite <no-reply@site.example>さんからのメッセージ:\n{AnswerText.Line} この行より上に {AnswerText.Line}\nどのマグですか",
    ];

    [Theory, MemberData(nameof(Tails))]
    public void The_conversation_below_the_signature_and_the_telephone_s_line_are_cut_off(string tail) =>
        Assert.Equal(Said, AnswerText.Cut(Said + tail));

    [Theory]
    // Nothing that is only like an attribution.
    [InlineData("On Monday I wrote:\nbuy mugs\nand that was all")]
    [InlineData("From: my heart\nThank you")]
    [InlineData("2026年4月3日 <a@b.example>:\nこの日に会いましょう")]
    [InlineData("I like\n--\nlines\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13")]
    // Answers between what is quoted.
    [InlineData("> Which mug?\nThe round one.\n> And when?\nOn Friday.")]
    public void What_may_be_the_member_s_own_words_stays(string text) => Assert.Equal(text, AnswerText.Cut(text));

    [Fact]
    public void An_answer_below_what_it_quotes_is_found_and_nothing_is_cut_to_nothing()
    {
        Assert.Equal(
            "Round.", AnswerText.Cut($"On Fri, Apr 3, 2026, Site <a@b.example> wrote:\n> {AnswerText.Line} above\n> Which?\n\nRound."));
        Assert.Equal("", AnswerText.Cut("> only\n> quoted"));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("iso-2022-jp")]
    [InlineData("shift_jis")]
    [InlineData("euc-jp")]
    [InlineData("windows-31j")]
    public void Every_character_set_of_Japanese_mail_is_read(string charset)
    {
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(charset == "windows-31j" ? "shift_jis" : charset) ?? Encoding.UTF8;
        byte[] bytes =
        [
            .. Encoding.ASCII.GetBytes($"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"),
            .. encoding.GetBytes("丸いマグです。\r\n"),
        ];
        Assert.Equal("丸いマグです。", AnswerText.Cut(AnswerText.Read(IncomingMessage.Read(bytes))));
    }

    [Fact]
    public void Html_alone_is_read_as_its_words_without_what_it_quotes_and_flowed_lines_are_joined()
    {
        var html = "From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
            + "<style>p{}</style><div>One &amp; two</div><p>Three<br>four</p>"
            + "<div>On Fri, Apr 3, 2026, Site &lt;a@b.example&gt; wrote:<br></div><blockquote><div>Which?</div></blockquote>";
        Assert.Equal("One & two\nThree\nfour", AnswerText.Cut(AnswerText.Read(IncomingMessage.Read(Encoding.UTF8.GetBytes(html)))));
        var flowed = "From: a@b.example\r\nContent-Type: text/plain; format=flowed\r\n\r\nA line that \r\nflows on\r\n";
        Assert.Equal("A line that flows on", AnswerText.Cut(AnswerText.Read(IncomingMessage.Read(Encoding.UTF8.GetBytes(flowed)))));
    }
}
