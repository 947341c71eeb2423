using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>Runs work for a site outside a request, in its own service scope.</summary>
public sealed class SiteScopes(IServiceScopeFactory factory, CurrentSite current)
{
    public async Task<T> Run<T>(Site site, Func<IServiceProvider, Task<T>> work)
    {
        using (current.Use(site))
        {
            await using var scope = factory.CreateAsyncScope();
            return await work(scope.ServiceProvider);
        }
    }

    public Task Run(Site site, Func<IServiceProvider, Task> work) =>
        Run(site, async services => { await work(services); return 0; });
}
