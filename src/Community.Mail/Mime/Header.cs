namespace Community.Mail.Mime;

/// <summary>One header field of a message or part (RFC 5322 §2.2).</summary>
/// <remarks>The constructor is the one place through which names and values enter, so no caller can add a line of its own.</remarks>
public sealed class Header
{
    /// <param name="field">The name: printable ASCII without a colon.</param>
    /// <param name="value">The text as a reader sees it, unencoded.</param>
    /// <exception cref="ArgumentException">The value holds CR, LF, NUL, another control or a lone surrogate, or is not
    /// ASCII where no encoding is allowed (List-*, Content-*, Message-ID, …); or the name is no name.</exception>
    public Header(string field, string value)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(value);
        HeaderRules.CheckName(field);
        HeaderRules.CheckValue(field, value);
        (Field, Value, RawValue) = (field, value, value);
    }

    private Header(string field, string value, string raw) => (Field, Value, RawValue) = (field, value, raw);

    /// <summary>The name, such as <c>Subject</c>.</summary>
    public string Field { get; }

    /// <summary>Decoded (RFC 2047) and unfolded; never with a control character.</summary>
    public string Value { get; }

    /// <summary>For a header that was read: unfolded, not decoded. Otherwise the same as <see cref="Value"/>.</summary>
    public string RawValue { get; }

    public override string ToString() => $"{Field}: {Value}";

    internal static Header FromWire(string field, string raw) =>
        new(field, HeaderRules.Clean(HeaderRules.IsNeverEncoded(field) ? raw : EncodedWordReader.Decode(raw)), HeaderRules.Clean(raw));

    internal static Header ForAddresses(string field, string value) => new(field, value, value);
}
