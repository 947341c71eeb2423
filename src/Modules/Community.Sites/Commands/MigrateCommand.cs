using System.CommandLine;
using System.Diagnostics;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary>
/// <c>community migrate</c>: brings the databases of all sites up to date, one after the other. A server does so at a site's first
/// request.
/// </summary>
static class MigrateCommand
{
    public static Command Command(CommandLine line)
    {
        var command = new Command("migrate", "Bring the catalogue and the databases of all sites up to date, after an upgrade.");
        command.SetAction((typed, ct) => line.With(typed, services => Run(services, ct), ct));
        return command;
    }

    static async Task<int> Run(IServiceProvider services, CancellationToken ct)
    {
        var (databases, sites) = (services.GetRequiredService<Databases>(), services.GetRequiredService<SiteDirectory>());
        await using var db = databases.OpenCatalogue();
        var all = await db
            .Sites.Where(s => s.ReadyAt != null && (s.State == SiteState.Active || s.State == SiteState.Suspended))
            .OrderBy(s => s.Key)
            .Select(s => new { s.Id, s.Key })
            .ToListAsync(ct);
        var (upgraded, failed) = (0, 0);
        for (var i = 0; i < all.Count; i++)
        {
            var place = $"[{i + 1}/{all.Count}] {all[i].Key}";
            var watch = Stopwatch.StartNew();
            try
            {
                // Loading a site upgrades its database.
                var row = await db.Sites.AsNoTracking().Include(s => s.Hosts).FirstAsync(s => s.Id == all[i].Id, ct);
                if (row.Schema == databases.Schema && await databases.IsUpToDate(SiteDirectory.ToSite(row), ct)) continue;
                await sites.Find(row.Id, ct);
                upgraded++;
                Console.WriteLine($"{place}: upgraded to {databases.Schema} in {watch.Elapsed.TotalSeconds:0.0} s");
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                failed++;
                Console.Error.WriteLine($"{place}: {error.Message}");
            }
        }
        Console.WriteLine(
            $"{all.Count} sites: {upgraded} upgraded, {all.Count - upgraded - failed} up to date already, {failed} failed. Schema {databases.Schema}."
        );
        return failed == 0 ? 0 : 1;
    }
}
