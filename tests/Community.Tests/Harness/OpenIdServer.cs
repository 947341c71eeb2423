using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Community.Tests.Harness;

/// <summary>
/// A real OpenID Connect provider (OpenIddict) on a loopback port, with one client. Whoever comes is <see cref="Person"/>, and is led back
/// at once.
/// </summary>
public sealed class OpenIdServer : IAsyncDisposable
{
    public const string ClientId = "community", Secret = "a secret of the provider 4714";

    readonly WebApplication app;

    /// <summary>Who is signed in at the provider; null: the person declines.</summary>
    public Dictionary<string, string>? Person { get; set; } = new() { ["sub"] = "u-1" };
    public string Issuer { get; }

    OpenIdServer(WebApplication app, string issuer) => (this.app, Issuer) = (app, issuer);

    public static async Task<OpenIdServer> Start()
    {
        var issuer = $"http://127.0.0.1:{Ports.Free()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(issuer);
        builder.Services.AddRouting();
        builder
            .Services.AddOpenIddict()
            .AddServer(o =>
            {
                o.SetIssuer(issuer);
                o.SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token");
                o.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
                o.RegisterScopes("email", "profile");
                o.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
                o.EnableDegradedMode();
                o.UseAspNetCore().DisableTransportSecurityRequirement().EnableAuthorizationEndpointPassthrough();
                o.AddEventHandler<ValidateAuthorizationRequestContext>(b =>
                    b.UseInlineHandler(context =>
                    {
                        if (context.ClientId != ClientId)
                            context.Reject(OpenIddictConstants.Errors.InvalidClient);
                        return default;
                    })
                );
                o.AddEventHandler<ValidateTokenRequestContext>(b =>
                    b.UseInlineHandler(context =>
                    {
                        if (context.ClientId != ClientId || context.ClientSecret != Secret)
                            context.Reject(OpenIddictConstants.Errors.InvalidClient);
                        return default;
                    })
                );
            });
        var app = builder.Build();
        var server = new OpenIdServer(app, issuer);
        app.UseAuthentication();
        app.MapMethods("/authorize", ["GET", "POST"], server.Authorize);
        await app.StartAsync();
        // The first answer takes seconds on a busy machine.
        using var http = new HttpClient();
        await http.GetAsync(issuer + "/.well-known/openid-configuration");
        return server;
    }

    IResult Authorize(HttpContext http)
    {
        const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;
        if (Person is not { } person)
            return Results.Forbid(
                new(new Dictionary<string, string?> { [OpenIddictServerAspNetCoreConstants.Properties.Error] = "access_denied" }),
                [Scheme]
            );
        var identity = new ClaimsIdentity(Scheme, "name", "role");
        foreach (var (name, value) in person)
            if (name == "email_verified") identity.SetClaim(name, value == "true");
            else if (name == "auth_time") identity.SetClaim(name, long.Parse(value));
            else identity.SetClaim(name, value);
        identity.SetScopes(http.GetOpenIddictServerRequest()!.GetScopes());
        identity.SetDestinations(_ => [OpenIddictConstants.Destinations.IdentityToken]);
        return Results.SignIn(new ClaimsPrincipal(identity), null, Scheme);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
