using Community.Mail.Mime;

namespace Community.Mail.Reports;

/// <summary>The machine's part of a delivery status notification (RFC 3464 §2).</summary>
public sealed class MessageDeliveryStatus : MimePart
{
    internal MessageDeliveryStatus(ContentType contentType, ContentEncoding encoding, ReadOnlyMemory<byte> encoded)
        : base(contentType, encoding, encoded) => StatusGroups = FieldGroups.Read(Content.Span);

    /// <summary>First the group of the message (Reporting-MTA, Original-Envelope-Id), then one for each recipient
    /// (Final-Recipient, Action, Status, Diagnostic-Code). Either may be missing, and blank lines may be anywhere.</summary>
    public IReadOnlyList<HeaderList> StatusGroups { get; }

    /// <summary>The groups that speak of a recipient.</summary>
    public IEnumerable<RecipientStatus> Recipients =>
        StatusGroups
            .Where(g => g.Contains("Action") || g.Contains("Final-Recipient") || g.Contains("Status"))
            .Select(g => new RecipientStatus(g));

    public string? OriginalEnvelopeId => StatusGroups.Select(g => g["Original-Envelope-Id"]).FirstOrDefault(v => v is not null);
}
