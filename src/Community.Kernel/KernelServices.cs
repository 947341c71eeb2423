using Community.Mail;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

public static class KernelServices
{
    /// <summary>Adds the kernel and the modules. The host adds <see cref="Databases"/> itself.</summary>
    public static void AddCommunity(this IServiceCollection services, IConfiguration configuration, IReadOnlyList<Module> modules)
    {
        var list = new ModuleList(modules);
        var jobs = new JobList();
        var events = new EventList();
        services.AddSingleton(list);
        services.AddSingleton(jobs);
        services.AddSingleton(events);
        services.AddSingleton<EventLog>();
        services.AddSingleton<EventRunner>();
        services.AddScoped<EventHandlers>();
        services.TryAddSingleton(TimeProvider.System);
        services.Configure<CommunityOptions>(configuration.GetSection("Community"));
        Faults.Set(configuration["Community:DieAt"]);
        services.AddSingleton<CurrentSite>();
        services.AddSingleton<SiteScopes>();
        services.AddSingleton<SiteDirectory>();
        services.AddSingleton<SiteDatabases>();
        services.AddSingleton<QueueSignals>();
        services.AddSingleton<WriteGates>();
        services.AddSingleton<ContentVersions>();
        services.AddSingleton<SiteCache>();
        services.AddSingleton<IStringLocalizer, Texts>();
        services.AddSingleton<May>();
        services.AddScoped<Actors>();
        services.AddSingleton<IAuthorizationPolicyProvider, PermissionPolicies>();
        services.AddHttpContextAccessor();
        services.AddScoped(s => s.GetRequiredService<CurrentSite>().Site);
        services.AddScoped(s => s.GetRequiredService<SiteDatabases>().Open(s.GetRequiredService<Site>()));
        services.AddSingleton<SiteSettings>();
        services.AddScoped(typeof(Settings<>));
        services.AddScoped<ChangeSettings>();
        services.AddScoped<SiteChanged>();
        services.AddScoped<Menus>();
        services.AddScoped<ReaderClock>();
        services.AddScoped<IdleServices>();
        services.AddScoped<Audit>();
        services.AddScoped<Files>();
        services.AddScoped<FileUses>();
        services.AddScoped<PageCards>();
        services.AddHostedService<CatalogueNotices>();
        services.AddHostedService<WorkQueue>();
        services.AddSingleton<OpenSigners>();
        services.AddScoped<MailSigning>();
        services.AddScoped<SystemReturnPath>(_ => (_, _) => Task.FromResult<string?>(null));
        services.AddScoped<SystemMailRefused>(_ => (_, _) => Task.CompletedTask);
        services.AddHostedService<SystemMailQueue>();
        AddMail(services);
        ProtectBySite(services);
        foreach (var module in modules)
        {
            module.AddServices(services, configuration);
            module.AddEvents(events);
            module.AddJobs(jobs);
        }
    }

    static void AddMail(IServiceCollection services) =>
        services.AddSingleton<MailTransport>(s =>
        {
            var options = s.GetRequiredService<IOptions<CommunityOptions>>().Value;
            if (options.Relay.Length > 0)
                return new RelayTransport(Relay(options.Relay), s.GetRequiredService<ILogger<RelayTransport>>());
            if (s.GetRequiredService<IHostEnvironment>().IsDevelopment())
                return new DevMailbox(Path.Combine(options.Data, "mail"), s.GetRequiredService<TimeProvider>());
            throw new SettingException(
                "No SMTP relay is set: give Community:Relay (or --relay), such as smtp://user:password@relay.example:587. Without one, mail is caught and shown at /dev/mail in Development only."
            );
        });

    static SmtpRelay Relay(string uri)
    {
        try
        {
            return SmtpRelay.Parse(uri);
        }
        catch (FormatException error)
        {
            throw new SettingException("Community:Relay (or --relay) cannot be read. " + error.Message);
        }
    }

    static void ProtectBySite(IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("Community");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(s => new ConfigureOptions<KeyManagementOptions>(o =>
            o.XmlRepository = new CatalogueKeyRing(s.GetRequiredService<Databases>())
        ));
        var root = services.Last(d => d.ServiceType == typeof(IDataProtectionProvider));
        services.Remove(root);
        services.AddSingleton<IDataProtectionProvider>(s => new SiteKeys(
            (IDataProtectionProvider)root.ImplementationFactory!(s),
            s.GetRequiredService<CurrentSite>()
        ));
    }
}
