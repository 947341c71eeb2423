using System.Net;
using AngleSharp.Html.Parser;
using Community.Mailing;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>The recipient reads what the author typed, or the author is warned before anything is sent.</summary>
public sealed class WordsTests(TestHost host)
{
    internal static readonly MergeFields Fields = new(Web.HostModules.All.SelectMany(m => m.MergeFields));

    static readonly MailColors look = new("#123456", "#123456", null);

    static readonly Dictionary<string, string> values = new()
    {
        ["member.name"] = "山田 & 太郎",
        ["member.email"] = "taro+a@example.com",
        ["site.name"] = "*Shop* [x](y)",
        ["site.url"] = "https://site.example/",
        ["mailing.kind"] = "News",
        ["unsubscribe"] = "https://site.example/u/token",
    };

    static (string Text, string Html) Mail(string markdown)
    {
        var template = new MailTemplate(new() { Subject = "s", Text = markdown }, look, Fields);
        return (template.Text(values), template.Html(values));
    }

    [Theory]
    [
        InlineData("[Page](/boards/general)", "https://site.example/boards/general"),
        InlineData("[Home](/)", "https://site.example/"),
        InlineData("[Call](tel:+81-3-1234-5678)", "tel:+81-3-1234-5678"),
        InlineData("[Write](mailto:a@example.com?subject=x)", "mailto:a@example.com?subject=x")
    ]
    [
        InlineData("[Shop](https://shop.example/?a=1&b=2#c)", "https://shop.example/?a=1&b=2#c"),
        InlineData("[Page]({{site.url}}boards)", "https://site.example/boards"),
        InlineData("[Page]({{site.url}}/boards)", "https://site.example/boards"),
        InlineData("[Leave]({{unsubscribe}})", "https://site.example/u/token"),
        InlineData("[Shop](www.shop.example)", "https://www.shop.example")
    ]
    [
        InlineData(
            "[Shop](https://shop.example/?n={{member.name}}&m={{member.email}})",
            "https://shop.example/?n=%E5%B1%B1%E7%94%B0%20%26%20%E5%A4%AA%E9%83%8E&m=taro%2Ba%40example.com"
        ),
        InlineData("[Page](/members?q=｛｛member.name｝｝)", "https://site.example/members?q=%E5%B1%B1%E7%94%B0%20%26%20%E5%A4%AA%E9%83%8E")
    ]
    public void A_link_leads_to_the_same_place_in_plain_text_and_in_HTML(string markdown, string address)
    {
        Assert.Empty(MailTemplate.Faults(markdown, Fields));
        var (text, html) = Mail($"Look: {markdown}.");
        Assert.Contains($"({address})", text);
        Assert.Equal(address, new HtmlParser().ParseDocument(html).QuerySelector("a")!.GetAttribute("href"));
        Assert.EndsWith("\n" + address, Mail(markdown).Text);
    }

    [Fact]
    public void A_picture_is_a_link_in_a_mail()
    {
        Assert.Equal("Picture (https://site.example/files/x.png)", Mail("![Picture](/files/x.png)").Text);
        Assert.Equal(
            "https://site.example/files/x.png",
            new HtmlParser().ParseDocument(Mail("![Picture](/files/x.png)").Html).QuerySelector("a")!.GetAttribute("href")
        );
    }

    [Fact]
    public void A_value_in_a_bare_address_is_encoded_and_beside_it_is_text()
    {
        var (text, html) = Mail("{{member.name}}: https://shop.example/?n={{member.name}}");
        Assert.Equal("山田 & 太郎: https://shop.example/?n=%E5%B1%B1%E7%94%B0%20%26%20%E5%A4%AA%E9%83%8E", text);
        Assert.Equal(
            "https://shop.example/?n=%E5%B1%B1%E7%94%B0%20%26%20%E5%A4%AA%E9%83%8E",
            new HtmlParser().ParseDocument(html).QuerySelector("a")!.GetAttribute("href")
        );
    }

