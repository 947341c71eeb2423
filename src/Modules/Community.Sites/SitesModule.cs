using Community.Kernel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

public sealed class SitesModule : Module
{
    public override string Name => "Sites";
    public override bool IsOfConsole => true;

    public override IEnumerable<PageFile> Styles => [new("/_content/Community.Sites/sites.css")];

    public override IEnumerable<PageFile> Scripts => [new("/_content/Community.Sites/engine.js", "console")];

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<SitesOptions>(configuration.GetSection("Community"));
        services.AddSingleton<Installation>();
        services.AddSingleton<RecipeShelf>();
        services.AddSingleton<SiteList>();
        services.AddSingleton<ConsoleLog>();
        services.AddSingleton<Operators>();
        services.AddSingleton<SetPassword>();
        services.AddSingleton<CreateSite>();
        services.AddSingleton<ChangeSite>();
        services.AddSingleton<PasskeysOfSite>();
        services.AddSingleton<SuspendSite>();
        services.AddSingleton<SwitchFeature>();
        services.AddSingleton<DeleteSite>();
        services.AddHostedService<FinishDeletions>();
        services.AddSingleton<EngineConsole>();
        services.AddSingleton<DrainDelivery>();
        services.AddSingleton<ChangeDestinationRule>();
    }

    public override IEnumerable<Permission> Permissions => SitesPermissions.All;

    public override IEnumerable<MenuItem> Menu { get; } =
    [
        new(MenuPlace.Staff, "sites.menu.sites", "/", SitesPermissions.Manage),
        new(MenuPlace.Staff, "sites.menu.new", "/sites/new", SitesPermissions.Manage),
        new(MenuPlace.Staff, "sites.menu.engine", "/engine", SitesPermissions.Manage),
    ];

    public override IEnumerable<Panel> Panels => [new("home", typeof(Door)), new("home", typeof(SitesPanel), SitesPermissions.Manage)];
}
