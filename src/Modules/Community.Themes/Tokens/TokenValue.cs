using System.Globalization;
using System.Text.RegularExpressions;

namespace Community.Themes;

/// <summary>
/// Validates a value by the type of its token before it is written into a style sheet. Each type has one form, written out below;
/// nothing is escaped or repaired, so nothing can slip through.
/// </summary>
public static partial class TokenValue
{
    const int MaxLength = 400;

    /// <summary>The key of the error text and its arguments; null if the value is valid.</summary>
    /// <param name="hasFile">Whether the theme has a file, such as <c>images/paper.svg</c>.</param>
    public static (string Text, object[] Arguments)? Wrong(Token token, string value, Func<string, bool> hasFile)
    {
        if (value.Length > MaxLength) return ("themes.value.long", [MaxLength]);
        return token.Type switch
        {
            TokenType.Color => Color().IsMatch(value) ? null : ("themes.value.color", []),
            TokenType.Length => Length().IsMatch(value) ? OutOfRange(token, value) : ("themes.value.length", []),
            TokenType.Number => Number().IsMatch(value) ? OutOfRange(token, value) : ("themes.value.number", []),
            TokenType.Font => Font().IsMatch(value) ? null : ("themes.value.font", []),
            TokenType.Image => value == "none" || Logo.Uploaded().IsMatch(value) || (ImageFile().IsMatch(value) && hasFile(value))
                ? null
                : ("themes.value.image", []),
            TokenType.Choice => token.Options.Any(o => o.Value == value) ? null : ("themes.value.choice", []),
            _ => throw new InvalidOperationException(token.Type.ToString()),
        };
    }

    static (string, object[])? OutOfRange(Token token, string value) =>
        (token.Min is { } min && Pixels(value) < Pixels(min)) || (token.Max is { } max && Pixels(value) > Pixels(max))
            ? ("themes.value.range", [token.Min ?? "–", token.Max ?? "–"]) : null;

    /// <summary>A number, or a length in pixels at the browser's usual text size.</summary>
    public static double Pixels(string value)
    {
        var number = double.Parse(NumberPart().Match(value).Value, CultureInfo.InvariantCulture);
        return value.EndsWith("em", StringComparison.Ordinal) ? number * 16 : number;
    }

    /// <summary>Allowed in an option of a choice: parts of a shadow, a size, a keyword.</summary>
    public static bool IsPlain(string value) =>
        value.Length <= MaxLength
        && Plain().IsMatch(value)
        && !value.Contains("/*")
        && !value.Contains("url(")
        && value.Count(c => c == '(') == value.Count(c => c == ')');

    [GeneratedRegex(@"^#[0-9A-Fa-f]{6}\z")]
    private static partial Regex Color();

    [GeneratedRegex(@"^[0-9]{1,4}(\.[0-9]{1,4})?(px|rem|em)\z")]
    private static partial Regex Length();

    [GeneratedRegex(@"^[0-9]{1,4}(\.[0-9]{1,4})?\z")]
    private static partial Regex Number();

    [GeneratedRegex(@"^[0-9.]+")]
    private static partial Regex NumberPart();

    [GeneratedRegex(
        """^(?:"[\p{L}\p{M}\p{N} ._-]{1,60}"|-?[A-Za-z][A-Za-z0-9-]{0,40})(?: ?, ?(?:"[\p{L}\p{M}\p{N} ._-]{1,60}"|-?[A-Za-z][A-Za-z0-9-]{0,40})){0,19}\z"""
    )]
    private static partial Regex Font();

    [GeneratedRegex(@"^images/[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*\.(?:svg|png|jpg|jpeg|webp|avif|gif)\z")]
    private static partial Regex ImageFile();

    [GeneratedRegex(@"^[A-Za-z0-9 #.,%()/-]+\z")]
    private static partial Regex Plain();
}
