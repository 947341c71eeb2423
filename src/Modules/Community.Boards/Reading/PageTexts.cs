using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The words that each post of a page has, looked up once: a text is a new object each time that it is asked for.</summary>
sealed class PageTexts(IStringLocalizer texts)
{
    readonly Dictionary<string, string> known = [];

    public string this[string key] => known.TryGetValue(key, out var text) ? text : known[key] = texts[key].Value;
}
