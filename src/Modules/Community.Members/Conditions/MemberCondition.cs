using System.Linq.Expressions;
using System.Text.Json;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Where a condition is offered.</summary>
[Flags]
public enum ConditionPlaces
{
    /// <summary>By no form: a module makes it.</summary>
    Nowhere = 0,
    /// <summary>Staff's search for members.</summary>
    Search = 1,
    /// <summary>The audience of a mailing.</summary>
    Audience = 2,
    Everywhere = Search | Audience,
}

/// <summary>The condition fields of a form, as typed or as shown, keyed by name without the form's prefix.</summary>
/// <param name="prefix">The prefix of each name in the form, such as <c>Form.</c></param>
/// <param name="values">The values of each field.</param>
public sealed class ConditionFields(string prefix, ILookup<string, string> values)
{
    /// <summary>The fields as submitted.</summary>
    public static ConditionFields Sent(
        string prefix,
        IEnumerable<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> form
    ) =>
        new(
            prefix,
            form.Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal))
                .SelectMany(f => f.Value.OfType<string>(), (f, v) => (Name: f.Key[prefix.Length..], Value: v))
                .ToLookup(f => f.Name, f => f.Value, StringComparer.OrdinalIgnoreCase)
        );

    /// <summary>The value of a single-valued field; null for none.</summary>
    public string? this[string field] => values[field].FirstOrDefault(v => v.Length > 0);

    /// <summary>The values of a multi-valued field.</summary>
    public IReadOnlyList<string> All(string field) => [.. values[field].Where(v => v.Length > 0)];

    /// <summary>The name of a field in the form, with the prefix.</summary>
    public string Name(string field) => prefix + field;
}

/// <summary>A condition, independent of the type of its values.</summary>
public abstract class MemberCondition(string key) : MemberConditionOfModule(key)
{
    public ConditionPlaces Places { get; init; } = ConditionPlaces.Everywhere;

    /// <summary>The names of its form fields, such as <c>from</c> and <c>to</c>. Unique among all conditions.</summary>
    public required IReadOnlyList<string> Fields { get; init; }

    /// <summary>
    /// The component that renders the fields. Its parameters are <c>Fields</c> (<see cref="ConditionFields"/>) and <c>Problems</c>
    /// (<see cref="Ui.Problems"/>).
    /// </summary>
    public required Type Part { get; init; }

    /// <summary>Reads the form.</summary>
    /// <returns>The values to store; null if nothing was chosen, or if problems were added.</returns>
    public abstract JsonElement? Read(ConditionFields fields, Problems problems, IStringLocalizer texts);

    /// <summary>The form fields that show these values.</summary>
    public abstract IEnumerable<(string Field, string Value)> Write(JsonElement values);

    /// <summary>
    /// The permission that staff need to select by it: whoever may not see something must not find it out by searching. Null for none.
    /// </summary>
    public string? Permission { get; init; }

    public bool IsOpenTo(Reader reader) => Permission is null || reader.May(Permission);

    /// <summary>Its name in the list of conditions, in the reader's language.</summary>
    public virtual string Label(IStringLocalizer texts) => texts["condition." + Key];

    /// <summary>
    /// Whether many members are likely to fit, as with a range: beside a narrower condition it is asked of those members alone.
    /// </summary>
    public virtual bool IsWide(JsonElement values) => false;

    /// <summary>The condition on members, for a query that runs in the database.</summary>
    /// <returns>Null if the values cannot be read, or refer to something that no longer exists.</returns>
    public abstract Task<Expression<Func<Member, bool>>?> Predicate(JsonElement values, Selecting selecting, CancellationToken ct);

    /// <summary>The condition as a part of a sentence: "who joined from May 1, 2026".</summary>
    public abstract Task<string> Say(JsonElement values, SiteDb db, IStringLocalizer texts);

    /// <summary>False for one that selections may still name and nobody may choose anew: what it is about was retired.</summary>
    public virtual bool IsOffered => true;

    /// <summary>The key of what is said where <see cref="Predicate"/> gives null; {0} is its name.</summary>
    public virtual string BrokenText => "conditions.broken.deleted";

    /// <summary>Further parameters of <see cref="Part"/>.</summary>
    public virtual IEnumerable<KeyValuePair<string, object?>> PartParameters => [];

    /// <summary>The conditions of the features that are on for the site, those that the site defined itself too.</summary>
    public static async ValueTask<IReadOnlyList<MemberCondition>> On(SiteDb db, CancellationToken ct = default)
    {
        var all = new List<MemberCondition>();
        foreach (var module in db.Modules.Of(db.Site)) all.AddRange((await module.MemberConditionsOf(db, ct)).Cast<MemberCondition>());
        return all;
    }
}

/// <summary>A condition whose values are a record.</summary>
/// <typeparam name="T">Stored as JSON with the audience: properties may be added, but must never change their meaning.</typeparam>
public sealed class MemberCondition<T>(string key) : MemberCondition(key) where T : class
{
    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    /// <summary>Reads the fields; null if nothing was chosen, or if problems were added.</summary>
    public required Func<ConditionFields, Problems, IStringLocalizer, T?> FromForm { get; init; }

    public required Func<T, IEnumerable<(string Field, string Value)>> ToForm { get; init; }

    /// <summary>The <see cref="SiteDb"/> is the one that the query on members runs in.</summary>
    public Func<T, SiteDb, Expression<Func<Member, bool>>> Where { get; init; } = (_, _) => _ => false;

    /// <summary>In place of <see cref="Where"/>, for one that has to look something up, or needs a permission for some values.</summary>
    public Func<T, Selecting, CancellationToken, Task<Expression<Func<Member, bool>>>>? Find { get; init; }

    public required Func<T, SiteDb, IStringLocalizer, Task<string>> Sentence { get; init; }

    /// <summary>Null if the values refer to nothing that can be deleted.</summary>
    public Func<T, SiteDb, CancellationToken, Task<bool>>? IsDeleted { get; init; }

    /// <summary>The condition with these values, for a <see cref="Chosen"/> built in code.</summary>
    public (string Key, JsonElement Values) With(T values) => (Key, JsonSerializer.SerializeToElement(values, json));

    static T? Values(JsonElement values)
    {
        try { return values.Deserialize<T>(json); }
        catch (JsonException) { return null; }
    }

    public override JsonElement? Read(ConditionFields fields, Problems problems, IStringLocalizer texts) =>
        FromForm(fields, problems, texts) is { } read ? JsonSerializer.SerializeToElement(read, json) : null;

    public override IEnumerable<(string Field, string Value)> Write(JsonElement values) => Values(values) is { } read ? ToForm(read) : [];

    public override async Task<Expression<Func<Member, bool>>?> Predicate(JsonElement values, Selecting selecting, CancellationToken ct)
    {
        if (Values(values) is not { } read) return null;
        if (IsDeleted is not null && await IsDeleted(read, selecting.Db, ct)) return null;
        return Find is null ? Where(read, selecting.Db) : await Find(read, selecting, ct);
    }

    public override Task<string> Say(JsonElement values, SiteDb db, IStringLocalizer texts) =>
        Values(values) is { } read ? Sentence(read, db, texts) : Task.FromResult(texts["conditions.unknown"].Value);
}
