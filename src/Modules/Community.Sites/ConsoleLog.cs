using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary>What was done to sites: kept in the audit log of the console, by whom, or by nobody for the command line.</summary>
public sealed class ConsoleLog(SiteDirectory sites, SiteScopes scopes)
{
    public const string Created = "sites.create",
        Changed = "sites.change",
        Suspended = "sites.suspend",
        Resumed = "sites.resume",
        Deleted = "sites.delete",
        FeatureOn = "sites.feature-on",
        FeatureOff = "sites.feature-off",
        PasswordSet = "sites.operator-password",
        FactorsReset = "sites.operator-factors",
        StaffSignIn = "sites.staff-sign-in",
        Drained = "sites.drain",
        Undrained = "sites.undrain",
        RuleChanged = "sites.engine-rule",
        RuleRemoved = "sites.engine-rule-removed";

    /// <summary>Adds an entry. On an installation without a console there is nobody to read it.</summary>
    /// <param name="action">What was done.</param>
    /// <param name="about">The key of the site, or the name of the delivery server.</param>
    /// <param name="ct">Ends it before anything is written.</param>
    /// <param name="feature">The feature that was switched; null for none.</param>
    public async Task Add(string action, string about, CancellationToken ct, string? feature = null)
    {
        if (await sites.FindByKey(Site.OperatorKey, ct) is not { } console)
            return;
        await scopes.Run(
            console,
            services =>
            {
                services
                    .GetRequiredService<Audit>()
                    .Did(action, about, feature is null ? null : [new AuditChange("feature", null, "feature." + feature)]);
                return services.GetRequiredService<SiteDb>().SaveChangesAsync(CancellationToken.None);
            }
        );
    }

    static readonly string[] all =
    [
        Created,
        Changed,
        Suspended,
        Resumed,
        Deleted,
        FeatureOn,
        FeatureOff,
        PasswordSet,
        FactorsReset,
        StaffSignIn,
        Drained,
        Undrained,
        RuleChanged,
        RuleRemoved,
    ];

    /// <summary>The latest entries, of one site or all. Asked on the console itself.</summary>
    public static Task<List<AuditRecord>> Latest(SiteDb console, string? about, int most, CancellationToken ct) =>
        console
            .Audit.AsNoTracking()
            .Where(a => all.Contains(a.Action) && (about == null || a.Purpose == about))
            .OrderByDescending(a => a.Id)
            .Take(most)
            .ToListAsync(ct);
}
