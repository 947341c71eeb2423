using System.Text.RegularExpressions;

namespace Community.Kernel;

/// <summary>
/// Which pictures a text shows. A reader's browser asks for a picture by itself and in the reader's name: from elsewhere, a stranger's
/// server would learn who reads; from any address of this site, the writer would open pages for the reader. So it is a file of the site
/// or a picture of a theme, whose addresses change nothing.
/// </summary>
static partial class Pictures
{
    /// <summary>A page shows some twenty-five texts, and each picture is a request: more than these in one are links.</summary>
    public const int Max = 20;

    public static bool IsShown(string url) => File().IsMatch(url) || OfTheme().IsMatch(url);

    [GeneratedRegex(@"^/files/[0-9a-f]{64}\.(?:jpg|png|webp|gif)\z")]
    private static partial Regex File();

    // The form of a file's name in a theme's folder: without "..", percent or backslash nothing leads out of it.
    [GeneratedRegex(@"^/themes/[a-z][a-z0-9-]{0,30}/images/[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*\.[a-z0-9]+(?:\?v=[0-9a-zA-Z]+)?\z")]
    private static partial Regex OfTheme();
}
