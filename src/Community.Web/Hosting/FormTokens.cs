using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components.Endpoints;

namespace Community.Web.Hosting;

/// <summary>
/// Does not let a form act whose token is missing or wrong. UseAntiforgery only takes a note of it, which pages and bound form fields
/// look at; an endpoint with a mere button would run. Sent from another site it is refused. Else the reader lost a cookie, or signed in or
/// out in another window meanwhile: a page is shown anew with what was typed and a new token, and calls no handler
/// (<see cref="StaleForm"/>).
/// </summary>
sealed class FormTokens(RequestDelegate next)
{
    /// <summary>Whatever writes asks for a token, remembered or not; what must not says so with DisableAntiforgery.</summary>
    public static void Require(EndpointBuilder endpoint)
    {
        var writes = endpoint
            .Metadata.OfType<HttpMethodMetadata>()
            .SelectMany(m => m.HttpMethods)
            .Any(m => !HttpMethods.IsGet(m) && !HttpMethods.IsHead(m));
        if (writes && !endpoint.Metadata.OfType<IAntiforgeryMetadata>().Any())
            endpoint.Metadata.Add(new RequireAntiforgeryTokenAttribute());
    }

    public Task Invoke(HttpContext http)
    {
        if (http.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: false }) return next(http);
        // The page that says so is this request once more: it must not look for the token again. Nor is the form to be read while it
        // stands.
        http.Features.Set<IAntiforgeryValidationFeature>(null);
        // A body that is no form has no fields to show, and the framework would read it all the same.
        if (!http.Request.HasFormContentType || IsFromElsewhere(http.Request)) return Refuse(http);
        if (http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null) return ShowAnew(http);
        // What the button is for is so already: signing out, when that was done in another window.
        if (http.User.Identity?.IsAuthenticated != true && http.GetEndpoint()?.Metadata.GetMetadata<DoneForVisitors>() is { } done)
        {
            http.RequestServices.GetRequiredService<Flash>().SayTo(null, done.Says);
            http.Response.Redirect(done.LeadsTo);
            return Task.CompletedTask;
        }
        return Refuse(http);
    }

    Task ShowAnew(HttpContext http)
    {
        http.Features.Set<IAntiforgeryValidationFeature>(new Unchecked());
        http.Features.Set(StaleForm.Value);
        // Who does not even say where it comes from is told in no better way than who forged it.
        http.Response.StatusCode =
            http.Request.Headers["Sec-Fetch-Site"] == "same-origin"
                ? StatusCodes.Status422UnprocessableEntity
                : StatusCodes.Status400BadRequest;
        http.Response.Headers.CacheControl = "no-store";
        return next(http);
    }

    static async Task Refuse(HttpContext http)
    {
        await RejectedInput.Keep(http);
        http.Request.Method = HttpMethods.Get;
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
    }

    static bool IsFromElsewhere(HttpRequest request) =>
        Visit.IsFromElsewhere(request)
        || (request.Headers.Origin.ToString() is { Length: > 0 } origin && origin != $"{request.Scheme}://{request.Host}");

    /// <summary>Lets the framework read the form. What keeps it from acting is <see cref="StaleForm"/>.</summary>
    sealed class Unchecked : IAntiforgeryValidationFeature
    {
        public bool IsValid => true;
        public Exception? Error => null;
    }
}
