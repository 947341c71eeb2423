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
        // Folded, without signs of quotation, with the attribution quoted, in one line, in other languages.
        "\n\n2026年4月3日(金) 9:12 とても長い名前の掲示板からのお知らせ\n<no-reply@site.example>:\n\n> どのマグですか",
        "\n\nOn Friday, April 3, 2026 at 09:12:00 AM GMT+9, Site <no-reply@site.example> wrote:\n\nWhich mug?",
        "\n\niPhoneから送信\n\n> 2026/04/03 9:12、Site <no-reply@site.example>のメール:\n> \n> どのマグですか",
        "\n\n*From:* Site <a@site.example> *Sent:* Friday, April 3, 2026 9:12 AM *To:* Anna *Subject:* Mugs\n\nWhich mug?",
        "\n\nFrom: Site\nSent: Friday, April 3, 2026 9:12 AM\nTo: Anna\nSubject: Mugs\n\nWhich mug?",
        "\n\nAm Fr., 3. Apr. 2026 um 09:12 Uhr schrieb Site <no-reply@site.example>:\n\n> Which mug?",
        "\n\nLe ven. 3 avr. 2026 à 09:12, Site <no-reply@site.example> a écrit :\n\n> Which mug?",
        "\n\nSite <no-reply@site.example> 于2026年4月3日周五 09:12写道：\n\n> Which mug?",
        "\n\n2026년 4월 3일 (금) 오전 9:12, Site <no-reply@site.example>님이 작성:\n\n> Which mug?",
        "\n\nпт, 3 апр. 2026 г. в 09:12, Site <no-reply@site.example>:\n\n> Which mug?",
        "\n\nVon meinem iPhone gesendet\n\nVon: Site <a@site.example>\nGesendet: Freitag\nAn: Anna\nBetreff: Mugs\n\nWhich mug?",
        "\n\n发件人: Site <a@site.example>\n发送时间: 2026年4月3日\n收件人: Anna\n\nWhich mug?",
        "\n\n------------------ 原始邮件 ------------------\n发件人: \"Site\"\n\nWhich mug?",
        "\n\nAt Fri, 3 Apr 2026 09:12:00 +0900,\nSite wrote:\n> Which mug?",
        "\n\n<1@site.example> の記事において、\n鈴木さんは書きました：\n＞どのマグですか",
        "\n\niOS 版 Outlook を入手<https://aka.ms/o0ukef>",
        "\n\n━━━━━━━━\n鈴木一郎\nTEL 03-0000-0000\n━━━━━━━━",
        "\n────────\n鈴木一郎 ichiro@example.com\n────────\n\n2026年4月3日(金) 9:12 Site <a@site.example>:\n> どのマグですか",
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
    [InlineData("Plan:\n\nFrom: Tokyo\nTo: Osaka\nDate: 2026/05/01 9:00")]
    [InlineData("One\n──────────\nTwo")]
    [InlineData("昨日、駅から送信しました。")]
    [InlineData("In his book Tolkien wrote:\n> Not all those who wander\n\nI like this.")]
    // In code, and where the member leads to it, a > is theirs.
    [InlineData("Try:\n\n```\n$ cat\n> hello\nFrom: a@b.example\nTo: c\nSubject: d\n```")]
    [InlineData("Type this in the shell:\n> make install")]
    [InlineData("Type:\n\n    > make install")]
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

    /// <summary>A greeting above, the answers below or between: all of it is the member's.</summary>
    [Fact]
    public void Words_between_and_below_what_is_quoted_stay_and_of_our_notice_nothing_does()
    {
        const string stop = "> [Stop such mails](https://site.example/stop/1)";
        var notice = $"> {AnswerText.Line} Answer above this line {AnswerText.Line}\n> Which mug?";
        Assert.Equal(
            "Hi Ben,\n\nThe round one.\n\nAnna",
            AnswerText.Cut($"Hi Ben,\n\nOn 4/3/2026 9:12 AM, Site wrote:\n{notice}\n{stop}\n\nThe round one.\n\nAnna\n-- \nAnna Field"));
        Assert.Equal(
            "Hi Ben,\n\nThe round one.\nOn Friday.",
            AnswerText.Cut($"Hi Ben,\n\nOn 4/3/2026 9:12 AM, Site wrote:\n{notice}\nThe round one.\n> And when?\nOn Friday.\n{stop}"));
        // Of what is not our notice, the questions stay between their answers.
        Assert.Equal(
            "> Which mug?\n\nThe round one.\n\n> And when?\n\nOn Friday.",
            AnswerText.Cut(
                "On 4/3/2026 9:12 AM, Ben wrote:\n> Which mug?\n\nThe round one.\n\n> And when?\n\nOn Friday.\n> Bye\n> Ben"));
        // Old programs break lines and quote only the first half: that is nobody's answer.
        Assert.Equal(
            "Round.",
            AnswerText.Cut("Round.\n\nOn 4/3/2026 9:12 AM, Site <a@site.example> wrote:\n"
                + "> This is a line that was long enough to be broken by it, as it was\nin two\n> halves"));
        // A picture alone, sent from Outlook: its words are ours.
        Assert.Equal(
            "",
            AnswerText.Cut("From: Site <a@site.example>\nSent: Friday\nTo: Anna\n\n" + notice.Replace("> ", "") + "\n" + stop[2..]));
    }

    [Fact]
    public void Hostile_texts_take_bounded_time()
    {
        foreach (var some in new[]
        {
            "a wrote:\n> b\nc\n", "a wrote:\n> b\n", "--\n", "```\n", ">\n", "-----\n@\n", "On a\n", "From: a\n", "2026 1:11 <a@b>\n",
            "a:\n> 2026 <a@b>:\n", "a",
        })
        {
            var text = string.Concat(Enumerable.Repeat(some, 200_000 / some.Length));
            var cost = Cpu.Of(() => AnswerText.Cut(text));
            Assert.True(cost < TimeSpan.FromSeconds(5), $"{some}: {cost}");
        }
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
        Assert.Equal("丸いマグです。", AnswerText.Cut(AnswerBody.Read(IncomingMessage.Read(bytes))));
    }

    [Fact]
    public void Html_alone_is_read_as_its_words_without_what_it_quotes_and_flowed_lines_are_joined()
    {
        var html = "From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
            + "<style>p{}</style><div>One &amp; two</div><p>Three<br>four</p>"
            + "<div>On Fri, Apr 3, 2026, Site &lt;a@b.example&gt; wrote:<br></div><blockquote><div>Which?</div></blockquote>";
        Assert.Equal("One & two\nThree\nfour", AnswerText.Cut(AnswerBody.Read(IncomingMessage.Read(Encoding.UTF8.GetBytes(html)))));
        var flowed = "From: a@b.example\r\nContent-Type: text/plain; format=flowed\r\n\r\nA line that \r\nflows on\r\n";
        Assert.Equal("A line that flows on", AnswerText.Cut(AnswerBody.Read(IncomingMessage.Read(Encoding.UTF8.GetBytes(flowed)))));
        // Blanks before what is quoted hide no beginning of a line; code keeps its lines, and a link says where it leads.
        var blanks = "From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
            + "<p>See <a href=\"https://shop.example/\">this</a>:</p><pre>a\n  b</pre>"
            + "<div>On Fri, Apr 3, 2026, Site &lt;a@b.example&gt; wrote:</div>"
            + "<blockquote>\r\n <div>\r\n  <b>Which?</b></div></blockquote>";
        Assert.Equal(
            "See this <https://shop.example/>:\na\n  b",
            AnswerText.Cut(AnswerBody.Read(IncomingMessage.Read(Encoding.UTF8.GetBytes(blanks)))));
    }

    /// <summary>As telephones send it: a picture between two paragraphs, a document that is to be shown in the text, a seal.</summary>
    [Fact]
    public void All_texts_and_files_of_a_mail_are_read_but_no_seal()
    {
        const string text = "Content-Type: text/plain; charset=utf-8\r\n\r\n";
        static string File(string type, string name, string how) =>
            $"Content-Type: {type}; name={name}\r\nContent-Disposition: {how}; filename={name}\r\n\r\nabc";
        var mail = IncomingMessage.Read(Encoding.UTF8.GetBytes(
            "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(
                new[]
                {
                    text + "Look:", File("image/jpeg", "a.jpg", "attachment"), text + "Is it not fine?",
                    File("application/pdf", "b.pdf", "inline"),
                    File("text/plain", "c.txt", "inline"), File("application/pkcs7-signature", "smime.p7s", "attachment"),
                }.Select(p => $"--b\r\n{p}\r\n")) + "--b--\r\n"));
        Assert.Equal("Look:\n\nIs it not fine?", AnswerText.Cut(AnswerBody.Read(mail)));
        Assert.Equal(["a.jpg", "b.pdf", "c.txt"], AnswerBody.Files(mail).Select(f => f.FileName));
    }

    [Theory]
    [InlineData("iso-8859-1", "shift_jis")]
    [InlineData("us-ascii", "utf-8")]
    [InlineData(null, "euc-jp")]
    [InlineData(null, "iso-2022-jp")]
    public void What_is_labelled_wrong_or_not_at_all_is_read_all_the_same(string? label, string charset)
    {
        var type = label is null ? "" : $"Content-Type: text/plain; charset={label}\r\n";
        byte[] bytes =
        [
            .. Encoding.ASCII.GetBytes($"From: a@b.example\r\n{type}\r\n"),
            .. (CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.UTF8).GetBytes("丸いマグがよいです。\r\n"),
        ];
        Assert.Equal("丸いマグがよいです。", AnswerText.Cut(AnswerBody.Read(IncomingMessage.Read(bytes))));
    }
}
