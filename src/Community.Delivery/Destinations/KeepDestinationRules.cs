using System.Text.Json;

namespace Community.Bulk;

/// <summary>The rules of destinations in the ledger. Delivery servers read them every two seconds.</summary>
public sealed class KeepDestinationRules(EngineLedger ledger)
{
    public Task<List<KeptRule>> All(CancellationToken ct = default) =>
        ledger.Change(
            c => c.Query(
                "SELECT rule, rev, changed_at, changed_by FROM destination_rules ORDER BY name",
                r => new KeptRule(Read(r.GetString(0))!, r.GetInt32(1), r.GetDateTime(2), r.GetString(3))
            ),
            ct
        );

    /// <summary>The latest changes, the newest first.</summary>
    public Task<List<RuleChange>> History(int count, CancellationToken ct = default) =>
        ledger.Change(
            c => c.Query(
                "SELECT at, by, before, after FROM destination_rule_changes ORDER BY id DESC LIMIT $1",
                r => new RuleChange(
                    r.GetDateTime(0),
                    r.GetString(1),
                    Read(r.IsDBNull(2) ? null : r.GetString(2)),
                    Read(r.IsDBNull(3) ? null : r.GetString(3))
                ),
                count
            ),
            ct
        );

    /// <param name="rule">As it is to be.</param>
    /// <param name="rev">As its writer has seen it; 0 for a new one.</param>
    /// <param name="by">Who writes, for the history.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>Why not; null if it is kept.</returns>
    public Task<RuleProblem?> Save(DestinationRule rule, int rev, string by, CancellationToken ct = default) =>
        ledger.Change(
            async change =>
            {
                if (rule.Problem() is { } field) return new RuleProblem(field);
                await change.Execute("LOCK TABLE destination_rules IN SHARE ROW EXCLUSIVE MODE");
                var all = await change.Query(
                    "SELECT rule, rev FROM destination_rules", r => (Rule: Read(r.GetString(0))!, Rev: r.GetInt32(1)));
                var before = all.FirstOrDefault(r => r.Rule.Name == rule.Name);
                if (before.Rev != rev) return new("stale");
                if (rev == 0 && all.Count >= DestinationRule.MaxRules) return new("full");
                foreach (var other in all.Where(r => r.Rule.Name != rule.Name))
                    if (other.Rule.Patterns.Intersect(rule.Patterns).Any()) return new("taken", other.Rule.Name);
                await change.Execute(
                    """
                    INSERT INTO destination_rules (name, rule, changed_by) VALUES ($1, $2::jsonb, $3)
                    ON CONFLICT (name) DO UPDATE SET rule = $2::jsonb, rev = destination_rules.rev + 1, changed_by = $3,
                        changed_at = moment()
                    """,
                    rule.Name,
                    Text(rule),
                    by
                );
                await change.Remember(by, before.Rule, rule);
                return null;
            },
            ct
        );

    /// <returns>Why not; null if it is gone.</returns>
    public Task<RuleProblem?> Remove(string name, int rev, string by, CancellationToken ct = default) =>
        ledger.Change(
            async change =>
            {
                var gone = await change.First(
                    "DELETE FROM destination_rules WHERE name = $1 AND rev = $2 RETURNING rule", r => Read(r.GetString(0)), name, rev);
                if (gone is null) return new RuleProblem("stale");
                await change.Remember(by, gone, null);
                return null;
            },
            ct
        );

    internal static DestinationRule? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<DestinationRule>(json);

    internal static string Text(DestinationRule rule) => JsonSerializer.Serialize(rule);
}

static class RuleHistory
{
    public static Task Remember(this LedgerChange change, string by, DestinationRule? before, DestinationRule? after) =>
        change.Execute(
            "INSERT INTO destination_rule_changes (by, before, after) VALUES ($1, $2::jsonb, $3::jsonb)",
            by,
            before is null ? null : KeepDestinationRules.Text(before),
            after is null ? null : KeepDestinationRules.Text(after)
        );
}
