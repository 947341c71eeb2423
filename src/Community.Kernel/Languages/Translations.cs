using System.Text.Json;

namespace Community.Kernel;

/// <summary>A text that a site has in one language or in each. A column holds it as JSON: <c>{"en":"…","ja":"…"}</c>.</summary>
public sealed class Translations
{
    public static readonly Translations None = new([]);

    readonly Dictionary<string, string> texts;

    Translations(Dictionary<string, string> texts) => this.texts = texts;

    /// <summary>Made of one text for each of <see cref="Texts.Languages"/>; empty ones are left out.</summary>
    public static Translations Of(Func<string, string?> text) =>
        new(
            Texts.Languages.Select(l => (l, text(l))).Where(t => !string.IsNullOrWhiteSpace(t.Item2)).ToDictionary(t => t.l, t => t.Item2!)
        );

    public static Translations Parse(string json) =>
        json.Length == 0 ? None : new(JsonSerializer.Deserialize<Dictionary<string, string>>(json)!);

    public string ToJson() => texts.Count == 0 ? "" : JsonSerializer.Serialize(texts);

    public bool IsEmpty => texts.Count == 0;

    /// <summary>The text in exactly this language; empty for none.</summary>
    public string this[string language] => texts.GetValueOrDefault(language, "");

    /// <summary>The text for a reader: in their language, else in another, with the language that it is in; empty for none.</summary>
    public (string Language, string Text) For(string reader) =>
        texts.TryGetValue(reader, out var text) ? (reader, text)
        : texts.Count > 0 ? (texts.First().Key, texts.First().Value)
        : (reader, "");
}
