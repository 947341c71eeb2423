using Community.Mailing;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>A mailing's title, preheader and contents per language and variant.</summary>
public sealed class ContentTests(TestHost host)
{
    static readonly MailingContent main = new() { Subject = "main" },
        japanese = new() { Language = "ja", Subject = "ja" },
        second = new() { Variant = 1, Subject = "second" },
        secondJapanese = new() { Variant = 1, Language = "ja", Subject = "second ja" };

    [Fact]
    public void A_reader_s_language_comes_before_the_variant_and_what_was_not_written_is_the_main_content()
    {
        MailingContent[] some = [second, main, japanese];
        Assert.Same(main, MailingContent.For(some, 0, "en"));
        Assert.Same(second, MailingContent.For(some, 1, "en"));
        Assert.Same(main, MailingContent.For(some, 2, "en"));
        Assert.Same(japanese, MailingContent.For(some, 0, "ja"));
        Assert.Same(japanese, MailingContent.For(some, 1, "ja"));
        Assert.Same(secondJapanese, MailingContent.For([.. some, secondJapanese], 1, "ja"));
        Assert.Throws<InvalidOperationException>(() => MailingContent.For([], 0, ""));
    }

    [Fact]
    public async Task Staff_call_it_by_its_title_and_lists_of_mails_show_the_preheader()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        await mailer.Write("Tea & cakes", "Words", also: new()
        {
            ["Form.Title"] = "June, first",
            ["Form.Preheader"] = "For <you>, {{member.name}}",
            ["Form.Then"] = "save",
        });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        Assert.Equal("June, first", (await mailer.Get("/staff/mailings")).Document.QuerySelector("tbody th")!.TextContent);
        Assert.Equal("June, first", (await mailer.Get("/staff/mailings?words=cakes")).Document.QuerySelector("tbody th")!.TextContent);
        var page = await mailer.Get($"/staff/mailings/{id}");
        Assert.Equal("June, first", page.Document.QuerySelector("h1")!.TextContent);
        var mail = await mailer.Get(page.Document.QuerySelector("iframe")!.GetAttribute("src")!);
        Assert.StartsWith("For <you>, Mailer", mail.Document.Body!.TextContent.Trim());
        Assert.DoesNotContain("June", mail.Html);
        // Without a title, it is called by its subject, also by a later one.
        const string form = "form:has([name='Form.Subject'])";
        var edit = await mailer.Get($"/staff/mailings/{id}/edit");
        Assert.Equal("June, first", edit.Document.QuerySelector("[name='Form.Title']")!.GetAttribute("value"));
        edit = await mailer.Submit(edit, new() { ["Form.Title"] = "", ["Form.Then"] = "save" }, form);
        var bare = await mailer.Submit(edit, new() { ["Form.Subject"] = "Other", ["Form.Then"] = "save" }, form);
        Assert.Equal("", bare.Document.QuerySelector("[name='Form.Title']")!.GetAttribute("value") ?? "");
        Assert.Contains("Other", (await mailer.Get("/staff/mailings")).Document.QuerySelector("tbody")!.TextContent);
    }
}
