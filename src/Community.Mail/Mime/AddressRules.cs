using System.Globalization;
using System.Text;

namespace Community.Mail.Mime;

/// <summary>What may stand in an envelope or address header (RFC 5321 §4.1.2 and §4.5.3.1).</summary>
internal static class AddressRules
{
    public const int MaxLocalPartLength = 64, MaxAddressLength = 254, MaxLabelLength = 63;

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>Splits at the last @ outside quotes and puts the address in the form for the wire.</summary>
    /// <returns>Null and a sentence why, if the address is refused.</returns>
    public static string? ToWire(string address, out string refusal)
    {
        refusal = "";
        foreach (var c in address)
        {
            if (char.IsControl(c) || c is '<' or '>' || (char.IsWhiteSpace(c) && c != ' '))
                return Refused("an address may not hold controls or angle brackets", out refusal);
        }
        var at = address.LastIndexOf('@');
        if (at <= 0 || at == address.Length - 1) return Refused("an address has the form name@domain", out refusal);
        var local = LocalPart(address[..at]);
        if (local is null) return Refused("the part before the @ is not well formed", out refusal);
        var domain = Domain(address[(at + 1)..]);
        if (domain is null) return Refused("the domain is not well formed", out refusal);
        try
        {
            if (EncodedWord.Utf8.GetByteCount(local) > MaxLocalPartLength)
                return Refused("the part before the @ is longer than 64 octets", out refusal);
            if (EncodedWord.Utf8.GetByteCount(local) + 1 + domain.Length > MaxAddressLength)
                return Refused("the address is longer than 254 octets", out refusal);
        }
        catch (EncoderFallbackException) { return Refused("the address holds a lone surrogate", out refusal); }
        return $"{local}@{domain}";
    }

    private static string? Refused(string why, out string refusal) { refusal = why; return null; }

    private static string? LocalPart(string local)
    {
        if (local[0] == '"') return IsQuoted(local) ? local : null;
        if (!local.All(c => c == '.' || Phrase.IsAtom(c) || c > '\x7f')) return null;
        // Japanese carriers handed out names with "..", or a dot at the end; the standard takes them in quotes only.
        return local.Contains("..", StringComparison.Ordinal) || local[0] == '.' || local[^1] == '.' ? $"\"{local}\"" : local;
    }

    private static bool IsQuoted(string local)
    {
        if (local.Length < 3 || local[^1] != '"') return false;
        for (var i = 1; i < local.Length - 1; i++)
        {
            if (local[i] == '"') return false;
            if (local[i] == '\\' && ++i == local.Length - 1) return false;
        }
        return true;
    }

    private static string? Domain(string domain)
    {
        if (domain[0] == '[')
            return domain[^1] == ']' && domain.Length > 2 && domain[1..^1].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '-')
                ? domain
                : null;
        try
        {
            if (!Ascii.IsValid(domain)) domain = Idn.GetAscii(domain);
        }
        catch (ArgumentException) { return null; }
        return domain.Split('.').All(IsLabel) ? domain : null;
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MaxLabelLength && label[0] != '-' && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
