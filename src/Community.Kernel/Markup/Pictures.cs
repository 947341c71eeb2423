using System.Globalization;
using System.Text.RegularExpressions;

namespace Community.Kernel;

/// <summary>
/// Which pictures a text may show. A reader's browser loads a picture by itself with the reader's cookies: if external, a stranger's
/// server would learn who reads; with any URL of this site, the writer could open pages in the reader's name. So only files of the site
/// and pictures of themes are allowed, whose URLs have no side effects.
/// </summary>
static partial class Pictures
{
    /// <summary>A page shows some twenty-five texts, and each picture is a request: any more in one text become links.</summary>
    public const int Max = 20;

    public static bool IsShown(string url) => File().IsMatch(url) || OfTheme().IsMatch(url) || Posted().IsMatch(url);

    /// <summary>The size of a picture that was uploaded for a post, which its address tells; null for other pictures.</summary>
    public static (int Width, int Height)? SizeOf(string url) =>
        Posted().Match(url) is { Success: true } match
            ? (Number(match.Groups[1]), Number(match.Groups[2]))
            : null;

    static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    // Who may see it is asked when it is loaded. A size that somebody has made up leaves a wrong room on the page until then.
    [GeneratedRegex(@"^/files/[a-z2-7]{26}-([1-9][0-9]{0,3})x([1-9][0-9]{0,3})\z")]
    private static partial Regex Posted();

    [GeneratedRegex(@"^/files/[0-9a-f]{64}\.(?:jpg|png|webp|gif)\z")]
    private static partial Regex File();

    // A file path in a theme's folder. Without "..", percent or backslash it cannot escape the folder.
    [GeneratedRegex(@"^/themes/[a-z][a-z0-9-]{0,30}/images/[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*\.[a-z0-9]+(?:\?v=[0-9a-zA-Z]+)?\z")]
    private static partial Regex OfTheme();
}
