using System.Text;
using Community.Boards;
using Community.Members;
using Community.Notifications;
using Community.Tests.Boards;
using Community.Tests.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Community.Tests.Notifications;

/// <summary>Answers by mail, from the reply address of a notice to the post.</summary>
[OnBothDatabases]
public sealed class TakeMailTests(TestHost host)
{
    static readonly IOptions<CommunityOptions> options =
        Options.Create(new CommunityOptions { ReplyAddress = "reply@in.{host}" });

    internal static Task<MailTaken> Take(TestSite site, string message) =>
        Take(site, Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\r\n")));

    internal static Task<MailTaken> Take(TestSite site, byte[] message) => site.With<IServiceProvider, MailTaken>(s =>
        ActivatorUtilities.CreateInstance<TakeMail>(s, ActivatorUtilities.CreateInstance<ReplyAddresses>(s, options))
            .Take(message, default));

    internal static Task<string?> Address(TestSite site, long member, long post) => site.With<IServiceProvider, string?>(s =>
        ActivatorUtilities.CreateInstance<ReplyAddresses>(s, options).For(member, post, default));

    internal static string Mail(
        string to, string text, string from = "Anna <ANNA@example.com>",
        string fields = "", string id = "1@a.example"
    ) =>
        $"From: {from}\nTo: {to}\nSubject: Re: Mugs\nMessage-ID: <{id}>\n{fields}Content-Type: text/plain; charset=utf-8\n\n{text}\n";

    static Task<List<string>> Texts(TestSite site) => site.Db(db => db.Posts.OrderBy(p => p.Id).Select(p => p.Text).ToListAsync());

    static Task<int> Answers(TestSite site) => site.Db(db => db.SystemMails.CountAsync(m => m.Kind == TakeMail.Kind));

    /// <summary>What the member was told: the text of the mail that was sent.</summary>
    static async Task<string> Told(TestSite site, string key)
    {
        await TestSite.Until(() => site.Db(db => db.SystemMails.AllAsync(m => m.State == SystemMailState.Sent)), "the mail is sent");
        var mailbox = (DevMailbox)site.Host.Services.GetRequiredService<MailTransport>();
        foreach (var file in mailbox.Files())
            if ((await mailbox.Open(file))?.Message is { } mail && mail.To.Mailboxes.Single().Address == key + "@example.com"
                && mail.From.Mailboxes.Single().Address == site.Site.MailFrom && mail.Subject!.Contains("your answer by mail"))
                return mail.TextBody!;
        return "";
    }

    static async Task<(TestSite Site, long Anna, string To)> Begin(TestHost host, string board = "general", TestSite? on = null)
    {
        var site = on ?? await host.NewSite();
        var topic = await (await site.SignIn(board == "inner" ? "carla" : "ben")).Start(board, "Mugs", "Which mug?");
        var anna = await site.MemberId(board == "inner" ? "carla" : "anna");
        var post = await site.Db(db => db.Posts.Where(p => p.TopicId == Conversation.Id(topic)).Select(p => p.Id).SingleAsync());
        return (site, anna, (await Address(site, anna, post))!);
    }

    [Fact]
    public async Task An_answer_is_posted_once_below_what_it_answers_as_the_member_to_whom_the_address_was_given()
    {
        var (site, anna, to) = await Begin(host);
        Assert.True(to.Split('@')[0].Length <= 64, to);
        var mail = Mail(to.ToUpperInvariant(), "The **round** one.\n\nOn Fri, Apr 3, 2026, Site <a@b.example> wrote:\n> Which mug?");
        Assert.Equal(MailTaken.Posted, await Take(site, mail));
        Assert.Equal(MailTaken.Posted, await Take(site, mail));
        Assert.Equal(["Which mug?", "The **round** one."], await Texts(site));
        var post = await site.Db(db => db.Posts.OrderBy(p => p.Id).LastAsync());
        Assert.Equal((anna, 1), (post.AuthorId, post.ParentNumber));
        Assert.Equal(0, await Answers(site));
    }

    [Fact]
    public async Task An_answer_waits_for_the_terms_as_what_is_sent_on_the_site_does()
    {
        var site = await host.NewSite();
        await TermsTests.Publish(site, TermsKind.Terms, TermsTests.Fields("# Rules"));
        await site.Db(db => db.Members.ExecuteUpdateAsync(s => s.SetProperty(m => m.TermsAgreed, 1)));
        var (_, anna, to) = await Begin(host, on: site);
        await site.Db(db => db.Members.Where(m => m.Id == anna).ExecuteUpdateAsync(s => s.SetProperty(m => m.TermsAgreed, 0)));
        Assert.Equal(MailTaken.Refused, await Take(site, Mail(to, "One")));
        Assert.Contains("/agree", await Told(site, "anna"));
        await site.Db(db => db.Members.Where(m => m.Id == anna).ExecuteUpdateAsync(s => s.SetProperty(m => m.TermsAgreed, 1)));
        Assert.Equal(MailTaken.Posted, await Take(site, Mail(to, "One")));
        Assert.Equal(["Which mug?", "One"], await Texts(site));
    }

    [Fact]
    public async Task A_new_members_limits_hold_for_answers_by_mail()
    {
        var site = await host.NewSite(r => r["settings"]!["trust"] = new System.Text.Json.Nodes.JsonObject
        {
            ["isOn"] = true,
            ["newPosts"] = 2,
            ["newLinks"] = 0,
        });
        var topic = await (await site.SignIn("ben")).Start("general", "Mugs", "Which mug?");
        var anna = await site.MemberId("anna");
        var post = await site.Db(db => db.Posts.Where(p => p.TopicId == Conversation.Id(topic)).Select(p => p.Id).SingleAsync());
        var to = (await Address(site, anna, post))!;
        Assert.Equal(MailTaken.Refused, await Take(site, Mail(to, "This one: https://shop.example", id: "0@a.example")));
        Assert.Equal(MailTaken.Posted, await Take(site, Mail(to, "One", id: "1@a.example")));
        Assert.Equal(MailTaken.Posted, await Take(site, Mail(to, "Two", id: "2@a.example")));
        Assert.Equal(MailTaken.Refused, await Take(site, Mail(to, "Three", id: "3@a.example")));
        Assert.Equal(["Which mug?", "One", "Two"], await Texts(site));
        // The member is told why, once a day.
        Assert.Contains("at most 0 links", await Told(site, "anna"));
    }

    [Fact]
    public async Task Forged_old_and_foreign_mail_is_no_post_and_strangers_get_no_mail()
    {
        var (site, anna, to) = await Begin(host);
        var (mine, domain) = (to.Split('@')[0], to.Split('@')[1]);
        var forged = mine[..^1] + (mine[^1] == '0' ? '1' : '0');
        foreach (var address in new[] { $"{forged}@{domain}", $"reply@{domain}", $"{mine}@other.example", "x@y.example" })
            Assert.Equal(MailTaken.NotOurs, await Take(site, Mail(address, "Words")));
        Assert.Equal(MailTaken.NotOurs, await Take(site, new byte[TakeMail.MaxBytes + 1]));
        Assert.Equal(MailTaken.NotOurs, await Take(site, Mail(to, string.Concat(Enumerable.Repeat("--x\n", 300)))));
        Assert.Equal(0, await Answers(site));
        // Somebody else, or several senders: the member is told at their own address, once a day.
        foreach (var from in new[] { "Ben <ben@example.com>", "anna@example.com, ben@example.com" })
            Assert.Equal(MailTaken.Refused, await Take(site, Mail(to, "Words", from)));
        Assert.Equal(MailTaken.Refused, await Take(site, Mail(to, "> only quoted")));
        var told = await site.Db(db => db.SystemMails.SingleAsync(m => m.Kind == TakeMail.Kind));
        Assert.Equal((anna, "anna@example.com"), (told.MemberId, told.To));
        Assert.Equal(["Which mug?"], await Texts(site));
    }

    [Fact]
    public async Task What_a_program_wrote_is_no_post_and_gets_no_answer()
    {
        var (site, _, to) = await Begin(host);
        foreach (var field in new[]
        {
            "Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes", "List-Id: <a.b>", "Return-Path: <>",
            "X-Auto-Response-Suppress: All", "X-Failed-Recipients: a@b.example", "X-Auto-Response-Suppress: OOF, AutoReply",
            "X-Autogenerated: Reply", "Precedence: auto-reply",
        })
            Assert.Equal(MailTaken.Machine, await Take(site, Mail(to, "Words", fields: field + "\n")));
        foreach (var text in new[]
        {
            "【自動返信】ただいま不在にしております。", "ただいま休暇をいただいております。", "I am out of the office until Monday.",
            "このメールは自動的に返信されています。", "お世話になっております。\n出張中のため、返信が遅れます。",
            "Hello,\n\nI'm on vacation until Monday and will reply when I return.", "This is an automated response to your message.",
            "Ich bin vom 1. bis zum 12. April nicht im Büro.", "这是来自QQ邮箱的假期自动回复邮件。",
        })
            Assert.Equal(MailTaken.Machine, await Take(site, Mail(to, text)));
        foreach (var subject in new[] { "自動応答: Mugs", "不在のお知らせ", "Automatic reply: Mugs", "Undelivered Mail Returned to Sender" })
            Assert.Equal(MailTaken.Machine, await Take(site, Mail(to, "Words").Replace("Re: Mugs", subject)));
        Assert.Equal(MailTaken.Machine, await Take(site, Mail(to, "Words", "MAILER-DAEMON@example.com")));
        Assert.Equal((1, 0), ((await Texts(site)).Count, await Answers(site)));
        // A person who speaks of it is none.
        Assert.Equal(MailTaken.Posted, await Take(site, Mail(to, "Ask Carla, she is back in the office.", fields: "Auto-Submitted: no\n")));
        foreach (var (i, text) in new[]
        {
            "自動返信を切ればいいと思います。", "This is an automatic door.", "来週は不在のため欠席します。",
            "I'm on vacation in Kyoto, the tea is great!",
        }.Index())
            Assert.Equal(MailTaken.Posted, await Take(site, Mail(to, text, id: $"p{i}@a.example")));
        // What some providers put into all mails of their customers, and a topic about mail.
        Assert.Equal(MailTaken.Posted, await Take(site, Mail(to, "Round.", fields: "Feedback-ID: i1:Fastmail\n", id: "f@a.example")));
        var undelivered = Mail(to, "Same here.", id: "u@a.example").Replace("Re: Mugs", "Re: [Site] Undelivered parcels");
        Assert.Equal(MailTaken.Posted, await Take(site, undelivered));
    }

    [Fact]
    public async Task Who_has_lost_the_right_is_told_so_without_a_name()
    {
        var (site, _, to) = await Begin(host, "inner");
        await site.Db(db => db.Set<Community.Members.GroupMembership>().ExecuteDeleteAsync());
        Assert.Equal(MailTaken.Refused, await Take(site, Mail(to, "Words", "carla@example.com")));
        var told = await site.Db(db => db.SystemMails.SingleAsync(m => m.Kind == TakeMail.Kind));
        Assert.DoesNotContain("Mugs", told.Subject + await Told(site, "carla"), StringComparison.Ordinal);
        Assert.Contains("no longer there for you", await Told(site, "carla"), StringComparison.Ordinal);
        Assert.Single(await Texts(site));
    }

    [Fact]
    public async Task Attachments_pass_the_checks_of_the_site_and_what_does_not_is_named()
    {
        var (site, _, to) = await Begin(host);
        var mail = $"""
            From: anna@example.com
            To: {to}
            Message-ID: <2@a.example>
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/plain

            See the list.
            --b
            Content-Type: text/plain; name=list.txt
            Content-Disposition: attachment; filename=list.txt

            Round mugs
            --b
            Content-Type: application/octet-stream
            Content-Disposition: attachment; filename=run.exe
            Content-Transfer-Encoding: base64

            TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAA==
            --b--
            """;
        Assert.Equal(MailTaken.Posted, await Take(site, mail));
        Assert.Equal(MailTaken.Posted, await Take(site, mail));
        var attachment = await site.Db(db => db.Attachments.SingleAsync());
        Assert.Equal(("list.txt", true), (attachment.Name, attachment.PostId is not null));
        var text = (await Texts(site))[^1];
        Assert.StartsWith("See the list.", text, StringComparison.Ordinal);
        Assert.Contains(attachment.Key, text, StringComparison.Ordinal);
        Assert.Contains("run.exe", await Told(site, "anna"), StringComparison.Ordinal);
    }
}
