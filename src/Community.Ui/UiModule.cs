using Community.Kernel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Ui;

/// <summary>
/// What the pages of all modules share: form fields, breadcrumbs, pagers, notices and the staff layout. It knows no module; any module may
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
