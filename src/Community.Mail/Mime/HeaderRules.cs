using System.Text;

namespace Community.Mail.Mime;

/// <summary>What a header may hold. <see cref="Header"/> asks here, and nothing else makes headers, so nothing slips by.</summary>
internal static class HeaderRules
{
    /// <summary>RFC 5322 §2.1.1: a line has at most 998 octets; a name longer than a soft line serves nobody.</summary>
    public const int MaxNameLength = 76;

    private static readonly HashSet<string> Structured = new(StringComparer.OrdinalIgnoreCase)
    {
        "Message-ID", "In-Reply-To", "References", "Date", "MIME-Version", "Received", "Return-Path", "Auto-Submitted",
        "Feedback-ID", "Precedence", "X-Auto-Response-Suppress", "DKIM-Signature", "Authentication-Results",
    };

    private static readonly HashSet<string> Addresses = new(StringComparer.OrdinalIgnoreCase)
        { "From", "Sender", "Reply-To", "To", "Cc", "Bcc" };

    private static readonly HashSet<string> Once = new(StringComparer.OrdinalIgnoreCase)
    {
        "Subject", "Date", "Message-ID", "In-Reply-To", "References", "From", "Sender", "Reply-To", "To", "Cc", "Bcc",
        "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Auto-Submitted", "Feedback-ID",
    };

    public static bool HoldsAddresses(string name) => Addresses.Contains(name);

    public static bool StandsOnce(string name) => Once.Contains(name);

    /// <summary>Headers in which an encoded-word has no meaning (RFC 2047 §5).</summary>
    public static bool IsNeverEncoded(string name) =>
        name.StartsWith("List-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
        || Structured.Contains(name);

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.All(c => c is > ' ' and < '\x7f' and not ':');

    public static void CheckName(string name)
    {
        if (!IsName(name))
            throw new ArgumentException(
                "A header name is 1 to 76 printable ASCII characters without a colon (RFC 5322 §3.6.8).",
                nameof(name)
            );
    }

    public static void CheckValue(string name, string value)
    {
        CheckText(value);
        if (IsNeverEncoded(name) && !Ascii.IsValid(value))
            throw new ArgumentException($"{name} takes ASCII only: it cannot be encoded (RFC 2047 §5).", nameof(value));
    }

    /// <summary>Refuses CR, LF, NUL, every other C0 control, DEL and lone surrogates.</summary>
    public static void CheckText(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c is < ' ' or '\x7f')
                throw new ArgumentException($"A header may not hold the control character U+{(int)c:X4}.", nameof(value));
            if (!char.IsSurrogate(c)) continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(c, value[i + 1]))
                throw new ArgumentException("A header may not hold a lone surrogate.", nameof(value));
            i++;
        }
    }

    /// <summary>For what others sent: controls become spaces, lone surrogates U+FFFD, so that what is read can be kept.</summary>
    public static string Clean(string value)
    {
        StringBuilder? clean = null;
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1])) { i++; continue; }
            if (c is >= ' ' and not '\x7f' && !char.IsSurrogate(c)) continue;
            clean ??= new StringBuilder(value);
            clean[i] = char.IsSurrogate(c) ? '\uFFFD' : ' ';
        }
        return clean?.ToString() ?? value;
    }
}
