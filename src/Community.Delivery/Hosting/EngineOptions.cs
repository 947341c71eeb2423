using System.Net;
using Community.Mail;
using Community.Mail.Direct;

namespace Community.Bulk;

/// <summary>Settings of the process, from the section <c>Engine</c>.</summary>
public sealed class EngineOptions
{
    /// <summary>PostgreSQL's connection string of the ledger. Several hosts with commas between are a server and its replicas.</summary>
    public string Database { get; set; } = "";

    /// <inheritdoc cref="Bulk.Broker.Parse"/>
    public string Broker { get; set; } = "";

    /// <summary>What this process does: <c>control</c>, <c>delivery</c>, or both.</summary>
    public string Roles { get; set; } = "control,delivery";

    /// <summary>
    /// What opens the keys that sign mail, which sites encrypt for the engine: the private halves that <c>Community.Delivery keys</c>
    /// has printed, with commas between. The same for all processes of the engine.
    /// </summary>
    public string Keys { get; set; } = "";

    /// <summary>The name of this delivery server, different from all others.</summary>
    public string Server { get; set; } = Environment.MachineName;

    /// <summary>The relay of this delivery server; <c>direct</c> goes to the hosts of the recipients' domains.</summary>
    public string Relay { get; set; } = "smtp://127.0.0.1";

    /// <summary>Without a relay: the EHLO name, a domain that leads to the address from which it connects, and back.</summary>
    public string Helo { get; set; } = "";

    /// <summary>Without a relay: name servers as <c>192.0.2.53:53</c>, with commas between; empty for those of the machine.</summary>
    public string NameServers { get; set; } = "";

    /// <summary>Without a relay: addresses of this machine from which it connects, by IPv4 and by IPv6; empty for any.</summary>
    public string From4 { get; set; } = "";
    public string From6 { get; set; } = "";

    /// <summary>Without a relay: <see cref="AddressFamilies"/>.</summary>
    public AddressFamilies Families { get; set; } = AddressFamilies.Ipv6First;

    /// <summary>Without a relay, in a closed network: the port of the hosts, and whether they may have private addresses.</summary>
    public int DirectPort { get; set; } = 25;
    public bool AllowPrivate { get; set; }

    public bool IsDirect => Relay.Equals("direct", StringComparison.OrdinalIgnoreCase);

    internal DirectSettings Direct
    {
        get
        {
            IPEndPoint[] servers = [.. NameServers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(s => IPEndPoint.Parse(s) is { Port: 0 } bare ? new(bare.Address, 53) : IPEndPoint.Parse(s))];
            var dns = servers.Length > 0 ? new DnsClient.LookupClientOptions(servers) : new DnsClient.LookupClientOptions();
            dns.ThrowDnsErrors = false;
            return new()
            {
                Mx = new() { Servers = servers, Families = Families, OwnNames = [Helo], AllowPrivate = AllowPrivate },
                Road = new()
                {
                    LocalDomain = Helo,
                    Port = DirectPort,
                    From4 = From4.Length > 0 ? IPAddress.Parse(From4) : null,
                    From6 = From6.Length > 0 ? IPAddress.Parse(From6) : null,
                },
                Policies = new(new DnsClient.LookupClient(dns), MtaSts.Client(AllowPrivate)),
            };
        }
    }

    /// <summary>Messages at once; 0 for 20 by a relay, 200 without.</summary>
    public int Connections { get; set; }

    internal int ConnectionsOf => Connections > 0 ? Connections : IsDirect ? 200 : 20;

    /// <summary>Where the process remembers how far the ledger was, to see when it is set back.</summary>
    public string Data { get; set; } = "engine-data";

    /// <summary>
    /// Where the engine answers the operator's console and Prometheus, such as <c>http://127.0.0.1:9465</c> or
    /// <c>https://10.0.0.5:9465</c>; empty for nowhere.
    /// </summary>
    public string Listen { get; set; } = "";

    /// <summary>Whoever asks there has to know it. May be empty only on this machine's own address.</summary>
    public string Token { get; set; } = "";

    /// <summary>Files of certificates in PEM whose end is among the metrics, with commas between.</summary>
    public string Certificates { get; set; } = "";

    /// <summary>Which part of the mailings is traced, where traces are collected; 1 for all.</summary>
    public double TraceRatio { get; set; } = 1;

    /// <summary>Of a traced mailing, each so many-th message is traced.</summary>
    public int TraceEvery { get; set; } = 1000;

    internal IReadOnlyList<string> CertificateFiles =>
        Certificates.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>A token that nobody guesses.</summary>
    const int MinToken = 24;

    void CheckListen()
    {
        if (TraceEvery < 1) throw new FormatException("Engine:TraceEvery is 1 or more.");
        if (TraceRatio is not (>= 0 and <= 1)) throw new FormatException("Engine:TraceRatio is 0 to 1.");
        if (Token.Length is > 0 and < MinToken) throw new FormatException($"Engine:Token has at least {MinToken} characters.");
        if (Listen.Length == 0) return;
        if (!Uri.TryCreate(Listen, UriKind.Absolute, out var at) || at.Scheme is not ("http" or "https") || at.PathAndQuery != "/")
            throw new FormatException("Engine:Listen is written http://127.0.0.1:9465 or https://address:port.");
        // A token in the clear on a network is none.
        if (!at.IsLoopback && (at.Scheme is "http" || Token.Length == 0))
            throw new FormatException("Engine:Listen on an address of a network is https, and wants an Engine:Token.");
    }

    public bool Has(string role) => Roles.Split(',', StringSplitOptions.TrimEntries).Contains(role);

    /// <exception cref="FormatException">A setting is missing or means nothing. No value is repeated: it may contain a
    /// password.</exception>
    public void Check()
    {
        if (Database.Length == 0) throw new FormatException("Engine:Database is missing: the connection string of the ledger.");
        if (Roles.Split(',', StringSplitOptions.TrimEntries).Except(["control", "delivery"]).Any())
            throw new FormatException("Engine:Roles is control, delivery, or both with a comma between.");
        _ = EngineKeys.Parse(Keys);
        EngineLedger.Check(Database);
        if (Has("control")) _ = Bulk.Broker.Parse(Broker);
        CheckListen();
        if (Has("delivery"))
        {
            if (Server.Length is 0 or > 100) throw new FormatException("Engine:Server has 1 to 100 characters.");
            if (Connections is < 0 or > 1000) throw new FormatException("Engine:Connections is 1 to 1000.");
            if (!IsDirect)
            {
                var relay = SmtpRelay.Parse(Relay);
                if (
                    !PeerCertificates.IsThisMachine(relay.Host)
                    && relay.Security
                        is not (MailKit.Security.SecureSocketOptions.StartTls or MailKit.Security.SecureSocketOptions.SslOnConnect)
                )
                    throw new FormatException("Engine:Relay is another machine, and nothing goes there without TLS: tls=required.");
            }
            // Without a name that leads back to it, most hosts take nothing from an address.
            else if (Uri.CheckHostName(Helo) is not UriHostNameType.Dns || !Helo.Contains('.'))
                throw new FormatException("Engine:Helo is missing: the full name of this server, which its address leads to.");
            else _ = Direct;
        }
    }
}
