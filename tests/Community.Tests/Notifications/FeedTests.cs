using System.Net;
using System.Xml.Linq;
using Community.Boards;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Notifications;

/// <summary>Feeds: public ones for everybody, private ones by a key that can be renewed.</summary>
[OnBothDatabases]
public sealed class FeedTests(TestHost host)
{
    static readonly XNamespace atom = "http://www.w3.org/2005/Atom";

    [Fact]
    public async Task A_public_board_has_a_feed_that_its_page_names_and_that_is_not_sent_twice()
    {
        var site = await host.NewSite();
        var (anna, visitor) = (await site.SignIn("anna"), site.Visitor());
        var topic = await anna.Start("general", "Fed", "Some **words** \u0001 & <b>");
        await anna.Start("lounge", "Of members");
        var link = (await visitor.Get("/boards/general"))
            .Document.QuerySelector("link[type='application/atom+xml']")!
            .GetAttribute("href")!;
        var feed = await visitor.Get(link);
        Assert.Equal("application/atom+xml", feed.ContentType);
        var entry = Assert.Single(XDocument.Parse(feed.Html).Root!.Elements(atom + "entry"));
        Assert.Equal("Fed", entry.Element(atom + "title")!.Value);
        Assert.Contains("<strong>words</strong>", entry.Element(atom + "content")!.Value);
        Assert.EndsWith(topic + "/posts/1", entry.Element(atom + "link")!.Attribute("href")!.Value);
        var again = new HttpRequestMessage(HttpMethod.Get, link);
        again.Headers.TryAddWithoutValidation("If-None-Match", feed.Headers.ETag!.ToString());
        var answer = await visitor.Send(again);
        Assert.Equal((HttpStatusCode.NotModified, ""), (answer.Status, answer.Html));
        Assert.Equal(HttpStatusCode.OK, (await visitor.Get(topic + "/feed")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get("/boards/lounge/feed")).Status);
    }

    [Fact]
    public async Task A_private_feed_is_read_by_its_key_alone_until_that_is_renewed_or_the_right_is_lost()
    {
        var site = await host.NewSite();
        var (carla, ben, visitor) = (await site.SignIn("carla"), await site.SignIn("ben"), site.Visitor());
        await carla.Start("inner", "Secret");
        var link = (await carla.Get("/boards/inner")).Document.QuerySelector("link[type='application/atom+xml']")!.GetAttribute("href")!;
        Assert.Contains("Secret", (await visitor.Get(link)).Html);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get(link.Replace("/feeds/", "/feeds/1"))).Status);
        // Ben's own key opens what Ben may read.
        var bens = (await ben.Get("/boards/lounge")).Document.QuerySelector("link[type='application/atom+xml']")!.GetAttribute("href")!;
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get(bens.Replace("lounge", "inner"))).Status);
        var all = bens.Replace("/boards/lounge", "");
        Assert.DoesNotContain("Secret", (await visitor.Get(all)).Html);
        // What an import brought is old, and no news.
        await ben.Start("lounge", "Written here");
        var old = Conversation.Id(await ben.Start("lounge", "Brought along"));
        await site.Db(db => db.Posts.Where(p => p.TopicId == old).ExecuteUpdateAsync(s => s.SetProperty(p => p.ImportId, 1)));
        Assert.Contains("Written here", (await visitor.Get(all)).Html);
        Assert.DoesNotContain("Brought along", (await visitor.Get(all)).Html);
        // A key opens feeds, and nothing else.
        Assert.DoesNotContain("Secret", (await visitor.Get("/boards/inner")).Html);
        await carla.Submit("/notifications/settings", [], "form[action='/notifications/settings/feed-key']");
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get(link)).Status);
        var renewed = (await carla.Get("/boards/inner")).Document.QuerySelector("link[type='application/atom+xml']")!.GetAttribute("href")!;
        Assert.Contains("Secret", (await visitor.Get(renewed)).Html);
        await carla.Submit("/groups/circle", [], "form[action$='/leave']");
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get(renewed)).Status);
    }
}
