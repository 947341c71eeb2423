using Community.Kernel;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

/// <summary>ASP.NET Core Identity over the site's database, and the cookie of a session.</summary>
static class SignInServices
{
    /// <summary>How soon a suspension, a new role or a changed password reaches sessions that are open.</summary>
    static readonly TimeSpan Renewal = TimeSpan.FromMinutes(1);

    public static void AddSignIn(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddIdentityCore<Member>().AddUserStore<UserOnlyStore<Member, SiteDb, long>>().AddSignInManager().AddClaimsPrincipalFactory<MemberClaims>();
        services.Configure<SecurityStampValidatorOptions>(o => o.ValidationInterval = Renewal);
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddCookie(IdentityConstants.ApplicationScheme, o => Session(o, configuration))
            // Identity signs out of this one too when a session is void, and without it would fail on every page from then on.
            .AddCookie(IdentityConstants.TwoFactorRememberMeScheme, o => o.Cookie.Name = CookieNames.For("second-factor", configuration));
        services.AddSingleton<PasswordHashes>();
        services.AddScoped<SignIns>();
    }

    // Issued in the future: the clock was put back, and the session would not be looked at again until it is there.
    static Task Validate(CookieValidatePrincipalContext context)
    {
        if (context.Properties.IssuedUtc > context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()) context.Properties.IssuedUtc = null;
        return SecurityStampValidator.ValidatePrincipalAsync(context);
    }

    // A session that ended while somebody wrote must not take the words with it: the page of this status gives them back.
    static async Task AskToSignIn(RedirectContext<CookieAuthenticationOptions> context)
    {
        var http = context.HttpContext;
        if (await Unsent.Keep(http)) http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        // Who was led here, and did not ask to sign in, is told why.
        else http.Response.Redirect(HttpMethods.IsGet(http.Request.Method) ? context.RedirectUri + "&why=members" : context.RedirectUri);
    }

    static void Session(CookieAuthenticationOptions o, IConfiguration configuration)
    {
        o.Cookie.Name = CookieNames.For("session", configuration);
        o.Cookie.HttpOnly = true;
        o.Cookie.Path = "/";
        o.Cookie.SameSite = SameSiteMode.Lax;
        o.Cookie.SecurePolicy = configuration["Community:PublicScheme"] == "http" ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
        o.LoginPath = "/sign-in";
        o.ReturnUrlParameter = "returnUrl";
        o.ExpireTimeSpan = TimeSpan.FromDays(30);
        o.SlidingExpiration = true;
        o.Events.OnValidatePrincipal = Validate;
        // The page leads on, and looks at the address first; the handler would follow whatever begins with a slash.
        o.Events.OnRedirectToReturnUrl = _ => Task.CompletedTask;
        o.Events.OnRedirectToLogin = AskToSignIn;
        o.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }
}
