using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components.Endpoints;

namespace Community.Web.Hosting;

/// <summary>
/// Stops a form whose token is missing or invalid. UseAntiforgery only records the result, which pages and bound form fields
/// check; an endpoint for a mere button would run. From another site it is refused. Otherwise the reader lost a cookie, or signed in or
/// out in another window: the page is shown again with the input and a new token, and calls no handler
/// (<see cref="StaleForm"/>).
/// </summary>
sealed class FormTokens(RequestDelegate next)
{
    /// <summary>Makes every endpoint that writes require a token by default; exceptions use DisableAntiforgery.</summary>
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
        // The error page re-executes this request and must not check the token again. Nor can the form be read while this feature
        // is set.
        http.Features.Set<IAntiforgeryValidationFeature>(null);
        // A body that is not a form has no fields to show, but the framework would read it anyway.
        if (!http.Request.HasFormContentType || IsFromElsewhere(http.Request)) return Refuse(http);
        if (http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null) return ShowAnew(http);
        // The button's effect already holds: for example signing out, if that was done in another window.
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
        // A client that does not prove its origin gets the same status as a forged request.
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

    /// <summary>Lets the framework read the form. <see cref="StaleForm"/> keeps it from being processed.</summary>
    sealed class Unchecked : IAntiforgeryValidationFeature
    {
        public bool IsValid => true;
        public Exception? Error => null;
    }
}
