using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Community.Mail;

/// <summary>
/// What a server's reply to a message means: by its words first (words.txt), since many servers answer 5.1.1 to spam and 5.7.1 to an
/// unknown user, then by the enhanced code (RFC 3463, registry of RFC 5248), then by the reply code (RFC 5321 §4.2.3).
/// </summary>
public static partial class ReplyClass
{
    /// <summary>Longer replies are cut: what matters stands at the beginning.</summary>
    const int MaxText = 2000;

    /// <param name="text">The reply, or a sentence about it, in any of the languages that servers write.</param>
    /// <param name="status">The enhanced code such as <c>5.1.1</c>; null if none is known but what the text says.</param>
    public static BounceClass Of(string text, string? status = null)
    {
        if (text.Length > MaxText) text = text[..MaxText];
        // Lines are broken anywhere, also inside phrases.
        text = Blanks().Replace(text, " ");
        // Postfix's own state, not the mailbox's; the reason follows.
        text = text.Replace("delivery temporarily suspended", "delivery", StringComparison.OrdinalIgnoreCase);
        text = ReturnedWords.Plain(text);
        // Names say nothing: a host may be called spam, a person closed.
        text = Addresses.Replace(Hosts().Replace(text, ""), "a@b").Replace("<a@b>", "a@b", StringComparison.Ordinal);
        // Some write their words as one: "mailbox_full".
        text = Joined().Replace(text, " ");
        try
        {
            // Where to read on names much that is not the reason: "User unknown, see https://example.com/spam-policy".
            var advice = Advice().Match(text);
            var reason = advice.Success && !OfSender().IsMatch(advice.Value) ? text[..advice.Index] : text;
            // Postfix asked the next server, and says behind the colon what that one said.
            if (Asked().Match(reason) is { Success: true } asked && OfWords(reason[(asked.Index + asked.Length)..]) is { } answer)
                return InItsPlace(answer, text, status);
            var meaning = OfWords(reason) ?? (reason.Length < text.Length ? OfWords(text) : null) ?? OfCodes(text, status);
            // Who gave up after days may say beside it what the other side said all the time. "For now" is over then: a server that has
            // called a user unknown for days, by a code that keeps senders waiting, knows none.
            if (meaning is BounceClass.TheirSystem && GaveUp().IsMatch(reason)
                && OfWords(GaveUp().Replace(reason, " ")) is { } said && (said is BounceClass.Full or BounceClass.Filtered
                    || (said is BounceClass.InvalidMailbox or BounceClass.Disabled && ReplyCode().IsMatch(reason))))
                meaning = said;
            // Who refuses and names no mailbox means the sender or the message, whatever the words are.
            if (meaning is BounceClass.Unknown && Refuses().IsMatch(reason) && Sentence().IsMatch(reason) && !Mailbox().IsMatch(reason))
                meaning = BounceClass.Ours;
            return InItsPlace(meaning, text, status);
        }
        catch (RegexMatchTimeoutException) { return BounceClass.Unknown; }
    }

    static BounceClass? OfWords(string text)
    {
        // Loaded before time is measured.
        var all = ReturnedWords.Replies;
        var began = Stopwatch.GetTimestamp();
        foreach (var (words, meaning) in all)
            if (words.IsMatch(text)) return meaning;
            // All of them together, too.
            else if (Stopwatch.GetElapsedTime(began) > ReturnedWords.Patience) throw new RegexMatchTimeoutException();
        return null;
    }

    /// <summary>
    /// Where in the session it was said counts more than its words: who refuses before the recipient was named says nothing of the mailbox,
    /// and who calls a recipient unknown only behind the message has a filter that says so.
    /// </summary>
    static BounceClass InItsPlace(BounceClass meaning, string text, string? status)
    {
        if (meaning is not (BounceClass.InvalidMailbox or BounceClass.BadDomain or BounceClass.Disabled or BounceClass.Filtered
            or BounceClass.Unknown)) return meaning;
        // 521 and 556 as a greeting are of a host that takes no mail at all (RFC 7504).
        if (BeforeRecipient().IsMatch(text))
            return meaning is BounceClass.BadDomain && NoMailHere().IsMatch(text) ? meaning : BounceClass.Ours;
        if (meaning is BounceClass.Unknown) return meaning;
        var inText = EnhancedCode().Match(text) is { Success: true } found ? found.Value : null;
        // A code of the message or of the session is about no mailbox, whatever it is that is unknown or invalid.
        if (meaning is not BounceClass.Filtered && (inText is [_, '.', '6', '.', ..] or [_, '.', '5', '.', >= '2' and <= '9']
            || (meaning is not BounceClass.BadDomain && inText is [_, '.', '4', '.', >= '5' and <= '7'])))
            return OfEnhanced(inText) ?? BounceClass.Unknown;
        // A name that could not be looked up for now may be there.
        if (meaning is BounceClass.BadDomain && inText is ['4', '.', '3' or '4', '.', ..]) return BounceClass.TheirSystem;
        if (meaning is not BounceClass.InvalidMailbox) return meaning;
        // That it was rejected is no reason; the code says more if it is of policy, or says "for now".
        if (inText is not [_, '.', '1', ..] && (inText ?? FirstCode(text)) is ['4', ..] or [_, '.', '7', '.', ..]
            && inText is not [_, '.', '7', '.', '1', '7'] && Rejected().IsMatch(text) && !WhyRejected().IsMatch(text))
            return OfCodes(text, status);
        // Carriers of Japan answer 5.2.0 for their subscribers' filters.
        if (inText is null && status is "5.2.0") return BounceClass.Filtered;
        return BehindMessage().IsMatch(text) && !AboutMailbox().IsMatch(text)
            && (inText ?? status)?.StartsWith("5.1.", StringComparison.Ordinal) is not true
            ? BounceClass.Filtered : meaning;
    }

