namespace Community.Mailing;

/// <summary>A server that sends direct mail, by its configured name. Stored in the catalogue because it serves all sites.</summary>
public sealed class MailServer
{
    public required string Name { get; set; }
    /// <summary>Incremented at each start, to tell leases of an earlier process from those of this one.</summary>
    public long Incarnation { get; set; }
}

/// <summary>The token bucket of a server: a single timestamp (GCRA), which needs no recovery after a crash.</summary>
public sealed class MailRate
{
    public required string ServerName { get; set; }
    /// <summary>The theoretical arrival time of the next message, in ticks: how much of the server's hourly quota is used.</summary>
    public long Tat { get; set; }
}
