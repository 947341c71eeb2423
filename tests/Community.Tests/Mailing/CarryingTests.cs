using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SiteFiles = Community.Kernel.Files;

namespace Community.Tests.Mailing;

/// <summary>What a mailing carries: attachments, and pictures inside the message.</summary>
public sealed class CarryingTests : IAsyncDisposable
{
    // A part is read to its octets, and names by both ways of writing them: RFC 2231, and what Outlook reads.
    const string Reader = """
        import email, email.policy, hashlib, json, sys
        from email.header import decode_header, make_header
        read = []
        for raw in json.load(sys.stdin):
            m = email.message_from_bytes(raw.encode("ascii"), policy=email.policy.default)
            old = email.message_from_bytes(raw.encode("ascii"))
            parts = []
            for p, o in zip(m.walk(), old.walk()):
                body = None if p.is_multipart() else p.get_payload(decode=True)
                parts.append({"kind": p.get_content_type(), "disposition": p.get_content_disposition() or "",
                    "name": p.get_filename() or "", "outlook": str(make_header(decode_header(o.get_param("name") or ""))),
                    "id": str(p["content-id"] or ""), "type": str(o.get_param("type") or ""),
                    "sha": "" if body is None else hashlib.sha256(body).hexdigest(),
                    "text": body.decode("utf-8") if p.get_content_maintype() == "text" and not p.get_filename() else ""})
            read.append({"parts": parts, "defects": [str(d) for p in m.walk() for d in p.defects],
                "longest": max(len(l) for l in raw.split("\r\n"))})
        json.dump(read, sys.stdout)
        """;

    sealed record Part(string Kind, string Disposition, string Name, string Outlook, string Id, string Type, string Sha, string Text);

    sealed record Message(Part[] Parts, string[] Defects, int Longest);

