using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Community.Members;
using Community.Tests.House;
using Community.Tests.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Attacks;

/// <summary>
/// Site against site. Both sites have rows with the same ids, and every text of site B contains a mark: it must show in no response,
/// header, log or mail of anybody who uses site A, whatever they bring along from B; and B's rows are unchanged afterwards.
/// </summary>
[OnBothDatabases]
[Collection("attacks")]
public sealed class IsolationTests(AttackHost attacks)
{
    TestSite A => attacks.A;
    TestSite B => attacks.B;

    [Fact]
    public async Task No_route_shows_or_changes_anything_of_the_other_site()
    {
        var site = await attacks.Another();
        var thief = await AttackHost.SignIn(B, "admin");
        // Ids that both sites have, ids that only B has, and B's own keys.
        var own = await Addresses.Of(B);
        var foreign = new[] { own, await Addresses.Of(B, AttackHost.Mark, AttackHost.Mark, topic: 4) };
        await attacks.RestOf(B);
        var before = await attacks.Dump(B);
        var people = await Task.WhenAll(
            Person.Visitor(site),
            AttackHost.SignIn(site, "anna"),
            AttackHost.SignIn(site, "mod"),
            AttackHost.SignIn(site, "mailer"),
            AttackHost.SignIn(site, "web"),
            AttackHost.SignIn(site, "admin")
        );
        var leaks = new List<string>();
        foreach (var (method, path) in Routes.All(attacks.Host))
            foreach (var address in foreign.Select(f => f.Fill(path)).Distinct())
                // Nobody signs out, as the session is needed for the rest.
                await Task.WhenAll(
                    people
                        .Append(people[0].With(thief.Cookies, thief.Token))
                        .Where(_ => path != "/sign-out")
                        .Select(async person =>
                        {
                            var answer = method == "GET" ? await person.Get(address) : await person.Post(address, Fields(own));
                            // The requested URL itself comes back in links to other languages and to sign-in, and in redirects.
                            var named = address.Contains(AttackHost.Mark) ? Without(answer, address) : answer;
                            if (named.Holds(AttackHost.Mark) || answer.Status >= 500)
                                lock (leaks)
                                    leaks.Add($"{person.Name} {method} {address}: {answer.Status} {Around(named)}");
                        })
                );
        Assert.Empty(leaks);
        Assert.DoesNotContain(
            attacks.Host.Log.Lines,
            l => l.Contains(AttackHost.Mark, StringComparison.OrdinalIgnoreCase) && !l.Contains("mark-b")
        );
        await attacks.RestOf(B);
        Assert.Equal(before, await attacks.Dump(B));
    }

    [Fact]
    public async Task No_form_of_a_site_reaches_the_other_whatever_is_typed_into_it()
    {
        // Making an unsubscribe link creates the site's key, if no mail has done so before.
        var own = await Addresses.Of(B);
        await attacks.RestOf(B);
        var before = await attacks.Dump(B);
        var visitor = (await attacks.Another()).Visitor();
        await visitor.Submit("/sign-in", new() { ["Email"] = "admin@example.com", ["Password"] = TestSite.Password });
        // Every form that an administrator sees, filled in with the other site's values.
        var pages = Routes
            .All(attacks.Host)
            .Where(r => r.Method == "GET" && !r.Path.StartsWith("/dev") && !r.Path.StartsWith("/language"))
            .Select(r => own.Fill(r.Path))
            .ToList();
        var sent = 0;
        var broken = new List<string>();
        foreach (var address in pages)
        {
            var page = await visitor.Send(new HttpRequestMessage(HttpMethod.Get, address));
            if (page.Status != HttpStatusCode.OK || page.Html.Length == 0 || !page.Html.Contains("<form"))
                continue;
            foreach (
                var form in page
                    .Document.QuerySelectorAll("form")
                    .Where(f => f.GetAttribute("action") is not ("/sign-out" or { Length: > 0 } and not ['/', ..]))
            )
            {
                var fields = form.QuerySelectorAll("input[name],textarea[name],select[name]")
                    .Where(f => f.GetAttribute("type") is not ("hidden" or "file" or "checkbox" or "radio"))
                    .Select(f => f.GetAttribute("name")!)
                    .Distinct();
                form.SetAttribute("id", "attack");
                var answer = await visitor.Post(page, fields.ToDictionary(f => f, f => Value(f, own)), "#attack");
                form.RemoveAttribute("id");
                sent++;
                if ((int)answer.Status >= 500)
                    broken.Add($"{address} {form.GetAttribute("action")}: {attacks.Host.Log.Errors.LastOrDefault()}");
            }
        }
        Assert.Empty(broken);
        Assert.True(sent > 25, $"{sent} forms were found");
        await attacks.RestOf(B);
        Assert.Equal(before, await attacks.Dump(B));
    }

