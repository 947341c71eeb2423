using System.Text.RegularExpressions;
using Community.Mail;
using MimeKit;

namespace Community.Notifications;

/// <summary>
/// Tells mail that a program wrote by itself: an absence, a report of failed delivery, a list. Nobody wants it as a post, and an answer to
/// it may be answered for ever.
/// </summary>
static partial class MachineMail
{
    /// <summary>Lines at the beginning of the text in which an automatic answer says what it is.</summary>
    const int FirstLines = 4;

    // Not Feedback-ID: some providers of mailboxes put it into what people write.
    static readonly string[] fields =
        ["X-Mail-Autoreply", "X-Amazon-Auto-Reply", "X-MS-Exchange-Inbox-Rules-Loop", "List-Id", "List-Post", "X-Mailing-List",
            "X-Failed-Recipients"];

    public static bool Is(MimeMessage message, string text) =>
        SaysSo(message)
        || message.Body is MultipartReport or MessageDeliveryStatus
        || message.From.Mailboxes.Any(m => Daemon().IsMatch(m.Address))
        || ReturnedMail.IsAutoReplySubject(message.Subject ?? "")
        || (ReportSubject().IsMatch(message.Subject ?? "") && !Answered().IsMatch(message.Subject ?? ""))
        || text.Split('\n').Where(l => l.Trim().Length > 0).Take(FirstLines).Any(l => FirstLine().IsMatch(l));

    // RFC 3834 §5; the others are from before it, or of Exchange.
    static bool SaysSo(MimeMessage message) =>
        message.Headers["Auto-Submitted"] is { } auto && !IsNo(auto)
        || IsPrecedence(message.Headers["Precedence"]) || IsPrecedence(message.Headers["X-Precedence"])
        || message.Headers["Return-Path"]?.Trim() is "<>"
        || message.Headers["X-Auto-Response-Suppress"] is { } exchange && Suppressed().IsMatch(exchange)
        || message.Headers.Any(h => h.Field.StartsWith("X-Auto", StringComparison.OrdinalIgnoreCase)
            && !h.Field.StartsWith("X-Auto-Response-Suppress", StringComparison.OrdinalIgnoreCase) && !IsNo(h.Value))
        || fields.Any(f => message.Headers[f] is not null);

    static bool IsNo(string value) => value.Trim().StartsWith("no", StringComparison.OrdinalIgnoreCase);

    static bool IsPrecedence(string? value) =>
        value?.Trim().ToLowerInvariant() is "bulk" or "junk" or "list" or "auto_reply" or "auto-reply";

    [GeneratedRegex("^(mailer-daemon|postmaster|no-?reply|bounce[s+-]?)[^@]*@", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Daemon();

    // Fewer words than what arrives at a return address is told by: here people write of deliveries, too.
    [GeneratedRegex(
        "配信不能|undeliver(ed|able)|delivery (status notification|failure)|returned mail|failure notice"
            + @"|^\s*(read|not read|開封済み|既読|開封確認|gelesen|letto|leído|lu)\s*[:：]",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex ReportSubject();

    /// <summary>Of a topic in which they write of it.</summary>
    [GeneratedRegex(
        @"^\s*(re|aw|sv|antw|ré?f|rif|返信|回复|回覆|답장)\s*(\[\d+\])?\s*[:：]",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Answered();

    [GeneratedRegex(@"\b(All|OOF|AutoReply)\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Suppressed();

    // What such a text says of itself, or of its owner's absence. That somebody writes of automatic answers is no sign of one.
    [GeneratedRegex(
        @"(この|本|当|こちらの)(メール|メッセージ|返信|通知|回答)は.{0,20}自動|システム(より|から|が).{0,6}自動"
            + @"|^[\s【\[［（(<＜※*＊■□●◆◇○・#=-]*自動(返信|応答|送信|配信|返答)(メール|メッセージ|通知)?(です|になります|[】\]］）)>＞：:。※*＊\s]|$)"
            + @"|不在にして(おり|い)ます|休暇を(いただ|頂|取得し)\w{0,2}(おり|い)ます"
            + @"|(出張|外出|休業|休暇|不在)(中|のため).{0,40}(返信|返答|連絡|対応|回答|確認).{0,20}(遅れ|遅く|できません|かねます|いたします|次第)"
            + @"|this is an? auto(matic|mated|-?generated|matically)?[ -]?(generated |vacation |out[ -]of[ -]office )?"
            + "(reply|response|message|e-?mail|mail|notification|answer)"
            + @"|i( am|'m|’m| will be|'ll be|’ll be) (currently |now )?out of (the |my )?office"
            + @"|i( am|'m|’m| will be|'ll be|’ll be) (currently |now )?"
            + @"(on (\w+ )?(leave|vacation|holidays?)|away from (the |my )?(office|desk|e-?mail))"
            + ".{0,80}(until|through|return|access|respond|reply)"
            + "|ich bin (derzeit|zurzeit|zur zeit|momentan|aktuell|bis|vom|ab) .{0,60}"
            + "(nicht im (büro|haus)|im urlaub|abwesend|nicht erreichbar)"
            + "|je suis (actuellement )?(absente?|en congés?) .{0,60}(jusqu|du |retour)"
            + "|estoy fuera de la oficina|sono fuori (ufficio|sede)|ik ben (momenteel )?(afwezig|niet aanwezig)"
            + "|自动(回复|答复|應答)(邮件)?[。！,，]|自動(回覆|回復)(郵件|信件)|假期自动回复|我.{0,10}正在休假|(현재|지금) .{0,20}(부재중|휴가)",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex FirstLine();
}
