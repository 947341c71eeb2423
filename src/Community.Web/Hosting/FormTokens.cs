using Microsoft.AspNetCore.Antiforgery;

namespace Community.Web.Hosting;

/// <summary>
/// Refuses a request whose form token is missing or wrong. UseAntiforgery only takes a note of it, which pages and bound form fields
/// look at; an endpoint with a mere button would run.
/// </summary>
sealed class FormTokens(RequestDelegate next)
{
    public Task Invoke(HttpContext http)
    {
        if (http.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: false }) return next(http);
        // The page that says so is this request once more: it must not look for the token again.
        http.Features.Set<IAntiforgeryValidationFeature>(null);
        http.Request.Method = HttpMethods.Get;
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    }
}
