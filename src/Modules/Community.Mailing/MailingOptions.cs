namespace Community.Mailing;

/// <summary>What the installation decides about mailings. Section <c>Community</c>.</summary>
public sealed class MailingOptions
{
    /// <summary>Direct mail messages an hour that this server sends (mail.md: a bucket per server).</summary>
    public int MailingsPerHour { get; set; } = 1000;
    /// <summary>Direct mail messages that may follow each other at once after a pause.</summary>
    public int MailingBurst { get; set; } = 20;
}
