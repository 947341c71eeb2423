using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Community.Boards;
using Community.Members;
using Community.Tests.Files;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>The verbs about attachments.</summary>
public sealed class AttachmentActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
    [
        ("AttachFiles.Upload", "anna",
            c => c.Get<AttachFiles>().Upload(c.Actor, new MemoryStream(PictureBytes.Png(31, 7)), "a.png", null, default)),
    ];
}

/// <summary>What is kept of attachments, for how long, how much, and what becomes of it with its owner.</summary>
public sealed class AttachmentKeepingTests(TestHost host)
{
    static Task Sweep(TestSite site) => site.With<IServiceProvider, int>(async s =>
    {
        await ActivatorUtilities.CreateInstance<SweepFiles>(s).Handle(new Tick(), default);
        await ActivatorUtilities.CreateInstance<ForgetAttachments>(s).Handle(new Tick(), default);
        return 0;
    });

    static int OnDisk(TestSite site) =>
        Directory.EnumerateFiles(Path.Combine(site.Host.Data, "Sites", site.Site.Key, "files"), "*", SearchOption.AllDirectories).Count();

    static async Task<string> Uploaded(Visitor member, byte[] picture, string name = "a.png")
    {
        var (status, file) = await AttachmentTests.Upload(member, name, picture);
        Assert.Equal(HttpStatusCode.OK, status);
        return file.GetProperty("markdown").GetString()!;
    }

    static string UrlIn(string markdown) => markdown[(markdown.IndexOf("(/files/", StringComparison.Ordinal) + 1)..].Split(')', ' ')[0];

    [OnBothDatabases, Fact]
    public async Task Uploads_that_nobody_posted_go_after_days_and_no_used_one_does_wherever_it_is_used()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        var abandoned = new List<string>();
        for (var i = 0; i < 5; i++) abandoned.Add(await Uploaded(anna, PictureBytes.Png(700 + i * 40, 200)));
        var first = await Uploaded(anna, PictureBytes.Png(30, 30));
        var second = await Uploaded(anna, PictureBytes.Png(31, 30));
        var third = await Uploaded(anna, PictureBytes.Png(32, 30));
        // Written with it, with it added by an edit, with it only in an earlier version.
        var topic = await anna.Start("general", "Pictures", first + third);
        await anna.Submit($"{topic}/posts/1/edit", new() { ["text"] = $"{first} and {second}" });
        await MemberPictureTests.Post(anna, PictureBytes.Png(40, 40));
        await site.With<Community.Kernel.Files, StoredFile>(f =>
            f.Save(new MemoryStream(PictureBytes.Png(50, 50)), FilePurpose.Logo, 1, default));
        var logo = await site.Db(db => db.Files.Where(f => f.Purpose == FilePurpose.Logo).SingleAsync());
        await anna.Reply(topic, $"The site's own: ![logo]({logo.Url})");
        Assert.Equal((8, 15), (await site.Db(db => db.Attachments.CountAsync()), OnDisk(site)));

