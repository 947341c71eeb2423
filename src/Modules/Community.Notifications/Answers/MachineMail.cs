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

    static readonly string[] fields =
        ["X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From", "X-MS-Exchange-Inbox-Rules-Loop", "List-Id", "List-Post",
            "X-Mailing-List", "X-Failed-Recipients", "Feedback-ID"];

    public static bool Is(MimeMessage message, string text) =>
        SaysSo(message)
        || message.Body is MultipartReport or MessageDeliveryStatus
        || message.From.Mailboxes.Any(m => Daemon().IsMatch(m.Address))
        || ReturnedMail.IsAutoReplySubject(message.Subject ?? "")
        || ReportSubject().IsMatch(message.Subject ?? "")
        || text.Split('\n').Where(l => l.Trim().Length > 0).Take(FirstLines).Any(l => FirstLine().IsMatch(l));

    // RFC 3834 §5; the others are from before it, or of Exchange.
    static bool SaysSo(MimeMessage message) =>
        message.Headers["Auto-Submitted"] is { } auto && !auto.Trim().StartsWith("no", StringComparison.OrdinalIgnoreCase)
        || message.Headers["Precedence"]?.Trim().ToLowerInvariant() is "bulk" or "junk" or "list" or "auto_reply"
        || message.Headers["Return-Path"]?.Trim() is "<>"
        || message.Headers["X-Auto-Response-Suppress"] is { } exchange && exchange.Contains("All", StringComparison.OrdinalIgnoreCase)
        || fields.Any(f => message.Headers[f] is not null);

    [GeneratedRegex("^(mailer-daemon|postmaster|no-?reply|bounce[s+-]?)[^@]*@", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Daemon();

    // Fewer words than what arrives at a return address is told by: here people write of deliveries, too.
    [GeneratedRegex(
        "配信不能|undeliver(ed|able)|delivery (status notification|failure)|returned mail|failure notice",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex ReportSubject();

    [GeneratedRegex(
        @"自動(返信|応答)|自動的に(送信|返信)|自動で(送信|返信)|this is an auto(matic|mated|matically)"
            + @"|i am (currently )?out of (the )?office|i'm (currently )?out of (the )?office"
            + @"|不在にして(おり|い)ます|休暇を(いただ|頂|取得し)",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex FirstLine();
}
