using System.Net;
using System.Net.Sockets;
using System.Text;
using Community.Tests.Files;
using Community.Tests.Sites;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Community.Tests.Attacks;

/// <summary>
/// Everything around the pages: return URLs, host names, forwarded headers, file paths, uploads, slow requests.
/// </summary>
[Collection("attacks")]
public sealed class DoorTests(AttackHost attacks)
{
    TestSite A => attacks.A;

    static readonly string[] elsewhere =
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "\thttps://evil.example",
        " //evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/%0d%0aSet-Cookie:%20x=1",
        "/\r\nSet-Cookie: x=1",
        "http://mark-a.example.test.evil.example/",
        "//mark-a.example.test@evil.example",
        "/\u2028/evil.example",
        "evil.example",
        "..//evil.example",
        "/.//evil.example/..",
    ];

    [Fact]
    public async Task Nobody_is_led_to_another_site()
    {
        var (nobody, anna) = (await Person.Visitor(A), await AttackHost.SignIn(A, "anna"));
        foreach (var address in elsewhere)
        {
            var to = Uri.EscapeDataString(address);
            foreach (var way in new[] { $"/language/en?back={to}", $"/scheme/dark?back={to}" }) Stays(await nobody.Get(way), address);
            Stays(await anna.Get($"/sign-in?returnUrl={to}"), address);
            Stays(
                await nobody.Post(
                    $"/sign-in?returnUrl={to}",
                    [new("_handler", "sign-in"), new("Email", "anna@example.com"), new("Password", TestSite.Password)]
                ),
                address
            );
            Stays(await anna.Post("/boards/general/read", [new("back", address)]), address);
        }

        void Stays(Answer answer, string address)
        {
            // Resolved as a browser does: whatever the header says, the next page is on this host.
            Assert.True(answer.Status == 302, $"{address}: {answer.Status} {attacks.Host.Log.Errors.LastOrDefault()}");
            Assert.True(
                Uri.TryCreate(new Uri(A.Url), answer.Location, out var next)
                    && next.GetLeftPart(UriPartial.Authority) == A.Url
                    && !answer.Location!.StartsWith("//")
                    && !answer.Location.Contains('\\'),
                $"{address} led to {answer.Location}"
            );
            Assert.DoesNotContain("x=1", answer.Headers.Split('\n').Where(h => h.StartsWith("Set-Cookie")));
        }
    }

    [Fact]
    public async Task A_host_or_a_forwarded_header_from_a_stranger_changes_no_link()
    {
        var anna = await AttackHost.SignIn(A, "anna");
        foreach (
            var headers in new[]
            {
                new[] { ("X-Forwarded-Host", "evil.example") },
                [("X-Forwarded-Host", AttackHost.Mark), ("X-Forwarded-Proto", "https")],
                [("Forwarded", "host=evil.example;proto=https")],
                [("X-Original-Host", "evil.example"), ("X-Host", "evil.example")],
                [("X-Original-URL", "/staff"), ("X-Rewrite-URL", "/staff")],
                [("X-HTTP-Method-Override", "DELETE")],
            }
        )
        {
            var answer = await anna.Get(await Addresses.FirstTopic(A), headers);
            Assert.True(answer.Status == 200 && !answer.Holds("evil.example") && !answer.Holds("https://mark"), headers[0].Item1);
        }
        var to = "carla@example.com";
        await (await Person.Visitor(A)).Post(
            "/forgotten-password",
            [new("_handler", "forgotten"), new("Email", to)],
            ("X-Forwarded-Host", "evil.example"),
            ("Origin", "https://evil.example")
        );
        var text = await TextOf(to);
        Assert.Contains($"http://{A.Site.CanonicalHost}:{attacks.Host.Port}/reset-password", text);
        Assert.DoesNotContain("evil.example", text);
        foreach (
            var host in new[]
            {
                "mark-a.example.test:80 evil.example",
                "mark-a.example.test:x",
                "mark-a.example.test@evil.example",
                "mark-a.example.test/..",
                "evil.example#mark-a.example.test",
                "mark-a.example.test\tevil",
                "[mark-a.example.test]",
                "",
            }
        )
        {
            var answer = await Raw.Get(attacks.Host.Port, "/", host);
            Assert.True(
                answer.Status is 400 or 404 && !answer.Head.Contains("evil") && !answer.Body.Contains("evil"),
                $"{host}: {answer.Status}"
            );
        }
        // Two hosts in one request, in the line and in the header.
        Assert.Equal(400, (await Raw.Get(attacks.Host.Port, "/", "mark-a.example.test", "127.0.0.1", "Host: mark-b.example.test")).Status);
        var both = await Raw.Get(attacks.Host.Port, "http://mark-b.example.test/", "mark-a.example.test");
        Assert.True(both.Status == 400 || !both.Body.Contains("marka"), both.Head);
    }

    async Task<string> TextOf(string to)
    {
        string? found = null;
        await TestSite.Until(
            () =>
                Task.FromResult(
                    (
                        found = attacks
                            .Relay.Messages.Select(m => Encoding.UTF8.GetString(m).Replace("=\r\n", "").Replace("=3D", "="))
                            .LastOrDefault(m => m.Contains("To: " + to))
                    )
                        is not null
                ),
            $"the mail to {to}"
        );
        return found!;
    }

    [Fact]
    public async Task No_path_leads_out_of_the_folders_that_are_served()
    {
        var nobody = await Person.Visitor(A);
        var ups = new[]
        {
            "..",
            "%2e%2e",
            "%252e%252e",
            ".%2e",
            "..%2f",
            "%2e%2e%2f",
            "..%5c",
            "..\\",
            "%2e%2e%5c",
            "..%c0%af",
            "%c0%ae%c0%ae",
            "....//",
            "..;",
            "%uff0e%uff0e",
            "..%00/",
            "./..",
            "%2f..",
            "..%252f",
        };
        var goals = new[]
        {
            "theme.json",
            "theme.css",
            "layout.hbs",
            "appsettings.json",
            "etc/passwd",
            "catalogue.db",
            "site.db",
            "Community.Web.dll",
        };
        foreach (
            var start in new[]
            {
                "/themes/plain/images/",
                "/themes/washi/images/",
                "/themes/",
                "/files/",
                "/_content/Community.Sites/",
                "/scripts/",
                "/",
            }
        )
            foreach (var up in ups)
                foreach (var goal in goals)
                    foreach (var depth in new[] { 1, 3 })
                    {
                        var answer = await nobody.Get(
                            start + string.Concat(Enumerable.Repeat(up.EndsWith('/') || up.EndsWith('\\') ? up : up + "/", depth)) + goal
                        );
                        // "/x/.." resolves to the parent page, and theme.css is a public style sheet.
                        Assert.True(
                            answer.Status is 400 or 404 || (goal == "theme.css" && answer.Headers.Contains("text/css")),
                            $"{start}{up}×{depth}/{goal}: {answer.Status}"
                        );
                        Assert.DoesNotContain("root:x:", answer.Body);
                        Assert.DoesNotContain("{{{body}}}", answer.Body);
                    }
        foreach (
            var path in new[]
            {
                "/App_Data/catalogue.db",
                "/Sites/mark-a/site.db",
                "/appsettings.json",
                "/recipes/operator.json",
                "/web.config",
                "/.git/config",
                "/.env",
                "/bin/Community.Web.dll",
                "/dev/mail",
                "/_framework/blazor.web.js",
                "/metrics",
                "/swagger",
            }
        )
            Assert.Equal(404, (await nobody.Get(path)).Status);
    }

    [Fact]
    public async Task An_upload_is_a_picture_or_nothing_and_is_never_opened_as_a_page()
    {
        var anna = await AttackHost.SignIn(await attacks.Another(), "anna");
        const string script = "<script>alert(document.domain)</script>";
        var svg = Encoding.UTF8.GetBytes($"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\">{script}</svg>");
        foreach (
            var (name, type, content) in new (string, string, byte[])[]
            {
                ("a.png", "image/png", Encoding.UTF8.GetBytes("<!DOCTYPE html>" + script)),
                ("a.svg", "image/svg+xml", svg),
                ("a.png", "image/png", svg),
                ("a.gif", "image/gif", Encoding.UTF8.GetBytes("GIF89a/*" + script + "*/=1;alert(1)")),
                ("a.jpg", "image/jpeg", [0xFF, 0xD8, 0xFF, .. Encoding.UTF8.GetBytes(script)]),
                ("a.pdf", "application/pdf", "%PDF-1.7"u8.ToArray()),
                ("a.zip", "application/zip", [0x50, 0x4B, 3, 4]),
                ("a.html", "text/html", Encoding.UTF8.GetBytes(script)),
            }
        )
            Assert.Equal(422, (await Upload(anna, name, type, content)).Status);
        // A picture that is also an HTML page: data after its end and in its comments is removed; its file name and content type are
        // ignored.
        foreach (
            var content in new[]
            {
                PictureBytes.Png(after: script),
                PictureBytes.Jpeg(after: script),
                PictureBytes.Gif(after: script),
                PictureBytes.WebP(after: script),
            }
        )
            foreach (var name in new[] { "x.html", "../../x.png", "..\\x.php", "a\"; filename=\"b.html", "x.png\u202egnp.exe" })
            {
                var answer = await Upload(anna, name, "text/html", content);
                Assert.True(answer.Status == 302, $"{name}: {answer.Status}");
            }
        var stored = await anna.Site.Db(db =>
            db.Files.Where(f => f.Purpose == FilePurpose.Avatar)
                .OrderByDescending(f => f.Id)
                .Select(f => f.Hash + "." + f.Extension)
                .FirstAsync()
        );
        foreach (var extension in new[] { Path.GetExtension(stored), ".html", ".svg", ".png.html", "" })
        {
            var served = await anna.Get("/files/" + Path.GetFileNameWithoutExtension(stored) + extension);
            if (served.Status == 404) continue;
            Assert.DoesNotContain("<script>", served.Body);
            foreach (var header in new[] { "nosniff", "sandbox", "Content-Type: image/" }) Assert.Contains(header, served.Headers);
        }
        // Nothing was written outside the folder of files.
        Assert.Empty(Directory.EnumerateFiles(attacks.Host.Data, "x.*", SearchOption.AllDirectories));
    }

    static Task<Answer> Upload(Person person, string name, string type, byte[] content)
    {
        var file = new ByteArrayContent(content);
        file.Headers.TryAddWithoutValidation("Content-Type", type);
        file.Headers.TryAddWithoutValidation(
            "Content-Disposition",
            $"form-data; name=\"picture\"; filename=\"{name.Replace("\"", "%22").Replace("\u202e", "")}\""
        );
        return person.Send(
            HttpMethod.Post,
            "/account/picture",
            new MultipartFormDataContent
            {
                { new StringContent(person.Token), Person.TokenField },
                { new StringContent("picture"), "_handler" },
                file,
            }
        );
    }

    [Fact]
    public async Task Who_drips_a_request_is_cut_off_and_nobody_else_waits()
    {
        // The same server with shorter timeouts than in production; those are checked below.
        await using var own = await TestHost.Start(configure: services => services.PostConfigure<KestrelServerOptions>(o =>
        {
            o.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1);
            o.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(1.1));
        }));
        var site = await own.NewSite();
        var slow = Enumerable
            .Range(0, 40)
            .Select(i =>
                Drip(
                    own.Port,
                    i % 2 == 0
                        ? $"GET / HTTP/1.1\r\nHost: {site.Site.CanonicalHost}\r\nX-Slow: "
                        : $"POST /sign-in HTTP/1.1\r\nHost: {site.Site.CanonicalHost}\r\n"
                            + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\nEmail="
                )
            )
            .ToList();
        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get("/boards")).Status);
        await Task.WhenAll(slow).WaitAsync(TestSite.Patience);

        var limits = attacks.Host.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.InRange(limits.RequestHeadersTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        Assert.InRange(limits.MinRequestBodyDataRate!.BytesPerSecond, 100, double.MaxValue);
        Assert.InRange(limits.MinRequestBodyDataRate.GracePeriod, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15));
        Assert.NotNull(limits.MinResponseDataRate);
    }

    /// <summary>Begins a request, never completes it, and waits until the server closes the connection.</summary>
    static async Task Drip(int port, string beginning)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning));
        try { while (await stream.ReadAsync(new byte[4096]) > 0) { } }
        catch (IOException) { /* Cut off. */ }
    }
}
