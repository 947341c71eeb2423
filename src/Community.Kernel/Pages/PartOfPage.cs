using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// A component that asks the database beside others on the same page. The parts of a page load at the same time, and one
/// <see cref="SiteDb"/> answers one question at a time (PostgreSQL shows it, SQLite hides it): so each part that loads has one to itself.
/// The page has the request's, and when it has loaded, one part after the other.
/// </summary>
public abstract class PartOfPage : LoadedComponent, IAsyncDisposable
{
    AsyncServiceScope? scope;
    IServiceProvider? taken;

    [Inject] IServiceScopeFactory Scopes { get; set; } = default!;

    protected SiteDb Db => Own<SiteDb>();

    /// <summary>A service that works on this part's <see cref="Db"/>.</summary>
    protected T Own<T>() where T : notnull => Services.GetRequiredService<T>();

    IServiceProvider Services => scope?.ServiceProvider
        ?? (taken ??= Idle?.Take())
        ?? (scope = Scopes.CreateAsyncScope()).Value.ServiceProvider;

    // Null where a component is rendered without a request, as in a mail or in a test.
    IdleServices? Idle => Accessor.HttpContext?.RequestServices?.GetService<IdleServices>();

    private protected override void HasLoaded()
    {
        if (taken is null) return;
        taken = null;
        Idle?.Give();
    }

    // The renderer may give up a page that still loads (it was not found, a reader went away), and a connection that is
    // closed while a question is under way waits for ever for an answer that the question has taken.
    public async ValueTask DisposeAsync()
    {
        await Loading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (scope is { } own) await own.DisposeAsync();
    }
}

/// <summary>
/// The request's services while nobody uses their <see cref="SiteDb"/>: a context of its own costs a part more than its query.
/// </summary>
sealed class IdleServices(IServiceProvider services)
{
    bool idle;

    public void Give() => idle = true;

    /// <summary>Null while the page or another part loads.</summary>
    public IServiceProvider? Take()
    {
        if (!idle) return null;
        idle = false;
        return services;
    }
}
