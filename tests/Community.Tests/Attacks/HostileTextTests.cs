using System.Net;
using System.Text;
using Community.Boards;
using Community.Notifications;
using Community.Tests.Boards;
using Community.Tests.Notifications;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Attacks;

/// <summary>Texts that would fill memory, time or the page, through the form and by e-mail: a clear answer, and pages that open.</summary>
[OnBothDatabases]
public sealed class HostileTextTests(TestHost host)
{
    static readonly (string Name, string Text)[] texts =
    [
        ("quotations", string.Concat(Enumerable.Repeat("> ", 25_000)) + "x"),
        ("lists", string.Concat(Enumerable.Repeat("- 1. ", 10_000)) + "x"),
        ("pictures in pictures", string.Concat(Enumerable.Repeat("![", 8_000)) + "x" + string.Concat(Enumerable.Repeat("](/a)", 8_000))),
        ("emphasis", string.Concat(Enumerable.Repeat("**a ", 7_000)) + string.Concat(Enumerable.Repeat(" a**", 7_000))),
        ("a wide table", string.Concat(Enumerable.Repeat("|a", 9_000)) + "\n" + string.Concat(Enumerable.Repeat("|-", 9_000)) + "\n|b"),
        ("marks on marks", "a" + new string('\u0489', 50_000)),
        ("letters under marks", "- " + string.Concat(Enumerable.Repeat("h\u0335\u0321\u0352\u0363\u036f\u0338", 7_000))),
        ("other directions", string.Concat(Enumerable.Repeat("\u202e\u2066\u2067\u202dwords ", 5_000))),
        ("halves and controls", "a \ud842 c \udfb7 \ufffe \ufdd0 \u001b[31m \u0085 d"),
        ("one word", new string('あ', 59_000)),
        ("at signs", string.Concat(Enumerable.Repeat("@Anna @", 8_000))),
    ];

    [Fact]
    public async Task Whatever_a_member_sends_the_page_answers_and_every_list_with_it_opens()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Hostile", "Words");
        foreach (var (name, text) in texts)
        {
            var status = (await anna.Reply(topic, text)).Status;
            Assert.True(status is HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity, $"{name}: {status}");
        }
        // No keyboard types it: the request is refused as a whole.
        Assert.Equal(HttpStatusCode.BadRequest, (await anna.Reply(topic, "a\0b")).Status);
        Assert.Equal(texts.Length + 1, await site.Db(db => db.Posts.CountAsync()));
        await site.EventsRead();
        string[] pages = ["", "?view=tree", "/posts/2", "/reply?to=4&quote=true", "/posts/7/edit", "/feed"];
        foreach (var path in pages.Select(p => topic + p).Concat(["/", "/boards/general?view=posts", "/boards/general?view=tree"]))
            Assert.True((await anna.Get(path)).Status is HttpStatusCode.OK, path);
        // A megabyte on one line: refused by its length, and nothing is lost.
        var line = new string('x', 1_000_000);
        var page = await anna.Reply(topic, line);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.NotNull(page.Document.QuerySelector(".error-summary"));
        Assert.Equal(line.Length, page.Document.QuerySelector("textarea")!.TextContent.Trim().Length);
    }

    [Fact]
    public async Task Whatever_an_answer_by_mail_holds_is_a_post_or_refused_in_words()
    {
        var site = await host.NewSite();
        var topic = await (await site.SignIn("ben")).Start("general", "Mugs", "Which mug?");
        var to = (await TakeMailTests.Address(site, await site.MemberId("anna"), 1))!;
        foreach (var (name, text) in texts.Append(("a megabyte", new string('x', 1_000_000))).Append(("nothing", "a\0b")))
        {
            var mail = TakeMailTests.Mail(to, text.Replace('\u0085', ' '), id: $"{name.Replace(' ', '-')}@a.example");
            // A body of HTML around it is another way in.
            foreach (var message in new[] { mail, mail.Replace("text/plain", "text/html").Replace("1@a", "2@a").Replace("<", "<h") })
            {
                var taken = await TakeMailTests.Take(site, Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\r\n")));
                Assert.True(taken is MailTaken.Posted or MailTaken.Refused, $"{name}: {taken}");
            }
        }
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(topic)).Status);
        Assert.True(await site.Db(db => db.Posts.AllAsync(p => p.Text.Length <= PostText.MaxTextLength)));
    }
}
