using Community.Kernel;
using Community.Web.Rendering;
using Microsoft.AspNetCore.Components.Endpoints;

namespace Community.Web.Hosting;

/// <summary>Stands among a request's features if it sent a form that its page, as things stand now, does not show.</summary>
sealed record GoneForm;

/// <summary>
/// A page opened some time ago may hold a form that the same page has no longer: the mailing was reserved, the topic closed, by
/// somebody else or in another window. The answer is a page that says so, gives the words back and leads to the present state; or, where
/// nothing was written and the page leads elsewhere by itself, the way there.
/// </summary>
sealed class FormGone(RequestDelegate next)
{
    /// <summary>Stands among a request's features if its page has not the form that was sent.</summary>
    sealed record Refused;

    /// <summary>
    /// Says that the page has not the form that was sent. Where the page leads elsewhere stands in the answer's Location.
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
        // What it was about may be gone altogether.
        else if (http.Response.StatusCode == StatusCodes.Status404NotFound && HttpMethods.IsPost(http.Request.Method)
            && http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null) await RejectedInput.Keep(http);
    }

    static async Task Explain(HttpContext http)
    {
        // The page that says so is this request once more.
        http.Features.Set<Refused>(null);
        var (response, elsewhere) = (http.Response, http.Response.Headers.Location);
        response.Headers.Location = default;
        // It names no form at all: no page of ours sent that.
        if (!http.Request.Form.ContainsKey(PageEndpoints.FormField)) return;
        if (!await RejectedInput.Keep(http) && elsewhere.Count > 0)
        {
            (response.StatusCode, response.Headers.Location) = (StatusCodes.Status303SeeOther, elsewhere);
            return;
        }
        http.Features.Set(new GoneForm());
        response.StatusCode = StatusCodes.Status409Conflict;
    }
}