    static string? FirstCode(string text) => ReplyCode().Match(text) is { Success: true } found ? found.Value : null;

    /// <summary>By the codes alone: the enhanced one where it says something, else the reply code.</summary>
    static BounceClass OfCodes(string text, string? status)
    {
        var inText = EnhancedCode().Match(text) is { Success: true } found ? found.Value : null;
        // The text is the server's own; the field is what the returning system made of it, often no more than 5.0.0.
        foreach (var code in new[] { inText, status })
            if (code is not null && OfEnhanced(code) is { } meaning) return meaning;
        return FirstCode(text) switch
        {
            "550" or "551" or "553" when inText is null && status is null => BounceClass.Unknown,
            "552" => BounceClass.Full,
            "521" or "556" => BounceClass.BadDomain,
            "530" or "534" or "535" or "538" => BounceClass.Ours,
            ['4', ..] => BounceClass.TheirSystem,
            _ => BounceClass.Unknown,
        };
    }

    /// <summary>Null if the code says nothing of its own, such as 5.0.0.</summary>
    static BounceClass? OfEnhanced(string code)
    {
        var (class_, rest) = (code[0], code[2..]);
        return rest switch
        {
            "1.1" or "1.3" or "1.6" or "1.10" or "1.4" => class_ == '5' ? BounceClass.InvalidMailbox : BounceClass.TheirSystem,
            "1.2" => class_ == '5' ? BounceClass.BadDomain : BounceClass.TheirSystem,
            "1.7" or "1.8" or "1.9" => BounceClass.Ours,
            "2.1" => BounceClass.Disabled,
            "2.2" => BounceClass.Full,
            "2.3" => BounceClass.Ours,
            "2.4" => BounceClass.Unknown,
            // What stands between two servers says 4.5.0 when the second fails.
            "5.0" when class_ == '4' => BounceClass.TheirSystem,
            "3.4" => BounceClass.Ours,
            "4.4" => class_ == '5' ? BounceClass.BadDomain : BounceClass.TheirSystem,
            // RFC 7505: the domain says that it takes no mail. RFC 7504's 5.7.27 and 5.7.17/18 are of RFC 7293.
            "7.17" => BounceClass.InvalidMailbox,
            "7.18" or "1.100" => BounceClass.BadDomain,
            ['3', '.', ..] or ['4', '.', ..] => BounceClass.TheirSystem,
            ['5', '.', ..] or ['6', '.', ..] or ['7', '.', ..] => BounceClass.Ours,
            _ => class_ == '4' ? BounceClass.TheirSystem : null,
        };
    }

