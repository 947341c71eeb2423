using Microsoft.AspNetCore.Components;

namespace Community.Kernel;

/// <summary>
/// A component that is rendered when it has loaded, and not before: no page of ours is shown half-way. What it loads in
/// OnInitializedAsync is there in its markup, and the parts in its markup begin to load only then. (The framework's own base
/// renders at the first await, which SQLite, answering at once, would hide until the day of PostgreSQL.)
/// Every module's _Imports.razor makes it the base of all components.
/// </summary>
public abstract class LoadedComponent : ComponentBase
{
    bool initialized;

    /// <summary>What it loads; complete when it does not load.</summary>
    protected Task Loading { get; private set; } = Task.CompletedTask;

    public override Task SetParametersAsync(ParameterView parameters) => Loading = Load(parameters);

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
        StateHasChanged();
    }
}
