using System.Text.Json;
using Community.Kernel;
using Community.Members;
using Community.Themes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Sites;

/// <summary>
/// Makes a site from a recipe. The catalogue's row comes first and becomes ready last: a creation that died half-way
/// is found by its key and done again.
/// </summary>
public sealed class CreateSite(Databases databases, SiteDirectory sites, SiteScopes scopes, ModuleList modules, JobList jobs, ThemeStore themes,
    IOptions<CommunityOptions> options, IStringLocalizer texts, TimeProvider time)
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
        var present = await db.Sites.FirstOrDefaultAsync(s => s.Key == recipe.Key, ct);
        var problems = await Problems(db, recipe, present, ct);
        if (problems.Count > 0) throw new RecipeException(problems);
        if (present is not null)
        {
            await DeleteSite.ForgetRows(db, present.Id);
            db.Remove(present);
            await db.SaveChangesAsync(ct);
        }
        var now = time.GetUtcNow().UtcDateTime;
        var row = new CatalogueSite
        {
            Key = recipe.Key, Name = recipe.Name.Trim(), Tagline = recipe.Tagline, Culture = recipe.Culture, TimeZone = recipe.TimeZone, Theme = recipe.Theme,
            Tokens = JsonSerializer.Serialize(recipe.Tokens), Features = string.Join(',', recipe.Features),
            MailFrom = recipe.Mail.From.Length > 0 ? EmailAddress.Parse(recipe.Mail.From).Text : "", MailFromName = recipe.Mail.FromName == recipe.Name.Trim() ? "" : recipe.Mail.FromName,
            Hosts = [.. recipe.Hosts.Select((host, i) => new CatalogueHost { Host = host, Position = i })],
            Schema = databases.Schema, Version = now.Ticks, CreatedAt = now, ChangedAt = now,
        };
        db.Add(row);
        await db.SaveChangesAsync(ct);
        return row;
    }

    /// <param name="present">The row that has the key; it may be a creation that died, never a deletion that is not finished.</param>
    async Task<List<RecipeProblem>> Problems(CatalogueDb db, Recipe recipe, CatalogueSite? present, CancellationToken ct)
    {
        var problems = new List<RecipeProblem>();
        if (present is { ReadyAt: not null }) problems.Add(new("key", "key-taken", recipe.Key));
        problems.AddRange((await db.Hosts.Where(h => recipe.Hosts.Contains(h.Host) && (present == null || h.SiteId != present.Id)).Select(h => h.Host).ToListAsync(ct))
            .Select(host => new RecipeProblem("hosts", "host-taken", host)));
        problems.AddRange(recipe.Features.Where(f => modules.All.All(m => m.Name != f)).Select(f => new RecipeProblem("features", "feature", f ?? "")));
        var worn = themes.All().Select(t => t.Name).ToList();
        if (!worn.Contains(recipe.Theme)) problems.Add(new("theme", "theme", recipe.Theme, string.Join(", ", worn)));
        return problems;
    }

    async Task Fill(IServiceProvider services, Recipe recipe, CancellationToken ct)
    {
        var db = services.GetRequiredService<SiteDb>();
        await using var change = await db.Change(ct);
        foreach (var step in modules.Of(db.Site).SelectMany(m => m.RecipeSteps))
            if (recipe.Root.TryGetProperty(step.Property, out var part))
                await Follow(step, part, services, ct);
        if (recipe.Administrator.Length > 0)
        {
            // The steps' rows are there when the link is made: it holds the member's stamp.
            await db.SaveChangesAsync(ct);
            db.Send(await Invitation(db, services.GetRequiredService<MailLinks>(), recipe.Administrator, ct));
        }
        db.Work.AddRange(jobs.RecurringRows(new HashSet<string>(), time.GetUtcNow().UtcDateTime));
        await change.Commit(ct);
    }

    static async Task Follow(RecipeStep step, JsonElement part, IServiceProvider services, CancellationToken ct)
    {
        try { await step.Run(part, services, ct); }
        catch (RecipeException) { throw; }
        // The recipe is somebody's text; whatever a step stumbles over is told to its author.
        catch (Exception error) when (error is JsonException or DbUpdateException or InvalidOperationException or ArgumentException or KeyNotFoundException or NullReferenceException or FormatException)
        {
            var words = (error as DbUpdateException)?.InnerException?.Message ?? error.Message;
            throw new RecipeException(step.Property, "step", words.StartsWith(step.Property + ": ", StringComparison.Ordinal) ? words[(step.Property.Length + 2)..] : words);
        }
    }

    /// <summary>Leads straight to choosing a password; after a day, or where the recipe made no such member, by the letter for a forgotten one.</summary>
    async Task<Letter> Invitation(SiteDb db, MailLinks links, string email, CancellationToken ct)
    {
        var (site, forgotten) = (db.Site, options.Value.UrlOf(db.Site, "/forgotten-password"));
        var member = await db.Members.OfAddress(email, ct);
        var direct = member is null ? forgotten : options.Value.UrlOf(site, "/reset-password?token=" + links.Token(MailLinkPurpose.Reset, member));
        return new()
        {
            Kind = "sites.administrator", To = EmailAddress.Parse(email).Text, Culture = site.Culture, Subject = texts.In(site.Culture, "sites.administrator.subject", site.Name),
            Text = texts.In(site.Culture, "sites.administrator.text", Markup.Literal(site.Name), options.Value.UrlOf(site, "/"), direct, forgotten),
        };
    }
}
