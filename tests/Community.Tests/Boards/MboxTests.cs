using System.Text;
using Community.Boards;

namespace Community.Tests.Boards;

/// <summary>Mailbox files and old mails, without a site.</summary>
public sealed class MboxTests
{
    static readonly DateTime now = new(2026, 11, 27, 0, 0, 0, DateTimeKind.Utc);

    static MboxMessage[] Split(string file) => Split(Encoding.Latin1.GetBytes(file));

    static MboxMessage[] Split(byte[] file)
    {
        using var reader = new MboxReader(new MemoryStream(file));
        var all = new List<MboxMessage>();
        while (reader.Next() is { } message) all.Add(message);
        return [.. all];
    }

    static string TextOf(MboxMessage message) => Encoding.Latin1.GetString(message.Bytes!);

    static SourcePost Read(byte[] message, DateTime? separated = null) =>
        ReadMail.Of(new MboxMessage(1, 0, 1, message, separated), now);

    static SourcePost Read(string message) => Read(Encoding.UTF8.GetBytes(message));

    const string Head = "From a@b.example Mon Jan  5 10:00:00 2009\nSubject: s\n\n";

    [Theory]
    [InlineData("From now on the office opens at ten.\n")]
    [InlineData("From the board Mon Jan 5\n")]
    [InlineData("From the board Mon Jan 5\nSubject: forwarded\n")]
    [InlineData("From the board Mon Jan  5 10:00:00 2009\nSubject: forwarded\n")]
    [InlineData("From a@b.example Mon Jan  5 10:00:00 2009\nHello everyone\n")]
    [InlineData("From a@b.example Mon Jan 32 10:00:00 2009\nSubject: x\n")]
    [InlineData("From a@b.example Mon Jan  5 25:00:00 2009\nSubject: x\n")]
    [InlineData("From: a@b.example\n")]
    public void A_paragraph_that_begins_with_From_is_no_message(string paragraph)
    {
        var all = Split(Head + "one\n\n" + paragraph + "\ntwo\n\n" + Head + "three\n");
        Assert.Equal(2, all.Length);
        Assert.Contains(paragraph, TextOf(all[0]));
    }

    [Theory]
    [InlineData("From a@b.example Mon Jan  5 10:00:00 2009")]
    [InlineData("From a@b.example Mon Jan 5 10:00:00 +0900 2009")]
    [InlineData("From a@b.example Mon Jan  5 10:00:00 JST 2009")]
    [InlineData("From - Mon Jan 05 10:00:00 2009")]
    [InlineData("From MAILER-DAEMON Mon Jan  5 10:00:00 2009")]
    [InlineData("From anna at b.example  Mon Jan  5 10:00:00 2009")]
    [InlineData("From 1234567890@xxx Mon Jan 05 10:00:00 +0000 2009")]
    public void Separators_of_many_programs_are_known(string separator)
    {
        foreach (var end in new[] { "\n", "\r\n" })
        {
            var all = Split((Head + "one\n\n" + separator + "\nSubject: t\n\ntwo\n").Replace("\n", end));
            Assert.Equal(2, all.Length);
            Assert.Equal(new DateTime(2009, 1, 5).DayOfYear, all[1].Separated!.Value.AddHours(10).DayOfYear);
        }
    }

    [Fact]
    public void A_mailbox_that_an_editor_saved_in_UTF_8_begins_with_its_first_message()
    {
        var all = Split([.. "\uFEFF"u8, .. Encoding.UTF8.GetBytes(Head + "会議\n\n" + Head + "two\n")]);
        Assert.Equal([0, 3 + Encoding.UTF8.GetByteCount(Head + "会議\n\n")], all.Select(m => m.Place));
        Assert.Equal(("s", "会議"), (Read(all[0].Bytes!).Subject, Read(all[0].Bytes!).Text));
        Assert.NotNull(all[0].Separated);
    }

