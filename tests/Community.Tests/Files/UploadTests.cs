using System.Net;
using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using SiteFiles = Community.Kernel.Files;

namespace Community.Tests.Files;

/// <summary>Files through the front door: the logo is uploaded, served, and kept from other sites.</summary>
public sealed class UploadTests(TestHost host)
{
    static async Task<Page> Upload(
        Visitor visitor,
        byte[] content,
        string name = "logo.png",
        string type = "image/png",
        string language = "en"
    )
    {
        var page = await visitor.Get("/staff/theme");
        var form = page.Document.QuerySelector("form:has(input[type=file])")!;
        var body = new MultipartFormDataContent();
        foreach (var hidden in form.QuerySelectorAll("input[type=hidden]"))
            body.Add(new StringContent(hidden.GetAttribute("value")!), hidden.GetAttribute("name")!);
        var file = new ByteArrayContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue(type);
        body.Add(file, "file", name);
        var answer = await visitor.Send(new HttpRequestMessage(HttpMethod.Post, "/staff/theme") { Content = body });
        return answer.Location is { } location ? await visitor.Get(location.ToString()) : answer;
    }

    static string? LogoOf(Page page) => page.Document.QuerySelector(".site-brand img")?.GetAttribute("src");

    [Fact]
    public async Task An_uploaded_logo_stands_in_the_header_and_is_served_as_a_picture_alone()
    {
        var site = await host.NewSite();
        var page = await Upload(
            await site.SignIn("web"),
            PictureBytes.Png(after: "<script>alert(1)</script>"),
            "../../../evil.html",
            "text/html"
        );
        Assert.NotNull(page.Document.QuerySelector(".notice.ok"));
        var logo = LogoOf(await site.Visitor().Get("/"))!;
        Assert.Matches("^/files/[0-9a-f]{64}\\.png$", logo);
        var file = await site.Visitor().Get(logo);
        Assert.Equal(HttpStatusCode.OK, file.Status);
        Assert.DoesNotContain("script", file.Html);
        Assert.Equal("default-src 'none'; sandbox", file.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", file.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("immutable", file.Headers.CacheControl!.ToString());
        // On disk under its hash, and nowhere else.
        var files = Directory
            .EnumerateFiles(Path.Combine(host.Data, "Sites", site.Site.Key, "files"), "*", SearchOption.AllDirectories)
            .ToList();
        Assert.Equal(logo[7..71], Path.GetFileName(Assert.Single(files)));
    }

    [Fact]
    public async Task A_file_of_one_site_is_not_there_on_another()
    {
        var (one, other) = (await host.NewSite(), await host.NewSite());
        await Upload(await one.SignIn("web"), PictureBytes.Gif());
        var logo = LogoOf(await one.Visitor().Get("/"))!;
        Assert.Equal(HttpStatusCode.OK, (await one.Visitor().Get(logo)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Visitor().Get(logo)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await (await other.SignIn("web")).Get(logo)).Status);
        foreach (
            var path in new[]
            {
                logo[..^4] + ".html",
                logo[..^4],
                logo[..^3] + "jpg",
                "/files/../site.db",
                "/files/%2e%2e/site.db",
                "/files/" + new string('0', 64) + ".gif",
                logo.ToUpperInvariant(),
            }
        )
            Assert.Equal(HttpStatusCode.NotFound, (await one.Visitor().Raw(path)).Status);
    }

    [Theory, InlineData("en", "8 MB"), InlineData("ja", "8 MB")]
    public async Task What_cannot_be_taken_is_refused_in_words(string language, string words)
    {
        var site = await host.NewSite(culture: language);
        var web = await site.SignIn("web");
        var large = await Upload(web, PictureBytes.Png(heavy: 9 * 1024 * 1024));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, large.Status);
        Assert.Contains(words, large.Document.QuerySelector("#logo-file-error")!.TextContent);
        foreach (
            var content in new[]
            {
                "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray(),
                [],
                PictureBytes.Png(30_000, 30_000),
                PictureBytes.Jpeg()[..50],
            }
        )
        {
            var page = await Upload(web, content);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
            Assert.DoesNotContain("files.refused", page.Text);
        }
        Assert.Equal(0, await site.Db(db => db.Files.CountAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task The_same_picture_twice_and_twice_at_once_is_kept_once()
    {
        var site = await host.NewSite();
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    site.With<SiteFiles, StoredFile>(f =>
                        f.Save(new MemoryStream(PictureBytes.Jpeg()), FilePurpose.Avatar, 1, CancellationToken.None)
                    )
                )
        );
        await site.With<SiteFiles, StoredFile>(f =>
            f.Save(new MemoryStream(PictureBytes.Jpeg()), FilePurpose.Avatar, 2, CancellationToken.None)
        );
        Assert.Equal(2, await site.Db(db => db.Files.CountAsync()));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(host.Data, "Sites", site.Site.Key, "files"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_nobody_has_any_more_is_swept_away_after_a_day()
    {
        var site = await host.NewSite();
        var (kept, gone) = (await Save(PictureBytes.Jpeg()), await Save(PictureBytes.Gif()));
        await site.With<SiteFiles, int>(async f =>
        {
            await f.Release(gone.Hash, FilePurpose.Avatar, 1, CancellationToken.None);
            return 0;
        });
        var folder = Path.Combine(host.Data, "Sites", site.Site.Key, "files");
        await Sweep();
        Assert.Equal(2, Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count());
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-2));
        await Sweep();
        Assert.Equal(kept.Hash, Path.GetFileName(Assert.Single(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))));

        Task<StoredFile> Save(byte[] bytes) =>
            site.With<SiteFiles, StoredFile>(f => f.Save(new MemoryStream(bytes), FilePurpose.Avatar, 1, CancellationToken.None));
        Task Sweep() =>
            site.With<IServiceProvider, int>(async s =>
            {
                await Microsoft
                    .Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<SweepFiles>(s)
                    .Handle(new Tick(), CancellationToken.None);
                return 0;
            });
    }

