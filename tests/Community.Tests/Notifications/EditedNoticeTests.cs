using Community.Boards;
using Community.Notifications;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Notifications;

/// <summary>Authors are told what moderators edited in their posts, and why.</summary>
[OnBothDatabases]
public sealed class EditedNoticeTests(TestHost host)
{
    static Task Correct(TestSite site, string topic, string text, string why) => site.With<CorrectPost, bool>(async correct =>
        await correct.Edit(await site.Reader("mod"), Conversation.Id(topic), 1, "Rules", text, why, null, default));

    [Fact]
    public async Task An_author_is_told_of_a_moderators_edit_with_reason_and_difference_and_switches_the_mails_off()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Rules", "Call me at 0120-000-000 *any* time.");
        // One's own edit is no news.
        await anna.Submit(topic + "/posts/1/edit", new() { ["text"] = "Call me at 0120-000-000 *any* time, please." });
        await site.Noticed();
        Assert.Equal("0", await anna.Number());
        await Correct(site, topic, "Call me *any* time, please.", "No numbers <here>");
        await site.Noticed();
        Assert.Equal("1", await anna.Number());
        Assert.Equal(["A moderator has edited your post"], await anna.News());
        var page = await anna.Get("/notifications");
        Assert.Contains("No numbers <here>", page.Text);
        await site.SendMails();
        var mail = Assert.Single(await site.MailsTo("anna"));
        Assert.Contains("No numbers <here>", mail.Text);
        Assert.Contains("0120", mail.Text[mail.Text.IndexOf("Taken out:", StringComparison.Ordinal)..]);
        Assert.Contains("/posts/1/history", mail.Text);
        // The notice leads to the difference.
        var link = page.Document.QuerySelector(".notices li.unread > a")!.GetAttribute("href")!;
        Assert.EndsWith("/posts/1/history", (await anna.Get(link)).Url.AbsolutePath);
        Assert.Equal("0", await anna.Number());
        // Off for this kind alone: told on the site, and by no mail.
        await anna.Submit(NoticeSettingsPage.Url, new() { ["Edited"] = "Never" }, "form[method=post].form");
        await Correct(site, topic, "Call me.", "Shorter");
        await Correct(site, topic, "Call.", "Shorter still");
        await site.Noticed();
        Assert.Equal("1", await anna.Number());
        Assert.Contains("Shorter still", (await anna.Get("/notifications")).Text);
        await site.SendMails();
        Assert.Single(await site.MailsTo("anna"));
        Assert.Equal(MailPace.AtOnce, await site.Db(db => db.NoticeSettings.Select(s => s.Decisions).SingleAsync()));
        // Who deletes the post is told of it no more.
        await anna.Submit(topic + "/posts/1/delete", [], "main form[method=post]");
        Assert.Equal("0", await anna.Number());
    }
}