    [Fact]
    public void A_message_that_says_its_length_may_hold_others_if_another_begins_behind_it()
    {
        const string inner = "see\n\n" + Head + "quoted\n\n>From me\n";
        static string Sized(string body, object length) => Head.Replace("\n\n", $"\ncontent-length: {length}\n\n") + body + "\n";
        foreach (var end in new[] { '\n', '\r' })
        {
            foreach (var behind in new[] { "", Sized("two\n", 4), Head + "two\n" })
            {
                var all = Split((Sized(inner, inner.Length) + behind).Replace('\n', end));
                Assert.Equal(behind.Length > 0 ? 2 : 1, all.Length);
                Assert.EndsWith("\n\n" + inner, TextOf(all[0]));
            }
            // What is no end of a message is believed of none.
            object[] lengths = [0, 6, inner.Length - 3, inner.Length + 5, 99999, long.MaxValue, "99999999999999999999", "x"];
            foreach (var wrong in lengths)
                Assert.Equal(3, Split((Sized(inner, wrong) + Head + "two\n").Replace('\n', end)).Length);
        }
    }

    [Fact]
    public void Of_a_quoted_separator_one_sign_is_taken() =>
        Assert.EndsWith(
            "\n\nFrom a\n>From b\n>>From c\n> From d\n>Fromage\n",
            TextOf(Split(Head + ">From a\n>>From b\n>>>From c\n> From d\n>Fromage\n")[0]));

    /// <summary>Of old Macintoshes.</summary>
    [Fact]
    public void Lines_that_end_with_a_carriage_return_alone_are_read()
    {
        var all = Split((Head + "one\n\n" + Head + "two\n").Replace('\n', '\r'));
        Assert.Equal(["Subject: s\n\none\n", "Subject: s\n\ntwo\n"], all.Select(TextOf));
        Assert.Equal((Head + "one\n\n").Length, all[1].Place);
    }

