using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Community.Kernel;

namespace Community.Sites;

/// <summary>
/// Makes JSON of a recipe's text, which may come from anybody: small enough, not deep, whole characters, no property twice.
/// </summary>
static class RecipeReader
{
    /// <summary>The samples have 300 KB.</summary>
    public const int MaxSize = 4 * 1024 * 1024;

    /// <summary>Replies to replies take two each.</summary>
    const int Deepest = 128;

    /// <exception cref="RecipeException">The text is not such a recipe.</exception>
    public static JsonObject Read(string text)
    {
        if (text.Length > MaxSize || Encoding.UTF8.GetByteCount(text) > MaxSize)
            throw new RecipeException("", "large", MaxSize / 1024 / 1024);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(
                text.TrimStart('\uFEFF'),
                new()
                {
                    CommentHandling = JsonCommentHandling.Skip,
                    AllowTrailingCommas = true,
                    MaxDepth = Deepest,
                }
            );
        }
        catch (JsonException error) when (IsDeep(text))
        {
            throw new RecipeException("", "deep", (error.LineNumber ?? 0) + 1);
        }
        catch (JsonException error)
        {
            throw new RecipeException("", "unreadable", (error.LineNumber ?? 0) + 1);
        }
        // A lone surrogate that is not escaped: the text itself is invalid.
        catch (ArgumentException) { throw new RecipeException("", "broken-text"); }
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new RecipeException("", "object");
            Walk(document.RootElement, "");
            return JsonObject.Create(document.RootElement.Clone())!;
        }
    }

    static bool IsDeep(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(
                Encoding.UTF8.GetBytes(text),
                new()
                {
                    CommentHandling = JsonCommentHandling.Skip,
                    AllowTrailingCommas = true,
                    MaxDepth = int.MaxValue / 2,
                }
            );
            while (reader.Read())
                if (reader.CurrentDepth > Deepest) return true;
        }
        catch (JsonException) { }
        return false;
    }

    static void Walk(JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
                foreach (var property in value.EnumerateObject())
                {
                    var name = Whole(() => property.Name, path);
                    var here = path.Length > 0 ? $"{path}.{name}" : name;
                    if (!names.Add(name)) throw new RecipeException(here, "twice");
                    Walk(property.Value, here);
                }
                break;
            case JsonValueKind.Array:
                foreach (var (entry, i) in value.EnumerateArray().Select((v, i) => (v, i))) Walk(entry, $"{path}[{i}]");
                break;
            case JsonValueKind.String:
                Whole(() => value.GetString()!, path);
                break;
        }
    }

    /// <summary>JSON may write half a character as an escape; no text of ours holds one, nor what PostgreSQL keeps nowhere.</summary>
    static string Whole(Func<string> read, string path)
    {
        string text;
        try { text = read(); }
        catch (InvalidOperationException) { throw new RecipeException(path, "broken-text"); }
        return Characters.IsLegible(text) && !text.Contains('\0') ? text : throw new RecipeException(path, "broken-text");
    }
}
