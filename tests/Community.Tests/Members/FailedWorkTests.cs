using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Mailing;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Failed work is shown to staff, with the reason, until somebody decides.</summary>
[OnBothDatabases]
public sealed class FailedWorkTests : IAsyncDisposable
{
    readonly ScriptedSmtpServer server = new();
    TestHost host = null!;
    TestSite site = null!;

    async Task Start()
    {
        server.Start();
        host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{server.Port}" });
        site = await host.NewSite();
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_mail_that_failed_stands_with_its_reason_on_the_member_s_page_and_is_sent_again()
    {
        // A reply that contains a colour code, a right-to-left override (U+202E in UTF-8) and the address.
        server.On("RCPT", "550 5.1.1 <anna@example.com>: \u001b[31mno \u00e2\u0080\u00aemailbox\r\n");
        await Start();
        var admin = await site.SignIn("admin");
        Assert.Contains("Every e-mail was delivered", (await admin.Get("/staff/failed-work")).Text);
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "anna@example.com" });
        await TestSite.Until(() => site.Db(db => db.SystemMails.AnyAsync(l => l.State == SystemMailState.Failed)), "it failed");
        var anna = await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync());
        Assert.Contains("could not be delivered", (await admin.Get("/staff")).Text);
        var member = await admin.Get($"/staff/members/{anna}");
        Assert.Contains("to this member could not be delivered: 550 5.1.1", member.Text);
        Assert.False(member.Html.Contains('\u202e'));
        var page = await admin.Get("/staff/failed-work");
        Assert.Contains("mailbox", page.Text);
        Assert.Contains("anna@example.com", page.Text);

        var given = host.Log.Lines.Single(l => l.Contains("is given up"));
        Assert.Contains("5.1.1", given);
        Assert.All(
            host.Log.Lines,
            line => Assert.False(line.Contains("anna@example.com") || line.Contains('\u001b') || line.Contains('\u202e'), line)
        );

        server.On("RCPT", "250 Ok");
        var done = await admin.Submit(page, [], "form[action$='/again']");
        Assert.Contains("being tried again", done.Text);
        await TestSite.Until(() => site.Db(db => db.SystemMails.AllAsync(l => l.State == SystemMailState.Sent)), "it is sent");
        // The same button in another window: it takes effect only once.
        Assert.Contains("Nothing was changed", (await admin.Submit(page, [], "form[action$='/again']")).Text);
        Assert.Single(server.Messages);
        Assert.Equal(1, await site.Db(db => db.Audit.CountAsync(a => a.Action == "members.mail-again" && a.SubjectId == anna)));
        Assert.DoesNotContain("could not be delivered", (await admin.Get($"/staff/members/{anna}")).Text);
    }

    [Fact]
    public async Task A_mail_is_discarded_once_and_all_are_tried_again_with_one_button()
    {
        server.On("RCPT", "550 5.7.1 Not you");
        await Start();
        await site.Db(async db =>
        {
            for (var i = 0; i < 60; i++)
                db.Send(
                    new SystemMail
                    {
                        Kind = "test.mail",
                        To = $"m{i}@example.org",
                        Subject = $"SystemMail {i}",
                        Text = "t",
                        Culture = "en",
                    }
                );
            return await db.SaveChangesAsync();
        });
        await TestSite.Until(() => site.Db(db => db.SystemMails.AllAsync(l => l.State == SystemMailState.Failed)), "all failed");
        var admin = await site.SignIn("admin");
        var page = await admin.Get("/staff/failed-work");
        // Addresses of non-members are masked, as no view of them can be recorded.
        Assert.DoesNotContain("m59@", page.Html);
        Assert.Equal(50, page.Document.QuerySelectorAll("form[action$='/discard']").Length);
        Assert.Equal(
            10,
            (await admin.Get(page.Document.QuerySelector("a[rel=next]")!.GetAttribute("href")!))
                .Document.QuerySelectorAll("form[action$='/discard']")
                .Length
        );
        Assert.Contains("Discarded", (await admin.Submit(page, [], "form[action$='/discard']")).Text);
        Assert.Contains("Nothing was changed", (await admin.Submit(page, [], "form[action$='/discard']")).Text);
        server.On("RCPT", "250 Ok");
        await admin.Submit(await admin.Get("/staff/failed-work"), [], "form[action$='/mails/again']");
        await TestSite.Until(() => site.Db(db => db.SystemMails.AllAsync(l => l.State == SystemMailState.Sent)), "all are sent");
        Assert.Equal(59, server.Messages.Count);
    }

    [Fact]
    public async Task Work_that_failed_is_seen_run_again_or_discarded()
    {
        await Start();
        await TestSite.Until(() => site.Db(db => db.Work.AnyAsync(w => w.Handler == "kernel.sweep-files")), "the jobs are there");
        var (gone, job) = await site.Db(async db =>
        {
            var row = new WorkRow
            {
                Handler = "no.such-job",
                Payload = "{}",
                DueAt = host.Clock.Now,
                Attempts = 12,
                FailedAt = host.Clock.Now,
                Error = "It broke",
            };
            db.Work.Add(row);
            await db.SaveChangesAsync();
            // A recurring job is never given up; without the page nobody would know that it fails.
            var sweep = await db.Work.SingleAsync(w => w.Handler == "kernel.sweep-files");
            (sweep.Attempts, sweep.Error) = (WorkQueue.MaxAttempts, "The disk is full");
            await db.SaveChangesAsync();
            return (row.Id, sweep.Id);
        });
        var admin = await site.SignIn("admin");
        var page = await admin.Get("/staff/failed-work");
        Assert.Contains("no.such-job", page.Text);
        Assert.Contains("The disk is full", page.Text);
        Assert.Null(page.Document.QuerySelector($"form[action$='/work/{job}/discard']"));
        await admin.Submit(page, [], $"form[action$='/work/{job}/again']");
        await TestSite.Until(() => site.Db(db => db.Work.AnyAsync(w => w.Id == job && w.Attempts == 0 && w.Error == null)), "the job runs");
        await admin.Submit(page, [], $"form[action$='/work/{gone}/again']");
        await TestSite.Until(
            () => site.Db(db => db.Work.AnyAsync(w => w.Id == gone && w.Attempts == 1 && w.FailedAt == null)),
            "it was run again"
        );
        await site.Db(db => db.Work.Where(w => w.Id == gone).ExecuteUpdateAsync(s => s.SetProperty(w => w.FailedAt, host.Clock.Now)));
        Assert.Contains("Discarded", (await admin.Submit(page, [], $"form[action$='/work/{gone}/discard']")).Text);
        Assert.False(await site.Db(db => db.Work.AnyAsync(w => w.Id == gone)));
    }

    [Fact]
    public async Task A_handler_that_does_not_get_on_is_seen_retried_or_made_to_skip_its_event()
    {
        await Start();
        var anna = await site.SignIn("anna");
        await anna.Start("general", "A topic");
        await TestSite.Until(() => site.Db(db => db.EventCursors.AnyAsync(c => c.Handler == "boards.counters" && c.Seq > 0)), "it is read");
        async Task Stuck() =>
            await site.Db(db => db.EventCursors.Where(c => c.Handler == "boards.counters").ExecuteUpdateAsync(s => s
                .SetProperty(c => c.Attempts, WorkQueue.MaxAttempts).SetProperty(c => c.Error, "It does not count")
                .SetProperty(c => c.RetryAt, host.Clock.Now.AddHours(4))));
        await Stuck();
        var admin = await site.SignIn("admin");
        Assert.Contains("1 task in the background failed", (await admin.Get("/staff")).Text);
        var page = await admin.Get("/staff/failed-work");
        Assert.Contains("It does not count", page.Text);
        await admin.Submit(page, [], "form[action$='/events/boards.counters/again']");
        Assert.True(await site.Db(db => db.EventCursors.AnyAsync(c => c.Handler == "boards.counters" && c.RetryAt == null)));
        await Stuck();
        var stood = await site.Db(db => db.EventCursors.Where(c => c.Handler == "boards.counters").Select(c => c.Seq).SingleAsync());
        Assert.Contains("was skipped", (await admin.Submit(page, [], "form[action$='/events/boards.counters/skip']")).Text);
        Assert.Contains("Nothing was changed", (await admin.Submit(page, [], "form[action$='/events/boards.counters/skip']")).Text);
        var cursor = await site.Db(db => db.EventCursors.SingleAsync(c => c.Handler == "boards.counters"));
        Assert.Equal((stood + 1, 0, null), (cursor.Seq, cursor.Attempts, cursor.Error));
        Assert.Contains("had a task skip an event", (await admin.Get("/staff/audit")).Text);
    }

    [Fact]
    public async Task Recipients_whom_a_mailing_did_not_reach_are_tried_again_or_discarded()
    {
        // For a reason that closes no address.
        server.On("RCPT anna@example.com", "550 5.7.1 Not today", "250 Ok").On("RCPT ben@example.com", "550 5.7.1 Not today");
        await Start();
        var id = await (await site.SignIn("mailer")).Reserve();
        await site.Until(id, MailingState.Finished);
        var admin = await site.SignIn("admin");
        Assert.Contains("did not reach 2 recipients", (await admin.Get("/staff")).Text);
        var page = await admin.Get("/staff/failed-work");
        var anna = await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync());
        Assert.Contains("Could not be delivered: 550 Not today", (await admin.Get($"/staff/members/{anna}")).Text.Replace("5.7.1 ", ""));
        await admin.Submit(page, [], $"form[action$='/mailings/{id}/again']");
        await site.Until(id, MailingState.Finished);
        await TestSite.Until(
            async () =>
                (await site.Counts(id)).GetValueOrDefault(DeliveryState.Rejected) == 1
                && (await site.Mailing(id)).State == MailingState.Finished,
            "one was reached"
        );
        await site.IdentityHolds(id);
        Assert.Single(server.Messages);
        Assert.Contains("Discarded", (await admin.Submit(page, [], $"form[action$='/mailings/{id}/discard']")).Text);
        Assert.Contains("Nothing was changed", (await admin.Submit(page, [], $"form[action$='/mailings/{id}/discard']")).Text);
        Assert.Null((await site.Mailing(id)).Salt);
        Assert.DoesNotContain("did not reach", (await admin.Get("/staff")).Text);
    }
}
