using System.Text;
using Community.Boards;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Crashes;

/// <summary>The program dies while it brings an archive into a board.</summary>
[Trait("needs", "server")]
public sealed class BoardImportKilledTests
{
    static BoardImportKilledTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    const int Posts = 620, Topic = 40;

    static bool IsBad(int i) => i % 97 == 5;

    /// <summary>The later in the file, the older: an import goes back and forth in it.</summary>
    static string DateOf(int i) => new DateTime(2009, 1, 1).AddMinutes(-i).ToString("s") + "Z";

    static string Table(char separator, string end) =>
        string.Join(separator, "id", "topic", "answers", "author", "at", "title", "text") + end
        + string.Concat(Enumerable.Range(0, Posts).Select(i => string.Join(
            separator,
            $"k{i}", $"t{i / Topic}", i % Topic == 0 ? "" : $"k{i - 1}", "花子 " + i % 7, DateOf(i), $"表の題 {i / Topic}",
            // Over two lines, with all signs.
            IsBad(i) ? "x" + separator + "surplus" : $"\"能\n{separator} \"\"{i}\"\"\"") + end));

    static string Objects(string separator) => string.Join(separator, Enumerable.Range(0, Posts).Select(i =>
        IsBad(i) ? $$"""{"id":"k{{i}}","text":[] }""" : $$"""
            {"id":"k{{i}}","topic":"t{{i / Topic}}",{{(i % Topic == 0 ? "" : $"\"answers\":\"k{i - 1}\",")}}"author":"花子 {{i % 7}}",
            "at":"{{DateOf(i)}}","title":"表の題 {{i / Topic}}","text":"能 }{{i}}"}
            """.ReplaceLineEndings(" ")));

    static string Mails() => string.Concat(Enumerable.Range(0, Posts).Select(i => IsBad(i)
        ? "From none@x.example Mon Jan  5 10:00:00 2009\nX-Nothing: here\n\nno header\n\n"
        : BoardImports.Mail($"k{i}@x", i % Topic == 0 ? $"表の題 {i / Topic}" : "Re: 表の題", "From 能 " + i, $"花子 {i % 7} <h{i % 7}@x.example>",
            i % Topic == 0 ? null : $"k{i - 1}@x", new DateTime(2009, 1, 1).AddMinutes(-i).ToString("r"))));

    const string Epoch = "1231113600";

    static string PhpBb() =>
        "CREATE TABLE phpbb_acl_groups (\n  `group_id` int\n);\n"
        + "INSERT INTO phpbb_forums (forum_id, forum_name) VALUES (1,'道具');\n"
        + "INSERT INTO phpbb_users (user_id, user_type, username, user_email) VALUES (2,0,'花子','');\n"
        + "INSERT INTO phpbb_topics "
        + "(topic_id, forum_id, topic_title, topic_first_post_id, topic_status, topic_type, topic_moved_id) VALUES "
        + string.Join(",\n", Enumerable.Range(0, Posts / Topic + 1).Select(t => $"({t + 1},1,'表の題 {t}',{t * Topic + 1},0,0,0)")) + ";\n"
        + "INSERT INTO phpbb_posts (post_id, topic_id, poster_id, post_time, post_text) VALUES "
        + string.Join(",\n", Enumerable.Range(0, Posts).Select(i =>
            $"({i + 1},{i / Topic + 1},2,{long.Parse(Epoch) - i},'{(IsBad(i) ? "" : $"<t>能 [b]{i}[/b]</t>")}')")) + ";\n";

    static string Discourse()
    {
        static string Table(string name, string columns, IEnumerable<string> rows) =>
            $"COPY public.{name} ({columns}) FROM stdin;\n{string.Concat(rows.Select(r => r.Replace('|', '\t') + "\n"))}\\.\n\n";
        return Table("categories", "id, name, read_restricted", ["1|道具|f"])
            + Table("posts", "id, user_id, topic_id, post_number, created_at, reply_to_post_number, post_type, raw",
                Enumerable.Range(0, Posts).Select(i => $@"{i}|1|{i / Topic}|{i % Topic + 1}|{DateOf(i)}|"
                    + $@"{(i % Topic < 2 ? @"\N" : i % Topic)}|1|{(IsBad(i) ? "" : $@"能\n**{i}**")}"))
            + Table("topics", "id, title, category_id, archetype, created_at, visible",
                Enumerable.Range(0, Posts / Topic + 1).Select(t => $"{t}|表の題 {t}|1|regular|{DateOf(t)}|t"))
            + Table("users", "id, username, name", ["1|hana|花子"]);
    }

