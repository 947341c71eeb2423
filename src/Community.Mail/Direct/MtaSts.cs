using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using DnsClient;

namespace Community.Mail.Direct;

/// <summary>
/// The policies by which domains demand TLS (MTA-STS, RFC 8461): found, kept as long as they say, and asked again in between.
/// </summary>
/// <remarks>Thread-safe. A policy that is kept holds when a new one cannot be had: taking it away is what an attacker would try.</remarks>
/// <param name="http">Without redirects (RFC 8461 §3.3), with a limit of time and size; see <see cref="Client"/>.</param>
public sealed partial class MtaSts(ILookupClient dns, HttpClient http, TimeProvider? clock = null)
{
    const int MaxPolicyLength = 64 * 1024, MaxKept = 100_000;
    static readonly TimeSpan mostLife = TimeSpan.FromDays(366), lifeOfNothing = TimeSpan.FromMinutes(30);

    /// <summary>
    /// A policy is read again long before its time is over: else whoever keeps us from its web server at that moment would be rid of it
    /// (RFC 8461 §3.3).
    /// </summary>
    static readonly TimeSpan readAgain = TimeSpan.FromDays(1);

    readonly TimeProvider clock = clock ?? TimeProvider.System;
    readonly ConcurrentDictionary<string, Kept> kept = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="Id">Of the policy's record: another one means another policy.</param>
    sealed record Kept(string Id, TlsPolicy Policy, DateTimeOffset Until, DateTimeOffset AskedAt, DateTimeOffset ReadAt);

    /// <summary>The id of a policy's record: one to 32 letters and digits.</summary>
    [GeneratedRegex(@"^v=STSv1\s*;.*?\bid\s*=\s*([A-Za-z0-9]{1,32})\s*(?:;|\z)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex RecordId();

    /// <summary>
    /// A client for <see cref="MtaSts"/>: it follows no redirect, takes certificates that the system trusts alone, and connects to
    /// addresses of the public internet only. A domain says where its policy is, and must not make us knock at what stands beside us.
    /// </summary>
    /// <param name="allowPrivate">In a closed network, with all addresses.</param>
    public static HttpClient Client(bool allowPrivate = false) =>
        new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            ConnectCallback = (to, ct) => Connect(to.DnsEndPoint, allowPrivate, ct),
        })
        {
            Timeout = TimeSpan.FromSeconds(60),
            MaxResponseContentBufferSize = MaxPolicyLength,
        };

    static async ValueTask<Stream> Connect(DnsEndPoint to, bool allowPrivate, CancellationToken ct)
    {
        // The very addresses that were judged: a second look-up may give others.
        var allowed = (await Dns.GetHostAddressesAsync(to.Host, ct)).Where(a => allowPrivate || PublicAddress.Is(a)).ToArray();
        if (allowed.Length == 0) throw new IOException($"{to.Host} has no address on the public internet.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The policy of a domain; <see cref="TlsPolicy.None"/> if it has none, or one that only asks for reports.</summary>
    public async Task<TlsPolicy> Of(string domain, CancellationToken ct = default)
    {
        var now = clock.GetUtcNow();
        kept.TryGetValue(domain, out var known);
        // Asked at most each half hour, however many messages go there.
        if (known is not null && now - known.AskedAt < lifeOfNothing && known.Until > now) return known.Policy;
        if (known?.Until <= now) known = null;
        var (id, isSure) = await Id(domain, ct);
        if (id is null)
        {
            // No record: there is no policy, but one that was read before holds until its time is over.
            var none = known is null ? new Kept("", TlsPolicy.None, now + lifeOfNothing, now, now) : known with { AskedAt = now };
            if (isSure || known is not null) Keep(domain, none);
            return none.Policy;
        }
        if (known is not null && known.Id == id && now - known.ReadAt < readAgain) return Keep(domain, known with { AskedAt = now }).Policy;
        if (await Read(domain, ct) is { } read)
            return Keep(domain, new(id, read.Policy, now + (read.Life < mostLife ? read.Life : mostLife), now, now)).Policy;
        // A policy that cannot be had is none (RFC 8461 §3.3), unless one is kept.
        return Keep(domain, known is null ? new("", TlsPolicy.None, now + lifeOfNothing, now, now) : known with { AskedAt = now }).Policy;
    }

    Kept Keep(string domain, Kept policy)
    {
        if (kept.Count >= MaxKept)
            // That most domains have no policy is soon asked again. Those that have one are few, and kept.
            foreach (var (old, entry) in kept)
                if (entry.Until <= clock.GetUtcNow() || entry.Id.Length == 0)
                    kept.TryRemove(old, out _);
        kept[domain] = policy;
        return policy;
    }

    async Task<(string? Id, bool IsSure)> Id(string domain, CancellationToken ct)
    {
        try
        {
            var answer = await dns.QueryAsync($"_mta-sts.{domain}.", QueryType.TXT, cancellationToken: ct);
            // Two are none (RFC 8461 §3.1).
            string[] records =
            [
                .. answer.Answers.TxtRecords().Select(r => string.Concat(r.Text))
                    .Where(t => t.StartsWith("v=STSv1", StringComparison.Ordinal)),
            ];
            var isSure = answer.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain;
            return (records.Length == 1 && RecordId().Match(records[0]) is { Success: true } match ? match.Groups[1].Value : null, isSure);
        }
        catch (Exception error) when (error is DnsResponseException or ArgumentException) { return (null, false); }
    }

    async Task<(TlsPolicy Policy, TimeSpan Life)?> Read(string domain, CancellationToken ct)
    {
        try
        {
            using var answer = await http.GetAsync($"https://mta-sts.{domain}/.well-known/mta-sts.txt", ct);
            if (answer.StatusCode is not HttpStatusCode.OK || answer.Content.Headers.ContentType?.MediaType is not "text/plain")
                return null;
            return Parse(await answer.Content.ReadAsStringAsync(ct));
        }
        catch (Exception error) when (error is HttpRequestException or UriFormatException or InvalidOperationException) { return null; }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { return null; }
    }

    /// <summary>Reads a policy's text (RFC 8461 §3.2).</summary>
    /// <returns>Null if it is none.</returns>
    public static (TlsPolicy Policy, TimeSpan Life)? Parse(string text)
    {
        List<(string Name, string Value)> fields = [];
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.IndexOf(':') is not (> 0 and var colon)) return null;
            fields.Add((line[..colon].TrimEnd().ToLowerInvariant(), line[(colon + 1)..].Trim()));
        }
        string? First(string name) => fields.FirstOrDefault(f => f.Name == name).Value;
        if (First("version") != "STSv1" || First("mode") is not ("enforce" or "testing" or "none")) return null;
        if (First("max_age") is not { } age) return null;
        if (!long.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 31_557_600) return null;
        string[] hosts = [.. fields.Where(f => f.Name == "mx").Select(f => f.Value.TrimEnd('.').ToLowerInvariant())];
        if (First("mode") == "none") return (TlsPolicy.None, TimeSpan.FromSeconds(seconds));
        if (hosts.Length == 0) return null;
        return (new TlsPolicy(First("mode") == "enforce", hosts), TimeSpan.FromSeconds(seconds));
    }
}
