using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Community.Kernel;
using Community.Mail;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Community.Members;

/// <summary>
/// The settings of ASP.NET Core's OpenID Connect handler for each provider of each site, with the provider's configuration and keys, which
/// are fetched when they are first needed and kept for a day. A provider that was saved again begins anew.
/// </summary>
public sealed class ProviderConnections : IDisposable
{
    /// <summary>How long somebody may take at the provider.</summary>
    static readonly TimeSpan Away = TimeSpan.FromHours(1);
    /// <summary>After a failure to reach a provider it is not asked again for so long.</summary>
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    const int MaxAnswer = 1024 * 1024;

    sealed record Kept(int Rev, OpenIdConnectOptions Options);

    readonly IDataProtectionProvider protection;
    readonly MembersOptions options;
    readonly bool isDevelopment;
    readonly TimeProvider time;
    readonly HttpClient http;
    readonly ConcurrentDictionary<(long Site, long Provider), Kept> kept = new();
    readonly ConcurrentDictionary<(long Site, long Provider, int Rev), long> unreachable = new();

    public ProviderConnections(
        IDataProtectionProvider protection,
        IOptions<MembersOptions> options,
        IHostEnvironment environment,
        TimeProvider time
    )
    {
        (this.protection, this.options, this.time) = (protection, options.Value, time);
        isDevelopment = environment.IsDevelopment();
        http = new(
            new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectCallback = Connect }
        )
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = MaxAnswer,
        };
    }

    /// <summary>Plain http and private addresses: a provider on the developer's own machine, or where the operator allows it.</summary>
    bool MayBePrivate => isDevelopment || options.ProvidersInPrivateNetworks;

    /// <summary>Whether an issuer may be given: https, but for development.</summary>
    public bool IsAllowed(string issuer) =>
        Uri.TryCreate(issuer, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || (MayBePrivate && url.Scheme == Uri.UriSchemeHttp))
        && url.Query.Length == 0
        && url.Fragment.Length == 0
        && url.UserInfo.Length == 0;

    internal OpenIdConnectOptions Of(Site site, Provider provider, string secret)
    {
        if (kept.TryGetValue((site.Id, provider.Id), out var before) && before.Rev == provider.Rev) return before.Options;
        var made = Make(provider, secret);
        kept[(site.Id, provider.Id)] = new(provider.Rev, made);
        return made;
    }

    /// <summary>Whether a provider's configuration can be had, asked anew: for one that is about to be saved.</summary>
    public async Task<bool> Answers(Provider provider, string secret, CancellationToken ct) =>
        await Fetch(provider, Make(provider, secret), ct) is not null;

    /// <summary>The provider's configuration; null if it cannot be had, or is another issuer's.</summary>
    internal async Task<OpenIdConnectConfiguration?> Configuration(Site site, Provider provider, string secret, CancellationToken ct)
    {
        var key = (site.Id, provider.Id, provider.Rev);
        if (unreachable.TryGetValue(key, out var at) && time.GetElapsedTime(at) < Rest) return null;
        if (await Fetch(provider, Of(site, provider, secret), ct) is { } configuration)
        {
            unreachable.TryRemove(key, out _);
            return configuration;
        }
        if (unreachable.Count > 1000) unreachable.Clear();
        unreachable[key] = time.GetTimestamp();
        return null;
    }

    static async Task<OpenIdConnectConfiguration?> Fetch(Provider provider, OpenIdConnectOptions options, CancellationToken ct)
    {
        try
        {
            var configuration = await options.ConfigurationManager!.GetConfigurationAsync(ct);
            return configuration.Issuer?.TrimEnd('/') == provider.Issuer.TrimEnd('/') ? configuration : null;
        }
        // Not there, not in time, or no configuration.
        catch (Exception error)
            when (error is InvalidOperationException or HttpRequestException or IOException or ArgumentException
                || (error is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }

    OpenIdConnectOptions Make(Provider provider, string secret)
    {
        var preset = provider.Preset;
        var made = new OpenIdConnectOptions
        {
            Authority = provider.Issuer,
            ClientId = provider.ClientId,
            ClientSecret = preset.SecretIsKey ? null : secret,
            CallbackPath = ProviderEndpoints.ReturnPath(provider.Key),
            ResponseType = OpenIdConnectResponseType.Code,
            ResponseMode = preset.ResponseMode,
            UsePkce = true,
            SaveTokens = false,
            GetClaimsFromUserInfoEndpoint = preset.AsksForUserInfo,
            MapInboundClaims = false,
            RequireHttpsMetadata = !MayBePrivate,
            RemoteAuthenticationTimeout = Away,
            DisableTelemetry = true,
            Backchannel = http,
            TimeProvider = time,
            Events = ProviderSignIn.Events(provider, preset.SecretIsKey ? secret : null, time),
            TokenValidationParameters = new()
            {
                ValidAudience = provider.ClientId,
                ValidIssuer = provider.Issuer,
                ValidAlgorithms = preset.Algorithms,
                ClockSkew = TimeSpan.FromMinutes(2),
                RequireExpirationTime = true,
                RequireSignedTokens = true,
            },
        };
        if (preset.SignsWithSecret)
            made.TokenValidationParameters.IssuerSigningKeys = [new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret))];
        // Left alone, they remove the issuer, which is half of the account's identity, and take the address of the userinfo endpoint
        // without what is said of it.
        made.ClaimActions.Clear();
        if (preset.AsksForUserInfo)
            foreach (var claim in new[] { "email", "email_verified", "name" }) made.ClaimActions.MapUniqueJsonKey(claim, claim);
        made.Scope.Clear();
        foreach (var scope in preset.Scopes) made.Scope.Add(scope);
        // A form that another site's page posts brings only such cookies along; browsers take them over https alone.
        var sameSite = preset.ResponseMode == OpenIdConnectResponseMode.FormPost ? SameSiteMode.None : SameSiteMode.Lax;
        foreach (var cookie in new[] { made.CorrelationCookie, made.NonceCookie })
            (cookie.SameSite, cookie.SecurePolicy, cookie.HttpOnly) = (sameSite, CookieSecurePolicy.SameAsRequest, true);
        new OpenIdConnectPostConfigureOptions(protection).PostConfigure(provider.Key, made);
        made.Validate();
        return made;
    }

    /// <summary>
    /// An administrator of a site chooses the address that this server then asks: it must not be one of the server's own network.
    /// </summary>
    async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, ct);
        var allowed = addresses.Where(a => MayBePrivate || PublicAddress.Is(a)).ToArray();
        if (allowed.Length == 0) throw new HttpRequestException($"{context.DnsEndPoint.Host} is not on the public internet.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => http.Dispose();
}
