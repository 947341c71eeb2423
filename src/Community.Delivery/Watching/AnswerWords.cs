using System.Text.RegularExpressions;

namespace Community.Bulk;

/// <summary>The words of another mail server, without what may name a recipient.</summary>
static partial class AnswerWords
{
    const int MaxLength = 160;

    /// <summary>
    /// Null where the answer is about one mailbox: its words say nothing of the destination. Of all others, whatever stands before an @,
    /// the local parts that were sent in this message however they are written, and what follows a ? in a link are left out.
    /// </summary>
    public static string? Shown(DeliveryResult result)
    {
        if (result.Answer is not { Length: > 0 } text) return null;
        // X.1.x and X.2.x are about the address and the mailbox (RFC 3463 §3); 550 to 553 without more are mostly that, too.
        if (result.Enhanced is { } e ? OfMailbox().IsMatch(e) : result.Code is >= 550 and <= 553) return null;
        text = Unescape(text);
        text = Query().Replace(text, "?…");
        text = BeforeAt().Replace(text, "…@");
        foreach (var address in new[] { result.Recipient.To.To, result.Recipient.To.ReturnTo })
        {
            var local = address[..Math.Max(0, address.LastIndexOf('@'))].Trim('"');
            if (local.Length > 0)
                text = Regex.Replace(
                    text,
                    @"(?<![\p{L}\p{N}])" + Regex.Escape(local) + @"(?![\p{L}\p{N}])",
                    "…",
                    RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
                    TimeSpan.FromSeconds(1)
                );
        }
        text = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return text.Length > MaxLength ? text[..MaxLength] + "…" : text;
    }

    // As some servers quote an address in a link: taro%40example.jp, taro=40example.jp.
    static string Unescape(string text) => EscapedAt().Replace(text, "@");

    [GeneratedRegex(@"^\d\.[12]\.")]
    private static partial Regex OfMailbox();

    [GeneratedRegex(@"[%=]40")]
    private static partial Regex EscapedAt();

    [GeneratedRegex(@"\?[^\s>""']+")]
    private static partial Regex Query();

    [GeneratedRegex(@"(?:""[^""]*""|[^\s<>()\[\]:;,""@]+)@")]
    private static partial Regex BeforeAt();
}
