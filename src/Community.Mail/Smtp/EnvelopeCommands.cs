using System.Text;
using Community.Mail.Mime;

namespace Community.Mail.Smtp;

/// <summary>MAIL and RCPT for one envelope, with every address checked (RFC 5321 §4.1.1.2, §4.1.1.3).</summary>
internal sealed record EnvelopeCommands(string Mail, IReadOnlyList<string> Rcpt)
{
    private const int MaxEnvelopeIdLength = 100;

    /// <returns>Null and a sentence why, if the envelope is refused.</returns>
    public static EnvelopeCommands? Make(SmtpEnvelope envelope, SmtpCapabilities capabilities, int size, bool eightBit, out string refusal)
    {
        refusal = "";
        var sender = envelope.Sender.Length == 0 ? "" : AddressRules.ToWire(envelope.Sender, out refusal);
        if (sender is null) return null;
        if (envelope.Recipients.Count == 0)
        {
            refusal = "there is no recipient";
            return null;
        }
        if (envelope.EnvelopeId is { } id && (id.Length is 0 or > MaxEnvelopeIdLength || id.Any(c => c is < ' ' or > '~')))
        {
            refusal = "an envelope identifier is 1 to 100 printable ASCII characters";
            return null;
        }
        var rcpt = new List<string>();
        var ascii = Ascii.IsValid(sender);
        foreach (var recipient in envelope.Recipients)
        {
            if (AddressRules.ToWire(recipient, out refusal) is not { } wire) return null;
            ascii &= Ascii.IsValid(wire);
            rcpt.Add($"RCPT TO:<{wire}>" + Report(envelope, recipient, wire, capabilities));
        }
        if (!ascii && !capabilities.HasFlag(SmtpCapabilities.UTF8))
        {
            refusal = "an address is not ASCII before the @ and the server does not take such (RFC 6531)";
            return null;
        }
        var mail = new StringBuilder($"MAIL FROM:<{sender}>");
        if (capabilities.HasFlag(SmtpCapabilities.Size)) mail.Append($" SIZE={size}");
        if (eightBit) mail.Append(" BODY=8BITMIME");
        if (!ascii) mail.Append(" SMTPUTF8");
        if (capabilities.HasFlag(SmtpCapabilities.Dsn) && envelope.EnvelopeId is { } token) mail.Append($" RET=HDRS ENVID={Xtext(token)}");
        return new(mail.ToString(), rcpt);
    }

    private static string Report(SmtpEnvelope envelope, string recipient, string wire, SmtpCapabilities capabilities)
    {
        if (!capabilities.HasFlag(SmtpCapabilities.Dsn) || envelope.Notify?.Invoke(recipient) is not { } wish) return "";
        var notify = wish == DeliveryStatusNotification.Never ? "NEVER" : wish.ToString().Replace(" ", "").ToUpperInvariant();
        return $" NOTIFY={notify}" + (Ascii.IsValid(wire) ? $" ORCPT=rfc822;{Xtext(wire)}" : "");
    }

    private static string Xtext(string text) =>
        string.Concat(text.Select(c => c is > ' ' and <= '~' and not ('+' or '=') ? c.ToString() : $"+{(int)c:X2}"));
}
