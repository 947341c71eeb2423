using System.Net;
using Community.Mailing;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>Two windows on the same mailing, and actions in the outdated one.</summary>
[OnBothDatabases]
public sealed class TwoWindowsTests(TestHost host)
{
    const string Edit = "form:has([name='Form.Subject'])", Confirm = "form:has(input[name=Rev])";

    async Task<(TestSite Site, Visitor Mailer, long Id)> Draft()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        await mailer.Write("First", "x", site.Site.ToLocal(host.Clock.Now.AddDays(3)), new() { ["Form.Then"] = "save" });
        return (site, mailer, await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync()));
    }

    [Fact]
    public async Task Confirmed_in_one_window_the_other_leads_to_the_mailing_and_says_how_it_stands()
    {
        var (site, mailer, id) = await Draft();
        var (one, two, three) = (
            await mailer.Get($"/staff/mailings/{id}/confirm"),
            await mailer.Get($"/staff/mailings/{id}/confirm"),
            await mailer.Get($"/staff/mailings/{id}/confirm")
        );
        await mailer.Submit(one, [], Confirm);
        var again = await mailer.Submit(two, [], Confirm);
        Assert.Equal((HttpStatusCode.OK, $"/staff/mailings/{id}"), (again.Status, again.Url.AbsolutePath));
        Assert.Contains("Reserved for", again.Text);
        await mailer.Press(id, "cancel");
        var late = await mailer.Submit(three, [], Confirm);
        Assert.Equal((HttpStatusCode.OK, $"/staff/mailings/{id}"), (late.Status, late.Url.AbsolutePath));
        Assert.Contains("no longer possible: the mailing is in another state", late.Text);
        Assert.Equal(MailingState.Cancelled, (await site.Mailing(id)).State);
    }

    [Fact]
    public async Task Saved_in_one_window_the_other_is_told_who_and_when_and_may_save_over_it()
    {
        var (site, mailer, id) = await Draft();
        var old = await mailer.Get($"/staff/mailings/{id}/edit");
        await mailer.Submit($"/staff/mailings/{id}/edit", new() { ["Form.Subject"] = "Second", ["Form.Then"] = "save" }, Edit);
        var late = await mailer.Submit(
            old,
            new()
            {
                ["Form.Subject"] = "Third",
                ["Form.Text"] = "long words",
                ["Form.Then"] = "save",
            },
            Edit
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, late.Status);
        var summary = late.Document.QuerySelector(".error-summary")!;
        Assert.Contains($"You saved this mailing in another window, at {site.Site.ToLocal(host.Clock.Now):HH}:", summary.TextContent);
        Assert.Equal("_blank", summary.QuerySelector($"a[href='/staff/mailings/{id}/edit']")!.GetAttribute("target"));
        Assert.Equal("long words", late.Document.QuerySelector("textarea")!.TextContent.Trim());
        // Pressing Enter in a field does what it did before: the overwrite button comes last.
        Assert.Equal("Form.Over", late.Document.QuerySelectorAll(Edit + " button").Last().GetAttribute("name"));
        // Somebody else saves first again: a version the user has not seen is never overwritten.
        await (await site.SignIn("admin")).Submit(
            $"/staff/mailings/{id}/edit",
            new() { ["Form.Subject"] = "By admin", ["Form.Then"] = "save" },
            Edit
        );
        var later = await mailer.Submit(late, Over(late), Edit);
        Assert.Contains("Admin saved this mailing while you were writing", later.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Equal("By admin", (await site.Mailing(id)).Main.Subject);
        var saved = await mailer.Submit(later, Over(later), Edit);
        Assert.Contains("The draft is saved", saved.Text);
        Assert.Equal(("Third", "long words"), ((await site.Mailing(id)).Main.Subject, (await site.Mailing(id)).Main.Text));
    }

    static Dictionary<string, string> Over(Page page) =>
        new() { ["Form.Over"] = page.Document.QuerySelector("button[name='Form.Over']")!.GetAttribute("value")! };

    [Fact]
    public async Task A_draft_that_was_deleted_meanwhile_can_be_saved_as_a_new_one()
    {
        var (site, mailer, id) = await Draft();
        var open = await mailer.Get($"/staff/mailings/{id}/edit");
        await mailer.Press(id, "delete");
        var told = await mailer.Submit(open, new() { ["Form.Text"] = "An hour's work", ["Form.Then"] = "save" }, Edit);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, told.Status);
        Assert.Contains("was deleted while you were writing", told.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Equal("An hour's work", told.Document.QuerySelector("textarea")!.TextContent.Trim());
        Assert.Equal(0, await site.Db(db => db.Mailings.CountAsync()));
        var saved = await mailer.Submit(told, new() { ["Form.Then"] = "anew" }, Edit);
        Assert.Contains("The draft is saved", saved.Text);
        Assert.Equal("An hour's work", await site.Db(db => db.MailingContents.Select(m => m.Text).SingleAsync()));
        // A plain GET finds nothing.
        Assert.Equal(HttpStatusCode.NotFound, (await mailer.Get($"/staff/mailings/{id}/edit")).Status);
    }

    [Fact]
    public async Task What_has_begun_gives_the_words_back_that_were_to_change_it()
    {
        var (_, mailer, id) = await Draft();
        var open = await mailer.Get($"/staff/mailings/{id}/edit");
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], Confirm);
        await mailer.Press(id, "cancel");
        var told = await mailer.Submit(open, new() { ["Form.Text"] = "An hour's work\nand more", ["Form.Then"] = "save" }, Edit);
        Assert.Equal(HttpStatusCode.Conflict, told.Status);
        Assert.Contains("no longer possible", told.Text);
        Assert.Contains("An hour's work", told.Document.QuerySelector("textarea[readonly]")!.TextContent);
        Assert.NotNull(told.Document.QuerySelector($"main a[href='/staff/mailings/{id}/edit']"));
    }

    [Fact]
    public async Task A_reservation_is_taken_back_or_moved_to_another_time_without_the_long_form()
    {
        var (site, mailer, id) = await Draft();
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], Confirm);
        var later = site.Site.ToLocal(host.Clock.Now.AddDays(5));
        var time = await mailer.Get(
            (await mailer.Get($"/staff/mailings/{id}")).Document.QuerySelector("a[href$='/time']")!.GetAttribute("href")!
        );
        var past = await mailer.Submit(time, new() { ["Form.Date"] = "2020-01-01" }, "form:has([name='Form.Date'])");
        Assert.Contains("has passed", past.Document.QuerySelector(".field-error")!.TextContent);
        var moved = await mailer.Submit(
            past,
            new() { ["Form.Date"] = later.ToString("yyyy-MM-dd"), ["Form.Time"] = "08:30" },
            "form:has([name='Form.Date'])"
        );
        Assert.Contains("Reserved for", moved.Text);
        Assert.Equal(
            (MailingState.Scheduled, later.ToString("yyyy-MM-dd") + "T08:30"),
            ((await site.Mailing(id)).State, (await site.Mailing(id)).LocalTime)
        );
        var back = await mailer.Press(id, "take-back");
        Assert.Contains("No longer reserved", back.Text);
        Assert.Equal(MailingState.Draft, (await site.Mailing(id)).State);
        // What it was reserved for is still its time.
        Assert.Contains("08:30", back.Document.QuerySelector(".facts")!.TextContent);
        // The window that still shows the time form is outdated.
        var outdated = await mailer.Submit(time, [], "form:has([name='Form.Date'])");
        Assert.NotNull(outdated.Document.QuerySelector(".error-summary"));
        Assert.Equal("08:30", (await site.Mailing(id)).LocalTime![11..]);
        // Another time can be chosen all the same; it is confirmed after that.
        var again = await mailer.Get(back.Document.QuerySelector("a[href$='/time']")!.GetAttribute("href")!);
        Assert.Contains("No longer reserved", again.Text);
        var confirm = await mailer.Submit(again, new() { ["Form.Time"] = "09:15" }, "form:has([name='Form.Date'])");
        Assert.EndsWith("/confirm", confirm.Url.AbsolutePath);
        Assert.Equal((MailingState.Draft, "09:15"), ((await site.Mailing(id)).State, (await site.Mailing(id)).LocalTime![11..]));
        Assert.Contains("09:15", (await mailer.Get($"/staff/mailings/{id}")).Document.QuerySelector(".facts")!.TextContent);
        await mailer.Submit(confirm, [], Confirm);
        Assert.Equal(MailingState.Scheduled, (await site.Mailing(id)).State);
    }

    [Fact]
    public async Task More_than_a_year_ahead_it_is_asked_once_more()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var far = site.Site.ToLocal(host.Clock.Now.AddDays(400));
        var confirm = await mailer.Write("Far", "x", far);
        var asked = await mailer.Submit(confirm, [], Confirm);
        Assert.Contains("more than a year ahead", asked.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Equal(MailingState.Draft, await site.Db(db => db.Mailings.Select(m => m.State).SingleAsync()));
        Assert.Contains("Reserved for", (await mailer.Submit(asked, new() { ["Sure"] = "true" }, Confirm)).Text);
        Assert.Null((await mailer.Write("Near", "x", site.Site.ToLocal(host.Clock.Now.AddDays(300)))).Document.QuerySelector("#Sure"));
    }

    [Fact]
    public async Task What_is_too_long_is_kept_and_the_answer_names_both_lengths()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        Assert.Null(
            (await mailer.Get("/staff/mailings/new")).Document.QuerySelector(
                "[name='Form.Text'][maxlength], [name='Form.Subject'][maxlength]"
            )
        );
        var text = string.Concat(Enumerable.Repeat("あいうえお\r\n", 12_000));
        var page = await mailer.Write(new string('x', 201), text);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        var said = page.Document.QuerySelector(".error-summary")!.TextContent;
        Assert.Contains("The subject has 201 characters; it may have 200", said);
        Assert.Contains("The text has 72,000 characters; it may have 60,000", said);
        Assert.Equal(201, page.Document.QuerySelector("[name='Form.Subject']")!.GetAttribute("value")!.Length);
        Assert.Equal(72_000, page.Document.QuerySelector("[name='Form.Text']")!.TextContent.TrimStart('\n').Length);
    }
}
