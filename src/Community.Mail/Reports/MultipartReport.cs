using Community.Mail.Mime;

namespace Community.Mail.Reports;

/// <summary>A report to programs and people: delivery status, feedback, disposition (RFC 6522).</summary>
public sealed class MultipartReport : Multipart
{
    public MultipartReport(string reportType) : base("report") => ContentType.Parameters["report-type"] = reportType;

    internal MultipartReport(ContentType contentType) : base(contentType) { }

    /// <summary><c>delivery-status</c>, <c>feedback-report</c>, …; null if the sender forgot it.</summary>
    public string? ReportType => ContentType.Parameters["report-type"]?.Trim().ToLowerInvariant();

    public MessageDeliveryStatus? DeliveryStatus => this.OfType<MessageDeliveryStatus>().FirstOrDefault();

    public MessageFeedbackReport? Feedback => this.OfType<MessageFeedbackReport>().FirstOrDefault();

    /// <summary>The returned message, or only its headers.</summary>
    public MimeMessage? Original => this.OfType<MessagePart>().FirstOrDefault()?.Message;
}
