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
    /// <summary>Staff's search for members.</summary>
    Search = 1,
    /// <summary>The audience of a mailing.</summary>
    Audience = 2,
    Everywhere = Search | Audience,
}

/// <summary>The fields of conditions in a form, as they were typed or are shown, by their names without the form's prefix.</summary>
/// <param name="prefix">Stands before each name in the form, such as <c>Form.</c></param>
/// <param name="values">The values of each field.</param>
public sealed class ConditionFields(string prefix, ILookup<string, string> values)
{
    /// <summary>What was sent.</summary>
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

    /// <summary>The value of a field of one; null for none.</summary>
    public string? this[string field] => values[field].FirstOrDefault(v => v.Length > 0);

    /// <summary>The values of a field of several.</summary>
    public IReadOnlyList<string> All(string field) => [.. values[field].Where(v => v.Length > 0)];

    /// <summary>The name of a field in the form.</summary>
    public string Name(string field) => prefix + field;
}

/// <summary>A condition, whatever its values are.</summary>
public abstract class MemberCondition(string key) : MemberConditionOfModule(key)
{
    public ConditionPlaces Places { get; init; } = ConditionPlaces.Everywhere;

    /// <summary>Its fields in forms: <c>from</c>, <c>to</c>. Unique among all conditions.</summary>
    public required IReadOnlyList<string> Fields { get; init; }

    /// <summary>
    /// The component that shows the fields. Its parameters are <c>Fields</c> (<see cref="ConditionFields"/>) and <c>Problems</c>
    /// (<see cref="Ui.Problems"/>).
    /// </summary>
    public required Type Part { get; init; }

    /// <summary>Reads the form.</summary>
    /// <returns>The values to keep; null if nothing was chosen, or what is wrong stands among the problems.</returns>
    public abstract JsonElement? Read(ConditionFields fields, Problems problems, IStringLocalizer texts);

    /// <summary>The fields that show these values.</summary>
    public abstract IEnumerable<(string Field, string Value)> Write(JsonElement values);

    /// <summary>Members who fit. Runs in the database.</summary>
    public abstract IQueryable<Member> Apply(IQueryable<Member> members, JsonElement values, SiteDb db);

    /// <summary>The condition as a part of a sentence: "who joined from May 1, 2026".</summary>
    public abstract Task<string> Say(JsonElement values, SiteDb db, IStringLocalizer texts);

    /// <summary>Something that the values name is there no more: nobody fits until a person chooses anew.</summary>
    public abstract Task<bool> NamesWhatIsGone(JsonElement values, SiteDb db, CancellationToken ct);

    /// <summary>The conditions of the features that a site has on.</summary>
    public static IEnumerable<MemberCondition> On(SiteDb db) =>
        db.Modules.Of(db.Site).SelectMany(m => m.MemberConditions).Cast<MemberCondition>();
}

/// <summary>A condition whose values are a record.</summary>
/// <typeparam name="T">Kept as JSON with the audience: properties may be added, never change their meaning.</typeparam>
public sealed class MemberCondition<T>(string key) : MemberCondition(key) where T : class
{
    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    /// <summary>Reads the fields; null if nothing was chosen, or what is wrong was added to the problems.</summary>
    public required Func<ConditionFields, Problems, IStringLocalizer, T?> FromForm { get; init; }

    public required Func<T, IEnumerable<(string Field, string Value)>> ToForm { get; init; }

    /// <summary>The database is the one that the members are asked of.</summary>
    public required Func<T, SiteDb, Expression<Func<Member, bool>>> Where { get; init; }

    public required Func<T, SiteDb, IStringLocalizer, Task<string>> Sentence { get; init; }

    /// <summary>Null for values that name nothing.</summary>
    public Func<T, SiteDb, CancellationToken, Task<bool>>? IsGone { get; init; }

    /// <summary>The condition with these values, for an <see cref="Chosen"/> that no form made.</summary>
    public (string Key, JsonElement Values) With(T values) => (Key, JsonSerializer.SerializeToElement(values, json));

    static T? Values(JsonElement values)
    {
        try { return values.Deserialize<T>(json); }
        catch (JsonException) { return null; }
    }

    public override JsonElement? Read(ConditionFields fields, Problems problems, IStringLocalizer texts) =>
        FromForm(fields, problems, texts) is { } read ? JsonSerializer.SerializeToElement(read, json) : null;

    public override IEnumerable<(string Field, string Value)> Write(JsonElement values) => Values(values) is { } read ? ToForm(read) : [];

    // What cannot be read chooses nobody: it may have been narrower.
    public override IQueryable<Member> Apply(IQueryable<Member> members, JsonElement values, SiteDb db) =>
        Values(values) is { } read ? members.Where(Where(read, db)) : members.Where(m => false);

    public override Task<string> Say(JsonElement values, SiteDb db, IStringLocalizer texts) =>
        Values(values) is { } read ? Sentence(read, db, texts) : Task.FromResult(texts["conditions.unknown"].Value);

    public override Task<bool> NamesWhatIsGone(JsonElement values, SiteDb db, CancellationToken ct) =>
        Values(values) is not { } read ? Task.FromResult(true) : IsGone?.Invoke(read, db, ct) ?? Task.FromResult(false);
}
