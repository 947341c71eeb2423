using System.Collections.Concurrent;
using System.Globalization;
using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The words that each post of a page has, looked up once; those with a number are written without a string each.</summary>
sealed class PageTexts(IStringLocalizer texts)
{
    /// <summary>A part of a text: words, or the place of an argument.</summary>
    readonly record struct Piece(string Words, int Argument, bool Plain);

    static readonly ConcurrentDictionary<string, Piece[]> pieces = new();

    readonly Dictionary<string, string> known = [];

    public string this[string key] => known.TryGetValue(key, out var text) ? text : known[key] = texts[key].Value;

    /// <summary>The text with a number as <c>{0}</c>, or with a name as <c>{0}</c> and the number as <c>{1}</c>.</summary>
    public MarkupString Of(string key, int number, string? name = null)
    {
        var written = default(MarkupString);
        foreach (var piece in pieces.GetOrAdd(this[key], Cut))
            written = piece switch
            {
                { Argument: < 0 } => Html.Of($"{written}{piece.Words}"),
                { Argument: 0 } when name is not null => Html.Of($"{written}{name}"),
                // Only long ones have separators.
                { Plain: false } when number > 999 => Html.Of($"{written}{number.ToString("N0", CultureInfo.CurrentCulture)}"),
                _ => Html.Of($"{written}{number}"),
            };
        return written;
    }

    static Piece[] Cut(string text)
    {
        var found = new List<Piece>();
        for (var from = 0; from < text.Length;)
        {
            var open = text.IndexOf('{', from);
            if (open != from) found.Add(new(open < 0 ? text[from..] : text[from..open], -1, false));
            if (open < 0) break;
            var close = text.IndexOf('}', open);
            found.Add(new("", text[open + 1] - '0', text[open..close].EndsWith(":D", StringComparison.Ordinal)));
            from = close + 1;
        }
        return [.. found];
    }
}
