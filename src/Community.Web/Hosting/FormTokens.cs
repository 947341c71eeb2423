using Community.Kernel;
using Microsoft.AspNetCore.Antiforgery;

namespace Community.Web.Hosting;

/// <summary>
/// Refuses a request whose form token is missing or wrong. UseAntiforgery only takes a note of it, which pages and bound form fields
/// look at; an endpoint with a mere button would run.
/// </summary>
sealed class FormTokens(RequestDelegate next)
{
    /// <summary>Whatever writes asks for a token, remembered or not; what must not says so with DisableAntiforgery.</summary>
    public static void Require(EndpointBuilder endpoint)
    {
        var writes = endpoint.Metadata.OfType<HttpMethodMetadata>().SelectMany(m => m.HttpMethods).Any(m => !HttpMethods.IsGet(m) && !HttpMethods.IsHead(m));
        if (writes && !endpoint.Metadata.OfType<IAntiforgeryMetadata>().Any()) endpoint.Metadata.Add(new RequireAntiforgeryTokenAttribute());
    }

    public async Task Invoke(HttpContext http)
    {
        if (http.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: false }) { await next(http); return; }
        // The page that says so is this request once more: it must not look for the token again. Nor is the form to be read while it stands.
        http.Features.Set<IAntiforgeryValidationFeature>(null);
        await Unsent.Keep(http);
        http.Request.Method = HttpMethods.Get;
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
    }
}