    [Theory]
    [
        InlineData("[x](boards/general)"),
        InlineData("[x](map.html)"),
        InlineData("[x](example.com)"),
        InlineData("[x](../x)"),
        InlineData("[x](#top)"),
        InlineData("[x](?page=2)"),
        InlineData("[x](//evil.example/x)"),
        InlineData("[x](javascript:alert(1))"),
        InlineData("[x](ftp://files.example/x)"),
        InlineData("[x](line://msg)"),
        InlineData("[x](sms:0901234)"),
        InlineData("[x](tel:*21*03#)"),
        InlineData("![x](images/a.png)"),
        InlineData("[x](http://)"),
        InlineData("[x](https:example.com)")
    ]
    public void A_target_that_no_mail_can_lead_to_is_told_and_stays_as_it_was_typed(string markdown)
    {
        Assert.Equal("mailing.problem.links", Assert.Single(MailTemplate.Faults(markdown, Fields)).Text);
        Assert.Equal(markdown, Mail(markdown).Text);
        Assert.Empty(new HtmlParser().ParseDocument(Mail(markdown).Html).QuerySelectorAll("a"));
    }

    [Theory]
    [
        InlineData("[x](https://shop.example/a b)", "https://shop.example/a b"),
        InlineData("[資料](https://shop.example/資料 1.pdf)", "https://shop.example/資料 1.pdf"),
        InlineData("[x](tel:０３ー１２３４)", "tel:０３ー１２３４"),
        InlineData("[x](mailto:{{member.email}})", "mailto:{{member.email}}")
    ]
    [
        InlineData("[x]({{member.email}})", "{{member.email}}"),
        InlineData("[x]({{site.url}}a b)", "{{site.url}}a b"),
        InlineData("[x](/boards and more)", "/boards and more"),
        InlineData("[x](https://例え.jp:99999999/あ)", "https://例え.jp:99999999/あ")
    ]
    public void A_target_is_told_as_it_was_typed(string markdown, string target) =>
        Assert.Equal(("mailing.problem.links", target), Assert.Single(MailTemplate.Faults(markdown, Fields)));

    [Theory]
    [
        InlineData("https://shop.example/?from={{site.url}}", "https://shop.example/?from=https%3A%2F%2Fsite.example%2F"),
        InlineData(
            "[x](https://shop.example/?from={{unsubscribe}}&a=b)",
            "https://shop.example/?from=https%3A%2F%2Fsite.example%2Fu%2Ftoken&a=b"
        )
    ]
    [
        InlineData("[x](/go?to={{site.url}}/boards)", "https://site.example/go?to=https%3A%2F%2Fsite.example%2Fboards"),
        InlineData("[x]({{site.url}}go?to={{unsubscribe}})", "https://site.example/go?to=https%3A%2F%2Fsite.example%2Fu%2Ftoken"),
        InlineData("{{member.name}}/{{unsubscribe}}", "https://site.example/u/token"),
        InlineData("退会={{unsubscribe}}", "https://site.example/u/token")
    ]
    public void An_address_inside_another_is_encoded(string markdown, string address)
    {
        Assert.Empty(MailTemplate.Faults(markdown, Fields));
        var (text, html) = Mail(markdown);
        Assert.EndsWith(address, text);
        Assert.Equal(address, new HtmlParser().ParseDocument(html).QuerySelector("a")!.GetAttribute("href"));
    }

    [Theory, InlineData("[/boards](/boards)"), InlineData("[](/boards)"), InlineData("See [/boards](/boards)")]
    public void A_link_within_the_site_is_whole_in_plain_text(string markdown) =>
        Assert.Contains("https://site.example/boards", Mail(markdown).Text);

    [
        Theory,
        InlineData("[はい](いいえ)"),
        InlineData("[重要](再送)"),
        InlineData("[1](2)"),
        InlineData("[x](e.g.)"),
        InlineData("[v](1.0)"),
        InlineData("詳細[※](下記)")
    ]
    public void Words_in_brackets_are_no_fault(string markdown)
    {
        Assert.Empty(MailTemplate.Faults(markdown, Fields));
        Assert.Equal(markdown, Mail(markdown).Text);
    }

