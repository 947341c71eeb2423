using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using MailKit.Security;

namespace Community.Mail.Direct;

/// <summary>How a domain wants its mail to be protected on its way.</summary>
/// <param name="IsEnforced">A host that does not prove its name by a certificate gets nothing (RFC 8461 §5).</param>
/// <param name="Hosts">Patterns of the hosts that may take it, such as <c>mx.example.org</c>, <c>*.example.org</c>.</param>
public sealed record TlsPolicy(bool IsEnforced, IReadOnlyList<string> Hosts)
{
    public static readonly TlsPolicy None = new(false, []);

    /// <summary>Nothing goes without TLS, whatever the certificate: what a sender wants of itself.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether the policy names the host: a star stands for exactly one label (RFC 8461 §4.1).</summary>
    public bool Names(string host) =>
        Hosts.Any(p => p.StartsWith("*.", StringComparison.Ordinal)
            ? host.IndexOf('.') is > 0 and var dot && host[dot..].Equals(p[1..], StringComparison.OrdinalIgnoreCase)
            : host.Equals(p, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A connection to a host of a domain.</summary>
public sealed record DirectConnection(RelayClient Client, MxHost Host, IPAddress Address)
{
    /// <summary>The domain that has refused our IPv6 address before, and has no other way; null if there is none such.</summary>
    internal string? OnlyWayOf { get; init; }
}

/// <summary>How a sender goes to the hosts of other domains.</summary>
public sealed record DirectOptions
{
    /// <summary>The EHLO name, a domain that leads back to our address; null for the address of our end of the connection.</summary>
    public string? LocalDomain { get; init; }

    /// <summary>Our address of each family from which to connect; null lets the system choose.</summary>
    public IPAddress? From4 { get; init; }
    public IPAddress? From6 { get; init; }

    public int Port { get; init; } = 25;

    /// <summary>For all hosts and addresses of a domain together: 2 minutes.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>An address that does not answer is left after 5 seconds: the next may.</summary>
    public RelayLimits Limits { get; init; } =
        new() { Connect = TimeSpan.FromSeconds(5), Tls = TimeSpan.FromSeconds(20), Command = TimeSpan.FromSeconds(120) };
}

/// <summary>
/// Connects to the hosts of a domain in their order: all addresses of a host before the next host. TLS is used if the host offers it, with
/// any certificate; if it fails, the host gets the mail without it, as it would from a sender that knows no TLS (RFC 7435). A domain with
/// a policy (RFC 8461) gets it by verified TLS or not at all.
/// </summary>
/// <remarks>Thread-safe. It remembers per address what failed: a second message does not go the same wrong way.</remarks>
public sealed class DirectRoad(DirectOptions options, TimeProvider? clock = null, RemoteCertificateValidationCallback? trust = null)
{
    static readonly TimeSpan plainFor = TimeSpan.FromHours(1), restFor = TimeSpan.FromMinutes(2), oneFamilyFor = TimeSpan.FromDays(1),
        leastTime = TimeSpan.FromSeconds(1);
    const int MaxKept = 100_000;

    readonly TimeProvider clock = clock ?? TimeProvider.System;
    readonly ConcurrentDictionary<IPAddress, DateTimeOffset> withoutTls = [], resting = [];
    readonly ConcurrentDictionary<string, DateTimeOffset> withoutIpv6 = [];

    /// <param name="domain">Of the recipient.</param>
    /// <param name="route">Its hosts.</param>
    /// <param name="policy">How the way is to be protected.</param>
    /// <param name="maxMessages">The connection is not used for more; null for the usual.</param>
    /// <param name="only">Addresses of this family alone are tried; null for both.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>A connection, or why there is none: never a verdict about the recipient.</returns>
    public async Task<(DirectConnection? Connection, SendResult? Failure)> Connect(
        string domain,
        MxRoute route,
        TlsPolicy policy,
        int? maxMessages = null,
        AddressFamily? only = null,
        CancellationToken ct = default
    )
    {
        if (route.Outcome is not MxOutcome.Found) return (null, route.Failure);
        var began = clock.GetTimestamp();
        var hosts = policy.IsEnforced ? [.. route.Hosts.Where(h => policy.Names(h.Name))] : route.Hosts;
        if (hosts.Count == 0) return (null, Away(SmtpPhase.StartTls, $"No host of {domain} is one that its policy names."));
        var limits = maxMessages is { } most ? options.Limits with { MaxMessages = most } : options.Limits;
        var all = hosts.SelectMany(host => host.Addresses.Select(address => (Host: host, Address: address)))
            .Where(way => only is null || way.Address.AddressFamily == only).ToList();
        if (all.Count == 0)
            return (null, Away(SmtpPhase.Connect, $"No host of {domain} has an address of the IP version that is to be used."));
        SendResult? last = null;
        // Those that failed a moment ago come last, not never: one of them may be all that there is.
        var isRefused = Holds(withoutIpv6, domain);
        var hasIpv4 = all.Any(way => way.Address.AddressFamily is AddressFamily.InterNetwork);
        var ways = all.Where(way => way.Address.AddressFamily is AddressFamily.InterNetwork || !isRefused || !hasIpv4)
            .OrderBy(way => Holds(resting, way.Address)).ToList();
        for (var i = 0; i < ways.Count; i++)
        {
            var (host, address) = ways[i];
            // One that takes the connection and then says nothing must leave some time to the others: half of what is left.
            var rest = options.Connect - clock.GetElapsedTime(began);
            if (rest < leastTime) break;
            using var time = new CancellationTokenSource(i + 1 < ways.Count ? rest / 2 : rest, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, time.Token);
            var (client, failure) = await Connect(host, address, policy, limits, either.Token, ct);
            if (client is not null)
            {
                resting.TryRemove(address, out _);
                var isOnly = isRefused && address.AddressFamily is AddressFamily.InterNetworkV6;
                return (new(client, host, address) { OnlyWayOf = isOnly ? domain : null }, null);
            }
            last = failure;
            Keep(resting, address, restFor);
        }
        return (null, last ?? Away(SmtpPhase.Connect, $"No host of {domain} answered in time."));
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Security",
        "CA5359:Do not disable certificate validation",
        Justification = "Opportunistic TLS (RFC 7435): without it the same mail would go in clear."
    )]
    async Task<(RelayClient? Client, SendResult? Failure)> Connect(
        MxHost host,
        IPAddress address,
        TlsPolicy policy,
        RelayLimits limits,
        CancellationToken either,
        CancellationToken ct
    )
    {
        var relay = new SmtpRelay
        {
            Host = host.Name,
            Port = options.Port,
            Address = address,
            From = address.AddressFamily is AddressFamily.InterNetwork ? options.From4 : options.From6,
            LocalDomain = options.LocalDomain,
            Security = policy.IsEnforced || policy.IsRequired ? SecureSocketOptions.StartTls
                : Holds(withoutTls, address) ? SecureSocketOptions.None
                : SecureSocketOptions.StartTlsWhenAvailable,
        };
        try
        {
            // Any certificate is better than none: whoever could forge one could also hide that TLS is offered.
            var certificates = policy.IsEnforced ? trust : (_, _, _, _) => true;
            var made = await RelayClient.Connect(relay, limits, clock, certificates, ct: either);
            if (made.Failure is not { Phase: SmtpPhase.StartTls } || relay.Security is not SecureSocketOptions.StartTlsWhenAvailable)
                return made;
            Keep(withoutTls, address, plainFor);
            return await RelayClient.Connect(relay.WithoutTls, limits, clock, null, ct: either);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (null, Away(SmtpPhase.Connect, "Nothing came in time."));
        }
    }

    /// <summary>Whether a connection made before may be used for a domain: not one by IPv6 that the domain has refused.</summary>
    public bool MayUse(string domain, DirectConnection connection) =>
        connection.Address.AddressFamily is AddressFamily.InterNetwork || !Holds(withoutIpv6, domain);

    /// <summary>
    /// Whether a refusal was of our IPv6 address, not of the recipient: some demand a name for it (550 5.7.25). Then the domain is tried by
    /// IPv4 for a day, if it has such an address, and the message is sent again. If it has none, its answer stands.
    /// </summary>
    public bool RefusesOurIpv6(string domain, DirectConnection connection, SendResult result)
    {
        if (connection.Address.AddressFamily is not AddressFamily.InterNetworkV6 || result.Code is not (>= 400 and < 600)) return false;
        if (connection.OnlyWayOf == domain) return false;
        if (result.Enhanced is not ("5.7.25" or "4.7.25" or "5.7.27" or "4.7.27") && !OfReverseName(result.Text)) return false;
        Keep(withoutIpv6, domain, oneFamilyFor);
        return true;
    }

    static bool OfReverseName(string text) =>
        new[] { "PTR", "reverse DNS", "rDNS", "reverse hostname", "IPv6" }.Any(w => text.Contains(w, StringComparison.OrdinalIgnoreCase));

    static SendResult Away(SmtpPhase phase, string text) => SendResult.NotSent(phase, text);

    bool Holds<T>(ConcurrentDictionary<T, DateTimeOffset> kept, T key) where T : notnull =>
        kept.TryGetValue(key, out var until) && until > clock.GetUtcNow();

    void Keep<T>(ConcurrentDictionary<T, DateTimeOffset> kept, T key, TimeSpan time) where T : notnull
    {
        if (kept.Count < MaxKept)
        {
            kept[key] = clock.GetUtcNow() + time;
            return;
        }
        foreach (var (old, until) in kept)
            if (until <= clock.GetUtcNow())
                kept.TryRemove(old, out _);
        // A flood of addresses must not fill the memory, nor be looked through for each of them; forgetting them costs an attempt each.
        if (kept.Count > MaxKept / 2) kept.Clear();
        kept[key] = clock.GetUtcNow() + time;
    }
}
