namespace Community.Mailing;

/// <summary>Mailing options of the installation. Section <c>Community</c>.</summary>
public sealed class MailingOptions
{
    /// <summary>Direct mail messages per hour sent by this server (mail.md: one bucket per server).</summary>
    public int MailingsPerHour { get; set; } = 1000;
    /// <summary>Direct mail messages that may be sent in one burst after a pause.</summary>
    public int MailingBurst { get; set; } = 20;
}
