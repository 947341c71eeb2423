using System.Net;
using Community.Kernel;
using Community.Mail;
using DnsClient;
using DnsClient.Protocol;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>What receivers ask of a sender's domain.</summary>
public enum DomainRecord { Spf, Dkim, Dmarc, Mx }

/// <summary>Why a record is not as it should be. Text: <c>mailing.domain.{record}.{fault}</c>.</summary>
public enum DomainFault
{
    /// <summary>The resolver did not answer: nothing is known.</summary>
    Unknown,
    /// <summary>There is none.</summary>
    Missing,
    /// <summary>There are several: receivers ignore them all.</summary>
    Several,
    /// <summary>It allows everybody (<c>+all</c>).</summary>
    AllowsAll,
    /// <summary>It does not name the servers that send; for a key: it is another one.</summary>
    NotUs,
    /// <summary>It needs more than ten look-ups: receivers give up (RFC 7208 §4.6.4).</summary>
    TooMany,
    /// <summary>It cannot be read, or lacks what it must have.</summary>
    Broken,
    /// <summary>The key was withdrawn: <c>p=</c> is empty.</summary>
    Revoked,
    /// <summary>The operator has not said under which name the mail server signs.</summary>
    NoSelector,
}

/// <summary>One record, as it was found.</summary>
/// <param name="Record">Which.</param>
/// <param name="Name">Where in the DNS it stands.</param>
/// <param name="Found">Its texts.</param>
/// <param name="Fault">What is wrong; null for nothing.</param>
/// <param name="Publish">What to publish there; empty if that is not known.</param>
public sealed record DomainFinding(DomainRecord Record, string Name, IReadOnlyList<string> Found, DomainFault? Fault, string Publish = "");

