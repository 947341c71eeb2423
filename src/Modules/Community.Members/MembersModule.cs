using Community.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

public sealed class MembersModule : Module
{
    public override string Name => "Members";
    public override bool Always => true;

    public override void BuildModel(ModelBuilder model) => MembersDb.Map(model);

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<CurrentMember>();
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
    }
}
