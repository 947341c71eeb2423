using System.Net;
using AngleSharp.Html.Parser;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Files;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

public sealed class ComposingActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
    [
        ("KeepMailPicture.Upload", "mailer", c => c.Get<KeepMailPicture>().Upload(c.Actor, new MemoryStream(PictureBytes.Png()), default)),
    ];
}

/// <summary>A mail is put together from blocks, without script and without HTML.</summary>
public sealed class BlockTests(TestHost host)
{
    const string Edit = "form:has([name='Form.Subject'])", Do = "Form.b-do";

    static async Task<Page> Press(Visitor mailer, Page page, string act, Dictionary<string, string>? fields = null) =>
        await mailer.Submit(page, new(fields ?? []) { [Do] = act }, Edit);

    /// <summary>Sends the form with a file, as a browser does.</summary>
    static async Task<Page> Send(Visitor mailer, Page page, string field, byte[] file, Dictionary<string, string> fields)
    {
        var form = page.Document.QuerySelector(Edit)!;
        Assert.Equal("multipart/form-data", form.GetAttribute("enctype"));
        var content = new MultipartFormDataContent();
        foreach (var input in form.QuerySelectorAll("input[name], textarea[name], select[name]"))
        {
            var name = input.GetAttribute("name")!;
            if (input.GetAttribute("type") is "radio" or "checkbox" or "file" || fields.ContainsKey(name)) continue;
            var value = input is AngleSharp.Html.Dom.IHtmlTextAreaElement area ? area.Value
                : input is AngleSharp.Html.Dom.IHtmlSelectElement select ? select.Value
                : input.GetAttribute("value");
            content.Add(new StringContent(value ?? ""), name);
        }
        foreach (var (name, value) in fields) content.Add(new StringContent(value), name);
        content.Add(new ByteArrayContent(file), field, "tea.png");
        return await mailer.Send(new(HttpMethod.Post, page.Url) { Content = content });
    }

