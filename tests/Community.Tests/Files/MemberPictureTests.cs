using System.Net;
using System.Net.Http.Headers;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Files;

public sealed class MemberPictureTests(TestHost host)
{
    /// <summary>Sends a picture by the form of its page, without following the answer.</summary>
    internal static async Task<Page> Post(Visitor visitor, byte[] content, string path = "/account/picture", string field = "picture")
    {
        var page = await visitor.Get(path);
        var body = new MultipartFormDataContent();
        foreach (var hidden in page.Document.QuerySelectorAll("form:has(input[type=file]) input[type=hidden]"))
            body.Add(new StringContent(hidden.GetAttribute("value")!), hidden.GetAttribute("name")!);
        var file = new ByteArrayContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        body.Add(file, field, "me.jpg");
        return await visitor.Send(new HttpRequestMessage(HttpMethod.Post, path) { Content = body });
    }

    static async Task<Page> Upload(Visitor visitor, byte[] content)
    {
        var answer = await Post(visitor, content);
        return answer.Location is { } location ? await visitor.Get(location.ToString()) : answer;
    }

    static int FilesOf(TestSite site) =>
        Directory.Exists(Folder(site)) ? Directory.EnumerateFiles(Folder(site), "*", SearchOption.AllDirectories).Count() : 0;

    static string Folder(TestSite site) => Path.Combine(site.Host.Data, "Sites", site.Site.Key, "files");

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

        page = await Upload(anna, PictureBytes.Png(16, 12));
        Assert.Equal(1, FilesOf(site));
        Assert.NotEqual(first, page.Document.QuerySelector("main .avatar img")!.GetAttribute("src"));
        Assert.Equal(1, await site.Db(db => db.Files.CountAsync()));
        Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get(first)).Status);

        page = await anna.Submit("/account/picture", [], "form:has(button.danger)");
        Assert.Null(page.Document.QuerySelector("main .avatar img"));
        Assert.Equal(0, await site.Db(db => db.Files.CountAsync()));
        Assert.Equal(0, FilesOf(site));
    }

    [Fact]
    public async Task A_replaced_picture_goes_at_once_unless_somebody_else_shows_the_same()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        await Upload(anna, PictureBytes.Jpeg(40, 40));
        var shared = (await Upload(ben, PictureBytes.Jpeg(40, 40))).Document.QuerySelector("main .avatar img")!.GetAttribute("src")!;
        Assert.Equal(1, FilesOf(site));
        for (var i = 1; i <= 5; i++) await Upload(anna, PictureBytes.Jpeg(40 + i, 40));
        Assert.Equal((2, 2), (FilesOf(site), await site.Db(db => db.Files.CountAsync())));
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(shared)).Status);
        await Upload(ben, PictureBytes.Jpeg(50, 40));
        Assert.Equal((2, HttpStatusCode.NotFound), (FilesOf(site), (await site.Visitor().Get(shared)).Status));
        // The same picture again is the same file.
        await Upload(ben, PictureBytes.Jpeg(50, 40));
        Assert.Equal((2, 2), (FilesOf(site), await site.Db(db => db.Files.CountAsync())));
    }

    [OnBothDatabases, Fact]
    public async Task Two_members_who_take_and_leave_the_same_picture_at_once_lose_it_never()
    {
        var site = await host.NewSite();
        var people = new[] { await site.SignIn("anna"), await site.SignIn("ben") };
        var pictures = new[] { PictureBytes.Png(30, 30), PictureBytes.Png(31, 30) };
        await Task.WhenAll(people.Select((person, start) => Task.Run(async () =>
        {
            for (var i = 0; i < 8; i++) Assert.Equal(HttpStatusCode.Redirect, (await Post(person, pictures[(i + start) % 2])).Status);
        })));
        foreach (var person in people)
            Assert.Equal(
                HttpStatusCode.OK,
                (
                    await site.Visitor()
                        .Get((await person.Get("/account/picture")).Document.QuerySelector("main .avatar img")!.GetAttribute("src")!)
                ).Status
            );
        Assert.Equal(2, await site.Db(db => db.Files.CountAsync()));
    }

    [Fact]
    public async Task It_stands_beside_the_name_wherever_its_member_writes_for_visitors_too()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Look at me");
        var visitor = site.Visitor();
        // What is kept for visitors is made anew with the picture.
        foreach (var page in new[] { await visitor.Get(topic), await visitor.Get("/boards/general?view=topics") })
            Assert.Null(page.Document.QuerySelector("main .avatar img"));
        var picture = (await Upload(anna, PictureBytes.Jpeg())).Document.QuerySelector("main .avatar img")!.GetAttribute("src")!;
        foreach (
            var page in new[]
            {
                await visitor.Get(topic),
                await visitor.Get("/boards/general?view=topics"),
                await anna.Get(topic + "/reply?to=1"),
                await anna.Get("/groups/open"),
            }
        )
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
