using System.Net;
using System.Text;
using Community.Boards;
using Community.Members;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>A board as a file: exported, imported, exported again.</summary>
[OnBothDatabases]
public sealed class ArchiveTests(TestHost host)
{
    internal static async Task<string> Export(TestSite site, Visitor staff, string board, string format)
    {
        var id = await site.Db(db => db.Boards.Where(b => b.Key == board).Select(b => b.Id).FirstAsync());
        var page = await staff.Submit($"/staff/boards/{id}", new() { ["format"] = format }, "form[action$='/export']");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        return page.Html;
    }

    /// <summary>All that a board may have, and what its texts may do to a file.</summary>
    static async Task Fill(TestSite site, Visitor admin)
    {
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start(
            "general",
            "Re: [gear 5] =?utf-8?B?eA==?= 望遠鏡",
            "From now on\n>From then\nFrom a@b.example Mon Jan  5 10:00:00 2009\nX: y"
        );
        await ben.Reply(topic, "一\u2028二\n\n--\n--=_0123456789abcdef\nContent-Type: text/plain", title: "\"自分\" <の> 題 \\");
        await anna.Reply(topic, "to be edited", to: 2);
        await anna.Submit($"{topic}/posts/3/edit", new() { ["text"] = "edited  \n    code" });
        await ben.Reply(topic, "to be hidden", to: 3);
        await ben.Reply(topic, "to be deleted", to: 4);
        await anna.Reply(topic, new string('長', 3000) + " " + new string('x', 2000), to: 5);
        await admin.Submit(topic + "/posts/4/hide", new() { ["reason"] = "広告 of =?x?=" });
        await ben.Submit(topic + "/posts/5/delete", [], "form:has(button.danger)");
        await AttachmentTests.Send(
            anna,
            topic + "/reply?to=6",
            "See",
            [("Garten (1).PNG", PictureBytes.Png(40, 30)), ("見積.txt", "a,b"u8.ToArray())]
        );
        await admin.Submit(topic, [], "form[action$='/lock']");
        var other = await ben.Start("general", "Split later", "one");
        await anna.Reply(other, "goes");
        await ben.Reply(other, "stays");
        var mod = await site.Reader("admin", Roles.Administrator);
        await site.With((SplitTopic s) => s.Branch(mod, Conversation.Id(other), 2, "Split off", default));
        // Guests, two of one name; one who was erased; a post of a second before another, with the same date.
        var mail = BoardImports.Mail("one@x", "Old", "first", "Hana <hana@list.example>")
            + BoardImports.Mail("two@x", "Re: Old", "second", "Hana <other@list.example>", "one@x")
            + BoardImports.Mail("three@x", "Re: Old", "third", "Gone <gone@list.example>", "two@x", "Sun, 04 Jan 2009 10:00:00 +0900");
        await BoardImports.Import(site, admin, mail);
        await admin.Submit("/staff/boards/import", new() { ["who"] = "gone@list.example" }, "form[action$='/guest']");
    }

    [Fact]
    public async Task A_board_goes_into_a_file_and_back_and_three_times_the_file_is_the_same()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        await Fill(site, admin);
        var (mbox, json) = (await Export(site, admin, "general", "Mbox"), await Export(site, admin, "general", "Json"));
        Assert.Contains("\n>From now on\n>>From then\n>From a@b.example", mbox);
        Assert.DoesNotContain("list.example", mbox + json);
        Assert.DoesNotContain("to be deleted", mbox + json);
        foreach (var board in new[] { "news", "lounge", "inner" })
        {
            // Once from either form: both say the same.
            var done = await BoardImports.Import(
                site,
                admin,
                Encoding.UTF8.GetBytes(board == "lounge" ? json : mbox),
                board,
                members: board != "inner"
            );
            Assert.Equal((0, 0), (done.Bad, done.Known));
            Assert.Equal(mbox, await Export(site, admin, board, "Mbox"));
            Assert.Equal(json, await Export(site, admin, board, "Json"));
        }
        await site.EventsRead();
        Assert.Empty(await site.With<CheckBoards, List<string>>(async c => await c.Problems(default).ToListAsync()));

