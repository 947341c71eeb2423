using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Community.Boards;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>Backups of other forums: what comes of them, and their old addresses.</summary>
public sealed class ConvertTests(TestHost host) : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("convert").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    async Task<(int Code, string Said)> Convert(TestSite site, string kind, string file)
    {
        var said = new StringWriter();
        var command = new BoardsModule().Commands.All.Single(c => c.Name == "convert");
        var code = await command.Run(new(
            site.Host.Services.GetRequiredService<SiteScopes>(), site.Site, [kind, file, Path.Combine(folder, "out")], said, default));
        return (code, said.ToString());
    }

    string File(string begins) => Assert.Single(Directory.GetFiles(Path.Combine(folder, "out"), begins + "*.jsonl"));

    // As phpBB 3.0 and 3.2 store them.
    const string Hello = "Hello [b:1a2b3c]bold[/b:1a2b3c] <!-- s:) --><img src=\\\"{SMILIES_PATH}/icon.gif\\\" alt=\\\":)\\\" "
        + "title=\\\"Smile\\\" /><!-- s:) --> it''s; (a)\\n[code:1a2b3c][b]no[/b] :) &lt;br /&gt; # "
        + "x<span class=\\\"syntaxdefault\\\"></span>[/code:1a2b3c]";
    const string Second = "<r>See <ATTACHMENT index=\\\"0\\\"><s>[attachment=0]</s>b.txt<e>[/attachment]</e></ATTACHMENT> and "
        + "<QUOTE author=\\\"Hana\\\"><s>[quote=Hana Sato post_id=3]</s>old\\nwords<e>[/quote]</e></QUOTE></r>";

    const string PhpBb = """
        CREATE TABLE `phpbb_acl_groups` (
          `group_id` int(10) NOT NULL,
          KEY `group_id` (`group_id`)
        ) ENGINE=InnoDB;
        CREATE TABLE `phpbb_attachments` (
          `attach_id` int(10) NOT NULL,
          `post_msg_id` int(10) NOT NULL,
          `in_message` tinyint(1) NOT NULL,
          `physical_filename` varchar(255) NOT NULL,
          `real_filename` varchar(255) NOT NULL,
          `attach_comment` text NOT NULL,
          PRIMARY KEY (`attach_id`)
        );
        INSERT INTO `phpbb_attachments` VALUES (7,11,0,'2_abc','a.txt','the first'),(8,11,0,'2_def','b.txt',''),(9,1,1,'2_x','pm.txt','');
        CREATE TABLE `phpbb_forums` (
          `forum_id` int NOT NULL,
          `forum_name` varchar(255) NOT NULL
        );
        INSERT INTO `phpbb_forums` VALUES (2,'Gear &amp; 道具'),(3,'Elsewhere');
        CREATE TABLE `phpbb_posts` (
          `post_id` int NOT NULL,
          `topic_id` int NOT NULL,
          `poster_id` int NOT NULL,
          `post_time` int NOT NULL,
          `post_username` varchar(255) NOT NULL,
          `post_text` mediumtext NOT NULL,
          `bbcode_uid` varchar(8) NOT NULL,
          `post_edit_time` int NOT NULL,
          `post_visibility` tinyint NOT NULL
        );
        INSERT INTO `phpbb_posts` VALUES (10,34,2,1231113600,'','HELLO','1a2b3c',0,1),
        (11,34,5,1231117200,'','SECOND','',1231117300,1),
        (12,34,1,1231120800,'Passer-by','<t>A guest &amp; friend</t>','',0,1),
        (13,34,99,1231124400,'Gone','<t>of a deleted member</t>','',0,1),
        (14,34,2,1231128000,'','<t>waits</t>','',0,0),(15,34,2,1231128001,'','<t>removed</t>','',0,2),
        (16,77,2,1231128002,'','<t>lost</t>','',0,1);
        CREATE TABLE `phpbb_privmsgs` (
          `msg_id` int NOT NULL,
          `message_text` mediumtext NOT NULL
        );
        INSERT INTO `phpbb_privmsgs` VALUES (1,'a secret); INSERT INTO `phpbb_posts` VALUES (99');
        CREATE TABLE `phpbb_topics` (
          `topic_id` int NOT NULL,
          `forum_id` int NOT NULL,
          `topic_title` varchar(255) NOT NULL,
          `topic_first_post_id` int NOT NULL,
          `topic_status` tinyint NOT NULL,
          `topic_type` tinyint NOT NULL,
          `topic_moved_id` int NOT NULL
        );
        INSERT INTO `phpbb_topics` VALUES
        (34,2,'[1] Kettles &quot;best&quot;',10,1,1,0),(35,2,'Moved',0,2,0,34),(36,3,'Empty',0,0,0,0);
        CREATE TABLE `phpbb_users` (
          `user_id` int NOT NULL,
          `user_type` tinyint NOT NULL,
          `username` varchar(255) NOT NULL,
          `user_email` varchar(100) NOT NULL
        );
        INSERT INTO `phpbb_users` (`user_id`, `user_type`, `username`, `user_email`) VALUES (1,2,'Anonymous',''),
        (2,3,'Hana','hana@forum.example'),(5,0,'Without profile',''),
        (6,2,'Bot','bot@x.example');
        """;

    /// <summary>The same as other programs write it: with the database's name, another prefix, and texts of other forms.</summary>
    static readonly string otherForms = PhpBb
        .Replace("INSERT INTO `phpbb", "REPLACE INTO `the forum`.`phpbb").Replace("`phpbb_", "`my-forum_")
        .Replace("'2_abc'", "_binary'2_abc'").Replace("'2_def'", "x'325F646566'").Replace("'b.txt'", "0x622E747874")
        .Replace("'Passer-by'", "\"Passer-by\" COLLATE utf8_bin");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dump_of_phpBB_becomes_boards_with_all_members_files_and_code_as_it_was(bool other)
    {
        var site = await host.NewSite();
        var dump = Path.Combine(folder, "dump.sql");
        await System.IO.File.WriteAllTextAsync(
            dump, (other ? otherForms : PhpBb).Replace("HELLO", Hello).Replace("SECOND", Second));
        Directory.CreateDirectory(Path.Combine(folder, "files"));
        await System.IO.File.WriteAllTextAsync(Path.Combine(folder, "files", "2_abc"), "one");
        await System.IO.File.WriteAllTextAsync(Path.Combine(folder, "files", "2_def"), "two");
        var (code, said) = await Convert(site, "phpbb", dump);
        Assert.True(code == 0, said);
        Assert.Contains("1 boards, 1 topics, 5 posts, 2 files, 1 members.", said);
        foreach (var left in new[]
        {
            "1 attachments of private messages", "1 members without an e-mail address", "1 posts that wait for approval",
            "1 posts whose topic is not there", "1 topics without a post",
        })
            Assert.Contains($"Left out: {left}.", said);
        var text = await System.IO.File.ReadAllTextAsync(File("2-gear-道具"));
        Assert.DoesNotContain("secret", text);
        var posts = text.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["p10@phpbb", "p11@phpbb", "p12@phpbb", "p13@phpbb", "p15@phpbb"], posts.Select(p => p.GetProperty("id").GetString()));
        Assert.Equal(
            ["Hana", "Without profile", "Passer-by", "Gone", "Hana"], posts.Select(p => p.GetProperty("author").GetString()));
        Assert.Equal("[1] Kettles \"best\"", posts[0].GetProperty("subject").GetString());
        Assert.Equal(
            "Hello **bold** \\:) it's; (a)\n\n```\n[b]no[/b] :) <br /> # x\n```", posts[0].GetProperty("text").GetString());
        var second = posts[1].GetProperty("text").GetString()!;
        var files = posts[1].GetProperty("files").EnumerateArray().ToDictionary(
            f => f.GetProperty("name").GetString()!, f => f.GetProperty("mark").GetString()!);
        Assert.StartsWith($"See [b\\.txt](/files/{files["b.txt"]}) and", second);
        Assert.Contains("> Hana Sato\\:\n> \n> old\n> words", second);
        Assert.EndsWith($"[a\\.txt](/files/{files["a.txt"]})\n\nthe first", second);
        Assert.True(posts[4].TryGetProperty("deleted", out _));
        Assert.Equal(
            "email,name\r\n\"hana@forum.example\",\"Hana\"\r\n",
            await System.IO.File.ReadAllTextAsync(Path.Combine(folder, "out", "members.csv")));
    }

    [Fact]
    public async Task A_backup_is_read_however_it_is_packed_and_called_or_refused_in_a_sentence()
    {
        var site = await host.NewSite();
        var file = Path.Combine(folder, "backup");
        async Task<string> Said(string kind, byte[] backup)
        {
            await System.IO.File.WriteAllBytesAsync(file, backup);
            var (code, said) = await Convert(site, kind, file);
            var output = Path.Combine(folder, "out");
            if (Directory.Exists(output)) Directory.Delete(output, recursive: true);
            return $"{code}: {said}";
        }
        var phpBb = Encoding.UTF8.GetBytes(phpBb2);
        foreach (var dump in new[] { phpBb, Packed.Gzip(phpBb), Packed.Zip(("forum.sql", phpBb)) })
            Assert.StartsWith("0: 2 boards, 2 topics, 3 posts", await Said("phpbb", dump));
        var discourse = Encoding.UTF8.GetBytes(Discourse(new string('a', 40)));
        var tar = new MemoryStream();
        var entry = new PaxTarEntry(TarEntryType.RegularFile, "dump.sql.gz") { DataStream = new MemoryStream(Packed.Gzip(discourse)) };
        await using (var writer = new TarWriter(tar, leaveOpen: true)) await writer.WriteEntryAsync(entry);
        byte[][] backups =
            [discourse, Packed.Gzip(discourse), Packed.Zip(("dump.sql", discourse)), tar.ToArray(), Packed.Gzip(tar.ToArray())];
        foreach (var dump in backups)
            Assert.StartsWith("0: 1 boards, 1 topics, 4 posts", await Said("discourse", dump));
        var zeros = new byte[66 * 1024 * 1024];
        foreach (var kind in new[] { "phpbb", "discourse" })
        {
            Assert.Contains("1: The file is packed in a way that is not read", await Said(kind, [.. "BZh91AY&SY"u8, 0, 0]));
            Assert.Contains("1: The ZIP file", await Said(kind, Packed.Zip(("a.sql", phpBb), ("b.sql", phpBb))));
            Assert.Contains("1: Unpacked, the file is larger than 64 MB", await Said(kind, Packed.Gzip(zeros)));
            Assert.Contains("1: The file has a line or value", await Said(kind, zeros));
        }
        var begins = Encoding.UTF8.GetBytes(phpBb2 + "INSERT INTO forum_users (user_id) VALUES('");
        Assert.Contains("1: The file has a line or value", await Said("phpbb", [.. begins, .. zeros]));
        tar.SetLength(0);
        entry = new(TarEntryType.RegularFile, "readme") { DataStream = new MemoryStream([1]) };
        await using (var writer = new TarWriter(tar, leaveOpen: true)) await writer.WriteEntryAsync(entry);
        Assert.Contains("1: The backup has no dump.sql", await Said("discourse", tar.ToArray()));
    }

    [Fact]
    public async Task Tags_that_cross_or_are_never_closed_lose_no_word_and_mark_none_too_many()
    {
        var site = await host.NewSite();
        (string Typed, string Markdown)[] texts =
        [
            ("[b]a[i]b[/b]c[/i]", "**a*b***c"),
            ("[b]one\n\ntwo[/b]", "**one**\n\n**two**"),
            ("[b] x [quote]y[/quote]z[/b]", "\u00A0**x**\n> **y**\n\n**z**"),
            ("[url=https://x.example/][b]a[/url][/b]", "[**a**](https://x.example/)"),
            ("[b]a [url=https://x.example/]b[/b] c[/url]", "**a [b](https://x.example/)** c"),
            ("[url=javascript:x]a[/url] [email=a@x.example]b[/email]", "a [b](mailto:a@x.example)"),
            ("[b]open", "open"),
            ("close[/b]", "close"),
            ("[b][b]a[/b]b[/B]", "**ab**"),
            ("[s]a[u]b[/s][/u]", "~~ab~~"),
            ("[b][/b][i] [/i]", ""),
            ("[quote]a[quote]b[/quote]", "a\n> b"),
            ("[i][list][*]a[*]b[/list][/i]", "- *a*\n- *b*"),
        ];
        var rows = texts.Select((t, i) => $"({20 + i},34,2,{1231200000 + i},'','{t.Typed.Replace("\n", "\\n")}','',0,1)");
        var dump = Path.Combine(folder, "dump.sql");
        await System.IO.File.WriteAllTextAsync(
            dump, PhpBb.Replace("(16,77,2,1231128002,'','<t>lost</t>','',0,1)", string.Join(",\n", rows)));
        var (code, said) = await Convert(site, "phpbb", dump);
        Assert.True(code == 0, said);
        var posts = (await System.IO.File.ReadAllLinesAsync(File("2-gear-道具"))).Select(l => JsonDocument.Parse(l).RootElement)
            .ToDictionary(p => p.GetProperty("id").GetString()!, p => p.GetProperty("text").GetString());
        Assert.Equal(
            texts.Select(t => t.Markdown), texts.Select((_, i) => posts[$"p{20 + i}@phpbb"]!.Replace("> \n", ">\n").TrimEnd()));
    }

    static string Old(string table, string columns, params string[] rows) =>
        string.Concat(rows.Select(r => $"INSERT INTO forum_{table} ({columns}) VALUES({r});\n"));

    /// <summary>As the backup of phpBB 2 itself has it.</summary>
    static readonly string phpBb2 =
        "CREATE TABLE forum_auth_access (\n   group_id mediumint(8) DEFAULT '0' NOT NULL\n);\n"
        + Old("forums", "forum_id, cat_id, forum_name, auth_view, auth_read", "'1', '1', '道具の話', '0', '0'", "'2', '1', 'Members', '0', '1'")
        + Old("posts", "post_id, topic_id, poster_id, post_time, post_username, post_edit_time",
            "'1', '1', '2', '1231113600', '', NULL", "'2', '1', '-1', '1231117200', '通りすがり', '1231117300'",
            "'3', '2', '2', '1231120800', '', '0'")
        + Old("posts_text", "post_id, bbcode_uid, post_subject, post_text",
            @"'1', '0a1b2c3d4e', 'やかん', 'どれが?\n[code:1:0a1b2c3d4e][b]x[/b][/code:1:0a1b2c3d4e]\n"
                + "[b:0a1b2c3d4e]太い[/b:0a1b2c3d4e] &lt;です&gt;'",
            @"'2', '1a1b2c3d4e', '', '[quote:1a1b2c3d4e=\""花\""]どれが[/quote:1a1b2c3d4e]\nit\'s'",
            "'3', '', '', 'for members'")
        + Old("privmsgs_text", "privmsgs_text_id, privmsgs_text", "'1', 'a secret'")
        + Old("topics", "topic_id, forum_id, topic_title, topic_first_post_id, topic_status, topic_type, topic_moved_id",
            "'1', '1', 'やかん', '1', '1', '1', '0'", "'2', '2', 'Inside', '3', '0', '0', '0'")
        + Old("users", "user_id, username, user_email, user_active",
            "'-1', 'Anonymous', '', '0'", "'2', '花', 'hana@forum.example', '1'")
        + Old("vote_desc", "vote_id, topic_id, vote_text, vote_start, vote_length", "'7', '1', '銅か鉄か', '1231113600', '86400'")
        + Old("vote_results", "vote_id, vote_option_id, vote_option_text, vote_result", "'7', '1', '銅', '3'", "'7', '2', '鉄', '0'");

    [Theory]
    [InlineData("utf-8")]
    [InlineData("euc-jp")]
    [InlineData("shift_jis")]
    public async Task A_dump_of_phpBB_2_becomes_boards_in_whatever_charset_it_is(string charset)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var site = await host.NewSite();
        // Packed, and not called so.
        var dump = Path.Combine(folder, "dump.sql");
        await using (var packed = new GZipStream(System.IO.File.Create(dump), CompressionLevel.Fastest))
            await packed.WriteAsync(Encoding.GetEncoding(charset).GetBytes(phpBb2));
        var (code, said) = await Convert(site, "phpbb", dump);
        Assert.True(code == 0, said);
        Assert.Contains("2 boards, 2 topics, 3 posts, 0 files, 1 members.", said);
        Assert.EndsWith(".private.jsonl", File("2-members"));
        var text = await System.IO.File.ReadAllTextAsync(File("1-道具の話"));
        Assert.DoesNotContain("secret", text);
        var posts = text.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["花", "通りすがり"], posts.Select(p => p.GetProperty("author").GetString()));
        Assert.Equal(["p1@phpbb", "p2@phpbb"], posts.Select(p => p.GetProperty("id").GetString()));
        Assert.Equal("やかん", posts[0].GetProperty("subject").GetString());
        Assert.Equal(
            "どれが?\n\n```\n[b]x[/b]\n```\n\n**太い** <です>", posts[0].GetProperty("text").GetString()!.Replace("\\", ""));
        Assert.Contains("> どれが", posts[1].GetProperty("text").GetString());
        Assert.EndsWith("it's", posts[1].GetProperty("text").GetString());
        Assert.Equal("2009-01-05T01:01:40.000Z", posts[1].GetProperty("edited").GetString());
        Assert.True(posts[0].TryGetProperty("locked", out _) && posts[0].TryGetProperty("pinned", out _));
        var poll = posts[0].GetProperty("poll");
        Assert.Equal(("銅か鉄か", "{\"1\":3}"), (poll.GetProperty("question").GetString(), poll.GetProperty("ballots").GetRawText()));
    }

    const string Polls = """
        CREATE TABLE `phpbb_acl_groups` (
          `group_id` int NOT NULL,
          `forum_id` int NOT NULL,
          `auth_option_id` int NOT NULL,
          `auth_role_id` int NOT NULL,
          `auth_setting` tinyint NOT NULL
        );
        INSERT INTO `phpbb_acl_groups` VALUES (1,2,0,17,0),(1,4,20,0,0),(2,3,0,17,0),(2,4,20,0,1);
        CREATE TABLE `phpbb_acl_options` (
          `auth_option_id` int NOT NULL,
          `auth_option` varchar(50) NOT NULL
        );
        INSERT INTO `phpbb_acl_options` VALUES (19,'f_post'),(20,'f_read');
        CREATE TABLE `phpbb_acl_roles_data` (
          `role_id` int NOT NULL,
          `auth_option_id` int NOT NULL,
          `auth_setting` tinyint NOT NULL
        );
        INSERT INTO `phpbb_acl_roles_data` VALUES (17,20,1),(16,20,0);
        CREATE TABLE `phpbb_forums` (
          `forum_id` int NOT NULL,
          `forum_name` varchar(255) NOT NULL,
          `forum_password` varchar(255) NOT NULL
        );
        INSERT INTO `phpbb_forums` VALUES (2,'Open',''),(3,'Members',''),(4,'Refused',''),(5,'Locked','secret');
        CREATE TABLE `phpbb_groups` (
          `group_id` int NOT NULL,
          `group_name` varchar(255) NOT NULL
        );
        INSERT INTO `phpbb_groups` VALUES (1,'GUESTS'),(2,'REGISTERED');
        CREATE TABLE `phpbb_poll_options` (
          `poll_option_id` tinyint NOT NULL,
          `topic_id` int NOT NULL,
          `poll_option_text` text NOT NULL,
          `poll_option_total` int NOT NULL
        );
        INSERT INTO `phpbb_poll_options` VALUES (1,10,'<t>緑茶 &amp; 🍵</t>',3),
        (2,10,'[b:1a2b3c]Black[/b:1a2b3c]',1),(1,11,'Yes',4),(2,11,'No',0);
        CREATE TABLE `phpbb_poll_votes` (
          `topic_id` int NOT NULL,
          `poll_option_id` tinyint NOT NULL,
          `vote_user_id` int NOT NULL,
          `vote_user_ip` varchar(40) NOT NULL
        );
        INSERT INTO `phpbb_poll_votes` VALUES (10,1,2,'192.0.2.7'),(10,2,2,'192.0.2.7'),(10,1,1,'192.0.2.8'),(10,1,1,'192.0.2.9');
        CREATE TABLE `phpbb_posts` (
          `post_id` int NOT NULL,
          `topic_id` int NOT NULL,
          `poster_id` int NOT NULL,
          `post_time` int NOT NULL,
          `post_username` varchar(255) NOT NULL,
          `post_text` mediumtext NOT NULL,
          `bbcode_uid` varchar(8) NOT NULL,
          `post_visibility` tinyint NOT NULL
        );
        INSERT INTO `phpbb_posts` VALUES (1,10,2,1231113600,'','<t>one</t>','',1),(2,11,2,1231113601,'','<t>two</t>','',1),
        (3,12,2,1231113602,'','<t>three</t>','',1),(4,13,2,1231113603,'','<t>four</t>','',1),(5,14,2,1231113604,'','<t>five</t>','',2);
        CREATE TABLE `phpbb_topics` (
          `topic_id` int NOT NULL,
          `forum_id` int NOT NULL,
          `topic_title` varchar(255) NOT NULL,
          `topic_first_post_id` int NOT NULL,
          `topic_status` tinyint NOT NULL,
          `topic_type` tinyint NOT NULL,
          `topic_moved_id` int NOT NULL,
          `topic_visibility` tinyint NOT NULL,
          `poll_title` varchar(255) NOT NULL,
          `poll_start` int NOT NULL,
          `poll_length` int NOT NULL,
          `poll_max_options` tinyint NOT NULL,
          `poll_vote_change` tinyint NOT NULL
        );
        INSERT INTO `phpbb_topics` VALUES (10,2,'Tea',1,0,0,0,1,'Which &quot;tea&quot;?',1231113600,86400,2,1),
        (11,3,'Cake',2,0,0,0,1,'Cake?',1231113601,0,1,0),(12,4,'Refused',3,0,0,0,1,'',0,0,1,0),(13,5,'Locked',4,0,0,0,1,'',0,0,1,0),
        (14,2,'Gone',5,0,0,0,2,'',0,0,1,0);
        CREATE TABLE `phpbb_users` (
          `user_id` int NOT NULL,
          `user_type` tinyint NOT NULL,
          `username` varchar(255) NOT NULL,
          `user_email` varchar(100) NOT NULL
        );
        INSERT INTO `phpbb_users` VALUES (1,2,'Anonymous',''),(2,3,'Hana','hana@forum.example');
        """;

    [Fact]
    public async Task Polls_of_phpBB_keep_their_numbers_and_what_guests_did_not_read_stays_private()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var dump = Path.Combine(folder, "dump.sql");
        await System.IO.File.WriteAllTextAsync(dump, Polls);
        var (code, said) = await Convert(site, "phpbb", dump);
        Assert.True(code == 0, said);
        Assert.Contains("Left out: 1 posts of deleted topics.", said);
        Assert.Equal(
            ["2-open.jsonl", "3-members.private.jsonl", "4-refused.private.jsonl", "5-locked.private.jsonl"],
            Directory.GetFiles(Path.Combine(folder, "out"), "*.jsonl").Select(f => Path.GetFileName(f)).Order());
        Assert.Contains("3-members.private.jsonl: Members (not everybody reads it)", said);
        var text = await System.IO.File.ReadAllTextAsync(File("2-"));
        Assert.DoesNotContain("192.0.2", text);
        var poll = JsonDocument.Parse(text).RootElement.GetProperty("poll");
        Assert.Equal("Which \"tea\"?", poll.GetProperty("question").GetString());
        Assert.Equal(["緑茶 & 🍵", "Black"], poll.GetProperty("options").EnumerateArray().Select(o => o.GetString()));
        Assert.Equal("{\"1\":2,\"3\":1}", poll.GetProperty("ballots").GetRawText());
        Assert.Equal("2009-01-06T00:00:00.000Z", poll.GetProperty("ends").GetString());
        // Of votes that were not kept singly, the numbers.
        var cake = JsonDocument.Parse(await System.IO.File.ReadAllTextAsync(File("3-"))).RootElement.GetProperty("poll");
        Assert.Equal("{\"1\":4}", cake.GetProperty("ballots").GetRawText());
        var done = await BoardImports.Import(site, admin, await System.IO.File.ReadAllBytesAsync(File("2-")), "lounge");
        Assert.Equal((1, 0), (done.Posts, done.Bad));
        Assert.Equal(("3 1", 3), await site.Db(db => db.Polls.Select(p => new ValueTuple<string, int>(p.Counts, p.Voters)).SingleAsync()));
        // What not everybody read is not imported where everybody does.
        var boards = await site.Db(db => db.Boards.ToDictionaryAsync(b => b.Key, b => b.Id));
        var actor = await site.Reader("admin");
        var content = await System.IO.File.ReadAllBytesAsync(File("3-"));
        Task<long> Begin(string board) => site.With<ImportBoard, long>(import =>
            import.Upload(actor, boards[board], "3-members.private.jsonl", new MemoryStream(content), false, default));
        Assert.Equal("boards.import.refused.private", (await Assert.ThrowsAsync<Refused>(() => Begin("general"))).Message);
        var kept = await Begin("lounge");
        await BoardImports.Until(site, kept, BoardImportState.Checked);
        // Called anything else, its lines say so.
        var renamed = await site.With<ImportBoard, long>(import =>
            import.Upload(actor, boards["general"], "tea.jsonl", new MemoryStream(content), false, default));
        var stopped = await BoardImports.Until(site, renamed, BoardImportState.Stopped);
        Assert.Equal("boards.import.refused.private", stopped.StopText);
        Assert.Contains("not everybody reads", (await admin.Get($"/staff/boards/import/{renamed}")).Text);
        // A board that was opened after the check takes none of it, either.
        await site.Db(db => db.Boards.Where(b => b.Key == "lounge").ExecuteUpdateAsync(s =>
            s.SetProperty(b => b.Read, BoardReaders.Everyone)));
        await BoardImports.Press(site, admin, kept, "run", BoardImportState.Stopped);
        Assert.Equal(0, await site.Db(db => db.Posts.CountAsync(p => p.ImportId == kept)));
    }

    [Fact]
    public async Task The_posts_that_Discourse_gives_a_member_are_read_without_private_messages_and_their_addresses_lead_on()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        const string Forum = "https://forum.example/t/";
        var file = string.Concat(new[]
        {
            "topic_title,categories,is_pm,post_raw,post_cooked,like_count,reply_count,url,created_at",
            $"Which kettle?,Tea,No,\"The small one,\nof \"\"iron\"\".\",<p>x</p>,2,1,{Forum}which-kettle/12/3,2020-01-02 10:00:00 UTC",
            $"Which kettle?,Tea,いいえ,And a lid.,<p>x</p>,0,0,{Forum}which-kettle/12/5,2020-01-03 10:00:00 UTC",
            $"Secret,-,Yes,For your eyes,<p>x</p>,0,0,{Forum}secret/13/1,2020-01-03 10:00:00 UTC",
            $"Secret,-,¿,For your eyes,<p>x</p>,0,0,{Forum}secret/13/2,2020-01-03 10:00:00 UTC",
        }.Select(l => l + "\r\n"));
        var done = await BoardImports.Import(site, admin, file);
        Assert.Equal((2, 2), (done.Posts, done.Bad));
        var posts = await site.Db(db => db.Posts.AsNoTracking().Include(p => p.Topic).Where(p => p.ImportId == done.Id)
            .OrderBy(p => p.Number).ToListAsync());
        Assert.Equal(["The small one,\nof \"iron\".", "And a lid."], posts.Select(p => p.Text.ReplaceLineEndings("\n")));
        Assert.Equal(["Which kettle?"], posts.Select(p => p.Topic.Title).Distinct());
        Assert.Equal(new DateTime(2020, 1, 2, 10, 0, 0, DateTimeKind.Utc), posts[0].At);
        Assert.DoesNotContain("your eyes", string.Join(' ', await site.Db(db => db.Posts.Select(p => p.Text).ToListAsync())));
        Assert.Equal(2, await site.Db(db => db.BoardImportFaults.CountAsync(f => f.Reason == "boards.import.bad.message")));
        Assert.Contains($"/{posts[0].TopicId}", (await site.Visitor().Get("/t/which-kettle/12/5")).Url.AbsolutePath);
        // Again, it brings nothing twice.
        Assert.Equal(2, (await BoardImports.Check(site, admin, file)).Known);
    }

    [Fact]
    public async Task What_not_everybody_read_of_Discourse_stays_private_and_what_the_program_wrote_is_left_out()
    {
        var site = await host.NewSite();
        var dump = Path.Combine(folder, "dump.sql");
        const string at = "2020-01-01 10:00:00";
        await System.IO.File.WriteAllTextAsync(dump,
            Table("categories", "id, name, read_restricted, parent_category_id",
                @"4|Tea|t|\N", "5|Leaves|f|4", "7|Cups|f|5", @"6|Open|f|\N")
            + Table("posts", "id, user_id, topic_id, post_number, created_at, deleted_at, post_type, hidden, raw, action_code",
                $@"1|1|20|1|{at}|\N|1|f|leaves|\N", $@"2|1|21|1|{at}|\N|1|f|seen by its address alone|\N", $@"3|1|22|1|{at}|\N|1|f|psst|\N",
                $@"4|1|21|2|{at}|\N|2|f|said by a moderator|\N", $@"5|1|21|3|{at}|\N|2|f|split from|split_topic",
                $@"6|1|21|4|{at}|\N|3|f|closed|closed.enabled", $@"7|2|21|5|{at}|{at}|1|f|deleted words|\N",
                $@"8|2|23|1|{at}|\N|1|f|cups|\N", $@"9|-1|21|6|{at}|\N|1|f|by the system|\N")
            + Table("topics", "id, title, category_id, archetype, deleted_at, pinned_at, closed, archived, created_at, visible",
                $@"20|A|5|regular|\N|\N|f|f|{at}|t", $@"21|B|6|regular|\N|\N|f|f|{at}|f", $@"22|C|6|chat|\N|\N|f|f|{at}|t",
                $@"23|D|7|regular|\N|\N|f|f|{at}|t")
            + Table("user_emails", "id, user_id, email, \"primary\"", "1|1|hana@forum.example|t", "2|2|writer@list.example|t")
            + Table("users", "id, username, name, staged", "1|hana|花|f", @"2|writer|\N|t", @"-1|system|system|f"));
        var (code, said) = await Convert(site, "discourse", dump);
        Assert.True(code == 0, said);
        Assert.Contains("3 boards, 3 topics, 6 posts, 0 files, 1 members.", said);
        foreach (var left in new[]
        {
            "2 notes of the program", "1 private messages", "1 people who wrote by mail and never had an account",
        })
            Assert.Contains($"Left out: {left}.", said);
        Assert.EndsWith(".private.jsonl", File("5-leaves"));
        Assert.EndsWith(".private.jsonl", File("7-cups"));
        Assert.Equal("6-open.jsonl", Path.GetFileName(File("6-")));
        var text = await System.IO.File.ReadAllTextAsync(File("6-"));
        Assert.DoesNotContain("deleted words", text);
        var posts = text.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(
            ["seen by its address alone", "said by a moderator", "", "by the system"],
            posts.Select(p => p.GetProperty("text").GetString()));
        Assert.True(posts[0].TryGetProperty("topicHidden", out _));
    }

    /// <summary>The same rows as pg_dump --inserts writes them.</summary>
    static string AsInserts(string dump)
    {
        var inserts = new StringBuilder();
        foreach (var table in dump.Split("COPY ").Skip(1))
        {
            var lines = table.Split('\n');
            var (name, columns) = (lines[0].Split(' ')[0], lines[0].Split('(', ')')[1].Split(", "));
            inserts.Append($"CREATE TABLE {name} (\n");
            foreach (var column in columns) inserts.Append($"    {column} text NOT NULL,\n");
            inserts.Append("    CONSTRAINT some_name PRIMARY KEY (id)\n);\n\n");
            foreach (var row in lines.Skip(1).TakeWhile(l => l != "\\."))
                inserts.Append($"INSERT INTO {name} VALUES ({string.Join(", ", row.Split('\t').Select(Value))});\n");
        }
        return inserts.ToString();

        static string Value(string cell) => cell switch
        {
            @"\N" => "NULL",
            "t" => "true",
            "f" => "false",
            _ when long.TryParse(cell, out var number) => number.ToString(),
            _ => $"'{cell.Replace("\\n", "\n").Replace("'", "''")}'",
        };
    }

    [Fact]
    public async Task A_dump_of_Discourse_gives_the_same_whether_its_rows_are_copied_or_inserted()
    {
        var site = await host.NewSite();
        var (dump, output) = (Path.Combine(folder, "dump.sql"), Path.Combine(folder, "out"));
        var copied = Discourse(new string('a', 40)).Replace("Thanks", "It's 1\\n');\\nINSERT INTO public.posts VALUES (1)");
        var files = new List<Dictionary<string, string>>();
        foreach (var text in new[] { copied, AsInserts(copied) })
        {
            await System.IO.File.WriteAllTextAsync(dump, text);
            var (code, said) = await Convert(site, "discourse", dump);
            Assert.True(code == 0, said);
            files.Add(Directory.GetFiles(output).ToDictionary(f => Path.GetFileName(f), System.IO.File.ReadAllText));
            Directory.Delete(output, recursive: true);
        }
        Assert.Contains("It's 1", files[0]["4-tea.private.jsonl"]);
        Assert.Equal(files[0], files[1]);
        await System.IO.File.WriteAllTextAsync(dump, "PGDMP\u0001");
        Assert.Contains("pg_restore", (await Convert(site, "discourse", dump)).Said);
    }

    static string Table(string name, string columns, params string[] rows) =>
        $"COPY public.{name} ({columns}) FROM stdin;\n{string.Concat(rows.Select(r => r.Replace('|', '\t') + "\n"))}\\.\n\n";

    static string Discourse(string sha1) =>
        Table("categories", "id, name, slug, read_restricted", "4|Tea|tea|t")
        + Table(
            "posts",
            "id, user_id, topic_id, post_number, created_at, last_version_at, reply_to_post_number, deleted_at, post_type, hidden, raw",
            @"100|1|12|1|2020-01-01 10:00:00.123|2020-01-01 10:00:00.123|\N|\N|1|f|"
                + @"Which kettle?\n\n[poll max=2]\n* A\n[/poll]\n\n```\n[quote]no[/quote] upload://x\n```",
            @"101|2|12|2|2020-01-02 10:00:00|2020-01-03 10:00:00|\N|\N|1|f|[quote=""hana, post:1, topic:12""]\nWhich kettle?\n[/quote]\n\n"
                + $"This one: ![Kettle](upload://{Shortened(sha1)}.png)",
            @"102|1|12|4|2020-01-04 10:00:00|2020-01-04 10:00:00|2|\N|1|f|Thanks\n\n[poll]\n* Yes\n* No\n[/poll]",
            @"103|1|12|3|2020-01-03 10:00:00|2020-01-03 10:00:00|2|2020-01-05 00:00:00|1|f|gone",
            @"104|1|12|5|2020-01-05 10:00:00|2020-01-05 10:00:00|\N|\N|4|f|whispered",
            @"105|1|13|1|2020-01-05 10:00:00|2020-01-05 10:00:00|\N|\N|1|f|a secret")
        + Table(
            "topics", "id, title, category_id, archetype, deleted_at, pinned_at, closed, archived, created_at",
            @"12|Kettles|4|regular|\N|\N|f|f|2020-01-01 10:00:00", @"13|Psst|\N|private_message|\N|\N|f|f|2020-01-05 10:00:00")
        + Table("polls", "id, post_id, name, close_at, type, status, results, visibility, min, max, created_at, title",
            @"1|100|poll|2020-02-01 00:00:00|1|0|1|1|1|2|2020-01-01 10:00:00|Copper or steel?",
            @"2|102|poll|\N|0|1|0|0|\N|\N|2020-01-04 10:00:00|\N")
        + Table("poll_options", "id, poll_id, digest, html, anonymous_votes",
            @"11|1|a|<b>Copper</b> &amp; tin|\N", @"12|1|b|Steel|2", @"13|2|c|Yes|\N", @"14|2|d|No|\N")
        + Table("poll_votes", "poll_id, poll_option_id, user_id", "1|11|1", "1|12|1", "1|11|2", "2|13|1")
        + Table("uploads", "id, original_filename, sha1, url", $"1|kettle.png|{sha1}|/uploads/default/original/1X/{sha1}.png")
        + Table("user_emails", "id, user_id, email, \"primary\"", "1|1|hana@forum.example|t", "2|2|momo@forum.example|t")
        + Table("users", "id, username, name", "1|hana|花", @"2|momo|\N");

    static string Shortened(string sha1)
    {
        const string Digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        var (number, text) = (System.Numerics.BigInteger.Parse("0" + sha1, System.Globalization.NumberStyles.HexNumber), "");
        for (; number > 0; number /= 62) text = Digits[(int)(number % 62)] + text;
        return text;
    }

    [OnBothDatabases, Fact]
    public async Task A_backup_of_Discourse_is_imported_and_old_addresses_of_both_lead_to_their_posts_for_good()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var picture = PictureBytes.Png(40, 30);
        var sha1 = System.Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(picture))[..40];
        var backup = Path.Combine(folder, "forum.tar.gz");
        await using (var file = new GZipStream(System.IO.File.Create(backup), CompressionLevel.Fastest))
        await using (var tar = new TarWriter(file))
        {
            var dump = new MemoryStream();
            await using (var zip = new GZipStream(dump, CompressionLevel.Fastest, leaveOpen: true))
                await zip.WriteAsync(Encoding.UTF8.GetBytes(Discourse(sha1)));
            dump.Position = 0;
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "dump.sql.gz") { DataStream = dump });
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, $"uploads/default/original/1X/{sha1}.png")
            {
                DataStream = new MemoryStream(picture),
            });
        }
        var (code, said) = await Convert(site, "discourse", backup);
        Assert.True(code == 0, said);
        Assert.Contains("1 boards, 1 topics, 4 posts, 1 files, 2 members.", said);
        Assert.Contains("Left out: 1 private messages.", said);
        Assert.Contains("Left out: 1 polls that open no topic; their options stay as a list.", said);
        Assert.EndsWith(".private.jsonl", File("4-tea"));
        var done = await BoardImports.Import(site, admin, await System.IO.File.ReadAllBytesAsync(File("4-tea")), "lounge");
        Assert.Equal((4, 0, 1), (done.Posts, done.Bad, done.Files));
        var posts = (await BoardImports.Posts(site, done.Id)).OrderBy(p => p.Number).ToList();
        Assert.Equal([(1, null), (2, 1), (3, 2), (4, (int?)2)], posts.Select(p => (p.Number, p.ParentNumber)));
        Assert.Equal(["花", "momo", "花", "花"], posts.Select(p => p.GuestName));
        Assert.Equal("Which kettle?\n\n```\n[quote]no[/quote] upload://x\n```", posts[0].Text);
        Assert.StartsWith("> hana:\n>\n> Which kettle?\n\nThis one: ![kettle](/files/", posts[1].Text);
        Assert.Equal("", posts[2].Text);
        Assert.Equal("Thanks\n\n* Yes\n* No", posts[3].Text);
        var poll = await site.Db(db => db.Polls.AsNoTracking().SingleAsync());
        Assert.Equal(("Copper or steel?", "Copper & tin\nSteel", "2 3", 4), (poll.Question, poll.Options, poll.Counts, poll.Voters));
        Assert.Equal((2, PollResults.AfterVoting, true), (poll.MaxChoices, poll.Results, poll.IsNamed));
        Assert.NotNull(posts[1].EditedAt);

        var topic = posts[0].TopicId;
        var phpbb = "{\"id\":\"p10@phpbb\",\"topic\":\"t34@phpbb\",\"number\":1,\"at\":\"2009-01-01\",\"subject\":\"Old\","
            + "\"text\":\"one\"}\n"
            + "{\"id\":\"p11@phpbb\",\"topic\":\"t34@phpbb\",\"at\":\"2009-01-02\",\"text\":\"two\"}\n";
        var old = (await BoardImports.Posts(site, (await BoardImports.Import(site, admin, phpbb, "lounge")).Id))[0].TopicId;
        var anna = await site.SignIn("anna");
        foreach (var (address, place) in new[]
        {
            ("/t/kettles/12", $"/boards/lounge/{topic}-kettles"), ("/t/12", $"/boards/lounge/{topic}-kettles"),
            ("/t/any-words/12/4?u=hana", $"/boards/lounge/{topic}/posts/4"), ("/t/kettles/12/99", $"/boards/lounge/{topic}-kettles"),
            ("/viewtopic.php?f=2&t=34&start=20", $"/boards/lounge/{old}-old"),
            ("/viewtopic.php?t=34&sid=0a&hilit=x", $"/boards/lounge/{old}-old"),
            ("/viewtopic.php?p=11", $"/boards/lounge/{old}/posts/2"),
            ("/forum/viewtopic.php?f=2&t=34&p=11&start=0", $"/boards/lounge/{old}/posts/2"),
            ("/viewtopic.php?t=34&p=999", $"/boards/lounge/{old}-old"),
        })
        {
            using var answer = await anna.Download(address);
            Assert.Equal((HttpStatusCode.MovedPermanently, place), (answer.StatusCode, answer.Headers.Location?.ToString()));
            // Members alone read the board: a visitor learns nothing.
            using var refused = await site.Visitor().Download(address);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }
        foreach (var unknown in new[] { "/t/psst/13", "/t/psst/13/1", "/viewtopic.php?t=1", "/viewtopic.php?p=x&t=-1" })
        {
            using var answer = await anna.Download(unknown);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }
}
