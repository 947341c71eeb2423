using System.Net;
using System.Net.Http.Headers;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Files;

public sealed class MemberPictureTests(TestHost host)
{
    static async Task<Page> Upload(Visitor visitor, byte[] content)
    {
        var page = await visitor.Get("/account/picture");
        var body = new MultipartFormDataContent();
        foreach (var hidden in page.Document.QuerySelectorAll("form:has(input[type=file]) input[type=hidden]")) body.Add(new StringContent(hidden.GetAttribute("value")!), hidden.GetAttribute("name")!);
        var file = new ByteArrayContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        body.Add(file, "picture", "me.jpg");
        var answer = await visitor.Send(new HttpRequestMessage(HttpMethod.Post, "/account/picture") { Content = body });
        return answer.Location is { } location ? await visitor.Get(location.ToString()) : answer;
    }

    [Fact]
    public async Task A_member_shows_a_picture_changes_it_and_takes_it_back()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var page = await Upload(anna, PictureBytes.Jpeg());
        Assert.NotNull(page.Document.QuerySelector(".notice.ok"));
        var first = page.Document.QuerySelector("main .avatar img")!.GetAttribute("src")!;
        Assert.Equal(first, page.Document.QuerySelector(".account-menu .avatar img")!.GetAttribute("src"));
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(first)).Status);

        page = await Upload(anna, PictureBytes.Png());
        Assert.NotEqual(first, page.Document.QuerySelector("main .avatar img")!.GetAttribute("src"));
        Assert.Equal(1, await site.Db(db => db.Files.CountAsync()));
        Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get(first)).Status);

        page = await anna.Submit("/account/picture", [], "form:has(button.danger)");
        Assert.Null(page.Document.QuerySelector("main .avatar img"));
        Assert.Equal(0, await site.Db(db => db.Files.CountAsync()));
    }

    [Fact]
    public async Task It_stands_beside_the_name_wherever_its_member_writes_for_visitors_too()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Look at me");
        var visitor = site.Visitor();
        // What is kept for visitors is made anew with the picture.
        foreach (var page in new[] { await visitor.Get(topic), await visitor.Get("/boards/general?view=topics") }) Assert.Null(page.Document.QuerySelector("main .avatar img"));
        var picture = (await Upload(anna, PictureBytes.Jpeg())).Document.QuerySelector("main .avatar img")!.GetAttribute("src")!;
        foreach (var page in new[] { await visitor.Get(topic), await visitor.Get("/boards/general?view=topics"), await anna.Get(topic + "/reply?to=1"), await anna.Get("/groups/open") })
            Assert.Equal(picture, page.Document.QuerySelector("main .avatar img")?.GetAttribute("src"));
        Assert.Equal(HttpStatusCode.OK, (await visitor.Get(picture)).Status);
    }

    [Theory, InlineData("en"), InlineData("ja")]
    public async Task What_is_no_picture_is_refused_in_words(string language)
    {
        var site = await host.NewSite(culture: language);
        var page = await Upload(await site.SignIn("anna"), "<html>"u8.ToArray());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("JPEG", page.Document.QuerySelector("#picture-error")!.TextContent);
    }
}
