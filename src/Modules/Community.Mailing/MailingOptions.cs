namespace Community.Mailing;

/// <summary>Mailing options of the installation. Section <c>Community</c>.</summary>
public sealed class MailingOptions
{
    /// <summary>Direct mail messages per hour sent by this server (mail.md: one bucket per server).</summary>
    public int MailingsPerHour { get; set; } = 1000;
    /// <summary>Direct mail messages that may be sent in one burst after a pause.</summary>
    public int MailingBurst { get; set; } = 20;
    /// <summary>
    /// Direct mail messages per hour of each site, from all servers together; 0 for no limit. A site may set itself a lower one.
    /// </summary>
    public int MailingsPerHourOfSite { get; set; }
    /// <summary>
    /// Direct mail messages per hour to some domains and those below them, from all servers together; 0 for no limit. The carriers in Japan
    /// put off senders who begin faster.
    /// </summary>
    public string MailingsPerHourTo { get; set; } =
        "docomo.ne.jp=3600 ezweb.ne.jp=3600 au.com=3600 softbank.ne.jp=3600 i.softbank.jp=3600 vodafone.ne.jp=3600 ymobile.ne.jp=3600";
    /// <summary>
    /// Address and port of the DNS resolver that is asked for senders' domains, such as <c>127.0.0.1:53</c>; empty: the system's.
    /// </summary>
    public string DnsResolver { get; set; } = "";
    /// <summary>Under which name the mail server signs (DKIM), such as <c>community</c>; empty if it does not.</summary>
    public string DkimSelector { get; set; } = "";
    /// <summary>
    /// What the SPF record of each sender's domain has to name, such as <c>include:spf.example.net</c>; empty if that does not matter.
    /// </summary>
    public string SpfTerm { get; set; } = "";
    /// <summary>
    /// Whether the own relays of sites may stand in the server's own network, and be given passwords without TLS on this machine.
    /// </summary>
    public bool RelaysInPrivateNetworks { get; set; }
    /// <summary>
    /// The machine from which direct mail may be sent although this database was last sent from by another: what the log said when it
    /// stopped.
    /// </summary>
    public string MailingsFrom { get; set; } = "";
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
    /// <summary>
    /// The broker of the delivery engine, such as <c>amqps://broker.example/?cacertfile=FILE&amp;certfile=FILE</c>; empty if there is
    /// none: web servers send all.
    /// </summary>
    public string Engine { get; set; } = "";
    /// <summary>
    /// The engine's public key, as <c>Community.Delivery keys</c> has printed it: keys that sign a site's mail are encrypted with it.
    /// Empty: mailings of such sites stay with the web servers.
    /// </summary>
    public string EngineKey { get; set; } = "";
    /// <summary>From so many recipients on a mailing is handed to the delivery engine, unless its author chose otherwise.</summary>
    public int EngineFrom { get; set; } = 5000;
    /// <summary>So long before its time a mailing is handed to the engine.</summary>
    public TimeSpan EngineOfferLead { get; set; } = TimeSpan.FromHours(1);
    /// <summary>
    /// So long before its time the engine may begin by itself. Longer: it starts on time though the broker is away meanwhile. Shorter: it
    /// can be taken back for longer without asking the engine.
    /// </summary>
    public TimeSpan EngineGoLead { get; set; } = TimeSpan.FromMinutes(30);
    /// <summary>
    /// Development only: address and port at which the mailbox at <c>/dev/mail</c> takes mail over SMTP, such as <c>127.0.0.1:2525</c>.
    /// </summary>
    public string DevMailListen { get; set; } = "";
}
