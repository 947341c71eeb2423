using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Community.Tests.Members;

/// <summary>A provider that answers as a test wants: with the ways of LINE and Apple, or with tokens that must not be taken.</summary>
sealed class CraftedProvider : IAsyncDisposable
{
    readonly WebApplication app;
    readonly RSA key = RSA.Create(2048);
    string? nonce;

    public string Issuer { get; }
    public string ClientId { get; set; } = "community";
    /// <summary>Changes the token before it is signed.</summary>
    public Action<SecurityTokenDescriptor> Token { get; set; } = _ => { };
    /// <summary>The whole token, in place of the signed one.</summary>
    public Func<string, string> Written { get; set; } = token => token;
    public Dictionary<string, object> Claims { get; set; } = new() { ["sub"] = "u-1" };
    /// <summary>Signs with it in place of the key.</summary>
    public string? SharedSecret { get; set; }
    /// <summary>What came to the token endpoint.</summary>
    public Dictionary<string, string> Received { get; private set; } = [];
    /// <summary>What the page of an answer by form posts, and where to.</summary>
    public Dictionary<string, string> Posts { get; } = [];

    CraftedProvider(WebApplication app, string issuer) => (this.app, Issuer) = (app, issuer);

    public SigningCredentials Credentials =>
        SharedSecret is null
            ? new(new RsaSecurityKey(key) { KeyId = "k1" }, SecurityAlgorithms.RsaSha256)
            : new(new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(SharedSecret)), SecurityAlgorithms.HmacSha256);

    public static async Task<CraftedProvider> Start()
    {
        var issuer = $"http://127.0.0.1:{Ports.Free()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(issuer);
        var app = builder.Build();
        var server = new CraftedProvider(app, issuer);
        app.Run(server.Answer);
        await app.StartAsync();
        return server;
    }

    Task Answer(HttpContext http) => http.Request.Path.Value switch
    {
        "/.well-known/openid-configuration" => http.Response.WriteAsJsonAsync(new
        {
            issuer = Issuer,
            authorization_endpoint = Issuer + "/authorize",
            token_endpoint = Issuer + "/token",
            jwks_uri = Issuer + "/keys",
            response_types_supported = new[] { "code" },
            subject_types_supported = new[] { "public" },
            id_token_signing_alg_values_supported = new[] { "RS256" },
        }),
        "/keys" => http.Response.WriteAsync(Keys()),
        "/authorize" => Authorize(http),
        "/token" => Tokens(http),
        _ => NotFound(http),
    };

    static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = 404;
        return Task.CompletedTask;
    }

    string Keys()
    {
        var jwk = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(key.ExportParameters(false)) { KeyId = "k1" });
        return JsonSerializer.Serialize(new { keys = new[] { new { kty = jwk.Kty, use = "sig", kid = "k1", n = jwk.N, e = jwk.E } } });
    }

    Task Authorize(HttpContext http)
    {
        nonce = http.Request.Query["nonce"];
        var (back, state) = (http.Request.Query["redirect_uri"].ToString(), http.Request.Query["state"].ToString());
        if (http.Request.Query["response_mode"] == "form_post")
        {
            (Posts["url"], Posts["state"], Posts["code"]) = (back, state, "c1");
            return http.Response.WriteAsync("A form that the test posts.");
        }
        http.Response.Redirect($"{back}?code=c1&state={Uri.EscapeDataString(state)}");
        return Task.CompletedTask;
    }

    async Task Tokens(HttpContext http)
    {
        Received = (await http.Request.ReadFormAsync()).ToDictionary(f => f.Key, f => f.Value.ToString());
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = ClientId,
            Expires = DateTime.UtcNow.AddMinutes(5),
            IssuedAt = DateTime.UtcNow,
            Claims = new Dictionary<string, object>(Claims) { ["nonce"] = nonce! },
            SigningCredentials = Credentials,
        };
        Token(descriptor);
        var token = Written(new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor));
        await http.Response.WriteAsJsonAsync(new { access_token = "a", token_type = "Bearer", id_token = token });
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        key.Dispose();
    }
}
