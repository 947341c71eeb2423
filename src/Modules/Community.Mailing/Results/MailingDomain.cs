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
    /// <summary>Of members who agreed to be known by name; shown unless <see cref="WithFew"/>.</summary>
    public int Opened { get; set; }
    public int Clicked { get; set; }

    /// <summary>
    /// The domains whose opens and clicks are not shown: few got the mailing there, and with them so many of the next that nobody is found
    /// in what the others leave of all.
    /// </summary>
    public static IReadOnlySet<string> WithFew(IEnumerable<MailingDomain> all)
    {
        var (few, persons) = (new HashSet<string>(), 0);
        foreach (var next in all.Where(d => d.Accepted > 0 || d.Opened > 0 || d.Clicked > 0).OrderBy(d => d.Accepted).ThenBy(d => d.Domain))
        {
            if (next.Accepted >= GroupedResults.MinGroup && (few.Count == 0 || persons >= GroupedResults.MinGroup)) break;
            few.Add(next.Domain);
            persons += next.Accepted;
        }
        return few;
    }
}
