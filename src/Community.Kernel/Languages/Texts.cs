using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Localization;

namespace Community.Kernel;

/// <summary>
/// The product's texts: one JSON file per module and language (<c>Texts/en.json</c>), with keys such as <c>boards.reply</c>.
/// <c>{0}</c> is replaced by an argument. A key that ends in <c>.one</c> is the singular, see <see cref="TextExtensions.Count"/>.
/// </summary>
public sealed class Texts : IStringLocalizer
{
    /// <summary>The available languages; the first is the fall-back.</summary>
    public static readonly IReadOnlyList<string> Languages = ["en", "ja"];

    /// <summary>How numbers and dates are written in a language: American and Japanese.</summary>
    public static CultureInfo CultureOf(string language) => cultures.GetValueOrDefault(language, cultures[Languages[0]]);

    static readonly Dictionary<string, CultureInfo> cultures = new()
    {
        ["en"] = CultureInfo.GetCultureInfo("en-US"),
        ["ja"] = CultureInfo.GetCultureInfo("ja-JP"),
    };

    readonly Dictionary<string, Dictionary<string, LocalizedString>> byLanguage;

    public Texts(ModuleList modules) => byLanguage = Languages.ToDictionary(l => l, l =>
        modules.All.Select(m => m.Assembly).Append(typeof(Texts).Assembly).Distinct()
            .SelectMany(a => Read(a, l)).ToDictionary(p => p.Key, p => new LocalizedString(p.Key, p.Value)));

    /// <summary>The texts of one assembly in one language.</summary>
    public static IReadOnlyDictionary<string, string> Read(System.Reflection.Assembly assembly, string language)
    {
        var name = assembly.GetManifestResourceNames().FirstOrDefault(n => n.EndsWith($".Texts.{language}.json", StringComparison.Ordinal));
        if (name is null) return new Dictionary<string, string>();
        using var stream = assembly.GetManifestResourceStream(name)!;
        return JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!;
    }

    public LocalizedString this[string name] => In(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName, name);

    public LocalizedString this[string name, params object[] arguments] =>
        new(name, Fill(CultureInfo.CurrentCulture, this[name].Value, arguments));

    /// <summary>The same with a number, for long lists.</summary>
    internal string Fill(string name, long number) =>
        string.Format(CultureInfo.CurrentCulture, this[name].Value, new Number(number));

    internal static string Fill(CultureInfo culture, string text, object[] arguments) =>
        string.Format(culture, text, Array.ConvertAll(arguments, Said));

    /// <summary>
    /// Numbers get separators (12,345), unless the placeholder has its own format: <c>#{0:D}</c>. Names and titles leave the words around
    /// them where they are.
    /// </summary>
    static object Said(object argument) => argument switch
    {
        int n => new Number(n),
        long n => new Number(n),
        string words => Characters.Isolated(words),
        _ => argument,
    };

    readonly record struct Number(long Value) : IFormattable
    {
        public string ToString(string? format, IFormatProvider? provider) =>
            Value.ToString(string.IsNullOrEmpty(format) ? "N0" : format, provider);
    }

    public LocalizedString In(string language, string name) =>
        byLanguage.TryGetValue(language, out var texts) && texts.TryGetValue(name, out var text) ? text
        : byLanguage[Languages[0]].TryGetValue(name, out text) ? text
        : new(name, name, resourceNotFound: true);

    public IEnumerable<LocalizedString> GetAllStrings(bool includeParentCultures) =>
        byLanguage[Languages[0]].Keys.Select(k => this[k]);
}

public static class TextExtensions
{
    /// <summary>"1 reply", "2 replies": key + <c>.one</c> or <c>.other</c>, with the number as {0}.</summary>
    public static string Count(this IStringLocalizer texts, string key, long n)
    {
        var (one, other) = forms.GetOrAdd(key, k => (k + ".one", k + ".other"));
        var name = n == 1 ? one : other;
        return texts is Texts own ? own.Fill(name, n) : texts[name, n];
    }

    static readonly ConcurrentDictionary<string, (string One, string Other)> forms = new();

    /// <summary>A text in another person's language, such as that of an e-mail's recipient.</summary>
    public static string In(this IStringLocalizer texts, string language, string key, params object[] arguments) =>
        Texts.Fill(CultureInfo.GetCultureInfo(language), ((Texts)texts).In(language, key).Value, arguments);
}
