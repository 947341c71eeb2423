using Community.Mail.Mime;

namespace Community.Mail.Reports;

/// <summary>A complaint as the abuse reporting format gives it (RFC 5965 §3).</summary>
public sealed class MessageFeedbackReport : MimePart
{
    internal MessageFeedbackReport(ContentType contentType, ContentEncoding encoding, ReadOnlyMemory<byte> encoded)
        : base(contentType, encoding, encoded)
    {
        Fields = FieldGroups.Empty();
        foreach (var header in FieldGroups.Read(Content.Span).SelectMany(g => g)) Fields.AddFromWire(header);
    }

    /// <summary>Feedback-Type, Original-Mail-From, Original-Rcpt-To, User-Agent, ….</summary>
    public HeaderList Fields { get; }

    /// <summary><c>abuse</c>, <c>opt-out</c>, <c>not-spam</c>, …, in lower case.</summary>
    public string? FeedbackType => Fields["Feedback-Type"]?.Trim().ToLowerInvariant();

    /// <summary>The envelope sender of the message complained of, without brackets: our token is in it.</summary>
    public string? OriginalMailFrom => Fields["Original-Mail-From"]?.Trim().Trim('<', '>');
}
