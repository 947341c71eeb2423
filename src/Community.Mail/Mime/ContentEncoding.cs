namespace Community.Mail.Mime;

/// <summary>Content-Transfer-Encoding (RFC 2045 §6).</summary>
public enum ContentEncoding
{
    /// <summary>The writer takes the shortest that stays within 7 bits.</summary>
    Default,
    SevenBit,
    EightBit,
    Binary,
    QuotedPrintable,
    Base64,
}
