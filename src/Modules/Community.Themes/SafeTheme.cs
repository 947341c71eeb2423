using Community.Kernel;
using Microsoft.AspNetCore.Http;

namespace Community.Themes;

/// <summary>
/// The way back from a theme that hides the page: <c>?safe-theme=1</c> shows the built-in theme to whoever may choose themes.
/// </summary>
public static class SafeTheme
{
    public const string Query = "safe-theme", Name = "plain";

    public static bool IsAsked(HttpContext http, May may) =>
        http.Request.Query[Query] == "1" && may.Do(http.User, ThemesPermissions.Choose);
}