    static async Task<Message[]> Read(IEnumerable<byte[]> messages)
    {
        using var python = Process.Start(new ProcessStartInfo("python3", ["-c", Reader])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["PYTHONIOENCODING"] = "utf-8" },
        })!;
        await python.StandardInput.WriteAsync(JsonSerializer.Serialize(messages.Select(Encoding.ASCII.GetString)));
        python.StandardInput.Close();
        var read = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.Equal(0, python.ExitCode);
        return JsonSerializer.Deserialize<Message[]>(read, JsonSerializerOptions.Web)!;
    }

    readonly ScriptedSmtpServer server = new();
    TestHost host = null!;
    TestSite site = null!;
    Visitor mailer = null!;

    async Task Start()
    {
        server.Start();
        host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{server.Port}" });
        site = await host.NewSite();
        mailer = await site.SignIn("mailer");
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await server.DisposeAsync();
    }

    static string Sha(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    static async Task<Page> Attach(Visitor mailer, long id, params (string Name, byte[] Content)[] files)
    {
        var page = await mailer.Get($"/staff/mailings/{id}/files");
        var form = page.Document.QuerySelector("form:has([name=files])")!;
        var body = new MultipartFormDataContent { HeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        foreach (var input in form.QuerySelectorAll("input[type=hidden]"))
            body.Add(new StringContent(input.GetAttribute("value") ?? ""), input.GetAttribute("name")!);
        foreach (var (name, content) in files)
        {
            var part = new ByteArrayContent(content);
            // By hand: the framework would not send quotes and signs as a browser does.
            part.Headers.TryAddWithoutValidation(
                "Content-Disposition", $"form-data; name=\"files\"; filename=\"{name.Replace("\"", "%22")}\"");
            body.Add(part);
        }
        var answer = await mailer.Send(new(HttpMethod.Post, page.Url) { Content = body });
        return answer.Location is { } next ? await mailer.Get(next.AbsolutePath) : answer;
    }

    static byte[] Pdf(int bytes, byte with = (byte)'x')
    {
        var content = Enumerable.Repeat(with, bytes).ToArray();
        "%PDF-1.4\n"u8.CopyTo(content);
        return content;
    }

    [Fact]
    public async Task Another_program_reads_pictures_and_attachments_as_they_were_put_in_and_each_is_encoded_once()
    {
        await Start();
        await site.AddReaders(3);
        var picture = (await site.Reader("mailer")) is var reader
            ? (await site.With<KeepMailPicture, StoredFile>(
                k => k.Upload(reader, new MemoryStream(PictureBytes.Png(600, 300)), default))).Name
            : "";
        const string edit = "form:has([name='Form.Subject'])";
        var form = await mailer.Submit(
            await mailer.Get("/staff/mailings/new"), new() { ["Form.Subject"] = "Plan", ["Form.b-do"] = "begin" }, edit);
        form = await mailer.Submit(form, new() { ["Form.b-do"] = "add:picture", ["Form.b0.text"] = "Hello {{member.name}}" }, edit);
        await mailer.Submit(
            form,
            new() { ["Form.b1.picture"] = picture, ["Form.b1.alt"] = "Tea", ["Form.When"] = "now", ["Form.Then"] = "save" },
            edit);
        var id = await site.Db(db => db.Mailings.Select(m => m.Id).SingleAsync());
        var name = "計画書 2026年度・第２版（案）とても長い名前のファイル ～確認用～.pdf";
        var (plan, dates) = (Pdf(200_000), Encoding.UTF8.GetBytes("日付,場所\r\n1/2,京都\r\n.\r\n..\r\nFrom here\r\n"));
        var attached = await Attach(mailer, id, (name, plan), ("dates; \"first\".csv", dates));
        Assert.Equal(2, attached.Document.QuerySelectorAll("section[aria-labelledby=attached] li").Length);
        await mailer.Submit(attached, new() { ["embeds"] = "true" }, "form[action$='/files/pictures']");
        var confirm = await mailer.Get($"/staff/mailings/{id}/confirm");
        Assert.Contains("計画書", confirm.Text);
        await mailer.Submit(confirm, [], "form:has(input[name=Rev])");
        await site.Until(id, MailingState.Finished);
        Assert.Equal(3, host.Services.GetRequiredService<EncodedFiles>().Encoded);
        var kept = File.ReadAllBytes(await site.With<SiteFiles, string>(f => Task.FromResult(f.PathOf(picture[..64]))));
        var all = await Read(server.Messages);
        Assert.True(all.Length >= 5);
        foreach (var message in all)
        {
            Assert.Empty(message.Defects);
            // RFC 5322 §2.1.1.
            Assert.InRange(message.Longest, 60, 998);
            Assert.Equal(
                [
                    "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
                    "application/pdf", "text/csv",
                ],
                message.Parts.Select(p => p.Kind));
            Assert.Equal("text/html", message.Parts[3].Type);
            var (html, shown, first, second) = (message.Parts[4], message.Parts[5], message.Parts[6], message.Parts[7]);
            Assert.Equal(("inline", Sha(kept)), (shown.Disposition, shown.Sha));
            Assert.Contains($"src=\"cid:{shown.Id.Trim('<', '>')}\"", html.Text);
            Assert.DoesNotContain("/files/", html.Text);
            Assert.Equal(("attachment", name, name, Sha(plan)), (first.Disposition, first.Name, first.Outlook, first.Sha));
            Assert.Equal(("attachment", Sha(dates)), (second.Disposition, second.Sha));
            Assert.Equal(second.Name, second.Outlook);
            Assert.EndsWith(".csv", second.Name);
        }
        // A copy carries the same; nobody but those who write mailings can open it.
        var copy = await mailer.PressOn($"/staff/mailings/{id}", "copy");
        Assert.Contains("計画書", (await mailer.Get(copy.Url.AbsolutePath.Replace("/edit", "/files"))).Text);
        var file = $"/staff/mailings/{id}/files/{Sha(plan)}";
        var download = await mailer.Download(file);
        Assert.Equal("attachment", download.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal(name, download.Content.Headers.ContentDisposition.FileNameStar);
        Assert.Equal(plan, await download.Content.ReadAsByteArrayAsync());
        Assert.Contains("sandbox", download.Headers.GetValues("Content-Security-Policy").Single());
        Assert.NotEqual(HttpStatusCode.OK, (await (await site.SignIn("anna")).Download(file)).StatusCode);
        Assert.NotEqual(HttpStatusCode.OK, (await site.Visitor().Download(file)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await mailer.Download($"/files/{Sha(plan)}.pdf")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await mailer.Download($"/staff/mailings/{id}/files/{new string('0', 64)}")).StatusCode);
        // What mailings carry is in use, and goes when none carries it any more.
        var used = await site.Db(db => new MailingModule().FilesInUse(db, [Sha(plan), picture[..64], new string('0', 64)], default));
        Assert.Equal([Sha(plan), picture[..64]], used);
    }

    [Fact]
    public async Task What_is_no_such_file_or_too_much_is_refused_by_name_and_a_change_takes_a_reservation_back()
    {
        await Start();
        var id = await mailer.Reserve(local: DateTime.UtcNow.AddDays(30));
        var page = await Attach(
            mailer, id, ("program.exe", "MZ9000"u8.ToArray()), ("letter.pdf", "MZ9000"u8.ToArray()), ("note.txt", "Good"u8.ToArray()));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        var wrong = page.Document.QuerySelector("#files-error")!.TextContent;
        Assert.Contains("program.exe", page.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Contains("program.exe", wrong);
        // The good one stays.
        Assert.Equal("note.txt", page.Document.QuerySelector("section[aria-labelledby=attached] li a")!.TextContent);
        var mailing = await site.Mailing(id);
        Assert.Equal((MailingState.Draft, "note.txt"), (mailing.State, mailing.Files.Single().Name));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Attach(mailer, id)).Status);
        // Together they have a limit, in bytes and in number.
        await Attach(mailer, id, ("a.pdf", Pdf(3_000_000)));
        Assert.Contains("at most 5 MB", (await Attach(mailer, id, ("b.pdf", Pdf(3_000_000, (byte)'y')))).Text);
        var many = Enumerable.Range(1, MailFile.MaxFiles).Select(n => ($"{n}.txt", Encoding.ASCII.GetBytes($"{n}"))).ToArray();
        Assert.Contains("at most 10 files", (await Attach(mailer, id, many)).Text);
        mailing = await site.Mailing(id);
        Assert.Equal(MailFile.MaxFiles, mailing.Files.Count);
        // A picture is made anew: what it tells of its place goes.
        page = await mailer.Get($"/staff/mailings/{id}/files");
        var stale = page;
        page = await mailer.Submit(page, [], $"form[action$='/files/{mailing.Files[1].Hash}/remove']");
        Assert.Equal(MailFile.MaxFiles - 1, (await site.Mailing(id)).Files.Count);
        // Of an older page nothing is taken over.
        await mailer.Submit(stale, [], $"form[action$='/files/{mailing.Files[0].Hash}/remove']");
        Assert.Equal("note.txt", (await site.Mailing(id)).Files[0].Name);
        await Attach(mailer, id, ("photo.heif.jpg", PictureBytes.Jpeg(30, 20)));
        var photo = (await site.Mailing(id)).Files[^1];
        Assert.Equal("image/jpeg", photo.MediaType);
        Assert.NotEqual(Sha(PictureBytes.Jpeg(30, 20)), photo.Hash);
        // Said before sending: telephones take no such message.
        await mailer.Submit($"/staff/mailings/{id}/files", [], $"form[action$='/files/{photo.Hash}/remove']");
        await Attach(mailer, id, ("large.pdf", Pdf(4_500_000)));
        Assert.Contains("Mailboxes of telephones", (await mailer.Get($"/staff/mailings/{id}/preview")).Text);
        // One that has started carries what it carries.
        await mailer.Submit($"/staff/mailings/{id}/edit", new() { ["Form.When"] = "now", ["Form.Then"] = "confirm" },
            "form:has([name='Form.Subject'])");
        await mailer.Submit($"/staff/mailings/{id}/confirm", [], "form:has(input[name=Rev])");
        await site.Until(id, MailingState.Finished);
        var rev = (await site.Mailing(id)).Rev;
        var me = await site.Reader("mailer");
        Assert.False(await site.With<ChangeMailFiles, bool>(c => c.Embed(me, id, rev, true)));
        Assert.Null(await site.With<ChangeMailFiles, int?>(c => c.Add(me, id, rev, new MemoryStream("x"u8.ToArray()), "x.txt")));
    }

    /// <summary>A file that went from the disk: nobody gets a mail that announces it.</summary>
    [Fact]
    public async Task Without_its_attachment_a_message_is_not_sent_and_memory_is_bounded_whatever_is_carried()
    {
        await Start();
        var files = host.Services.GetRequiredService<EncodedFiles>();
        var id = await mailer.Reserve(local: DateTime.UtcNow.AddDays(30));
        await Attach(mailer, id, ("a.pdf", Pdf(100_000)));
        var mailing = await site.Mailing(id);
        var content = new FrozenContent
        {
            Contents = mailing.Contents,
            Files = mailing.Files,
            KindId = 1,
            KindName = "",
            ListId = "",
            From = "",
            FromName = "",
            SiteName = "",
            SiteUrl = "http://x/",
            Host = "x",
            Culture = "en",
            Color = "",
            FeedbackId = "",
        };
        Task<MailFiles?> Of() => site.With<SiteFiles, MailFiles?>(f => files.Of(content, f, site.Site, default).AsTask());
        var first = (await Of())!.Attachments.Single();
        Assert.Equal(1, files.Encoded);
        Assert.NotNull(await Of());
        Assert.Equal(1, files.Encoded);
        // The same octets for all messages, and none of its own for any.
        static long Allocated(Action write)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            write();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.InRange(Allocated(() => GC.KeepAlive(new Community.Mail.MailBody("x", "<p>x</p>", [], [first]))), 0, 50_000);
        File.Delete(await site.With<SiteFiles, string>(f => Task.FromResult(f.PathOf(mailing.Files[0].Hash))));
        var fresh = new EncodedFiles();
        await Assert.ThrowsAsync<FileNotFoundException>(
            () => site.With<SiteFiles, MailFiles?>(f => fresh.Of(content, f, site.Site, default).AsTask()));
    }
}
