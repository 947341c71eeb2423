using System.Net;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace Community.Tests.Mailing;

/// <summary>From the form to the mailbox, on a host with an adjustable clock.</summary>
[Trait("takes", "long")]
public sealed class ReserveTests : IAsyncLifetime
{
    TestHost host = null!;
    TestSite site = null!;

    public async ValueTask InitializeAsync()
    {
        host = await TestHost.Start();
        site = await host.NewSite();
    }

    public async ValueTask DisposeAsync() => await host.DisposeAsync();

    async Task<List<MimeMessage>> Mailbox()
    {
        var mailbox = (DevMailbox)host.Services.GetRequiredService<MailTransport>();
        var messages = new List<MimeMessage>();
        foreach (var name in mailbox.Files().Reverse())
            if (
                await mailbox.Open(name, TestContext.Current.CancellationToken) is { } mail
                && mail.Message.Headers["List-Unsubscribe"] is not null
            )
                messages.Add(mail.Message);
        return messages;
    }

    [Fact]
    public async Task What_is_reserved_for_tomorrow_at_nine_goes_tomorrow_at_nine_and_to_everybody_who_agreed_once()
    {
        var mailer = await site.SignIn("mailer");
        var tomorrow = site.Site.ToLocal(host.Clock.Now).Date.AddDays(1).AddHours(9);
        var confirm = await mailer.Write("News", "Hello {{member.name}}", tomorrow);
        Assert.Contains("America/New_York", confirm.Text);
        Assert.Contains("09:00 America/New_York", confirm.Text);
        var page = await mailer.Submit(confirm, [], "form:has(input[name=Rev])");
        var id = long.Parse(page.Url.Segments[^1]);
        Assert.Contains("Reserved for", page.Text);
        Assert.Contains("2 members at the moment", page.Text);

        await site.Rests();
        Assert.Equal(MailingState.Scheduled, (await site.Mailing(id)).State);
        Assert.Empty(await Mailbox());

        host.Clock.Advance(StartTime.Resolve(tomorrow, site.Site.Zone).Utc - host.Clock.Now + TimeSpan.FromSeconds(1));
        await site.Until(id, MailingState.Finished);
        await site.IdentityHolds(id);
        // Carla did not consent; Susan is suspended.
        Assert.Equal(["anna@example.com", "ben@example.com"], (await Mailbox()).Select(m => m.To.Mailboxes.First().Address).Order());
        var mail = (await Mailbox()).First(m => m.To.Mailboxes.First().Address == "anna@example.com");
        Assert.Contains("Hello Anna", mail.TextBody);
        Assert.Contains("Hello Anna", mail.HtmlBody);
        Assert.StartsWith($"<{site.Url}/u/", mail.Headers["List-Unsubscribe"]);
        Assert.Equal("List-Unsubscribe=One-Click", mail.Headers["List-Unsubscribe-Post"]);
        Assert.Equal("auto-generated", mail.Headers["Auto-Submitted"]);
        Assert.Equal(2, (await Mailbox()).Select(m => m.MessageId).Distinct().Count());
    }

