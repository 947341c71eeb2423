using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using MimeKit;

namespace Community.Mail;

/// <summary>What kind of message arrived at an address that a site sends from.</summary>
public enum ReturnKind
{
    /// <summary>A person's answer, or something that nothing here recognises.</summary>
    Answer,
    /// <summary>One or more recipients did not get it: <see cref="ReturnedMail.Recipients"/>.</summary>
    Bounce,
    /// <summary>No failure yet, or none at all: a delay, a relayed or delivered message (RFC 3464 §2.3.3).</summary>
    Report,
    /// <summary>A recipient reported it as spam (RFC 5965).</summary>
    Complaint,
    /// <summary>A recipient's program asks to be taken off (RFC 5965, feedback type opt-out).</summary>
    OptOut,
    /// <summary>A machine's answer: vacation, receipt, challenge. Changes nothing, and is never answered.</summary>
    AutoReply,
}

/// <summary>One recipient of a returned message.</summary>
/// <param name="Address">As the report says; null if it says nothing, as some carriers' do.</param>
/// <param name="Failed">False for a delay and the like.</param>
/// <param name="Class">Why, if it failed.</param>
/// <param name="Status">The enhanced code of the report; null for none.</param>
/// <param name="Text">The reply of the server that refused it: one line.</param>
public sealed record ReturnedRecipient(string? Address, bool Failed, BounceClass Class, string? Status, string Text);

