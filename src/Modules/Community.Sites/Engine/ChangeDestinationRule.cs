using Community.Bulk;
using Community.Kernel;

namespace Community.Sites;

/// <summary>Changes how delivery servers behave towards a provider of mailboxes. They follow within seconds.</summary>
public sealed class ChangeDestinationRule(EngineConsole engine, Operators operators, ConsoleLog log)
{
    /// <param name="actor">An operator.</param>
    /// <param name="rule">As it is to be.</param>
    /// <param name="rev">As its writer has seen it; 0 for a new one.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Whether the engine answered; and why it did not keep the rule, null if it did.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<(EngineWord Word, RuleProblem? Problem)> Save(Reader actor, DestinationRule rule, int rev, CancellationToken ct)
    {
        await operators.Require(actor, ct);
        if (rule.Problem() is { } field) return (EngineWord.Answered, new(field));
        return await Logged(
            await engine.Put<RuleEdit, RuleAnswer>("/rules", new(rule, rev, actor.Name), ct), ConsoleLog.RuleChanged, rule.Name);
    }

    /// <inheritdoc cref="Save"/>
    public async Task<(EngineWord Word, RuleProblem? Problem)> Remove(Reader actor, string name, int rev, CancellationToken ct)
    {
        await operators.Require(actor, ct);
        var edit = new RuleEdit(new() { Name = name, Patterns = [] }, rev, actor.Name);
        return await Logged(await engine.Put<RuleEdit, RuleAnswer>("/rules/removed", edit, ct), ConsoleLog.RuleRemoved, name);
    }

    async Task<(EngineWord, RuleProblem?)> Logged((EngineWord Word, RuleAnswer? Answer) said, string action, string name)
    {
        // The ledger has its own history, with what was changed: this says it beside all else that operators did.
        if (said is (EngineWord.Answered, { Problem: null })) await log.Add(action, name, CancellationToken.None);
        return (said.Word, said.Answer?.Problem);
    }
}
