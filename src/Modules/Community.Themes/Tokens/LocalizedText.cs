namespace Community.Themes;

/// <summary>A text of a theme, by language.</summary>
public sealed class LocalizedText(IReadOnlyDictionary<string, string> byLanguage)
{
    public static readonly LocalizedText None = new(new Dictionary<string, string>());

    /// <summary>The text in this language, else in English, else in any language.</summary>
    public string In(string language) =>
        byLanguage.TryGetValue(language, out var words) || byLanguage.TryGetValue("en", out words)
            ? words
            : byLanguage.Values.FirstOrDefault() ?? "";
}
