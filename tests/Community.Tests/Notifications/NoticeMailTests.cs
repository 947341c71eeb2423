using System.Net;
using Community.Boards;
using Community.Mail;
using Community.Members;
using Community.Notifications;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Notifications;

/// <summary>What is told by mail, when, how often, and how it is stopped.</summary>
[OnBothDatabases]
public sealed class NoticeMailTests(TestHost host)
{
    [Fact]
    public async Task What_became_of_a_report_holds_up_no_mail_of_its_topic()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Reported");
        await ben.Reply(topic, "First");
        await anna.Submit(topic + "/posts/2/report", new() { ["reason"] = "Spam" });
        await mod.Submit("/staff/reports", [], "form[action$='/dismiss']");
        var annas = await site.MemberId("anna");
        await site.With<MarkRead, int>(async m => { await m.Posts(annas, Conversation.Id(topic), [1, 2], default); return 0; });
        await site.Noticed();
        await site.SendMails();
        Assert.Single(await site.MailsTo("anna"));
        await ben.Reply(topic, "Second");
        await site.Noticed();
        await site.SendMails();
        Assert.Contains(await site.MailsTo("anna"), m => m.Text.Contains("Second"));
    }

    [Fact]
    public async Task Names_and_titles_of_the_other_direction_turn_no_word_of_a_mail()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await ben.Start("general", "מה 3?");
        foreach (var name in new[] { "אבג 12", "\u202Eold row" })
        {
            // Names from before there was a rule.
            await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com")
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.Name, name)));
            await anna.Reply(topic, $"By {name.Length}");
            await site.Noticed();
            await site.SendMails();
            var mail = (await site.MailsTo("ben"))[^1];
            Assert.Equal($"[{site.Site.Name}] \u2068מה 3?\u2069", mail.Subject);
            Assert.Contains($"\u2068{name}\u2069", mail.Text);
            Assert.Contains($"By {name.Length}", mail.Text);
            await ben.Get(topic);
            await TestSite.Until(() => site.Db(db => db.Notices.AllAsync(n => n.ReadAt != null)), "the reply is read");
        }
    }

    [Fact]
    public async Task One_mail_for_a_topic_until_the_member_has_been_there_again_without_what_they_have_read()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Long talk");
        await ben.Level(topic, FollowLevel.Watch);
        for (var i = 1; i <= 10; i++) await anna.Reply(topic, $"Word number {i} of ten");
        await site.Noticed();
        // Three of ten are read before the mail is due.
        var bens = await site.MemberId("ben");
        await site.With<MarkRead, int>(async m => { await m.Posts(bens, Conversation.Id(topic), [1, 2, 3, 4], default); return 0; });
        await site.SendMails();
        var mail = Assert.Single(await site.MailsTo("ben"));
        Assert.Equal($"[{site.Site.Name}] Long talk", mail.Subject);
        Assert.DoesNotContain("number 3 of", mail.Text);
        for (var i = 4; i <= 10; i++) Assert.Contains($"number {i} of ten", mail.Text);
        await anna.Reply(topic, "Before they come back");
        await site.Noticed();
        await site.SendMails();
        Assert.Single(await site.MailsTo("ben"));
        // They have been there, and left something unread: the next post is mailed again.
        await site.With<MarkRead, int>(async m => { await m.Posts(bens, Conversation.Id(topic), [5], default); return 0; });
        await anna.Reply(topic, "After they came back");
        await site.Noticed();
        await site.SendMails();
        Assert.Equal(2, (await site.MailsTo("ben")).Count);
        // All is read before it is due: no mail.
        await site.With<MarkRead, int>(async m =>
        {
            await m.Posts(bens, Conversation.Id(topic), Enumerable.Range(1, 20), default);
            return 0;
        });
        await anna.Reply(topic, "Read at once");
        await site.Noticed();
        await site.With<MarkRead, int>(async m => { await m.Posts(bens, Conversation.Id(topic), [14, 15, 16], default); return 0; });
        await site.SendMails();
        Assert.Equal(2, (await site.MailsTo("ben")).Count);
    }

    [Fact]
    public async Task Three_jobs_at_once_write_one_mail_and_missed_days_are_one_digest()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        await anna.Submit("/notifications/settings", new() { ["Reply"] = "Daily", ["Hour"] = "9" });
        var topic = await anna.Start("general", "Daily");
        await ben.Reply(topic, "First day");
        await site.Noticed();
        var annas = await site.MemberId("anna");
        var due = await site.Db(db => db.NoticeMails.Where(m => m.MemberId == annas).Select(m => m.DueAt!.Value).SingleAsync());
        Assert.Equal(9, site.Site.ToLocal(due).Hour);
        Assert.InRange(due, host.Clock.Now, host.Clock.Now.AddDays(1));
        await site.RunMails();
        Assert.Empty(await site.MailsTo("anna"));
        // Two days pass without a server.
        await site.Db(db => db.NoticeMails.ExecuteUpdateAsync(s => s.SetProperty(m => m.DueAt, due.AddDays(-3))));
        await ben.Reply(topic, "Second day");
        await site.Noticed();
        await Task.WhenAll(site.RunMails(), site.RunMails(), site.RunMails());
        var mail = Assert.Single(await site.MailsTo("anna"));
        Assert.Contains("First day", mail.Text);
        Assert.Contains("Second day", mail.Text);
        // An hour that is chosen after today's digest makes no second one today.
        await site.Db(db => db.NoticeMails.ExecuteUpdateAsync(s => s.SetProperty(m => m.DoneAt, host.Clock.Now)));
        await ben.Reply(topic, "Third");
        await anna.Submit("/notifications/settings", new() { ["Hour"] = "23" });
        await site.Noticed();
        var next = await site.Db(db =>
            db.NoticeMails.Where(m => m.MemberId == annas && m.DueAt != null).Select(m => m.DueAt!.Value).SingleAsync()
        );
        Assert.True(site.Site.ToLocal(next).Date > site.Site.ToLocal(host.Clock.Now).Date, $"{next}");
        // Nothing left to say is no mail.
        await anna.Submit("/notifications", [], "form[action='/notifications/read']");
        await site.SendMails();
        Assert.Single(await site.MailsTo("anna"));
    }

    [Fact]
    public async Task A_mail_that_cannot_be_written_keeps_back_no_other()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Long talk");
        foreach (var watcher in new[] { ben, mod }) await watcher.Level(topic, FollowLevel.Watch);
        await anna.Reply(topic, "Told to two");
        await site.Noticed();
        await site.Db(db => db.Database.ExecuteSqlRawAsync(
            db.IsSqlite
                ? """CREATE TRIGGER not_ben BEFORE INSERT ON system_mails WHEN NEW."to" LIKE 'ben%' BEGIN SELECT RAISE(ABORT, 'no'); END"""
                : """ALTER TABLE system_mails ADD CONSTRAINT not_ben CHECK ("to" NOT LIKE 'ben%')"""
        ));
        await site.SendMails();
        Assert.Single(await site.MailsTo("mod"));
        Assert.Empty(await site.MailsTo("ben"));
        // It is tried again, and written when it can be.
        await site.Db(db => db.Database.ExecuteSqlRawAsync(
            db.IsSqlite ? "DROP TRIGGER not_ben" : "ALTER TABLE system_mails DROP CONSTRAINT not_ben"));
        await site.SendMails();
        Assert.Single(await site.MailsTo("mod"));
        Assert.Contains("Told to two", Assert.Single(await site.MailsTo("ben")).Text);
    }

    [Fact]
    public async Task The_stop_link_acts_for_its_addressee_whoever_is_signed_in_and_says_whose_setting_it_is()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Stop it");
        await ben.Reply(topic, "Answer");
        await site.Noticed();
        await site.SendMails();
        var mail = Assert.Single(await site.MailsTo("anna"));
        var annas = await site.MemberId("anna");
        var token = await site.With<StopLinks, string>(l => l.Token(annas, [NoticeKind.Reply], default));
        Assert.Contains("/notifications/stop/" + token, mail.Text);
        Assert.EndsWith($"/notifications/stop/{token}/one-click>", mail.Fields["List-Unsubscribe"].Replace(" ", ""));
        Assert.Equal("List-Unsubscribe=One-Click", mail.Fields["List-Unsubscribe-Post"]);
        Assert.Equal(("auto-generated", "list"), (mail.Fields["Auto-Submitted"], mail.Fields["Precedence"]));
        Assert.Equal($"<general.boards.{site.Site.CanonicalHost}>", mail.Fields["List-Id"]);
        Assert.Equal($"<topic-{Conversation.Id(topic)}@{site.Site.CanonicalHost}>", mail.Fields["References"]);
        // Ben has the family's computer: opening it changes nothing, and says whose it is.
        var page = await ben.Get("/notifications/stop/" + token);
        Assert.Contains(EmailAddress.Masked("anna@example.com"), page.Text);
        Assert.DoesNotContain("anna@example.com", page.Text);
        Task<MailPace> Replies(long member) => site.Db(async db =>
            (await db.NoticeSettings.FirstOrDefaultAsync(s => s.MemberId == member) ?? new()).Replies);
        Assert.Equal(MailPace.AtOnce, await Replies(annas));
        await ben.Submit(page, new() { ["What"] = "some" });
        Assert.Equal(MailPace.Never, await Replies(annas));
        Assert.Equal(MailPace.AtOnce, await Replies(await site.MemberId("ben")));
        // The provider's post: without cookie, form or page; a wrong token or body does nothing.
        var mentions = await site.With<StopLinks, string>(l => l.Token(annas, [NoticeKind.Mention], default));
        var stranger = site.Visitor();
        Task<Page> Post(string t, string body) => stranger.Send(new(HttpMethod.Post, $"/notifications/stop/{t}/one-click")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["List-Unsubscribe"] = body }),
        });
        Assert.Equal(HttpStatusCode.NotFound, (await Post("1" + mentions, "One-Click")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post(mentions, "Two")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Post(mentions, "One-Click")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Post(mentions, "One-Click")).Status);
        Assert.Equal(MailPace.Never, await site.Db(db =>
            db.NoticeSettings.Where(s => s.MemberId == annas).Select(s => s.Mentions).SingleAsync()));
        await ben.Reply(topic, "No mail any more");
        await site.Noticed();
        await site.SendMails();
        Assert.Single(await site.MailsTo("anna"));
        Assert.Equal("2", await anna.Number());
    }

    [Fact]
    public async Task Every_mail_says_that_a_machine_wrote_it_and_those_of_a_topic_stand_together()
    {
        var site = await host.NewSite();
        var mail = new SystemMail
        {
            Kind = "x",
            To = "a@example.com",
            Subject = "S",
            Text = "T",
            Culture = "en",
            Fields = """[["List-Id","<a.b>"],["References","<topic-1@x>"],["Reply-To","<answer@x.example>"]]""",
        };
        var message = SystemMailMessage.Write(mail, site.Site, site.Url + "/", new MailColors("#123456", "#123456", null), host.Clock.Now,
            new MailFooter([], [], "site@x.example"));
        Assert.Equal("auto-generated", message.Headers["Auto-Submitted"]);
        Assert.Equal("DR, RN, NRN, OOF, AutoReply", message.Headers["X-Auto-Response-Suppress"]);
        Assert.Equal("<a.b>", message.Headers["List-Id"]);
        Assert.Equal("<topic-1@x>", message.Headers["References"]);
        // The mail's own stands instead of the site's.
        Assert.Equal("<answer@x.example>", Assert.Single(message.Headers, h => h.Field == "Reply-To").Value.Trim());
    }

    [Fact]
    public async Task An_address_that_takes_no_mail_gets_none()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Dead");
        await ben.Reply(topic, "Answer");
        await site.Noticed();
        await site.With<Community.Members.Suppress, int>(async s =>
        {
            await s.Address("anna@example.com", Community.Members.SuppressionReason.Complaint);
            return 0;
        });
        await site.SendMails();
        Assert.Empty(await site.MailsTo("anna"));
    }
}