        own.Clock.Advance(TimeSpan.FromDays(2));
        await Sweep(site);
        // Only marked: whoever posts it now has it.
        Assert.Equal(15, OnDisk(site));
        anna = await site.SignIn("anna");
        await anna.Reply(topic, abandoned[4]);
        own.Clock.Advance(TimeSpan.FromDays(9));
        await Sweep(site);
        Assert.Equal((4, 7), (await site.Db(db => db.Attachments.CountAsync()), OnDisk(site)));
        anna = await site.SignIn("anna");
        foreach (var used in new[] { first, second, third, abandoned[4] })
            Assert.Equal(HttpStatusCode.OK, (await anna.Get(UrlIn(used))).Status);
        foreach (var gone in abandoned[..4]) Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(UrlIn(gone))).Status);
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(logo.Url)).Status);
        Assert.Equal(0, await site.Db(db => db.Files.CountAsync(f => f.UnusedSince != null)));
    }

    [OnBothDatabases, Fact]
    public async Task A_member_s_posts_keep_no_more_than_the_site_allows_and_what_is_not_posted_does_not_count()
    {
        var site = await host.NewSite(r => r["settings"] = JsonNode.Parse(
            """{ "site": { "memberFilesMegabytes": 1, "memberUploadMegabytesADay": 50 } }"""));
        var anna = await site.SignIn("anna");
        // Half a megabyte each; none of them counts until it is posted.
        byte[] Half(char c) => Encoding.ASCII.GetBytes(new string(c, 500_000));
        var texts = new List<string>();
        for (var c = 'a'; c < 'e'; c++) texts.Add(await Uploaded(anna, Half(c), c + ".txt"));
        var topic = await anna.Start("general", "Files", texts[0] + texts[1]);
        var refused = await anna.Submit($"{topic}/reply?to=1", new() { ["text"] = texts[2] });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains(UrlIn(texts[2]), refused.Document.QuerySelector("textarea[name=text]")!.TextContent);
        Assert.Contains("more than one member", refused.Document.QuerySelector(".error-summary")!.TextContent);
        var (status, answer) = await AttachmentTests.Upload(anna, "f.txt", Half('f'));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("1 MB", answer.GetProperty("refused").GetString());
        // Others have a share of their own, and staff see what all of it takes.
        await Uploaded(await site.SignIn("ben"), Half('g'), "g.txt");
        var home = await (await site.SignIn("admin")).Get("/staff");
        Assert.Contains("MB are used", home.Document.QuerySelector("section:has(#files-used)")!.TextContent);
        Assert.Contains("after a week", home.Document.QuerySelector("section:has(#files-used)")!.TextContent);
    }

    [OnBothDatabases, Fact]
    public async Task The_copy_of_a_member_s_data_has_the_files_and_lists_one_that_is_lost()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await AttachmentTests.Post(anna, "general", ("Plan.txt", "the plan"u8.ToArray()), ("Lost.txt", "lost words"u8.ToArray()));
        var id = await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync());
        var lost = await site.Db(db => db.Attachments.SingleAsync(a => a.Name == "Lost.txt"));
        await site.With<Community.Kernel.Files, int>(f =>
        {
            File.Delete(f.PathOf(lost.Hash));
            return Task.FromResult(0);
        });
        using var memory = new MemoryStream();
        await site.With<ExportMember, bool>(e => e.Write(id, masked: false, memory, default));
        using var zip = new ZipArchive(new MemoryStream(memory.ToArray()));
        string Read(string name) => new StreamReader(zip.GetEntry(name)!.Open()).ReadToEnd();
        Assert.Contains("Plan.txt", Read("data.json"));
        Assert.Equal("the plan", Read(zip.Entries.Single(e => e.FullName.StartsWith("files/")).FullName));
        Assert.Contains(lost.Hash, Read("index.html"));
        // Whoever reads the post gets no failure.
        Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get(lost.Url)).Status);
    }

    [OnBothDatabases, Fact]
    public async Task With_an_erased_member_go_the_files_that_no_text_shows_any_more_and_the_others_stay_as_the_posts_do()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await AttachmentTests.Post(anna, "general", ("Stays.txt", "stays"u8.ToArray()));
        var (edited, waiting) = (await Uploaded(anna, "old"u8.ToArray(), "Old.txt"), await Uploaded(anna, "wait"u8.ToArray(), "Wait.txt"));
        await anna.Reply(topic, edited);
        await anna.Submit($"{topic}/posts/2/edit", new() { ["text"] = "Nothing" });
        var id = await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).SingleAsync());
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(id)));
        var left = Assert.Single(await site.Db(db => db.Attachments.ToListAsync()));
        Assert.Equal((null, "Stays.txt"), (left.OwnerId, left.Name));
        Assert.Equal(1, OnDisk(site));
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(left.Url)).Status);
        foreach (var gone in new[] { edited, waiting }) Assert.Equal(HttpStatusCode.NotFound, (await mod.Get(UrlIn(gone))).Status);
    }

    [OnBothDatabases, Fact]
    public async Task Two_members_made_one_keep_all_their_files_also_where_both_sent_the_same()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var urls = new List<string>();
        foreach (var member in new[] { anna, ben })
        {
            var same = await Uploaded(member, PictureBytes.Png(700, 60), "same.png");
            var waits = await Uploaded(member, Encoding.ASCII.GetBytes("waits " + urls.Count), "waits.txt");
            await member.Start("general", "Same", same);
            urls.AddRange([UrlIn(same), UrlIn(waits)]);
        }
        var ids = await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com" || m.Email == "ben@example.com")
            .OrderBy(m => m.Email).Select(m => m.Id).ToListAsync());
        var admin = await site.Reader("admin");
        await site.With<MergeMembers, long>(m => m.Merge(admin, ids[0], ids[1], new HashSet<string>(), default));
        anna = await site.SignIn("anna");
        foreach (var url in urls) Assert.Equal(HttpStatusCode.OK, (await anna.Get(url)).Status);
        foreach (var url in new[] { urls[0], urls[2] }) Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(url)).Status);
    }

    [OnBothDatabases, Fact]
    public async Task Deleted_posts_lose_their_files_with_their_last_version()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "T", "x");
        await anna.Reply(topic, await Uploaded(anna, "gone"u8.ToArray(), "gone.txt"));
        await anna.Submit($"{topic}/posts/2/delete", [], "form:has(button.danger)");
        own.Clock.Advance(TimeSpan.FromDays(10));
        await Sweep(site);
        own.Clock.Advance(TimeSpan.FromDays(10));
        await Sweep(site);
        // Moderators may still need it.
        Assert.Equal(1, OnDisk(site));
        own.Clock.Advance(TimeSpan.FromDays(20));
        await site.With<IServiceProvider, int>(async s =>
        {
            await ActivatorUtilities.CreateInstance<ForgetDeletedPosts>(s).Handle(new Tick(), default);
            return 0;
        });
        await Sweep(site);
        own.Clock.Advance(TimeSpan.FromDays(8));
        await Sweep(site);
        Assert.Equal((0, 0), (await site.Db(db => db.Attachments.CountAsync()), OnDisk(site)));
    }
}
