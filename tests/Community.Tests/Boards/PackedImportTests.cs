using System.Text;
using Community.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Community.Tests.Boards;

/// <summary>Files of posts as people have them: in gzip and ZIP; and what is refused, with a sentence that says what to do.</summary>
public sealed class PackedImportTests(TestHost host)
{
    static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    static string[] Left(TestSite site) =>
        Directory.Exists(Folder(site)) ? Directory.GetFiles(Folder(site)) : [];

    static string Folder(TestSite site) =>
        Path.Combine(site.Host.Services.GetRequiredService<IOptions<CommunityOptions>>().Value.Data, "Sites", site.Site.Key, "imports");

    /// <summary>A mail as a mail program saves it, with lines that look like separators, and cut off in one.</summary>
    static string Eml(string id, string answers = "") =>
        $"Message-ID: <{id}@x>\r\nFrom: Hana <hana@list.example>\r\nDate: Mon, 05 Jan 2009 10:00:00 +0900\r\nSubject: 望遠鏡\r\n"
        + (answers.Length > 0 ? $"In-Reply-To: <{answers}@x>\r\n" : "")
        + $"\r\n{id}\r\n\r\nFrom a@b.example Mon Jan  5 10:00:00 2009\r\nX: y\r\n>From me\r\n>>Fro";

