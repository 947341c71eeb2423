namespace Community.Mail.Mime;

/// <summary>Text, plain or HTML; written in UTF-8, read in any charset.</summary>
public sealed class TextPart : MimePart
{
    private string? _text;

    /// <param name="subtype"><c>plain</c>, <c>html</c>, …</param>
    /// <param name="text">Every line end is written as CRLF.</param>
    /// <exception cref="ArgumentException">The text holds a lone surrogate.</exception>
    public TextPart(string subtype, string text)
        : base(new ContentType("text", subtype) { Charset = "utf-8" }, ToBytes(text)) => _text = text;

    internal TextPart(ContentType contentType, ContentEncoding encoding, ReadOnlyMemory<byte> encoded)
        : base(contentType, encoding, encoded) { }

    /// <summary>The text, decoded by its charset.</summary>
    public string Text => _text ??= Charsets.Decode(Content.Span, ContentType.Charset);

    public bool IsPlain => ContentType.IsMimeType("text", "plain");

    public bool IsHtml => ContentType.IsMimeType("text", "html");

    private static byte[] ToBytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodedWord.Utf8.GetBytes(text.ReplaceLineEndings("\n").Replace("\n", "\r\n"));
    }
}
