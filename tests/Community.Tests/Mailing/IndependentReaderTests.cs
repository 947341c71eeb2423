using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Community.Mail;
using Community.Mailing;

namespace Community.Tests.Mailing;

/// <summary>What is written is read by a program that nobody of us wrote: the e-mail package of Python.</summary>
public sealed partial class IndependentReaderTests
{
    const string Reader = """
        import email, email.policy, json, sys
        from email.header import decode_header, make_header
        from email.utils import parseaddr
        # The newer reader of addresses keeps the space between two encoded pieces of a name, against RFC 2047 section 6.2.
        def name(m, field):
            return str(make_header(decode_header(parseaddr(str(m[field]))[0])))
        read = []
        for raw in json.load(sys.stdin):
            m = email.message_from_bytes(raw.encode("ascii"), policy=email.policy.default)
            old = email.message_from_bytes(raw.encode("ascii"))
            read.append({
                "subject": str(m["subject"]), "from": name(old, "from"), "to": name(old, "to"),
                "address": m["to"].addresses[0].addr_spec, "kind": m.get_content_type(),
                "defects": [str(d) for p in m.walk() for d in p.defects],
                "parts": [[p.get_content_type(), p.get_content_charset(), p.get_content()] for p in m.iter_parts()]})
        json.dump(read, sys.stdout)
        """;

    sealed record Message(string Subject, string From, string To, string Address, string Kind, string[] Defects, string[][] Parts);

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

    static string Kanji(int n) => string.Concat(Enumerable.Range(0, n).Select(i => (char)(0x4E00 + (i * 37))));

    [Fact]
    public async Task Every_message_is_read_as_it_was_written()
    {
        (string Subject, string Name, string Text)[] all =
        [
            ("Hello", "Anna", "Good morning.\n\n.\n\n..and on\n\nFrom here"),
            (Kanji(80) + "😀👨‍👩‍👧‍👦", Kanji(30), "茶は熱いうちに。"),
            ("今月のお知らせ = \"quoted\" =?utf-8?B?AAAA?=", "O'Neil, \"Al\" <x>", "é " + new string('x', 1000)),
            ("ﾊﾝｶｸ と 全角　空白", "山田 & 太郎 <b>", "= trailing \n\nｶﾅ"),
            (new string('a', 200), new string('B', 100), "© … –"),
        ];
        var written = all.Select(one => (one, Message: Of(one.Subject, one.Name, one.Text))).ToList();
        // As it is sent, beside the objects of which each part can be read.
        var read = await Read(all.Select(one => Octets(one.Subject, one.Name, one.Text)));
        foreach (var ((one, message), seen) in written.Zip(read))
        {
            // But for the boundary it is the same to the octet.
            var boundary = ((MimeKit.Multipart)message.Body!).Boundary!;
            var octets = Encoding.ASCII.GetString(Octets(one.Subject, one.Name, one.Text));
            Assert.Equal(Encoding.ASCII.GetString(OutgoingMessage.ToBytes(message)).Replace(boundary, ""),
                octets.Replace(octets[(octets.IndexOf("boundary=\"", StringComparison.Ordinal) + 10)..].Split('"')[0], ""));
            Assert.Equal((one.Subject, Kanji(30), one.Name), (seen.Subject, seen.From, seen.To));
            Assert.Equal("anna@example.com", seen.Address);
            Assert.Empty(seen.Defects);
            Assert.Equal("multipart/alternative", seen.Kind);
            // Plain text first, HTML last: the one that a program prefers stands last (RFC 2046 §5.1.4).
            Assert.Equal(["text/plain", "text/html"], seen.Parts.Select(p => p[0]));
            Assert.All(seen.Parts, p => Assert.Equal("utf-8", p[1]));
            Assert.Equal(message.TextBody!.ReplaceLineEndings("\n"), seen.Parts[0][2].ReplaceLineEndings("\n"));
            Assert.Equal(message.HtmlBody!.ReplaceLineEndings("\n"), seen.Parts[1][2].ReplaceLineEndings("\n"));
            Assert.Contains(Markup.ToText(one.Text).Split('\n')[0], seen.Parts[0][2]);
        }
    }

    static readonly string[] inLine =
    [
        " ", " ", "a", "Anna", "①㈱〜－髙﨑", "𠮷野家", "👨‍👩‍👧‍👦", "🇯🇵", "é", "e\u0301\u0323", "한국어", "עברית", "العربية", "ﾊﾝｶｸ", "　", "\u200b",
        "=?utf-8?B?", "?=", "=", "_", "\"", "\\", ",", "<a@b.example>", "@", "(x)", ";", ":", "~", "¥", "…", "{", "%", "l’été",
        new string('a', 90), new string('長', 20),
    ];

    static readonly string[] inText =
    [
        .. inLine, "\n", "\n", "\n\n", "\r\n", "\r", "\u2028", "\t", "   \n", ".\n", "..\n", "\n.\n", "From here\n", "From ", "=3D",
        "# ", "- ", "> ", "| a | b |\n| --- | --- |\n| 1 | 2 |\n", "https://a.example/?a=1&b=2#c",
        "[x](https://a.example/東京)", "**", "`", "--=-b\n", "&amp;",
        "{{member.name}}", "[y](https://a.example/?n={{member.name}})", "\nFrom {{member.name}}\n",
        new string('x', 1100), new string('茶', 400),
    ];

