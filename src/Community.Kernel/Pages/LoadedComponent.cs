using System.Collections.Concurrent;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// A component that is rendered when it has loaded, and not before: no page of ours is shown half-way. What it loads in
/// OnInitializedAsync is there in its markup, and the parts in its markup begin to load only then. (The framework's own base
/// renders at the first await, which SQLite, answering at once, would hide until the day of PostgreSQL.)
/// Every module's _Imports.razor makes it the base of all components.
/// </summary>
public abstract class LoadedComponent : ComponentBase, IHandleEvent
{
    static readonly ConcurrentDictionary<Type, bool> isPage = new();
    bool initialized;

    [Inject] private protected IHttpContextAccessor Accessor { get; set; } = default!;

    /// <summary>What it loads; complete when it does not load.</summary>
    protected Task Loading { get; private set; } = Task.CompletedTask;

    public override Task SetParametersAsync(ParameterView parameters) => Loading = Load(parameters);

    /// <summary>It asks for nothing more, and its parts begin.</summary>
    private protected virtual void HasLoaded()
    {
        // A form's handler would find what a part has loaded before; while a page is only shown there is none.
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

    // Every form of ours is handled by a component of this kind (a test of the house holds that), so this one place keeps all of them
    // from acting on a form that somebody else may have sent.
    async Task IHandleEvent.HandleEventAsync(EventCallbackWorkItem handler, object? argument)
    {
        if (Accessor.HttpContext?.Features.Get<StaleForm>() is not null) return;
        await handler.InvokeAsync(argument);
        StateHasChanged();
    }
}
