using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>The options of every cookie that a site sets by itself: not for scripts, and only sent back to the site.</summary>
public static class SiteCookie
{
    /// <summary>Holds the language that a reader chose; it goes before the member's and the site's.</summary>
    public const string Language = "language";

    /// <summary>How long a browser keeps what its reader chose, such as the language.</summary>
    public static readonly TimeSpan Preference = TimeSpan.FromDays(365);

    /// <param name="http">The request that it answers.</param>
    /// <param name="lifetime">How long the browser keeps it; null until it is closed.</param>
    /// <param name="sameSite">Whether it is sent when a link on another site leads here.</param>
    public static CookieOptions Options(HttpContext http, TimeSpan? lifetime, SameSiteMode sameSite = SameSiteMode.Lax) => new()
    {
        MaxAge = lifetime,
        HttpOnly = true,
        SameSite = sameSite,
        Secure = http.Request.IsHttps || CookieNames.AreBoundToHost(http.RequestServices.GetRequiredService<IConfiguration>()),
        IsEssential = true,
    };
}
