using System.Reflection;
using Community.Kernel;
using Community.Web.Frame;
using Community.Web.Hosting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;

namespace Community.Web.Rendering;

/// <summary>
/// An endpoint for each <c>@page</c> of the modules. GET renders it; POST renders it without its frame, calls the handler of the
/// submitted form, and renders the changes and the frame. The response starts when the page is complete: a page that redirects, is
/// not found or fails has written nothing.
/// </summary>
static class PageEndpoints
{
    /// <summary>The form field that says which of the page's forms was sent.</summary>
    public const string FormField = FormHandler.Field;

    public static void Map(IEndpointRouteBuilder app)
    {
        var pages = HostModules.All.Select(m => m.Assembly).Append(typeof(PageEndpoints).Assembly).Distinct()
            .SelectMany(a => a.GetExportedTypes()).Where(t => t.IsAssignableTo(typeof(IComponent)));
        foreach (var page in pages)
            foreach (var route in page.GetCustomAttributes<RouteAttribute>(inherit: false))
                app.MapMethods(route.Template, [HttpMethods.Get, HttpMethods.Post], Answer)
                    .WithMetadata([
                        new RequireAntiforgeryTokenAttribute(),
                        .. page.GetCustomAttributes(inherit: true),
                        new SuppressLinkGenerationMetadata(),
                        new ComponentTypeMetadata(page),
                    ])
                    .WithDisplayName($"{route.Template} ({page.Name})");
    }

    static async Task Answer(HttpContext http)
    {
        string? form = null;
        var isSent = HttpMethods.IsPost(http.Request.Method);
        if (isSent)
        {
            // The middleware has validated the token; an unvalidated one does not count.
            if (http.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: true } || !http.Request.HasFormContentType)
            {
                http.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }
            var named = (await http.Request.ReadFormAsync(http.RequestAborted))[FormField];
            if (named.Count > 1)
            {
                http.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }
            form = named.ToString();
            http.RequestServices.GetRequiredService<SentForm>().Is(form, http.Request.Form);
        }
        var navigation = http.RequestServices.GetRequiredService<PageNavigation>();
        navigation.Begin(http.Request);
        using var fragments = HtmlBuffer.Begin();
        await using var renderer = new PageRenderer(http.RequestServices);
        await renderer.Dispatcher.InvokeAsync(() => Render(http, renderer, navigation, fragments, form));
    }

    static async Task Render(HttpContext http, PageRenderer renderer, PageNavigation navigation, HtmlBuffer fragments, string? form)
    {
        var sent = form is null ? Task.CompletedTask : null;
        try
        {
            var page = renderer.Begin(framed: form is null);
            await page.QuiescenceTask;
            if (form is not null)
            {
                sent = renderer.Send(form);
                if (sent is null)
                {
                    FormGone.Refuse(http);
                    return;
                }
                await sent;
                if (!navigation.IsNotFound) await renderer.Frame();
            }
            if (navigation.IsNotFound)
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }
            using var writer = new PageWriter(fragments);
            page.WriteHtmlTo(writer);
            http.Response.ContentType = "text/html; charset=utf-8";
            http.Response.ContentLength = writer.Written.Length;
            await http.Response.Body.WriteAsync(writer.Written);
        }
        catch (NavigationException elsewhere)
        {
            var forGood = http.Features.Get<MovedForGood>() is not null;
            if (forGood) http.Response.Headers.CacheControl = "private, no-cache";
            http.Response.Redirect(elsewhere.Location, forGood);
            if (sent is null) FormGone.Refuse(http);
        }
    }
}
