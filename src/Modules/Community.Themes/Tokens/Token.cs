namespace Community.Themes;

public enum TokenType { Color, Length, Number, Font, Image, Choice }

/// <summary>A design token: one CSS custom property that a theme names and a site may set.</summary>
/// <param name="Name">Without the leading <c>--</c>.</param>
/// <param name="Default">The theme's value; checked when the theme was read.</param>
/// <param name="Dark">Its value in the dark scheme; null where it is the same.</param>
/// <param name="Min">Minimum length or number, as it would be written.</param>
public sealed record Token(
    string Name,
    TokenType Type,
    string Default,
    string? Dark,
    LocalizedText Label,
    string? Min,
    string? Max,
    IReadOnlyList<TokenOption> Options
)
{
    /// <summary>True if the dark scheme has its own value.</summary>
    public bool HasSchemes => Dark is not null;

    /// <summary>The name under which a site stores its value for the dark scheme.</summary>
    public static string DarkOf(string name) => name + "@dark";
}

public sealed record TokenOption(string Value, LocalizedText Label);