        // Not the files alone: the boards are the same too.
        var (first, last) = (await Rows(site, "general"), await Rows(site, "news"));
        Assert.Equal(first, last);
        Assert.Contains("edited", await site.Db(db => db.PostVersions.Where(v => v.Text == "to be edited" && db.Set<Post>().Any(p =>
            p.Id == v.PostId && p.Topic.Board.Key == "news")).Select(v => v.Text).FirstAsync()));
        // Files are there, and each belongs to the post that came of it.
        var picture = await site.Db(db => db.Attachments.Where(a => a.Post!.Topic.Board.Key == "news" && a.Width > 0).SingleAsync());
        using var got = await site.Visitor().Download(picture.Url);
        Assert.Equal(HttpStatusCode.OK, got.StatusCode);

        // What the board has already is known, also what was written there.
        var again = await BoardImports.Check(site, admin, Encoding.UTF8.GetBytes(mbox));
        Assert.Equal((0, again.Found), (again.Good, again.Known));
    }

    /// <summary>What a member may begin or end a line with, and what means something in a mail, in JSON or in Markdown.</summary>
    static readonly string[] pieces =
    [
        "--", "-- ", "-- \nHana", "---", "From ", ">From ", "From a@b.example Mon Jan  5 10:00:00 2009", "=?utf-8?Q?=41?=", "=3D", "=\n",
        ".", "..", "begin 644 a\n#86)C\n`\nend", "=ybegin line=128 size=3 name=a\nx\n=yend size=3", "Content-Type: text/plain",
        "\r", "\r\n", "\t", "\u0001", "\u0085", "\u2028", "\u00A0", "\u3000", "  ", " \n", "\n\n", "\n\n\n",
        "```", "````", "~~~ a\n```\n~~~", "||spoiler||", "|a|b|\n|-|-|", "👩‍👩‍👧", "\ud83d", "\ude00", "\uFEFF", "\uE000", "\u202E",
        "\u200B", "\uFFFE", "題", "é", "e\u0301", "\"", "\\", "\\n", "\\u0041", "{", "</script>", "]]>", "&amp;", "<b>", "@anna", ":tada:",
        "https://x.example/a_(b)", "[x](/files/aaaaaaaaaaaaaaaaaaaaaaaaaa)", "> ", ">> ", "# ", "1. ", "x",
    ];

    [Fact]
    public async Task Whatever_members_can_write_comes_back_from_either_form()
    {
        var site = await host.NewSite();
        var (admin, writer) = (await site.SignIn("admin"), await site.Reader("admin"));
        var random = new Random(20261128);
        string Words(int most) => string.Concat(Enumerable.Range(0, random.Next(1, most)).Select(_ => pieces[random.Next(pieces.Length)]));
        var topic = (await site.With((PublishPost p) => p.StartTopic(writer, "general", "All", "x", Guid.NewGuid(), default)))!.TopicId;
        for (var i = 0; i < 60; i++)
            try
            {
                // Each piece alone comes first.
                var text = i < pieces.Length ? pieces[i] + "x" + pieces[i] : Words(40);
                await site.With((PublishPost p) => p.Reply(writer, topic, 1, i % 3 == 0 ? Words(4) : null, text, Guid.NewGuid(), default));
            }
            // What nobody can write.
            catch (Refused) { }
        var written = await site.Db(db => db.Posts.CountAsync());
        Assert.InRange(written, 40, 61);
        var (mbox, json) = (await Export(site, admin, "general", "Mbox"), await Export(site, admin, "general", "Json"));
        var texts = await site.Db(db => db.Posts.OrderBy(p => p.Number).Select(p => p.Title + "\n" + p.Text).ToListAsync());
        foreach (var (board, file) in new[] { ("news", mbox), ("lounge", json) })
        {
            var done = await BoardImports.Import(site, admin, Encoding.UTF8.GetBytes(file), board, members: true);
            Assert.Equal((0, written), (done.Bad, done.Posts));
            Assert.Equal(texts, (await BoardImports.Posts(site, done.Id)).OrderBy(p => p.Number).Select(p => p.Title + "\n" + p.Text));
            Assert.Equal(mbox, await Export(site, admin, board, "Mbox"));
            Assert.Equal(json, await Export(site, admin, board, "Json"));
        }
    }

    static Task<List<string>> Rows(TestSite site, string board) => site.Db(async db => (await db.Posts
        .Where(p => p.Topic.Board.Key == board).OrderBy(p => p.Topic.StartedAt).ThenBy(p => p.TopicId).ThenBy(p => p.Number)
        .Select(p => new
        {
            p.Number,
            p.ParentNumber,
            p.Path,
            p.Title,
            p.At,
            p.EditedAt,
            p.HiddenAt,
            p.HiddenReason,
            p.DeletedAt,
            p.AuthorId,
            p.GuestName,
            p.ToMemberId,
            Topic = p.Topic.Title,
            p.Topic.Replies,
            p.Topic.NextNumber,
            p.Topic.LastPostAt,
            p.Topic.LastPostBy,
            p.Topic.LockedAt,
        }).ToListAsync()).ConvertAll(r => r.ToString()!));

    [Fact]
    public async Task On_another_site_members_are_guests_and_pictures_keep_their_octets()
    {
        var (site, other) = (await host.NewSite(), await host.NewSite());
        var (admin, stranger) = (await site.SignIn("admin"), await other.SignIn("admin"));
        await Fill(site, admin);
        var mbox = await Export(site, admin, "general", "Mbox");
        var done = await BoardImports.Import(other, stranger, Encoding.UTF8.GetBytes(mbox), "general", members: true);
        Assert.Equal(0, done.Bad);
        Assert.All(await BoardImports.Posts(other, done.Id), p => Assert.Null(p.AuthorId));
        Assert.Equal(mbox, await Export(other, stranger, "general", "Mbox"));
    }

    [Fact]
    public async Task A_file_made_by_hand_is_imported_and_its_bad_lines_are_listed()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var json = "\uFEFF{\"id\":1,\"at\":\"2009-01-05T10:00:00+09:00\",\"author\":\"花\",\"title\":\"望遠鏡\",\"text\":\"**一**\"}\r\n\n"
            + "{\"id\":\"2\",\"answers\":\"1\",\"at\":\"2009-01-06\",\"text\":\"二\"}\n"
            + "{\"id\":\"3\",\"answers\":\"2\",\"text\":\"no date\"}\n"
            + "{\"id\":\"4\"\n[1]\n{\"id\":\"5\",\"text\":7}\n"
            + "{\"id\":\"6\",\"text\":\"x\",\"files\":[{\"name\":\"a\",\"content\":\"?\"}]}\n"
            + "{\"id\":\"7\",\"at\":\"2009-01-07\",\"text\":\" \"}";
        var done = await BoardImports.Import(site, admin, json);
        Assert.Equal((8, 4, 4), (done.Found, done.Posts, done.Bad));
        var posts = await BoardImports.Posts(site, done.Id);
        Assert.Equal([("望遠鏡", 1), ("望遠鏡", 2), ("望遠鏡", 3)], posts.Where(p => p.Topic.Title == "望遠鏡").Select(p => (p.Topic.Title, p.Number)));
        Assert.Equal(new DateTime(2009, 1, 5, 1, 0, 0), posts[0].At);
        Assert.Equal(
            [
                (4, 5, "boards.import.bad.json"),
                (5, 6, "boards.import.bad.json"),
                (7, 8, "boards.import.bad.json"),
                (8, 9, "boards.import.bad.no-text"),
            ],
            await site.Db(async db =>
                (await db.BoardImportFaults.Where(f => f.ImportId == done.Id && !f.IsNote).OrderBy(f => f.Id).ToListAsync()).ConvertAll(f =>
                    (f.Number, f.Line, f.Reason)
                )
            )
        );

        var csv = "id,topic,answers,author,at,title,text\r\n10,t,,花,2009-01-05T01:00:00Z,Lamps,\"one, \"\"two\"\"\r\nthree\"\r\n"
            + "11,t,10,Ume,2009-01-05T02:00:00Z,,four\r\n12,t,10\r\n";
        var cells = await BoardImports.Import(site, admin, csv, "lounge");
        Assert.Equal((3, 2, 1), (cells.Found, cells.Posts, cells.Bad));
        var lamps = await BoardImports.Posts(site, cells.Id);
        Assert.Equal(["one, \"two\"\nthree", "four"], lamps.Select(p => p.Text));
        Assert.Equal([1, 2], lamps.Select(p => p.Number));
        Assert.Equal((1, "Lamps"), (lamps[1].ParentNumber, lamps[1].Topic.Title));
    }

    [Fact]
    public async Task Only_moderators_of_the_board_who_manage_boards_export_it_and_it_is_on_record()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        await Export(site, admin, "inner", "Json");
        Assert.Contains(
            "boards.exported",
            await site.Db(db => db.Audit.OrderByDescending(a => a.Id).Take(3).Select(a => a.Action).ToListAsync())
        );
        var id = await site.Db(db => db.Boards.Where(b => b.Key == "inner").Select(b => b.Id).FirstAsync());
        var ben = await site.SignIn("ben");
        await site.Db(async db =>
        {
            db.StaffRoles.Add(new() { Key = "own-keeper", Permissions = BoardsPermissions.Manage, NeedsSecondFactor = false });
            await db.SaveChangesAsync();
            return await db.Members.Where(m => m.Email == "ben@example.com")
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, "own-keeper"));
        });
        // Who manages boards and moderates none would read in the file what they do not see.
        Assert.Null((await ben.Get($"/staff/boards/{id}")).Document.QuerySelector("form[action$='/export']"));
        await Assert.ThrowsAsync<Denied>(async () => await site.With(async (ExportBoard e) =>
            await e.Begin(await site.Reader("ben"), id, ArchiveFormat.Mbox, default)));
    }

    [Fact]
    public async Task Any_key_comes_back_as_it_was()
    {
        string[] keys = ["k@x", "post 1", "a>\n\nFrom: b", "<a>", "100 %41", "%41", "題 1", new('花', 250), "   x y"];
        foreach (var (i, key) in keys.Index())
        {
            var (thread, above) = (keys[(i + 1) % keys.Length], keys[(i + 2) % keys.Length]);
            var post = new SourcePost
            {
                Key = key,
                Thread = thread,
                Answers = [above],
                Number = 2,
                Subject = "Re: Old",
                KnowsTitle = true,
                Address = "member.abc@author.invalid",
                At = new DateTime(2009, 1, 5, 10, 0, 0, DateTimeKind.Utc),
                Text = "words",
            };
            using var file = new MemoryStream();
            await new WriteMbox(file).Write(new(post, []), default);
            using var reader = new MboxReader(new MemoryStream(file.ToArray()));
            var message = reader.Next()!;
            Assert.Null(reader.Next());
            var read = ReadMail.Of(message, new(2026, 1, 1));
            Assert.Equal((key, thread, above, "words"), (read.Key, read.Thread, Assert.Single(read.Answers), read.Text.TrimEnd()));
        }
    }

    [Fact]
    public async Task Any_text_and_name_come_back_as_they_were()
    {
        string[] hostile =
        [
            "",
            "a",
            "From me",
            ">From",
            "=?utf-8?B?=?=",
            "\"q\"",
            "<a@b>",
            "題 \\\" <x>",
            "a  b",
            "👩‍👩‍👧",
            "é",
            "﷽ ‫x",
            new('花', 200),
            "a: b\nc",
        ];
        foreach (var text in hostile)
            foreach (var name in hostile.Where(h => !h.Contains('\n')))
            {
                var post = new SourcePost
                {
                    Key = "k@x",
                    Thread = "k@x",
                    Number = 1,
                    Subject = name,
                    KnowsTitle = true,
                    Title = name,
                    AuthorName = name,
                    Address = "member.abc@author.invalid",
                    At = new DateTime(2009, 1, 5, 10, 0, 0, 123, DateTimeKind.Utc),
                    Text = text,
                    Versions = [new(name, text, DateTime.UnixEpoch, DateTime.UnixEpoch.AddDays(1))],
                };
                using var file = new MemoryStream();
                await new WriteMbox(file).Write(new(post, []), default);
                using var reader = new MboxReader(new MemoryStream(file.ToArray()));
                var message = reader.Next()!;
                Assert.Null(reader.Next());
                var read = ReadMail.Of(message, new(2026, 1, 1));
                var expected = string.Join(' ', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
                Assert.Equal((text, expected, expected, expected), (read.Text, read.AuthorName, read.Title ?? "", read.Subject));
                Assert.Equal((post.At, text), (read.At, read.Versions[0].Text));
            }
    }
}
