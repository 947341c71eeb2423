using System.Text.RegularExpressions;

namespace Community.Themes;

/// <summary>The site's logo: a picture of its theme (<c>images/leaf.svg</c>) or one that was uploaded (<c>/files/…</c>).</summary>
public static partial class Logo
{
    /// <summary>Its name among a site's tokens.</summary>
    public const string Token = "logo";

    /// <summary>Its URL; empty if the site has no logo, or one that its theme does not contain.</summary>
    public static string UrlFor(Theme theme, IReadOnlyDictionary<string, string> tokens) =>
        !tokens.TryGetValue(Token, out var value) ? ""
        : Uploaded().IsMatch(value) ? value
        : theme.Files.ContainsKey(value) ? theme.UrlOf(value)
        : "";

    /// <summary>
    /// Its URL in e-mails, where programs show no SVG and some no WebP: the picture itself, or that of the same name as PNG beside it in
    /// the theme, which is made for a white ground. Null if there is none; the site's name stands there then.
    /// </summary>
    public static string? InMail(Theme theme, IReadOnlyDictionary<string, string> tokens)
    {
        if (!tokens.TryGetValue(Token, out var value)) return null;
        if (Beside(theme, value) is { } other) return theme.UrlOf(other);
        return UrlFor(theme, tokens) is { Length: > 0 } url && IsShownInMail(value) ? url : null;
    }

    /// <summary>Whether mail programs show pictures of this format.</summary>
    public static bool IsShownInMail(string file) => Shown().IsMatch(file);

    /// <summary>The PNG of the same name, of a picture of the theme in another format; null if there is none.</summary>
    public static string? Beside(Theme theme, string file)
    {
        var other = Path.ChangeExtension(file, ".png");
        return other != file && theme.Files.ContainsKey(file) && theme.Files.ContainsKey(other) ? other : null;
    }

    [GeneratedRegex(@"\.(png|jpg|gif)\z")]
    private static partial Regex Shown();

    [GeneratedRegex(@"^/files/[0-9a-f]{64}\.(jpg|png|webp|gif)\z")]
    internal static partial Regex Uploaded();
}
