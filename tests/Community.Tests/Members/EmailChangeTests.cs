using System.Net;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>A new address, to which both mailboxes agree.</summary>
[OnBothDatabases]
public sealed class EmailChangeTests(TestHost host)
{
    const string Old = "anna@example.com", New = "anna@new.example", Other = "anna@other.example";
    const string Confirm = "form:has([value=confirm-email])", Refuse = "form:has([value=refuse-email])";

    static async Task<(string New, string Present)> Ask(TestSite site, Visitor anna, string to = New, int count = 1)
    {
        var page = await anna.Submit("/account/email", new() { ["Email"] = to });
        Assert.Contains("A change that waits", page.Text);
        return (
            await Mails.Link(site, to, "members.new-email", path: NewEmailPage.Url),
            await Mails.Link(site, Old, "members.present-email", count, PresentEmailPage.Url)
        );
    }

    static Task<string> AddressOf(TestSite site) =>
        site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.Email!).SingleAsync());

    [Theory, InlineData(true), InlineData(false)]
    public async Task It_is_the_member_s_once_both_mailboxes_have_confirmed_in_any_order_and_any_browser(bool newFirst)
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var (atNew, atPresent) = await Ask(site, anna);
        var (first, second) = newFirst ? (atNew, atPresent) : (atPresent, atNew);
        // Programs that open links confirm nothing.
        foreach (var link in new[] { first, second, first })
        {
            await site.Visitor().Send(new(HttpMethod.Head, link));
            Assert.NotNull((await site.Visitor().Get(link)).Document.QuerySelector(Confirm));
        }
        Assert.False(await site.Db(db => db.EmailChanges.AnyAsync(c => c.NewAt != null || c.PresentAt != null)));
        // Somebody else may be signed in where the mail is read.
        var ben = await site.SignIn("ben");
        for (var i = 0; i < 2; i++)
        {
            var half = i == 0 ? await ben.Submit(first, [], Confirm) : await ben.Get(first);
            Assert.Contains("as soon as the link in the e-mail", half.Text);
        }
        Assert.Equal(Old, await AddressOf(site));
        Assert.Contains("waits to be confirmed at both", (await anna.Get("/account")).Text);
        Assert.Equal("/account", (await anna.Submit(second, [], Confirm)).Url.AbsolutePath);
        Assert.Equal(New, await AddressOf(site));
        Assert.Equal(1, await Mails.Count(site, Old, "members.email-changed"));
        // Used links say that it is done, and a second click undoes nothing.
        foreach (var link in new[] { first, second })
        {
            var again = await site.Visitor().Get(link);
            Assert.Equal((HttpStatusCode.OK, true), (again.Status, again.Text.Contains("There is nothing left to do")));
        }
        Assert.Equal(0, await site.Db(db => db.EmailChanges.CountAsync()));
        var inside = await site.Visitor().Submit("/sign-in", new() { ["Email"] = New, ["Password"] = TestSite.Password });
        Assert.NotNull(inside.Document.QuerySelector("form[action='/sign-out']"));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Refused_at_either_mailbox_it_ends_and_only_the_present_one_ends_the_sessions(bool atNewOne)
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var (atNew, atPresent) = await Ask(site, anna);
        await site.Visitor().Submit(atNewOne ? atPresent : atNew, [], Confirm);
        await site.Visitor().Submit(atNewOne ? atNew : atPresent, [], Refuse);
        foreach (var link in new[] { atNew, atPresent }) Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get(link)).Status);
        Assert.Equal(Old, await AddressOf(site));
        Assert.Equal(atNewOne ? "/account" : "/sign-in", (await anna.Get("/account")).Url.AbsolutePath);
    }

    [Fact]
    public async Task Links_of_a_change_confirm_no_other_and_none_after_a_day_a_new_password_or_its_withdrawal()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        var (firstNew, firstPresent) = await Ask(site, anna);
        await site.Visitor().Submit(firstPresent, [], Confirm);
        // Too soon: nothing changes, and it is said.
        var soon = await anna.Submit("/account/email", new() { ["Email"] = Other });
        Assert.Contains("No e-mail was sent", soon.Text);
        own.Clock.Advance(TimeSpan.FromMinutes(2));
        var (secondNew, secondPresent) = await Ask(site, anna, Other, 2);
        // What was confirmed for the first target holds for the second no more.
        foreach (var link in new[] { firstNew, firstPresent }) Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get(link)).Status);
        await site.Visitor().Submit(secondNew, [], Confirm);
        Assert.Equal(Old, await AddressOf(site));
        // The link of one mailbox is none of the other.
        var crossed = secondNew.Replace(NewEmailPage.Url, PresentEmailPage.Url);
        Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get(crossed)).Status);
        // A day later.
        own.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get(secondPresent)).Status);
        Assert.Equal(Old, await AddressOf(site));
        await site.With<IServiceProvider, int>(async services =>
        {
            await ActivatorUtilities.CreateInstance<ForgetSessions>(services).Handle(new(), default);
            return 0;
        });
        Assert.Equal(0, await site.Db(db => db.EmailChanges.CountAsync()));
        // A new password ends it, and so does the member.
        anna = await site.SignIn("anna");
        var (thirdNew, thirdPresent) = await Ask(site, anna, count: 3);
        await anna.Submit("/account/password", new() { ["Password"] = "seven tall giraffes" });
        Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get(thirdNew)).Status);
        Assert.DoesNotContain("A change that waits", (await anna.Get("/account/email")).Text);
        own.Clock.Advance(TimeSpan.FromMinutes(2));
        var (fourthNew, fourthPresent) = await Ask(site, anna, "anna@fourth.example", 4);
        await anna.Submit("/account/email", [], "form:has([value=withdraw])");
        foreach (var link in new[] { thirdPresent, fourthNew, fourthPresent })
            Assert.Equal(HttpStatusCode.Gone, (await site.Visitor().Get(link)).Status);
        Assert.Equal(Old, await AddressOf(site));
    }

    [Fact]
    public async Task Both_links_used_at_once_make_the_change_once()
    {
        var site = await host.NewSite();
        var (atNew, atPresent) = await Ask(site, await site.SignIn("anna"));
        var opened = await Task.WhenAll(new[] { atNew, atPresent, atNew, atPresent }.Select(async link =>
        {
            var visitor = site.Visitor();
            return (Visitor: visitor, Page: await visitor.Get(link));
        }));
        await Task.WhenAll(opened.Select(o => o.Visitor.Post(o.Page, [], Confirm)));
        Assert.Equal(New, await AddressOf(site));
        Assert.Equal(1, await Mails.Count(site, Old, "members.email-changed"));
    }

    [Fact]
    public async Task An_address_that_another_member_has_gets_no_mail_and_nobody_is_told()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var page = await anna.Submit("/account/email", new() { ["Email"] = "ben@example.com" });
        Assert.Contains("A change that waits", page.Text);
        Assert.Equal(0, await Mails.Count(site, "ben@example.com", "members.new-email"));
        // The present mailbox tells no more than the page.
        var link = await Mails.Link(site, Old, "members.present-email", path: PresentEmailPage.Url);
        Assert.Contains("as soon as the link", (await site.Visitor().Submit(link, [], Confirm)).Text);
        Assert.Equal(Old, await AddressOf(site));
        // Taken meanwhile by somebody who has proved it, a confirmed address changes nothing.
        await site.Db(db => db.EmailChanges.ExecuteDeleteAsync());
        await site.Db(db => db.Members.ExecuteUpdateAsync(s => s.SetProperty(m => m.LastMailAt, (DateTime?)null)));
        var (atNew, atPresent) = await Ask(site, anna, count: 2);
        await site.Visitor().Submit(atNew, [], Confirm);
        await site.Db(async db =>
        {
            (await db.Members.SingleAsync(m => m.Email == "ben@example.com")).ChangeEmail(EmailAddress.Parse(New));
            return await db.SaveChangesAsync();
        });
        Assert.Contains("nothing to decide", (await site.Visitor().Submit(atPresent, [], Confirm)).Text);
        Assert.Equal(Old, await AddressOf(site));
    }

    [Fact]
    public async Task Where_the_present_mailbox_is_lost_or_dead_staff_confirm_in_its_place_with_a_reason_on_record()
    {
        var site = await host.NewSite();
        await site.With<Suppress, int>(async s => { await s.Address(Old, SuppressionReason.Bounce); return 0; });
        var anna = await site.SignIn("anna");
        Assert.Contains("come back to us", (await anna.Get("/account")).Text);
        await anna.Submit("/account/email", new() { ["Email"] = New });
        var atNew = await Mails.Link(site, New, "members.new-email", path: NewEmailPage.Url);
        var asked = await anna.Submit("/account/email", [], "form:has([value=lost])");
        Assert.Equal("/account/data", asked.Url.AbsolutePath);
        Assert.Contains(New, await site.Db(db => db.RightsRequests.Select(r => r.Note).SingleAsync()));
        var id = await site.Db(db => db.Members.Where(m => m.Email == Old).Select(m => m.Id).SingleAsync());
        var admin = await site.SignIn("admin");
        var page = await admin.Get($"/staff/members/{id}");
        var unsure = await admin.Submit(page, [], "form[action$='/confirm-email']");
        Assert.Contains("how you made sure", unsure.Text);
        Assert.False(await site.Db(db => db.EmailChanges.AnyAsync(c => c.PresentAt != null)));
        await admin.Submit(page, new() { ["how"] = "called" }, "form[action$='/confirm-email']");
        Assert.Equal(Old, await AddressOf(site));
        var entry = await site.Db(db => db.Audit.SingleAsync(a => a.Action == "members.confirm-email" && a.SubjectId == id));
        Assert.Contains("staff.factors.reason.called", entry.Changes);
        await site.Visitor().Submit(atNew, [], Confirm);
        Assert.Equal(New, await AddressOf(site));
        // The new address starts clean.
        Assert.DoesNotContain("come back to us", (await (await site.SignInAs(New)).Get("/account")).Text);
        // The form that staff saw does not confirm what was asked for since.
        Assert.Contains("no such change", (await admin.Submit(page, new() { ["how"] = "met" }, "form[action$='/confirm-email']")).Text);
        // Who may not see addresses, and members, have no such way.
        foreach (var who in new[] { "mod", "web", "ben" })
        {
            var other = await site.SignIn(who);
            Assert.Null((await other.Get($"/staff/members/{id}")).Document.QuerySelector("form[action$='/confirm-email']"));
        }
    }
}
