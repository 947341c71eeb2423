namespace Community.Mailing;

/// <summary>Mailing options of the installation. Section <c>Community</c>.</summary>
public sealed class MailingOptions
{
    /// <summary>Direct mail messages per hour sent by this server (mail.md: one bucket per server).</summary>
    public int MailingsPerHour { get; set; } = 1000;
    /// <summary>Direct mail messages that may be sent in one burst after a pause.</summary>
    public int MailingBurst { get; set; } = 20;
    /// <summary>
    /// The domain of the envelope senders of direct mail, such as <c>r.example.net</c>: its mail must come to <see cref="ReturnListen"/>.
    /// Empty: bounces go to the sender's mailbox, and nothing is counted.
    /// </summary>
    public string ReturnDomain { get; set; } = "";
    /// <summary>Address and port at which mail to <see cref="ReturnDomain"/> is taken over SMTP, such as <c>127.0.0.1:2525</c>.</summary>
    public string ReturnListen { get; set; } = "";
    /// <summary>Larger messages that come back are refused. A bounce returns at most what was sent.</summary>
    public int MaxReturnBytes { get; set; } = 10_000_000;
    /// <summary>
    /// Networks (CIDR) whose opens and clicks are a machine's, beside those in Tracking/networks.txt: scanners of members' companies.
    /// </summary>
    public string[] MachineNetworks { get; set; } = [];
}