/// <summary>
/// Asks the DNS what receivers ask before they take mail of a sender: SPF of the envelope's domain (RFC 7208), the key of the signature
/// (DKIM, RFC 6376), the rule of the sender's domain (DMARC, RFC 7489), and whether it takes answers.
/// </summary>
public sealed class SenderDomain
{
    const int MaxLookUps = 10;
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);
    static readonly char[] space = [' '];

    readonly MailingOptions options;
    readonly Lazy<LookupClient> dns;

    public SenderDomain(IOptions<MailingOptions> options)
    {
        this.options = options.Value;
        dns = new(() => new LookupClient(Settings(this.options.DnsResolver)));
    }

    static LookupClientOptions Settings(string resolver)
    {
        // Found when it is first asked: a server without a resolver starts all the same.
        var settings = resolver.Length > 0 ? new LookupClientOptions(IPEndPoint.Parse(resolver)) : new LookupClientOptions();
        (settings.Timeout, settings.Retries, settings.UseCache) = (Timeout, 1, true);
        return settings;
    }

    /// <summary>What there is of a sender.</summary>
    /// <param name="from">The sender's address.</param>
    /// <param name="envelope">The domain of the envelope's sender.</param>
    /// <param name="isOurs">The installation's own servers send: its records are asked for.</param>
    /// <param name="signs">The keys with which the site signs; null if it does not.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="ArgumentException">The address cannot be written into mail.</exception>
    public async Task<IReadOnlyList<DomainFinding>> Of(
        string from, string envelope, bool isOurs, SigningPair? signs, CancellationToken ct)
    {
        var domain = AddressRules.ToWire(from).Split('@')[1].ToLowerInvariant();
        return await Task.WhenAll(
            Spf(envelope.Length > 0 ? envelope : domain, isOurs, ct),
            signs?.Domain == domain ? Dkim(signs, ct) : Dkim(domain, isOurs ? options.DkimSelector : "", ct),
            Dmarc(domain, ct),
            Mx(domain, ct)
        );
    }

    async Task<DomainFinding> Spf(string domain, bool isOurs, CancellationToken ct)
    {
        var ours = isOurs ? options.SpfTerm.Trim() : "";
        var publish = $"v=spf1 {(ours.Length > 0 ? ours : "mx")} ~all";
        if (await Texts(domain, ct) is not { } all) return Unknown(DomainRecord.Spf, domain);
        var found = all.Where(t => IsTagged(t, "v=spf1")).ToList();
        return new(DomainRecord.Spf, domain, found, FaultOfSpf(found, ours), publish);
    }

    /// <summary>The fault of a domain's SPF records; null for none.</summary>
    public static DomainFault? FaultOfSpf(IReadOnlyList<string> found, string ours)
    {
        if (found.Count == 0) return DomainFault.Missing;
        if (found.Count > 1) return DomainFault.Several;
        var terms = found[0].ToLowerInvariant().Split(space, StringSplitOptions.RemoveEmptyEntries);
        if (terms.Any(t => t is "all" or "+all")) return DomainFault.AllowsAll;
        if (terms.Count(LooksUp) > MaxLookUps) return DomainFault.TooMany;
        // A redirect leads to the record that names them.
        var isNamed = terms.Contains(ours.ToLowerInvariant()) || terms.Any(t => t.StartsWith("redirect=", StringComparison.Ordinal));
        return ours.Length == 0 || isNamed ? null : DomainFault.NotUs;
    }

    static bool LooksUp(string term)
    {
        var name = term.TrimStart('+', '-', '~', '?').Split(':', '/', '=')[0];
        return name is "include" or "a" or "mx" or "ptr" or "exists" or "redirect";
    }

    async Task<DomainFinding> Dkim(string domain, string selector, CancellationToken ct)
    {
        if (selector.Length == 0) return new(DomainRecord.Dkim, "_domainkey." + domain, [], DomainFault.NoSelector);
        var name = $"{selector}._domainkey.{domain}";
        if (await Texts(name, ct) is not { } found) return Unknown(DomainRecord.Dkim, name);
        return new(DomainRecord.Dkim, name, found, FaultOfDkim(found));
    }

    async Task<DomainFinding> Dkim(SigningPair signs, CancellationToken ct) =>
        await Texts(signs.RsaName, ct) is { } found
            ? new(DomainRecord.Dkim, signs.RsaName, found, FaultOfDkim(found, signs.RsaRecord), signs.RsaRecord)
            : Unknown(DomainRecord.Dkim, signs.RsaName);

    /// <summary>The fault of a key that has to stand in the DNS; null for none.</summary>
    /// <param name="name">Where.</param>
    /// <param name="record">Its text.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<DomainFault?> FaultOfKey(string name, string record, CancellationToken ct) =>
        await Texts(name, ct) is { } found ? FaultOfDkim(found, record) : DomainFault.Unknown;

    static DomainFault? FaultOfDkim(IReadOnlyList<string> found, string record) =>
        FaultOfDkim(found) ?? (Tags(found[0])["p"] == Tags(record)["p"] ? null : DomainFault.NotUs);

    /// <summary>The fault of the texts at a key's name; null for none.</summary>
    public static DomainFault? FaultOfDkim(IReadOnlyList<string> found)
    {
        if (found.Count == 0) return DomainFault.Missing;
        if (found.Count > 1) return DomainFault.Several;
        var tags = Tags(found[0]);
        if (tags.GetValueOrDefault("v", "DKIM1") != "DKIM1" || !tags.TryGetValue("p", out var key)) return DomainFault.Broken;
        if (key.Length == 0) return DomainFault.Revoked;
        return Convert.TryFromBase64String(key, new byte[key.Length], out _) ? null : DomainFault.Broken;
    }

    async Task<DomainFinding> Dmarc(string domain, CancellationToken ct)
    {
        var publish = $"v=DMARC1; p=none; rua=mailto:postmaster@{domain}";
        // Receivers ask the domain first and then the organization's; without a list of suffixes, each one above it that is none itself.
        for (var name = domain; ; name = name[(name.IndexOf('.') + 1)..])
        {
            if (await Texts("_dmarc." + name, ct) is not { } all) return Unknown(DomainRecord.Dmarc, "_dmarc." + name);
            var found = all.Where(t => IsTagged(t, "v=DMARC1")).ToList();
            if (found.Count > 0) return new(DomainRecord.Dmarc, "_dmarc." + name, found, FaultOfDmarc(found), publish);
            if (name.Count(c => c == '.') < 2) return new(DomainRecord.Dmarc, "_dmarc." + domain, [], DomainFault.Missing, publish);
        }
    }

    /// <summary>The fault of a domain's DMARC records; null for none.</summary>
    public static DomainFault? FaultOfDmarc(IReadOnlyList<string> found)
    {
        if (found.Count == 0) return DomainFault.Missing;
        if (found.Count > 1) return DomainFault.Several;
        return Tags(found[0]).GetValueOrDefault("p")?.ToLowerInvariant() is "none" or "quarantine" or "reject" ? null : DomainFault.Broken;
    }

    async Task<DomainFinding> Mx(string domain, CancellationToken ct)
    {
        try
        {
            var answer = await dns.Value.QueryAsync(domain, QueryType.MX, cancellationToken: ct);
            if (IsSilent(answer)) return Unknown(DomainRecord.Mx, domain);
            var found = answer
                .Answers.MxRecords()
                .OrderBy(r => r.Preference)
                .Select(r => r.Exchange.Value.TrimEnd('.'))
                .ToList();
            if (found.Count == 0 && (await dns.Value.QueryAsync(domain, QueryType.A, cancellationToken: ct)).Answers.ARecords().Any())
                return new(DomainRecord.Mx, domain, [], null);
            // A lone "." says that the domain takes no mail (RFC 7505).
            var takes = found.Any(exchange => exchange.Length > 0);
            return new(DomainRecord.Mx, domain, found.FindAll(e => e.Length > 0), takes ? null : DomainFault.Missing);
        }
        catch (DnsResponseException) { return Unknown(DomainRecord.Mx, domain); }
    }

    /// <summary>Null if the resolver does not answer. A name that is not there has no texts.</summary>
    async Task<List<string>?> Texts(string name, CancellationToken ct)
    {
        try
        {
            var answer = await dns.Value.QueryAsync(name, QueryType.TXT, cancellationToken: ct);
            if (IsSilent(answer)) return null;
            // Long texts come in pieces, which belong together without a space (RFC 7208 §3.3).
            return [.. answer.Answers.TxtRecords().Select(r => string.Concat(r.Text))];
        }
        catch (DnsResponseException) { return null; }
    }

    static bool IsSilent(IDnsQueryResponse answer) =>
        answer.HasError && answer.Header.ResponseCode != DnsHeaderResponseCode.NotExistentDomain;

    static DomainFinding Unknown(DomainRecord record, string name) => new(record, name, [], DomainFault.Unknown);

    static bool IsTagged(string text, string version) =>
        text.StartsWith(version, StringComparison.OrdinalIgnoreCase)
        && (text.Length == version.Length || text[version.Length] is ' ' or ';');

    static Dictionary<string, string> Tags(string text)
    {
        var tags = new Dictionary<string, string>();
        foreach (var part in text.Split(';'))
            if (part.Split('=', 2) is [var name, var value])
                tags[name.Trim().ToLowerInvariant()] = string.Concat(value.Where(c => !char.IsWhiteSpace(c)));
        return tags;
    }
}
