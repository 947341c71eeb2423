using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Community.Kernel;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Community.Members;

/// <summary>What came back from a provider.</summary>
/// <param name="Identity">Whose account it is; null if that was not proved.</param>
/// <param name="ReturnUrl">The page to go on with.</param>
/// <param name="Purpose">What for.</param>
/// <param name="Failure">What kind of fault it was; null for none, or if the person declined.</param>
/// <param name="ProvedAt">When the person proved themselves to the provider, if it says so.</param>
public sealed record ProviderAnswer(
    ProviderIdentity? Identity,
    string? ReturnUrl,
    ProviderPurpose Purpose,
    string? Failure = null,
    DateTime? ProvedAt = null
);

/// <summary>What somebody is led to a provider for.</summary>
public enum ProviderPurpose
{
    SignIn,
    /// <summary>A signed-in member means to connect the account.</summary>
    Connect,
    /// <summary>A signed-in member proves again who they are: <see cref="ConfirmIdentityPage"/>.</summary>
    Prove,
}

/// <summary>
/// Leads to a provider and takes its answer, by ASP.NET Core's own OpenID Connect handler: code flow with PKCE, nonce and a state that is
/// bound to this browser, provider and site; issuer, audience, signature and times of the token are checked. The handler is made for the
/// provider of the request instead of once for all, since each site has its own. Its log is left out, because it may hold tokens.
/// </summary>
public sealed class ProviderSignIn(
    SiteDb db,
    ProviderConnections connections,
    ProviderSecrets secrets,
    IHttpContextAccessor accessor,
    ILogger<ProviderSignIn> log,
    HtmlEncoder html,
    UrlEncoder urls
)
{
    const string Return = "return", Purpose = "purpose", Name = "name";

    HttpContext Http => accessor.HttpContext!;

    /// <summary>Redirects to the provider. False if it cannot be reached, or is not set up rightly; the log says which.</summary>
    public async Task<bool> Lead(Provider provider, string? returnUrl, ProviderPurpose purpose, CancellationToken ct = default)
    {
        if (await Handler(provider, ct) is not { } handler) return false;
        var properties = new AuthenticationProperties();
        properties.Items[Return] = returnUrl;
        properties.Items[Purpose] = purpose.ToString();
        // OpenID Connect Core 3.1.2.1: the provider is to ask its person again, whatever session it has.
        if (purpose is ProviderPurpose.Prove)
            properties.SetParameter<TimeSpan?>(OpenIdConnectParameterNames.MaxAge, TimeSpan.Zero);
        try
        {
            await handler.ChallengeAsync(properties);
            return true;
        }
        catch (Exception error) when (IsTheirs(error)) { return Failed(provider, error); }
    }

    /// <summary>
    /// Takes the provider's answer. Its identity is null if anything about it is wrong; the log says what, without its contents.
    /// </summary>
    public async Task<ProviderAnswer> Take(Provider provider, CancellationToken ct = default)
    {
        if (await Handler(provider, ct) is { } handler)
        {
            try
            {
                await handler.HandleRequestAsync();
                if (Http.Items[typeof(ProviderAnswer)] is ProviderAnswer answer)
                {
                    if (answer.Failure is not null) Warn(provider, answer.Failure);
                    return answer;
                }
            }
            catch (Exception error) when (IsTheirs(error)) { Failed(provider, error); }
        }
        return new(null, null, ProviderPurpose.SignIn);
    }

    async Task<OpenIdConnectHandler?> Handler(Provider provider, CancellationToken ct)
    {
        if (secrets.Read(provider) is not { } secret)
        {
            log.LogWarning("Provider {Provider} of {Site} has no secret that can be read", provider.Key, db.Site.Key);
            return null;
        }
        if (await connections.Configuration(db.Site, provider, secret, ct) is null)
        {
            log.LogWarning(
                "Provider {Provider} of {Site} cannot be reached, or is not {Issuer}",
                provider.Key,
                db.Site.Key,
                provider.Issuer
            );
            return null;
        }
        var handler = new OpenIdConnectHandler(
            new Fixed(connections.Of(db.Site, provider, secret)),
            NullLoggerFactory.Instance,
            html,
            urls
        );
        await handler.InitializeAsync(new(provider.Key, null, typeof(OpenIdConnectHandler)), Http);
        return handler;
    }

    // What a provider, a network or a visitor's browser may bring about; anything else is a fault of ours.
    static bool IsTheirs(Exception error) =>
        error
            is AuthenticationFailureException
                or HttpRequestException
                or InvalidOperationException
                or IOException
                or OperationCanceledException
                or CryptographicException
                or JsonException
                or ArgumentException;

    bool Failed(Provider provider, Exception error)
    {
        Warn(provider, error.GetType().Name);
        return false;
    }

    // The exception's message may quote what came: only its type is logged.
    void Warn(Provider provider, string failure) =>
        log.LogWarning("Signing in by provider {Provider} of {Site} failed: {Error}", provider.Key, db.Site.Key, failure);

    sealed class Fixed(OpenIdConnectOptions options) : IOptionsMonitor<OpenIdConnectOptions>
    {
        public OpenIdConnectOptions CurrentValue => options;
        public OpenIdConnectOptions Get(string? name) => options;
        public IDisposable? OnChange(Action<OpenIdConnectOptions, string?> listener) => null;
    }

    /// <param name="provider">Whose handler it is.</param>
    /// <param name="key">Apple's private key; null for others.</param>
    /// <param name="time">The clock.</param>
    internal static OpenIdConnectEvents Events(Provider provider, string? key, TimeProvider time) => new()
    {
        OnAuthorizationCodeReceived = context =>
        {
            if (key is not null)
                context.TokenEndpointRequest!.ClientSecret = AppleSecret.Make(provider, key, time.GetUtcNow().UtcDateTime);
            // Apple's page posts the name beside the code, at the first time alone.
            if (context.ProtocolMessage.GetParameter("user") is { Length: < 2000 } user)
                context.Properties!.Items[Name] = NameIn(user);
            return Task.CompletedTask;
        },
        // The handler takes an unsigned token that comes straight from the provider, as OpenID Connect Core 3.1.3.7 allows; we do not.
        OnTokenValidated = context =>
        {
            if (!provider.Preset.Algorithms.Contains(context.SecurityToken.SignatureAlgorithm)) context.Fail("The token is not signed.");
            return Task.CompletedTask;
        },
        OnTicketReceived = context =>
        {
            context.HttpContext.Items[typeof(ProviderAnswer)] = new ProviderAnswer(
                IdentityOf(provider, context.Principal!, context.Properties!.Items.TryGetValue(Name, out var name) ? name : null),
                context.Properties.Items.TryGetValue(Return, out var back) ? back : null,
                PurposeOf(context.Properties),
                ProvedAt: ProvedAt(context.Principal!)
            );
            context.HandleResponse();
            return Task.CompletedTask;
        },
        OnRemoteFailure = context =>
        {
            Stop(context.HttpContext, context.Properties, context.Failure);
            context.HandleResponse();
            return Task.CompletedTask;
        },
        OnAccessDenied = context =>
        {
            Stop(context.HttpContext, context.Properties, null);
            context.HandleResponse();
            return Task.CompletedTask;
        },
    };

    static void Stop(HttpContext http, AuthenticationProperties? properties, Exception? failure)
    {
        string? back = null;
        properties?.Items.TryGetValue(Return, out back);
        // The handler wraps what went wrong: the innermost says it.
        var fault = failure?.GetBaseException().GetType().Name;
        http.Items[typeof(ProviderAnswer)] = new ProviderAnswer(null, back, PurposeOf(properties), fault);
    }

    static ProviderPurpose PurposeOf(AuthenticationProperties? properties) =>
        properties?.Items.TryGetValue(Purpose, out var said) == true && Enum.TryParse<ProviderPurpose>(said, out var purpose)
            ? purpose
            : ProviderPurpose.SignIn;

    static DateTime? ProvedAt(ClaimsPrincipal who) =>
        long.TryParse(who.FindFirstValue("auth_time"), CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1L << 36
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime
            : null;

    static ProviderIdentity? IdentityOf(Provider provider, ClaimsPrincipal who, string? name)
    {
        var (issuer, subject) = (who.FindFirstValue("iss"), who.FindFirstValue("sub"));
        if (
            issuer is not { Length: > 0 and <= Provider.MaxLength }
            || subject is not { Length: > 0 and <= ProviderIdentity.MaxSubjectLength }
        )
            return null;
        var emails = who.FindAll("email").Select(c => c.Value).Distinct().ToList();
        var email = emails.Count > 0 && EmailAddress.TryParse(emails[0], out var address) ? address.Text : null;
        // Apple writes it as a text, others as a truth value; who says nothing, or two things, has proved nothing.
        var said = who.FindAll("email_verified").Select(c => c.Value).ToList();
        var proved = email is not null && emails.Count == 1 && said.Count > 0
            && said.All(v => string.Equals(v, "true", StringComparison.OrdinalIgnoreCase));
        return new(
            provider.Id,
            issuer,
            subject,
            email,
            proved,
            Naming.Read(name ?? who.FindFirstValue("name") ?? "") is { Fault: null } read
                ? Truncate.To(Member.MaxNameLength, read.Text)
                : null
        );
    }

    static string? NameIn(string user)
    {
        try
        {
            using var json = JsonDocument.Parse(user);
            var name = json.RootElement.GetProperty("name");
            return string.Join(' ', new[] { "firstName", "lastName" }
                .Select(part => name.TryGetProperty(part, out var value) ? value.GetString() : null)
                .Where(p => !string.IsNullOrWhiteSpace(p)));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException) { return null; }
    }
}
