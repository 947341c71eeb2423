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
/// Makes a site from a recipe. The row in the catalogue is written first and set to ready last: an interrupted creation
/// is found by its key and completed.
/// </summary>
public sealed class CreateSite(
    Databases databases,
    SiteDirectory sites,
    SiteScopes scopes,
    Operators operators,
    ConsoleLog log,
    ModuleList modules,
    JobList jobs,
    EventList events,
    ThemeStore themes,
    IOptions<CommunityOptions> options,
    IStringLocalizer texts,
    TimeProvider time
)
{
    /// <summary>More than these nobody reads.</summary>
    const int MaxProblems = 50;

    /// <summary>What a recipe would make, with all that is wrong with it; nothing is made.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="found">Problems found so far.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="RecipeException">It cannot be followed.</exception>
    public async Task<RecipePlan> Check(Recipe recipe, IEnumerable<SiteProblem> found, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        List<SiteProblem> problems =
        [
            .. found,
            .. await Problems(db, recipe, await db.Sites.FirstOrDefaultAsync(s => s.Key == recipe.Key, ct), ct),
        ];
        return problems.Count > 0
            ? throw new RecipeException([.. problems.Take(MaxProblems)])
            : RecipePlan.Of(recipe, modules.All.Where(m => m.Always || recipe.Features.Contains(m.Name)).SelectMany(m => m.RecipeSteps));
    }

    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="RecipeException">Key or host are taken, or a step cannot be followed; nothing of the site remains.</exception>
    public async Task<Site> From(Reader actor, Recipe recipe, CancellationToken ct = default)
    {
        await operators.Require(actor, ct);
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
        // The version changes too: another node may have cached the half-made site.
        await db
            .Sites.Where(s => s.Id == row.Id)
            .ExecuteUpdateAsync(
                s => s.SetProperty(r => r.ReadyAt, now).SetProperty(r => r.ChangedAt, now).SetProperty(r => r.Version, r => r.Version + 1),
                CancellationToken.None
            );
        sites.Forget(row.Id);
        await log.Add(ConsoleLog.Created, site.Key, CancellationToken.None);
        return site with { Version = site.Version + 1 };
    }

    async Task<CatalogueSite> Register(Recipe recipe, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        var present = await db.Sites.FirstOrDefaultAsync(s => s.Key == recipe.Key, ct);
        var problems = await Problems(db, recipe, present, ct);
        if (problems.Count > 0) throw new RecipeException([.. problems.Take(MaxProblems)]);
        if (present is not null)
        {
            await DeleteSite.ForgetRows(db, present.Id);
            db.Remove(present);
            await db.SaveChangesAsync(ct);
        }
        var now = time.GetUtcNow().UtcDateTime;
        var row = new CatalogueSite
        {
            Key = recipe.Key,
            Name = Naming.Kept(recipe.Name),
            Tagline = Naming.ReadOptional(recipe.Tagline).Text,
            Culture = recipe.Culture,
            TimeZone = recipe.TimeZone,
            Theme = recipe.Theme,
            Tokens = JsonSerializer.Serialize(recipe.Tokens),
            Features = string.Join(',', recipe.Features),
            MailFrom = recipe.Mail.From.Length > 0 ? EmailAddress.Parse(recipe.Mail.From).Text : "",
            MailFromName = Naming.ReadOptional(recipe.Mail.FromName).Text is var sender && sender == Naming.Kept(recipe.Name) ? "" : sender,
            Hosts = [.. recipe.Hosts.Select((host, i) => new CatalogueHost { Host = host, Position = i })],
            Schema = databases.Schema,
            Version = now.Ticks,
            CreatedAt = now,
            ChangedAt = now,
        };
        db.Add(row);
        await db.SaveChangesAsync(ct);
        return row;
    }

    /// <param name="present">The row with this key. It may be an interrupted creation, but not an unfinished deletion.</param>
    async Task<List<SiteProblem>> Problems(CatalogueDb db, Recipe recipe, CatalogueSite? present, CancellationToken ct)
    {
        var problems = new List<SiteProblem>();
        if (present is { ReadyAt: not null }) problems.Add(new("key", "key-taken", recipe.Key));
        var hosts = recipe.Hosts.Take(Recipe.MaxHosts).ToList();
        problems.AddRange(
            (
                await db
                    .Hosts.Where(h => hosts.Contains(h.Host) && (present == null || h.SiteId != present.Id))
                    .Select(h => h.Host)
                    .ToListAsync(ct)
            ).Select(host => new SiteProblem("hosts", "host-taken", host))
        );
        problems.AddRange(
            recipe
                .Features.Distinct()
                .Take(MaxProblems)
                .Where(f => modules.All.All(m => m.Name != f))
                .Select(f => new SiteProblem("features", "feature", f ?? ""))
        );
        var worn = themes.All().Select(t => t.Name).ToList();
        if (!worn.Contains(recipe.Theme)) problems.Add(new("theme", "theme", recipe.Theme, string.Join(", ", worn)));
        else problems.AddRange(TokenProblems(themes.Get(recipe.Theme), recipe.Tokens));
        problems.AddRange(RecipeShape.Problems(recipe.Root, [.. modules.All.SelectMany(m => m.RecipeSteps)], modules));
        problems.AddRange(NameProblems(recipe));
        return problems;
    }

    /// <summary>Names that look like those of the staff, as a registration is asked.</summary>
    static IEnumerable<SiteProblem> NameProblems(Recipe recipe)
    {
        var members = recipe
            .Members()
            .Select((m, i) => (Name: Recipe.Text(m, "name"), IsStaff: Recipe.Text(m, "role").Length > 0, Place: i))
            .ToList();
        List<string> taken = [.. members.Where(m => m.IsStaff).Select(m => m.Name), recipe.Name, recipe.Mail.FromName];
        return members
            .Where(m => !m.IsStaff && MemberNames.IsReserved(m.Name, taken))
            .Select(m => new SiteProblem($"members[{m.Place}].name", "members.name.reserved"));
    }

    static IEnumerable<SiteProblem> TokenProblems(Theme theme, IReadOnlyDictionary<string, string> tokens)
    {
        foreach (var (name, value) in tokens.Take(MaxProblems))
        {
            var known = name == Logo.Token ? null : theme.Tokens.GetValueOrDefault(name.Split('@')[0]);
            if (name == Logo.Token)
            {
                if (Logo.UrlFor(theme, tokens).Length == 0)
                    yield return new("tokens." + name, "themes.value.image");
            }
            else if (known is null)
                yield return RecipeShape.Nearest(name, [.. theme.Tokens.Keys, Logo.Token]) is { } meant
                    ? new("tokens." + name, "unknown-meant", meant)
                    : new("tokens." + name, "token", theme.Name);
            else if (TokenValue.Wrong(known, value, theme.Files.ContainsKey) is { } wrong)
                yield return new("tokens." + name, wrong.Text, wrong.Arguments);
        }
    }

    async Task Fill(IServiceProvider services, Recipe recipe, CancellationToken ct)
    {
        var db = services.GetRequiredService<SiteDb>();
        await using var change = await db.Change(ct);
        foreach (var step in modules.Of(db.Site).SelectMany(m => m.RecipeSteps))
            if (recipe.Root.TryGetProperty(step.Property, out var part))
                await Follow(step, part, services, ct);
        // Save first: links contain the members' security stamps.
        await db.SaveChangesAsync(ct);
        await Invite(services, recipe, ct);
        db.EventCursors.AddRange(EventRunner.FirstCursors(events, modules, db.Site));
        db.Work.AddRange(jobs.RecurringRows(new HashSet<string>(), time.GetUtcNow().UtcDateTime));
        await change.Commit(ct);
    }

    static async Task Follow(RecipeStep step, JsonElement part, IServiceProvider services, CancellationToken ct)
    {
        try { await step.Run(part, services, ct); }
        // The recipe is somebody's text: what a step says of it, and what the database refuses, is told to its author. A fault of ours is
        // none of these, and is not.
        catch (Exception error) when (IsOfAuthor(error))
        {
            var words = (error as DbUpdateException)?.InnerException?.Message ?? error.Message;
            throw new RecipeException(
                step.Property,
                error is Refused ? words : "step",
                words.StartsWith(step.Property + ": ", StringComparison.Ordinal) ? words[(step.Property.Length + 2)..] : words
            );
        }
    }

    static bool IsOfAuthor(Exception error) => error switch
    {
        DbUpdateConcurrencyException => false,
        DbUpdateException => !Failures.IsPassing(error),
        // Arguments: a name that is none, a time that no calendar has.
        JsonException or Refused or ArgumentException => error is not ArgumentNullException,
        _ => false,
    };

    /// <summary>Staff whom a recipe names choose their passwords themselves: nobody else's word opens their accounts.</summary>
    async Task Invite(IServiceProvider services, Recipe recipe, CancellationToken ct)
    {
        var (db, links) = (services.GetRequiredService<SiteDb>(), services.GetRequiredService<MailLinks>());
        // The first operator's password is set on the command line.
        if (db.Site.IsConsole) return;
        var first = EmailAddress.TryParse(recipe.Administrator, out var address) ? address.Normal : null;
        foreach (
            var member in await db
                .Members.Where(m => m.Role != null && m.SuspendedAt == null && (m.PasswordHash == null || m.NormalizedEmail == first))
                .OrderBy(m => m.Id)
                .ToListAsync(ct)
        )
            db.Send(Invitation(db.Site, member.Email!, member, links));
        if (first is not null && !await db.Members.AnyAsync(m => m.NormalizedEmail == first && m.Role != null, ct))
            db.Send(Invitation(db.Site, address!.Text, null, links));
    }

    /// <summary>
    /// Leads straight to choosing a password; after a day, or where the recipe made no such member, by the e-mail for a forgotten one.
    /// </summary>
    SystemMail Invitation(Site site, string to, Member? member, MailLinks links)
    {
        var forgotten = options.Value.UrlOf(site, "/forgotten-password");
        var direct = member is null
            ? forgotten
            : options.Value.UrlOf(site, "/reset-password?token=" + links.Token(MailLinkPurpose.Reset, member));
        var kind = member is null or { Role: Roles.Administrator } ? "sites.administrator" : "sites.staff";
        return new()
        {
            Kind = kind,
            To = to,
            Culture = site.Culture,
            Subject = texts.In(site.Culture, kind + ".subject", site.Name),
            Text = texts.In(
                site.Culture,
                kind + ".text",
                Markup.Literal(site.Name),
                options.Value.UrlOf(site, "/"),
                direct,
                forgotten,
                texts.In(site.Culture, "role." + (member?.Role ?? Roles.Administrator))
            ),
        };
    }
}