    [Fact]
    public void A_message_is_read_from_its_place_and_a_huge_one_is_bounded()
    {
        var file = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Range(0, 300).Select(i => Head + new string('x', i * 7) + "\n\n")));
        var all = Split(file);
        Assert.Equal(300, all.Length);
        using var reader = new MboxReader(new MemoryStream(file));
        foreach (var i in new[] { 299, 0, 150, 151, 3 })
        {
            reader.MoveTo(all[i].Place, all[i].Line - 1, all[i].Number - 1);
            var one = reader.Next()!;
            Assert.Equal((all[i].Number, all[i].Line, TextOf(all[i])), (one.Number, one.Line, TextOf(one)));
        }
        var huge = Split([
            .. Encoding.Latin1.GetBytes(Head),
            .. new byte[MboxReader.MaxMessage + 1],
            .. "\n\n"u8,
            .. Encoding.Latin1.GetBytes(Head),
        ]);
        Assert.Equal([true, false], huge.Select(m => m.Bytes is null));
    }

    [Theory]
    [InlineData("iso-2022-jp")]
    [InlineData("shift_jis")]
    [InlineData("euc-jp")]
    [InlineData("utf-8")]
    public void Japanese_is_read_whether_it_is_labelled_well_wrongly_or_not(string name)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        const string text = "会議室の予約は、三日前までにお願いします。";
        var bytes = Encoding.GetEncoding(name).GetBytes(text);
        foreach (var label in new[] { name, null, "us-ascii", "iso-8859-1", "utf-8", "x-unknown", "no such charset" })
            Assert.Equal(text, MailCharsets.Decode(bytes, label));
        var post = Read([.. Encoding.ASCII.GetBytes("From: x@y.example\nSubject: "), .. bytes, .. "\n\n"u8, .. bytes, .. "\n"u8]);
        Assert.Equal((text, text), (post.Subject, post.Text));
    }

    [Fact]
    public void A_text_is_read_though_its_label_is_of_another_script_or_an_octet_of_it_is_broken()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        const string text = "会議室の予約は、三日前までにお願いします。";
        // Each octet of it is a sign of that charset, if no sensible one.
        Assert.Equal(text, MailCharsets.Decode(Encoding.GetEncoding("shift_jis").GetBytes(text), "iso-8859-2"));
        Assert.Equal(text + "\uFFFD", MailCharsets.Decode([.. Encoding.UTF8.GetBytes(text), 0xFF], "utf-8"));
    }

    [Fact]
    public void A_charset_that_the_framework_refuses_stops_no_import()
    {
        var post = Read("From: a@b.example\nSubject: =?utf-7?Q?+MAcwxw-?=\nContent-Type: text/plain; charset=utf-7\n\n1 +- 1 +MAcwxw-!\n");
        Assert.Equal(("\u3007\u30C7", "1 + 1 \u3007\u30C7!"), (post.Subject, post.Text.Replace("\\", "")));
    }

    [Fact]
    public void Files_within_texts_and_in_winmail_dat_are_files()
    {
        const string head = "From: a@b.example\nDate: Mon, 5 Jan 2009 10:00:00 +0900\nSubject: s\n";
        var post = Read(head + "\nSee:\n\nbegin 644 a b.txt\n#86)C\n`\nend\nand begin 644 none.\nbegin 644 none\nno\n");
        Assert.Equal("See:\n\nand begin 644 none.\nbegin 644 none\nno", post.Text.Replace("\\", ""));
        Assert.Equal(("a b.txt", "abc"), (post.Files.Single().Name, Encoding.ASCII.GetString(post.Files.Single().Content)));
        post = Read(head + "\nSee:\nbegin-base64 644 a.txt\nYWJj\nZGVm\n====\nmore\nbegin-base64 644 b\nno!\n====\n");
        Assert.Equal("See:\nmore\nbegin-base64 644 b\nno!\n====", post.Text.Replace("\\", ""));
        Assert.Equal("abcdef", Encoding.ASCII.GetString(Assert.Single(post.Files).Content));
        var packed = System.Convert.ToBase64String(Tnef("a.txt", "abc"u8.ToArray()));
        post = Read(head + "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nwords\n--x\nContent-Type: application/ms-tnef; "
            + $"name=winmail.dat\nContent-Transfer-Encoding: base64\n\n{packed}\n--x--\n");
        Assert.Equal(("words", "a.txt"), (post.Text, post.Files.Single().Name));
        Assert.Equal("abc", Encoding.ASCII.GetString(post.Files.Single().Content));
    }

    /// <summary>A file as Outlook packs it ([MS-OXTNEF] 2.1).</summary>
    static byte[] Tnef(string name, byte[] content)
    {
        var stream = new MemoryStream();
        using var tnef = new BinaryWriter(stream);
        tnef.Write(0x223E9F78);
        tnef.Write((ushort)1);
        Attribute(1, 0x00089006, BitConverter.GetBytes(0x00010000));
        Attribute(2, 0x00069002, [1, 0, .. new byte[12]]);
        Attribute(2, 0x00018010, [.. Encoding.ASCII.GetBytes(name), 0]);
        Attribute(2, 0x0006800F, content);
        return stream.ToArray();

        void Attribute(byte level, int id, byte[] data)
        {
            tnef.Write(level);
            tnef.Write(id);
            tnef.Write(data.Length);
            tnef.Write(data);
            tnef.Write((ushort)data.Sum(b => b));
        }
    }

    [Fact]
    public void Western_texts_are_read_whether_they_are_labelled_or_not()
    {
        const string text = "Grüße aus Zürich – „schöne“ Feiertage, 5 €";
        var bytes = Encoding.GetEncoding(1252).GetBytes(text);
        foreach (var label in new[] { "windows-1252", "iso-8859-1", null, "us-ascii", "utf-8" })
            Assert.Equal(text, MailCharsets.Decode(bytes, label));
        Assert.Equal(text, MailCharsets.Decode(Encoding.UTF8.GetBytes(text), "iso-8859-1"));
    }

    [Theory]
    [InlineData("iso-2022-jp", 7)]
    [InlineData("iso-2022-jp", 30)]
    [InlineData("utf-8", 7)]
    [InlineData("utf-8", 31)]
    [InlineData("shift_jis", 9)]
    [InlineData("euc-jp", 9)]
    public void A_subject_cut_inside_a_character_is_joined_before_it_is_decoded(string name, int length)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var text = string.Concat(Enumerable.Repeat("定例会議事録送付御案内", 6))[..60];
        var bytes = Encoding.GetEncoding(name).GetBytes(text);
        foreach (var pad in new[] { true, false })
        {
            var pieces = bytes
                .Chunk(length)
                .Select(c =>
                    $"=?{name.ToUpperInvariant()}?B?{(pad ? Convert.ToBase64String(c) : Convert.ToBase64String(c).TrimEnd('='))}?="
                );
            Assert.Equal(text, MailCharsets.Header(Encoding.ASCII.GetBytes(string.Join("\r\n ", pieces))));
        }
        var quoted = bytes.Chunk(length).Select(c => $"=?{name}?Q?{string.Concat(c.Select(b => $"={b:X2}"))}?=");
        Assert.Equal($"Re: {text} ok", MailCharsets.Header(Encoding.ASCII.GetBytes("Re: " + string.Join("\n ", quoted) + " ok")));
    }

    [Fact]
    public void A_date_that_cannot_be_true_comes_from_the_separator_then_from_the_way_of_the_mail()
    {
        const string received =
            "Received: from a by b; Tue, 06 Jan 2009 12:00:00 +0900\nReceived: from c by a; Mon, 05 Jan 2009 12:00:00 +0900\n";
        var (line, way) = (new DateTime(2009, 1, 7), new DateTime(2009, 1, 6, 3, 0, 0));
        foreach (
            var date in new[]
            {
                "",
                "Date: Mon, 05 Jan 1907 10:00:00 +0000\n",
                "Date: Thu, 01 Jan 1970 00:00:00 +0000\n",
                "Date: soon\n",
                "Date: Tue, 19 Jan 2038 03:14:07 +0000\n",
            }
        )
        {
            var mail = Encoding.ASCII.GetBytes($"From: x@y.example\n{received}{date}Subject: s\n\ntext\n");
            Assert.Equal(line, Read(mail, line).At);
            Assert.Equal(way, Read(mail).At);
            Assert.Null(Read($"From: x@y.example\n{date}Subject: s\n\ntext\n").At);
        }
    }

    [Theory]
    [InlineData("Mon, 5 Jan 2009 10:00:00 +9")]
    [InlineData("Mon, 5 Jan 2009 10:00:00 +900")]
    [InlineData("Mon, 5 Jan 2009 10:00:00 +09:00 (JST)")]
    [InlineData("5 Jan 2009 10:00:00 JST")]
    [InlineData("Mon, 5 Jan 2009 10:00:00 (JST)")]
    [InlineData("Mon, 05 Jan 09 10:00:00 GMT+0900")]
    [InlineData("Mon, 5 Jan 109 10:00 +0900 (Tokyo Standard Time)")]
    [InlineData("Mon, 5-Jan-2009 10:00:00 +0900")]
    [InlineData("Mon Jan  5 10:00:00 JST 2009")]
    [InlineData("Mon Jan  5 10:00:00 2009 JST")]
    [InlineData("Mon Jan  5 01:00:00 2009")]
    [InlineData("Monday, January 5, 2009 10:00:00 AM JST")]
    [InlineData("5 January 2009 10:00:00 am +0900")]
    [InlineData("5 January 2009 01:00:00 pm +1200")]
    [InlineData("5 January 2009 12:00:00 PM +1100")]
    [InlineData("5 January 2009 12:00:00 AM -0100")]
    [InlineData("Mon, 5 Jan 2009 01:00:00 -0000")]
    [InlineData("Mon, 5 Jan 2009 01:00:00 +9900")]
    [InlineData("Mon, 5 Jan 2009 01:00:00 Nowhere")]
    [InlineData("Mon, 5 Jan 2009 01:00:00.123 Z")]
    [InlineData("Sun, 4 Jan 2009 20:00:00 EST")]
    [InlineData("2009-01-05T10:00:00+09:00")]
    [InlineData("2009/01/05 10:00:00 +0900")]
    public void A_date_is_read_as_programs_have_written_it(string date)
    {
        Assert.Equal(new DateTime(2009, 1, 5, 1, 0, 0), Read($"From: x@y.example\nDate: {date}\nSubject: s\n\ntext\n").At);
        // Of the way of the mail, too.
        Assert.Equal(
            new DateTime(2009, 1, 5, 1, 0, 0),
            Read($"From: x@y.example\nReceived: from a by b\n\twith SMTP; {date}\nDate: soon\nSubject: s\n\ntext\n").At);
    }

    [Theory]
    [InlineData("Message-ID:\nMessage-ID: <b@x>\n", "b@x")]
    [InlineData("Message-ID: <b@x>\nMessage-ID: <c@x>\n", "b@x")]
    [InlineData("Message-ID: b@x\n", "b@x")]
    [InlineData("Message-ID: <b\n @x>\n", "b@x")]
    [InlineData("Message-ID: <>\n", null)]
    [InlineData("", null)]
    public void A_message_has_the_first_id_that_names_anything_or_one_of_its_content(string header, string? key)
    {
        var post = Read($"From: x@y.example\n{header}Subject: s\n\ntext\n");
        if (key is not null) Assert.Equal(key, post.Key);
        else Assert.StartsWith("content:", post.Key);
    }

    [Theory]
    [InlineData("In-Reply-To: <p@x> <q@x>", "p@x q@x")]
    [InlineData("In-Reply-To: Your message of \"Mon, 5 Jan\" <p@x>", "p@x")]
    [InlineData("In-Reply-To: anna@example.com's message of Monday", "")]
    [InlineData("In-Reply-To: p@x", "p@x")]
    [InlineData("References: a@x b@x", "b@x a@x")]
    [InlineData("References: <a@x>\n\t<b@\n x> <cut@", "b@x a@x")]
    [InlineData("References: <a@x><b@x>,<c@x>", "c@x b@x a@x")]
    [InlineData("In-Reply-To: <b@x>\nReferences: <a@x> <b@x>", "b@x a@x")]
    public void What_a_message_answers_is_found_between_words_folds_and_cuts(string header, string keys) =>
        Assert.Equal(keys, string.Join(' ', Read($"From: x@y.example\n{header}\nSubject: s\n\ntext\n").Answers));

    [Fact]
    public void Files_of_yEnc_are_files_and_parts_of_one_are_noted()
    {
        byte[] content = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        var lines = new List<byte>();
        foreach (var (i, b) in content.Index())
        {
            var coded = (byte)(b + 42);
            if (coded is 0 or (byte)'\r' or (byte)'\n' or (byte)'=') lines.AddRange([(byte)'=', (byte)(coded + 64)]);
            else lines.Add(coded);
            if (i % 100 == 99) lines.AddRange("\r\n"u8.ToArray());
        }
        var post = Read([
            .. "From: a@b.example\nSubject: s\n\nSee =ybegin here:\n=ybegin line=100 size=256 name=\"データ 1.zip\"\n"u8, .. lines,
            .. "\n=yend size=256 crc32=29058c73\n会議\n=ybegin part=2 total=3 line=100 size=999 name=big.zip\n=ypart begin=1 end=256\n"u8,
            .. lines, .. "\n=yend size=256 part=2\n=ybegin line=1 size=3 name=no.end\n"u8]);
        Assert.Equal("See =ybegin here:\n会議\n=ybegin line=1 size=3 name=no.end", post.Text.Replace("\\", ""));
        Assert.Equal("データ 1.zip", Assert.Single(post.Files).Name);
        Assert.Equal(content, post.Files[0].Content);
        Assert.Equal(("boards.import.note.file-broken", "big.zip"), Assert.Single(post.Notes));
    }

    [Fact]
    public void Who_has_no_date_gets_that_of_the_neighbours_and_nobody_that_of_today()
    {
        static Threads.Row Row(int number, int? day, long key = 0) =>
            new(number, key == 0 ? number : key, null, 0, number, false, day is { } d ? new DateTime(2009, 1, d) : null, 1);
        var none = new Dictionary<long, long>();
        var threads = new Threads([Row(1, null), Row(2, 5), Row(3, null), Row(4, 9)], none);
        Assert.Equal([5, 5, 5, 9], Enumerable.Range(0, 4).Select(i => threads.DateOf(i).Day));
        Assert.Empty(threads.Undated);
        Assert.Equal([0, 1], new Threads([Row(1, null), Row(2, null)], none).Undated);
    }

    [Fact]
    public void Circles_are_broken_and_ten_thousand_answers_in_a_row_are_no_trouble()
    {
        static byte[] Refs(params long[] keys) => [.. keys.SelectMany(BitConverter.GetBytes)];
        var none = new Dictionary<long, long>();
        Threads.Row Row(int n, params long[] refs) =>
            new(n, n, refs.Length == 0 ? null : Refs(refs), 0, 0, false, new DateTime(2009, 1, 1), 1);
        var circle = new Threads([Row(1, 2), Row(2, 3), Row(3, 1), Row(4, 4)], none);
        Assert.Equal((2, 4), (circle.Topics, circle.Order.Count));
        var count = 10_000;
        var chain = new Threads([.. Enumerable.Range(1, count).Select(n => n == count ? Row(n) : Row(n, n + 1))], none);
        Assert.Equal((1, count), (chain.Topics, chain.Order.Count));
        Assert.Equal(Enumerable.Range(0, count).Reverse(), chain.Order);
    }

    [Theory]
    [InlineData("Re: [ml 12] Re[2]: 望遠鏡", "望遠鏡", true)]
    [InlineData("AW: Grüße", "Grüße", true)]
    [InlineData("返信：会議", "会議", true)]
    [InlineData("(gear:0123) Re^3: x", "x", true)]
    [InlineData("[urgent]", "[urgent]", false)]
    [InlineData("Regarding: y", "Regarding: y", false)]
    [InlineData("Fwd: x", "Fwd: x", false)]
    public void A_subject_is_read_without_what_programs_put_before_it(string subject, string words, bool reply) =>
        Assert.Equal((words, reply), new SourcePost { Key = "k", Subject = subject }.Topic());

    [Theory]
    [InlineData("Anna Sato <anna@x.example>", "Anna Sato", "anna@x.example")]
    [InlineData("\"Sato, Anna\" <anna@x.example>", "Sato, Anna", "anna@x.example")]
    [InlineData("anna@x.example (Anna Sato)", "Anna Sato", "anna@x.example")]
    [InlineData("anna at x.example (Anna Sato)", "Anna Sato", "anna@x.example")]
    [InlineData("anna@x.example", "anna", "anna@x.example")]
    [InlineData("=?ISO-2022-JP?B?GyRCOjRGIxsoQg==?= <sato@x.example>", "佐藤", "sato@x.example")]
    [InlineData("Somebody", "Somebody", null)]
    public void Authors_are_read_however_they_are_written(string from, string name, string? address)
    {
        var post = Read($"From: {from}\nSubject: s\n\ntext\n");
        Assert.Equal((name, address), (post.AuthorName, post.Address));
    }

    [Fact]
    public void Plain_text_is_shown_as_it_was_written()
    {
        const string text =
            "# no heading\n- no item\n* *stars* _lines_ <b>tags</b> `code`\n1. one\n    indented\n> quoted\n>> twice\n> once\n"
            + "see https://x.example/a_b_(c). :tada:\n---\n[x](y) @anna a|b ||c||";
        var shown = Markup.ToText(MailText.ToMarkdown(text)).Replace('\u00A0', ' ');
        foreach (var line in text.Split('\n'))
            Assert.Contains(line.TrimStart('>', ' ').TrimEnd(), shown);
        Assert.Contains("<blockquote>", Markup.ToHtml(MailText.ToMarkdown(text)));
        Assert.Contains("href=\"https://x.example/a_b_(c)\"", Markup.ToHtml(MailText.ToMarkdown("see https://x.example/a_b_(c).")));
        Assert.DoesNotContain("<strong>", Markup.ToHtml(MailText.ToMarkdown(text)));
    }

    [Fact]
    public void Html_becomes_Markdown_in_bounded_time_and_keeps_every_word()
    {
        var text = HtmlToMarkdown.Of(
            "<html><head><style>p{}</style></head><body><h2>Title</h2><p>One <b>bold</b> &amp; <a href='https://x.example/(a)'>link</a>"
                + "<br>two</p><ul><li>a<li>b</ul><blockquote>quoted</blockquote><pre>x  *y*\nz</pre>"
                + "<a href='javascript:alert(1)'>no</a></body></html>"
        );
        Assert.Equal(
            "## Title\n\nOne **bold** & [link](https://x.example/%28a%29)\ntwo\n\n- a\n- b\n\n> quoted\n>\n```\nx  *y*\nz\n```\n\nno",
            text
        );
        var deep = string.Concat(Enumerable.Repeat("<div>", 100_000)) + "word";
        Assert.InRange(Cpu.Of(() => Assert.Contains("word", HtmlToMarkdown.Of(deep))), TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }
}
