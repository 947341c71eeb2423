using Microsoft.Extensions.Localization;

namespace Community.Themes;

/// <summary>Thrown for a theme that cannot be used: file, line (0 for the whole file) and the key of the error text.</summary>
public sealed class BrokenTheme(string file, int line, string text, params object[] arguments)
    : Exception($"{file}{(line > 0 ? ":" + line : "")}: {text} {string.Join(", ", arguments)}")
{
    /// <summary>For example <c>washi/layout.hbs</c>.</summary>
    public string File => file;
    public int Line => line;

    /// <summary>In the reader's language.</summary>
    public string In(IStringLocalizer texts) => texts[text, arguments];

    public BrokenTheme Of(string theme) => new(theme + "/" + file, line, text, arguments);

    public static int LineAt(string source, int at) => source.AsSpan(0, Math.Min(at, source.Length)).Count('\n') + 1;
}
