using System.Globalization;

namespace Community.Mail.Smtp;

/// <summary>The keywords of the answer to EHLO.</summary>
internal sealed record EhloReply(SmtpCapabilities Capabilities, long? MaxSize, IReadOnlySet<string> Mechanisms)
{
    public static readonly EhloReply Nothing = new(SmtpCapabilities.None, null, new HashSet<string>());

    public static EhloReply Read(SmtpReply reply)
    {
        var capabilities = SmtpCapabilities.None;
        var mechanisms = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        long? size = null;
        foreach (var line in reply.Lines.Skip(1))
        {
            // "AUTH=LOGIN" is an old form that some servers still send beside the right one.
            var words = line.Split([' ', '='], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            capabilities |= words[0].ToUpperInvariant() switch
            {
                "SIZE" => SmtpCapabilities.Size,
                "PIPELINING" => SmtpCapabilities.Pipelining,
                "STARTTLS" => SmtpCapabilities.StartTls,
                "AUTH" => SmtpCapabilities.Authentication,
                "8BITMIME" => SmtpCapabilities.EightBitMime,
                "SMTPUTF8" => SmtpCapabilities.UTF8,
                "DSN" => SmtpCapabilities.Dsn,
                "ENHANCEDSTATUSCODES" => SmtpCapabilities.EnhancedStatusCodes,
                _ => SmtpCapabilities.None,
            };
            if (words[0].Equals("AUTH", StringComparison.OrdinalIgnoreCase)) mechanisms.UnionWith(words.Skip(1));
            if (words[0].Equals("SIZE", StringComparison.OrdinalIgnoreCase) && words.Length > 1
                && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0) size = limit;
        }
        return new(capabilities, size, mechanisms);
    }
}
