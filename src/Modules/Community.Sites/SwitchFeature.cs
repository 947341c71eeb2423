using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary>Why a feature cannot be switched so.</summary>
/// <param name="Text">The key of the sentence.</param>
/// <param name="Features">The features that it names: the one, and that on which it depends or which depends on it.</param>
public sealed record FeatureRefusal(string Text, params string[] Features);

/// <summary>
/// Switches a feature of a running site on and off. Switched off, its pages answer 404, its entries in menus and its parts of pages are
/// gone on all nodes within seconds, nothing is sent, and its data are kept. What keeps them true and deletes by age goes on.
/// </summary>
public sealed class SwitchFeature(Databases databases, SiteDirectory sites, SiteScopes scopes, ModuleList modules, TimeProvider time)
{
    /// <summary>The features that a member site may have on or off.</summary>
    public static IEnumerable<Module> Of(ModuleList modules) => modules.All.Where(m => !m.Always && !m.IsOfConsole);

    /// <summary>Why it cannot be; null if it can.</summary>
    /// <param name="modules">Of the host.</param>
    /// <param name="features">What the site has on now.</param>
    /// <param name="name">The feature.</param>
    /// <param name="on">What it is to be.</param>
    public static FeatureRefusal? Refuses(ModuleList modules, IReadOnlySet<string> features, string name, bool on)
    {
        if (modules.All.FirstOrDefault(m => m.Name == name) is not { } module) return new("sites.feature.unknown", name);
        if (module.IsOfConsole) return new("sites.feature.of-console", name);
        if (module.Always) return on ? null : new FeatureRefusal("sites.feature.always", name);
        bool IsOn(string feature) => features.Contains(feature) || modules.All.Any(m => m.Always && m.Name == feature);
        var related = on
            ? module.Needs.Where(n => !IsOn(n))
            : modules.All.Where(m => features.Contains(m.Name) && m.Needs.Contains(name)).Select(m => m.Name);
        return related.FirstOrDefault() is { } other ? new(on ? "sites.feature.needs" : "sites.feature.needed", name, other) : null;
    }

    /// <returns>Whether there is such a site; why it was refused, null if it was not; whether anything changed.</returns>
    /// <exception cref="InvalidOperationException">It is the console.</exception>
    public async Task<(bool Found, FeatureRefusal? Refusal, bool Changed)> WithKey(string key, string name, bool on, CancellationToken ct)
    {
        if (key == Site.OperatorKey) throw new InvalidOperationException("The console's features are what they are.");
        Site site;
        await using (await databases.HoldSites(ct))
        await using (var db = databases.OpenCatalogue())
        {
            var row = await db
                .Sites.Include(s => s.Hosts)
                .FirstOrDefaultAsync(
                    s => s.Key == key && s.ReadyAt != null && (s.State == SiteState.Active || s.State == SiteState.Suspended),
                    ct
                );
            if (row is null) return (false, null, false);
            var before = SiteDirectory.ToSite(row).Features;
            if (Refuses(modules, before, name, on) is { } refusal) return (true, refusal, false);
            if (before.Contains(name) == on || modules.All.Any(m => m.Always && m.Name == name)) return (true, null, false);
            // In the order of the modules, as everywhere.
            row.Features = string.Join(',', modules.All.Select(m => m.Name).Where(f => f == name ? on : before.Contains(f)));
            row.Changed(time);
            var now = time.GetUtcNow().UtcDateTime;
            // What rested while the feature was off goes on: its queues look at the site again.
            foreach (var work in on ? await db.Work.Where(w => w.SiteId == row.Id).ToListAsync(ct) : []) work.NextAt = now;
            await db.SaveChangesAsync(CancellationToken.None);
            site = SiteDirectory.ToSite(row);
            sites.Forget(row.Id);
        }
        // For the site's own staff; the console's log has it too.
        await scopes.Run(
            site,
            async services =>
            {
                var db = services.GetRequiredService<SiteDb>();
                services.GetRequiredService<Audit>().Did(on ? ConsoleLog.FeatureOn : ConsoleLog.FeatureOff, name);
                // What its recurring jobs make true need not wait until tomorrow.
                var jobs = name.ToLowerInvariant() + ".";
                var now = db.Now;
                if (on && await db.Work.Where(w => w.FailedAt == null && w.Handler.StartsWith(jobs))
                    .ExecuteUpdateAsync(s => s.SetProperty(w => w.DueAt, now), CancellationToken.None) > 0)
                    db.Schedule(SiteQueues.Work, now);
                await db.SaveChangesAsync(CancellationToken.None);
            }
        );
        return (true, null, true);
    }
}
