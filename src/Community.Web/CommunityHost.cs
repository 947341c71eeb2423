using System.Text.Encodings.Web;
using System.Text.Unicode;
using Community.Boards;
using Community.Data.PostgreSql;
using Community.Data.Sqlite;
using Community.Kernel;
using Community.Members;
using Community.Sites;
using Community.Themes;
using Community.Web.Frame;
using Community.Web.Hosting;
using Community.Web.Rendering;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Community.Web;

/// <summary>Builds the host: services, and the request pipeline from host name to page.</summary>
public static class CommunityHost
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ApplicationName = typeof(CommunityHost).Assembly.GetName().Name }
        );
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(RequestLimits.Apply);
        // Settings next to the program, wherever it is started from; the environment and the command line override them.
        builder.Configuration.Sources.Insert(
            0,
            new Microsoft.Extensions.Configuration.Json.JsonConfigurationSource
            {
                Path = "appsettings.json",
                Optional = true,
                FileProvider = new Microsoft.Extensions.FileProviders.PhysicalFileProvider(AppContext.BaseDirectory),
            }
        );
        // Secrets that systemd keeps for the process: a file each, with the name of its setting.
        if (Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } secrets)
            builder.Configuration.AddKeyPerFile(secrets, optional: true);
        builder.Services.AddSystemd();
        configure?.Invoke(builder);
        AddServices(builder.Services, builder.Configuration);
        var app = builder.Build();
        Use(app);
        return app;
    }

    /// <summary>The host for a command: not started, without logging, with the program's folder as content root.</summary>
    public static IHost ForCommand(Dictionary<string, string?> settings) => Build(["--contentRoot", AppContext.BaseDirectory], builder =>
    {
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.ClearProviders();
    });

    static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddCommunity(configuration, HostModules.All);
        Telemetry.Add(services, configuration);
        services.AddSingleton<Databases>(s =>
        {
            var options = s.GetRequiredService<IOptions<CommunityOptions>>().Value;
            var modules = s.GetRequiredService<ModuleList>();
            var logging = s.GetRequiredService<ILoggerFactory>();
            return options.UsesPostgreSql
                ? new PostgreSqlDatabases(options.Database, modules, logging)
                : new SqliteDatabases(options.Data, modules, logging);
        });
        PageServices.Add(services);
        services.Configure<FormOptions>(RequestLimits.Apply);
        services.AddAuthorization();
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = CookieNames.For("form", configuration);
            o.Cookie.HttpOnly = true;
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            o.SuppressXFrameOptionsHeader = true;
        });
        services.AddSingleton<VisitorCache>();
        services.AddResponseCompression(Compression.Configure);
        services.AddRateLimiter(RateLimits.Configure);
        services.AddSingleton<Assets>();
        // The default encoder writes every Japanese character as an eight-byte character reference.
        services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));
    }

    static void Use(WebApplication app)
    {
        app.Use(BrokenPage.Last);
        Proxies.Use(app);
        app.Map("/healthz", health => health.Run(http => http.Response.WriteAsync("ok")));
        Certificates.Use(app);
        app.UseMiddleware<SiteMiddleware>();
        app.Use(TopicAddress.TakeWords);
        app.UseMiddleware<PlainRequest>();
        app.UseRouting();
        app.Use(FirstHost.Lead);
        app.Use(Visits.Refuse);
        app.Use(app.Services.GetRequiredService<VisitorCache>().Make);
        app.UseMiddleware<SecurityHeaders>();
        app.UseExceptionHandler(BrokenPage.Options);
        app.UseStatusCodePagesWithReExecute("/problem/{0}", createScopeForStatusCodePages: true);
        app.Use(Visits.SpareProblems);
        // PlainRequest and UseRouting run again for the error page; a request that already has an endpoint passes.
        app.UseMiddleware<PlainRequest>();
        Compression.ForFiles(app);
        app.UseStaticFiles(app.Services.GetRequiredService<Assets>().Options);
        app.UseRouting();
        app.UseMiddleware<ProblemStatus>();
        app.UseMiddleware<TooLarge>();
        app.UseMiddleware<FeatureMiddleware>();
        app.UseAuthentication();
        app.UseMiddleware<LanguageMiddleware>();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.Use(SessionGate.Ask);
        app.Use(Visits.Ask);
        app.UseMiddleware<RequestValidation>();
        app.UseAntiforgery();
        app.UseMiddleware<FormTokens>();
        app.Use(TermsGate.Ask);
        app.Use(WelcomeMember);
        Compression.ForVisitors(app);
        app.UseMiddleware<FormGone>();
        PageEndpoints.Map(app);
        foreach (var module in HostModules.All)
        {
            var group = app.MapGroup("").WithMetadata(new OwnerMetadata(module));
            module.MapEndpoints(group);
            ((IEndpointConventionBuilder)group).Finally(FormTokens.Require);
        }
        Preferences.Map(app);
        FileEndpoints.Map(app);
        DevMail.DevMailEndpoints.Map(app);
    }

    /// <summary>What a member's page needs before it is rendered.</summary>
    static async Task WelcomeMember(HttpContext http, RequestDelegate next)
    {
        if (http.User.Identity?.IsAuthenticated == true && http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null)
        {
            await http.RequestServices.GetRequiredService<Sessions>().Seen(http.RequestAborted);
            if (Reader.Of(http).Id is { } member)
            {
                var site = http.RequestServices.GetRequiredService<Site>();
                foreach (var module in http.RequestServices.GetRequiredService<ModuleList>().Of(site)) module.Visited(http, site, member);
            }
            await http.RequestServices.GetRequiredService<ThemePreview>().Apply(http.RequestAborted);
        }
        await next(http);
    }

    /// <summary>Creates the catalogue, the console and whatever else must exist before the first request.</summary>
    public static async Task Prepare(WebApplication app)
    {
        // Resolved now, so that a missing mail relay is reported at start-up, not when the first e-mail is waiting.
        app.Services.GetRequiredService<MailTransport>();
        await app.Services.GetRequiredService<Databases>().PrepareCatalogue(CancellationToken.None);
        await app.Services.GetRequiredService<Installation>().Prepare(CancellationToken.None);
    }
}
