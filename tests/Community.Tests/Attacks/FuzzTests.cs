using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Community.Tests.House;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;

namespace Community.Tests.Attacks;

/// <summary>
/// Random requests, byte by byte, over every route, header, query and field: no response may be a server error. Each run makes
/// different ones. A failure reports the seed of its request; <c>COMMUNITY_FUZZ_SEED</c> sets it, and that request comes first.
/// <c>COMMUNITY_FUZZ_SECONDS</c> sets how long it runs.
/// </summary>
[OnBothDatabases]
[Collection("attacks")]
[Trait("takes", "long")]
public sealed partial class FuzzTests(AttackHost attacks)
{
    const int Seconds = 5, Workers = 6;
    /// <summary>A request that takes longer counts as a failure too.</summary>
    static readonly TimeSpan slow = TestSite.Patience;

    [Fact]
    public async Task Whatever_is_sent_no_answer_is_a_failure_of_ours()
    {
        var site = await attacks.Another();
        var addresses = await Addresses.Of(site);
        var visitor = await Person.Visitor(site);
        var people = new[]
        {
            visitor,
            await AttackHost.SignIn(site, "anna"),
            await AttackHost.SignIn(site, "admin"),
            await AttackHost.SignIn(attacks.Console, "operator"),
        };
        var forms = new List<(Person, Form)>();
        // The operator's forms act on another site: moving or suspending this one would end the others' requests.
        var operated = await Addresses.Of(await attacks.Another());
        foreach (var person in people)
            forms.AddRange((await Form.Found(person, person.Site == site ? addresses : operated)).Select(f => (person, f)));
        var fuzz = new Requests(people, forms, [.. Routes.Of(attacks.Host).Where(e => !Routes.Path(e).StartsWith("/sign-out"))], addresses);

        var seed = Seeds.Next("COMMUNITY_FUZZ_SEED");
        var seconds = int.TryParse(Environment.GetEnvironmentVariable("COMMUNITY_FUZZ_SECONDS"), out var longer) ? longer : Seconds;
        var broken = new List<string>();
        var (next, clock) = (seed - 1, Stopwatch.StartNew());
        await Task.WhenAll(
            Enumerable
                .Range(0, Workers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (clock.Elapsed.TotalSeconds < seconds && broken.Count < 20)
                        {
                            var mine = Interlocked.Increment(ref next);
                            var request = fuzz.Make(new Random(mine));
                            var (status, body) = await Send(request);
                            if (status < 500 && !Trace().IsMatch(body))
                                continue;
                            lock (broken)
                                broken.Add(
                                    $"COMMUNITY_FUZZ_SEED={mine}: {status}\n{Readable(request)}\n  "
                                        + attacks.Host.Log.Errors
                                            .LastOrDefault(e => e.Contains("ExceptionHandlerMiddleware") || e.Contains("BrokenPage"))
                                            ?.Split('\n').Take(6).Aggregate((a, b) => a + "\n  " + b.Trim())
                                );
                        }
                    })
                )
        );
        // Shows what was accepted: no stored value may break a page.
        foreach (var person in people)
            foreach (var path in Routes.All(attacks.Host).Where(r => r.Method == "GET").Select(r => addresses.Fill(r.Path)).Distinct())
                if (await person.Get(path) is { Status: >= 500 } answer)
                    broken.Add(
                        $"COMMUNITY_FUZZ_SEED={seed}, afterwards: {person.Name} {path}: {answer.Status} "
                            + attacks.Host.Log.Errors.LastOrDefault()
                    );
        Assert.True(
            broken.Count == 0,
            $"{broken.Count} of {next - seed + 1} requests, begun with COMMUNITY_FUZZ_SEED={seed}:\n"
                + string.Join("\n\n", broken.Select(b => b.Length > 3000 ? b[..3000] : b))
        );
        Assert.True(next - seed > 100, $"{next - seed + 1} requests");
    }

    /// <summary>0 if the connection closed without a response, 599 if none came in time.</summary>
    async Task<(int Status, string Body)> Send(byte[] request)
    {
        using var cut = new CancellationTokenSource(slow);
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, attacks.Host.Port, cut.Token);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(request, cut.Token);
            // No more data follows: a body declared to be longer is truncated.
            socket.Shutdown(SocketShutdown.Send);
            using var all = new MemoryStream();
            await stream.CopyToAsync(all, cut.Token);
            var text = Encoding.UTF8.GetString(all.ToArray());
            return (
                Regex.Match(text, @"^HTTP/1\.1 (\d{3})") is { Success: true } line
                    ? int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture)
                    : 0,
                text
            );
        }
        catch (Exception error) when (error is IOException or SocketException) { return (0, ""); }
        catch (OperationCanceledException) { return (599, ""); }
    }

    [GeneratedRegex(@"\bat (?:System|Microsoft|Community|Npgsql)\.")]
    private static partial Regex Trace();

    static string Readable(byte[] request) =>
        string.Concat(request.Take(1200).Select(b => b is (>= 32 and < 127) or 10 ? ((char)b).ToString() : b == 13 ? "" : $"\\x{b:x2}"));

    /// <summary>Makes requests: mostly what a browser might send, with one or more mistakes.</summary>
    sealed class Requests(Person[] people, List<(Person Person, Form Form)> forms, List<RouteEndpoint> routes, Addresses addresses)
    {
        public byte[] Make(Random random)
        {
            var person = random.Pick(people);
            var headers = new List<(string Name, string Value)>();
            var (method, target, body) = random.Next(4) == 0 ? Sent(random, ref person, headers) : Asked(random, headers);
            // HTTP allows no such characters here; testing the server's own parser once in 20 requests is enough.
            if (random.Next(20) != 0)
                target = string.Concat(
                    target.Select(c => c is > ' ' and < (char)127 ? c.ToString() : Percent(Encoding.UTF8.GetBytes(c.ToString())))
                );
            if (person.Cookies.Length > 0 && random.Next(10) > 0)
                headers.Add(("Cookie", random.Next(5) == 0 ? person.Cookies + "; " + Cookie(random) : person.Cookies));
            for (var more = random.Next(4); more > 0; more--)
                headers.Add(Header(random));
            if (body is not null && random.Next(15) > 0)
                headers.Add(("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture)));
            headers.Add(
                ("Host", random.Next(12) == 0 ? Host(random, person) : $"{person.Site.Site.CanonicalHost}:{person.Site.Host.Port}")
            );
            headers.Add(("Connection", "close"));
            var head =
                $"{method} {target} HTTP/1.{(random.Next(30) == 0 ? 0 : 1)}\r\n"
                + string.Concat(headers.Select(h => $"{h.Name}: {h.Value}\r\n"))
                + "\r\n";
            return [.. random.Next(3) == 0 ? Encoding.Latin1.GetBytes(head) : Encoding.UTF8.GetBytes(head), .. body ?? []];
        }

        (string Method, string Target, byte[]? Body) Asked(Random random, List<(string, string)> headers)
        {
            var route = random.Pick(routes);
            var path = Routes.Path(route);
            var target =
                random.Next(4) == 0
                    ? Regex.Replace(path, @"\{(?:[^{}]|\{\{|\}\})*\}", _ => random.Next(3) == 0 ? "1" : Value(random))
                    : addresses.Fill(path);
            if (random.Next(25) == 0)
                target += "/" + Value(random);
            var page = route.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type;
            string[] names =
            [
                .. (page?.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) ?? [])
                    .Select(p => (p.Name, p.GetCustomAttribute<SupplyParameterFromQueryAttribute>()))
                    .Where(p => p.Item2 is not null)
                    .Select(p => p.Item2!.Name ?? p.Name),
                "back",
                "returnUrl",
                "did",
                "post",
                "v",
                "view",
                "safe-theme",
                "try",
                "member",
                "to",
                "_handler",
                "_blazor",
            ];
            for (var more = random.Next(4); more > 0; more--)
                target +=
                    (target.Contains('?') ? '&' : '?')
                    + (random.Next(10) == 0 ? Value(random) : random.Pick(names))
                    + (random.Next(10) == 0 ? "" : "=")
                    + Value(random);
            var method = random.Pick([
                "GET",
                "GET",
                "GET",
                "GET",
                "GET",
                "HEAD",
                "POST",
                "POST",
                "PUT",
                "DELETE",
                "OPTIONS",
                "TRACE",
                "PATCH",
                "get",
                "QUERY",
                "PRI",
            ]);
            if (method is "GET" or "HEAD" && random.Next(10) > 0)
                return (method, target, null);
            headers.Add(("Content-Type", ContentType(random)));
            return (method, target, Body(random));
        }

        /// <summary>A form of a page, mostly with its right token, and nonsense in some of its fields.</summary>
        (string Method, string Target, byte[]? Body) Sent(Random random, ref Person person, List<(string, string)> headers)
        {
            (person, var form) = random.Pick(forms);
            var token = person.Token;
            var fields = form
                .Fields.Where(f => f.Name != Person.TokenField && random.Next(15) > 0)
                .Select(f =>
                    (
                        Name: random.Next(40) == 0 ? f.Name + random.Pick(["[0]", ".X", "[\u0000]", "[99999]", "."]) : f.Name,
                        Value: f.Name == "_handler" ? (random.Next(30) == 0 ? Value(random) : Uri.EscapeDataString(f.Value))
                        : random.Next(3) == 0 ? Uri.EscapeDataString(f.Value)
                        : Value(random)
                    )
                )
                .Append((Name: Person.TokenField, Value: random.Next(20) == 0 ? Value(random) : Uri.EscapeDataString(token)))
                .ToList();
            if (random.Next(20) == 0)
                fields.Add((random.Pick(fields).Name, Value(random)));
            if (!form.Uploads || random.Next(4) == 0)
            {
                headers.Add(("Content-Type", "application/x-www-form-urlencoded"));
                return (
                    "POST",
                    form.Action,
                    Encoding.UTF8.GetBytes(string.Join('&', fields.Select(f => $"{Uri.EscapeDataString(f.Name)}={f.Value}")))
                );
            }
            headers.Add(("Content-Type", "multipart/form-data; boundary=bound"));
            var body = new MemoryStream();
            foreach (var (name, value) in fields)
            {
                var isFile = form.Fields.Any(f => f.Name == name && f.Typed) && random.Next(2) == 0;
                body.Write(
                    Encoding.UTF8.GetBytes(
                        $"--bound\r\nContent-Disposition: form-data; name=\"{name}\""
                            + (isFile
                                ? $"; filename=\"{(random.Next(3) == 0 ? Text(random) : "a.png")}\"\r\n"
                                    + $"Content-Type: {(random.Next(3) == 0 ? Text(random) : "image/png")}"
                                : "")
                            + "\r\n\r\n"
                    )
                );
                body.Write(
                    isFile ? File(random) : WebUtility.UrlDecodeToBytes(Encoding.ASCII.GetBytes(Ascii(value)), 0, Ascii(value).Length) ?? []
                );
                body.Write("\r\n"u8);
            }
            if (random.Next(15) > 0) body.Write("--bound--\r\n"u8);
            return ("POST", form.Action, body.ToArray());
        }

        static string Ascii(string text) => string.Concat(text.Select(c => c < 128 ? c : '?'));

        static byte[] File(Random random)
        {
            byte[] file = random.Next(5) switch
            {
                0 => Files.PictureBytes.Png(random.Next(70), random.Next(70)),
                1 => Files.PictureBytes.Jpeg(),
                2 => Files.PictureBytes.Gif(),
                3 => Files.PictureBytes.WebP(),
                _ => Bytes(random, 200),
            };
            for (var changes = random.Next(6); changes > 0 && file.Length > 0; changes--)
                file[random.Next(file.Length)] = (byte)random.Next(256);
            return random.Next(4) == 0 ? file[..random.Next(file.Length + 1)] : file;
        }

        static string Host(Random random, Person person)
        {
            var (name, port) = (person.Site.Site.CanonicalHost, person.Site.Host.Port);
            return random.Pick([
                $"{name}:65536",
                $"{name}:99999",
                $"{name}:{port}0000",
                $"{name}:-1",
                $"{name}:",
                $"{name}:0",
                $"{name}:00{port}",
                $"{name}:8a",
                $"{name}:٣",
                name.ToUpperInvariant(),
                name + ".",
                name + ".:" + port,
                $"{name}, {name}",
                $"{name}@evil.example",
                "[::1]:" + port,
                "[::1",
                "xn--a",
                "xn--a." + name,
                "localhost",
                "localhost:99999999999999999999",
                "",
                " ",
                "127.0.0.1",
                name + "\t",
                $"{name}/x",
                "*." + name,
                Text(random),
                $"www.{name}:70000",
                $"www.{name}",
            ]);
        }

        static string ContentType(Random random) =>
            random.Pick([
                "application/x-www-form-urlencoded",
                "application/x-www-form-urlencoded",
                "application/x-www-form-urlencoded; charset=utf-16",
                "application/x-www-form-urlencoded; charset=" + Text(random),
                "multipart/form-data",
                "multipart/form-data; boundary=bound",
                "multipart/form-data; boundary=\"" + Text(random) + "\"",
                "multipart/mixed; boundary=bound",
                "application/json",
                "text/plain; charset=utf-7",
                "text/xml",
                "application/octet-stream",
                ";",
                "",
                "*/*",
                Text(random),
            ]);

        static byte[] Body(Random random) =>
            random.Next(6) switch
            {
                0 => [],
                1 => Encoding.UTF8.GetBytes(
                    $"--bound\r\nContent-Disposition: form-data; name=\"{Text(random)}\"\r\n\r\n{Text(random)}\r\n--bound--\r\n"
                ),
                2 => Encoding.UTF8.GetBytes("{\"a\":\"\\ud800\",\"b\":" + Text(random) + "}"),
                3 => Bytes(random, 300),
                _ => Encoding.UTF8.GetBytes(
                    string.Join(
                        '&',
                        Enumerable
                            .Range(0, random.Next(6))
                            .Select(_ =>
                                random.Pick([
                                    "_handler", "Email", "Password", "Name", "text", "title", Person.TokenField, "key",
                                    "List-Unsubscribe",
                                ]) + "=" + Value(random)
                            )
                    )
                ),
            };

        static byte[] Bytes(Random random, int most)
        {
            var bytes = new byte[random.Next(most)];
            random.NextBytes(bytes);
            return bytes;
        }

        static string Cookie(Random random) =>
            random.Pick([
                "session", "form", "view", "language", "scheme", "trying", "x", "Identity.External",
                ".AspNetCore.Mvc.CookieTempDataProvider", Text(random),
            ])
            + "="
            + random.Pick(["tree.posts", "ja", "1", "chunks-9999999", "chunks:-1", "CfDJ8", Value(random), Text(random)]);

        static (string, string) Header(Random random) =>
            random.Next(28) switch
            {
                0 => (
                    "Accept",
                    random.Pick([
                        "text/html; blazor-enhanced-nav=on",
                        "text/html;blazor-enhanced-nav=on",
                        "text/html; blazor-enhanced-nav=on, */*",
                        "application/json",
                        "*/*;q=2",
                        ";;",
                        "text/html; q=" + Text(random),
                        Text(random),
                    ])
                ),
                1 => (
                    "Accept-Language",
                    random.Pick(["ja", "en;q=nan", "*", "x-" + new string('a', 300), "iv", "zh-Hant-TW-x-y", Text(random)])
                ),
                2 => (
                    "Accept-Encoding",
                    random.Pick(["br", "gzip;q=0", "br;q=nan, gzip", "*;q=-1", "identity;q=0", "zstd", ",,,", Text(random)])
                ),
                3 => ("Cookie", Cookie(random)),
                4 => (
                    "Range",
                    random.Pick([
                        "bytes=0-",
                        "bytes=-1",
                        "bytes=5-2",
                        "bytes=0-0,2-3,4-5",
                        "bytes=99999999999999999999-",
                        "items=1-2",
                        "bytes=" + Text(random),
                    ])
                ),
                5 => (random.Pick(["If-None-Match", "If-Match"]), random.Pick(["*", "W/\"x\"", "\"", "W/", "\"a\", \"b\"", Text(random)])),
                6 => (
                    random.Pick(["If-Modified-Since", "If-Unmodified-Since", "If-Range"]),
                    random.Pick(["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "0", "\"x\"", Text(random)])
                ),
                7 => ("Content-Type", ContentType(random)),
                8 => (
                    "Content-Length",
                    random.Pick(["0", "5", "-1", "99999999999999999999", "16777217", "1e3", "0x5", "5, 5", Text(random)])
                ),
                9 => ("Transfer-Encoding", random.Pick(["chunked", "gzip, chunked", "identity", "chunked, chunked", Text(random)])),
                10 => ("X-Forwarded-For", random.Pick(["1.2.3.4", "::1", "unknown", "1.2.3.4:99999", Text(random)])),
                11 => ("X-Forwarded-Proto", random.Pick(["https", "ftp", "https,http", Text(random)])),
                12 => (
                    random.Pick([
                        "X-Forwarded-Host",
                        "X-Original-Host",
                        "Forwarded",
                        "X-Forwarded-Prefix",
                        "X-Original-URL",
                        "X-Rewrite-URL",
                        "X-HTTP-Method-Override",
                    ]),
                    random.Pick(["evil.example", "a:99999", "host=\"", "/staff", "DELETE", Text(random)])
                ),
                13 => (
                    random.Pick([
                        "Sec-Fetch-Dest",
                        "Sec-Fetch-Site",
                        "Sec-Fetch-Mode",
                        "Sec-Fetch-User",
                        "Sec-Purpose",
                        "Purpose",
                        "Sec-CH-UA",
                        "Sec-GPC",
                        "Sec-WebSocket-Key",
                        "Sec-WebSocket-Version",
                    ]),
                    random.Pick(["image", "document", "cross-site", "same-origin", "navigate", "?1", "prefetch", "13", Text(random)])
                ),
                14 => ("Origin", random.Pick(["null", "https://evil.example", "http://[", "http://a:99999", Text(random)])),
                15 => ("Referer", random.Pick(["https://evil.example/", "about:blank", "http://[::", "/", Text(random)])),
                16 => ("User-Agent", random.Pick(["", new string('x', 5000), Text(random), Text(random)])),
                17 => ("Authorization", random.Pick(["Basic !", "Bearer x", "Negotiate", Text(random)])),
                18 => ("Expect", random.Pick(["100-continue", "200-ok", Text(random)])),
                19 => ("Upgrade", random.Pick(["websocket", "h2c", "TLS/1.0", Text(random)])),
                20 => ("Cache-Control", random.Pick(["no-cache", "only-if-cached", "max-age=-1", Text(random)])),
                21 => ("Content-Encoding", random.Pick(["gzip", "br", "x", Text(random)])),
                22 => ("RequestVerificationToken", Text(random)),
                23 => ("traceparent", random.Pick(["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-0-0-0", Text(random)])),
                24 => (random.Pick(["baggage", "tracestate", "Request-Id", "Correlation-Context", "X-Request-ID"]), Text(random)),
                25 => ("Connection", random.Pick(["Upgrade", "keep-alive", Text(random)])),
                26 => ("Access-Control-Request-Method", random.Pick(["POST", Text(random)])),
                _ => (
                    random.Pick([
                        "X-Requested-With",
                        "DNT",
                        "Via",
                        "From",
                        "Date",
                        "Warning",
                        "TE",
                        "Trailer",
                        "Max-Forwards",
                        "HTTP2-Settings",
                        "SOAPAction",
                        "blazor-enhanced-nav",
                        "ssr-framing",
                    ]),
                    Text(random)
                ),
            };

        /// <summary>A value, encoded for a URL or a form.</summary>
        static string Value(Random random) =>
            random.Next(12) switch
            {
                0 => random.Pick([
                    "%",
                    "%0",
                    "%zz",
                    "%00",
                    "%ED%A0%80",
                    "%FF%FE%80",
                    "%C0%AF",
                    "%F4%90%80%80",
                    "%u0041",
                    "+",
                    "%2B",
                    "%26%3D",
                    "%2F..%2F",
                    "..%5C",
                    "%0D%0Aa:b",
                    "%25%30%30",
                ]),
                1 => random.Next(-2, 30).ToString(CultureInfo.InvariantCulture),
                _ => Percent(Encoding.UTF8.GetBytes(Text(random))),
            };

        static string Percent(byte[] bytes) =>
            string.Concat(bytes.Select(b => char.IsAsciiLetterOrDigit((char)b) ? ((char)b).ToString() : $"%{b:X2}"));

        /// <summary>Words, numbers, dates and invalid characters.</summary>
        static string Text(Random random)
        {
            var text = new StringBuilder();
            for (var parts = 1 + random.Next(3); parts > 0; parts--)
                text.Append(
                    random.Next(12) switch
                    {
                        0 => random.Pick([
                            "anna@example.com",
                            "anna",
                            "general",
                            "tree",
                            "en",
                            "true",
                            "1",
                            "/boards/general/1",
                            "Etc/UTC",
                            "2099-01-01T08:00",
                            "news",
                            "#336699",
                            "circle",
                            "administrator",
                        ]),
                        1 => random.Pick([
                            "9223372036854775807",
                            "-9223372036854775808",
                            "99999999999999999999999",
                            "1e309",
                            "NaN",
                            "-0",
                            "2147483648",
                            "0x1f",
                            "１２",
                            "٣",
                            "1,5",
                        ]),
                        2 => random.Pick([
                            "0001-01-01",
                            "9999-12-31",
                            "9999-12-31T23:59:59.9999999",
                            "2026-02-30",
                            "2026-03-29T02:30",
                            "24:00",
                            "2026-W01",
                            "0000-00-00",
                        ]),
                        3 => random.Pick([
                            "{{member.name}}",
                            "{0}{99}",
                            "%s%n",
                            "';--",
                            "\"><b>",
                            "\\",
                            "${7*7}",
                            "//evil.example",
                            "/\\evil.example",
                            "javascript:1",
                            "../../etc/passwd",
                            "[x](y)",
                            "![x](/files/a)",
                            "```\n",
                            "> > > >",
                            "|a|\n|-|\n",
                            "]]>",
                            "<!DOCTYPE",
                            "http://[::1",
                            "http://a:99999/",
                            "@",
                        ]),
                        4 => random.Pick([
                            "\uFFFE",
                            "\uFFFF",
                            "\uFDD0",
                            "\uFDEF",
                            "\U0001FFFE",
                            "\U0010FFFF",
                            "\u0000",
                            "\u0001",
                            "\u001b",
                            "\u007f",
                            "\u0085",
                            "\u2028",
                            "\ufeff",
                            "\ufffd",
                            "\u00ad",
                            "\u200b",
                            "\u202e",
                            "\u2066",
                            "\U000E0041",
                            "\u0378",
                            "\ue000",
                            "\u115f",
                        ]),
                        5 => string.Concat(
                            Enumerable.Repeat(
                                random.Pick(["\u0301", "\u3099", "👨‍👩‍👧", "a\u0338", "\u1100", "ﷺ", "ŉ", "İ", "ß"]),
                                random.Next(1, 200)
                            )
                        ),
                        6 => new string(random.Pick(["x", " ", "\n", "漢", "/", ".", "-"])[0], random.Next(1, 3000)),
                        7 => char.ConvertFromUtf32(random.Next(0x2000) + 0x20),
                        8 => Rune(random),
                        9 => random.Pick(["\uFFFE", "\uFFFF", "\uFDD0", "\U0001FFFE", "\U0010FFFF"]),
                        10 => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Rune(random))),
                        _ => random.Pick(["word", "お茶", "Ünïcödé", "ｶﾞ", "が", "a b", ""]),
                    }
                );
            return text.ToString();
        }

        static string Rune(Random random)
        {
            var code = random.Next(0x110000);
            return code is >= 0xD800 and < 0xE000 ? "\ufffd" : char.ConvertFromUtf32(code);
        }
    }
}

static class RandomChoice
{
    public static T Pick<T>(this Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];
}
