using System.Collections.Concurrent;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// A component that renders only once it has loaded, so that no page is shown half-loaded. What it loads in
/// OnInitializedAsync is available in its markup, whose child components start to load only then. (The framework's own base
/// renders at the first await; SQLite completes synchronously and would hide that until PostgreSQL is used.)
/// Every module's _Imports.razor makes it the base class of all components.
/// </summary>
public abstract class LoadedComponent : ComponentBase, IHandleEvent
{
    static readonly ConcurrentDictionary<Type, bool> isPage = new();
    bool initialized;

    [Inject] private protected IHttpContextAccessor Accessor { get; set; } = default!;

    /// <summary>The running load; completed when nothing is loading.</summary>
    protected Task Loading { get; private set; } = Task.CompletedTask;

    public override Task SetParametersAsync(ParameterView parameters) => Loading = Load(parameters);

    /// <summary>Called when it makes no more queries, before its child components start.</summary>
    private protected virtual void HasLoaded()
    {
        // Only for a GET: on a POST the form's handler runs later, and would find what a part had loaded into the context.
        if (isPage.GetOrAdd(GetType(), type => type.IsDefined(typeof(RouteAttribute), inherit: false))
            && Accessor.HttpContext is { } http && HttpMethods.IsGet(http.Request.Method))
            http.RequestServices.GetService<IdleServices>()?.Give();
    }

    async Task Load(ParameterView parameters)
    {
        parameters.SetParameterProperties(this);
        if (!initialized)
        {
            initialized = true;
            OnInitialized();
            await OnInitializedAsync();
        }
        OnParametersSet();
        await OnParametersSetAsync();
        HasLoaded();
        StateHasChanged();
    }

    // Every form is handled by a component of this kind (a convention test ensures it), so this one check keeps all of them
    // from acting on a form that somebody else may have sent.
    async Task IHandleEvent.HandleEventAsync(EventCallbackWorkItem handler, object? argument)
    {
        if (Accessor.HttpContext?.Features.Get<StaleForm>() is not null) return;
        await handler.InvokeAsync(argument);
        StateHasChanged();
    }
}
