namespace Community.Mailing;

/// <summary>A server that sends direct mail, by its configured name. Stored in the catalogue because it serves all sites.</summary>
public sealed class MailServer
{
    public required string Name { get; set; }
    /// <summary>Incremented at each start, to tell leases of an earlier process from those of this one.</summary>
    public long Incarnation { get; set; }
    /// <summary>A hash of the machine and of the place of the database at the last start; null from before it was stored.</summary>
    public string? Machine { get; set; }
}

/// <summary>
/// A token bucket of a server, of a site (<c>site:12</c>) or of a domain (<c>domain:docomo.ne.jp</c>): a single timestamp (GCRA), which
/// needs no recovery after a crash.
/// </summary>
public sealed class MailRate
{
    /// <summary>The bucket's name. A server's name has no colon.</summary>
    public required string ServerName { get; set; }
    /// <summary>The theoretical arrival time of the next message, in ticks: how much of the server's hourly quota is used.</summary>
    public long Tat { get; set; }
}
