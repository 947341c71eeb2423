namespace Community.Mail.Smtp;

/// <summary>When a report is wanted (RFC 3461 §4.1).</summary>
[Flags]
public enum DeliveryStatusNotification
{
    Never = 0,
    Success = 1,
    Failure = 2,
    Delay = 4,
}
