using Community.Kernel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Themes;

public sealed class ThemesModule : Module
{
    public override string Name => "Themes";
    public override bool Always => true;

    public override void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<ThemeStore>();
}
