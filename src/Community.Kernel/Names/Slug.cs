namespace Community.Kernel;

/// <summary>A name in URLs and recipes: letters a–z, digits and hyphens, beginning with a letter.</summary>
public static class Slug
{
    public const int MinLength = 2, MaxLength = 30;

    public static bool Is(string? text, int min = MinLength, int max = MaxLength) =>
        text is not null
        && text.Length >= min
        && text.Length <= max
        && char.IsAsciiLetterLower(text[0])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
