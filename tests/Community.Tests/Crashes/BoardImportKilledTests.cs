using System.Text;
using Community.Boards;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Crashes;

/// <summary>The program dies while it brings an archive into a board.</summary>
[Trait("needs", "server")]
public sealed class BoardImportKilledTests
{
    [Fact]
    public async Task Killed_in_the_middle_of_an_archive_it_goes_on_and_no_post_is_there_twice()
    {
        const int Posts = ImportPosts.StepOnPostgreSql + 100;
        await using var installation = await Installation.Start();
        var site = await installation.Host.NewSite();
        var admin = await site.SignIn("admin");
        var file = new StringBuilder();
        for (var i = 0; i < Posts; i++)
            file.Append(
                BoardImports.Mail(
                    $"k{i}@x",
                    i % 50 == 0 ? "Topic " + i / 50 : "Re: Topic",
                    "text " + i,
                    answers: i % 50 == 0 ? null : $"k{i - 1}@x"
                )
            );
        var check = await BoardImports.Check(site, admin, file.ToString());

        // Before the commit of a step.
        var program = await installation.Run($"board-import.step@{site.Site.Key}");
        try { await admin.Submit(check.Url, [], "form[action$='/run']"); }
        catch (HttpRequestException) { /* It died meanwhile. */ }
        await program.Dead();
        await installation.StartHost(TimeSpan.FromMinutes(2));
        var now = installation.Now(site);
        var done = await BoardImports.Until(now, check.Id, BoardImportState.Done);
        Assert.Equal((Posts, Posts), (done.Posts, done.Good));
        Assert.Equal(Posts, await now.Db(db => db.Posts.CountAsync(p => p.ImportId == done.Id)));
        var topics = await now.Db(db => db.Posts.Where(p => p.ImportId == done.Id).Select(p => p.TopicId).Distinct().CountAsync());
        Assert.Equal(Posts / 50, topics);
        await now.EventsRead();
        Assert.Empty(await now.With<CheckBoards, List<string>>(async c => await c.Problems(default).ToListAsync()));
    }

    [Fact]
    public async Task Killed_in_the_middle_of_an_export_no_half_file_looks_like_a_whole_one()
    {
        const int Posts = 30;
        await using var installation = await Installation.Start();
        var site = await installation.Host.NewSite();
        var admin = await site.SignIn("admin");
        await site.Fill("general", Posts - 1, n => n - 1);
        var board = await site.Db(db => db.Boards.Where(b => b.Key == "general").Select(b => b.Id).FirstAsync());
        var folder = Directory.CreateTempSubdirectory("community-export-").FullName;
        try
        {
            // By the browser: what it has got does not end as a file ends, so it offers none.
            var page = await admin.Get($"/staff/boards/{board}");
            var program = await installation.Run($"board-export.post@{site.Site.Key}:20");
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => admin.Submit(page, [], "form[action$='/export']"));
            await program.Dead();

            // By a command: the name that was asked for is that of whole files alone.
            var file = Path.Combine(folder, "general.mbox");
            var command = installation.Command($"board-export.post@{site.Site.Key}:20", "boards", "export", site.Site.Key, "general", file);
            await command.Dead();
            Assert.False(File.Exists(file));
            Assert.Equal(0, await installation.Command("", "boards", "export", site.Site.Key, "general", file).Ended());
            Assert.Equal([file], Directory.GetFiles(folder));
            Assert.Equal(
                Posts,
                (await File.ReadAllLinesAsync(file)).Count(l => l.StartsWith("Message-ID:", StringComparison.OrdinalIgnoreCase))
            );

            // Each began with a record of it, also those that were cut off.
            Assert.Equal(3, await site.Db(db => db.Audit.CountAsync(a => a.Action == "boards.exported")));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }
}
