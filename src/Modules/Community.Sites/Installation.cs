using System.Text.Json.Nodes;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Sites;

/// <summary>
/// Creates what must exist before the first request: the operator's console, which is itself a site, and the samples if requested.
/// </summary>
public sealed class Installation(
    Databases databases,
    SiteDirectory sites,
    CreateSite create,
    DeleteSite delete,
    IOptions<SitesOptions> options,
    TimeProvider time,
    ILogger<Installation> logger
)
{
    static readonly string[] samples = ["momiji", "northwind"];

    public async Task Prepare(CancellationToken ct)
    {
        await delete.FinishAll(ct);
        await EnsureConsole(ct);
        if (!options.Value.Samples) return;
        foreach (var sample in samples) await Ensure(sample, sample, _ => { }, ct);
    }

    /// <summary>The console; made if it is not there, and under the host name that is configured.</summary>
    public async Task<Site> EnsureConsole(CancellationToken ct)
    {
        var host = options.Value.ConsoleHost.Trim().ToLowerInvariant();
        var console = await Ensure(Site.OperatorKey, "operator", recipe =>
        {
            recipe["hosts"] = new JsonArray(host);
            recipe["members"]![0]!["email"] = options.Value.OperatorEmail;
        }, ct);
        return console.CanonicalHost == host ? console : await Move(console, host, ct);
    }

    async Task<Site> Ensure(string key, string recipe, Action<JsonObject> edit, CancellationToken ct)
    {
        if (await sites.FindByKey(key, ct) is { } site) return site;
        var file = Path.Combine(options.Value.Recipes, recipe + ".json");
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"The recipe {Path.GetFullPath(file)} is missing. Set Community:Recipes to the folder of the recipes.",
                file
            );
        try
        {
            site = await create.From(Operators.OfMachine, Recipe.Parse(await File.ReadAllTextAsync(file, ct), edit), ct);
        }
        catch (RecipeException)
        {
            // Another node that started at the same moment may have created it.
            if (await sites.FindByKey(key, ct) is { } others) return others;
            throw;
        }
        logger.LogInformation("Made the site {Key} at {Host}", site.Key, site.CanonicalHost);
        return site;
    }

    async Task<Site> Move(Site console, string host, CancellationToken ct)
    {
        if (!Recipe.IsHost(host)) throw new SettingException(new SiteProblem("Community:ConsoleHost", "host", host).ToString());
        await using (await databases.HoldSites(ct))
        await using (var db = databases.OpenCatalogue())
        {
            if (await db.Hosts.AnyAsync(h => h.Host == host && h.SiteId != console.Id, ct))
                throw new SettingException(new SiteProblem("Community:ConsoleHost", "host-taken", host).ToString());
            var row = await db.Sites.Include(s => s.Hosts).FirstAsync(s => s.Id == console.Id, ct);
            row.Hosts.Clear();
            await db.SaveChangesAsync(ct);
            row.Hosts.Add(new CatalogueHost { Host = host });
            row.Changed(time);
            await db.SaveChangesAsync(ct);
        }
        sites.Forget(console.Id);
        logger.LogInformation("The console has moved from {Before} to {Host}", console.CanonicalHost, host);
        return (await sites.FindByKey(Site.OperatorKey, ct))!;
    }
}
