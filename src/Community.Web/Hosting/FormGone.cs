using Community.Kernel;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http.Features;

namespace Community.Web.Hosting;

/// <summary>Stands among a request's features if it sent a form that its page, as things stand now, does not show.</summary>
sealed record GoneForm;

/// <summary>
/// A page opened some time ago may hold a form that the same page has no longer: the mailing was reserved, the topic closed, by
/// somebody else or in another window. The framework answers that with a line of plain text. Here it becomes a page that says so,
/// gives the words back and leads to the present state; or, where nothing was written and the page leads elsewhere by itself, the way
/// there.
/// </summary>
sealed class FormGone(RequestDelegate next)
{
    public async Task Invoke(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method) || http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is null)
        {
            await next(http);
            return;
        }
        using var answer = new MemoryStream();
        if (await Refused(http, answer)) await Explain(http);
        // The framework renders the page also where it leads on: of what it showed nothing leaves.
        else if (answer.Length > 0 && http.Response.StatusCode is not (>= 300 and < 400))
        {
            answer.Position = 0;
            await answer.CopyToAsync(http.Response.Body, http.RequestAborted);
        }
        // What it was about may be gone altogether.
        else if (http.Response.StatusCode == StatusCodes.Status404NotFound) await RejectedInput.Keep(http);
    }

    // The line is written when the page is rendered, so the answer is held back until it is known. No page of ours answers a form in plain
    // text.
    async Task<bool> Refused(HttpContext http, MemoryStream answer)
    {
        var body = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        try
        {
            var held = new StreamResponseBodyFeature(answer);
            http.Features.Set<IHttpResponseBodyFeature>(held);
            await next(http);
            await held.CompleteAsync();
        }
        finally { http.Features.Set(body); }
        return http.Response is { StatusCode: StatusCodes.Status400BadRequest, ContentType: "text/plain" };
    }

    static async Task Explain(HttpContext http)
    {
        var (response, elsewhere) = (http.Response, http.Response.Headers.Location);
        (response.ContentType, response.Headers.Location) = (null, default);
        // It names no form at all: no page of ours sent that.
        if (!http.Request.Form.ContainsKey("_handler")) return;
        if (!await RejectedInput.Keep(http) && elsewhere.Count > 0)
        {
            (response.StatusCode, response.Headers.Location) = (StatusCodes.Status303SeeOther, elsewhere);
            return;
        }
        http.Features.Set(new GoneForm());
        response.StatusCode = StatusCodes.Status409Conflict;
    }
}
