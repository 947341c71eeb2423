using System.Net;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Tests.Mailing;

/// <summary>A mailing on trial, to people of staff.</summary>
public sealed class TestMailTests
{
    [Fact]
    public async Task Each_of_staff_gets_the_test_with_their_own_values_and_nobody_else_does_and_it_is_counted_nowhere()
    {
        await using var server = new ScriptedSmtpServer();
        server.Start();
        await using var host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{server.Port}" });
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        await site.Db(db => db.Members.Where(m => m.Email == "admin@example.com")
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.Language, "ja")));
        await mailer.Write("News", "Hello {{member.name}}", also: new() { ["Form.Then"] = "save" });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        await mailer.Submit($"/staff/mailings/{id}/content/0/ja", new()
        {
            ["Form.Subject"] = "お知らせ",
            ["Form.Text"] = "{{member.name}} 様",
            ["Form.Then"] = "save",
        }, "form:has([name='Form.Subject'])");
        await mailer.Submit($"/staff/mailings/{id}/tracking", new() { ["Form.Mode"] = "Pseudonymous" }, "form:has([name='Form.Mode'])");
        var preview = await mailer.Get($"/staff/mailings/{id}/preview");
        var offered = preview.Document.QuerySelectorAll("form[action$='/test'] [name=to]").Select(b => b.GetAttribute("value")!).ToList();
        var names = await site.Db(db => db.Members.ToDictionaryAsync(m => m.Email!, m => m));
        Assert.DoesNotContain(names["anna@example.com"].Id.ToString(), offered);
        Assert.Contains(names["admin@example.com"].Id.ToString(), offered);
        Assert.Single(preview.Document.QuerySelectorAll("form[action$='/test'] [name=to][checked]"));
        var form = preview.Document.QuerySelector("form[action$='/test']")!;
        var key = form.QuerySelector("[name=key]")!.GetAttribute("value")!;
        var token = form.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        // Twice, and with somebody who is no staff among them.
        for (var i = 0; i < 2; i++)
        {
            var said = await mailer.Send(new(HttpMethod.Post, $"{site.Url}/staff/mailings/{id}/test")
            {
                Content = new FormUrlEncodedContent(
                [
                    new("__RequestVerificationToken", token), new("key", key),
                    .. new[] { "mailer@example.com", "admin@example.com", "anna@example.com" }
                        .Select(e => KeyValuePair.Create("to", names[e].Id.ToString())),
                ]),
            });
            Assert.Equal(HttpStatusCode.Found, said.Status);
            var page = await mailer.Get($"/staff/mailings/{id}/preview");
            // The answer leads to the foot of a long page, and is read there.
            Assert.Contains("on its way", page.Document.QuerySelector("#test .notice.ok")!.TextContent);
        }
        var tests = await site.Db(db => db.Mailings.Where(m => m.TestOfId == id).Select(m => m.Id).ToListAsync());
        Assert.Equal(2, tests.Count);
        foreach (var test in tests) await site.Until(test, MailingState.Finished);
        var mails = server.Messages.Select(m => MimeMessage.Load(new MemoryStream(m))).ToDictionary(m => m.To.Mailboxes.Single().Address);
        Assert.Equal(["admin@example.com", "mailer@example.com"], mails.Keys.Order());
        Assert.Equal("[Test] News", mails["mailer@example.com"].Subject);
        Assert.Contains("Hello " + names["mailer@example.com"].Name, mails["mailer@example.com"].TextBody);
        Assert.EndsWith("お知らせ", mails["admin@example.com"].Subject);
        Assert.Contains(names["admin@example.com"].Name + " 様", mails["admin@example.com"].TextBody);
        // Nothing of it is counted: it is marked for nobody, and stands in no list and no history.
        Assert.All(mails.Values, m => Assert.DoesNotContain("/l/", m.HtmlBody));
        Assert.Single((await mailer.Get("/staff/mailings")).Document.QuerySelectorAll("tbody tr"));
        Assert.Equal(0, await site.Db(async db =>
        {
            var real = db.Mailings.WithoutTests();
            return await db.Deliveries.CountAsync(d => real.Any(m => m.Id == d.MailingId));
        }));
        Assert.Contains(names["admin@example.com"].Name, (await mailer.Get($"/staff/mailings/{id}")).Document
            .QuerySelector("section[aria-labelledby=tests]")!.TextContent);
        // Nobody among those who were chosen: said, and nothing sent.
        var none = await mailer.Submit(
            preview,
            new() { ["key"] = Guid.NewGuid().ToString(), ["to"] = names["anna@example.com"].Id.ToString() },
            "form[action$='/test']");
        Assert.Contains("Nobody was chosen", none.Document.QuerySelector("#test .notice.warn")!.TextContent);
        Assert.Equal(2, server.Messages.Count);
    }
}
