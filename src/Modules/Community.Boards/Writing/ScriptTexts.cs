using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>
/// What a script of a form says, for an attribute: <c>name=text|name=text</c>. JSON would take three times the octets there, as each of
/// its quotation marks is written in six, and put together at each page it would take as much memory as a post.
/// </summary>
/// <param name="said">The name in the script, and the key of the text.</param>
sealed class ScriptTexts(params (string Name, string Key)[] said)
{
    readonly ConcurrentDictionary<string, string> byLanguage = new();

    /// <summary>In the reader's language.</summary>
    public string Of(IStringLocalizer texts) =>
        byLanguage.GetOrAdd(
            CultureInfo.CurrentUICulture.TwoLetterISOLanguageName,
            _ => string.Join('|', said.Select(s => $"{s.Name}={texts[s.Key].Value}")));
}
