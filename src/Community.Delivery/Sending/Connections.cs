using System.Net.Sockets;
using Community.Mail;
using Community.Mail.Direct;

namespace Community.Bulk;

/// <summary>Goes to the hosts of the recipients' domains, not to a relay.</summary>
public sealed record DirectSettings
{
    public MxOptions Mx { get; init; } = new();

    public DirectOptions Road { get; init; } = new();

    /// <summary>The policies by which domains demand TLS; null asks for none.</summary>
    public MtaSts? Policies { get; init; }
}

/// <summary>A connection on which a message can be handed over.</summary>
/// <param name="Key">Connections of one key lead to the same hosts.</param>
/// <param name="Direct">The host, if there is no relay.</param>
public sealed record OpenConnection(string Key, RelayClient Client, DirectConnection? Direct);

/// <summary>The connections of a delivery server: to its relay, or to the hosts of other domains. Thread-safe.</summary>
/// <remarks>
/// Domains with the same hosts, as those of one provider, share connections. A domain says itself which hosts it has, so a connection is
/// used for another domain only if it leads to one of that domain's own: whoever names a provider's hosts first and one of their own
/// behind them would get the provider's mail as soon as its hosts are busy.
/// </remarks>
sealed class Connections(SmtpRelay? relay, DirectSettings direct, RelayLimits limits) : IDisposable
{
    const int MaxIdleOfKey = 20;

    readonly MxResolver resolver = new(direct.Mx);
    readonly DirectRoad road = new(direct.Road);
    readonly Lock gate = new();
    // Those where none is idle are not kept: a mailing goes to very many domains.
    readonly Dictionary<string, List<OpenConnection>> idle = new(StringComparer.Ordinal);
    int returned;

    /// <summary>Destinations to which connections are open and idle.</summary>
    internal int IdleDestinations { get { lock (gate) return idle.Count; } }

    public bool IsDirect => relay is null;

    /// <summary>How to behave towards providers; another one when it was read anew.</summary>
    public DestinationRules Rules { get; set; } = DestinationRules.None;

    /// <summary>What a domain's mail shares connections and pace with. Domains with the same hosts are one destination.</summary>
    /// <remarks>Done at once if it is known. A silent name server takes a while.</remarks>
    public async ValueTask<(string Destination, DestinationRule? Rule)> DestinationOf(string domain, CancellationToken ct)
    {
        domain = Ascii(domain);
        if (relay is not null) return Named(Rules.Of(domain, []), domain);
        var route = await resolver.Find(domain, ct);
        return route.Outcome is MxOutcome.Found
            ? Named(RuleOf(domain, route), route.Destination)
            : Named(Rules.Of(domain, []), domain);
    }

    DestinationRule? RuleOf(string domain, MxRoute route) =>
        Rules.Of(domain, [.. route.Hosts.Where(h => h.Preference == route.Hosts[0].Preference).Select(h => h.Name)]);

    // No domain and no host has a space before its name.
    static (string, DestinationRule?) Named(DestinationRule? rule, string otherwise) =>
        (rule is null ? otherwise : " " + rule.Name, rule);

    static string Ascii(string domain)
    {
        try { return new System.Globalization.IdnMapping().GetAscii(domain); }
        // Such as an address literal; one that is no domain at all is not found.
        catch (ArgumentException) { return domain; }
    }

    /// <returns>A connection, which <see cref="Return"/> takes back, or why there is none.</returns>
    public async Task<(OpenConnection? Connection, SendResult? Failure)> To(string domain, CancellationToken ct)
    {
        if (relay is not null)
        {
            if (Idle("", _ => true) is { } open) return (open, null);
            var (client, failure) = await RelayClient.Connect(relay, limits, ct: ct);
            return (client is null ? null : new("", client, null), failure);
        }
        domain = Ascii(domain);
        var route = await resolver.Find(domain, ct);
        if (route.Outcome is not MxOutcome.Found) return (null, route.Failure);
        var policy = direct.Policies is null ? TlsPolicy.None : await direct.Policies.Of(domain, ct);
        var rule = RuleOf(domain, route);
        if (rule is { RequiresTls: true }) policy = policy with { IsRequired = true };
        // A connection without proof must not be used for a domain that demands it, nor one in clear where TLS is a must.
        var key = policy.IsEnforced ? $"{route.Destination} proven {domain}"
            : policy.IsRequired ? route.Destination + " by TLS"
            : route.Destination;
        AddressFamily? only = rule?.Ip switch
        {
            IpVersions.Ipv4 => AddressFamily.InterNetwork,
            IpVersions.Ipv6 => AddressFamily.InterNetworkV6,
            _ => null,
        };
        var kept = Idle(key, c => c.Direct is { } way && Leads(route, policy, way) && road.MayUse(domain, way)
            && (only is null || way.Address.AddressFamily == only));
        if (kept is not null) return (kept, null);
        var (connection, none) = await road.Connect(domain, route, policy, rule?.PerConnection, only, ct);
        // Its hosts may have moved since they were looked up.
        if (connection is null) resolver.Forget(domain);
        return (connection is null ? null : new(key, connection.Client, connection), none);
    }

    static bool Leads(MxRoute route, TlsPolicy policy, DirectConnection way) =>
        (!policy.IsEnforced || policy.Names(way.Host.Name)) && route.Hosts.Any(h => h.Name == way.Host.Name);

    OpenConnection? Idle(string key, Func<OpenConnection, bool> fits)
    {
        lock (gate)
        {
            if (!idle.TryGetValue(key, out var all)) return null;
            OpenConnection? open = null;
            for (var i = all.Count - 1; i >= 0 && open is null; i--)
            {
                if (!fits(all[i])) continue;
                open = all[i];
                all.RemoveAt(i);
                if (open.Client.IsUsable) continue;
                open.Client.Dispose();
                open = null;
            }
            if (all.Count == 0) idle.Remove(key);
            return open;
        }
    }

    public void Return(OpenConnection open)
    {
        lock (gate)
        {
            if (!idle.TryGetValue(open.Key, out var all)) all = [];
            if (open.Client.IsUsable && all.Count < MaxIdleOfKey)
            {
                all.Add(open);
                idle[open.Key] = all;
            }
            else open.Client.Dispose();
            // Those to places where nothing goes any more are closed on the way.
            if (++returned % 100 == 0)
                foreach (var (key, some) in idle)
                {
                    some.RemoveAll(c => !c.Client.IsUsable && Close(c));
                    if (some.Count == 0) idle.Remove(key);
                }
        }
    }

    static bool Close(OpenConnection open)
    {
        open.Client.Dispose();
        return true;
    }

    /// <summary>Whether the refusal was of our IPv6 address: then the next connection for the domain goes by IPv4.</summary>
    public bool RefusesOurIpv6(string domain, OpenConnection open, SendResult result) =>
        open.Direct is { } way && road.RefusesOurIpv6(domain, way, result);

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var open in idle.Values.SelectMany(c => c)) open.Client.Dispose();
            idle.Clear();
        }
    }
}
