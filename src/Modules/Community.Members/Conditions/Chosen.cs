using System.Text.Json;
using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Conditions of any modules, with their values: selects the members who match all of them. No condition selects everybody. A key unknown
/// to the site's modules, because its feature is off, selects nobody: a selection must never widen by itself.
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
    /// <param name="conditions">The conditions that the form offers.</param>
    /// <param name="fields">The submitted fields.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="texts">Texts in the reader's language.</param>
    /// <param name="before">The previous selection: its conditions that the form does not offer are kept.</param>
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

    /// <summary>The form fields that show this selection.</summary>
    public ConditionFields Fields(IEnumerable<MemberCondition> conditions, string prefix) =>
        new(
            prefix,
            conditions
                .Where(c => Conditions.ContainsKey(c.Key))
                .SelectMany(c => c.Write(Conditions[c.Key]))
                .ToLookup(f => f.Field, f => f.Value, StringComparer.OrdinalIgnoreCase)
        );

    /// <summary>Members who match. Runs in the database.</summary>
    public IQueryable<Member> Apply(IQueryable<Member> members, SiteDb db)
    {
        var known = MemberCondition.On(db).ToDictionary(c => c.Key);
        foreach (var (key, values) in Conditions)
            members = known.TryGetValue(key, out var condition) ? condition.Apply(members, values, db) : members.Where(m => false);
        return members;
    }

    /// <summary>
    /// True if something it refers to no longer exists, such as a group or a feature. It matches nobody until a person chooses again.
    /// </summary>
    public async Task<bool> RefersToDeleted(SiteDb db, CancellationToken ct = default)
    {
        var known = MemberCondition.On(db).ToDictionary(c => c.Key);
        foreach (var (key, values) in Conditions)
            if (!known.TryGetValue(key, out var condition) || await condition.RefersToDeleted(values, db, ct)) return true;
        return false;
    }

    /// <summary>The selection as parts of a sentence, in the order of the modules.</summary>
    public async Task<IReadOnlyList<string>> Say(SiteDb db, IStringLocalizer texts)
    {
        var (known, parts) = (MemberCondition.On(db).ToList(), new List<string>());
        foreach (var condition in known)
            if (Conditions.TryGetValue(condition.Key, out var values)) parts.Add(await condition.Say(values, db, texts));
        // Conditions of a feature that is off.
        if (Conditions.Keys.Any(key => known.All(c => c.Key != key))) parts.Add(texts["conditions.unknown"]);
        return parts;
    }
}