/// <summary>
/// Reads what came back: reports of RFC 3464 and RFC 5965, and those that came before them or do as they please. Never by whom it is from:
/// that is for the address at which it arrived. Never throws.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Recipients">Of a bounce or report; at most <see cref="MaxRecipients"/>.</param>
/// <param name="EnvelopeId">The Original-Envelope-Id of the report (RFC 3464 §2.2.1); null for none.</param>
/// <param name="Original">The headers of the message that it is about, as far as it has them; empty for none.</param>
public sealed partial record ReturnedMail(
    ReturnKind Kind, IReadOnlyList<ReturnedRecipient> Recipients, string? EnvelopeId, HeaderList Original)
{
    public const int MaxRecipients = 100;
    /// <summary>Octets that are read: a report stands before the message that it returns.</summary>
    public const int MaxRead = 256 * 1024;
    const int MaxText = 2000, MaxDepth = 5;

    /// <summary>The envelope sender of the message that a complaint is about (RFC 5965 §3.2); null if it does not say.</summary>
    public string? OriginalSender { get; init; }

    /// <summary>
    /// Why the one message to one recipient failed; null if it did not. A report may name others, behind a list or a forward: what is said
    /// of the recipient counts, else the mildest that is said of any.
    /// </summary>
    public ReturnedRecipient? FailureOf(string? address) => Kind is not ReturnKind.Bounce ? null
        : Recipients.Where(r => r.Failed)
            .OrderBy(r => string.Equals(r.Address, address, StringComparison.OrdinalIgnoreCase) ? 0 : 1)
            .ThenBy(r => IsHard(r.Class) ? 2
                : r.Class is BounceClass.Unknown or BounceClass.Ours ? 0 : 1)
            .FirstOrDefault();

    static readonly HeaderList none = [];

    public static ReturnedMail Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return Of(IncomingMessage.Read(Lines(bytes.Span[..Math.Min(bytes.Length, MaxRead)])));
        }
        catch (Exception error) when (error is FormatException or ArgumentException or NotSupportedException or DecoderFallbackException
            or RegexMatchTimeoutException)
        {
            return new(ReturnKind.Answer, [], null, none);
        }
    }

    public static ReturnedMail Of(MimeMessage message)
    {
        var parts = Parts(message.Body, 0).ToList();
        var original = OriginalOf(parts);
        if (Feedback(parts, original) is { } feedback) return feedback with { Original = original };
        // Who hands a report on has its parts in a message of their own.
        if (StatusGroups(parts) is { Count: > 0 } groups && (IsReport(message) || IsNotice(message, parts)))
        {
            var report = Reported(groups, message, parts, original);
            return report.Kind is not ReturnKind.Bounce && IsChallenge(message, parts) ? new(ReturnKind.AutoReply, [], null, original)
                : report;
        }
        if (IsAutoReply(message, parts) || IsChallenge(message, parts)) return new(ReturnKind.AutoReply, [], null, original);
        if (IsNotice(message, parts)) return Noticed(message, parts, original);
        // From nobody or to many, and without a word of failure: a program that keeps to RFC 3834 by half.
        return new(HasNoSender(message) || IsToMany(message) ? ReturnKind.AutoReply : ReturnKind.Answer, [], null, original);
    }

    // ---- Reports

    static ReturnedMail? Feedback(List<MimeEntity> parts, HeaderList original)
    {
        var part = parts.FirstOrDefault(p => p.ContentType.IsMimeType("message", "feedback-report"));
        if (part is null) return original["X-HmXmrOriginalRecipient"] is { } reader
            // Outlook.com returns the message alone, with its reader's address on top.
            ? new(ReturnKind.Complaint, [new(AddressIn(reader), false, BounceClass.Unknown, null, "")], null, none) : null;
        var fields = part is MessageFeedbackReport report ? report.Fields : FieldsOf(part);
        var type = fields["Feedback-Type"]?.Trim() ?? "";
        return new(
            type.StartsWith("opt-out", StringComparison.OrdinalIgnoreCase) ? ReturnKind.OptOut
                // A report about authentication, or that it is no spam, is none about the recipient.
                : type is "auth-failure" or "not-spam" or "dmarc" ? ReturnKind.Report
                : ReturnKind.Complaint,
            [.. fields.Where(f => f.Field.Equals("Original-Rcpt-To", StringComparison.OrdinalIgnoreCase)).Take(MaxRecipients)
                .Select(f => new ReturnedRecipient(AddressIn(f.Value), false, BounceClass.Unknown, null, ""))],
            fields["Original-Envelope-Id"]?.Trim(),
            none
        )
        { OriginalSender = fields["Original-Mail-From"] };
    }

    /// <summary>The fields of a delivery-status part: that of the message, then one group for each recipient.</summary>
    static List<HeaderList> StatusGroups(List<MimeEntity> parts) =>
    [
        .. parts.Where(p => p.ContentType.IsMimeType("message", "delivery-status")
                || p.ContentType.IsMimeType("message", "global-delivery-status"))
            .SelectMany(p => p is MessageDeliveryStatus status ? status.StatusGroups : (IEnumerable<HeaderList>)[FieldsOf(p)]),
    ];

    static ReturnedMail Reported(List<HeaderList> groups, MimeMessage message, List<MimeEntity> parts, HeaderList original)
    {
        var text = Lazy(() => Notice(message, parts));
        var judge = Judge();
        var envelope = groups.Select(g => g["Original-Envelope-Id"]).FirstOrDefault(v => v is not null)?.Trim();
        var recipients = new List<ReturnedRecipient>();
        foreach (var group in groups)
        {
            // The first group is of the message.
            if (new[] { "Final-Recipient", "Original-Recipient", "Action", "Status" }.All(f => group[f] is null)) continue;
            var status = EnhancedCode().Match(group["Status"] ?? "") is { Success: true } code ? code.Value : null;
            // "relayed (to non-DSN-aware mailer)": a word of its own comes first.
            var action = (group["Action"] ?? "").Trim().Split(' ', '(', ';')[0].ToLowerInvariant();
            // Without an action the status tells: a class of 4 is no failure yet.
            var failed = action is "failed" or "failure" or "expired"
                // Or the system has words of its own.
                || (action is not ("delayed" or "delivered" or "relayed" or "expanded") && status?[0] == '5');
            var diagnostic = string.Join(
                ' ',
                group.Where(f => f.Field.Equals("Diagnostic-Code", StringComparison.OrdinalIgnoreCase)).Select(f => Diagnostic(f.Value))
            );
            // Many write no diagnostic, and say it to people only.
            var known = diagnostic.Trim().Length > 0 ? judge(InSession(diagnostic, text), status) : BounceClass.Unknown;
            if (known is BounceClass.Unknown && failed) known = judge($"{diagnostic} {text.Value}", status);
            var said = diagnostic.Trim().Length > 0 ? diagnostic : text.Value;
            var address = AddressIn(group["Original-Recipient"]) ?? AddressIn(group["Final-Recipient"]);
            recipients.Add(new(address, failed, failed ? known : BounceClass.Unknown, status, OneLine(said)));
            if (recipients.Count == MaxRecipients) break;
        }
        return recipients.Count == 0 && IsNotice(message, parts) ? Noticed(message, parts, original)
            : new(recipients.Exists(r => r.Failed) ? ReturnKind.Bounce : ReturnKind.Report, recipients, envelope, original);
    }

    /// <summary>
    /// A reply with the command that it answered before it, if the notice beside the report shows the session: who refuses at DATA says
    /// less of the mailbox.
    /// </summary>
    static string InSession(string diagnostic, Lazy<string> notice)
    {
        // What it says of the place by itself stands.
        if (diagnostic.Contains(" command", StringComparison.OrdinalIgnoreCase)) return diagnostic;
        var reply = Blanks().Replace(diagnostic, " ").Trim();
        foreach (Match said in Session().Matches(notice.Value))
            if (said.Groups["reply"].Value.Trim() is { Length: > 5 } line && reply.StartsWith(line, StringComparison.OrdinalIgnoreCase)
                // Sent all at once, its reply to the recipient stands behind DATA, and to DATA it says that nobody is left.
                && !NobodyLeft().IsMatch(notice.Value))
                return $">>> {said.Groups["command"].Value} <<< {diagnostic}";
        return diagnostic;
    }

    /// <summary>
    /// The same words are judged once, and all those of a message together have an end: a hundred that were made to be slow would else take
    /// minutes.
    /// </summary>
    static Func<string, string?, BounceClass> Judge()
    {
        var began = Stopwatch.GetTimestamp();
        var known = new Dictionary<(string, string?), BounceClass>();
        return (text, status) => known.TryGetValue((text, status), out var meaning) ? meaning
            : Stopwatch.GetElapsedTime(began) > 4 * ReturnedWords.Patience ? BounceClass.Unknown
            : (known[(text, status)] = ReplyClass.Of(text, status));
    }

    // ---- Notices for people

    static bool IsReport(MimeMessage message) =>
        message.Body is { } body
        && (body.ContentType.IsMimeType("multipart", "report") || body.ContentType.IsMimeType("message", "delivery-status"));

    /// <summary>Written by a mail system, without a report that a program could read; people answer and hand on what they got.</summary>
    static bool IsNotice(MimeMessage message, List<MimeEntity> parts) =>
        IsSurely(message, parts)
        || (ReturnedWords.NoticeSubject.IsMatch(message.Subject ?? "") && !Answered().IsMatch(message.Subject ?? ""));

    /// <summary>A subject alone is no proof, since people write of deliveries, too: what only it tells closes no address.</summary>
    static bool IsSurely(MimeMessage message, List<MimeEntity> parts)
    {
        if (message.Headers["X-Failed-Recipients"] is not null || IsOfSystem(message)) return true;
        var subject = message.Subject ?? "";
        if (Answered().IsMatch(subject)) return false;
        if (ReturnedWords.NoticeSubject.IsMatch(subject) && (HasNoSender(message) || message.Headers["Auto-Submitted"] is not null))
            return true;
        if (!HasNoSender(message) && !ReturnedWords.NoticeSubject.IsMatch(subject)) return false;
        var text = Notice(message, parts);
        return EnhancedCode().IsMatch(text) || RefusedWith().IsMatch(text);
    }

    static bool HasNoSender(MimeMessage message) => message.Headers["Return-Path"]?.Replace(" ", "").Replace("\t", "") is "<>";

    static bool IsToMany(MimeMessage message) => message.Headers["Precedence"]?.Trim().ToLowerInvariant() is "bulk" or "junk";

    /// <summary>A program asks whoever wrote to prove to be a person. A refusal with a code is a refusal, whatever it offers.</summary>
    static bool IsChallenge(MimeMessage message, List<MimeEntity> parts)
    {
        var subject = message.Subject ?? "";
        if (ReturnedWords.NoticeSubject.IsMatch(subject) && !Answered().IsMatch(subject)) return false;
        var text = Blanks().Replace(Notice(message, parts), " ");
        return ReturnedWords.Challenge.IsMatch(text) && !RefusedWith().IsMatch(text);
    }

    static bool IsOfSystem(MimeMessage message)
    {
        if (message.Headers["From"] is not { } from) return false;
        var name = message.From.Mailboxes.FirstOrDefault()?.Address.Split('@')[0] ?? from;
        return from.Contains("<>", StringComparison.Ordinal) || name.Trim().Length == 0 || SystemName().IsMatch(name);
    }

    static ReturnedMail Noticed(MimeMessage message, List<MimeEntity> parts, HeaderList original)
    {
        var read = Told(message, parts, original);
        return IsSurely(message, parts) ? read
            : read with
            {
                Recipients = [.. read.Recipients.Select(r => r with { Class = IsHard(r.Class) ? BounceClass.Unknown : r.Class })],
            };
    }

    static bool IsHard(BounceClass meaning) => meaning is BounceClass.InvalidMailbox or BounceClass.BadDomain or BounceClass.Disabled;

    static ReturnedMail Told(MimeMessage message, List<MimeEntity> parts, HeaderList original)
    {
        var text = Notice(message, parts);
        if (ReturnedWords.StillTrying.IsMatch(text) || ReturnedWords.StillTrying.IsMatch(message.Subject ?? ""))
            return new(ReturnKind.Report, [new(AddressIn(text), false, BounceClass.Unknown, null, OneLine(text))], null, original);
        // The one who gets the notice is named in many of them, and is no recipient.
        var own = message.To.Mailboxes.Select(m => m.Address).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var named = ReplyClass.Addresses
            .Matches(text)
            .Where(m => !own.Contains(m.Value) && !SystemName().IsMatch(m.Value.Split('@')[0]))
            .ToList();
        var listed = (message.Headers["X-Failed-Recipients"] ?? "").Split(
            ',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
        var addresses = (listed.Length > 0 ? listed : named.Select(m => m.Value))
            .Distinct(StringComparer.OrdinalIgnoreCase).Take(MaxRecipients).ToList();
        if (addresses.Count <= 1)
        {
            var only = addresses.FirstOrDefault() ?? AddressIn(original["To"]);
            return new(ReturnKind.Bounce, [new(only, true, ReplyClass.Of(text), CodeIn(text), OneLine(text))], null, original);
        }
        var recipients = new List<ReturnedRecipient>();
        var judge = Judge();
        foreach (var address in addresses)
        {
            // What is said of it stands between its name and that of the next.
            var at = named.Find(m => m.Value.Equals(address, StringComparison.OrdinalIgnoreCase));
            var next = named.Find(m => m.Index > at?.Index && !m.Value.Equals(address, StringComparison.OrdinalIgnoreCase));
            var said = at is null ? text : text[at.Index..(next?.Index ?? text.Length)];
            var meaning = judge(said, null);
            recipients.Add(new(address, true, meaning is BounceClass.Unknown ? judge(text, null) : meaning, CodeIn(said), OneLine(said)));
        }
        return new(ReturnKind.Bounce, recipients, null, original);
    }

    /// <summary>The words before the returned message.</summary>
    static string Notice(MimeMessage message, List<MimeEntity> parts)
    {
        var texts = parts.OfType<TextPart>().ToList();
        var part = texts.Find(t => t.IsPlain) ?? texts.FirstOrDefault();
        if (part is null) return message.Subject ?? "";
        var text = part.Text ?? "";
        if (part.IsHtml) text = System.Net.WebUtility.HtmlDecode(Tags().Replace(Styles().Replace(text, " "), " "));
        foreach (Match end in Returned().Matches(text))
        {
            // A line drawn across, before anything was said, may be drawn above the session.
            if (end.Index == 0 || (IsRule().IsMatch(end.Value) && !SaysMore(text[..end.Index]) && Session().IsMatch(text[end.Index..])))
                continue;
            text = text[..end.Index];
            break;
        }
        // What is cut out below stands among the first pages.
        if (text.Length > 16 * MaxText) text = text[..(16 * MaxText)];
        text = ReturnedWords.Boilerplate.Replace(text, " ");
        return text.Length > 4 * MaxText ? text[..(4 * MaxText)] : text;
    }

    static bool SaysMore(string text) => RefusedWith().IsMatch(text) || EnhancedCode().IsMatch(text) || ReplyClass.Addresses.IsMatch(text);

    // ---- Answers of machines

    /// <summary>
    /// Whether a subject says that a machine answered. No answer to a subject that only begins so: people talk about machines, too.
    /// </summary>
    public static bool IsAutoReplySubject(string subject)
    {
        if (subject.Length > MaxText) subject = subject[..MaxText];
        return ReturnedWords.AutoReplySubject.IsMatch(subject) && !Answered().IsMatch(subject);
    }

    /// <summary>RFC 3834 and what programs did before and beside it.</summary>
    static bool IsAutoReply(MimeMessage message, List<MimeEntity> parts)
    {
        var headers = message.Headers;
        if (parts.Exists(p => p.ContentType.IsMimeType("message", "disposition-notification"))) return true;
        if (message.Headers["X-Failed-Recipients"] is not null) return false;
        var subject = message.Subject ?? "";
        if (ReturnedWords.NoticeSubject.IsMatch(subject) && !Answered().IsMatch(subject)) return false;
        var system = IsOfSystem(message);
        var submitted = headers["Auto-Submitted"]?.Trim() ?? "no";
        return (!submitted.StartsWith("no", StringComparison.OrdinalIgnoreCase) && !system)
            || headers["X-Autoreply"] is not null || headers["X-Autorespond"] is not null || headers["X-Auto-Reply-From"] is not null
            || headers["X-Mail-Autoreply"] is not null || headers["X-Autoresponder"] is not null
            || (headers["X-Auto-Response-Suppress"] is not null && !system)
            || (headers["Precedence"]?.Trim().ToLowerInvariant() is "auto_reply" or "auto-reply")
            || (headers["X-Precedence"]?.Trim().ToLowerInvariant() is "auto_reply" or "auto-reply")
            || ReturnedWords.AutoReplySubject.IsMatch(subject) || ReturnedWords.VacationSubject.IsMatch(subject);
    }

    // ---- Parts

    static IEnumerable<MimeEntity> Parts(MimeEntity? entity, int depth)
    {
        if (entity is null || depth > MaxDepth) yield break;
        yield return entity;
        if (entity is Multipart multipart)
            foreach (var part in multipart)
                foreach (var inner in Parts(part, depth + 1)) yield return inner;
    }

    /// <summary>The headers of the message that is returned, from its part.</summary>
    static HeaderList OriginalOf(List<MimeEntity> parts)
    {
        foreach (var part in parts)
            if (part is MessagePart { Message: { } inner }) return inner.Headers;
            else if (part.ContentType.MediaSubtype.Equals("rfc822-headers", StringComparison.OrdinalIgnoreCase)) return FieldsOf(part);
        // A notice that goes on with the message itself.
        var text = parts.OfType<TextPart>().FirstOrDefault(t => t.IsPlain)?.Text;
        if (text is null || Returned().Match(text) is not { Success: true } start) return none;
        var rest = text[start.Index..];
        var head = FirstField().Match(rest);
        return head.Success ? FieldsOf(rest[head.Index..]) : none;
    }

    static HeaderList FieldsOf(MimeEntity part)
    {
        if (part is TextPart text) return FieldsOf(text.Text ?? "");
        if (part is not MimePart { Content: { } content }) return none;
        using var stream = new MemoryStream();
        content.DecodeTo(stream);
        return FieldsOf(Encoding.Latin1.GetString(stream.GetBuffer(), 0, (int)Math.Min(stream.Length, MaxRead)));
    }

    static HeaderList FieldsOf(string text)
    {
        try
        {
            using var stream = new MemoryStream(Encoding.Latin1.GetBytes(text.TrimStart() + "\r\n\r\n"));
            return HeaderList.Load(stream);
        }
        catch (FormatException) { return none; }
    }

    // ---- Words

    /// <summary>Files of old systems end their lines with CR alone.</summary>
    static byte[] Lines(ReadOnlySpan<byte> bytes)
    {
        // What was copied has blank lines before its header, which would end it.
        bytes = bytes[Math.Max(0, bytes.IndexOfAnyExcept(" \t\r\n"u8))..];
        // And messages out of a mailbox file its line between them.
        if (bytes.StartsWith("From "u8))
            bytes = bytes[(bytes.IndexOfAny((byte)'\r', (byte)'\n') + 1)..].TrimStart((byte)'\n');
        if (bytes.Contains((byte)'\n')) return bytes.ToArray();
        var lines = bytes.ToArray();
        lines.AsSpan().Replace((byte)'\r', (byte)'\n');
        return lines;
    }

    static string? AddressIn(string? value) =>
        value is not null && ReplyClass.Addresses.Match(value) is { Success: true } found ? found.Value : null;

    static string? CodeIn(string text) => EnhancedCode().Match(text) is { Success: true } found ? found.Value : null;

    /// <summary>"smtp; 550 …": the type is taken off.</summary>
    static string Diagnostic(string value) => DiagnosticType().Replace(value, "");

    static string OneLine(string text) =>
        string.Concat((text.Length > MaxText ? text[..MaxText] : text).Select(c => char.IsControl(c) ? ' ' : c)).Trim();

    static Lazy<string> Lazy(Func<string> make) => new(make);

    [GeneratedRegex(@"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])", RegexOptions.CultureInvariant)]
    private static partial Regex EnhancedCode();

    [GeneratedRegex(@"^\s*[a-z][a-z0-9-]*\s*;\s*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DiagnosticType();

    [GeneratedRegex(
        @"^(mailer.?daemon|post.?master|post.?office|mail.?delivery|delivery|bounce[sd]?\b|root|mail.?system|mdaemon|mmdf)"
        + @"|^(system.?administrator|microsoft exchange|internet.?mail.?delivery|uucp|smtp|mailsystem|mail-?admin|no-?reply@x)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex SystemName();

    [GeneratedRegex(@"^[ \t]*[-_~]{20,}[ \t]*$", RegexOptions.CultureInvariant)]
    private static partial Regex IsRule();

    /// <summary>A command and the reply to it, as sendmail and Courier show them.</summary>
    [GeneratedRegex(
        @"^[ \t]*>>>[ \t]*(?<command>MAIL FROM|DATA|EHLO|HELO|AUTH)\b[^\r\n]{0,300}\r?\n"
            + @"[ \t]*<<<[ \t]*(?<reply>[45]\d\d[^\r\n]{0,200})",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Session();

    [GeneratedRegex(
        @"<<<[ \t]*5\d\d[^\r\n]{0,60}(need|no|valid|specify)[^\r\n]{0,20}\b(rcpt|recipient)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NobodyLeft();

    /// <summary>How subjects of answers and of what is handed on begin.</summary>
    [GeneratedRegex(
        @"^\s*(\[[^\]]{0,60}\]\s*)?(re|aw|antw|sv|vs|odp|ynt|fwd?|wg|tr|rv|enc|vl|vb|ilt|答复|回复|回覆|转发|轉寄|返信|転送|회신|전달)"
            + @"\s*(\[\d+\])?\s*[:：]",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Answered();

    /// <summary>A reply of a server, as it stands in a notice.</summary>
    [GeneratedRegex(@"(?<![\d.:\[])[45][0-5]\d[ -](?=\D)", RegexOptions.CultureInvariant)]
    private static partial Regex RefusedWith();

    /// <summary>Where the message that is returned begins.</summary>
    [GeneratedRegex(
        @"^[ \t]*((-|=|_|\*|#|~){2,}[^\r\n"
            + @"]{0,40}(copy of|original|unsent|returned|undelivered|bounced|headers|body of|your message)[^\r\n]{0,80}"
            + @"|(-|=|_|\*|#|~){2,}[^\r\n"
            + @"]{0,40}(message (header|text|follows|as|begin)|below this|included|enclosed|mail (header|text))[^\r\n]{0,80}"
            + @"|(the )?original (message|mail|e-?mail|headers?|text)(?! was)[^\r\n]{0,60}(follow|:|below|attached|-)"
            + @"|(here is|below is|this is) (a |the )?(copy|your|original)[^\r\n]{0,60}|-{30,}|[_~]{20,}"
            + @"|(return-path|received|delivered-to|dkim-signature|x-original-to|authentication-results|x-received):[ \t])"
        // A notice may name the message that it is about by its id, indented.
        + @"|^(message-id|mime-version):[ \t]",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Multiline
    )]
    private static partial Regex Returned();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex FirstField();

    [GeneratedRegex(
        @"<(style|script|head)\b.{0,20000}?</\1>",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline
    )]
    private static partial Regex Styles();

    [GeneratedRegex(@"<[^>]{0,2000}>", RegexOptions.CultureInvariant)]
    private static partial Regex Tags();
}
