using System.Text.Json;
using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Conditions with their values, of whichever modules: members who fit all of them are chosen. None chooses everybody. A key that no module
/// of the site knows, because its feature is off, chooses nobody: a choice never becomes larger by itself.
/// </summary>
public sealed record Chosen(IReadOnlyDictionary<string, JsonElement> Conditions)
{
    public static readonly Chosen Everybody = new(new Dictionary<string, JsonElement>());

    public static Chosen By(params IEnumerable<(string Key, JsonElement Values)> conditions) =>
        new(conditions.ToDictionary(c => c.Key, c => c.Values));

    /// <summary>A JSON object: the values of each condition by its key, in the order of the keys.</summary>
    public string ToJson() =>
        JsonSerializer.Serialize(new SortedDictionary<string, JsonElement>(Conditions.ToDictionary(), StringComparer.Ordinal));

    public static Chosen Parse(string json) => new(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json) ?? []);

    /// <summary>Reads a form.</summary>
    /// <param name="conditions">Those that the form offers.</param>
    /// <param name="fields">What was sent.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <param name="texts">The reader's.</param>
    /// <param name="before">What was chosen before: conditions that the form does not offer stay.</param>
    public static Chosen Read(
        IReadOnlyList<MemberCondition> conditions,
        ConditionFields fields,
        Problems problems,
        IStringLocalizer texts,
        Chosen? before = null
    )
    {
        var chosen = (before ?? Everybody).Conditions.Where(c => conditions.All(o => o.Key != c.Key)).ToDictionary();
        foreach (var condition in conditions)
            if (condition.Read(fields, problems, texts) is { } values) chosen[condition.Key] = values;
        return new(chosen);
    }

    /// <summary>The fields of a form that shows what is chosen.</summary>
    public ConditionFields Fields(IEnumerable<MemberCondition> conditions, string prefix) =>
        new(
            prefix,
            conditions
                .Where(c => Conditions.ContainsKey(c.Key))
                .SelectMany(c => c.Write(Conditions[c.Key]))
                .ToLookup(f => f.Field, f => f.Value, StringComparer.OrdinalIgnoreCase)
        );

    /// <summary>Members who fit. Runs in the database.</summary>
    public IQueryable<Member> Apply(IQueryable<Member> members, SiteDb db)
    {
        var known = MemberCondition.On(db).ToDictionary(c => c.Key);
        foreach (var (key, values) in Conditions)
            members = known.TryGetValue(key, out var condition) ? condition.Apply(members, values, db) : members.Where(m => false);
        return members;
    }

    /// <summary>
    /// Something that it names is there no more, be it a group or a feature. Nobody fits that, and so it stays until a person chooses anew.
    /// </summary>
    public async Task<bool> NamesWhatIsGone(SiteDb db, CancellationToken ct = default)
    {
        var known = MemberCondition.On(db).ToDictionary(c => c.Key);
        foreach (var (key, values) in Conditions)
            if (!known.TryGetValue(key, out var condition) || await condition.NamesWhatIsGone(values, db, ct)) return true;
        return false;
    }

    /// <summary>The parts of a sentence, in the order of the modules.</summary>
    public async Task<IReadOnlyList<string>> Say(SiteDb db, IStringLocalizer texts)
    {
        var (known, parts) = (MemberCondition.On(db).ToList(), new List<string>());
        foreach (var condition in known)
            if (Conditions.TryGetValue(condition.Key, out var values)) parts.Add(await condition.Say(values, db, texts));
        // Of a feature that is off.
        if (Conditions.Keys.Any(key => known.All(c => c.Key != key))) parts.Add(texts["conditions.unknown"]);
        return parts;
    }
}
