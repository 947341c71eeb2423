using System.Text.Json;

namespace Community.Members;

/// <summary>How many clauses of a <see cref="ClauseGroup"/> a member has to fit.</summary>
public enum Combine
{
    /// <summary>Each of them (and).</summary>
    All,
    /// <summary>One or more (or).</summary>
    Any,
    /// <summary>Not a single one (not): the exact complement of <see cref="Any"/>.</summary>
    None,
}

/// <summary>One part of a selection: a condition, or a group of clauses.</summary>
public abstract record Clause
{
    /// <summary>The clause and everything below it, from top to bottom.</summary>
    public IEnumerable<Clause> Below() =>
        this is ClauseGroup group ? group.Clauses.SelectMany(c => c.Below()).Prepend(this) : [this];
}

/// <summary>A condition with its values.</summary>
/// <param name="Key">See <see cref="MemberCondition"/>.</param>
/// <param name="Values">As the condition stores them.</param>
/// <param name="Not">Who does not fit it: the exact complement, with everybody of whom nothing is known.</param>
public sealed record ConditionClause(string Key, JsonElement Values, bool Not = false) : Clause;

/// <summary>Clauses of which all, any or none has to fit.</summary>
public sealed record ClauseGroup(Combine Match, IReadOnlyList<Clause> Clauses) : Clause
{
    /// <summary>Groups inside groups, this one included; more are refused.</summary>
    public const int MaxDepth = 5;
    /// <summary>Conditions in all groups together; more are refused.</summary>
    public const int MaxConditions = 40;

    public int Depth => 1 + Clauses.OfType<ClauseGroup>().Select(g => g.Depth).DefaultIfEmpty().Max();
}
