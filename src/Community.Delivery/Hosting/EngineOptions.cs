using Community.Mail;

namespace Community.Bulk;

/// <summary>Settings of the process, from the section <c>Engine</c>.</summary>
public sealed class EngineOptions
{
    /// <summary>PostgreSQL's connection string of the ledger.</summary>
    public string Database { get; set; } = "";

    /// <summary>Such as <c>amqps://engine:password@broker.example/</c>.</summary>
    public string Broker { get; set; } = "";

    /// <summary>What this process does: <c>control</c>, <c>delivery</c>, or both.</summary>
    public string Roles { get; set; } = "control,delivery";

    /// <summary>The name of this delivery server, different from all others.</summary>
    public string Server { get; set; } = Environment.MachineName;

    /// <summary>The relay of this delivery server.</summary>
    public string Relay { get; set; } = "smtp://127.0.0.1";

    /// <summary>Messages at once.</summary>
    public int Connections { get; set; } = 20;

    /// <summary>Where the process remembers how far the ledger was, to see when it is set back.</summary>
    public string Data { get; set; } = "engine-data";

    public bool Has(string role) => Roles.Split(',', StringSplitOptions.TrimEntries).Contains(role);

    /// <exception cref="FormatException">A setting is missing or means nothing. No value is repeated: it may contain a
    /// password.</exception>
    public void Check()
    {
        if (Database.Length == 0) throw new FormatException("Engine:Database is missing: the connection string of the ledger.");
        if (Roles.Split(',', StringSplitOptions.TrimEntries).Except(["control", "delivery"]).Any())
            throw new FormatException("Engine:Roles is control, delivery, or both with a comma between.");
        if (Has("control") && !(Uri.TryCreate(Broker, UriKind.Absolute, out var broker) && broker.Scheme is "amqp" or "amqps"))
            throw new FormatException("Engine:Broker is written amqps://user:password@host/.");
        if (Has("delivery"))
        {
            if (Server.Length is 0 or > 100) throw new FormatException("Engine:Server has 1 to 100 characters.");
            if (Connections is < 1 or > 1000) throw new FormatException("Engine:Connections is 1 to 1000.");
            SmtpRelay.Parse(Relay);
        }
    }
}
