using System.Text;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Community.Tests.Boards;

/// <summary>The archive of a mailing list in a board: checked, imported, taken back.</summary>
[OnBothDatabases]
public sealed class BoardImportTests(TestHost host)
{
    static string Mail(
        string id,
        string subject,
        string text,
        string from = "Hana <hana@list.example>",
        string? answers = null,
        string date = "Mon, 05 Jan 2009 10:00:00 +0900",
        string more = ""
    ) => BoardImports.Mail(id, subject, text, from, answers, date, more);

    [Fact]
    public async Task An_archive_becomes_topics_with_tree_authors_and_dates_and_is_taken_back_as_one_act()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var before = await site.Db(db => db.Posts.CountAsync());
        // The answers stand before what they answer, one references a mail that is not there, one has only its subject.
        var file = Mail("c@x", "Re: [gear 7] Re: 望遠鏡", "> 二つめ\n\n三つめ", "Ume <ume@list.example>", "b@x", "Wed, 07 Jan 2009 10:00:00 +0900")
            + Mail("a@x", "[gear 5] 望遠鏡", "一つめ")
            + Mail("b@x", "Re: 望遠鏡", "二つめ", "\"Momo, K.\" <momo@list.example>", "a@x", "Tue, 06 Jan 2009 10:00:00 +0900")
            + Mail("d@x", "RE: 望遠鏡", "件名だけ", date: "Thu, 08 Jan 2009 10:00:00 +0900")
            + Mail("e@x", "Re: Lost", "first", answers: "gone@x", date: "Fri, 09 Jan 2009 10:00:00 +0900")
            + Mail("f@x", "Re: Lost", "second", answers: "gone@x", date: "Sat, 10 Jan 2009 10:00:00 +0900")
            + Mail("g@x", "Fwd: 望遠鏡", "new", date: "Sun, 11 Jan 2009 10:00:00 +0900")
            + Mail("b@x", "Re: 望遠鏡", "二つめ", "\"Momo, K.\" <momo@list.example>", "a@x", "Tue, 06 Jan 2009 10:00:00 +0900");
        var check = await BoardImports.Check(site, admin, file);
        Assert.Equal((8, 7, 3, 1, 0), (check.Found, check.Good, check.Topics, check.Known, check.Bad));
        Assert.Equal(before, await site.Db(db => db.Posts.CountAsync()));
        Assert.Contains("一つめ", (await admin.Get(check.Url)).Text);

        var done = await BoardImports.Press(site, admin, check.Id, "run", BoardImportState.Done);
        Assert.Equal(7, done.Posts);
        var posts = await BoardImports.Posts(site, done.Id);
        var telescope = posts.Where(p => p.Topic.Title == "望遠鏡").ToList();
        Assert.Equal([(1, null), (2, 1), (3, 2), (4, (int?)1)], telescope.Select(p => (p.Number, p.ParentNumber)));
        Assert.Equal(["Hana", "Momo, K.", "Ume", "Hana"], telescope.Select(p => p.GuestName));
        Assert.Equal(new DateTime(2009, 1, 6, 1, 0, 0), telescope[1].At);
        Assert.All(telescope, p => Assert.Null(p.Title));
        Assert.Equal((3, new DateTime(2009, 1, 8, 1, 0, 0)), (telescope[0].Topic.Replies, telescope[0].Topic.LastPostAt));
        Assert.Equal([(1, null), (2, (int?)1)], posts.Where(p => p.Topic.Title == "Lost").Select(p => (p.Number, p.ParentNumber)));

        // A visitor sees names, and never an address.
        var topic = await site.Visitor().Get($"/boards/general/{telescope[0].TopicId}?view=tree");
        Assert.Contains("Momo, K.", topic.Text);
        Assert.DoesNotContain("list.example", topic.Html);
        await site.EventsRead();
        Assert.Equal(before + 7, await site.Db(db => db.Boards.SumAsync(b => b.PostCount)));

