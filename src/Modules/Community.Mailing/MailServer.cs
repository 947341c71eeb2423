namespace Community.Mailing;

/// <summary>A server that sends direct mail, by its configured name. In the catalogue: it works for all sites.</summary>
public sealed class MailServer
{
    public required string Name { get; set; }
    /// <summary>Rises at each start: what an earlier process had leased can be told from what this one has.</summary>
    public long Incarnation { get; set; }
}

/// <summary>The token bucket of a server: one moment (GCRA). It survives any crash as it is.</summary>
public sealed class MailRate
{
    public required string ServerName { get; set; }
    /// <summary>The theoretical arrival time of the next message, in ticks: how far the server's hour is spent.</summary>
    public long Tat { get; set; }
}
