namespace Community.Bulk;

/// <summary>Finds the rule of a domain. Never changes: what is read anew is another one.</summary>
public sealed class DestinationRules
{
    public static readonly DestinationRules None = new([]);

    readonly Dictionary<string, DestinationRule> byPattern = new(StringComparer.Ordinal);

    public DestinationRules(IEnumerable<DestinationRule> rules)
    {
        foreach (var rule in rules)
            foreach (var pattern in rule.Patterns) byPattern.TryAdd(pattern, rule);
    }

    /// <param name="domain">In small letters, ASCII.</param>
    /// <param name="hosts">The names of the best hosts that take its mail; empty if they are not known.</param>
    /// <returns>
    /// The rule of the domain itself, of the closest domain above it, or of its best hosts if each has one; null if none.
    /// </returns>
    public DestinationRule? Of(string domain, IReadOnlyList<string> hosts)
    {
        if (byPattern.Count == 0) return null;
        if (Find("", domain) is { } rule) return rule;
        // Of all of them: a domain says itself which hosts it has, and one of its own beside a provider's would make the provider's mail
        // wait for it.
        var ofHosts = hosts.Select(h => Find("mx:", h)).ToList();
        return ofHosts.Contains(null) ? null : ofHosts.FirstOrDefault();
    }

    DestinationRule? Find(string before, string name)
    {
        if (byPattern.TryGetValue(before + name, out var exact)) return exact;
        for (var dot = name.IndexOf('.'); dot > 0; dot = name.IndexOf('.', dot + 1))
            if (byPattern.TryGetValue(before + "*" + name[dot..], out var below)) return below;
        return null;
    }
}
