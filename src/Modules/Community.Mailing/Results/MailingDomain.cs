namespace Community.Mailing;

/// <summary>
/// What became of a mailing at one domain of recipients, counted by <see cref="CountDomains"/>. Pages read it, never the rows.
/// </summary>
public sealed class MailingDomain
{
    /// <summary>Domains with a line of their own, the largest; the others are one line, whose name is empty.</summary>
    public const int MaxDomains = 50;

    public long MailingId { get; set; }
    public string Domain { get; set; } = "";
    public int Accepted { get; set; }
    public int Rejected { get; set; }
    /// <summary>Accepted by the relay, and returned later.</summary>
    public int Bounced { get; set; }
    /// <summary>Of members who agreed to be known by name.</summary>
    public int Opened { get; set; }
    public int Clicked { get; set; }
}
