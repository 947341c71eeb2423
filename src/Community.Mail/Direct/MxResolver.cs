using System.Collections.Concurrent;
using System.Net;
using DnsClient;
using DnsClient.Protocol;

namespace Community.Mail.Direct;

/// <summary>Which family of addresses is tried first, or alone.</summary>
public enum AddressFamilies { Ipv6First, Ipv4First, Ipv4Only, Ipv6Only }

/// <summary>How hosts are looked up.</summary>
public sealed record MxOptions
{
    /// <summary>The name servers; empty for those of the machine.</summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [];

    /// <summary>For an answer of one name server: 5 s. Each is asked three times.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    public AddressFamilies Families { get; init; } = AddressFamilies.Ipv6First;

    /// <summary>
    /// Our own names. A host of one of them, and all that are no better, would send the mail back to us (RFC 5321 §5.1).
    /// </summary>
    public IReadOnlyList<string> OwnNames { get; init; } = [];

    /// <summary>
    /// Whether mail may go to addresses that are not of the public internet. Without it, nobody can point a domain at what stands beside
    /// the delivery servers.
    /// </summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Domains that are remembered at once.</summary>
    public int MaxKept { get; init; } = 100_000;
}

/// <summary>Finds where a domain's mail goes (RFC 5321 §5.1, RFC 7505), and remembers it as long as the name servers allow.</summary>
/// <remarks>Thread-safe. Questions about one domain at the same time are asked once.</remarks>
public sealed class MxResolver
{
    /// <summary>More are not tried: a domain of a thousand hosts would hold up a worker for hours.</summary>
    public const int MaxHosts = 10, MaxAddressesOfHost = 8;

    // A time to live of zero would ask again for each message, one of a week would miss a move.
    static readonly TimeSpan leastLife = TimeSpan.FromSeconds(30), mostLife = TimeSpan.FromHours(1);
    // "Not there" is asked again sooner: somebody may just have registered the domain.
    static readonly TimeSpan lifeOfNothing = TimeSpan.FromMinutes(5), lifeOfFailure = TimeSpan.FromSeconds(30);

    readonly MxOptions options;
    readonly TimeProvider clock;
    readonly LookupClient dns;
    readonly ConcurrentDictionary<string, Lazy<Task<MxRoute>>> kept = new(StringComparer.OrdinalIgnoreCase);

    public MxResolver(MxOptions? options = null, TimeProvider? clock = null)
    {
        (this.options, this.clock) = (options ?? new(), clock ?? TimeProvider.System);
        var settings = this.options.Servers.Count > 0 ? new LookupClientOptions([.. this.options.Servers]) : new LookupClientOptions();
        // What is kept is kept here, by the clock given, and for routes as a whole.
        (settings.UseCache, settings.ThrowDnsErrors, settings.Timeout, settings.Retries) = (false, false, this.options.Timeout, 2);
        (settings.ContinueOnDnsError, settings.ContinueOnEmptyResponse) = (true, false);
        dns = new LookupClient(settings);
    }

    /// <param name="domain">ASCII (IDNA), or an address literal such as <c>[192.0.2.1]</c>.</param>
    /// <exception cref="OperationCanceledException">By <paramref name="ct"/>; others who ask still get their answer.</exception>
    public async Task<MxRoute> Find(string domain, CancellationToken ct = default)
    {
        domain = domain.TrimEnd('.').ToLowerInvariant();
        while (true)
        {
            var asked = kept.GetOrAdd(domain, d => new(() => Ask(d)));
            var route = await asked.Value.WaitAsync(ct);
            if (route.Until > clock.GetUtcNow()) return route;
            // Only this answer, not one that another has got meanwhile.
            kept.TryRemove(new(domain, asked));
        }
    }

    /// <summary>Domains that are remembered.</summary>
    public int Kept => kept.Count;

    /// <summary>Forgets a domain: its hosts have all failed, so they may have moved.</summary>
    public void Forget(string domain) => kept.TryRemove(domain.TrimEnd('.').ToLowerInvariant(), out _);

    async Task<MxRoute> Ask(string domain)
    {
        if (kept.Count > options.MaxKept)
        {
            foreach (var (name, route) in kept)
                if (route is { IsValueCreated: true, Value.IsCompleted: true } && route.Value.Result.Until <= clock.GetUtcNow())
                    kept.TryRemove(new(name, route));
            // A mailing to more domains than that: all are forgotten rather than looked through for each. Who waits gets the answer.
            if (kept.Count > options.MaxKept / 2) kept.Clear();
        }
        try { return await Look(domain); }
        catch (Exception error) { return TryLater($"The name servers could not be asked about {domain}: {error.Message}"); }
    }