    [Fact]
    public async Task A_newsletter_with_picture_button_columns_and_a_topic_is_put_together_by_buttons_that_lose_nothing()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var topic = await (await site.SignIn("anna")).Start("general", "Which *kettle*?", "Mine **whistles**.");
        var page = await Press(mailer, await mailer.Get("/staff/mailings/new"), "begin", new()
        {
            ["Form.Subject"] = "June letter",
            ["Form.Text"] = "Hello {{member.name}}",
        });
        Assert.Equal("June letter", page.Document.QuerySelector("[name='Form.Subject']")!.GetAttribute("value"));
        Assert.Equal("Hello {{member.name}}", page.Document.QuerySelector("[name='Form.b0.text']")!.TextContent.Trim());
        foreach (var kind in new[] { "heading", "picture", "button", "columns", "divider", "page" })
            page = await Press(mailer, page, "add:" + kind);
        // Up twice, past the text, and a copy that is removed again.
        page = await Press(mailer, page, "up:1", new() { ["Form.b1.text"] = "Summer tea" });
        page = await Press(mailer, page, "copy:0");
        Assert.Equal("Summer tea", page.Document.QuerySelector("[name='Form.b1.text']")!.GetAttribute("value"));
        page = await Press(mailer, page, "remove:1");
        Assert.NotNull(page.Document.QuerySelector("[id='Form.b1.block'][data-changed]"));
        page = await Send(mailer, page, "Form.b2.file", PictureBytes.Png(1200, 600), new() { [Do] = "keep:2" });
        var picture = page.Document.QuerySelector("[name='Form.b2.picture']")!.GetAttribute("value")!;
        page = await Press(mailer, page, "page:6", new() { ["Form.b6.url"] = topic });
        Assert.Equal("Which *kettle*?", page.Document.QuerySelector("[name='Form.b6.label']")!.GetAttribute("value"));
        // What is missing is named beside its field, and everything stays.
        page = await mailer.Submit(page, new() { ["Form.Then"] = "save", ["Form.b4.c0.text"] = "*Left*" }, Edit);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("stands on the button", page.Document.QuerySelector("[id='Form.b3.label-error']")!.TextContent);
        Assert.Contains("4. Button: Write what", page.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Contains("picture or a text", page.Document.QuerySelector("[id='Form.b4.c1.text-error']")!.TextContent);
        page = await mailer.Submit(page, new()
        {
            ["Form.Then"] = "save",
            ["Form.b2.alt"] = "A cup & saucer",
            ["Form.b3.label"] = "To the shop",
            ["Form.b3.url"] = "https://shop.example/?a=1&b=2#c",
            ["Form.b4.c1.text"] = "Right",
        }, Edit);
        Assert.Contains("The draft is saved", page.Text);
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        var preview = await mailer.Get($"/staff/mailings/{id}/preview");
        var mail = await mailer.Get(preview.Document.QuerySelector("iframe")!.GetAttribute("src")!);
        var body = mail.Document;
        Assert.Equal("Summer tea", body.QuerySelector("h2")!.TextContent);
        var shown = body.QuerySelector($"img[src$='/files/{picture}']")!;
        Assert.Equal(
            ("A cup & saucer", "552", "276"),
            (shown.GetAttribute("alt"), shown.GetAttribute("width"), shown.GetAttribute("height"))
        );
        Assert.NotNull(body.QuerySelector("a[href='https://shop.example/?a=1&b=2#c']"));
        Assert.Equal("Which *kettle*?", body.QuerySelector($"a[href$='{topic}']")!.TextContent);
        Assert.Contains("Mine whistles.", body.Body!.TextContent);
        Assert.Contains("1 Test Street", body.Body.TextContent);
        var text = preview.Document.QuerySelector("section[aria-labelledby=plain] .mail-text")!.TextContent;
        foreach (
            var said in new[] { "Summer tea", "Hello Mailer", "[A cup & saucer]", "To the shop\nhttps://shop.example/?a=1&b=2#c", "Left" }
        )
            Assert.Contains(said, text);
        // Mail programs of others load the picture, signed in nowhere, from pages of theirs.
        var request = new HttpRequestMessage(HttpMethod.Get, "/files/" + picture);
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Sec-Fetch-Dest", "image");
        request.Headers.Add("Sec-Fetch-Mode", "no-cors");
        var loaded = await site.Visitor().Send(request);
        Assert.Equal((HttpStatusCode.OK, "image/png"), (loaded.Status, loaded.ContentType));
        Assert.Equal("cross-origin", loaded.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        // Nothing that is shown is swept.
        Assert.Equal(
            [picture[..64]], await site.Db(db => new MailingModule().FilesInUse(db, [picture[..64], new('b', 64)], default)));
    }

    [Fact]
    public async Task A_topic_that_the_author_may_not_see_has_no_card_and_a_picture_that_is_none_is_refused_beside_its_field()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var inner = await (await site.SignIn("carla")).Start("inner", "Secret plans");
        var page = await Press(mailer, await mailer.Get("/staff/mailings/new"), "begin", new() { ["Form.Subject"] = "x" });
        page = await Press(mailer, page, "add:page");
        page = await Press(mailer, page, "page:1", new() { ["Form.b1.url"] = inner });
        Assert.Contains("no such topic", page.Document.QuerySelector("[id='Form.b-error']")!.TextContent);
        Assert.DoesNotContain("Secret", page.Text);
        page = await Press(mailer, page, "add:picture");
        page = await Send(mailer, page, "Form.b2.file", "<svg/>"u8.ToArray(), new() { [Do] = "keep:2" });
        Assert.NotNull(page.Document.QuerySelector("[id='Form.b2.file-error']"));
        // A hostile client: places that are not there, a name that is no picture of a mailing.
        foreach (
            var act in new[] { "up:99", "remove:-1", "less:0.c9", "picture:0.c5", "page:2", "begin", "more:0", "x", "add:nothing", "copy:" }
        )
            page = await Press(mailer, page, act, new() { ["Form.b2.picture"] = new string('a', 64) + ".png" });
        Assert.Null(page.Document.QuerySelector("[name='Form.b2.picture']"));
        Assert.Equal(3, page.Document.QuerySelectorAll(".builder-line[id^='Form.b']").Length);
        for (var i = 0; i < MailBlock.MaxBlocks; i++) page = await Press(mailer, page, "add:divider");
        Assert.Contains("at most 30", page.Document.QuerySelector("[id='Form.b-error']")!.TextContent);
    }

