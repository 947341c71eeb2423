using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.AspNetCore.Components.Forms.Mapping;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.JSInterop;

namespace Community.Web.Rendering;

/// <summary>Services that components request from the host, as far as pages without scripts need them.</summary>
static class PageServices
{
    public static void Add(IServiceCollection services)
    {
        services.AddScoped<PageNavigation>();
        services.AddScoped<NavigationManager>(s => s.GetRequiredService<PageNavigation>());
        services.AddScoped<AntiforgeryStateProvider, FormToken>();
        services.AddScoped<SentForm>();
        services.AddScoped<IFormValueMapper>(s => s.GetRequiredService<SentForm>());
        services.AddSupplyValueFromQueryProvider();
        services.AddSupplyValueFromFormProvider();
        services.AddCascadingValue(s => s.GetRequiredService<IHttpContextAccessor>().HttpContext!);
        services.AddSingleton<IJSRuntime, NoScripts>();
    }

    /// <summary>HeadOutlet requires it, but calls it only in interactive rendering.</summary>
    sealed class NoScripts : IJSRuntime
    {
        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => throw new NotSupportedException();

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) =>
            throw new NotSupportedException();
    }
}

/// <summary>The page's URL, and whether it redirected or was not found.</summary>
sealed class PageNavigation : NavigationManager
{
    public bool IsNotFound { get; private set; }

    public void Begin(HttpRequest request)
    {
        Initialize(
            UriHelper.BuildAbsolute(request.Scheme, request.Host),
            UriHelper.BuildAbsolute(request.Scheme, request.Host, request.PathBase, request.Path, request.QueryString)
        );
        OnNotFound += (_, _) => IsNotFound = true;
    }

    // Throws, so that the rest of the page is not executed.
    protected override void NavigateToCore(string uri, NavigationOptions options) =>
        throw new NavigationException(ToAbsoluteUri(uri).AbsoluteUri);
}

/// <summary>The token of the page's forms: created, with its cookie, only for a page that has a form.</summary>
sealed class FormToken(IAntiforgery antiforgery, IHttpContextAccessor accessor) : AntiforgeryStateProvider
{
    AntiforgeryRequestToken? token;

    public override AntiforgeryRequestToken? GetAntiforgeryToken()
    {
        if (token is not null) return token;
        var made = antiforgery.GetAndStoreTokens(accessor.HttpContext!);
        return token = made.RequestToken is { } value ? new(value, made.FormFieldName) : null;
    }
}
