using Community.Kernel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

public sealed class SitesModule : Module
{
    public override string Name => "Sites";

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<Installation>();
        services.AddSingleton<RecipeShelf>();
        services.AddSingleton<SiteList>();
        services.AddSingleton<ConsoleLog>();
        services.AddSingleton<SetPassword>();
        services.AddSingleton<CreateSite>();
        services.AddSingleton<SuspendSite>();
        services.AddSingleton<DeleteSite>();
    }
}
