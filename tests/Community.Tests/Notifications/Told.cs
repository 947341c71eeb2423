using Community.Boards;
using Community.Notifications;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Notifications;

/// <summary>Helpers: what a member is told, and the mails that are written for them.</summary>
static class Told
{
    /// <summary>Waits until the handlers and the jobs that are due have run.</summary>
    public static async Task Noticed(this TestSite site)
    {
        await site.EventsRead();
        await TestSite.Until(
            () => site.Db(async db => !await db.Work.AnyAsync(w => w.Handler == "notifications.tell-watchers")), "the watchers are told");
    }

    /// <summary>The number on the member's pages.</summary>
    public static async Task<string> Number(this Visitor member)
    {
        var count = (await member.Get("/boards")).Document.QuerySelector(".notice-count .count")!;
        return count.HasAttribute("hidden") ? "0" : count.TextContent;
    }

    /// <summary>The lines of the list that are new.</summary>
    public static async Task<IReadOnlyList<string>> News(this Visitor member) =>
        [.. (await member.Get("/notifications")).Document.QuerySelectorAll(".notices li.unread > a").Select(a => a.TextContent.Trim())];

    public static Task<Page> Level(this Visitor member, string url, FollowLevel level) =>
        member.Submit(url, new() { ["level"] = level.ToString() }, $"form[action='{url}/follow']");

    public static async Task<long> MemberId(this TestSite site, string key) =>
        await site.Db(db => db.Set<Community.Members.Member>().Where(m => m.Email == key + "@example.com").Select(m => m.Id).SingleAsync());

    public static async Task<string> HandleOf(this TestSite site, string key) =>
        await site.Db(db =>
            db.Set<Community.Members.Member>().Where(m => m.Email == key + "@example.com").Select(m => m.Handle).SingleAsync());

    /// <summary>Lets all mails be due, and runs the job.</summary>
    public static async Task SendMails(this TestSite site)
    {
        var past = site.Host.Clock.Now.AddMinutes(-1);
        await site.Db(db => db.NoticeMails.Where(m => m.DueAt != null).ExecuteUpdateAsync(s => s.SetProperty(m => m.DueAt, past)));
        await site.RunMails();
    }

    public static Task RunMails(this TestSite site) => site.With<IServiceProvider, int>(async services =>
    {
        await ActivatorUtilities.CreateInstance<SendNoticeMailsStep>(services).Handle(new SendNoticeMails(), default);
        return 0;
    });

    /// <summary>The mails that reached a member, the oldest first; the queue has sent what was written.</summary>
    public static async Task<List<ToldMail>> MailsTo(this TestSite site, string key)
    {
        await TestSite.Until(
            () => site.Db(async db => !await db.SystemMails.AnyAsync(m => m.State != SystemMailState.Sent)),
            "mails are sent"
        );
        var mailbox = (DevMailbox)site.Host.Services.GetRequiredService<MailTransport>();
        var found = new List<ToldMail>();
        foreach (var file in mailbox.Files().Reverse())
            if (
                (await mailbox.Open(file))?.Message is { } mail
                && mail.To.Mailboxes.Single().Address == key + "@example.com"
                && mail.From.Mailboxes.Single().Address == site.Site.MailFrom
                && mail.Headers.Contains("List-Id")
            )
                found.Add(new(
                    mail.Subject!,
                    mail.TextBody!.Replace("\r\n", "\n"),
                    mail.Headers.ToDictionary(h => h.Field, h => h.Value.Trim())
                ));
        return found;
    }
}

/// <summary>A mail as it arrived.</summary>
sealed record ToldMail(string Subject, string Text, IReadOnlyDictionary<string, string> Fields);
