namespace Community.Bulk;

/// <summary>A rule as it is kept.</summary>
/// <param name="Rev">Rises with each change: who has seen another one does not overwrite it.</param>
public sealed record KeptRule(DestinationRule Rule, int Rev, DateTime ChangedAt, string ChangedBy);

/// <summary>What was changed, by whom.</summary>
/// <param name="Before">Null for a new rule.</param>
/// <param name="After">Null for a removed one.</param>
public sealed record RuleChange(DateTime At, string By, DestinationRule? Before, DestinationRule? After);

/// <summary>Why a change of a rule was not made.</summary>
/// <param name="Field">The field that is out of bounds, <c>taken</c> for a pattern that another rule has, <c>stale</c> if somebody has
/// changed the rule meanwhile, <c>full</c> if there are too many.</param>
/// <param name="Of">The rule that has the pattern.</param>
public sealed record RuleProblem(string Field, string Of = "");

/// <summary>All rules by name, and their latest changes, the newest first.</summary>
public sealed record RuleList(IReadOnlyList<KeptRule> Rules, IReadOnlyList<RuleChange> History);

/// <summary>A rule as somebody wants it to be.</summary>
/// <param name="Rev">As its writer has seen it; 0 for a new one.</param>
/// <param name="By">Who writes, for the history.</param>
public sealed record RuleEdit(DestinationRule Rule, int Rev, string By);

/// <summary>What became of an edit.</summary>
/// <param name="Problem">Why it was not made; null if it was.</param>
public sealed record RuleAnswer(RuleProblem? Problem);
