namespace Community.Mail.Mime;

/// <summary>Content-Disposition: shown in place, or an attachment with a file name (RFC 2183).</summary>
public sealed class ContentDisposition
{
    public const string Attachment = "attachment", Inline = "inline";

    public ContentDisposition(string disposition = Attachment)
    {
        if (disposition.Length is 0 or > 40 || !disposition.All(ContentType.IsToken))
            throw new ArgumentException("A disposition is a token (RFC 2183 §2).", nameof(disposition));
        Disposition = disposition;
    }

    public string Disposition { get; }

    public ParameterList Parameters { get; } = new();

    public bool IsAttachment => Disposition.Equals(Attachment, StringComparison.OrdinalIgnoreCase);

    /// <summary>Any Unicode text without controls; written by RFC 2231. As the sender gave it: never a path to open.</summary>
    /// <exception cref="ArgumentException">It holds a control character or lone surrogate.</exception>
    public string? FileName { get => Parameters["filename"]; set => Parameters["filename"] = value; }

    internal static ContentDisposition? TryParse(string text)
    {
        var parameters = new ParameterList();
        var kind = ParameterReader.Read(text, parameters);
        var disposition = new ContentDisposition(
            kind.Length is > 0 and <= 40 && kind.All(ContentType.IsToken) ? kind.ToLowerInvariant() : Attachment
        );
        foreach (var (name, value) in parameters)
            disposition.Parameters[name] = value;
        return disposition;
    }
}
