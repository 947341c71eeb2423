using System.Net;
using System.Xml.Linq;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>Mailings that can be read on the site after they were sent.</summary>
public sealed class MailArchiveTests(TestHost host)
{
    static readonly string[] pages =
        ["/mailings", "/mailings/news", "/mailings/news/{0}", "/mailings/news/{0}/mail", "/mailings/news/feed"];

    static async Task Choose(TestSite site, MailArchive archive)
    {
        var admin = await site.SignIn("admin");
        var kind = await site.Db(db => db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync());
        var saved = await admin.Submit($"/staff/mail-kinds/{kind}", new() { ["archive"] = archive.ToString() }, "form:has([name=archive])");
        Assert.EndsWith("/staff/mail-kinds", saved.Url.AbsolutePath);
    }

    static async Task<List<HttpStatusCode>> All(Visitor reader, long id)
    {
        var seen = new List<HttpStatusCode>();
        foreach (var page in pages) seen.Add((await reader.Get(string.Format(page, id))).Status);
        return seen;
    }

    [Fact]
    public async Task Whoever_may_reads_what_was_sent_without_a_word_about_a_recipient()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        await mailer.Write("For {{member.name|friends}}", "Dear {{member.name}}, [look](https://example.com/x)", also: new()
        {
            ["Form.Then"] = "save",
        });
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        await mailer.Submit($"/staff/mailings/{id}/tracking", new() { ["Form.Mode"] = "Pseudonymous" }, "form:has([name='Form.Mode'])");
        await mailer.Submit($"/staff/mailings/{id}/edit", new() { ["Form.When"] = "now", ["Form.Then"] = "save" },
            "form:has([name='Form.Subject'])");
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        await site.Until(id, MailingState.Finished);
        var (visitor, anna) = (site.Visitor(), await site.SignIn("anna"));
        var (ok, gone) = (HttpStatusCode.OK, HttpStatusCode.NotFound);
        Assert.All(await All(anna, id), s => Assert.Equal(gone, s));
        var revisions = await site.Db(db => db.MailKindTexts.CountAsync());
        await Choose(site, MailArchive.Members);
        // Who reads it is none of the words that somebody agreed to.
        Assert.Equal(revisions, await site.Db(db => db.MailKindTexts.CountAsync()));
        Assert.All(await All(visitor, id), s => Assert.Equal(gone, s));
        Assert.Equal([ok, ok, ok, ok, gone], await All(anna, id));
        Assert.NotNull((await anna.Get("/mailings/news")).Document.QuerySelector("meta[name=robots][content=noindex]"));
        await Choose(site, MailArchive.Everybody);
        Assert.All(await All(visitor, id), s => Assert.Equal(ok, s));
        var list = await visitor.Get("/mailings/news");
        Assert.Equal("For friends", list.Document.QuerySelector(".log a")!.TextContent);
        Assert.Null(list.Document.QuerySelector("meta[name=robots]"));
        Assert.Equal("/mailings/news/feed", list.Document.QuerySelector("link[rel=alternate]")!.GetAttribute("href"));
        var mail = await visitor.Get($"/mailings/news/{id}/mail");
        Assert.Contains("Dear reader", mail.Text);
        Assert.Contains("https://example.com/x", mail.Html);
        Assert.Equal("noindex", mail.Headers.GetValues("X-Robots-Tag").Single());
        var page = await visitor.Get($"/mailings/news/{id}");
        Assert.Equal("For friends", page.Document.QuerySelector("h1")!.TextContent);
        var feed = (await visitor.Get("/mailings/news/feed")).Html;
        foreach (var html in new[] { mail.Html, page.Document.QuerySelector("main")!.InnerHtml, feed })
            foreach (var secret in new[] { "Anna", "Ben", "/u/", "/l/", "/o/", "agreed to" })
                Assert.DoesNotContain(secret, html);
        XNamespace atom = "http://www.w3.org/2005/Atom";
        var entry = XDocument.Parse(feed).Root!.Elements(atom + "entry").Single();
        Assert.Equal("For friends", entry.Element(atom + "title")!.Value);
        Assert.EndsWith($"/mailings/news/{id}", entry.Element(atom + "link")!.Attribute("href")!.Value);
        // Whoever has it finds the others from where they unsubscribe.
        var member = await site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.Id).SingleAsync());
        var kind = await site.Db(db => db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).SingleAsync());
        var leave = await site.With<UnsubscribeLinks, string>(l => l.To(member, kind, default));
        Assert.NotNull((await visitor.Get(new Uri(leave).AbsolutePath)).Document.QuerySelector("a[href='/mailings/news']"));
        // Taken out singly, and put back.
        var own = await mailer.Get($"/staff/mailings/{id}");
        await mailer.Submit(own, [], "form[action$='/archive']");
        Assert.Equal([ok, ok, gone, gone, ok], await All(visitor, id));
        Assert.Empty(XDocument.Parse((await visitor.Get("/mailings/news/feed")).Html).Root!.Elements(atom + "entry"));
        await mailer.Press(id, "archive");
        Assert.All(await All(visitor, id), s => Assert.Equal(ok, s));
        // No step of a chain, no test and nothing that follows another up; and none of another kind.
        foreach (var change in new Action<Community.Mailing.Mailing>[]
        {
            m => m.ChainStepId = 1, m => (m.ChainStepId, m.WaveOfId) = (null, 1), m => (m.WaveOfId, m.TestOfId) = (null, 1),
        })
        {
            await site.Db(async db =>
            {
                change(await db.Mailings.SingleAsync());
                return await db.SaveChangesAsync();
            });
            Assert.Equal(gone, (await visitor.Get($"/mailings/news/{id}/mail")).Status);
        }
        Assert.Equal(gone, (await visitor.Get("/mailings/events")).Status);
    }

    [Fact]
    public async Task What_was_sent_is_parsed_once_and_not_by_each_reader_of_the_feed()
    {
        var site = await host.NewSite();
        var id = await (await site.SignIn("mailer")).Reserve("Spring", "Hello");
        await site.Until(id, MailingState.Finished);
        await Choose(site, MailArchive.Everybody);
        var visitor = site.Visitor();
        var feed = (await visitor.Get("/mailings/news/feed")).Html;
        Assert.Contains("Spring", feed);
        Assert.Contains("Spring", (await visitor.Get("/mailings/news")).Html);
        // What is not read again may be anything.
        await site.Db(db => db.Mailings.Where(m => m.Id == id).ExecuteUpdateAsync(s => s.SetProperty(m => m.Content, "no JSON")));
        Assert.Equal(feed, (await visitor.Get("/mailings/news/feed")).Html);
        Assert.Contains("Spring", (await visitor.Get("/mailings/news")).Html);
    }

    [Fact]
    public async Task An_archived_mail_runs_nothing_in_its_frame_or_by_itself()
    {
        var site = await host.NewSite();
        var id = await (await site.SignIn("mailer")).Reserve("Spring", "Hello");
        await site.Until(id, MailingState.Finished);
        await Choose(site, MailArchive.Everybody);
        var visitor = site.Visitor();
        var frame = (await visitor.Get($"/mailings/news/{id}")).Document.QuerySelector("iframe")!;
        var sandbox = frame.GetAttribute("sandbox")!.Split(' ');
        Assert.DoesNotContain("allow-scripts", sandbox);
        Assert.DoesNotContain("allow-forms", sandbox);
        var mail = await visitor.Get(frame.GetAttribute("src")!);
        var policy = mail.Headers.GetValues("Content-Security-Policy").Single().Split("; ");
        Assert.Contains("default-src 'none'", policy);
        var alone = Assert.Single(policy, p => p.StartsWith("sandbox ")).Split(' ');
        Assert.Equal(sandbox.Order(), alone.Skip(1).Order());
    }
}