        // The same file again brings nothing.
        var again = await BoardImports.Check(site, admin, file);
        Assert.Equal((8, 0), (again.Known, again.Good));
        // A check that was stopped brought nothing: it can be forgotten, too.
        await site.Db(db => db.BoardImports.Where(i => i.Id == again.Id)
            .ExecuteUpdateAsync(s => s.SetProperty(i => i.State, BoardImportState.Stopped)));
        await admin.Submit(again.Url, [], "form[action$='/discard']");
        Assert.False(await site.Db(db => db.BoardImports.AnyAsync(i => i.Id == again.Id)));

        // What somebody has answered stays, with what it answers.
        var anna = await site.SignIn("anna");
        await anna.Submit($"/boards/general/{telescope[0].TopicId}/reply?to=2", new() { ["text"] = "Thanks" });
        var undone = await BoardImports.Press(site, admin, done.Id, "undo", BoardImportState.Undone);
        Assert.Equal((5, 2), (undone.Undone, undone.Left));
        Assert.Equal([1, 2, 5], await site.Db(db => db.Posts.Where(p => p.TopicId == telescope[0].TopicId).Select(p => p.Number).Order()
            .ToListAsync()));
        await site.EventsRead();
        Assert.Equal(before + 3, await site.Db(db => db.Boards.SumAsync(b => b.PostCount)));
        Assert.Empty(await site.With<CheckBoards, List<string>>(async c => await c.Problems(default).ToListAsync()));
    }

    [Fact]
    public async Task Old_posts_are_unread_by_nobody_told_to_nobody_and_do_not_come_first()
    {
        var site = await host.NewSite();
        var (admin, anna) = (await site.SignIn("admin"), await site.SignIn("anna"));
        await anna.Submit("/boards/general/new", new() { ["title"] = "Today", ["text"] = "now" });
        var mails = await site.Db(db => db.Set<SystemMail>().CountAsync());
        var done = await BoardImports.Import(site, admin, Mail("n1@x", "Old", "before", "Anna <anna@example.com>")
            + Mail("n2@x", "Re: Old", "answer", answers: "n1@x"), members: true);
        await site.EventsRead();
        var posts = await BoardImports.Posts(site, done.Id);
        Assert.Equal(
            "anna@example.com",
            await site.Db(db => db.Posts.Where(p => p.Id == posts[0].Id).Select(p => p.Author!.Email).FirstAsync())
        );
        Assert.Null(posts[1].AuthorId);
        var board = await anna.Get("/boards/general?view=posts");
        var text = board.Text;
        Assert.True(text.IndexOf("Today", StringComparison.Ordinal) < text.IndexOf("answer Hana", StringComparison.Ordinal), text);
        foreach (var reader in new[] { anna, admin, await site.SignIn("ben") })
        {
            var page = await reader.Get("/boards/general?view=topics");
            Assert.DoesNotContain(
                "unread",
                page.Document.QuerySelectorAll(".topic-list li").First(l => l.TextContent.Contains("Old")).ClassName
            );
        }
        Assert.Equal(mails, await site.Db(db => db.Set<SystemMail>().CountAsync()));
        Assert.Equal("Today", await site.Db(db => db.Boards.Where(b => b.Key == "general")
            .SelectMany(b => db.Set<Post>().Where(p => p.Id == b.LastPostId)).Select(p => p.Topic.Title).FirstAsync()));
        // Operators read of the latest post, not of the one with the highest id.
        var older = await BoardImports.Import(site, admin, Mail("n3@x", "Older", "in another board"), "lounge");
        await site.EventsRead();
        var status = await site.With<IServiceProvider, IReadOnlyList<StatusLine>>(s => new BoardsModule().Status(s, default));
        Assert.Equal(
            await site.Db(db => db.Posts.MaxAsync(p => (DateTime?)p.At)),
            Assert.Single(status, l => l.Text == "boards.status.last").At
        );
        // Whoever is erased leaves no Message-ID, in no list.
        await site.Db(db =>
        {
            db.BoardImportFaults.Add(new() { ImportId = older.Id, Number = 1, Key = "n3@x", Reason = "boards.import.note.date" });
            return db.SaveChangesAsync();
        });
        var eraser = await site.Reader("admin");
        Assert.Equal(1, await site.With<ImportBoard, int>(i => i.EraseGuest(eraser, "hana@list.example", default)));
        Assert.Null(await site.Db(db => db.BoardImportFaults.Select(f => f.Key).SingleAsync()));
        Assert.Equal("", await site.Db(db => db.ImportedPosts.Where(p => p.ImportId == older.Id).Select(p => p.Key).SingleAsync()));
    }

    [Fact]
    public async Task A_sender_becomes_a_member_only_by_a_confirmed_address_and_if_staff_say_so()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com")
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.ConfirmedAt, (DateTime?)null)));
        var file = Mail("m1@x", "A", "a", "Anna <ANNA@example.com>") + Mail("m2@x", "B", "b", "Ben <ben@example.com>");
        var no = await BoardImports.Import(site, admin, file);
        Assert.All(await BoardImports.Posts(site, no.Id), p => Assert.Null(p.AuthorId));
        await BoardImports.Press(site, admin, no.Id, "undo", BoardImportState.Undone);
        Assert.Equal(0, await site.Db(db => db.Guests.CountAsync()));
        var yes = await BoardImports.Import(site, admin, file, members: true);
        Assert.Equal([true, false], (await BoardImports.Posts(site, yes.Id)).Select(p => p.AuthorId is not null));

        // The guest asks to be erased.
        await admin.Submit("/staff/boards/import", new() { ["who"] = "BEN@example.com" }, "form[action$='/guest']");
        Assert.Equal(0, await site.Db(db => db.Guests.CountAsync(g => g.Name != null || g.Address != null)));
        Assert.Equal(0, await site.Db(db => db.Posts.CountAsync(p => p.GuestName != null)));
        Assert.Equal(0, await site.Db(db => db.Topics.CountAsync(t => t.GuestName != null || t.LastGuestName != null)));
    }

    [Fact]
    public async Task Broken_messages_are_left_out_and_listed_with_place_id_and_reason()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var file = new MemoryStream();
        void Add(string text) => file.Write(Encoding.UTF8.GetBytes(text));
        for (var i = 0; i < 20; i++) Add(Mail($"g{i}@x", "Good " + i, "text"));
        Add("From nul@x.example Mon Jan  5 10:00:00 2009\nX: y\n\n");
        file.Write(new byte[2000]);
        Add("\n\n");
        Add("From none@x.example Mon Jan  5 10:00:00 2009\nX-Nothing: here\n\nno header\n\n");
        Add(Mail("blank@x", "Blank", "  "));
        Add(Mail("secret@x", "Secret", "--e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--e--", more:
            "Content-Type: multipart/encrypted; boundary=e\n"));
        for (var i = 20; i < 40; i++) Add(Mail($"g{i}@x", "Good " + i, "text"));
        Add(Mail("cut@x", "Cut", "--b\nContent-Type: text/plain\n\nbegin", more: "Content-Type: multipart/mixed; boundary=b\n").TrimEnd());
        var done = await BoardImports.Import(site, admin, file.ToArray());
        Assert.Equal((40, 5), (done.Posts, done.Bad));
        var faults = await site.Db(db =>
            db.BoardImportFaults.Where(f => f.ImportId == done.Id && !f.IsNote).OrderBy(f => f.Id).ToListAsync()
        );
        Assert.Equal([21, 22, 23, 24, 45], faults.Select(f => f.Number));
        Assert.Equal(
            [
                (null, "boards.import.bad.no-header"), (null, "boards.import.bad.no-header"), ("blank@x", "boards.import.bad.no-text"),
                ("secret@x", "boards.import.bad.encrypted"), ("cut@x", "boards.import.bad.cut"),
            ],
            faults.Select(f => (f.Key, f.Reason)));
        Assert.Equal("From nul@x.example"u8.ToArray(), file.ToArray()[(int)faults[0].Place..][..18]);
        Assert.Contains("cut@x", (await admin.Get(done.Url)).Text);
    }

    [Fact]
    public async Task Files_of_mails_are_kept_by_the_same_checks_as_those_of_posts()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var png = Convert.ToBase64String(Picture());
        var text = "--b\nContent-Type: text/html; charset=utf-8\n\n<p>See <b>both</b></p><script>alert(1)</script>\n"
            + $"--b\nContent-Type: image/png; name=\"a.png\"\nContent-Transfer-Encoding: base64\n\n{png}\n"
            + "--b\nContent-Type: text/x-patch; name=\"fix.patch\"\nContent-Disposition: attachment; filename=\"fix.patch\"\n\n+line\n"
            + "--b\nContent-Type: application/octet-stream; name=\"run.exe\"\nContent-Transfer-Encoding: base64\n\n"
            + "TVqQAAMAAAAEAAAA\n--b--\n";
        var done = await BoardImports.Import(site, admin, Mail("f@x", "Files", text, more: "Content-Type: multipart/mixed; boundary=b\n"));
        Assert.Equal((1, 2, 3), (done.Posts, done.Files, done.FilesFound));
        var post = (await BoardImports.Posts(site, done.Id))[0];
        Assert.StartsWith("See **both**", post.Text);
        Assert.DoesNotContain("alert", post.Text);
        var files = await site.Db(db => db.Attachments.Where(a => a.PostId == post.Id).OrderBy(a => a.Id).ToListAsync());
        Assert.Equal(["a", "fix.patch"], files.Select(f => Path.GetFileNameWithoutExtension(f.Name)));
        Assert.All(files, f => Assert.Contains(f.Key, post.Text));
        Assert.Equal(
            "run.exe",
            await site.Db(db => db.BoardImportFaults.Where(f => f.ImportId == done.Id).Select(f => f.What).FirstAsync())
        );
        using var got = await site.Visitor().Download(files[1].Url);
        Assert.Equal("+line", (await got.Content.ReadAsStringAsync()).Trim());
        // Taken back, the files are gone too.
        await BoardImports.Press(site, admin, done.Id, "undo", BoardImportState.Undone);
        Assert.Equal(0, await site.Db(db => db.Attachments.CountAsync()));
        Assert.Equal(0, await site.Db(db => db.Files.CountAsync(f => f.Purpose == FilePurpose.Post)));
    }

    static byte[] Picture()
    {
        using var bitmap = new SkiaSharp.SKBitmap(8, 8);
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 90);
        return data.ToArray();
    }

    Dictionary<string, string?> Settings
    {
        get
        {
            var options = host.Services.GetRequiredService<IOptions<CommunityOptions>>().Value;
            return new()
            {
                ["Community:Data"] = options.Data,
                ["Community:Database"] = options.Database,
                ["environment"] = "Production",
                ["Community:Relay"] = "smtp://127.0.0.1:1",
            };
        }
    }

    [Fact]
    public async Task A_file_on_the_server_is_imported_by_a_command_and_members_have_no_way_to_it()
    {
        var site = await host.NewSite();
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, Mail("cmd@x", "By command", "text") + "From x\n");
        var (code, output, _) = await Commands.Run(["boards", "import", site.Site.Key, "general", path], Settings);
        File.Delete(path);
        Assert.True(code == 0, output);
        Assert.Contains("1 posts in 1 topics", output);
        Assert.Equal(1, (await Commands.Run(["boards", "import", site.Site.Key, "general", path], Settings)).Code);
        var anna = await site.SignIn("anna");
        foreach (var address in new[] { "/staff/boards/import", "/staff/boards/import/1" })
            Assert.NotEqual(System.Net.HttpStatusCode.OK, (await anna.Get(address)).Status);
    }

    [Fact]
    public async Task What_no_database_stores_in_a_file_of_posts_stops_no_import()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        // No dates, so that each subject stands in a note; names, emoji and choices of nobody.
        string[] lines =
        [
            """{"id":"a","subject":"A\u0000B","text":"One \u0000 words","author":"N\u0000N","at":"2009-01-05T10:00:00Z"}""",
            """{"id":"b","subject":"C\u0000D","text":"Two","hiddenReason":"x\u0000y","reactions":{"\u0000":3,"👍":1},"""
                + """ "reacted":[{"by":"\u0000@x","emoji":"👍","at":"2009-01-05T10:00:00Z"}],"""
                + """ "files":[{"name":"f\u0000.txt","content":"eA=="}]}""",
            """{"id":"c","subject":"E\u0000F"}""",
            """{"id":"d\u0000","subject":"P","text":"Poll","poll":{"question":"Q\u0000?","options":["1\u0000","2"],"named":true,"""
                + """ "ballots":{"1":1},"votes":[{"by":"a\u0000b","choices":1,"at":"2009-01-05T10:00:00Z"}]}}""",
        ];
        var check = await BoardImports.Check(site, admin, string.Join('\n', lines), members: true);
        Assert.Equal((4, 1), (check.Found, check.Bad));
        Assert.Equal(3, (await BoardImports.Press(site, admin, check.Id, "run", BoardImportState.Done)).Posts);
        Assert.Contains(await site.Db(db => db.BoardImportFaults.Select(f => f.What).ToListAsync()), what => what == "CD");
    }

    [Fact]
    public async Task Mails_that_would_take_all_memory_or_hours_to_read_are_passed_over_or_read_in_a_moment()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var ats = new string('@', 300_000);
        var file = Mail("a@x", "Re: " + string.Concat(Enumerable.Repeat("Re:", 200_000)) + " x", "One")
            + Mail("b@x", "Two", "Two", from: $"a{ats}a (")
            + Mail("c@x", "Three", string.Concat(Enumerable.Repeat("--p\n\n", 200_000)) + "--p--",
                more: "Content-Type: multipart/mixed; boundary=\"p\"\n")
            + Mail("d@x", "Four", string.Concat(Enumerable.Repeat("<b>", 400)) + new string('<', 900_000),
                more: "Content-Type: text/html\n")
            + Mail("e@x", "Five", "Five", more: string.Concat(Enumerable.Repeat("X:\n", 200_000)))
            // An archive of ours with a poll that is half a sign, and a key that no database stores.
            + Mail("f%00@x", "Six", "Six", more: "X-Community-Format: markdown\nX-Community-Keys: escaped\n"
                + """X-Community-Poll: {"question":"\ud800","options":["a","b"]}""" + "\n");
        var check = await BoardImports.Check(site, admin, file);
        Assert.Equal((6, 2), (check.Found, check.Bad));
        Assert.Equal(["c@x", "e@x"], await site.Db(db => db.BoardImportFaults.Where(f => f.Reason == "boards.import.bad.large")
            .OrderBy(f => f.Number).Select(f => f.Key).ToListAsync()));
    }

    [Fact]
    public async Task Of_two_imports_into_a_board_that_are_begun_at_once_one_waits()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite has one writer.");
        var site = await host.NewSite();
        var (visitor, admin) = (await site.SignIn("admin"), await site.Reader("admin"));
        var (one, other) = (await BoardImports.Check(site, visitor, Mail("a@x", "One", "1")),
            await BoardImports.Check(site, visitor, Mail("b@x", "Two", "2")));
        var begun = Task.FromResult(false);
        await site.Db(async db =>
        {
            await using var change = await db.Change();
            // The first is allowed to begin, and not committed.
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({0x496d70}, {(int)one.BoardId})");
            await db.BoardImports.Where(i => i.Id == one.Id)
                .ExecuteUpdateAsync(s => s.SetProperty(i => i.State, BoardImportState.Running));
            begun = site.With((ImportBoard i) => i.Run(admin, other.Id, default));
            await TestSite.Until(async () => begun.IsCompleted || await Waits(db), "the second waits, or has passed it");
            await change.Commit();
            return 0;
        });
        Assert.Equal("boards.import.refused.other", (await Assert.ThrowsAsync<Refused>(() => begun)).Message);
    }

    /// <summary>Whether somebody waits for a lock of this connection's transaction.</summary>
    static Task<bool> Waits(SiteDb db) =>
        db.Database.SqlQuery<bool>(
            $"""
            SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))) AS "Value"
            """
        ).SingleAsync();
}