    [Fact]
    public async Task A_session_of_the_other_site_is_nobody_s()
    {
        var (thief, nobody) = (await AttackHost.SignIn(B, "admin"), await Person.Visitor(A));
        foreach (var path in new[] { "/", "/account", "/staff", "/staff/members", "/boards/lounge", "/groups" })
        {
            var (stolen, plain) = (await nobody.With(thief.Cookies).Get(path), await nobody.With("").Get(path));
            Assert.True(
                stolen.Status == plain.Status && stolen.Location == plain.Location && !stolen.Body.Contains("account-menu"),
                $"{path}: {stolen.Status} {plain.Status}"
            );
        }
    }

    [Fact]
    public async Task A_form_token_of_the_other_site_is_refused_for_every_form()
    {
        var (anna, other) = (await AttackHost.SignIn(A, "anna"), await AttackHost.SignIn(B, "anna"));
        // Her session with the other site's token and the cookie that belongs to it.
        var mixed = anna.With(
            string.Join(
                "; ",
                anna.Cookies.Split("; ")
                    .Where(c => !c.StartsWith("form="))
                    .Concat(other.Cookies.Split("; ").Where(c => c.StartsWith("form=")))
            ),
            other.Token
        );
        Assert.Equal(400, (await mixed.Post("/boards/general/read")).Status);
        Assert.Equal(400, (await anna.With(token: other.Token).Post("/boards/general/read")).Status);
        Assert.Equal(302, (await anna.Post("/boards/general/read")).Status);
    }