    [Theory]
    [
        InlineData("{{member.name}}"),
        InlineData("｛｛member.name｝｝"),
        InlineData("｛{member.name}｝"),
        InlineData("{｛ member.name ｝}"),
        InlineData("{{　member.name　}}"),
        InlineData("｛｛ｍｅｍｂｅｒ．ｎａｍｅ｝｝"),
        InlineData("{{ member.name }}"),
        InlineData("{ {member.name} }"),
        InlineData("{{Member.Name}}"),
        InlineData("{{member . name}}"),
        InlineData("{{{member.name}}}"),
        InlineData("｛{{ member.name }}｝")
    ]
    public void A_field_is_known_however_a_keyboard_gives_it(string field)
    {
        Assert.Empty(MailTemplate.Faults(field, Fields));
        Assert.Equal("山田 & 太郎様", Mail(field + "様").Text);
        Assert.Equal("山田 & 太郎", new MailTemplate(new() { Subject = field, Text = "x" }, look, Fields).Subject(values));
    }

    [Theory]
    [
        InlineData("{{member.nmae}}"),
        InlineData("｛｛会員名｝｝"),
        InlineData("{{}}"),
        InlineData("｛{ }｝"),
        InlineData("{{member.name"),
        InlineData("｛｛member.name｝"),
        InlineData("{{member.name}"),
        InlineData("{{member.\nname}}"),
        InlineData("{member.name}"),
        InlineData("｛member.name｝"),
        InlineData("{{member。name}}"),
        InlineData("{{{member.name}}"),
        InlineData("{{member.name}}}"),
        InlineData("{{{{member.name}}}}"),
        InlineData("{{{member.nmae}}}")
    ]
    public void What_looks_like_a_field_and_is_none_is_told(string text)
    {
        Assert.Equal("mailing.problem.fields", MailTemplate.Faults("Hello " + text, Fields).Single().Text);
        Assert.NotNull(MailTemplate.FaultOfFields(text, Fields));
    }

    [Theory, InlineData("{x}"), InlineData("｛注｝"), InlineData("if (a) { b } }"), InlineData("}}")]
    public void Other_braces_are_text(string text) => Assert.Empty(MailTemplate.Faults(text, Fields));

    [Fact]
    public async Task An_author_is_told_before_and_an_old_draft_is_not_sent()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var page = await mailer.Write("Hello ｛｛会員｝｝", "[Map](map.html) and {member.name}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("map.html", page.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Contains("{member.name}", page.Document.QuerySelector("[id='Form.Text-error']")!.TextContent);
        Assert.Contains("｛｛会員｝｝", page.Document.QuerySelector("[id='Form.Subject-error']")!.TextContent);
        Assert.Equal("[Map](map.html) and {member.name}", page.Document.QuerySelector("[name='Form.Text']")!.TextContent.Trim());
        page = await mailer.Write("Blank", "\u200B\u3164");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);

        var id = (await mailer.Write("Fine", "Text")).Url.Segments[^2].Trim('/');
        await site.Db(db =>
            db.MailingContents.Where(c => c.MailingId == long.Parse(id))
                .ExecuteUpdateAsync(s => s.SetProperty(c => c.Text, "[Map](map.html)"))
        );
        page = await mailer.Get($"/staff/mailings/{id}/confirm");
        Assert.Contains("map.html", page.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Null(page.Document.QuerySelector("form:has(input[name=Rev]) button.primary"));
        Assert.Contains(
            "map.html",
            (await mailer.Get($"/staff/mailings/{id}/preview")).Document.QuerySelector(".notice.danger")!.TextContent
        );
    }

    [Fact]
    public async Task The_pages_before_sending_tell_what_is_nested_too_deep()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var confirm = await mailer.Write("Deep", string.Concat(Enumerable.Repeat("> ", 40)) + "words");
        Assert.NotNull(confirm.Document.QuerySelector(".notice.warn"));
        Assert.NotNull((await mailer.Get(confirm.Url.AbsolutePath.Replace("/confirm", "/preview"))).Document.QuerySelector(".notice.warn"));
    }

    [Fact]
    public void Lists_show_all_of_a_default_also_with_a_bar_in_it() =>
        Assert.Equal("… likes tea | coffee", MergeFields.WithoutValues("{{member.name}} likes {{attribute.drink| tea | coffee }}"));
}
