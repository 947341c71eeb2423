using System.Reflection;
using System.Text.Json;
using Community.Kernel;

namespace Community.Sites;

/// <summary>
/// Whether the parts of a recipe are what their steps read: known properties, their types, names that are names, keys that are there once.
/// All problems are reported, each with its path: <c>members[3].name</c>.
/// </summary>
sealed class RecipeShape
{
    /// <summary>Who makes ten thousand mistakes reads the first.</summary>
    const int MaxProblems = 30;

    readonly List<SiteProblem> problems = [];

    /// <param name="root">The recipe.</param>
    /// <param name="steps">The steps of all modules: a section whose feature is off is ignored, which is not an error.</param>
    /// <param name="modules">Whose settings it may hold.</param>
    public static IReadOnlyList<SiteProblem> Problems(JsonElement root, IReadOnlyList<RecipeStep> steps, ModuleList modules)
    {
        var shape = new RecipeShape();
        shape.Known(root, "", [.. Recipe.Properties, .. steps.Select(s => s.Property)]);
        if (root.TryGetProperty("mail", out var mail) && mail.ValueKind == JsonValueKind.Object)
            shape.Known(mail, "mail.", ["from", "fromName"]);
        foreach (var step in steps)
            if (!root.TryGetProperty(step.Property, out var part)) continue;
            else if (step.Property == SettingsInRecipes.Property) shape.Settings(part, modules);
            else shape.Entries(part, step.Property, step.Entry);
        return shape.problems;
    }

    bool IsFull => problems.Count >= MaxProblems;

    void Add(string path, string reason, params object[] arguments)
    {
        if (!IsFull) problems.Add(new(path, reason, arguments));
    }

    void Settings(JsonElement part, ModuleList modules)
    {
        foreach (var (path, problem) in SettingsInRecipes.Check(part, modules))
            Add(path, problem.Text, [.. problem.Arguments.Select(a => a is TimeSpan time ? Durations.Text(time) : a)]);
    }

    void Known(JsonElement value, string path, IReadOnlyList<string> known)
    {
        foreach (var property in value.EnumerateObject().Where(p => !known.Contains(p.Name, StringComparer.OrdinalIgnoreCase)))
            if (Nearest(property.Name, known) is { } meant) Add(path + property.Name, "unknown-meant", meant);
            else Add(path + property.Name, "unknown", string.Join(", ", known));
    }

    void Entries(JsonElement part, string path, Type entry)
    {
        if (part.ValueKind != JsonValueKind.Array) { Add(path, "type-list"); return; }
        var once = new Dictionary<(string, string), string>();
        foreach (var (value, i) in part.EnumerateArray().Select((v, i) => (v, i)))
        {
            if (IsFull) return;
            Entry(value, $"{path}[{i}]", entry, once);
        }
    }

    void Entry(JsonElement value, string path, Type entry, Dictionary<(string, string), string> once)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            Add(path, "type-entry");
            return;
        }
        var parameters = entry
            .GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .OrderByDescending(c => c.GetParameters().Length)
            .First()
            .GetParameters();
        Known(value, path + ".", [.. parameters.Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name!))]);
        foreach (var parameter in parameters)
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!);
            var given = value
                .EnumerateObject()
                .Where(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                .Select(p => (JsonElement?)p.Value)
                .FirstOrDefault();
            if (given is { } present)
                Value(present, $"{path}.{name}", parameter, once);
            else if (!parameter.HasDefaultValue)
                Add($"{path}.{name}", "missing");
        }
    }

    void Value(JsonElement value, string path, ParameterInfo parameter, Dictionary<(string, string), string> once)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (new NullabilityInfoContext().Create(parameter).WriteState != NullabilityState.Nullable) Add(path, "missing");
        }
        else if (type == typeof(string))
            Text(value, path, parameter.GetCustomAttribute<InRecipeAttribute>() ?? new(), once);
        else if (type == typeof(bool))
        {
            if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                Add(path, "type-bool");
        }
        else if (type == typeof(double))
        {
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || number is not (>= 0 and <= 100_000))
                Add(path, "type-number", 100_000);
        }
        else if (type.IsEnum)
        {
            var all = Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName).ToList();
            if (value.ValueKind != JsonValueKind.String || !all.Contains(value.GetString()!, StringComparer.OrdinalIgnoreCase))
                Add(path, "one-of", string.Join(", ", all));
        }
        else if (type == typeof(string[]))
        {
            if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(v => v.ValueKind != JsonValueKind.String))
                Add(path, "type-words");
        }
        else if (type.IsArray) Entries(value, path, type.GetElementType()!);
    }

    void Text(JsonElement value, string path, InRecipeAttribute rule, Dictionary<(string, string), string> once)
    {
        if (value.ValueKind != JsonValueKind.String) { Add(path, "type-text"); return; }
        var text = value.GetString()!;
        if (rule.OneOf.Length > 0)
        {
            var all = rule.OneOf.Split(' ');
            if (!all.Contains(text)) Add(path, "one-of", string.Join(", ", all));
            return;
        }
        if (text.Length > rule.MaxLength) { Add(path, "long", rule.MaxLength); return; }
        var problem = rule.Text switch
        {
            RecipeText.Name => Naming.Read(text).Problem,
            RecipeText.Lines => Naming.ReadLines(text).Problem,
            RecipeText.Key => Slug.Is(text, 1, 40) ? null : "entry-key",
            RecipeText.Address => EmailAddress.TryParse(text, out _) ? null : "address",
            _ => null,
        };
        if (problem is not null) Add(path, problem, text);
        else if (rule.Text is RecipeText.Key or RecipeText.Address)
        {
            var same = rule.Text is RecipeText.Address ? EmailAddress.Parse(text).Normal : text.ToLowerInvariant();
            if (!once.TryAdd((rule.Text.ToString(), same), path)) Add(path, "entry-twice", text, once[(rule.Text.ToString(), same)]);
        }
    }

    /// <summary>The one that was meant, if a letter or two are wrong.</summary>
    internal static string? Nearest(string typed, IEnumerable<string> known) =>
        typed.Length > 60
            ? null
            : known
                .Select(k => (Word: k, Steps: Steps(typed.ToLowerInvariant(), k.ToLowerInvariant())))
                .Where(k => k.Steps <= Math.Max(1, k.Word.Length / 3))
                .OrderBy(k => k.Steps)
                .Select(k => k.Word)
                .FirstOrDefault();

    // Levenshtein distance, one row at a time.
    static int Steps(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var corner = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (corner, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
