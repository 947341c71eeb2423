using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;
using Community.Mail;
using MimeKit;
using MimeKit.Text;
using MimeKit.Tnef;

namespace Community.Boards;

/// <summary>Makes a post of a mail of an archive.</summary>
public static partial class ReadMail
{
    /// <summary>Earlier mails say nothing true of their time: 1970 is what a clock says that nobody has set.</summary>
    static readonly DateTime earliest = new(1971, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    const int MaxAnswers = 30, MaxParts = 500;
    /// <summary>What is looked at of a header: expressions over it may take the square of its length.</summary>
    const int MaxHeader = 4096, MaxGlimpse = 64 * 1024;

    /// <exception cref="SourceBroken">It is no mail, or cut off.</exception>
    public static SourcePost Of(MboxMessage message, DateTime now)
    {
        var bytes = message.Bytes ?? throw new SourceBroken("boards.import.bad.large");
        if (bytes.AsSpan().IndexOfAnyExcept((byte)0, (byte)'\n', (byte)'\r') < 0) throw new SourceBroken("boards.import.bad.empty");
        if (MailParts.AreTooMany(bytes)) throw new SourceBroken("boards.import.bad.large");
        var mail = Parse(bytes);
        if (mail.Headers.Count == 0 || (mail.From.Count == 0 && !HasAny(mail, HeaderId.Date, HeaderId.Subject, HeaderId.MessageId)))
            throw new SourceBroken("boards.import.bad.no-header");
        if (bytes.AsSpan().IndexOf("\n\n"u8) < 0 && bytes.AsSpan().IndexOf("\n\r\n"u8) < 0) throw new SourceBroken("boards.import.bad.cut");
        if (mail.Body is Multipart { Boundary: { Length: > 0 } boundary }
            && bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"--{boundary}--")) < 0)
            throw new SourceBroken("boards.import.bad.cut");
        var (name, address) = AuthorOf(mail);
        var post = new SourcePost
        {
            Key = KeyOf(mail) ?? ReadJson.KeyOf(bytes),
            Answers = AnswersOf(mail),
            Subject = HeaderOf(mail, HeaderId.Subject),
            AuthorName = name,
            Address = address,
            At = DateOf(mail, message.Separated, now),
        };
        if (ReadArchivedMail.IsOne(mail)) return ReadArchivedMail.Of(mail, post);
        var body = new Body();
        body.Take(mail.Body, 0);
        var text = body.Markdown();
        if (text.Trim().Length == 0 && body.Files.Count == 0) throw new SourceBroken("boards.import.bad.no-text");
        return post with { Text = text, Files = body.Files, Notes = body.Notes };
    }

    /// <summary>What of a message that cannot be read can still be told: its Message-ID and its subject.</summary>
    public static (string? Id, string Subject) Glimpse(MboxMessage message)
    {
        try
        {
            var head = (message.Bytes ?? message.Head).AsSpan();
            var end = head.IndexOf("\n\n"u8);
            var mail = Parse(
                end is > 0 and < MaxGlimpse ? head[..(end + 2)].ToArray() : [.. head[..Math.Min(head.Length, MaxGlimpse)], .. "\n\n"u8]);
            return (KeyOf(mail), HeaderOf(mail, HeaderId.Subject));
        }
        catch (SourceBroken) { return (null, ""); }
    }

    static MimeMessage Parse(byte[] bytes)
    {
        try { return IncomingMessage.Read(bytes, MboxReader.MaxMessage); }
        catch (Exception error) when (error is FormatException or IOException) { throw new SourceBroken("boards.import.bad.no-header"); }
    }

    static bool HasAny(MimeMessage mail, params HeaderId[] ids) => ids.Any(id => mail.Headers.Contains(id));

    static string HeaderOf(MimeMessage mail, HeaderId id) =>
        mail.Headers.FirstOrDefault(h => h.Id == id) is { } header ? Words(header) : "";

    static string Words(Header header) => MailCharsets.Header(header.RawValue.AsSpan(0, Math.Min(header.RawValue.Length, MaxHeader)));

    static string? KeyOf(MimeMessage mail)
    {
        // Some programs add a field to the one that is there: the first that names anything counts.
        foreach (var typed in mail.Headers.Where(h => h.Id is HeaderId.MessageId).Select(h => h.Value.Trim()))
        {
            var id = IdsIn(typed).FirstOrDefault() ?? typed.Trim('<', '>', ' ');
            if (id.Any(char.IsAsciiLetterOrDigit) && ReadJson.Key(id) is { } key) return key;
        }
        return null;
    }

    static IEnumerable<string> IdsIn(string? value)
    {
        var ids = Id().Matches(value ?? "").Select(m => m.Groups[1].Value).ToList();
        // Without brackets it names ids only if nothing else stands there: words may be an address, or "your message of Monday".
        if (ids.Count == 0 && value?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is { } words
            && Array.TrueForAll(words, w => w.Contains('@'))) ids = [.. words.Select(w => w.Trim('<', '>', ','))];
        return ids.Select(id => new string([.. id.Where(c => !char.IsWhiteSpace(c))]))
            .Where(id => id.Length is > 0 and <= ImportedPost.MaxKey);
    }

    // In-Reply-To, then the references from the nearest on.
    static List<string> AnswersOf(MimeMessage mail) =>
        [.. IdsIn(mail.Headers[HeaderId.InReplyTo]).Take(3)
            .Concat(IdsIn(mail.Headers[HeaderId.References]).Reverse()).Distinct().Take(MaxAnswers)];

    static (string Name, string? Address) AuthorOf(MimeMessage mail)
    {
        var header = mail.Headers.FirstOrDefault(h => h.Id is HeaderId.From) ?? mail.Headers.FirstOrDefault(h => h.Id is HeaderId.Sender);
        var text = header is null ? "" : Words(header);
        // Lists hide addresses: anna at example.com (Anna Sato).
        var hidden = HiddenAddress().Match(text);
        if (hidden.Success) text = $"{hidden.Groups[1].Value}@{hidden.Groups[2].Value}{text[hidden.Length..]}";
        var (name, address) = Angle().Match(text) is { Success: true } angle ? (text[..angle.Index], angle.Groups[1].Value)
            : Behind().Match(text) is { Success: true } behind ? (behind.Groups[2].Value, behind.Groups[1].Value)
            : text.Contains('@') && !text.Contains(' ') ? ("", text)
            : (text, "");
        name = name.Trim().Trim('"', '\'').Replace("\\\"", "\"").Replace("\\\\", "\\").Trim();
        if (name.Length == 0) name = address.Split('@')[0];
        return (name, EmailAddress.TryParse(address, out var email) ? email.Text : null);
    }

    static DateTime? DateOf(MimeMessage mail, DateTime? separated, DateTime now)
    {
        if (ArchiveNames.Read(mail.Headers[ArchiveFields.Date]) is { } exact && IsTrue(exact, now)) return exact;
        if (MailDate.Of(mail.Headers[HeaderId.Date]) is { } date && IsTrue(date, now)) return date;
        if (separated is { } line && IsTrue(line, now)) return line;
        // The topmost was written last, by the server nearest to the archive.
        foreach (var received in mail.Headers.Where(h => h.Id is HeaderId.Received))
            if (
                received.Value.LastIndexOf(';') is var at and >= 0
                && MailDate.Of(received.Value[(at + 1)..]) is { } passed
                && IsTrue(passed, now)
            )
                return passed;
        return null;
    }

    internal static bool IsTrue(DateTime at, DateTime now) => at >= earliest && at <= now.AddDays(1);

    [GeneratedRegex(@"<([^<>]+)>")]
    private static partial Regex Id();

    [GeneratedRegex(@"<([^<>\s]+)>[^<>]*$")]
    private static partial Regex Angle();

    [GeneratedRegex(@"^(\S+@\S+)\s*\((.*)\)\s*$")]
    private static partial Regex Behind();

    [GeneratedRegex(@"^([\w.+-]+) at ([\w-]+(?:\.[\w-]+)+)")]
    private static partial Regex HiddenAddress();

    /// <summary>The parts of a mail: what is read, and what is attached.</summary>
    sealed class Body
    {
        readonly List<(string Text, bool IsHtml)> texts = [];
        int parts;
        public List<SourceFile> Files { get; } = [];
        public List<(string, string)> Notes { get; } = [];

        public string Markdown() =>
            string.Join(
                "\n\n",
                texts.Select(t => t.IsHtml ? HtmlToMarkdown.Of(t.Text) : MailText.ToMarkdown(t.Text)).Where(t => t.Length > 0)
            );

        public void Take(MimeEntity? entity, int depth)
        {
            if (entity is null || depth > 20 || ++parts > MaxParts) return;
            switch (entity)
            {
                case Multipart multipart when multipart.ContentType.IsMimeType("multipart", "encrypted"):
                    throw new SourceBroken("boards.import.bad.encrypted");
                case Multipart multipart when multipart.ContentType.IsMimeType("multipart", "alternative"):
                    Choose(multipart, depth);
                    break;
                case Multipart multipart when multipart.ContentType.IsMimeType("multipart", "signed"):
                    Take(multipart.FirstOrDefault(), depth + 1);
                    break;
                case Multipart multipart:
                    foreach (var part in multipart) Take(part, depth + 1);
                    break;
                case MessagePart { Message: { } message }:
                    Forwarded(message, depth);
                    break;
                case TextPart text when !text.IsAttachment && string.IsNullOrEmpty(text.FileName) && IsRead(text):
                    texts.Add((text.IsHtml ? TextOf(text, Octets(text)) : Words(text), text.IsHtml));
                    break;
                case TnefPart tnef:
                    Unpack(tnef, depth);
                    break;
                case MimePart part:
                    Attach(part);
                    break;
            }
        }

        static bool IsRead(TextPart text) =>
            text.IsPlain || text.IsHtml || text.ContentType.MediaSubtype is "enriched" or "markdown" or "x-web-markdown";

        /// <summary>Of alternatives the plain one, unless it says nothing.</summary>
        void Choose(Multipart multipart, int depth)
        {
            var plain = multipart.OfType<TextPart>()
                .FirstOrDefault(t => t.IsPlain && !t.IsAttachment && TextOf(t, Octets(t)).Trim().Length > 0);
            var chosen = plain ?? multipart.LastOrDefault(p => p is Multipart or TextPart { IsHtml: true }) ?? multipart.FirstOrDefault();
            Take(chosen, depth + 1);
            // Pictures of the other form, and an invitation to a meeting, are kept as files.
            foreach (var other in multipart.Where(p => p != chosen))
                foreach (var part in other is Multipart inner ? inner.OfType<MimePart>() : [])
                    if (part is not TextPart) Attach(part);
        }

        void Forwarded(MimeMessage message, int depth)
        {
            var inner = new Body();
            inner.Take(message.Body, depth + 1);
            var head = $"From: {message.From}\nDate: {message.Headers[HeaderId.Date]}\nSubject: {message.Subject}\n\n";
            var text = head + string.Join("\n\n", inner.texts.Select(t => t.IsHtml ? MailText.Plain(HtmlToMarkdown.Of(t.Text)) : t.Text));
            texts.Add((string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(l => "> " + l)), false));
            Files.AddRange(inner.Files);
            Notes.AddRange(inner.Notes);
        }

        /// <summary>A plain text without the files that stand in it.</summary>
        string Words(TextPart part)
        {
            var octets = YencFiles.Without(Octets(part), Attach, name => Notes.Add(("boards.import.note.file-broken", name)));
            return UuFiles.Without(TextOf(part, octets), Attach);
        }

        static byte[] Octets(TextPart part)
        {
            using var content = new MemoryStream();
            part.Content?.DecodeTo(content);
            return content.ToArray();
        }

        static string TextOf(TextPart part, byte[] bytes)
        {
            var label = part.ContentType.Charset;
            var head = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 2048));
            if (label is null && part.IsHtml) label = MetaCharset().Match(head) is { Success: true } meta ? meta.Groups[1].Value : null;
            var text = MailCharsets.Decode(bytes, label).ReplaceLineEndings("\n").Replace("\0", "", StringComparison.Ordinal);
            return part.IsFlowed
                ? Unflowed(text, part.ContentType.Parameters["delsp"]?.Equals("yes", StringComparison.OrdinalIgnoreCase) == true)
                : text;
        }

        // RFC 3676: a line that ends with a space goes on in the next one of the same quoting.
        static string Unflowed(string text, bool deletesSpace)
        {
            var (result, open, depth) = (new StringBuilder(text.Length), false, 0);
            foreach (var typed in text.Split('\n'))
            {
                var quoted = typed.AsSpan().IndexOfAnyExcept('>') is var signs and >= 0 ? signs : typed.Length;
                var rest = typed[quoted..];
                if (rest.StartsWith(' ')) rest = rest[1..];
                if (open && quoted == depth && rest != "-- ") result.Append(rest);
                else
                {
                    if (result.Length > 0) result.Append('\n');
                    result.Append('>', quoted).Append(quoted > 0 ? " " : "").Append(rest);
                }
                open = rest.EndsWith(' ') && rest != "-- ";
                depth = quoted;
                if (open && deletesSpace) result.Length--;
            }
            return result.ToString();
        }

        /// <summary>winmail.dat, in which Outlook hides the files, and the text if there is no other.</summary>
        void Unpack(TnefPart tnef, int depth)
        {
            try
            {
                if (texts.Exists(t => t.Text.Trim().Length > 0))
                    foreach (var part in tnef.ExtractAttachments()) Take(part, depth + 1);
                else Take(tnef.ConvertToMessage().Body, depth + 1);
            }
            // Cut off, or no such file at all.
            catch (Exception error) when (error is FormatException or IOException or ArgumentException or InvalidOperationException)
            {
                Attach(tnef);
            }
        }

        void Attach(string name, byte[] content) => Files.Add(new(name, content));

        void Attach(MimePart part)
        {
            // Proofs of who signed say nothing without the mail.
            if (part.ContentType.MediaSubtype is "pgp-signature" or "pkcs7-signature" or "x-pkcs7-signature" or "pgp-encrypted") return;
            using var content = new MemoryStream();
            try { part.Content?.DecodeTo(content); }
            catch (FormatException) { Notes.Add(("boards.import.note.file-broken", part.FileName ?? "")); return; }
            if (content.Length == 0) return;
            var name = part.FileName is { Length: > 0 } given ? MailCharsets.Header(Encoding.UTF8.GetBytes(given))
                : "file." + (part.ContentType.MimeType is "text/plain" ? "txt" : part.ContentType.MediaSubtype.Split('+', '.')[^1]);
            // A patch or a program's source is text, which nothing runs.
            if (part is TextPart && !FileKinds.Extensions.Contains(FileName.ExtensionOf(FileName.Clean(name)))) name += ".txt";
            Files.Add(new(name, content.ToArray()));
        }
    }

    [GeneratedRegex("charset\\s*=\\s*[\"']?([\\w-]+)", RegexOptions.IgnoreCase)]
    private static partial Regex MetaCharset();
}