    [Fact]
    public async Task A_file_that_is_sent_again_while_it_is_swept_away_stays()
    {
        var site = await host.NewSite();
        var picture = Picture.Make(PictureBytes.Jpeg(30, 20), FilePurpose.Avatar);
        var left = await Keep(1, () => Task.CompletedTask);
        await site.With<SiteFiles, int>(async f =>
        {
            await f.Release(left.Hash, FilePurpose.Avatar, 1, CancellationToken.None);
            return 0;
        });
        var path = Path.Combine(host.Data, "Sites", site.Site.Key, "files", left.Hash[..2], left.Hash[2..4], left.Hash);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-2));
        // The sweep begins when the new row is not committed yet.
        var sweep = Task.CompletedTask;
        await Keep(
            2,
            async () =>
            {
                sweep = Task.Run(() =>
                    site.With<IServiceProvider, int>(async s =>
                    {
                        await Microsoft
                            .Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<SweepFiles>(s)
                            .Handle(new Tick(), CancellationToken.None);
                        return 0;
                    })
                );
                await Task.WhenAny(sweep, Task.Delay(300));
            }
        );
        await sweep;
        Assert.True(File.Exists(path));

        Task<StoredFile> Keep(long by, Func<Task> before) =>
            site.With<IServiceProvider, StoredFile>(async s =>
            {
                var (db, files) = ((SiteDb)s.GetService(typeof(SiteDb))!, (SiteFiles)s.GetService(typeof(SiteFiles))!);
                await using var change = await db.Change(CancellationToken.None);
                return await files.Keep(
                    picture,
                    FilePurpose.Avatar,
                    by,
                    async _ =>
                    {
                        await before();
                        await change.Commit(CancellationToken.None);
                    },
                    CancellationToken.None
                );
            });
    }

    static async Task<HttpStatusCode> SendPicture(
        Visitor visitor,
        byte[] content,
        string page = "/account/picture",
        string field = "picture"
    ) => (await MemberPictureTests.Post(visitor, content, page, field)).Status;

    [OnBothDatabases, Fact]
    public async Task However_many_are_sent_at_once_no_more_is_taken_of_a_member_in_a_day_than_may_be()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite(r => r["settings"] = System.Text.Json.Nodes.JsonNode.Parse(
            """{ "site": { "memberUploadMegabytesADay": 1 } }"""
        ));
        var anna = await site.SignIn("anna");
        var pictures = Enumerable.Range(0, 24).Select(i => PictureBytes.Png(180 + i, 180, noise: true)).ToList();
        var answers = await Task.WhenAll(pictures.Select(p => SendPicture(anna, p)));
        Assert.All(answers, a => Assert.True(a is HttpStatusCode.Redirect or HttpStatusCode.UnprocessableEntity, a.ToString()));
        var taken = pictures.Zip(answers).Where(x => x.Second is HttpStatusCode.Redirect).Sum(x => x.First.Length);
        Assert.InRange(taken, 1024 * 1024 - pictures.Max(p => p.Length), 1024 * 1024);
        Assert.Equal(taken, await site.Db(db => db.UploadDays.SumAsync(d => d.Bytes)));
        // One is worn, and the others' files went with them.
        Assert.Single(Directory.EnumerateFiles(Path.Combine(own.Data, "Sites", site.Site.Key, "files"), "*", SearchOption.AllDirectories));
        // It is said in words, and what she wears stays.
        var mine = await anna.Get("/account/picture");
        var img = mine.Document.QuerySelector("main .avatar img");
        Assert.True(img is not null, $"{mine.Url} {mine.Status} {mine.Text}");
        var worn = img.GetAttribute("src")!;
        // One of those that were refused: a smaller one may still have room.
        var tooMuch = pictures.Zip(answers).First(x => x.Second is HttpStatusCode.UnprocessableEntity).First;
        var refused = await MemberPictureTests.Post(anna, tooMuch);
        Assert.Contains("tomorrow", refused.Document.QuerySelector("#picture-error")!.TextContent);
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(worn)).Status);
        // Others have a day of their own; and she another one tomorrow.
        Assert.Equal(HttpStatusCode.Redirect, await SendPicture(await site.SignIn("ben"), pictures[0]));
        own.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.Redirect, await SendPicture(anna, pictures[1]));
    }

    [OnBothDatabases, Fact]
    public async Task No_site_keeps_more_than_it_may_and_another_has_its_own_room()
    {
        await using var own = await TestHost.Start(new() { ["Community:SiteFilesMegabytes"] = "1" });
        var (site, other) = (await own.NewSite(), await own.NewSite());
        var pictures = Enumerable.Range(0, 12).Select(i => PictureBytes.Png(300 + i, 300, transparent: true, noise: true)).ToList();
        var kept = await Task.WhenAll(
            pictures.Select(async p =>
            {
                try
                {
                    return await site.With<SiteFiles, StoredFile>(f =>
                        f.Save(new MemoryStream(p), FilePurpose.Logo, 1, CancellationToken.None)
                    );
                }
                catch (FileRefused error) when (error.Text == "files.refused.site")
                {
                    return null;
                }
            })
        );
        Assert.Contains(null, kept);
        Assert.Equal(
            kept.Count(k => k is not null),
            Directory.EnumerateFiles(Path.Combine(own.Data, "Sites", site.Site.Key, "files"), "*", SearchOption.AllDirectories).Count()
        );
        Assert.InRange(await site.Db(db => db.Files.SumAsync(f => f.Bytes)), 600_000, 1024 * 1024);
        var page = await Upload(await site.SignIn("web"), pictures[Array.IndexOf(kept, null)]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("no room", page.Document.QuerySelector("#logo-file-error")!.TextContent);
        Assert.NotNull((await Upload(await other.SignIn("web"), pictures[0])).Document.QuerySelector(".notice.ok"));
    }
}
