using System.Net;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Tests.Mailing;

/// <summary>Templates, languages, looks of the preview, and what is looked through before sending.</summary>
public sealed class ComposingTests(TestHost host)
{
    const string Edit = "form:has([name='Form.Subject'])";

    [Fact]
    public async Task A_template_is_made_of_a_mailing_and_mailings_of_it_and_it_is_never_sent()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        await mailer.Write("Monthly", "Words", also: new() { ["Form.Title"] = "Our frame", ["Form.Then"] = "save" });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        var template = await mailer.Press(id, "template");
        Assert.Contains("never sent", template.Text);
        Assert.Null(template.Document.QuerySelector("button[value=confirm]"));
        var saved = await mailer.Submit(template, new() { ["Form.Subject"] = "Changed", ["Form.Then"] = "save" }, Edit);
        Assert.Contains("The draft is saved", saved.Text);
        var made = await site.Db(db => db.Mailings.Where(m => m.State == MailingState.Template).Select(m => m.Id).SingleAsync());
        Assert.Single((await mailer.Get("/staff/mailings")).Document.QuerySelectorAll("tbody tr"));
        Assert.Equal(
            "Our frame", (await mailer.Get("/staff/mailings?state=template")).Document.QuerySelector("tbody th")!.TextContent);
        var refused = await site.With<ScheduleMailing, ScheduleRefusal?>(s => s.Reserve(made, 2, null, true));
        Assert.NotNull(refused);
        var draft = await mailer.Submit("/staff/mailings/new", [], $"form[action='/staff/mailings/{made}/copy']");
        Assert.Equal("Changed", draft.Document.QuerySelector("[name='Form.Subject']")!.GetAttribute("value"));
        Assert.NotNull(draft.Document.QuerySelector("button[value=confirm]"));
    }

    [Theory, InlineData("en", "letter"), InlineData("ja", "letter"), InlineData("en", "event"), InlineData("ja", "event")]
    public void What_every_site_can_start_from_lacks_nothing_but_its_picture(string language, string key)
    {
        var texts = new Texts(new ModuleList(Web.HostModules.All));
        var content = Starters.Of(key, language, texts)!;
        Assert.Equal("mailing.block.problem.picture", Assert.Single(ContentFault.In(content, WordsTests.Fields)).Text);
        Assert.DoesNotContain("mailing.starter", content.Words);
        Assert.Contains("{{member.name}}", content.Blocks);
        Assert.Null(Starters.Of("none", language, texts));
    }

    [Fact]
    public async Task A_new_mailing_starts_from_a_starter()
    {
        var mailer = await (await host.NewSite()).SignIn("mailer");
        var page = await mailer.Get("/staff/mailings/new?start=event");
        Assert.Equal("You are invited", page.Document.QuerySelector("[name='Form.Subject']")!.GetAttribute("value"));
        Assert.Equal(6, page.Document.QuerySelectorAll(".builder-line[id^='Form.b']").Length);
    }

    [Fact]
    public async Task A_member_gets_the_mailing_in_their_language_and_all_others_in_the_site_s()
    {
        await using var server = new ScriptedSmtpServer();
        server.Start();
        await using var sending = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{server.Port}" });
        var site = await sending.NewSite();
        await site.Db(db => db.Members.Where(m => m.Name == "Anna").ExecuteUpdateAsync(s => s.SetProperty(m => m.Language, "ja")));
        var mailer = await site.SignIn("mailer");
        await mailer.Write("Tea", "Drink it hot.");
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        var edit = await mailer.Get($"/staff/mailings/{id}/edit");
        var version = await mailer.Get(edit.Document.QuerySelector("a[href$='/content/0/ja']")!.GetAttribute("href")!);
        Assert.Equal("Tea", version.Document.QuerySelector("[name='Form.Subject']")!.GetAttribute("value"));
        var wrong = await mailer.Submit(
            version, new() { ["Form.Subject"] = "", ["Form.Text"] = "{{nobody}}", ["Form.Then"] = "save" }, Edit);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        await mailer.Submit(wrong, new() { ["Form.Subject"] = "お茶", ["Form.Text"] = "熱いうちに。", ["Form.Then"] = "save" }, Edit);
        // A window that is older saves nothing over it.
        Assert.Contains("changed", (await mailer.Submit(version, new() { ["Form.Subject"] = "x", ["Form.Then"] = "save" }, Edit)).Text);
        var preview = await mailer.Get($"/staff/mailings/{id}/preview?language=ja");
        Assert.Equal("お茶", preview.Document.QuerySelector(".mail-subject")!.TextContent);
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        await site.Until(id, MailingState.Finished);
        var mails = server.Messages.Select(m => MimeMessage.Load(new MemoryStream(m))).ToDictionary(m => m.To.Mailboxes.Single().Name!);
        Assert.Equal(("お茶", "ja"), (mails["Anna"].Subject, mails["Anna"].Body!.Headers["Content-Language"]));
        Assert.Contains("熱いうちに。", mails["Anna"].TextBody);
        Assert.Contains("<html lang=\"ja\">", mails["Anna"].HtmlBody);
        Assert.Equal(("Tea", "en"), (mails["Ben"].Subject, mails["Ben"].Body!.Headers["Content-Language"]));
        // In the browser, without signing in: this mail, and no other.
        var link = mails["Anna"].HtmlBody!.Split('"').Single(part => part.Contains("/mail/"));
        var visitor = site.Visitor();
        var viewed = await visitor.Get(new Uri(link).AbsolutePath);
        Assert.Contains("熱いうちに。", viewed.Text);
        // Whatever they read by now: it is the mail that they got.
        await site.Db(db => db.Members.Where(m => m.Name == "Anna").ExecuteUpdateAsync(s => s.SetProperty(m => m.Language, "en")));
        Assert.Contains("熱いうちに。", (await visitor.Get(new Uri(link).AbsolutePath)).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get(new Uri(link).AbsolutePath.Replace("-ja.", "-en."))).Status);
        Assert.Equal("noindex", viewed.Headers.GetValues("X-Robots-Tag").Single());
        Assert.True(viewed.Headers.CacheControl!.NoStore);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get(new Uri(link).AbsolutePath.Replace("/mail/", "/mail/f"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get(new Uri(link).AbsolutePath[..^2])).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await mailer.Get($"/staff/mailings/{id}/content/0/fr")).Status);
        sending.Clock.Advance(TimeSpan.FromDays(181));
        Assert.Equal(HttpStatusCode.Gone, (await visitor.Get(new Uri(link).AbsolutePath)).Status);
        // Nobody who may not write.
        await Assert.ThrowsAsync<Denied>(() => site.With<SaveMailing, bool>(s => s.SaveContent(id, 1, new())));
        await Assert.ThrowsAsync<Denied>(() => site.With<SaveMailing, bool>(s => s.RemoveContent(id, 1, 0, "ja")));
    }

    [Fact]
    public async Task A_preview_shows_a_telephone_and_the_dark_scheme_whatever_the_screen_has()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        await mailer.Write("News", "Words", also: new() { ["Form.Then"] = "save" });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        var page = await mailer.Get($"/staff/mailings/{id}/preview?width=phone&look=dark");
        Assert.NotNull(page.Document.QuerySelector(".mail-preview.phone iframe"));
        async Task<string> Frame(string look) => (await mailer.Get(
            (await mailer.Get($"/staff/mailings/{id}/preview?look={look}")).Document.QuerySelector("iframe")!.GetAttribute("src")!)).Html;
        Assert.Contains("@media all{.m-page", await Frame("dark"));
        Assert.Contains("@media not all{.m-page", await Frame("light"));
        Assert.Contains("invert(1)", await Frame("turned"));
    }

    [Fact]
    public async Task What_is_too_large_too_long_without_words_or_leads_to_no_page_is_said_before_sending()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var topic = await (await site.SignIn("anna")).Start("general", "Kettles");
        var hash = (await site.Reader("mailer")) is var reader
            ? (await site.With<KeepMailPicture, StoredFile>(
                k => k.Upload(reader, new MemoryStream(PictureBytes.Png(600, 300)), default))).Name
            : "";
        var form = await mailer.Submit(await mailer.Get("/staff/mailings/new"), new()
        {
            ["Form.Subject"] = "A subject that goes on and on until no telephone shows its end any more",
            ["Form.b-do"] = "begin",
        }, Edit);
        // Code is no link; brackets may stand in an address, and the site's own host before it.
        var links = $"[a]({topic}) [b](/boards/general/99999) `[c](/boards/general/99998)` [d](/no(where)) "
            + $"{site.Url}/boards/general/99997 https://else.example/boards/general/99996";
        form = await mailer.Submit(form, new() { ["Form.b-do"] = "add:picture", ["Form.b0.text"] = links }, Edit);
        var preview = await mailer.Submit(form, new() { ["Form.b1.picture"] = hash, ["Form.Then"] = "preview" }, Edit);
        var said = preview.Document.QuerySelector("section[aria-labelledby=checks]")!;
        Assert.Contains("telephones show its beginning", said.TextContent);
        Assert.Contains("/boards/general/99999", said.TextContent);
        Assert.Contains("/no(where)", said.TextContent);
        Assert.Contains("/boards/general/99997", said.TextContent);
        Assert.DoesNotContain("99998", said.TextContent);
        Assert.DoesNotContain("99996", said.TextContent);
        Assert.DoesNotContain(topic + " ", said.TextContent);
        Assert.Contains("block 2 has no description", said.TextContent);
        Assert.NotNull(said.QuerySelector("a[href$='/edit#Form.b1.block']"));
        // The longest member decides: 200 places for the name, which is long only for one.
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        var many = string.Concat(Enumerable.Repeat("Dear {{member.name}}, thank you for tea and for company. ", 900));
        await mailer.Submit($"/staff/mailings/{id}/edit", new() { ["Form.b0.text"] = many, ["Form.Then"] = "save" }, Edit);
        Assert.DoesNotContain("Gmail", (await mailer.Get($"/staff/mailings/{id}/preview")).Text);
        var name = new string('B', 100);
        await site.Db(db => db.Members.Where(m => m.Name == "Ben").ExecuteUpdateAsync(s => s.SetProperty(m => m.Name, name)));
        Assert.Contains("Gmail cuts it", (await mailer.Get($"/staff/mailings/{id}/preview")).Text);
    }

    [Fact]
    public async Task A_picture_alone_no_text_a_field_that_is_gone_and_too_many_kilobytes_are_each_named_where_it_is_confirmed()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var reader = await site.Reader("mailer");
        var hash = (await site.With<KeepMailPicture, StoredFile>(
            k => k.Upload(reader, new MemoryStream(PictureBytes.Png(600, 300)), default))).Name;
        await mailer.Write("News", "Words", also: new() { ["Form.Then"] = "save" });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        async Task Is(params MailBlock[] blocks)
        {
            var json = MailBlock.ToJson(blocks);
            await site.Db(db => db.MailingContents.Where(c => c.MailingId == id)
                .ExecuteUpdateAsync(s => s.SetProperty(c => c.Blocks, json).SetProperty(c => c.Text, "")));
        }

        async Task<string> Named() => (await mailer.Get($"/staff/mailings/{id}/confirm")).Text;
        var picture = new MailBlock { Kind = BlockKind.Picture, Picture = hash, Width = 600, Height = 300 };
        await Is(picture);
        var alone = await Named();
        Assert.Contains("hardly any text beside the pictures", alone);
        Assert.Contains("The mail has no text", alone);
        // A description is read aloud, and is no text beside a picture.
        await Is(picture with { Alt = "A kettle" });
        var described = await Named();
        Assert.Contains("hardly any text beside the pictures", described);
        Assert.DoesNotContain("The mail has no text", described);
        var words = string.Concat(Enumerable.Repeat("Thank you for tea and company. ", 1700));
        var many = new MailBlock { Kind = BlockKind.Text, Text = words };
        await Is(picture, many, many with { Text = many.Text + "{{shop.gone}}" });
        var large = await Named();
        Assert.Contains("Gmail cuts it", large);
        Assert.Contains("{{shop.gone}}", large);
        Assert.DoesNotContain("hardly any text", large);
    }

    /// <summary>Marked links are longer than those that were typed: what is measured is what is sent.</summary>
    [Fact]
    public async Task The_size_is_that_of_the_message_as_it_is_sent_with_its_links_marked()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var products = string.Join(' ', Enumerable.Range(1, 1000).Select(n => $"[{n}](https://a.example/{n})"));
        await mailer.Write("Products", products, also: new() { ["Form.Then"] = "save" });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        Assert.DoesNotContain("Gmail cuts it", (await mailer.Get($"/staff/mailings/{id}/preview")).Text);
        await mailer.Submit($"/staff/mailings/{id}/tracking", new() { ["Form.Mode"] = "Pseudonymous" }, "form:has([name='Form.Mode'])");
        Assert.Contains("Gmail cuts it", (await mailer.Get($"/staff/mailings/{id}/preview")).Text);
        // Looked at, not written: nothing was made of it.
        Assert.Equal(0, await site.Db(db => db.TrackedLinks.CountAsync()));
    }
}
