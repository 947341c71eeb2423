using System.Collections.Concurrent;
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
/// <remarks>Domains with the same hosts, as those of one provider, share connections.</remarks>
sealed class Connections(SmtpRelay? relay, DirectSettings direct, RelayLimits limits) : IDisposable
{
    const int MaxIdleOfKey = 20;

    readonly MxResolver resolver = new(direct.Mx);
    readonly DirectRoad road = new(direct.Road);
    readonly ConcurrentDictionary<string, ConcurrentBag<OpenConnection>> idle = new(StringComparer.Ordinal);
    int returned;

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
            ? Named(Rules.Of(domain, [.. route.Hosts.Select(h => h.Name)]), route.Destination)
            : Named(Rules.Of(domain, []), domain);
    }

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
            if (Idle("") is { } open) return (open, null);
            var (client, failure) = await RelayClient.Connect(relay, limits, ct: ct);
            return (client is null ? null : new("", client, null), failure);
        }
        domain = Ascii(domain);
        var route = await resolver.Find(domain, ct);
        if (route.Outcome is not MxOutcome.Found) return (null, route.Failure);
        var policy = direct.Policies is null ? TlsPolicy.None : await direct.Policies.Of(domain, ct);
        var rule = Rules.Of(domain, [.. route.Hosts.Select(h => h.Name)]);
        if (rule is { RequiresTls: true }) policy = policy with { IsRequired = true };
        // A connection without proof must not be used for a domain that demands it, nor one in clear where TLS is a must.
        var key = policy.IsEnforced ? $"{route.Destination} proven {domain}"
            : policy.IsRequired ? route.Destination + " by TLS"
            : route.Destination;
        if (Idle(key) is { } kept && kept.Direct is { } way && road.MayUse(domain, way)) return (kept, null);
        var (connection, none) = await road.Connect(domain, route, policy, rule?.PerConnection, ct);
        // Its hosts may have moved since they were looked up.
        if (connection is null) resolver.Forget(domain);
        return (connection is null ? null : new(key, connection.Client, connection), none);
    }

    OpenConnection? Idle(string key)
    {
        if (!idle.TryGetValue(key, out var bag)) return null;
        while (bag.TryTake(out var open))
        {
            if (open.Client.IsUsable) return open;
            open.Client.Dispose();
        }
        return null;
    }

    public void Return(OpenConnection open)
    {
        var bag = idle.GetOrAdd(open.Key, _ => []);
        if (open.Client.IsUsable && bag.Count < MaxIdleOfKey) bag.Add(open);
        else open.Client.Dispose();
        // Those to places where nothing goes any more are closed on the way.
        if (Interlocked.Increment(ref returned) % 100 == 0) CloseUnusable();
    }

    /// <summary>Whether the refusal was of our IPv6 address: then the next connection for the domain goes by IPv4.</summary>
    public bool RefusesOurIpv6(string domain, OpenConnection open, SendResult result) =>
        open.Direct is { } way && road.RefusesOurIpv6(domain, way, result);

    void CloseUnusable()
    {
        foreach (var (_, bag) in idle)
        {
            List<OpenConnection> usable = [];
            while (bag.TryTake(out var open))
                if (open.Client.IsUsable) usable.Add(open);
                else open.Client.Dispose();
            usable.ForEach(bag.Add);
        }
    }

    public void Dispose()
    {
        foreach (var (_, bag) in idle)
            while (bag.TryTake(out var open)) open.Client.Dispose();
    }
}
