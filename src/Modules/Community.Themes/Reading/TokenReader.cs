using System.Text.Json;
using System.Text.RegularExpressions;

namespace Community.Themes;

/// <summary>Reads the tokens of theme.json and merges them over the parent's.</summary>
static partial class TokenReader
{
    const int Max = 120;

    /// <exception cref="BrokenTheme">A token has no type, or a value that is invalid for its type.</exception>
    public static void Add(
        Dictionary<string, Token> tokens,
        IReadOnlyDictionary<string, JsonElement> written,
        bool isRoot,
        Func<string, bool> hasFile
    )
    {
        foreach (var (name, value) in written)
        {
            if (!Name().IsMatch(name) || (!isRoot && !tokens.ContainsKey(name) && !name.StartsWith("x-", StringComparison.Ordinal)))
                throw Refused("themes.broken.token.name", name);
            if (tokens.Count >= Max)
                throw Refused("themes.broken.token.most", Max);
            try
            {
                tokens[name] = Check(Read(name, value, tokens.GetValueOrDefault(name)), hasFile);
            }
            catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException)
            {
                throw Refused("themes.broken.token.form", name);
            }
        }
    }

    static BrokenTheme Refused(string text, params object[] arguments) => new("theme.json", 0, text, arguments);

    static Token Read(string name, JsonElement value, Token? inherited)
    {
        string? Text(string property) => !value.TryGetProperty(property, out var text) || text.ValueKind == JsonValueKind.Null ? null
            : text.ValueKind == JsonValueKind.Number ? text.GetRawText() : text.GetString();
        var type = Text("type") is { } typed
            ? Enum.TryParse<TokenType>(typed, ignoreCase: true, out var parsed) && char.IsLetter(typed[0])
                ? parsed
                : throw Refused("themes.broken.token.type", name, typed)
            : inherited?.Type ?? throw Refused("themes.broken.token.type", name, "");
        var label = ThemeManifest.WordsOf(value, "label") is { } words
            ? new LocalizedText(words)
            : inherited?.Label ?? new LocalizedText(new Dictionary<string, string> { ["en"] = name });
        var options = value.TryGetProperty("options", out var list)
            ? list.EnumerateArray()
                .Select(o => new TokenOption(o.GetProperty("value").GetString()!, new LocalizedText(ThemeManifest.WordsOf(o, "label")!)))
                .ToList()
            : inherited?.Options ?? [];
        return new Token(
            name,
            type,
            Text("default") ?? inherited?.Default ?? "",
            value.TryGetProperty("default", out _) ? Text("dark") : Text("dark") ?? inherited?.Dark,
            label,
            Text("min") ?? inherited?.Min,
            Text("max") ?? inherited?.Max,
            options
        );
    }

    static Token Check(Token token, Func<string, bool> hasFile)
    {
        if (token.Options.FirstOrDefault(o => !TokenValue.IsPlain(o.Value)) is { } option)
            throw Refused("themes.broken.token.value", token.Name, option.Value);
        var range = token with { Min = null, Max = null };
        foreach (var value in new[] { token.Min, token.Max }.Where(v => v is not null))
            if (TokenValue.Wrong(range, value!, hasFile) is not null) throw Refused("themes.broken.token.value", token.Name, value!);
        foreach (var value in new[] { token.Default, token.Dark }.Where(v => v is not null))
            if (TokenValue.Wrong(token, value!, hasFile) is not null) throw Refused("themes.broken.token.value", token.Name, value!);
        return token;
    }

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,40}\z")] private static partial Regex Name();
}
