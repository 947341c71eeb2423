using System.Globalization;

namespace Community.Bulk;

/// <summary>The rules of destinations on the command line.</summary>
static class RuleCommands
{
    const int ShownChanges = 100;

    /// <returns>The exit code; null if the words mean nothing.</returns>
    public static async Task<int?> Run(KeepDestinationRules rules, string[] words, TextWriter to)
    {
        switch (words)
        {
            case []:
                foreach (var kept in await rules.All()) await to.WriteLineAsync(Line(kept.Rule));
                return 0;
            case ["history"]:
                foreach (var change in await rules.History(ShownChanges))
                {
                    await to.WriteLineAsync($"{change.At:yyyy-MM-dd HH:mm:ss} UTC, {change.By}:");
                    if (change.Before is { } before) await to.WriteLineAsync("  - " + Line(before));
                    if (change.After is { } after) await to.WriteLineAsync("  + " + Line(after));
                }
                return 0;
            case ["remove", var name]:
                var gone = (await rules.All()).FirstOrDefault(k => k.Rule.Name == name);
                return await Tell(gone is null ? new("stale") : await rules.Remove(name, gone.Rev, Environment.UserName), name, to);
            case ["set", var name, .. var settings] when settings.Length > 0:
                var known = (await rules.All()).FirstOrDefault(k => k.Rule.Name == name);
                if (Changed(known?.Rule ?? new() { Name = name, Patterns = [] }, settings) is not { } changed) return null;
                return await Tell(await rules.Save(changed, known?.Rev ?? 0, Environment.UserName), name, to);
            default:
                return null;
        }
    }

    /// <returns>Null if a setting is none, or has no such value.</returns>
    static DestinationRule? Changed(DestinationRule rule, IEnumerable<string> settings)
    {
        foreach (var setting in settings)
        {
            var value = setting[(setting.IndexOf('=') + 1)..];
            var number = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1;
            var changed = setting[..Math.Max(0, setting.IndexOf('='))] switch
            {
                "domains" => rule with { Patterns = DestinationRule.Read(value) },
                "connections" => rule with { Connections = number },
                "per-connection" => rule with { PerConnection = number },
                "per-minute" => rule with { PerMinute = number },
                "rest" => rule with { Rest = number },
                "tls" when value is "yes" or "no" => rule with { RequiresTls = value == "yes" },
                "ip" when value is "4" or "6" or "both" =>
                    rule with { Ip = value switch { "4" => IpVersions.Ipv4, "6" => IpVersions.Ipv6, _ => IpVersions.Both } },
                "note" => rule with { Note = value },
                _ => null,
            };
            if (changed is null) return null;
            rule = changed;
        }
        return rule;
    }

    static async Task<int> Tell(RuleProblem? problem, string name, TextWriter to)
    {
        if (problem is null) return 0;
        await to.WriteLineAsync(problem.Field switch
        {
            "stale" => $"engine: there is no rule {name}, or somebody has changed it just now",
            "taken" => $"engine: the rule {problem.Of} has one of these domains",
            "full" => $"engine: there are {DestinationRule.MaxRules} rules already",
            _ => $"engine: {problem.Field.Replace('_', '-')} is out of bounds",
        });
        return 1;
    }

    static string Line(DestinationRule rule) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{rule.Name}: domains={string.Join(',', rule.Patterns)} connections={rule.Connections} per-connection={rule.PerConnection} "
                + $"per-minute={rule.PerMinute} rest={rule.Rest} tls={(rule.RequiresTls ? "yes" : "no")} "
                + $"ip={rule.Ip switch { IpVersions.Ipv4 => "4", IpVersions.Ipv6 => "6", _ => "both" }} note={rule.Note}"
        );
}