    [Fact]
    public async Task Without_the_sender_s_address_and_contact_nothing_is_reserved()
    {
        var site = await host.NewSite(recipe => recipe.Remove("settings"));
        var mailer = await site.SignIn("mailer");
        var confirm = await mailer.Write("News", "Words");
        Assert.Contains("postal address", confirm.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.NotNull(confirm.Document.QuerySelector("a[href^='/staff/settings/contact#']"));
        Assert.Null(confirm.Document.QuerySelector("form:has(input[name=Rev]) button.primary"));
    }

    static readonly MailColors look = new("#123456", "#123456", null);

    static (string Text, string Html) Mail(Dictionary<string, string> values, params MailBlock[] blocks)
    {
        values["site.url"] = "https://site.example/";
        var template = new MailTemplate(new() { Subject = "s", Blocks = MailBlock.ToJson(blocks) }, look, WordsTests.Fields);
        return (template.Text(values), template.Html(values));
    }

    static AngleSharp.Html.Dom.IHtmlDocument Parsed(string rows) => new HtmlParser().ParseDocument($"<table>{rows}</table>");

    [Theory]
    [InlineData("https://example.com/?a=1&b=2#c")]
    [InlineData("https://example.com/%E6%9D%B1?q=a+b;c")]
    [InlineData("https://example.com/a;b=c?x=%2B")]
    [InlineData("mailto:a@example.com?subject=x")]
    public void An_address_arrives_as_it_was_typed(string address)
    {
        var picture = new MailBlock { Kind = BlockKind.Picture, Picture = "a.png", Url = address };
        var (text, html) = Mail([], new() { Kind = BlockKind.Button, Label = "Go", Url = address }, picture);
        Assert.All(Parsed(html).QuerySelectorAll("a"), a => Assert.Equal(address, a.GetAttribute("href")));
        Assert.Equal($"Go\n{address}\n\n{address}", text);
    }

    [Theory]
    [InlineData("大阪 & 堺", "%E5%A4%A7%E9%98%AA%20%26%20%E5%A0%BA")]
    [InlineData("\"><b>x</b>", "%22%3E%3Cb%3Ex%3C%2Fb%3E")]
    public void A_value_is_put_in_by_its_place(string city, string encoded)
    {
        var values = new Dictionary<string, string> { ["member.name"] = city };
        var (text, html) = Mail(
            values,
            new() { Kind = BlockKind.Heading, Text = "To {{member.name}}" },
            new() { Kind = BlockKind.Button, Label = "In {{member.name}}", Url = "https://example.com/{{member.name}}?q={{member.name}}" },
            new() { Kind = BlockKind.Picture, Picture = "a.png", Alt = "Of {{member.name}}" }
        );
        var mail = Parsed(html);
        Assert.Equal("To " + city, mail.QuerySelector("h2")!.TextContent);
        Assert.Equal("In " + city, mail.QuerySelector("a")!.TextContent);
        Assert.Equal($"https://example.com/{encoded}?q={encoded}", mail.QuerySelector("a")!.GetAttribute("href"));
        Assert.Equal("Of " + city, mail.QuerySelector("img")!.GetAttribute("alt"));
        Assert.Null(mail.QuerySelector("b"));
        Assert.Contains($"https://example.com/{encoded}?q={encoded}", text);
    }

    [Theory, InlineData(""), InlineData(" "), InlineData("　")]
    public async Task A_blank_value_counts_as_missing(string blank)
    {
        var fields = new MergeFields([new MergeField("x.city", _ => new(blank)) { Having = _ => throw new NotSupportedException() }]);
        var recipient = new MergeRecipient(1, "Anna", "a@example.com", "en", "Site", "https://s/", "News", "https://s/u", null!, default);
        var withDefault = new MailTemplate(new() { Subject = "{{x.city|nowhere}}", Text = "In {{x.city|nowhere}}" }, look, fields);
        var values = await withDefault.ValuesFor(recipient);
        Assert.Equal(("nowhere", "In nowhere"), (withDefault.Subject(values), withDefault.Text(values)));
        var without = new MailTemplate(new() { Subject = "s", Text = "In {{x.city}}" }, look, fields);
        await Assert.ThrowsAsync<FormatException>(() => without.ValuesFor(recipient));
    }

    [Fact]
    public void Outlook_finds_every_width_as_an_attribute_and_columns_need_no_style_block()
    {
        var (_, html) = Mail(
            [],
            new() { Kind = BlockKind.Picture, Picture = "a.png", Width = 1200, Height = 600 },
            new() { Kind = BlockKind.Picture, Picture = "b.png", Width = 100, Height = 50 },
            new() { Kind = BlockKind.Columns, Columns = [new() { Text = "l" }, new() { Picture = "c.png", Width = 900, Height = 300 }] }
        );
        var mail = Parsed(html);
        Assert.Equal(["552", "100", "276"], mail.QuerySelectorAll("img").Select(i => i.GetAttribute("width")));
        Assert.All(mail.QuerySelectorAll("img"), i => Assert.Contains($"max-width:{i.GetAttribute("width")}px", i.GetAttribute("style")));
        // Side by side where there is room, below each other where there is none: no rule of a style block takes part.
        Assert.DoesNotContain("<style", html);
        Assert.DoesNotContain("<link", html);
        Assert.Equal(2, mail.QuerySelectorAll("div[style*='inline-block'][style*='max-width']").Length);
        Assert.Equal(2, html.Split("<!--[if mso]>").Count(part => part.Contains("<td width=\"276\"")));
    }
}
