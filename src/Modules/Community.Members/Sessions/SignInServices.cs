using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

static class SignInServices
{
    public static void AddSignIn(this IServiceCollection services)
    {
        services
            .AddAuthentication(SessionAuthentication.Name)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.Name, null);
        services.AddSingleton<PasswordHashes>();
        services.AddScoped<Sessions>();
        services.AddSingleton<FailedSignIns>();
        services.AddScoped<SignIns>();
        services.AddScoped<SecondSteps>();
        services.AddScoped<AfterSignIn>();
        services.AddScoped<KnownDevices>();
        services.AddScoped<EndSessions>();
        services.AddScoped<AuthenticatorCodes>();
        services.AddScoped<SecondFactors>();
        services.AddScoped<RequiredFactors>();
        services.AddScoped<WaysIn>();
        services.AddSingleton<ProviderSecrets>();
        services.AddSingleton<ProviderConnections>();
        services.AddScoped<ProviderSignIn>();
        services.AddScoped<WaitingIdentity>();
        services.AddScoped<ConnectProvider>();
        services.AddScoped<JoinByMail>();
        services.AddScoped<JoinLink>();
        services.AddScoped<SaveProvider>();
        services.AddScoped<PasskeyChecks>();
        services.AddScoped<Passkeys>();
        services.AddScoped<ProveAgain>();
        services.AddScoped<ChangePassword>();
    }
}
