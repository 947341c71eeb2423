using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Community.Kernel;

/// <summary>
/// The settings of a module: a record whose properties have defaults. A staff page edits them, made from the type; recipes set them;
/// the module reads them by <see cref="Settings{T}"/>.
/// </summary>
public sealed class SettingsPart
{
    SettingsPart(string name, Type type)
    {
        (Name, Type) = (name, type);
        var defaults = Activator.CreateInstance(type)!;
        Fields =
        [
            .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(p => p.CanWrite)
                .Select(p => new SettingField(name, p, defaults)),
        ];
    }

    /// <summary>As it stands in the address of its page and in recipes; the text <c>settings.{Name}</c> names it.</summary>
    public string Name { get; }
    public Type Type { get; }
    public IReadOnlyList<SettingField> Fields { get; }

    /// <summary>The part of a record type. Each property is a <see cref="SettingField"/>.</summary>
    public static SettingsPart Of<T>(string name) where T : class, new() => new(name, typeof(T));

    /// <summary>The settings as they were kept; a value that no longer fits its bounds is the default.</summary>
    public object Read(string? json)
    {
        var settings = Activator.CreateInstance(Type)!;
        if (json is null) return settings;
        using var kept = JsonDocument.Parse(json);
        foreach (var field in Fields)
            if (kept.RootElement.TryGetProperty(field.Name, out var value) && field.Read(value) is { Problem: null, Value: { } read })
                field.Set(settings, read);
        return settings;
    }

    /// <summary>What differs from the defaults: a default that moves with a new version moves with it.</summary>
    internal string ToJson(object settings)
    {
        var json = new JsonObject();
        foreach (var field in Fields)
            if (!Equals(field.Of(settings), field.Default)) json[field.Name] = field.ToJson(field.Of(settings));
        return json.ToJsonString();
    }
}

/// <summary>The settings of one module on a site, as its database has them.</summary>
public sealed class StoredSettings
{
    /// <summary><see cref="SettingsPart.Name"/>.</summary>
    public required string Part { get; set; }
    /// <summary>A JSON object of what differs from the defaults.</summary>
    public string Json { get; set; } = "{}";
    /// <summary>Moves with each change: who saves an older one is told.</summary>
    public int Rev { get; set; }
    public DateTime ChangedAt { get; set; }
    /// <summary>Null for a recipe.</summary>
    public long? ChangedBy { get; set; }
}
