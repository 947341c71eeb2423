using Community.Kernel;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

public sealed class MembersModule : Module
{
    public override string Name => "Members";
    public override bool Always => true;

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSignIn(configuration);
        services.AddScoped<CurrentMember>();
        services.AddScoped<AddressHashes>();
        services.AddScoped<RecipeMembers>();
        services.AddScoped<Registration>();
        services.AddScoped<ForgottenPasswords>();
        services.AddScoped<EmailChanges>();
        services.AddScoped<Consents>();
        services.AddScoped<Suppress>();
        services.AddScoped<MailLinks>();
        services.AddScoped<MemberLetters>();
        services.AddScoped<GroupDoor>();
    }

    public override void BuildModel(ModelBuilder model) => MembersDb.Map(model);

    public override void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        SessionEndpoints.Map(endpoints);
        GroupEndpoints.Map(endpoints);
    }

    public override IEnumerable<Permission> Permissions => MembersPermissions.All;

    public override IEnumerable<MenuItem> Menu => [new(MenuPlace.Site, "groups.title", "/groups", MembersPermissions.Meet)];

    public override IEnumerable<Panel> Panels => [new("frame.account", typeof(AccountMenu))];

    public override IEnumerable<RecipeStep> RecipeSteps => Recipes.Steps;
}
