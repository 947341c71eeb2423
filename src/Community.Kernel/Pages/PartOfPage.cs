using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// A component that queries the database while others on the same page do. The parts of a page load concurrently, and a
/// <see cref="SiteDb"/> runs one query at a time (PostgreSQL shows it, SQLite hides it), so each part that is loading has its own.
/// The page uses the request's; once it has loaded, its parts use it in turn.
/// </summary>
public abstract class PartOfPage : LoadedComponent, IAsyncDisposable
{
    AsyncServiceScope? scope;
    IServiceProvider? taken;

    [Inject] IServiceScopeFactory Scopes { get; set; } = default!;

    protected SiteDb Db => Own<SiteDb>();

    /// <summary>A service that uses this part's <see cref="Db"/>.</summary>
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

    // The renderer may abandon a page that is still loading (not found, reader gone), and a connection that is
    // closed while a query is running waits forever for an answer that the query has consumed.
    public async ValueTask DisposeAsync()
    {
        await Loading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (scope is { } own) await own.DisposeAsync();
    }
}

/// <summary>
/// The request's services while nobody is using their <see cref="SiteDb"/>: a new context would cost a part more than its query.
/// </summary>
sealed class IdleServices(IServiceProvider services)
{
    bool idle;

    public void Give() => idle = true;

    /// <summary>Null while the page or another part is using them.</summary>
    public IServiceProvider? Take()
    {
        if (!idle) return null;
        idle = false;
        return services;
    }
}
