using System.Text.Json.Serialization;

namespace Community.Bulk;

/// <summary>By which versions of IP the hosts of a destination are reached.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IpVersions>))]
public enum IpVersions { Both, Ipv4, Ipv6 }

/// <summary>How delivery servers behave towards a provider of mailboxes: what it asks for, or what has proved to be well.</summary>
/// <remarks>All domains of a rule are one destination: they share its connections, its pace and its rests.</remarks>
public sealed record DestinationRule
{
    public const int MaxName = 60, MaxPatterns = 50, MaxConnections = 1000, MaxPerConnection = 10_000, MaxPerMinute = 1_000_000;
    public const int MaxRest = 3600, MaxNote = 500, MaxRules = 500;

    /// <summary>Such as <c>Gmail</c>. Unlike those of all other rules.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Domains as <c>example.org</c> and <c>*.example.org</c>, which stands for all below it; with <c>mx:</c> before it, domains whose
    /// best hosts are such ones. Small letters, ASCII.
    /// </summary>
    public required IReadOnlyList<string> Patterns { get; init; }

    /// <summary>Messages at once from one delivery server, at most. Fewer while the destination turns us away.</summary>
    public int Connections { get; init; } = 20;

    /// <summary>After so many messages a connection is closed.</summary>
    public int PerConnection { get; init; } = 100;

    /// <summary>Messages a minute of all delivery servers together; 0 for no such limit.</summary>
    public int PerMinute { get; init; }

    /// <summary>Seconds of the first rest after it has turned us away three times in a row; then twice as long each time.</summary>
    public int Rest { get; init; } = 15;

    /// <summary>Nothing is sent without TLS. With any certificate, unless the domain itself demands more (MTA-STS).</summary>
    public bool RequiresTls { get; init; }

    /// <summary>
    /// One alone, for who takes mail by both and refuses most of what comes by one. A host without such an address gets nothing.
    /// </summary>
    public IpVersions Ip { get; init; }

    /// <summary>Why, and where it is said.</summary>
    public string Note { get; init; } = "";

    /// <summary>The name of the first field that is out of bounds; null if the rule may be kept.</summary>
    public string? Problem() => Problems().FirstOrDefault();

    /// <summary>The names of all fields that are out of bounds.</summary>
    public IEnumerable<string> Problems()
    {
        if (Name.Length is 0 or > MaxName || Name.Any(char.IsControl) || Name.Trim() != Name) yield return "name";
        if (Patterns.Count is 0 or > MaxPatterns || Patterns.Distinct().Count() < Patterns.Count || !Patterns.All(IsPattern))
            yield return "patterns";
        if (Connections is < 1 or > MaxConnections) yield return "connections";
        if (PerConnection is < 1 or > MaxPerConnection) yield return "per_connection";
        if (PerMinute is < 0 or > MaxPerMinute) yield return "per_minute";
        if (Rest is < 1 or > MaxRest) yield return "rest";
        if (!Enum.IsDefined(Ip)) yield return "ip";
        if (Note.Length > MaxNote) yield return "note";
    }

    /// <summary>Patterns as people write them: on lines or with commas between, with capitals, beyond ASCII.</summary>
    public static IReadOnlyList<string> Read(string text) =>
    [
        .. text.Split([',', '\n', '\r', ' ', '\u3000'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(Written).Distinct(),
    ];

    static string Written(string pattern)
    {
        var small = pattern.ToLowerInvariant().TrimEnd('.');
        var domain = small.LastIndexOf(':') + 1;
        if (small.AsSpan(domain).StartsWith("*.", StringComparison.Ordinal)) domain += 2;
        try { return small[..domain] + new System.Globalization.IdnMapping().GetAscii(small[domain..]); }
        catch (ArgumentException) { return small; }
    }

    /// <summary>Whether it is written as one of <see cref="Patterns"/>.</summary>
    public static bool IsPattern(string pattern)
    {
        var domain = pattern.StartsWith("mx:", StringComparison.Ordinal) ? pattern[3..] : pattern;
        if (domain.StartsWith("*.", StringComparison.Ordinal)) domain = domain[2..];
        var labels = domain.Split('.');
        return domain.Length <= 253 && labels.Length > 1 && labels.All(l =>
            l.Length is > 0 and <= 63 && l[0] != '-' && l[^1] != '-'
            && l.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'));
    }
}
