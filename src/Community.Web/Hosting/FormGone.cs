using Community.Kernel;
using Community.Web.Rendering;
using Microsoft.AspNetCore.Components.Endpoints;

namespace Community.Web.Hosting;

/// <summary>A request feature that marks a form that its page no longer shows.</summary>
sealed record GoneForm;

/// <summary>
/// A page opened some time ago may contain a form that the page no longer has: the mailing was scheduled, the topic closed, by
/// somebody else or in another window. The response is a page that says so, gives the texts back and links to the current state; or, if
/// no text was entered and the page itself redirects, that redirect; of a link from an e-mail its own page.
/// </summary>
sealed class FormGone(RequestDelegate next)
{
    /// <summary>A request feature that marks a form that its page does not have.</summary>
    sealed record Refused;

    /// <summary>
    /// Reports that the page does not have the submitted form. If the page redirects, the target is in the response's Location header.
    /// </summary>
    public static void Refuse(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        http.Features.Set(new Refused());
    }

    public async Task Invoke(HttpContext http)
    {
        await next(http);
        if (http.Features.Get<Refused>() is not null) await Explain(http);
        // The form's subject may be gone altogether.
        else if (http.Response.StatusCode == StatusCodes.Status404NotFound && HttpMethods.IsPost(http.Request.Method)
            && http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null) await RejectedInput.Keep(http);
    }

    static async Task Explain(HttpContext http)
    {
        // The error page re-executes this request.
        http.Features.Set<Refused>(null);
        var (response, elsewhere) = (http.Response, http.Response.Headers.Location);
        response.Headers.Location = default;
        // Without a form name it was not sent by one of our pages.
        if (!http.Request.Form.ContainsKey(PageEndpoints.FormField)) return;
        // The page of a link from an e-mail says best what became of it: pressed twice, or on the telephone after the computer.
        if (elsewhere.Count == 0 && http.Features.Get<SecretAddress.Kept>() is not null)
            elsewhere = http.Request.Path + http.Request.QueryString.Value;
        if (!await RejectedInput.Keep(http) && elsewhere.Count > 0)
        {
            (response.StatusCode, response.Headers.Location) = (StatusCodes.Status303SeeOther, elsewhere);
            return;
        }
        http.Features.Set(new GoneForm());
        response.StatusCode = StatusCodes.Status409Conflict;
    }
}
