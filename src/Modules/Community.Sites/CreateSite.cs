using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Community.Sites;

/// <summary>
/// Makes a site from a recipe. The catalogue's row comes first and becomes ready last: a creation that died half-way
/// is found by its key and done again.
/// </summary>
public sealed class CreateSite(Databases databases, SiteDirectory sites, SiteScopes scopes, ModuleList modules, JobList jobs, IOptions<CommunityOptions> options, TimeProvider time)
{
    /// <exception cref="RecipeException">Key or host are taken, or a step cannot be followed; nothing of the site remains.</exception>
    public async Task<Site> From(Recipe recipe, CancellationToken ct = default)
    {
        await using var held = await databases.HoldSites(ct);
        var row = await Register(recipe, ct);
        var site = SiteDirectory.ToSite(row);
        try
        {
            await databases.CreateSite(site, ct);
            await scopes.Run(site, services => Fill(services, recipe, ct));
        }
        catch
        {
            await databases.DropSite(site, CancellationToken.None);
            await using var undo = databases.OpenCatalogue();
            await DeleteSite.ForgetRows(undo, row.Id);
            await undo.Sites.Where(s => s.Id == row.Id).ExecuteDeleteAsync(CancellationToken.None);
            throw;
        }
        await using var db = databases.OpenCatalogue();
        var now = time.GetUtcNow().UtcDateTime;
        // The version moves too: a node may have looked while the site was half-made.
        await db.Sites.Where(s => s.Id == row.Id).ExecuteUpdateAsync(s => s
            .SetProperty(r => r.ReadyAt, now).SetProperty(r => r.ChangedAt, now).SetProperty(r => r.Version, now.Ticks), CancellationToken.None);
        sites.Forget(row.Id);
        return site with { Version = now.Ticks };
    }

    async Task<CatalogueSite> Register(Recipe recipe, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        var unfinished = await db.Sites.FirstOrDefaultAsync(s => s.Key == recipe.Key, ct);
        if (unfinished?.ReadyAt is not null) throw new RecipeException($"key: there is a site \"{recipe.Key}\" already.");
        if (unfinished is not null)
        {
            await DeleteSite.ForgetRows(db, unfinished.Id);
            db.Remove(unfinished);
        }
        if (recipe.Features.FirstOrDefault(f => modules.All.All(m => m.Name != f)) is { } feature)
            throw new RecipeException($"features: there is no \"{feature}\".");
        if (await db.Hosts.FirstOrDefaultAsync(h => recipe.Hosts.Contains(h.Host) && (unfinished == null || h.SiteId != unfinished.Id), ct) is { } taken)
            throw new RecipeException($"hosts: \"{taken.Host}\" belongs to another site.");
        if (!Directory.Exists(Path.Combine(options.Value.Themes, recipe.Theme)) || recipe.Theme != Path.GetFileName(recipe.Theme))
            throw new RecipeException($"theme: there is no \"{recipe.Theme}\".");
        await db.SaveChangesAsync(ct);
        var now = time.GetUtcNow().UtcDateTime;
        var row = new CatalogueSite
        {
            Key = recipe.Key, Name = recipe.Name.Trim(), Tagline = recipe.Tagline, Culture = recipe.Culture, TimeZone = recipe.TimeZone, Theme = recipe.Theme,
            Tokens = JsonSerializer.Serialize(recipe.Tokens), Features = string.Join(',', recipe.Features), MailFrom = recipe.Mail.From.Length > 0 ? recipe.Mail.From : "noreply@" + recipe.Hosts[0], MailFromName = recipe.Mail.FromName,
            Hosts = [.. recipe.Hosts.Distinct().Select((host, i) => new CatalogueHost { Host = host, Position = i })],
            Schema = databases.Schema, Version = now.Ticks, CreatedAt = now, ChangedAt = now,
        };
        db.Add(row);
        await db.SaveChangesAsync(ct);
        return row;
    }

    async Task Fill(IServiceProvider services, Recipe recipe, CancellationToken ct)
    {
        var db = services.GetRequiredService<SiteDb>();
        await using var change = await db.Change(ct);
        foreach (var step in modules.Of(db.Site).SelectMany(m => m.RecipeSteps))
            if (recipe.Root.ValueKind == JsonValueKind.Object && recipe.Root.TryGetProperty(step.Property, out var part))
                await Follow(step, part, services, ct);
        db.Work.AddRange(jobs.RecurringRows(new HashSet<string>(), time.GetUtcNow().UtcDateTime));
        await change.Commit(ct);
    }

    static async Task Follow(RecipeStep step, JsonElement part, IServiceProvider services, CancellationToken ct)
    {
        try { await step.Run(part, services, ct); }
        catch (RecipeException) { throw; }
        catch (DbUpdateException error) { throw new RecipeException($"{step.Property}: the database refuses it, perhaps because something stands there twice ({error.InnerException?.Message ?? error.Message})"); }
        // The recipe is somebody's text; whatever a step stumbles over is told to its author.
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException or KeyNotFoundException or NullReferenceException or FormatException)
        {
            throw new RecipeException(error.Message.StartsWith(step.Property + ":", StringComparison.Ordinal) ? error.Message : $"{step.Property}: {error.Message}");
        }
    }
}
