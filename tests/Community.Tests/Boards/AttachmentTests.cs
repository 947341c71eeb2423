using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Community.Boards;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>Pictures and files in posts: sent with the form or by its script, seen by whoever may read the post.</summary>
public sealed class AttachmentTests(TestHost host)
{
    static readonly byte[] pdf = Encoding.ASCII.GetBytes("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n");

    /// <summary>Sends the page's writing form with files, without following the answer.</summary>
    internal static async Task<Page> Send(
        Visitor member,
        string path,
        string text,
        IEnumerable<(string Name, byte[] Content)> files,
        string? title = null,
        string? button = null
    )
    {
        var page = await member.Get(path);
        return await Send(member, page, text, files, title, button);
    }

    internal static async Task<Page> Send(
        Visitor member,
        Page page,
        string text,
        IEnumerable<(string Name, byte[] Content)> files,
        string? title = null,
        string? button = null
    )
    {
        var form = page.Document.QuerySelector("form:has(textarea[name=text])")!;
        var body = new MultipartFormDataContent { HeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        foreach (var hidden in form.QuerySelectorAll("input[type=hidden]"))
            body.Add(new StringContent(hidden.GetAttribute("value")!), hidden.GetAttribute("name")!);
        body.Add(new StringContent(text), "text");
        if (title is not null) body.Add(new StringContent(title), "title");
        if (button is not null) body.Add(new StringContent("true"), button);
        foreach (var (name, content) in files)
        {
            var part = new ByteArrayContent(content);
            // By hand: the framework would not send quotes and signs as a browser does.
            part.Headers.TryAddWithoutValidation(
                "Content-Disposition", $"form-data; name=\"files\"; filename=\"{name.Replace("\"", "%22")}\"");
            body.Add(part);
        }
        var action = form.GetAttribute("action");
        var url = new Uri(page.Url, string.IsNullOrEmpty(action) ? page.Url.PathAndQuery : action);
        return await member.Send(new HttpRequestMessage(HttpMethod.Post, url) { Content = body });
    }

    internal static async Task<string> Post(Visitor member, string board, params (string Name, byte[] Content)[] files)
    {
        var answer = await Send(member, $"/boards/{board}/new", "Look", files, "With files");
        Assert.True(answer.Status is HttpStatusCode.Redirect, answer.Text);
        return answer.Location!.AbsolutePath;
    }

    static string? PictureOn(Page page) => page.Document.QuerySelector(".post-text img")?.GetAttribute("src");
    static string? LinkOn(Page page) => page.Document.QuerySelector(".post-text a[href^='/files/']:not(.picture)")?.GetAttribute("href");

    [OnBothDatabases, Fact]
    public async Task A_picture_and_a_file_sent_with_the_form_stand_in_the_post()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await Post(anna, "general", ("Garten (1).JPG", PictureBytes.Jpeg(1800, 900)), ("見積書（最終）.pdf", pdf));
        var page = await site.Visitor().Get(topic);
        var picture = page.Document.QuerySelector(".post-text img")!;
        Assert.Matches("^/files/[a-z2-7]{26}-1600x800$", picture.GetAttribute("src"));
        // Its room is kept before it is loaded, and a telephone loads a small one.
        Assert.Equal(
            ("1600", "800", "lazy"),
            (picture.GetAttribute("width"), picture.GetAttribute("height"), picture.GetAttribute("loading"))
        );
        Assert.Contains("-small 640w", picture.GetAttribute("srcset"));
        Assert.Equal("Garten (1)", picture.GetAttribute("alt"));
        var large = await site.Visitor().Get(picture.GetAttribute("src")!);
        var small = await site.Visitor().Get(picture.GetAttribute("src") + "-small");
        Assert.Equal(("image/webp", "image/webp"), (large.ContentType, small.ContentType));
        Assert.NotEqual(large.Html, small.Html);
        Assert.DoesNotContain(PictureBytes.Secret, large.Html + small.Html);
        var file = page.Document.QuerySelector(".post-text a[href^='/files/']:not(.picture)")!;
        Assert.Equal("見積書（最終）.pdf", file.TextContent);
        Assert.Contains("KB)", file.ParentElement!.TextContent);
        // The list of topics shows words, not addresses.
        Assert.DoesNotContain("/files/", (await site.Visitor().Get("/boards/general")).Text);
    }

    [OnBothDatabases, Fact]
    public async Task Who_may_read_the_post_sees_its_files_and_nobody_else_whatever_happens_to_it()
    {
        var site = await host.NewSite();
        var (anna, ben, carla, mod, visitor) =
            (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("carla"), await site.SignIn("mod"), site.Visitor());
        var topic = await Post(carla, "inner", ("a.png", PictureBytes.Png(700, 500)), ("b.txt", "words"u8.ToArray()));
        var page = await carla.Get(topic);
        string[] addresses = [PictureOn(page)!, PictureOn(page)! + "-small", LinkOn(page)!, PictureOn(page)![..33]];
        await Seen(carla, true);
        await Seen(mod, true);
        await Seen(ben, false);
        await Seen(visitor, false);
        foreach (var address in addresses)
        {
            var file = await carla.Get(address);
            Assert.Equal("no-cache, private", string.Join(", ", file.Headers.CacheControl!.ToString().Split(", ").Order()));
            Assert.Equal("default-src 'none'; sandbox", file.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Equal("nosniff", file.Headers.GetValues("X-Content-Type-Options").Single());
        }
        // Moved to where everybody reads.
        await mod.Submit(topic + "/move", new() { ["board"] = "general", ["sure"] = "1" }, "form:has([name=board])");
        topic = (await carla.Get(topic)).Url.AbsolutePath;
        Assert.StartsWith("/boards/general/", topic);
        await Seen(visitor, true);
        Assert.Contains("public", (await visitor.Get(addresses[0])).Headers.CacheControl!.ToString());
        Assert.Contains("no-cache", (await visitor.Get(addresses[0])).Headers.CacheControl!.ToString());
        // The board is closed: no flag of the file's says otherwise.
        await Readers(BoardReaders.Members);
        await Seen(visitor, false);
        await Seen(ben, true);
        // Hidden: its author and moderators.
        await mod.Submit($"{topic}/posts/1/hide", new() { ["reason"] = "" }, "form:has([name=reason])");
        await Seen(ben, false);
        await Seen(carla, true);
        await Seen(mod, true);
        await mod.Submit(topic, [], "form[action$='/restore']");
        await Seen(ben, true);
        // Taken out of the text by an edit: it is in the history only.
        await carla.Submit($"{topic}/posts/1/edit", new() { ["text"] = "Nothing to see" });
        await Seen(ben, false);
        await Seen(carla, true);
        await carla.Submit($"{topic}/posts/1/edit", new() { ["text"] = $"![again]({addresses[0]}) [b]({addresses[2]})" });
        await Seen(ben, true);
        await carla.Reply(topic, "Keeps the topic");
        await carla.Submit($"{topic}/posts/1/delete", [], "form:has(button.danger)");
        await Seen(ben, false);
        await Seen(visitor, false);

        async Task Seen(Visitor who, bool yes)
        {
            foreach (var address in addresses)
                Assert.Equal(yes ? HttpStatusCode.OK : HttpStatusCode.NotFound, (await who.Get(address)).Status);
        }
        Task Readers(BoardReaders readers) => site.Db(db =>
            db.Boards.Where(b => b.Key == "general").ExecuteUpdateAsync(s => s.SetProperty(b => b.Read, readers)));
    }

    [Fact]
    public async Task A_quoted_picture_keeps_the_right_of_the_post_it_belongs_to()
    {
        var site = await host.NewSite();
        var (anna, carla) = (await site.SignIn("anna"), await site.SignIn("carla"));
        var inner = await Post(carla, "inner", ("a.png", PictureBytes.Png(60, 50)));
        var address = PictureOn(await carla.Get(inner))!;
        // Whoever puts it elsewhere, even its owner, gives nobody what they may not see.
        await carla.Start("general", "Quoted", $"![x]({address})");
        await anna.Start("general", "Guessed", $"![x]({address})");
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(address)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get(address)).Status);
        Assert.Equal(HttpStatusCode.OK, (await carla.Get(address)).Status);
    }

    [Fact]
    public async Task What_is_uploaded_and_not_posted_is_seen_by_its_owner_alone_and_nobody_posts_it_for_another()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var (status, file) = await Upload(anna, "a.png", PictureBytes.Png(60, 50));
        Assert.Equal(HttpStatusCode.OK, status);
        var url = file.GetProperty("url").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await anna.Get(url)).Status);
        foreach (var other in new[] { ben, site.Visitor(), await site.SignIn("mod") })
            Assert.Equal(HttpStatusCode.NotFound, (await other.Get(url)).Status);
        await ben.Start("general", "Mine now", $"![x]({url})");
        Assert.Equal(HttpStatusCode.NotFound, (await ben.Get(url)).Status);
        await anna.Start("general", "Mine", file.GetProperty("markdown").GetString()!);
        Assert.Equal(HttpStatusCode.OK, (await ben.Get(url)).Status);
        // Another site has none of it.
        Assert.Equal(HttpStatusCode.NotFound, (await (await (await host.NewSite()).SignIn("anna")).Get(url)).Status);
    }

    /// <summary>As the script sends it.</summary>
    internal static async Task<(HttpStatusCode, JsonElement)> Upload(
        Visitor member, string name, byte[] content, string? key = null, string from = "/boards/general/new")
    {
        var page = await member.Get(from);
        var body = new MultipartFormDataContent
        {
            HeaderEncodingSelector = (_, _) => Encoding.UTF8,
        };
        foreach (var (field, value) in new[]
        {
            ("__RequestVerificationToken",
                page.Document.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!),
            ("key", key ?? Guid.NewGuid().ToString()),
        }) body.Add(new StringContent(value), field);
        var part = new ByteArrayContent(content);
        part.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"file\"; filename=\"{name.Replace("\"", "%22")}\"");
        body.Add(part);
        var answer = await member.Send(new HttpRequestMessage(HttpMethod.Post, "/files") { Content = body });
        return (answer.Status, answer.ContentType == "application/json" ? JsonDocument.Parse(answer.Html).RootElement : default);
    }

    [OnBothDatabases, Fact]
    public async Task The_same_form_sent_twice_or_at_once_is_one_post_with_one_picture()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var page = await anna.Get("/boards/general/new");
        var files = new[] { ("a.png", PictureBytes.Png(60, 50)), ("b.pdf", pdf) };
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Send(anna, page, "Look", files, "Once")));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Redirect, a.Status));
        Assert.Single(answers.Select(a => a.Location).Distinct());
        Assert.Equal((1, 2), (await site.Db(db => db.Topics.CountAsync()), await site.Db(db => db.Attachments.CountAsync())));
        var key = Guid.NewGuid().ToString();
        var sent = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Upload(anna, "c.png", PictureBytes.Png(61, 50), key)));
        Assert.Single(sent.Select(s => s.Item2.GetProperty("url").GetString()).Distinct());
    }

    [Fact]
    public async Task What_is_refused_is_named_and_the_text_and_the_other_files_stay()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var page = await Send(
            anna,
            "/boards/general/new",
            "My long text",
            [("a.png", PictureBytes.Png(60, 50)), ("evil.html", "<script>"u8.ToArray())],
            "T"
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("evil.html", page.Document.QuerySelector("#files-error")!.TextContent);
        var text = page.Document.QuerySelector("textarea[name=text]")!.TextContent;
        Assert.Contains("My long text", text);
        Assert.Contains("![a](/files/", text);
        Assert.Equal(0, await site.Db(db => db.Topics.CountAsync()));
        // Sent again without it, the post has what was taken.
        var answer = await Send(anna, page, text.Trim(), [], "T");
        Assert.NotNull(PictureOn(await anna.Get(answer.Location!.ToString())));
    }

    [Fact]
    public async Task The_preview_shows_what_was_sent_and_a_picture_alone_is_a_post()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var page = await Send(anna, "/boards/general/new", "", [("a.png", PictureBytes.Png(60, 50))], "T", "preview");
        var picture = page.Document.QuerySelector(".card .post-text img")!.GetAttribute("src")!;
        Assert.Equal(HttpStatusCode.OK, (await anna.Get(picture)).Status);
        var answer = await Send(anna, page, page.Document.QuerySelector("textarea[name=text]")!.TextContent.Trim(), [], "T");
        Assert.Equal(picture, PictureOn(await anna.Get(answer.Location!.ToString())));
    }

    static readonly (string Name, byte[] Content)[] refused =
    [
        ("a.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"u8.ToArray()),
        ("a.png", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"u8.ToArray()),
        ("a.html", "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray()),
        ("a.xml", "<?xml version='1.0'?><svg/>"u8.ToArray()),
        ("a.xhtml", "<html/>"u8.ToArray()),
        ("a.js", "alert(1)"u8.ToArray()),
        ("a.pdf.exe", "MZ"u8.ToArray()),
        ("a.exe", "MZ"u8.ToArray()),
        ("a.pdf", "MZ\0\0"u8.ToArray()),
        ("a.pdf", "<html>%PDF-"u8.ToArray()),
        ("a.docx", "%PDF-1.7"u8.ToArray()),
        ("a.docm", "PK\u0003\u0004"u8.ToArray()),
        ("a.txt", [0x4D, 0x5A, 0, 1, 2]),
        ("a.mp4", "<html>"u8.ToArray()),
        ("a", "words"u8.ToArray()),
        ("a.pdf.", "MZ"u8.ToArray()),
        ("", "words"u8.ToArray()),
        ("a.heic", "\0\0\0\u0018ftypheic\0\0\0\0"u8.ToArray()),
        ("IMG_1.jpg", "\0\0\0\u0018ftypmif1\0\0\0\0heic"u8.ToArray()),
        ("a.avif", "\0\0\0\u0018ftypavif\0\0\0\0"u8.ToArray()),
        ("a.txt", []),
        ("a.gif", "GIF89a/*"u8.ToArray()),
        ("a.jpg", PictureBytes.Jpeg()[..50]),
        ("bomb.png", PictureBytes.Png(30_000, 30_000)),
        ("bomb.gif", PictureBytes.Gif(65_000, 65_000)),
        ("bomb.jpg", PictureBytes.Jpeg(65_000, 65_000)),
    ];

    [Fact]
    public async Task What_could_be_run_or_is_not_what_it_says_is_refused_in_a_sentence()
    {
        var anna = await (await host.NewSite(culture: "ja")).SignIn("anna");
        foreach (var (name, content) in refused)
        {
            var (status, answer) = await Upload(anna, name, content);
            Assert.True(status is HttpStatusCode.UnprocessableEntity, $"{name}: {status}");
            var said = answer.GetProperty("refused").GetString()!;
            Assert.DoesNotContain("files.refused", said);
            if (name.EndsWith(".heic") || name.EndsWith(".avif") || name == "IMG_1.jpg") Assert.Contains("JPEG", said);
            if (name.StartsWith("bomb")) Assert.Matches("40|64", said);
        }
    }

    static readonly (string Name, string Header)[] names =
    [
        ("見積書（最終）.pdf", "filename*=UTF-8''%E8%A6%8B%E7%A9%8D%E6%9B%B8%EF%BC%88%E6%9C%80%E7%B5%82%EF%BC%89.pdf"),
        ("a\"b.txt", "filename*=UTF-8''a%22b.txt"),
        ("c;d.txt", "filename*=UTF-8''c%3Bd.txt"),
        ("100%.txt", "filename*=UTF-8''100%25.txt"),
        ("it's, so.txt", "filename*=UTF-8''it%27s%2C%20so.txt"),
        ("..\\..\\e.txt", "filename*=UTF-8''e.txt"),
        ("../../../etc/passwd.txt", "filename*=UTF-8''passwd.txt"),
        ("safe\u202Etxt.exe.pdf", "filename*=UTF-8''safetxt.exe.pdf"),
        ("CON.txt", "filename*=UTF-8''_CON.txt"),
        ("com1.tar.zip", "filename*=UTF-8''_com1.tar.zip"),
        (".txt", "filename*=UTF-8''file.txt"),
        ("a\u0001\u200B b.txt", "filename*=UTF-8''a%20b.txt"),
        (new string('長', 300) + ".txt", "%E9%95%B7.txt"),
    ];

    [Fact]
    public async Task A_file_is_saved_under_its_name_in_both_forms_and_never_shown()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        foreach (var (name, header) in names) await Saved(name, header);
        // What is sent is a name; a line of a header of its own it cannot become.
        Assert.Equal("a b.txt", FileName.Clean("a\r\nb.txt"));

        async Task Saved(string name, string header)
        {
            var content =
                name.EndsWith(".pdf") ? pdf
                : name.EndsWith(".zip") ? "PK\u0003\u0004"u8.ToArray()
                : "<script>alert(1)</script>"u8.ToArray();
            var (status, answer) = await Upload(anna, name, content);
            Assert.True(status is HttpStatusCode.OK, $"{status} {answer}");
            var file = await anna.Download(answer.GetProperty("url").GetString()!);
            var disposition = file.Content.Headers.GetValues("Content-Disposition").Single();
            Assert.StartsWith("attachment; filename=", disposition);
            Assert.Contains(header, disposition);
            Assert.DoesNotContain("text/html", file.Content.Headers.ContentType!.MediaType);
            Assert.False(file.Headers.Contains("Set-Cookie"));
        }
    }

    [Fact]
    public async Task A_part_of_a_large_file_can_be_asked_for_and_an_unchanged_one_is_not_sent_again()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var url = (await Upload(anna, "long.txt", Encoding.ASCII.GetBytes(new string('x', 100_000) + "end")))
            .Item2.GetProperty("url")
            .GetString()!;
        var part = await anna.Download(url, r => r.Headers.Range = new RangeHeaderValue(100_000, null));
        Assert.Equal((HttpStatusCode.PartialContent, "end"), (part.StatusCode, await part.Content.ReadAsStringAsync()));
        var whole = await anna.Download(url);
        var again = await anna.Download(url, r => r.Headers.IfNoneMatch.Add(whole.Headers.ETag!));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        // The right is asked before: who has none is not told that nothing changed.
        var other = await (await site.SignIn("ben")).Download(url, r => r.Headers.IfNoneMatch.Add(whole.Headers.ETag!));
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }
}
