using System.Buffers;
using System.Globalization;
using System.Text;

namespace Community.Mail;

/// <summary>Which addresses are allowed in an envelope or header, and how they are written there (RFC 5321 §4.1.2, §4.5.3.1).</summary>
public static class AddressRules
{
    public const int MaxLocalPartLength = 64, MaxAddressLength = 254, MaxLabelLength = 63;

    const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static readonly SearchValues<char> atoms = SearchValues.Create(Letters + "!#$%&'*+-/=?^_`{|}~"),
        ofLabels = SearchValues.Create(Letters + "-_");
    static readonly IdnMapping idn = new() { UseStd3AsciiRules = true };

    /// <summary>The address as sent over the wire: ASCII, with the domain as IDNA.</summary>
    /// <exception cref="ArgumentException">Malformed; has control characters, angle brackets or bare spaces; has a local part that only
    /// servers with SMTPUTF8 accept; or exceeds 64 octets in the local part or 254 in total.</exception>
    public static string ToWire(string address)
    {
        if (IsPlain(address)) return address;
        foreach (var c in address)
            if (char.IsControl(c) || c is '<' or '>' || (char.IsWhiteSpace(c) && c != ' '))
                throw Refused("it may not hold controls or angle brackets");
        var at = address.LastIndexOf('@');
        if (at <= 0 || at == address.Length - 1) throw Refused("it has the form name@domain");
        if (!Ascii.IsValid(address.AsSpan(0, at))) throw Refused("the part before the @ is not ASCII (RFC 6531)");
        var local = LocalPart(address[..at]) ?? throw Refused("the part before the @ is not well formed");
        var domain = Domain(address[(at + 1)..]) ?? throw Refused("the domain is not well formed");
        if (local.Length > MaxLocalPartLength) throw Refused("the part before the @ is longer than 64 octets");
        if (local.Length + 1 + domain.Length > MaxAddressLength) throw Refused("it is longer than 254 octets");
        return $"{local}@{domain}";
    }

    /// <summary>As nearly all are: there is nothing to refuse, to quote or to encode. Looked at three times for each message.</summary>
    static bool IsPlain(string address)
    {
        var at = address.IndexOf('@');
        if (at is <= 0 or > MaxLocalPartLength || address.Length > MaxAddressLength) return false;
        var local = address.AsSpan(0, at);
        var domain = address.AsSpan(at + 1);
        // Atoms with one dot between two of them.
        foreach (var atom in local.Split('.')) if (local[atom].IsEmpty || local[atom].ContainsAnyExcept(atoms)) return false;
        foreach (var label in domain.Split('.')) if (!IsLabel(domain[label])) return false;
        return true;
    }

    static ArgumentException Refused(string why) => new($"Not an address that mail can go to: {why}.");

    static string? LocalPart(string local)
    {
        if (local[0] == '"') return IsQuoted(local) ? local : null;
        if (!local.All(c => c == '.' || IsAtom(c))) return null;
        // Japanese carriers issued addresses with ".." or a trailing dot in the local part; the standard allows those only when quoted.
        return local.Contains("..", StringComparison.Ordinal) || local[0] == '.' || local[^1] == '.' ? $"\"{local}\"" : local;
    }

    static bool IsQuoted(string local)
    {
        if (local.Length < 3 || local[^1] != '"') return false;
        for (var i = 1; i < local.Length - 1; i++)
        {
            if (local[i] == '"') return false;
            if (local[i] == '\\' && ++i == local.Length - 1) return false;
        }
        return true;
    }

    static string? Domain(string domain)
    {
        if (domain[0] == '[')
            return domain[^1] == ']' && domain.Length > 2 && domain[1..^1].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '-')
                ? domain
                : null;
        try
        {
            if (!Ascii.IsValid(domain)) domain = idn.GetAscii(domain);
        }
        catch (ArgumentException) { return null; }
        foreach (var label in domain.AsSpan().Split('.')) if (!IsLabel(domain.AsSpan(label))) return null;
        return domain;
    }

    static bool IsLabel(ReadOnlySpan<char> label) =>
        label.Length is > 0 and <= MaxLabelLength && label[0] != '-' && label[^1] != '-' && !label.ContainsAnyExcept(ofLabels);

    internal static bool IsAtom(char c) => atoms.Contains(c);
}