    [Fact]
    public async Task A_mailing_whose_time_nobody_decided_is_not_sent()
    {
        var mailer = await site.SignIn("mailer");
        var refused = await mailer.Write("Some day", "x", also: new() { ["Form.When"] = "at" });
        Assert.NotNull(refused.Document.QuerySelector("[id='Form.Date'][aria-invalid=true]"));
        await mailer.Write("Some day", "x", also: new() { ["Form.When"] = "at", ["Form.Then"] = "save" });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        var confirm = await mailer.Get($"/staff/mailings/{id}/confirm");
        Assert.Contains("not decided when", confirm.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.NotNull(confirm.Document.QuerySelector(".error-summary a[href$='/edit#Form.Date']"));
        await mailer.Submit(confirm, [], "form:has(input[name=Rev])");
        Assert.Equal(MailingState.Draft, (await site.Mailing(id)).State);
        // On the next edit the time is still undecided; set to "now", the mailing is sent.
        var edit = await mailer.Get($"/staff/mailings/{id}/edit");
        Assert.NotNull(edit.Document.QuerySelector("input[name='Form.When'][value=at][checked]"));
        var again = await mailer.Submit(
            edit,
            new() { ["Form.When"] = "now", ["Form.Then"] = "confirm" },
            "form:has([name='Form.Subject'])"
        );
        await mailer.Submit(again, [], "form:has(input[name=Rev])");
        await site.Until(id, MailingState.Finished);
    }

    [Fact]
    public async Task A_time_that_has_passed_and_days_the_wrong_way_round_are_said_at_their_fields()
    {
        var mailer = await site.SignIn("mailer");
        var page = await mailer.Write(
            "Late",
            "x",
            site.Site.ToLocal(host.Clock.Now.AddHours(-2)),
            new() { ["Form.c0-key"] = "members.joined", ["Form.c0-from"] = "2026-05-01", ["Form.c0-to"] = "2026-04-01" }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("has passed", page.Document.QuerySelector("#when-error")!.TextContent);
        Assert.Contains("before the first", page.Document.QuerySelector("[id='Form.c0-to-error']")!.TextContent);
    }

    [Fact]
    public async Task To_nobody_nothing_is_reserved()
    {
        var mailer = await site.SignIn("mailer");
        var confirm = await mailer.Write(
            "Hello?",
            "x",
            also: new() { ["Form.c0-key"] = "members.name", ["Form.c0-name"] = "Nobody is called this" }
        );
        Assert.Contains("reach nobody", confirm.Document.QuerySelector(".error-summary")!.TextContent);
        await mailer.Submit(confirm, [], "form:has(input[name=Rev])");
        Assert.Equal(MailingState.Draft, await site.Db(db => db.Mailings.Select(m => m.State).SingleAsync()));
    }

    [Fact]
    public async Task Looked_at_unchanged_a_reservation_stands_and_changed_it_is_taken_back_aloud()
    {
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(local: site.Site.ToLocal(host.Clock.Now.AddDays(3)));
        await mailer.Submit($"/staff/mailings/{id}/edit", new() { ["Form.Then"] = "preview" }, "form:has([name='Form.Subject'])");
        Assert.Equal(MailingState.Scheduled, (await site.Mailing(id)).State);
        var later = site.Site.ToLocal(host.Clock.Now.AddDays(4));
        var preview = await mailer.Submit(
            $"/staff/mailings/{id}/edit",
            new() { ["Form.Date"] = later.ToString("yyyy-MM-dd"), ["Form.Then"] = "preview" },
            "form:has([name='Form.Subject'])"
        );
        Assert.Equal(MailingState.Draft, (await site.Mailing(id)).State);
        Assert.Contains("No longer reserved", preview.Text);
        foreach (var place in new[] { "", "/edit", "/confirm", "/audience" })
            Assert.Contains("No longer reserved", (await mailer.Get($"/staff/mailings/{id}{place}")).Text);
        Assert.Contains(
            later.ToString(later.Year == site.Site.ToLocal(host.Clock.Now).Year ? "MMM d" : "MMM d, yyyy"),
            (await mailer.Get($"/staff/mailings/{id}")).Document.QuerySelector(".page-head")!.TextContent
        );
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        Assert.DoesNotContain("No longer reserved", (await mailer.Get($"/staff/mailings/{id}")).Text);
    }

    [Fact]
    public async Task A_site_that_changes_its_zone_moves_no_reservation_and_its_forms_show_the_new_clock()
    {
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(local: site.Site.ToLocal(host.Clock.Now.AddDays(3)));
        var at = (await site.Mailing(id)).StartAt;
        var change = ActivatorUtilities.CreateInstance<Community.Sites.ChangeSite>(host.Services);
        await change.WithKey(Community.Sites.Operators.OfMachine, site.Site.Key, new() { TimeZone = "Asia/Tokyo" }, null, default);
        var tokyo = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");
        var clock = TimeZoneInfo.ConvertTimeFromUtc(at!.Value, tokyo).ToString("yyyy-MM-dd HH:mm");
        foreach (var place in new[] { "edit", "time" })
        {
            var page = await mailer.Get($"/staff/mailings/{id}/{place}");
            string Value(string field) => page.Document.QuerySelector($"[name='Form.{field}']")!.GetAttribute("value")!;
            Assert.Equal(clock, $"{Value("Date")} {Value("Time")}");
            await mailer.Submit(page, place == "edit" ? new() { ["Form.Then"] = "preview" } : [], "form:has([name='Form.Date'])");
            Assert.Equal((MailingState.Scheduled, at), ((await site.Mailing(id)).State, (await site.Mailing(id)).StartAt));
        }
        host.Clock.Advance(at.Value - host.Clock.Now + TimeSpan.FromSeconds(1));
        await site.Until(id, MailingState.Finished);
    }

    [Fact]
    public async Task What_is_stopped_is_asked_about_and_may_be_copied_and_a_draft_thrown_away()
    {
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(
            "Again",
            "Hello {{member.name}}",
            site.Site.ToLocal(host.Clock.Now.AddDays(3)),
            new() { ["Form.c0-key"] = "members.name", ["Form.c0-name"] = "ann" }
        );
        Assert.NotNull((await mailer.Get($"/staff/mailings/{id}")).Document.QuerySelector("details form[action$='/cancel']"));
        var stopped = await mailer.Press(id, "cancel");
        Assert.Contains("Stopped:", stopped.Text);
        var copy = await mailer.Submit(stopped, [], "form[action$='/copy']");
        Assert.Contains("new draft", copy.Text);
        var made = await site.Mailing(long.Parse(copy.Url.Segments[^2].Trim('/')));
        Assert.Equal(
            (MailingState.Draft, "Again", "Hello {{member.name}}", """{"members.name":{"text":"ann"}}"""),
            (made.State, made.Main.Subject, made.Main.Text, made.AudienceJson)
        );
        var list = await mailer.Press(made.Id, "delete");
        Assert.Contains("The draft is deleted", list.Text);
    }

    [Fact]
    public async Task What_was_sent_at_once_says_so_and_the_page_looks_again_until_it_is_over()
    {
        var mailer = await site.SignIn("mailer");
        var confirm = await mailer.Write("Now", "Hello {{member.name}}");
        Assert.NotNull(confirm.Document.QuerySelector("iframe[src*='preview.html']"));
        Assert.DoesNotContain("{{member.name}}", confirm.Text);
        var page = await mailer.Submit(confirm, [], "form:has(input[name=Rev])");
        var id = long.Parse(page.Url.Segments[^1]);
        if ((await site.Mailing(id)).State != MailingState.Finished) Assert.Contains("Sending has begun (2 people)", page.Text);
        await site.Until(id, MailingState.Finished);
        var over = await mailer.Get($"/staff/mailings/{id}");
        Assert.Null(over.Document.QuerySelector("[data-look-again]"));
        Assert.Contains("Sent per 5 minutes", over.Text);
    }

    [OnBothDatabases, Fact]
    public async Task A_form_sent_twice_makes_one_mailing()
    {
        var mailer = await site.SignIn("mailer");
        var form = await mailer.Get("/staff/mailings/new");
        var fields = new Dictionary<string, string>
        {
            ["Form.Subject"] = "Once",
            ["Form.Text"] = "x",
            ["Form.Then"] = "save",
        };
        await Task.WhenAll(
            mailer.Submit(form, fields, "form:has([name='Form.Subject'])"),
            mailer.Submit(form, fields, "form:has([name='Form.Subject'])")
        );
        Assert.Equal(1, await site.Db(db => db.Mailings.CountAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task The_same_form_with_other_words_is_said_and_makes_a_second_draft_or_takes_the_place_of_the_first()
    {
        var mailer = await site.SignIn("mailer");
        var form = await mailer.Get("/staff/mailings/new");
        Dictionary<string, string> Fields(string subject, string button, string value) =>
            new()
            {
                ["Form.Subject"] = subject,
                ["Form.Text"] = "x",
                [button] = value,
            };
        Task<Page> Send(Page page, Dictionary<string, string> fields) => mailer.Submit(page, fields, "form:has([name='Form.Subject'])");
        await Send(form, Fields("First", "Form.Then", "save"));
        var told = await Send(form, Fields("Other", "Form.Then", "save"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, told.Status);
        Assert.Contains("not saved yet", told.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Equal("Other", told.Document.QuerySelector("input[name='Form.Subject']")!.GetAttribute("value"));
        await Task.WhenAll(Send(told, Fields("Other", "Form.Then", "anew")), Send(told, Fields("Other", "Form.Then", "anew")));
        var over = told.Document.QuerySelector("button[name='Form.Over']")!.GetAttribute("value")!;
        await Send(told, Fields("In its place", "Form.Over", over));
        var subjects = await site.Db(db =>
            db.Mailings.Where(m => m.Title == "First" || m.Title == "Other" || m.Title == "In its place")
                .Select(m => m.Title)
                .OrderBy(s => s)
                .ToListAsync()
        );
        Assert.Equal(["In its place", "Other"], subjects);
    }

    [Fact]
    public async Task An_unknown_merge_field_is_named_and_what_was_typed_stays()
    {
        var mailer = await site.SignIn("mailer");
        var page = await mailer.Write("Dear {{member.nmae}}", "Hello {{site.name}}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("{{member.nmae}}", page.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Equal("Dear {{member.nmae}}", page.Document.QuerySelector("input[name='Form.Subject']")!.GetAttribute("value"));
    }

    [Fact]
    public async Task Two_members_of_staff_do_not_overwrite_each_other()
    {
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(local: host.Clock.Now.AddDays(3));
        var old = await mailer.Get($"/staff/mailings/{id}/edit");
        var admin = await site.SignIn("admin");
        await admin.Submit(
            $"/staff/mailings/{id}/edit",
            new() { ["Form.Subject"] = "By admin", ["Form.Then"] = "save" },
            "form:has([name='Form.Subject'])"
        );
        Assert.Equal(MailingState.Draft, (await site.Mailing(id)).State);
        var late = await mailer.Submit(
            old,
            new() { ["Form.Subject"] = "By mailer", ["Form.Then"] = "save" },
            "form:has([name='Form.Subject'])"
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, late.Status);
        Assert.Equal("By admin", (await site.Mailing(id)).Main.Subject);
    }

    [Fact]
    public async Task Cancelled_before_the_start_it_never_goes()
    {
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(local: site.Site.ToLocal(host.Clock.Now.AddHours(1)));
        var page = await mailer.Press(id, "cancel");
        Assert.Contains("Stopped", page.Text);
        host.Clock.Advance(TimeSpan.FromHours(2));
        await site.Rests();
        Assert.Empty(await Mailbox());
    }

    [Fact]
    public async Task Missed_by_more_than_six_hours_it_waits_for_a_person()
    {
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(local: site.Site.ToLocal(host.Clock.Now.AddHours(1)));
        host.Clock.Advance(TimeSpan.FromHours(8));
        await site.Until(id, MailingState.Overdue);
        var again = await site.SignIn("mailer");
        await again.Press(id, "send-late");
        await site.Until(id, MailingState.Finished);
        Assert.Equal(2, (await Mailbox()).Count);
    }

    [Fact]
    public async Task A_test_goes_to_who_asks_and_to_nobody_else()
    {
        var mailer = await site.SignIn("mailer");
        await mailer.Write("Try", "Hello {{member.name}}");
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).FirstAsync());
        var page = await mailer.PressOn($"/staff/mailings/{id}/preview", "test");
        Assert.Contains("on its way", page.Text);
        Assert.EndsWith("/preview", page.Url.AbsolutePath);
        await TestSite.Until(async () => (await Mailbox()).Count == 1, "the test arrived");
        var mail = (await Mailbox())[0];
        Assert.Equal("mailer@example.com", mail.To.Mailboxes.First().Address);
        Assert.Equal("[Test] Try", mail.Subject);
        Assert.Equal(MailingState.Draft, (await site.Mailing(id)).State);
    }

    [Fact]
    public async Task A_member_whose_name_is_markup_is_called_by_it_and_no_header_is_added()
    {
        await site.Db(async db =>
        {
            (await db.Members.FirstAsync(m => m.Email == "anna@example.com")).Rename("{{member.email}} <b>*x*</b> [a](http://evil.test)");
            // Such a name may exist from before names were validated.
            db.Entry(await db.Members.FirstAsync(m => m.Email == "ben@example.com")).Property(m => m.Name).CurrentValue =
                "Ben\r\nBcc: victim@example.org";
            return await db.SaveChangesAsync();
        });
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve("For {{member.name}}", "Hello **{{member.name}}**");
        await site.Until(id, MailingState.Finished);
        var mail = Assert.Single(await Mailbox());
        Assert.Equal("For {{member.email}} <b>*x*</b> [a](http://evil.test)", mail.Subject);
        Assert.Contains("Hello {{member.email}} <b>*x*</b> [a](http://evil.test)", mail.TextBody);
        Assert.Contains("<strong>{{member.email}} &lt;b&gt;*x*&lt;/b&gt; [a](http://evil.test)</strong>", mail.HtmlBody);
        var refused = await site.Db(db => db.Deliveries.FirstAsync(d => d.State == DeliveryState.Rejected));
        Assert.Null(refused.Code);
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task Members_without_the_permission_see_nothing_of_it()
    {
        var anna = await site.SignIn("anna");
        Assert.NotEqual(HttpStatusCode.OK, (await anna.Send(new(HttpMethod.Get, "/staff/mailings"))).Status);
        Assert.NotEqual(HttpStatusCode.OK, (await site.Visitor().Send(new(HttpMethod.Get, "/staff/mailings"))).Status);
    }

    [Fact]
    public async Task Who_would_get_it_is_counted_shown_and_recorded()
    {
        var mailer = await site.SignIn("mailer");
        var group = await site.Db(db => db.Groups.Where(g => g.Key == "open").Select(g => g.Id).FirstAsync());
        var confirm = await mailer.Write(
            "For the open group",
            "x",
            also: new() { ["Form.c0-key"] = "members.groups", ["Form.c0-group"] = group.ToString() }
        );
        Assert.Equal("1", confirm.Document.QuerySelector(".figures dd")!.TextContent);
        Assert.Contains("Open", confirm.Text);
        var who = await mailer.Get(confirm.Url.AbsolutePath.Replace("confirm", "audience"));
        Assert.Contains("anna@example.com", who.Text);
        Assert.DoesNotContain("ben@example.com", who.Text);
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "mailing.audience" && a.Count == 1)));
    }
}