    /// <summary>Of many kinds, put together by chance: it is told by its number what one was made of.</summary>
    [Fact]
    public async Task Messages_put_together_by_chance_are_read_as_they_were_written()
    {
        var all = Enumerable.Range(0, 400).Select(seed =>
        {
            var random = new Random(seed);
            return (
                Subject: Some(inLine, 1 + random.Next(14)).Trim() is { Length: > 0 } subject ? subject : "x",
                Name: Some(inLine, 1 + random.Next(8)).Trim() is { Length: > 0 } name ? name : "x",
                Text: Some(inText, 1 + random.Next(20)) + "."
            );

            string Some(string[] kinds, int n) => string.Concat(random.GetItems(kinds, n));
        }).ToList();
        var written = all.Select(one => Octets(one.Subject, one.Name, one.Text)).ToList();
        foreach (var (i, seen) in (await Read(written)).Index())
        {
            var (one, what) = (all[i], $"number {i}: {JsonSerializer.Serialize(all[i].ToTuple())}");
            var (message, to) = Mailing(one.Subject, one.Name, one.Text);
            Assert.True(seen.Defects.Length == 0, what);
            Assert.True((one.Subject, one.Name) == (seen.Subject, seen.To), what + seen);
            Assert.Equal("anna@example.com", seen.Address);
            Assert.True(Same(message.Text(to), seen.Parts[0][2]), what + seen.Parts[0][2]);
            Assert.True(Same(message.Html(to), seen.Parts[1][2]), what + seen.Parts[1][2]);
            var raw = Encoding.ASCII.GetString(written[i]);
            Assert.DoesNotContain("\r\nFrom ", raw);
            Assert.All(raw.Split("\r\n"), line => Assert.True(line.Length <= 78 && !line.Contains('\r') && !line.Contains('\n'), what));
            // To the octet what is made with an object for each part.
            var objects = Of(one.Subject, one.Name, one.Text);
            Assert.True(
                Encoding.ASCII.GetString(OutgoingMessage.ToBytes(objects)).Replace(((MimeKit.Multipart)objects.Body!).Boundary!, "")
                    == raw.Replace(raw[(raw.IndexOf("boundary=\"", StringComparison.Ordinal) + 10)..].Split('"')[0], ""),
                what);
        }

        static bool Same(string a, string b) => a.ReplaceLineEndings("\n") == b.ReplaceLineEndings("\n");
    }

    /// <summary>RFC 2047 §2: a piece has at most 75 signs and whole characters; some programs garble others.</summary>
    [Fact]
    public void Long_names_and_subjects_are_encoded_in_pieces_of_whole_characters()
    {
        var subject = Kanji(80) + "😀👨‍👩‍👧‍👦𠮷";
        var raw = Encoding.ASCII.GetString(OutgoingMessage.ToBytes(Of(subject, Kanji(30), "x")));
        var head = raw[..raw.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        var pieces = Piece().Matches(head);
        Assert.True(pieces.Count > 8, head);
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        foreach (Match piece in pieces)
        {
            Assert.True(piece.Length <= 75, piece.Value);
            var said = piece.Groups[1].Value is "B" or "b"
                ? strict.GetString(Convert.FromBase64String(piece.Groups[2].Value))
                : piece.Groups[2].Value;
            Assert.NotEmpty(said);
        }
        Assert.All(head.Split("\r\n"), line => Assert.True(line.Length <= 78, line));
    }

    [GeneratedRegex(@"=\?utf-8\?([BbQq])\?([^?]*)\?=", RegexOptions.IgnoreCase)]
    private static partial Regex Piece();

    static MimeKit.MimeMessage Of(string subject, string name, string text)
    {
        var (message, to) = Mailing(subject, name, text);
        return message.Write(to, "1.1@a.example", now);
    }

    /// <summary>As it is sent.</summary>
    static byte[] Octets(string subject, string name, string text)
    {
        var (message, to) = Mailing(subject, name, text);
        var octets = new MessageOctets();
        // The second one into the same memory.
        for (var i = 0; i < 2; i++) message.Write(octets, to, "1.1@a.example", now);
        return octets.Written.ToArray();
    }

    static readonly DateTime now = new(2026, 11, 2, 3, 4, 5, DateTimeKind.Utc);

    static readonly Texts texts = new(new ModuleList(Web.HostModules.All));

    static (MailingMessage Message, Recipient To) Mailing(string subject, string name, string text)
    {
        var content = new FrozenContent
        {
            Contents = [new() { Subject = subject, Preheader = "前 & <b>", Text = text }],
            KindId = 1,
            KindName = "お知らせ",
            ListId = "<news.a.example>",
            From = "news@a.example",
            FromName = Kanji(30),
            SiteName = "もみじ堂",
            SiteUrl = "https://a.example/",
            Host = "a.example",
            Culture = "ja",
            Color = "#123456",
            FeedbackId = "1:news:a:community",
        };
        const string link = "https://a.example/u/t";
        var to = new Recipient(1, name, "anna@example.com", "ja", link, link + "/one-click");
        to = to with { Values = new Dictionary<string, string> { ["member.name"] = name } };
        return (new(content, texts, WordsTests.Fields), to);
    }
}
