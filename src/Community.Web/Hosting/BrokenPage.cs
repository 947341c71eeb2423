using System.Net;
using System.Text;
using Community.Kernel;
using Community.Themes;
using Community.Web.Frame;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Web.Hosting;

/// <summary>
/// What a reader sees when a request fails: the theme's frame and a few sentences, like any page, but written without a database
/// and without the renderer, because either may be what failed.
/// </summary>
static class BrokenPage
{
    public static ExceptionHandlerOptions Options => new()
    {
        ExceptionHandler = Write,
        StatusCodeSelector = error => error switch
        {
            BadHttpRequestException bad => bad.StatusCode,
            Refused => StatusCodes.Status403Forbidden,
            // Two users changed the same row at the same time; the first change is kept.
            DbUpdateConcurrencyException => StatusCodes.Status409Conflict,
            _ when Failures.IsPassing(error) => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status500InternalServerError,
        },
        // An aborted request is not our error, and a refusal is a normal answer.
        SuppressDiagnosticsCallback = context =>
            context.Exception is Refused || context.HttpContext.RequestAborted.IsCancellationRequested,
    };

    static Task Write(HttpContext http)
    {
        var services = http.RequestServices;
        var site = services.GetRequiredService<Site>();
        // The headers set so far were cleared with the failed response.
        SecurityHeaders.Set(http);
        LanguageMiddleware.Set(http, site);
        http.Response.Headers.CacheControl = "no-store";
        if (http.Response.StatusCode == StatusCodes.Status503ServiceUnavailable) http.Response.Headers.RetryAfter = "30";
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync(Html(http, services, site));
    }

    static string Html(HttpContext http, IServiceProvider services, Site site)
    {
        var texts = services.GetRequiredService<IStringLocalizer>();
        var (key, number) = ProblemPage.TextsOf(http.Response.StatusCode);
        var theme = services.GetRequiredService<ThemeStore>().Get(site.Theme);
        var values = FrameValuesOf.Request(
            http,
            site,
            ThemeSettings.Of(site),
            // The database may be what failed, so the menu comes without the site's own choices.
            services.GetRequiredService<Menus>().Declared(MenuPlace.Site, http.User),
            texts
        ) with
        {
            PageKind = "problem",
        };
        var html = new StringBuilder();
        foreach (var segment in theme.Frame(values))
            html.Append(
                segment.Html
                    ?? segment.Slot switch
                    {
                        "head" => Head(
                            services.GetRequiredService<Assets>(),
                            texts[key + ".title"],
                            $"/theme.css?v={theme.Version}-{site.Version}"
                        ),
                        "body" => Body(texts, key, Sentence(http, texts, key), number ? http.TraceIdentifier : null),
                        _ => "",
                    }
            );
        return html.ToString();
    }

    static string Head(Assets files, string title, string theme) =>
        $"""
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
            <link rel="stylesheet" href="{Encode(files.Url("/community.css"))}"><link rel="stylesheet" href="{Encode(
                theme
            )}"><title>{Encode(title)}</title>
            """;

    static string Sentence(HttpContext http, IStringLocalizer texts, string key) =>
        http.Features.Get<IExceptionHandlerFeature>()?.Error is Refused refused ? refused.In(texts) : texts[key + ".text"];

    static string Body(IStringLocalizer texts, string key, string sentence, string? number) => $"""
        <section class="stack"><h1>{Encode(texts[key + ".title"])}</h1><p>{Encode(sentence)}</p>
        {(number is null ? "" : $"<p class=\"muted\">{Encode(texts["web.problem.number", number])}</p>")}
        <p><a class="button" href="/">{Encode(texts["web.problem.home"])}</a></p></section>
        """;

    static string Encode(string text) => WebUtility.HtmlEncode(text);

    /// <summary>The last resort, if no site is known yet or the page above failed too.</summary>
    public static async Task Last(HttpContext http, RequestDelegate next)
    {
        try { await next(http); }
        catch (Exception error) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            http.RequestServices.GetRequiredService<ILoggerFactory>()
                .CreateLogger(typeof(BrokenPage))
                .LogError(error, "A request could not be answered at all");
            http.Response.Clear();
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            http.Response.Headers.RetryAfter = "10";
            http.Response.Headers.CacheControl = "no-store";
            http.Response.ContentType = "text/plain; charset=utf-8";
            await http.Response.WriteAsync(
                "Something broke on our side. Please try again in a moment.\nこちらの不具合でページを表示できません。しばらくしてからもう一度お試しください。\n"
            );
        }
    }
}
