using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AngleSharp.Dom;
using Community.Boards;
using Community.Members;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>Pictures of boards: given by staff, made small, seen by whoever may read the board, gone with it.</summary>
[OnBothDatabases]
public sealed class BoardPictureTests(TestHost host)
{
    static Task<long> Id(TestSite site, string key) => site.Db(db => db.Boards.Where(b => b.Key == key).Select(b => b.Id).SingleAsync());

    static async Task<Page> Give(Visitor staff, long board, byte[]? picture, string alt = "", string name = "IMG_0001.JPG")
    {
        var page = await staff.Get($"/staff/boards/{board}/picture");
        var form = page.Document.QuerySelector("form:has(#picture)")!;
        var body = new MultipartFormDataContent { HeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        foreach (var hidden in form.QuerySelectorAll("input[type=hidden]"))
            body.Add(new StringContent(hidden.GetAttribute("value")!), hidden.GetAttribute("name")!);
        body.Add(new StringContent(alt), "alt");
        // A field without a file is sent empty and without a name.
        body.Add(new ByteArrayContent(picture ?? []), "picture", picture is null ? "\"\"" : name);
        return await staff.Send(new HttpRequestMessage(HttpMethod.Post, page.Url) { Content = body });
    }

    static async Task Given(Visitor staff, long board, byte[]? picture, string alt = "")
    {
        var answer = await Give(staff, board, picture, alt);
        Assert.True(answer.Status is HttpStatusCode.Redirect, answer.Text);
    }

    static IElement? Listed(Page page, string board) => page.Document.QuerySelector($".board-list li:has(a[href='/boards/{board}']) > img");

    static IElement? Head(Page page) => page.Document.QuerySelector(".page-head > img");

    static int OnDisk(TestSite site) =>
        Path.Combine(site.Host.Data, "Sites", site.Site.Key, "files") is var folder && Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count() : 0;

    [Fact]
    public async Task Lists_and_the_board_s_head_show_the_picture_upright_small_and_without_what_else_the_file_held()
    {
        var site = await host.NewSite();
        var (admin, visitor) = (await site.SignIn("admin"), site.Visitor());
        var general = await Id(site, "general");
        // Kept for visitors before there is a picture.
        Assert.Null(Listed(await visitor.Get("/boards"), "general"));
        Assert.Null(Head(await visitor.Get("/boards/general")));
        // As telephones store it: lying, with the place.
        await Given(admin, general, PictureBytes.Jpeg(1200, 2400, orientation: 6, after: PictureBytes.Secret), "A valley & a <tent>");
        foreach (var page in new[] { await visitor.Get("/boards"), await visitor.Get("/"), await admin.Get("/") })
        {
            var image = Listed(page, "general")!;
            Assert.Equal(("A valley & a <tent>", "lazy"), (image.GetAttribute("alt"), image.GetAttribute("loading")));
            Assert.Equal(("1200", "600"), (image.GetAttribute("width"), image.GetAttribute("height")));
            Assert.Contains(" 320w, ", image.GetAttribute("srcset"));
            Assert.Null(Listed(page, "news"));
        }
        var (small, large) = (Listed(await visitor.Get("/boards"), "general")!.GetAttribute("src")!,
            Head(await visitor.Get("/boards/general"))!.GetAttribute("src")!);
        Assert.NotEqual(small, large);
        foreach (var (address, width) in new[] { (small, 320), (large, 1200) })
        {
            var file = await visitor.Download(address);
            var bytes = await file.Content.ReadAsByteArrayAsync();
            Assert.Equal("image/webp", file.Content.Headers.ContentType!.MediaType);
            foreach (var trace in new[] { PictureBytes.Secret, "Exif", "IMG_0001" })
                Assert.DoesNotContain(trace, Encoding.Latin1.GetString(bytes));
            using var seen = SkiaSharp.SKBitmap.Decode(bytes);
            Assert.Equal((width, width / 2), (seen.Width, seen.Height));
        }
        // A group's page lists its boards with their pictures, too.
        await Given(admin, await Id(site, "inner"), PictureBytes.Png(300, 200));
        var inner = Listed(await (await site.SignIn("carla")).Get("/groups/circle"), "inner")!;
        Assert.Equal(("", null), (inner.GetAttribute("alt"), inner.GetAttribute("srcset")));
        // Without a file, the words are changed alone.
        await Given(admin, general, null, "A valley");
        var described = Head(await visitor.Get("/boards/general"))!;
        Assert.Equal(("A valley", large), (described.GetAttribute("alt"), described.GetAttribute("src")));
        var gone = await admin.Submit($"/staff/boards/{general}/picture", [], "form:has(button.danger)");
        Assert.Contains("The picture was removed", gone.Text);
        Assert.Null(Head(await visitor.Get("/boards/general")));
        Assert.Null(Listed(await visitor.Get("/boards"), "general"));
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get(large)).Status);
        Assert.Equal(["boards.picture", "boards.picture", "boards.picture", "boards.picture-remove"], await site.Db(db =>
            db.Audit.Where(a => a.Action.StartsWith("boards.picture")).OrderBy(a => a.Id).Select(a => a.Action).ToListAsync()));
    }

    [Fact]
    public async Task Whoever_may_read_the_board_sees_its_picture_and_nobody_else_whatever_happens_to_the_board()
    {
        var site = await host.NewSite();
        var (admin, mod, ben, carla, visitor) =
            (await site.SignIn("admin"), await site.SignIn("mod"), await site.SignIn("ben"), await site.SignIn("carla"), site.Visitor());
        var (inner, general) = (await Id(site, "inner"), await Id(site, "general"));
        var picture = PictureBytes.Png(700, 300);
        await Given(admin, inner, picture, "Ours");
        var page = await carla.Get("/boards/inner");
        string[] addresses = [Head(page)!.GetAttribute("src")!, Listed(await carla.Get("/boards"), "inner")!.GetAttribute("src")!];
        await Seen(carla, true);
        await Seen(mod, true);
        await Seen(ben, false);
        await Seen(visitor, false);
        // The content's hash alone leads nowhere, though logos and members' pictures are served by it.
        foreach (var address in addresses)
            Assert.Equal(HttpStatusCode.NotFound, (await carla.Get($"/files/{address[BoardPicture.Path.Length..]}.webp")).Status);
        var kept = await carla.Get(addresses[0]);
        Assert.Equal("no-cache, private", string.Join(", ", kept.Headers.CacheControl!.ToString().Split(", ").Order()));
        Assert.Equal("default-src 'none'; sandbox", kept.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", kept.Headers.GetValues("X-Content-Type-Options").Single());
        // A second board that everybody reads has the same one: through it everybody sees it, and no longer when it has another.
        await Given(admin, general, picture);
        await Seen(visitor, true);
        Assert.Contains("public", (await visitor.Get(addresses[0])).Headers.CacheControl!.ToString());
        await Given(admin, general, PictureBytes.Png(20, 20));
        await Seen(visitor, false);
        await Seen(carla, true);
        // The board is closed and opened: no flag of the file's says otherwise.
        await Readers(BoardReaders.Everyone);
        await Seen(visitor, true);
        await Readers(BoardReaders.Members);
        await Seen(visitor, false);
        await Seen(ben, true);
        // Nobody learns from "nothing changed" that it is there.
        using var asked = await visitor.Download(addresses[0], r =>
            r.Headers.TryAddWithoutValidation("If-None-Match", $"\"{addresses[0][BoardPicture.Path.Length..]}\""));
        Assert.Equal(HttpStatusCode.NotFound, asked.StatusCode);
        // Another site has none of it.
        Assert.Equal(HttpStatusCode.NotFound, (await (await (await host.NewSite()).SignIn("admin")).Get(addresses[0])).Status);

        async Task Seen(Visitor who, bool yes)
        {
            foreach (var address in addresses)
                Assert.Equal(yes ? HttpStatusCode.OK : HttpStatusCode.NotFound, (await who.Get(address)).Status);
        }
        Task Readers(BoardReaders readers) => site.Db(db =>
            db.Boards.Where(b => b.Key == "inner").ExecuteUpdateAsync(s => s.SetProperty(b => b.Read, readers)));
    }

    [Fact]
    public async Task Files_go_with_the_picture_the_board_and_the_last_board_that_shows_them_and_the_sweep_takes_none_that_is_shown()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var admin = await site.SignIn("admin");
        var (general, lounge, news) = (await Id(site, "general"), await Id(site, "lounge"), await Id(site, "news"));
        var same = PictureBytes.Png(700, 300);
        await Given(admin, general, same);
        await Given(admin, lounge, same);
        // Sent again, it is the same.
        await Given(admin, lounge, same, "Hills");
        Assert.Equal((2, 2), (OnDisk(site), await site.Db(db => db.Files.CountAsync(f => f.Purpose == FilePurpose.Board))));
        await Given(admin, news, PictureBytes.Png(30, 20));
        await Given(admin, news, PictureBytes.Png(40, 20));
        Assert.Equal(3, OnDisk(site));
        own.Clock.Advance(TimeSpan.FromDays(2));
        await Sweep();
        own.Clock.Advance(TimeSpan.FromDays(9));
        await Sweep();
        Assert.Equal((3, 0), (OnDisk(site), await site.Db(db => db.Files.CountAsync(f => f.UnusedSince != null))));
        admin = await site.SignIn("admin");
        await admin.Submit($"/staff/boards/{general}/picture", [], "form:has(button.danger)");
        Assert.Equal(3, OnDisk(site));
        await admin.Submit($"/staff/boards/{lounge}/delete", [], "form:has(button.danger)");
        Assert.Equal(0, await site.Db(db => db.Boards.CountAsync(b => b.Id == lounge)));
        Assert.Equal((1, 1), (OnDisk(site), await site.Db(db => db.Files.CountAsync(f => f.Purpose == FilePurpose.Board))));

        Task Sweep() => site.With<IServiceProvider, int>(async s =>
        {
            await ActivatorUtilities.CreateInstance<SweepFiles>(s).Handle(new Tick(), default);
            return 0;
        });
    }

    [Fact]
    public async Task What_is_no_picture_or_too_much_is_refused_in_words_and_what_was_typed_stays()
    {
        var site = await host.NewSite(r => r["settings"]!["site"] = JsonNode.Parse("""{ "memberUploadMegabytesADay": 1 }"""));
        var admin = await site.SignIn("admin");
        var general = await Id(site, "general");
        var heic = new byte[40];
        "ftypheic"u8.CopyTo(heic.AsSpan(4));
        foreach (var (content, said) in new (byte[]?, string)[]
        {
            (null, "file"),
            ("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"u8.ToArray(), "JPEG"),
            (PictureBytes.Png(300, 200)[..60], "damaged"),
            (heic, "JPEG"),
            (PictureBytes.Png(900, 900, noise: true), "1 MB"),
        })
        {
            var refused = await Give(admin, general, content, "Typed words");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
            Assert.Contains(said, refused.Document.QuerySelector("#picture-error")!.TextContent);
            Assert.EndsWith("#picture", refused.Document.QuerySelector(".error-summary a")!.GetAttribute("href"));
            Assert.Equal("Typed words", refused.Document.QuerySelector("[name=alt]")!.GetAttribute("value"));
        }
        foreach (var alt in new[] { new string('x', Board.MaxPictureAltLength + 1), "a\u202Eb" })
            Assert.NotNull((await Give(admin, general, PictureBytes.Png(8, 8), alt)).Document.QuerySelector("#alt-error"));
        Assert.Equal(0, OnDisk(site));
        // Who does not manage boards does not see the page; what is no board has none.
        Assert.Equal(HttpStatusCode.Forbidden, (await (await site.SignIn("mod")).Get($"/staff/boards/{general}/picture")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Get("/staff/boards/999/picture")).Status);
    }
}