    [Fact]
    public async Task Archives_in_gzip_and_ZIP_are_taken_as_they_are()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var mbox = (string id) =>
            Utf8(BoardImports.Mail(id + "1@x", "A", "one") + BoardImports.Mail(id + "2@x", "Re: A", "two", answers: id + "1@x"));
        var json = Utf8("[{\"id\":\"f1\",\"at\":\"2009-01-05\",\"text\":\"one\"},{\"id\":\"f2\",\"text\":\"two\"}]");
        var second = mbox("d").AsSpan().LastIndexOf("From "u8);
        var csv = (string id) => Utf8($"id,at,text\n{id}1,2009-01-05,one\n{id}2,2009-01-06,two\n");
        var files = new Dictionary<string, (byte[] File, BoardImportFormat Format)>
        {
            ["mailman's gzip"] = (Packed.Gzip(mbox("a")), BoardImportFormat.Mbox),
            ["gzip in two members"] = ([.. Packed.Gzip(mbox("b")[..100]), .. Packed.Gzip(mbox("b")[100..])], BoardImportFormat.Mbox),
            ["a mailbox in ZIP"] = (
                Packed.Zip(("x/", []), ("x/all.mbox", mbox("c")), ("__MACOSX/x/._all.mbox", [1]), (".DS_Store", [1])),
                BoardImportFormat.Mbox),
            ["two mailboxes in ZIP"] = (
                Packed.Zip(("2008.txt", mbox("d")[..second]), ("2009.txt", mbox("d")[second..])), BoardImportFormat.Mbox),
            ["CSV in ZIP"] = (Packed.Zip(("posts.csv", csv("e"))), BoardImportFormat.Csv),
            ["JSON in gzip"] = (Packed.Gzip(json), BoardImportFormat.Json),
            ["posts of a member of Discourse"] = (
                Packed.Zip(("badges.csv", Utf8("a,b\n1,2\n")), ("user_archive.csv", csv("g")), ("preferences.json", Utf8("{}"))),
                BoardImportFormat.Csv),
        };
        foreach (var (name, (file, format)) in files)
        {
            var done = await BoardImports.Import(site, admin, file);
            Assert.True((done.Format, done.Posts, done.Bad) == (format, 2, 0), $"{name}: {done.Format}, {done.Posts}, {done.Bad}");
            Assert.Equal(["one", "two"], (await BoardImports.Posts(site, done.Id)).Select(p => p.Text));
            await TestSite.Until(() => Task.FromResult(Left(site).Length == 0), "what was unpacked is gone");
        }
    }

    [Fact]
    public async Task Mails_in_a_ZIP_file_become_a_tree_whatever_stands_in_them()
    {
        var site = await host.NewSite();
        var done = await BoardImports.Import(site, await site.SignIn("admin"), Packed.Zip(
            ("Inbox/3.eml", Utf8(Eml("c", "b"))), ("Inbox/1.eml", Utf8("\uFEFF" + Eml("a"))), ("Inbox/cur/2:2,S", Utf8(Eml("b", "a")))));
        Assert.Equal((3, 0), (done.Posts, done.Bad));
        var posts = await BoardImports.Posts(site, done.Id);
        Assert.Equal([(1, null), (2, 1), (3, (int?)2)], posts.Select(p => (p.Number, p.ParentNumber)));
        Assert.Single(posts.Select(p => p.TopicId).Distinct());
        Assert.Equal(new DateTime(2009, 1, 5, 1, 0, 0), posts[0].At);
        // As the mail alone.
        string[] mails = [Eml("a"), Eml("b", "a"), Eml("c", "b")];
        Assert.Equal(
            mails.Select(m => ReadMail.Of(new MboxMessage(1, 0, 1, Utf8(m), null), DateTime.UtcNow).Text), posts.Select(p => p.Text));
        Assert.Contains("2009\nX", posts[0].Text);
    }

    [Fact]
    public async Task What_is_no_file_of_posts_is_refused_in_a_sentence_and_leaves_nothing()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var mbox = Utf8(BoardImports.Mail("a@x", "A", string.Concat(Enumerable.Range(0, 3000).Select(i => $"words {i * 7919 % 1000}\n"))));
        var zeros = new byte[66 * 1024 * 1024];
        var locked = Packed.Zip(("a.mbox", mbox));
        // The bit that says it has a password, in both of its headers.
        locked[6] |= 1;
        locked[locked.AsSpan().LastIndexOf("PK\u0001\u0002"u8) + 8] |= 1;
        var tar = new byte[1024];
        "ustar"u8.CopyTo(tar.AsSpan(257));
        var files = new Dictionary<string, (byte[] File, string Says)>
        {
            ["bzip2"] = ([.. "BZh91AY&SY"u8, 0, 0], "is packed in a way that is not read"),
            ["xz"] = ([0xFD, .. "7zXZ"u8, 0, 0, 4], "is packed in a way that is not read"),
            ["a ZIP file with a password"] = (locked, "or with a password"),
            ["a damaged gzip"] = ([.. Packed.Gzip(mbox)[..400], .. new byte[400]], "damaged or cut off"),
            ["a gzip that is cut off"] = (Packed.Gzip(mbox)[..^200], "damaged or cut off"),
            ["a ZIP file that is cut off"] = (Packed.Zip(("a.mbox", mbox))[..^40], "damaged or cut off"),
            ["a ZIP file without a file"] = (Packed.Zip(), "This one has none"),
            ["a ZIP file of other things"] = (Packed.Zip(("a.eml", Utf8(Eml("a"))), ("b.exe", [0x4D, 0x5A, 0, 0])), "others among them"),
            ["a ZIP file of 100,001 entries"] = ([.. Packed.Zip(("a.mbox", mbox)), .. Entries(100_001)], "too many"),
            ["a dump of MySQL"] = (Utf8("-- MySQL dump 10.13\nINSERT INTO x VALUES (1);\n"), "community boards convert"),
            ["a packed dump"] = (Packed.Gzip(Utf8("--\n-- PostgreSQL database dump\n")), "community boards convert"),
            ["a dump of phpBB"] = (Utf8("#\n# phpBB Backup Script\n"), "community boards convert"),
            ["a backup"] = (Packed.Gzip(tar), "community boards convert"),
            ["a mailbox that an editor saved"] = ([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(mbox))], "UTF-16"),
            ["a bomb in gzip"] = (Packed.Gzip(zeros), "larger than 64 MB"),
            ["a bomb in ZIP"] = (Packed.Zip(("a.mbox", zeros)), "larger than 64 MB"),
            ["two bombs in ZIP"] = (Packed.Zip(("a.eml", [.. Utf8(Eml("a")), .. zeros[..(40 * 1024 * 1024)]]),
                ("b.eml", [.. Utf8(Eml("b")), .. zeros[..(40 * 1024 * 1024)]])), "larger than 64 MB"),
        };
        foreach (var (name, (file, says)) in files)
        {
            var sent = await BoardImports.Upload(site, admin, file);
            Assert.Equal((name, "/staff/boards/import"), (name, sent.Location!.AbsolutePath));
            var said = (await admin.Get("/staff/boards/import")).Text;
            Assert.True(said.Contains(says), $"{name}: {said}");
            Assert.Empty(Left(site));
        }
        Assert.Equal(0, await site.Db(db => db.BoardImports.CountAsync()));
    }

    static byte[] Entries(int count)
    {
        var one = new byte[46];
        "PK\u0001\u0002"u8.CopyTo(one);
        return [.. Enumerable.Repeat(one, count).SelectMany(e => e)];
    }

    [Fact]
    public async Task A_packed_file_on_the_server_is_unpacked_beside_and_stays_as_it_was()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        Directory.CreateDirectory(Folder(site));
        var laid = Path.Combine(Folder(site), "2009-January.txt.gz");
        await File.WriteAllBytesAsync(laid, Packed.Gzip(Utf8(BoardImports.Mail("a@x", "A", "one"))));
        await File.WriteAllBytesAsync(Path.Combine(Folder(site), "dump.sql"), Utf8("-- MySQL dump 10.13\n"));
        await admin.Submit("/staff/boards/import", new() { ["board"] = "1" }, "form[action$='/take']:has([value='2009-January.txt.gz'])");
        var id = await site.Db(db => db.BoardImports.Select(i => i.Id).SingleAsync());
        var check = await BoardImports.Until(site, id, BoardImportState.Checked);
        Assert.Equal(("2009-January.txt.gz", 1), (check.FileName, check.Good));
        Assert.Equal(1, (await BoardImports.Press(site, admin, check.Id, "run", BoardImportState.Done)).Posts);
        await TestSite.Until(() => Task.FromResult(Left(site).Length == 2), "what was unpacked is gone");
        Assert.Contains(laid, Left(site));
        var refused = await admin.Submit(
            "/staff/boards/import", new() { ["board"] = "1" }, "form[action$='/take']:has([value='dump.sql'])");
        Assert.Contains("community boards convert", refused.Text);
        Assert.Equal(2, Left(site).Length);
    }
}
