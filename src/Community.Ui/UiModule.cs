using Community.Kernel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Ui;

/// <summary>
/// What the screens of all modules share: form fields, crumbs, pagers, notices and the staff's frame. It knows no module; every module may
/// use it.
/// </summary>
public sealed class UiModule : Module
{
    public override string Name => "Ui";
    public override bool Always => true;

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<StaffMenu>();
        services.AddScoped<Flash>();
    }

    public override IEnumerable<Permission> Permissions => UiPermissions.All;
}
