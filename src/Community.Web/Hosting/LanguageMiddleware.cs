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
        var language = new[] { http.Request.Cookies[Preferences.Language], http.User.FindFirst("locale")?.Value, site.Culture }
            .First(l => l is not null && Texts.Languages.Contains(l))!;
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language == "ja" ? "ja-JP" : "en-US");
        http.Response.Headers.ContentLanguage = language;
    }
}