    [Fact]
    public async Task Links_of_the_other_site_s_mails_open_nothing()
    {
        var (nobody, anna) = (
            await Person.Visitor(A),
            await B.Db(db => db.Members.AsNoTracking().SingleAsync(m => m.Email!.StartsWith("anna@")))
        );
        var tokens = await B.With<MailLinks, string[]>(links =>
            Task.FromResult(
                Enum.GetValues<MailLinkPurpose>().Select(p => links.Token(p, anna, "new@" + AttackHost.Mark + ".example")).ToArray()
            )
        );
        foreach (var page in new[] { "/confirm", "/reset-password", "/account/new-email" })
            foreach (var token in tokens)
            {
                var answer = await nobody.Get($"{page}?token={token}");
                Assert.True(answer.Status == 410 && !answer.Holds(AttackHost.Mark), $"{page}: {answer.Status}");
            }
        var waiting = await B.With<WaitingAddress, string>(w => Task.FromResult(w.Url("anna@" + AttackHost.Mark + ".example")));
        Assert.False((await nobody.Get(waiting)).Holds(AttackHost.Mark));
        var leave = "/u/" + (await Addresses.Of(B)).Unsubscribe;
        Assert.Equal(404, (await nobody.Get(leave)).Status);
        Assert.Equal(
            404,
            (
                await nobody.Send(HttpMethod.Post, leave + "/one-click", new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]))
            ).Status
        );
        Assert.True(await A.Db(db => db.ConsentStates.AnyAsync(c => c.MemberId == anna.Id && c.Granted)));
    }

    [Fact]
    public async Task An_upload_is_not_there_on_the_other_site_even_for_an_administrator()
    {
        var admin = await AttackHost.SignIn(A, "admin");
        var files = await B.Db(db => db.Files.Select(f => f.Hash + "." + f.Extension).ToListAsync());
        Assert.True(files.Count >= 2);
        foreach (var file in files) Assert.Equal(404, (await admin.Get("/files/" + file)).Status);
        var anna = await AttackHost.SignIn(B, "anna");
        Assert.Equal(200, (await anna.Get("/files/" + files[0])).Status);
        // A file for a post that is not posted: its owner's.
        var attachment = "/files/" + (await Addresses.Of(B)).Attachment;
        Assert.Equal((404, 404, 200),
            ((await admin.Get(attachment)).Status, (await (await AttackHost.SignIn(B, "admin")).Get(attachment)).Status,
            (await anna.Get(attachment)).Status));
    }

    [Fact]
    public async Task A_page_kept_for_visitors_of_one_site_is_never_given_to_the_other_s()
    {
        foreach (var path in new[] { "/", "/boards", "/boards/general", "/boards/general/1", "/theme.css", "/icon.svg" })
            foreach (var encoding in new[] { "gzip", "br", "identity" })
            {
                async Task<string> At(TestSite site) => path == "/boards/general/1" ? await Addresses.FirstTopic(site) : path;
                var theirs = await Plain.Get(B, await At(B), ("Accept-Encoding", encoding));
                theirs = await Plain.Get(B, await At(B), ("Accept-Encoding", encoding));
                var etag = theirs.Headers.ETag?.ToString() ?? "\"none\"";
                var mine = await Plain.Get(A, await At(A), ("Accept-Encoding", "identity"), ("If-None-Match", etag));
                Assert.True(mine.StatusCode == HttpStatusCode.OK, $"{path} {encoding}: {mine.StatusCode}");
                Assert.DoesNotContain(AttackHost.Mark, await mine.Text());
            }
    }

    [Fact]
    public async Task Searching_for_the_other_site_s_members_finds_nobody()
    {
        var admin = await AttackHost.SignIn(A, "admin");
        foreach (var query in new[] { "q=" + AttackHost.Mark, "q=%25" + AttackHost.Mark + "%25", "q='%20OR%201=1--", "q=%25' OR '1'='1" })
            Assert.Contains("class=\"empty\"", (await admin.Get("/staff/members?" + query.Replace(" ", "%20"))).Body);
    }

    [Fact]
    public async Task Asking_for_the_other_site_s_members_by_mail_sends_nothing()
    {
        await attacks.RestOf(B);
        var (address, count) = ($"ben@{AttackHost.Mark}.example", await SystemMails(B));
        await A.Visitor().Submit("/forgotten-password", new() { ["Email"] = address });
        Assert.Equal(0, await A.Db(db => db.SystemMails.CountAsync(l => l.To == address)));
        Assert.Equal(count, await SystemMails(B));
        // The right password of one site is useless on another.
        var page = await A.Visitor().Submit("/sign-in", new() { ["Email"] = address, ["Password"] = TestSite.Password });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);

        static Task<int> SystemMails(TestSite site) => site.Db(db => db.SystemMails.CountAsync());
    }

    [Fact]
    public async Task Two_hosts_over_one_connection_stay_apart()
    {
        var anna = await AttackHost.SignIn(A, "anna");
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, attacks.Host.Port);
        await using var stream = socket.GetStream();
        using var reader = new StreamReader(stream, Encoding.Latin1);
        for (var i = 0; i < 6; i++)
        {
            var site = i % 2 == 0 ? A : B;
            var path = await Addresses.FirstTopic(site);
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"GET {path} HTTP/1.1\r\nHost: {site.Site.CanonicalHost}:{attacks.Host.Port}\r\n"
                        + $"Cookie: {anna.Cookies}\r\nAccept-Encoding: identity\r\n\r\n"
                )
            );
            var text = await OneAnswer(reader);
            Assert.StartsWith("HTTP/1.1 200", text);
            // Signed in on the first site, a visitor on the second, over the same connection.
            Assert.Equal(site == A, text.Contains("account-menu"));
            Assert.Equal(site == B, text.Contains(AttackHost.Mark));
        }
    }

    [Fact]
    public async Task Many_requests_for_two_hosts_in_one_HTTP_2_connection_stay_apart()
    {
        await using var own = await TestHost.Start(new() { ["Kestrel:EndpointDefaults:Protocols"] = "Http2" });
        var sites = new[] { await own.NewSite(), await own.NewSite() };
        var connections = 0;
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseCookies = false,
            ConnectCallback = async (context, ct) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, own.Port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        async Task<string> Ask(TestSite site, string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{own.Port}{path}")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.Host = $"{site.Site.CanonicalHost}:{own.Port}";
            using var response = await http.SendAsync(request);
            Assert.Equal(HttpVersion.Version20, response.Version);
            return await response.Content.ReadAsStringAsync();
        }
        await Ask(sites[0], "/");
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            // Bypasses the page cache, which does not store requests with unknown parameters.
            var (mine, other) = (sites[i % 2].Site, sites[1 - i % 2].Site);
            var text = await Ask(sites[i % 2], $"/?n={i}");
            Assert.True(text.Contains(mine.Name + "<") && !text.Contains(other.Name + "<"), $"{i}: {mine.Name}");
        }));
        Assert.Equal(1, connections);
    }

    [Fact]
    public async Task What_one_site_protected_another_cannot_read()
    {
        var secret = await A.With<IDataProtectionProvider, string>(p => Task.FromResult(p.CreateProtector("links").Protect("member 1")));
        Assert.Equal(
            "member 1",
            await A.With<IDataProtectionProvider, string>(p => Task.FromResult(p.CreateProtector("links").Unprotect(secret)))
        );
        await B.With<IDataProtectionProvider, CryptographicException>(p =>
            Task.FromResult(Assert.ThrowsAny<CryptographicException>(() => p.CreateProtector("links").Unprotect(secret)))
        );
    }

    [Fact]
    public void Without_a_site_there_is_no_database() =>
        Assert.Throws<InvalidOperationException>(() => new CurrentSite().Site);

    [Fact]
    public async Task A_host_name_that_nobody_has_names_nothing()
    {
        foreach (var name in new[] { "nobody.example", "127.0.0.1", "xn--.example", new string('a', 60) + ".example" })
        {
            var answer = await Plain.Get(A, "/", ("Host", name));
            Assert.True(
                answer.StatusCode == HttpStatusCode.NotFound,
                $"{name}: {answer.StatusCode} {string.Join('\n', attacks.Host.Log.Errors)}"
            );
            Assert.Equal("Not found.", await answer.Text());
        }
        var dotted = await Plain.Get(A, "/x?y=1", ("Host", $"{A.Site.CanonicalHost}.:{attacks.Host.Port}"));
        Assert.Equal($"{A.Url}/x?y=1", dotted.Headers.Location!.ToString());
    }

    /// <summary>Fields that buttons submit, with B's ids.</summary>
    static Dictionary<string, string> Fields(Addresses own) =>
        new()
        {
            ["member"] = own.Member.ToString(),
            ["role"] = "mailer",
            ["reason"] = "because",
            ["groups"] = "4",
            ["key"] = Guid.NewGuid().ToString(),
            ["rev"] = "1",
            ["up"] = "true",
            ["back"] = "/boards",
        };

    static string Value(string field, Addresses own) => field.Split('.')[^1].ToLowerInvariant() switch
    {
        "email" => $"someone{Random.Shared.Next()}@example.net",
        "subject" or "text" or "title" or "name" => "Attack",
        "handle" => own.Handle,
        "word" or "key" => "word" + Random.Shared.Next(1000, 9999),
        _ => own.Member.ToString(),
    };

    static Answer Without(Answer answer, string address)
    {
        string Cut(string text) => text.Replace(Uri.EscapeDataString(address), "").Replace(address, "");
        return answer with { Headers = Cut(answer.Headers), Body = Cut(answer.Body), Location = null };
    }

    static string Around(Answer answer)
    {
        var all = answer.Headers + answer.Body;
        var at = all.IndexOf(AttackHost.Mark, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? "" : all[Math.Max(0, at - 80)..Math.Min(all.Length, at + 80)];
    }

    static async Task<string> OneAnswer(StreamReader reader)
    {
        var head = new StringBuilder();
        int length = 0, chunked = 0;
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            head.AppendLine(line);
            if (line.StartsWith("Content-Length:")) length = int.Parse(line[15..]);
            if (line.StartsWith("Transfer-Encoding: chunked")) chunked = 1;
        }
        if (chunked == 0)
            return head + await Read(length);
        for (int size; (size = Convert.ToInt32(await reader.ReadLineAsync(), 16)) > 0; await reader.ReadLineAsync())
            head.Append(await Read(size));
        await reader.ReadLineAsync();
        return head.ToString();

        async Task<string> Read(int count)
        {
            var buffer = new char[count];
            await reader.ReadBlockAsync(buffer);
            return new(buffer);
        }
    }
}
