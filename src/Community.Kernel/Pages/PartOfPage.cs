using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// A component that asks the database beside others on the same page. The parts of a page load at the same time, and one
/// <see cref="SiteDb"/> answers one question at a time (PostgreSQL shows it, SQLite hides it): so each part has its own.
/// The page itself keeps the request's.
/// </summary>
public abstract class PartOfPage : LoadedComponent, IAsyncDisposable
{
    AsyncServiceScope? scope;

    [Inject] IServiceScopeFactory Scopes { get; set; } = default!;

    protected SiteDb Db => Own<SiteDb>();

    /// <summary>A service that works on this part's <see cref="Db"/>.</summary>
    protected T Own<T>() where T : notnull => (scope ??= Scopes.CreateAsyncScope()).ServiceProvider.GetRequiredService<T>();

    // The renderer may give up a page that still loads (it was not found, a reader went away), and a connection that is
    // closed while a question is under way waits for ever for an answer that the question has taken.
    public async ValueTask DisposeAsync()
    {
        await Loading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (scope is { } own) await own.DisposeAsync();
    }
}