    /// <summary>As Postfix, Exim, qmail and sendmail tell it, with blanks as single spaces.</summary>
    [GeneratedRegex(
        @"in reply to (the )?(mail|ehlo|helo|auth|starttls)\b|\bafter (mail from|ehlo|helo|auth|starttls|initial connection)\b"
        + @"|but (sender|my name) was (rejected|refused)|>>> ?mail from:? ?[^\s<>]{0,300}[^<>]{0,100}<<< ?[45]\d\d"
        + @"|refused to talk to me: 5\d\d",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex BeforeRecipient();

    [GeneratedRegex(
        @"in reply to (the )?(end of )?data\b|\bafter (the )?(end of )?(pipelined )?data\b"
        + @"|\bafter i sent the message|>>> ?data <<< ?55\d\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex BehindMessage();

    [GeneratedRegex(
        @"(recipient|address|user|mail ?box)( address)? (was |is |has been )?(rejected|denied|refused)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Rejected();

    [GeneratedRegex(
        @"unknown|no such|exist|not found|invalid|undeliverable|\bno (user|mail ?box|account|recipient)|not (a )?(valid|known)|unavailable"
            + @"|not available|deleted|envelope|[\u0400-\u04FF\u3040-\u30FF\u4E00-\u9FFF\uAC00-\uD7A3]{4}",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex WhyRejected();

    /// <summary>Who says this knows the mailbox, whenever it is said; "unknown user" alone is a filter's word there.</summary>
    [GeneratedRegex(
        @"(does ?n[o']t|does not) (have|exist)|\b(local|invalid|no such|no) (mail ?box|account)|\bmail ?box not found"
            + "|recipient addresses rejected ?:",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AboutMailbox();

    [GeneratedRegex(
        @"(?<!sender )address rejected: (undeliverable|unverified) address:\s*(?=\S)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Asked();

    /// <summary>A permanent reply that refuses, asks for something or checks; without a code only what says so of the message.</summary>
    [GeneratedRegex(
        @"(?<![\d.:\[])5\d\d(?![\d.:\]]).*\b(no access|not (be )?(allow|accept|permit|welcome|want)"
            + @"|un(authori|accept|welcome|wanted)|dis?allow|denie|refus|reject|forbid|prohibit|restrict|limit|exceed|illegal|improper"
            + @"|require|please|must|only\b|check|parse|sequence"
            + @"|parameter|command)|^\W*(disallow|(your|this|the) (message|mail|e-?mail)\b.*\bnot (allow|accept|permit|welcome|want))",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Refuses();

    /// <summary>What qmail, Exim, Exchange and others say when a message was tried for too long.</summary>
    [GeneratedRegex(
        @"(i'm not going to try again;? ?)?(this |the )?message has been in the queue too long"
            + @"|(retry|delivery|queue) (time ?-?out|time)( has( been)?| was)? (exceeded|expired)"
            + @"|(could|can)( ?not|n't) be delivered for too long"
            + @"|(message |delivery )?(expired|(?<!(connection|operation|session|command|lookup|query|response) )timed out)( in queue)?",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex GaveUp();

    [GeneratedRegex(@"\p{L}{2,}\W+\p{L}{2,}", RegexOptions.CultureInvariant)]
    private static partial Regex Sentence();

    /// <summary>A word for the mailbox or its owner.</summary>
    [GeneratedRegex(
        @"a@b|\b(user|mail ?box|in-?box|recipient|rcpt|address|account|person|customer|subscriber|alias|login|member|name|domain)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Mailbox();

    [GeneratedRegex(@"refused to talk to me: (521|556)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NoMailHere();

    [GeneratedRegex(@"(?<=[A-Za-z])_(?=[A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Joined();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();

    /// <summary>Who said it, as Postfix, Exim, sendmail, qmail and Exchange name them before the words; and what was looked up.</summary>
    [GeneratedRegex(
        @"\bhost \S{1,255} ?\[[^\]\s]{0,64}\](:\d{1,5})?( said:|:|(?= refused to talk to me:))"
            + @"|\bhost [^\s\[\]]{1,255}( said:|(?= refused to talk to me:))|\bwhile talking to \S{1,255}:|(?<=\bname=)\S{1,255}"
            + @"|\bremote (mail )?(host|server|system|mta) (said|says|returned|replied|responded|answered|reported)( with)?\b:?"
            + "(?! (unknown recipient|mailbox unavailable|no such))",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Hosts();

    [GeneratedRegex(
        @"(?<=\w[.,;:)!]? ?[-(]?)\b(please |kindly )?"
            + @"(see|visit|go to|refer to|check|read|(more |further )?(information|details|help)|learn more)\b[^:]{0,60}https?:.*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Advice();

    /// <summary>The address names the server that is refused, and with it the reason.</summary>
    [GeneratedRegex(
        @"spamhaus|spamcop|sorbs|barracuda|proofpoint|\b(rbl|dnsbl|bl)\b|query|lookup|block|black|remov|delist"
            + @"|[?&=/](ip|\d{1,3}\.\d{1,3}\.)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex OfSender();

    /// <summary>E-mail addresses. Linear whatever the text.</summary>
    internal static readonly Regex Addresses = new(
        @"[\w.+%=!#$&'*?^`{|}~-]+@[\w-]+(\.[\w-]+)*", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    [GeneratedRegex(@"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])", RegexOptions.CultureInvariant)]
    private static partial Regex EnhancedCode();

    [GeneratedRegex(@"(?<![\d.:\[])[45]\d\d(?![\d.:\]])", RegexOptions.CultureInvariant)]
    private static partial Regex ReplyCode();
}