    async Task<MxRoute> Look(string domain)
    {
        if (Literal(domain) is { } literal)
            return MayGo(literal)
                ? Found([new MxHost(domain, 0, [literal])], mostLife)
                : Nothing(MxOutcome.NoHost, $"{domain} is not an address of the public internet.");
        var (records, life, outcome) = await Records<MxRecord>(domain, QueryType.MX);
        if (outcome is MxOutcome.TryLater) return TryLater($"The name servers did not say where the mail of {domain} goes.");
        if (outcome is MxOutcome.NoDomain) return Nothing(outcome, $"There is no domain {domain}.");
        List<(string Name, int Preference)> named;
        // Only a definite "there are none" lets the mail go to the domain's own address.
        if (records.Count == 0) named = [(domain, 0)];
        else
        {
            // "." beside others is a mistake of theirs; alone, whatever its preference, it says "no mail" (RFC 7505 §3).
            named =
            [
                .. records.Select(r => (Name: Name(r.Exchange), (int)r.Preference)).Where(r => r.Name.Length > 0)
                    .OrderBy(r => r.Item2).DistinctBy(r => r.Name),
            ];
            if (named.Count == 0) return Nothing(MxOutcome.NullMx, $"{domain} takes no mail.");
            if (named.Where(n => IsOurs(n.Name)).Select(n => (int?)n.Preference).Min() is { } own)
            {
                named = named.FindAll(n => n.Preference < own);
                if (named.Count == 0) return Nothing(MxOutcome.NoHost, $"The mail of {domain} would come back to us.");
            }
        }
        // Hosts of one preference share the load: another order each time that they are looked up.
        named = [.. named.OrderBy(n => n.Preference).ThenBy(_ => Random.Shared.Next()).Take(MaxHosts)];
        var hosts = await Task.WhenAll(named.Select(n => Host(n.Name, n.Preference)));
        var found = hosts.Where(h => h.Host is not null).Select(h => h.Host!).ToList();
        if (found.Count > 0) return Found(found, hosts.Where(h => h.Host is not null).Select(h => h.Life).Append(life).Min());
        if (hosts.Any(h => h.Unsure)) return TryLater($"The name servers did not say where the hosts of {domain} are.");
        return Nothing(MxOutcome.NoHost, records.Count == 0 ? $"{domain} has no host for mail." : $"No host of {domain} has an address.");
    }

    async Task<(MxHost? Host, TimeSpan Life, bool Unsure)> Host(string name, int preference)
    {
        // A number in place of a name is not allowed (RFC 5321 §5.1), yet some write it.
        var asked = await Task.WhenAll(
            options.Families is AddressFamilies.Ipv4Only ? Task.FromResult(None) : Addresses(name, QueryType.AAAA),
            options.Families is AddressFamilies.Ipv6Only ? Task.FromResult(None) : Addresses(name, QueryType.A)
        );
        if (options.Families is AddressFamilies.Ipv4First) Array.Reverse(asked);
        List<IPAddress> addresses = [.. asked.SelectMany(a => a.Addresses).Where(MayGo).Distinct().Take(MaxAddressesOfHost)];
        var life = asked.Where(a => a.Addresses.Count > 0).Select(a => a.Life).DefaultIfEmpty(mostLife).Min();
        return (addresses.Count > 0 ? new MxHost(name, preference, addresses) : null, life, asked.Any(a => a.Unsure));
    }

    static readonly (List<IPAddress> Addresses, TimeSpan Life, bool Unsure) None = ([], mostLife, false);

    async Task<(List<IPAddress> Addresses, TimeSpan Life, bool Unsure)> Addresses(string name, QueryType type)
    {
        var (records, life, outcome) = await Records<AddressRecord>(name, type);
        return ([.. records.Select(r => r.Address)], life, outcome is MxOutcome.TryLater);
    }

    /// <summary>The records of a type; none is certain only if the outcome is not <see cref="MxOutcome.TryLater"/>.</summary>
    async Task<(List<T> Records, TimeSpan Life, MxOutcome Outcome)> Records<T>(string name, QueryType type) where T : DnsResourceRecord
    {
        IDnsQueryResponse answer;
        try { answer = await dns.QueryAsync(name + ".", type); }
        // Not a name at all, such as one with an empty label: nobody can have registered it.
        catch (ArgumentException) { return ([], lifeOfNothing, MxOutcome.NoDomain); }
        catch (DnsResponseException) { return ([], lifeOfFailure, MxOutcome.TryLater); }
        List<T> records = [.. answer.Answers.OfType<T>()];
        var life = answer.Answers.Select(r => TimeSpan.FromSeconds(r.InitialTimeToLive)).DefaultIfEmpty(lifeOfNothing).Min();
        return answer.Header.ResponseCode switch
        {
            DnsHeaderResponseCode.NoError => (records, life, MxOutcome.Found),
            DnsHeaderResponseCode.NotExistentDomain => ([], lifeOfNothing, MxOutcome.NoDomain),
            _ => ([], lifeOfFailure, MxOutcome.TryLater),
        };
    }

    MxRoute Found(IReadOnlyList<MxHost> hosts, TimeSpan life) =>
        new(MxOutcome.Found, hosts, "", clock.GetUtcNow() + TimeSpan.FromTicks(Math.Clamp(life.Ticks, leastLife.Ticks, mostLife.Ticks)));

    MxRoute Nothing(MxOutcome outcome, string text) => new(outcome, [], text, clock.GetUtcNow() + lifeOfNothing);

    MxRoute TryLater(string text) => new(MxOutcome.TryLater, [], text, clock.GetUtcNow() + lifeOfFailure);

    static string Name(DnsString name) => name.Value.TrimEnd('.').ToLowerInvariant();

    bool IsOurs(string name) => options.OwnNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The address of a literal (RFC 5321 §4.1.3); null if it is none.</summary>
    static IPAddress? Literal(string domain)
    {
        if (domain is not ['[', .., ']']) return null;
        var inner = domain[1..^1];
        if (inner.StartsWith("ipv6:", StringComparison.Ordinal)) inner = inner[5..];
        return IPAddress.TryParse(inner, out var address) ? address : null;
    }

    bool MayGo(IPAddress address) => options.AllowPrivate || PublicAddress.Is(address);
}
