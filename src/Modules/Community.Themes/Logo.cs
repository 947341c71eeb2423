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

    [GeneratedRegex(@"^/files/[0-9a-f]{64}\.(jpg|png|webp|gif)\z")]
    internal static partial Regex Uploaded();
}
