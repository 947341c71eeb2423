using System.Text;

namespace Community.Mail.Mime;

/// <summary>A display name and an address (RFC 5322 §3.4).</summary>
public sealed class MailboxAddress : IEquatable<MailboxAddress>
{
    /// <param name="name">What a reader sees; null or empty for none.</param>
    /// <param name="address">name@domain; the domain may be international and is sent as IDNA.</param>
    /// <exception cref="ArgumentException">The name holds controls or lone surrogates, or the address is malformed, holds
    /// controls, angle brackets or bare spaces, or is longer than 64 octets before the @ or 254 in all (RFC 5321 §4.5.3.1).</exception>
    public MailboxAddress(string? name, string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        HeaderRules.CheckText(name ?? "");
        if (AddressRules.ToWire(address, out var refusal) is null)
            throw new ArgumentException($"Not a mail address: {refusal}.", nameof(address));
        (Name, Address) = (name ?? "", address);
    }

    private MailboxAddress((string Name, string Address) read) => (Name, Address) = read;

    /// <summary>The display name, decoded; empty if there is none.</summary>
    public string Name { get; }

    /// <summary>The bare address as it was given.</summary>
    public string Address { get; }

    public string LocalPart => Address[..Math.Max(0, Address.LastIndexOf('@'))];

    public string Domain => Address[(Address.LastIndexOf('@') + 1)..];

    /// <summary>The first mailbox of the text, as in <c>"Anna" &lt;anna@example.org&gt;</c>.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out MailboxAddress? mailbox)
    {
        mailbox = text is null ? null : AddressParser.Parse(text).FirstOrDefault(m => AddressRules.ToWire(m.Address, out _) is not null);
        return mailbox is not null;
    }

    /// <exception cref="FormatException">There is no well-formed address in the text.</exception>
    public static MailboxAddress Parse(string text) =>
        TryParse(text, out var mailbox) ? mailbox : throw new FormatException("There is no mail address in this text.");

    internal static MailboxAddress FromWire(string name, string address) =>
        new((HeaderRules.Clean(name).Trim(), HeaderRules.Clean(address).Trim()));

    internal string AddressForHeader()
    {
        var wire = AddressRules.ToWire(Address, out var refusal) ?? throw new FormatException($"An address cannot be written: {refusal}.");
        return Ascii.IsValid(wire)
            ? wire
            : throw new FormatException("An address that is not ASCII before the @ cannot stand in a 7-bit header (RFC 6531).");
    }

    public override string ToString() =>
        Name.Length == 0
            ? Address
            : (Name.All(c => c > '\x7f' || c == ' ' || Phrase.IsAtom(c)) ? Name : Phrase.Quote(Name)) + $" <{Address}>";

    public bool Equals(MailboxAddress? other) => other is not null && Name == other.Name && Address == other.Address;

    public override bool Equals(object? obj) => Equals(obj as MailboxAddress);

    public override int GetHashCode() => HashCode.Combine(Name, Address);
}
