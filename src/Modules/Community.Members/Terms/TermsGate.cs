using Community.Kernel;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

/// <summary>
/// Open to members who have not agreed to the terms: signing out, the texts themselves, their own data, and what reading needs. Used as an
/// attribute of a page, or as endpoint metadata.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WithoutTermsAttribute : Attribute;

/// <summary>
/// Asks members for the terms that they have not agreed to. The first page that they open is <see cref="AgreePage"/>; from there they may
/// go on reading, and what they send is turned back, with what they wrote, until they agree. Staff are asked too and never stopped: the
/// site's work goes on.
/// </summary>
public static class TermsGate
{
    /// <summary>A request feature: the request was stopped here.</summary>
    public sealed record Stopped(string Url);

    /// <summary>The cookie that remembers which versions the question was shown for.</summary>
    public const string Cookie = "terms";

    public static async Task Ask(HttpContext http, RequestDelegate next)
    {
        if (http.RequestServices.GetRequiredService<Sessions>().Standing is not { } standing
            || http.GetEndpoint() is not { } endpoint
            || endpoint.Metadata.GetMetadata<WithoutTermsAttribute>() is not null)
        {
            await next(http);
            return;
        }
        var terms = http.RequestServices.GetRequiredService<TermsInForce>();
        var open = await terms.Open(standing, http.RequestAborted);
        if (open.Count == 0) { await next(http); return; }
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
        {
            // Pages only: pictures, style sheets and feeds never ask.
            var isNew = open.Any(e => e.Number > standing.Answered(e.Kind)) && http.Request.Cookies[Cookie] != AgreePage.Shown(open);
            if (isNew && endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is not null && !IsPart(http.Request))
                http.Response.Redirect(AgreePage.UrlFor(http.Request.Path + http.Request.QueryString));
            else await next(http);
            return;
        }
        // The site's work goes on, whatever its staff have answered.
        if (standing.IsStaff) { await next(http); return; }
        var back = LocalUrl.Sender(http.Request) ?? "/";
        if (!await RejectedInput.Keep(http)) { http.Response.Redirect(AgreePage.UrlFor(back)); return; }
        http.Features.Set(new Stopped(AgreePage.UrlFor(back)));
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
    }

    static bool IsPart(HttpRequest request) => !Visit.IsOpened(request);
}
