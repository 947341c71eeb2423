using System.Globalization;
using Community.Kernel;

namespace Community.Web.Hosting;

/// <summary>The language of a request: the reader's choice (cookie), the member's profile (claim), the site's own.</summary>
sealed class LanguageMiddleware(RequestDelegate next)
{
    public Task Invoke(HttpContext http, Site site)
    {
        Set(http, site);
        return next(http);
    }

    public static void Set(HttpContext http, Site site)
    {
        var language = LanguageOf(http, site);
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = Texts.CultureOf(language);
        http.Response.Headers.ContentLanguage = language;
    }

    public static string LanguageOf(HttpContext http, Site site) =>
        Known(http.Request.Cookies[SiteCookie.Language], site)
        ?? Known(http.User.FindFirst(MemberClaim.Locale)?.Value, site)
        ?? site.Culture;

    static string? Known(string? language, Site site) => language is not null && site.Languages.Contains(language) ? language : null;
}