    /// <summary>The file that the converter makes of a backup.</summary>
    static async Task<byte[]> Converted(TestSite site, string kind, string dump)
    {
        var folder = Directory.CreateTempSubdirectory("community-convert-").FullName;
        try
        {
            var (file, said) = (Path.Combine(folder, "dump.sql"), new StringWriter());
            await File.WriteAllTextAsync(file, dump);
            var command = new BoardsModule().Commands.All.Single(c => c.Name == "convert");
            var code = await command.Run(new(site.Host.Services.GetRequiredService<SiteScopes>(), site.Site,
                [kind, file, Path.Combine(folder, "out")], said, default));
            Assert.True(code == 0, said.ToString());
            return await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(Path.Combine(folder, "out"), "*.jsonl")));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    static byte[] Written(string charset, string text) =>
        [.. Encoding.GetEncoding(charset).GetPreamble(), .. Encoding.GetEncoding(charset).GetBytes(text)];

    /// <summary>All that tells whether a post stands where it stood in the file.</summary>
    static Task<List<string>> Whole(TestSite site, long import) => site.Db(async db =>
        (await db.Posts.AsNoTracking().Where(p => p.ImportId == import)
            .Select(p => new { p.Topic.Title, p.Number, p.ParentNumber, p.Path, p.At, p.GuestName, p.Text }).ToListAsync())
        .Select(p => p.ToString()!).Order(StringComparer.Ordinal).ToList());

    [Fact]
    public async Task Killed_anywhere_in_a_file_of_any_form_it_goes_on_and_each_post_is_there_once()
    {
        await using var installation = await Installation.Start();
        var first = await installation.Host.NewSite();
        var files = new (string Form, byte[] File)[]
        {
            ("mbox", Written("utf-8", Mails())),
            ("CSV with semicolons", Written("utf-8", Table(';', "\r\n"))),
            ("CSV with tabs in UTF-16", Written("utf-16", Table('\t', "\r\n"))),
            ("CSV in Shift_JIS", Written("shift_jis", Table(',', "\r\n"))),
            ("CSV with carriage returns", Written("utf-8", Table(',', "\r"))),
            ("lines of JSON", Written("utf-8", Objects("\n"))),
            ("an array of JSON on one line in Shift_JIS", Written("shift_jis", $"[{Objects(",")}]")),
            ("converted phpBB", await Converted(first, "phpbb", PhpBb())),
            ("converted Discourse", await Converted(first, "discourse", Discourse())),
        };
        var seed = Seeds.Next();
        var random = new Random(seed);
        var sites = new List<(string Form, TestSite Site, byte[] File)>();
        foreach (var (form, file) in files) sites.Add((form, await installation.Host.NewSite(), file));
        await installation.Host.Stop();
        var folder = Directory.CreateTempSubdirectory("community-import-").FullName;
        try
        {
            foreach (var (form, site, content) in sites)
            {
                var file = Path.Combine(folder, "posts");
                await File.WriteAllBytesAsync(file, content);
                // Before the commit of a step: two are of the check, the others bring posts.
                var step = random.Next(1, 3 + (Posts + ImportPosts.Step - 1) / ImportPosts.Step - 1);
                var command = installation.Command(
                    $"board-import.step@{site.Site.Key}:{step}", "boards", "import", site.Site.Key, "general", file);
                var code = await command.Ended();
                Assert.True(code == 137, $"{form}, step {step}, seed {seed}: {code} {command.Said}");
            }
        }
        finally { Directory.Delete(folder, recursive: true); }

        await installation.StartHost(TimeSpan.FromMinutes(2));
        foreach (var (form, before, file) in sites)
        {
            var site = installation.Now(before);
            var admin = await site.SignIn("admin");
            var id = await site.Db(db => db.BoardImports.Select(i => i.Id).SingleAsync());
            var state = BoardImportState.Checking;
            await TestSite.Until(
                async () => (state = await site.Db(db => db.BoardImports.Select(i => i.State).SingleAsync()))
                    is BoardImportState.Checked or BoardImportState.Done,
                $"the import of {form} goes on, seed {seed}");
            if (state is BoardImportState.Checked) await BoardImports.Press(site, admin, id, "run", BoardImportState.Done);
            var done = await BoardImports.Until(site, id, BoardImportState.Done);
            var bad = Enumerable.Range(0, Posts).Count(IsBad);
            Assert.Equal((form, Posts, Posts - bad, bad), (form, done.Found, done.Posts, done.Bad));
            Assert.Equal(
                Enumerable.Range(0, Posts).Where(IsBad).Select(i => i + 1),
                await site.Db(db => db.BoardImportFaults.Where(f => f.ImportId == id && !f.IsNote).OrderBy(f => f.Id)
                    .Select(f => f.Number).ToListAsync()));
            // The same as the file that nobody disturbs.
            var other = await BoardImports.Import(site, admin, file, "lounge");
            var (killed, calm) = (await Whole(site, id), await Whole(site, other.Id));
            Assert.True(
                killed.SequenceEqual(calm),
                $"{form}, seed {seed}: {killed.Except(calm).FirstOrDefault()}, not {calm.Except(killed).FirstOrDefault()}");
            Assert.Equal(Posts - bad, killed.Count);
            await site.EventsRead();
            Assert.Empty(await site.With<CheckBoards, List<string>>(async c => await c.Problems(default).ToListAsync()));
        }
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
