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
        // People who hand a report on have its parts in a message of their own, and a name.
        if (StatusGroups(parts) is { Count: > 0 } groups && (IsReport(message) || IsNotice(message, parts) || HasNoSender(message)))
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

    /// <summary>
    /// The fields of the delivery-status part, a group for each recipient. Gateways lose the part's type, the blank lines between groups,
    /// or set blank lines between all fields: a group begins where a recipient is named, or where a field comes again.
    /// </summary>
    static List<HeaderList> StatusGroups(List<MimeEntity> parts)
    {
        var groups = parts.Where(p => p.ContentType.IsMimeType("message", "delivery-status")
                || p.ContentType.IsMimeType("message", "global-delivery-status"))
            .SelectMany(GroupsIn).ToList();
        if (!groups.Exists(HasRecipient))
            groups =
            [
                .. parts.OfType<TextPart>().Select(t => t.Text ?? "").Where(t => RecipientField().IsMatch(t)).Take(1).SelectMany(GroupsIn),
            ];
        var found = new List<HeaderList>();
        foreach (var group in groups)
        {
            var begins = HasRecipient(group) && found is [.., var before] && (before["Action"] ?? before["Status"]) is not null;
            foreach (var field in group.Where(f => StatusFields.Contains(f.Field)))
            {
                if (found.Count == 0 || begins || (found[^1][field.Field] is not null && !IsDiagnostic(field.Field))) found.Add([]);
                begins = false;
                found[^1].Add(field.Clone());
            }
        }
        return found;
    }

    /// <summary>What is read of a group.</summary>
    const string StatusNames = "Original-Recipient|Final-Recipient|Action|Status|Diagnostic-Code|Original-Envelope-Id";
    static readonly HashSet<string> StatusFields = new(StatusNames.Split('|'), StringComparer.OrdinalIgnoreCase);

    static bool IsDiagnostic(string field) => field.Equals("Diagnostic-Code", StringComparison.OrdinalIgnoreCase);

    static bool HasRecipient(HeaderList group) => group["Final-Recipient"] is not null || group["Original-Recipient"] is not null;

    static IEnumerable<HeaderList> GroupsIn(MimeEntity part)
    {
        // Without a blank line below its header, the fields stand in it.
        if (HasRecipient(part.Headers)) return [part.Headers];
        if (part is MessageDeliveryStatus status && status.StatusGroups.Any(HasRecipient)) return status.StatusGroups;
        return GroupsIn(TextOf(part));
    }

    static IEnumerable<HeaderList> GroupsIn(string text)
    {
        // Behind them the message that is returned may begin, whose fields have such names, too.
        var first = RecipientField().Match(text);
        if (first.Success && Returned().Match(text, first.Index) is { Success: true } end) text = text[..end.Index];
        foreach (var block in BlankLine().Split(text).Take(MaxRecipients * StatusFields.Count))
        {
            var group = new HeaderList();
            foreach (Match field in StatusField().Matches(block).Take(MaxRecipients * StatusFields.Count))
                group.Add(field.Groups["name"].Value, OneLine(Blanks().Replace(field.Groups["value"].Value, " ")));
            if (group.Count > 0) yield return group;
        }
    }

    static ReturnedMail Reported(List<HeaderList> groups, MimeMessage message, List<MimeEntity> parts, HeaderList original)
    {
        var text = Lazy(() => Notice(message, parts));
        var judge = Judge();
        var envelope = groups.Select(g => g["Original-Envelope-Id"]).FirstOrDefault(v => v is not null)?.Trim();
        var recipients = new List<ReturnedRecipient>();
        // The first group is of the message. Some say there what became of it, and name the recipient in the next.
        var ofMessage = groups is [var top, ..] && !HasRecipient(top) && groups.Exists(HasRecipient) ? top : null;
        var isOfOne = groups.Count(HasRecipient) == 1;
        foreach (var group in groups)
        {
            if (group == ofMessage || (!HasRecipient(group) && (group["Action"] ?? group["Status"]) is null)) continue;
            var status = EnhancedCode().Match(group["Status"] ?? ofMessage?["Status"] ?? "") is { Success: true } code ? code.Value : null;
            // "relayed (to non-DSN-aware mailer)": a word of its own comes first.
            var action = (group["Action"] ?? ofMessage?["Action"] ?? "").Trim().Split(' ', '(', ';')[0].ToLowerInvariant();
            // Without an action the status tells: a class of 4 is no failure yet.
            var failed = action is "failed" or "failure" or "expired"
                // Or the system has words of its own.
                || (action is not ("delayed" or "delivered" or "relayed" or "expanded") && status?[0] == '5');
            var diagnostic = string.Join(
                ' ',
                group.Where(f => f.Field.Equals("Diagnostic-Code", StringComparison.OrdinalIgnoreCase)).Select(f => Diagnostic(f.Value))
            );
            // Many write no diagnostic, and say it to people only.
            var saysWhy = diagnostic.Trim().Length > 0 && !(isOfOne && SaysNoReason().IsMatch(diagnostic));
            var known = saysWhy ? judge(InSession(diagnostic, text), status) : BounceClass.Unknown;
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
        if (reply.Length > 5 && Blanks().Replace(notice.Value, " ") is var said
            && said.IndexOf(reply, StringComparison.Ordinal) is >= 0 and var at
            && InReply().Match(said, at + reply.Length) is { Success: true } command)
            return diagnostic + command.Value;
        foreach (Match pair in Session().Matches(notice.Value))
            if (pair.Groups["reply"].Value.Trim() is { Length: > 5 } line && reply.StartsWith(line, StringComparison.OrdinalIgnoreCase)
                // Sent all at once, its reply to the recipient stands behind DATA, and to DATA it says that nobody is left.
                && !NobodyLeft().IsMatch(notice.Value))
                return $">>> {pair.Groups["command"].Value} <<< {diagnostic}";
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
        && (body.ContentType.IsMimeType("message", "delivery-status")
            || (body.ContentType.IsMimeType("multipart", "report")
                && body.ContentType.Parameters["report-type"]?.Trim().ToLowerInvariant()
                    is not ("disposition-notification" or "feedback-report")));

    /// <summary>Written by a mail system, without a report that a program could read; people answer and hand on what they got.</summary>
    static bool IsNotice(MimeMessage message, List<MimeEntity> parts) =>
        IsSurely(message, parts)
        || (ReturnedWords.NoticeSubject.IsMatch(message.Subject ?? "") && !Answered().IsMatch(message.Subject ?? ""));

    /// <summary>
    /// A subject alone is no proof, since people write of deliveries, too: what only it tells closes no address. Nobody writes one anew
    /// above a whole message that came back.
    /// </summary>
    static bool IsSurely(MimeMessage message, List<MimeEntity> parts)
    {
        if (message.Headers["X-Failed-Recipients"] is not null || IsOfSystem(message) || IsReport(message)) return true;
        var subject = message.Subject ?? "";
        if (Answered().IsMatch(subject)) return false;
        if (ReturnedWords.NoticeSubject.IsMatch(subject)
            && (HasNoSender(message) || message.Headers["Auto-Submitted"] is not null || parts.Exists(p => p is MessagePart)))
            return true;
        if (!HasNoSender(message) && !ReturnedWords.NoticeSubject.IsMatch(subject)) return false;
        var text = Notice(message, parts);
        return EnhancedCode().IsMatch(text) || RefusedWith().IsMatch(text) || (HasNoSender(message) && SaysUndelivered(message, text));
    }

    /// <summary>Carriers write from a name that nobody reads, and no code: that it did not arrive, and whom it did not reach.</summary>
    static bool SaysUndelivered(MimeMessage message, string text) =>
        ReturnedWords.Undelivered.IsMatch(Blanks().Replace(text, " "))
        && ReplyClass.Addresses.Matches(text).Any(a =>
            !message.To.Mailboxes.Concat(message.From.Mailboxes).Any(m => m.Address.Equals(a.Value, StringComparison.OrdinalIgnoreCase)));

    static bool HasNoSender(MimeMessage message) =>
        message.Headers["Return-Path"] is { } path && NoSender().IsMatch(path);

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
        // What cannot be read as an address may still begin with the name of a system.
        var name = message.From.Mailboxes.FirstOrDefault()?.Address.Split('@')[0] ?? from.TrimStart(' ', '"', '<');
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
        var texts = parts.OfType<TextPart>().Where(t => !string.IsNullOrWhiteSpace(t.Text)).ToList();
        var part = texts.Find(t => t.IsPlain) ?? texts.FirstOrDefault();
        if (part is null) return message.Subject ?? "";
        var text = Decoded(part.Text ?? "");
        if (part.IsHtml) text = System.Net.WebUtility.HtmlDecode(Tags().Replace(Styles().Replace(text, " "), " "));
        foreach (Match end in Returned().Matches(text))
        {
            // A line drawn across, before anything was said, may be drawn above the session.
            if (end.Index == 0 || (IsRule().IsMatch(end.Value) && !SaysMore(text[..end.Index]) && Session().IsMatch(text[end.Index..])))
                continue;
            text = text[..end.Index];
            break;
        }
        // A report that has lost its form goes on in the same text.
        if (StatusBegins().Match(text) is { Success: true, Index: > 0 } fields && !string.IsNullOrWhiteSpace(text[..fields.Index]))
            text = text[..fields.Index];
        // What our own message was called says nothing of why it came back.
        text = SubjectLine().Replace(text, " ");
        // X.400 writes addresses as one value of many.
        text = OfX400().Replace(text, " ");
        // What is cut out below stands among the first pages.
        if (text.Length > 16 * MaxText) text = text[..(16 * MaxText)];
        text = ReturnedWords.Boilerplate.Replace(text, " ");
        return text.Length > 4 * MaxText ? text[..(4 * MaxText)] : text;
    }

    /// <summary>Old systems of Japan write ISO-2022-JP and do not say so. It is told by its escapes, which nobody else writes.</summary>
    static string Decoded(string text) =>
        text.Contains("\u001b$", StringComparison.Ordinal) && text.All(c => c < 128)
            ? Encoding.GetEncoding("iso-2022-jp").GetString(Encoding.ASCII.GetBytes(text)) : text;

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
        if (message.Headers["X-Failed-Recipients"] is not null || IsReport(message)) return false;
        var subject = message.Subject ?? "";
        if (ReturnedWords.NoticeSubject.IsMatch(subject) && !Answered().IsMatch(subject)) return false;
        var system = IsOfSystem(message);
        var submitted = headers["Auto-Submitted"]?.Trim() ?? "no";
        // What was made by a program is no answer by that alone (RFC 3834 §5.1): carriers' notices are, too.
        var notice = submitted.StartsWith("auto-generated", StringComparison.OrdinalIgnoreCase) && HasNoSender(message)
            && SaysUndelivered(message, Notice(message, parts));
        return (!submitted.StartsWith("no", StringComparison.OrdinalIgnoreCase) && !system && !notice)
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
        if (entity is Multipart { Count: 0 } broken)
            foreach (var inner in Parts(Mended(broken), depth + 1)) yield return inner;
        else if (entity is Multipart multipart)
            foreach (var part in multipart)
                foreach (var inner in Parts(part, depth + 1)) yield return inner;
        // A gateway has put the whole report into a message of its own. What we have sent is never one.
        else if (entity is MessagePart { Message: { } enclosed } && IsReport(enclosed))
            foreach (var inner in Parts(enclosed.Body, depth + 1)) yield return inner;
    }

    /// <summary>
    /// A multipart whose boundary is not said, or stands nowhere: read by the first line that looks like one, else as text.
    /// </summary>
    static MimeEntity? Mended(Multipart broken)
    {
        if (string.IsNullOrWhiteSpace(broken.Preamble)) return null;
        var bytes = Encoding.Latin1.GetBytes(broken.Preamble.Length > MaxRead ? broken.Preamble[..MaxRead] : broken.Preamble);
        var type = Boundary().Match(broken.Preamble) is { Success: true } line
            ? $"multipart/mixed; boundary=\"{line.Groups["boundary"].Value}\"" : "text/plain";
        using var stream = new MemoryStream([.. Encoding.Latin1.GetBytes($"Content-Type: {type}\r\n\r\n"), .. bytes]);
        return MimeEntity.Load(stream);
    }

    /// <summary>The headers of the message that is returned, from its part.</summary>
    static HeaderList OriginalOf(List<MimeEntity> parts)
    {
        foreach (var part in parts)
            if (part is MessagePart { Message: { } inner })
            {
                if (!IsReport(inner)) return inner.Headers;
            }
            else if (part.ContentType.MediaSubtype.Equals("rfc822-headers", StringComparison.OrdinalIgnoreCase)) return FieldsOf(part);
        // A notice that goes on with the message itself.
        var text = parts.OfType<TextPart>().FirstOrDefault(t => t.IsPlain)?.Text;
        if (text is null || Returned().Match(text) is not { Success: true } start) return none;
        var rest = text[start.Index..];
        var head = FirstField().Match(rest);
        return head.Success ? FieldsOf(rest[head.Index..]) : none;
    }

    static HeaderList FieldsOf(MimeEntity part) => FieldsOf(TextOf(part));

    static string TextOf(MimeEntity part)
    {
        if (part is TextPart text) return text.Text ?? "";
        if (part is not MimePart { Content: { } content }) return "";
        using var stream = new MemoryStream();
        content.DecodeTo(stream);
        return Encoding.Latin1.GetString(stream.GetBuffer(), 0, (int)Math.Min(stream.Length, MaxRead));
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

    /// <summary>None, or the name of a program: some write as that.</summary>
    [GeneratedRegex(@"^\s*<\s*(mailer-daemon(@[^>]{0,300})?\s*)?>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NoSender();

    [GeneratedRegex(
        @"^[ \t]*(?<name>" + StatusNames + @")[ \t]*:"
            + @"(?<value>[^\r\n]{0,2000}(\r?\n[ \t]+(?![A-Za-z-]{1,40}:)\S[^\r\n]{0,1000}){0,20})",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex StatusField();

    [GeneratedRegex(
        @"^[ \t]*(Original|Final)-Recipient[ \t]*:[ \t]*[a-z0-9-]{1,20}[ \t]*;",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex RecipientField();

    [GeneratedRegex(
        @"^[ \t]*(Reporting-MTA|Original-Recipient|Final-Recipient)[ \t]*:[ \t]*[a-z0-9-]{1,20}[ \t]*;",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex StatusBegins();

    /// <summary>Above or below the reason, as Exchange, X.400 and carriers quote it.</summary>
    [GeneratedRegex(
        @"^[ \t>|*]*(subject|betreff|objet|oggetto|asunto|assunto|onderwerp|ämne|emne|temat|тема|件名|題名|主题|主旨|제목)[ \t]*[:：][^\r\n]*",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex SubjectLine();

    /// <summary>"c=us;a= ;p=example;o=site;dda:SMTP=" before an address.</summary>
    [GeneratedRegex(
        @"\bc=[a-z]{2};(\s?[a-z]{1,4}=[^;\s]{0,60}\s?;){0,8}\s?(dda:)?(smtp|rfc-?822)=(?=\S)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex OfX400();

    [GeneratedRegex(@"\r?\n[ \t]*(?=\r?\n)", RegexOptions.CultureInvariant)]
    private static partial Regex BlankLine();

    /// <summary>A line of two hyphens and a name, above a field of a part.</summary>
    [GeneratedRegex(
        @"^--(?<boundary>[\w'()+,./:=?-]{1,70})[ \t]*\r?\n(?=Content-[A-Za-z-]{1,30}:)",
        RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Boundary();

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

    /// <summary>Behind a reply, as Postfix shows it.</summary>
    [GeneratedRegex(@"\G ?\(in reply to [^()]{1,60}\)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex InReply();

    /// <summary>How a program ended, in the words of sendmail and Domino; why is said to people only.</summary>
    [GeneratedRegex(
        @"^\W*(5\d\d )?(\d\.\d\.\d{1,3} )?(<[^<>]{0,300}>[. ]*)?"
            + @"(can't create output|service unavailable|unknown mailer error \d{1,3}|data format error)\W*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SaysNoReason();

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
