namespace Community.Mail.Mime;

/// <summary>Content-Type: kind, subtype and parameters (RFC 2045 §5.1).</summary>
public sealed class ContentType
{
    /// <exception cref="ArgumentException">One of the two is no token.</exception>
    public ContentType(string mediaType, string mediaSubtype)
    {
        if (mediaType.Length is 0 or > 60 || mediaSubtype.Length is 0 or > 80 || !mediaType.All(IsToken) || !mediaSubtype.All(IsToken))
            throw new ArgumentException("A media type is two tokens (RFC 2045 §5.1).", nameof(mediaType));
        (MediaType, MediaSubtype) = (mediaType, mediaSubtype);
    }

    public string MediaType { get; }

    public string MediaSubtype { get; }

    /// <summary>Both, such as <c>text/plain</c>, in lower case.</summary>
    public string MimeType => $"{MediaType}/{MediaSubtype}".ToLowerInvariant();

    public ParameterList Parameters { get; } = new();

    public string? Charset { get => Parameters["charset"]; set => Parameters["charset"] = value; }

    public string? Name { get => Parameters["name"]; set => Parameters["name"] = value; }

    /// <summary>What was read. A writer makes a new one, proven absent from the parts.</summary>
    public string? Boundary => Parameters["boundary"];

    /// <summary>Compares without regard to case; <c>*</c> matches all.</summary>
    public bool IsMimeType(string mediaType, string mediaSubtype) =>
        (mediaType == "*" || mediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase))
        && (mediaSubtype == "*" || mediaSubtype.Equals(MediaSubtype, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="FormatException">The text does not begin with type/subtype.</exception>
    public static ContentType Parse(string text) =>
        TryParse(text) ?? throw new FormatException("A media type has the form type/subtype.");

    internal static ContentType? TryParse(string text)
    {
        var parameters = new ParameterList();
        var parts = ParameterReader.Read(text, parameters).Split('/');
        if (parts.Length != 2 || !parts.All(p => p.Trim().Length is > 0 and <= 60 && p.Trim().All(IsToken))) return null;
        var type = new ContentType(parts[0].Trim(), parts[1].Trim());
        foreach (var (name, value) in parameters) type.Parameters[name] = value;
        return type;
    }

    internal static bool IsToken(char c) => c is > ' ' and < '\x7f' && !"()<>@,;:\\\"/[]?=*'%".Contains(c);

    public override string ToString() => MimeType;
}
