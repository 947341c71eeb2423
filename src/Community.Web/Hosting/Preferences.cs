using Community.Kernel;
using Community.Members;

namespace Community.Web.Hosting;

/// <summary>A reader's preferences for this browser: language and light or dark. Neither identifies the reader.</summary>
static class Preferences
{
    public const string Scheme = "scheme";
    public static readonly string[] Schemes = ["auto", "light", "dark"];

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(
            "/language/{code}",
            (string code, string? back, HttpContext http, Site site) => Remember(http, SiteCookie.Language, code, site.Languages, back)
        ).WithMetadata(new WithoutSecondFactorAttribute());
        app.MapGet("/scheme/{code}", (string code, string? back, HttpContext http) => Remember(http, Scheme, code, Schemes, back))
            .WithMetadata(new WithoutSecondFactorAttribute());
    }

    static IResult Remember(HttpContext http, string name, string value, IReadOnlyList<string> allowed, string? back)
    {
        if (!allowed.Contains(value))
            return Results.NotFound();
        if (Visit.MayChoose(http))
            http.Response.Cookies.Append(name, value, SiteCookie.Options(http, SiteCookie.Preference));
        return Results.LocalRedirect(LocalUrl.Or(back, "/"));
    }
}
