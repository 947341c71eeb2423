using System.Net;
using Community.Boards;
using Community.Tests.Boards;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Crashes;

/// <summary>Picture uploads when the program dies or the disk is full.</summary>
[OnBothDatabases]
[Trait("needs", "server")]
public sealed class UploadCrashTests
{
    static List<string> FilesOf(TestSite site) =>
        Directory.Exists(Folder(site)) ? [.. Directory.EnumerateFiles(Folder(site), "*", SearchOption.AllDirectories).Order()] : [];

    static string Folder(TestSite site) => Path.Combine(site.Host.Setting("Community:Data")!, "Sites", site.Site.Key, "files");

    static async Task<string?> Worn(Visitor visitor) =>
        (await visitor.Get("/account/picture")).Document.QuerySelector("main .avatar img")?.GetAttribute("src");

    [Fact]
    public async Task Killed_while_a_picture_is_replaced_the_member_has_the_old_one_or_the_new_one_and_the_sweep_finds_the_rest()
    {
        await using var installation = await Installation.Start();
        var (before, after) = (await installation.Host.NewSite(), await installation.Host.NewSite());
        var (anna, ben) = (await before.SignIn("anna"), await after.SignIn("ben"));
        foreach (var person in new[] { anna, ben })
            Assert.Equal(HttpStatusCode.Redirect, (await MemberPictureTests.Post(person, PictureBytes.Png(20, 20))).Status);
        var (annas, bens) = (await Worn(anna), await Worn(ben));

        var program = await installation.Run($"file.written@{before.Site.Key},file.replaced@{after.Site.Key}");
        var first = Unanswered(anna);
        await program.At($"file.written@{before.Site.Key}");
        var second = Unanswered(ben);
        await program.Dead();
        await Task.WhenAll(first, second);

        await installation.StartHost(TimeSpan.Zero);
        Assert.Equal(annas, await Worn(anna));
        Assert.NotEqual(bens, await Worn(ben));
        foreach (var (site, person) in new[] { (before, anna), (after, ben) })
        {
            var now = installation.Now(site);
            Assert.Equal(HttpStatusCode.OK, (await now.Visitor().Get((await Worn(person))!)).Status);
            Assert.Equal((1, 2), (await now.Db(db => db.Files.CountAsync()), FilesOf(now).Count));
            foreach (var file in FilesOf(now))
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-2));
            await now.With<IServiceProvider, int>(async s =>
            {
                await Microsoft
                    .Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<SweepFiles>(s)
                    .Handle(new Tick(), CancellationToken.None);
                return 0;
            });
            Assert.Equal((await Worn(person))!.Split('/', '.')[2], Path.GetFileName(Assert.Single(FilesOf(now))));
        }

        static async Task Unanswered(Visitor person)
        {
            try { await MemberPictureTests.Post(person, PictureBytes.Png(30, 30)); }
            catch (HttpRequestException) { /* It died. */ }
        }
    }

    [Fact]
    public async Task Killed_while_a_picture_for_a_post_is_kept_the_form_sent_again_is_one_post_with_it()
    {
        await using var installation = await Installation.Start();
        var (first, second) = (await installation.Host.NewSite(), await installation.Host.NewSite());
        var (anna, ben) = (await first.SignIn("anna"), await second.SignIn("ben"));
        var (annas, bens) = (await anna.Get("/boards/general/new"), await ben.Get("/boards/general/new"));
        (string, byte[])[] files = [("a.png", PictureBytes.Png(700, 30))];

        // Between the file and its row; and behind the upload's commit, before the post's.
        var program = await installation.Run($"file.written@{first.Site.Key},commit.after@{second.Site.Key}");
        var sent = Unanswered(anna, annas);
        await program.At($"file.written@{first.Site.Key}");
        var other = Unanswered(ben, bens);
        await program.Dead();
        await Task.WhenAll(sent, other);

        await installation.StartHost(TimeSpan.Zero);
        foreach (var (site, person, page) in new[] { (first, anna, annas), (second, ben, bens) })
        {
            var answer = await AttachmentTests.Send(person, page, "Look", files, "Once");
            Assert.Equal(HttpStatusCode.Redirect, answer.Status);
            var now = installation.Now(site);
            Assert.Equal(
                (1, 1),
                (await now.Db(db => db.Posts.CountAsync()), await now.Db(db => db.Attachments.CountAsync(a => a.PostId != null)))
            );
            var picture = (await now.Visitor().Get(answer.Location!.AbsolutePath)).Document.QuerySelector(".post-text img")!;
            foreach (var version in new[] { "", "-small" })
                Assert.Equal(HttpStatusCode.OK, (await now.Visitor().Get(picture.GetAttribute("src") + version)).Status);
        }

        async Task Unanswered(Visitor person, Page page)
        {
            try { await AttachmentTests.Send(person, page, "Look", files, "Once"); }
            catch (HttpRequestException) { /* It died. */ }
        }
    }

    [Fact]
    public async Task With_the_disk_full_a_picture_is_refused_in_words_and_leaves_nothing_behind()
    {
        await using var installation = await Installation.Start();
        var site = await installation.Host.NewSite();
        var anna = await site.SignIn("anna");
        Assert.Equal(HttpStatusCode.Redirect, (await MemberPictureTests.Post(anna, PictureBytes.Png(20, 20))).Status);
        var (worn, files) = (await Worn(anna), FilesOf(site));

        var program = await installation.Run();
        Assert.Equal(worn, await Worn(anna));
        DiskFullTests.Limit(program, "0");
        // Small uploads are buffered in memory, large ones on disk.
        foreach (var picture in new[] { PictureBytes.Png(30, 30), PictureBytes.Png(300, 300, noise: true) })
        {
            var answer = await MemberPictureTests.Post(anna, picture);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
            Assert.NotNull(answer.Document.QuerySelector("h1"));
        }
        Assert.Equal(files, FilesOf(site));
        DiskFullTests.Limit(program, "unlimited");
        Assert.Equal(worn, await Worn(anna));
        Assert.Equal(HttpStatusCode.Redirect, (await MemberPictureTests.Post(anna, PictureBytes.Png(30, 30))).Status);
        Assert.Single(FilesOf(site));
    }
}
