using System.Text;
using System.Text.RegularExpressions;

namespace Community.Mail;

/// <summary>The outcome of handing over one message.</summary>
/// <param name="Status">Whether it was accepted; for what to do next see <see cref="Verdict"/>.</param>
/// <param name="Phase">The phase in which it ended.</param>
/// <param name="Code">The server's reply code, 200 to 599; null if there was no reply.</param>
/// <param name="Enhanced">Class, subject and detail such as <c>5.1.1</c> (RFC 3463); null unless its class matches the code.</param>
/// <param name="Text">The server's text, or our own: one line without control characters.</param>
public sealed partial record SendResult(SendStatus Status, SmtpPhase Phase, int? Code, string? Enhanced, string Text)
{
    const int MaxText = 5000;

    [GeneratedRegex(@"(?<![^\s])[245]\.\d{1,3}\.\d{1,3}(?![^\s])", RegexOptions.CultureInvariant)]
    private static partial Regex EnhancedCode();

    /// <summary>What the outcome means for the sender.</summary>
    public SendVerdict Verdict => (Status, Phase) switch
    {
        (SendStatus.Accepted, _) => SendVerdict.Accepted,
        (SendStatus.Ambiguous, _) => SendVerdict.Ambiguous,
        (SendStatus.NotSent, SmtpPhase.Local) => SendVerdict.Refused,
        (SendStatus.NotSent, <= SmtpPhase.Authenticate) => SendVerdict.RelayAway,
        (SendStatus.RejectedPermanent, < SmtpPhase.RcptTo) => SendVerdict.SenderRefused,
        (SendStatus.RejectedPermanent, _) => SendVerdict.Refused,
        // 421 closes the connection, whichever command it replies to.
        (SendStatus.RejectedTransient, SmtpPhase.RcptTo) when Code != 421 => SendVerdict.RecipientDeferred,
        _ => SendVerdict.Deferred,
    };

    /// <summary>
    /// Temporarily rejected because of us, not of the recipient: the service is closing or overloaded (421), sign-in or TLS is out of order
    /// (454), or policy (X.7.Z, RFC 3463 §3.8). The message is as good as untried.
    /// </summary>
    public bool IsOfTheWay =>
        Status == SendStatus.RejectedTransient
        && (Code is 421 or 454 || Enhanced?.StartsWith("4.7.", StringComparison.Ordinal) == true);

    internal static SendResult Of(SendStatus status, SmtpPhase phase, int code, string text)
    {
        text = OneLine(text);
        var enhanced = EnhancedCode().Match(text) is { Success: true } match && match.Value[0] == '0' + code / 100 ? match.Value : null;
        return new(status, phase, code, enhanced, text);
    }

    internal static SendResult Rejected(SmtpPhase phase, int code, string text) =>
        Of(code < 500 ? SendStatus.RejectedTransient : SendStatus.RejectedPermanent, phase, code, text);

    /// <summary>A message rejected locally: an address or a value cannot be written into it.</summary>
    public static SendResult Unwritable(string why) => new(SendStatus.NotSent, SmtpPhase.Local, null, null, OneLine(why));

    internal static SendResult NotSent(SmtpPhase phase, string text) => new(SendStatus.NotSent, phase, null, null, OneLine(text));

    internal static SendResult Ambiguous(string text) => new(SendStatus.Ambiguous, SmtpPhase.FinalDot, null, null, OneLine(text));

    /// <summary>
    /// A text of others as every database takes it: one line without control characters, cut between characters and not within one, and
    /// with the sign for unknown ones where half a character stands.
    /// </summary>
    public static string OneLine(string text, int max = MaxText)
    {
        var line = new StringBuilder(Math.Min(text.Length, max));
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length + rune.Utf16SequenceLength > max) break;
            if (Rune.IsControl(rune)) line.Append(' ');
            else line.Append(rune);
        }
        return line.ToString().Trim();
    }
}
