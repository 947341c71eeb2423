using System.CommandLine;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary><c>community audit check</c></summary>
static class AuditCommand
{
    public static Command Command(CommandLine line)
    {
        var key = new Argument<string?>("KEY") { Description = "Only this site.", Arity = ArgumentArity.ZeroOrOne };
        var check = new Command(
            "check",
            "Compare the records of all sites with the seals that were put on them. Ends with 1 if one was changed, added or taken away."
        )
        {
            key,
        };
        check.SetAction((typed, ct) => line.With(typed, services => Check(services, typed.GetValue(key), ct), ct));
        return new Command("audit", "The records of what staff did and read.") { check };
    }

    static async Task<int> Check(IServiceProvider services, string? key, CancellationToken ct)
    {
        await using var catalogue = services.GetRequiredService<Databases>().OpenCatalogue();
        var keys = await catalogue
            .Sites.Where(s =>
                s.ReadyAt != null && (s.State == SiteState.Active || s.State == SiteState.Suspended) && (key == null || s.Key == key)
            )
            .OrderBy(s => s.Key)
            .Select(s => s.Key)
            .ToListAsync(ct);
        if (keys.Count == 0 && key is not null)
            return SitesCommands.NoSuch(key);
        var broken = 0;
        foreach (var each in keys)
        {
            if (await services.GetRequiredService<SiteDirectory>().FindByKey(each, ct) is not { } site) continue;
            var (seal, records) = await services.GetRequiredService<SiteScopes>().Run(site, async s => (
                await SealAudit.FirstBroken(s.GetRequiredService<SiteDb>(), ct),
                await s.GetRequiredService<SiteDb>().AuditSeals.MaxAsync(x => (long?)x.LastId, ct) ?? 0));
            if (seal is null) Console.WriteLine($"{each}: as it was sealed, to record {records}.");
            else
            {
                broken++;
                Console.Error.WriteLine(
                    $"{each}: records {seal.FirstId} to {seal.LastId}, sealed {seal.At:yyyy-MM-dd'T'HH:mm:ss'Z'}, are not what they were."
                );
            }
        }
        return broken == 0 ? 0 : 1;
    }
}
