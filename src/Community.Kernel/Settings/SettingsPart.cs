using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Community.Kernel;

/// <summary>
/// The settings of a module: a record whose properties have defaults. A staff page, generated from the type, edits them; recipes set them;
/// the module reads them through <see cref="Settings{T}"/>.
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

    /// <summary>The name in its page's URL and in recipes; its title is the text <c>settings.{Name}</c>.</summary>
    public string Name { get; }
    public Type Type { get; }
    public IReadOnlyList<SettingField> Fields { get; }

    /// <summary>Whether a recipe may set it. What stands in the catalogue, a recipe says elsewhere.</summary>
    public bool InRecipes => Type != typeof(SiteIdentity);

    /// <summary>Makes a part from a record type. Each property becomes a <see cref="SettingField"/>.</summary>
    public static SettingsPart Of<T>(string name) where T : class, new() => new(name, typeof(T));

    /// <summary>The stored settings; a value that no longer fits its bounds is replaced by the default.</summary>
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

    /// <summary>Only what differs from the defaults, so that changed defaults of a new version take effect.</summary>
    internal string ToJson(object settings)
    {
        var json = new JsonObject();
        foreach (var field in Fields)
            if (!Equals(field.Of(settings), field.Default)) json[field.Name] = field.ToJson(field.Of(settings));
        return json.ToJsonString();
    }
}

/// <summary>The settings of one module on a site, as stored in its database.</summary>
public sealed class StoredSettings
{
    /// <summary><see cref="SettingsPart.Name"/>.</summary>
    public required string Part { get; set; }
    /// <summary>A JSON object of what differs from the defaults.</summary>
    public string Json { get; set; } = "{}";
    /// <summary>Increases with each change, to detect that a form is based on older settings.</summary>
    public int Rev { get; set; }
    public DateTime ChangedAt { get; set; }
    /// <summary>Null if set by a recipe.</summary>
    public long? ChangedBy { get; set; }
}
