using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Sites;

/// <summary>What a site is to be from now on, as it was typed; null stays as it is.</summary>
public sealed record SiteFields
{
    public string? Name { get; set; }
    public string? Tagline { get; set; }
    /// <summary>Separated by white space; the first is the canonical one.</summary>
    public string? Hosts { get; set; }
    public string? Culture { get; set; }
    public string? TimeZone { get; set; }
    /// <summary>Empty: <c>no-reply</c> at the canonical host.</summary>
    public string? MailFrom { get; set; }
    /// <summary>Empty: the site's name.</summary>
    public string? MailFromName { get; set; }

    /// <summary>As <see cref="RecipeChoices.FieldOf"/>.</summary>
    public static string FieldOf(string property) => property switch
    {
        "tagline" => nameof(Tagline),
        "mail.fromName" => nameof(MailFromName),
        _ => RecipeChoices.FieldOf(property),
    };
}

/// <summary>
/// Changes a site's facts, except its key and what its own staff decide. Other running nodes see the change within seconds.
/// </summary>
public sealed class ChangeSite(Databases databases, SiteDirectory sites, Operators operators, ConsoleLog log, TimeProvider time)
{
    /// <summary>What stands in the catalogue: where the site has no sender of its own, nothing.</summary>
    public async Task<SiteFields?> Present(string key, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        return
            await db.Sites.AsNoTracking().Include(s => s.Hosts).FirstOrDefaultAsync(s => s.Key == key && s.ReadyAt != null, ct) is { } row
            ? FieldsOf(row)
            : null;
    }

    /// <param name="actor">Who changes it: <see cref="Operators"/>.</param>
    /// <param name="key">The site's key.</param>
    /// <param name="fields">The new facts.</param>
    /// <param name="version">The <see cref="Site.Version"/> that the form showed; null overwrites any version.</param>
    /// <param name="ct">Cancels before anything is changed.</param>
    /// <returns>False if there is no such site.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="SiteException">No site can be so, a host name is another's, or somebody changed the site since it was
    /// shown.</exception>
    /// <exception cref="InvalidOperationException">It is the console.</exception>
    public async Task<bool> WithKey(Reader actor, string key, SiteFields fields, long? version, CancellationToken ct)
    {
        if (key == Site.OperatorKey) throw new InvalidOperationException("The console is moved by the setting Community:ConsoleHost.");
        await operators.Require(actor, ct);
        await using var held = await databases.HoldSites(ct);
        await using var db = databases.OpenCatalogue();
        var row = await db
            .Sites.Include(s => s.Hosts)
            .FirstOrDefaultAsync(
                s => s.Key == key && s.ReadyAt != null && (s.State == SiteState.Active || s.State == SiteState.Suspended),
                ct
            );
        if (row is null)
            return false;
        if (version is { } shown && row.Version != shown)
            throw new SiteException("", "changed-meanwhile");
        Set(row, fields);
        var hosts = fields.Hosts is { } typed
            ? Recipe.HostsOf(typed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            : HostsOf(row);
        var problems = Recipe.ProblemsOf(row.Name, row.Tagline, hosts, row.Culture, row.TimeZone, row.MailFrom, row.MailFromName).ToList();
        problems.AddRange(
            (await db.Hosts.Where(h => hosts.Contains(h.Host) && h.SiteId != row.Id).Select(h => h.Host).ToListAsync(ct)).Select(
                h => new SiteProblem("hosts", "host-taken", h)
            )
        );
        if (problems.Count > 0)
            throw new SiteException(problems);
        row.Hosts.RemoveAll(h => !hosts.Contains(h.Host));
        foreach (var (host, place) in hosts.Select((h, i) => (h, i)))
            if (row.Hosts.Find(h => h.Host == host) is { } kept) kept.Position = place;
            else row.Hosts.Add(new CatalogueHost { Host = host, Position = place });
        row.Changed(time);
        await db.SaveChangesAsync(CancellationToken.None);
        sites.Forget(row.Id);
        await log.Add(ConsoleLog.Changed, key, CancellationToken.None);
        return true;
    }

    static void Set(CatalogueSite row, SiteFields fields)
    {
        var before = row.Name;
        row.Name = fields.Name is { } name ? Naming.Read(name).Text : row.Name;
        row.Tagline = fields.Tagline is { } tagline ? Naming.ReadOptional(tagline).Text : row.Tagline;
        row.Culture = fields.Culture ?? row.Culture;
        row.TimeZone = fields.TimeZone?.Trim() ?? row.TimeZone;
        row.MailFrom =
            fields.MailFrom is not { } from ? row.MailFrom
            : EmailAddress.TryParse(from, out var sender) ? sender.Text
            : from.Trim();
        var called = fields.MailFromName is { } senderName ? Naming.ReadOptional(senderName).Text : row.MailFromName;
        // A sender name equal to the site's name is the default: it follows the site's name when that changes.
        row.MailFromName = called == row.Name || (called == before && called == row.MailFromName) ? "" : called;
    }

    static List<string> HostsOf(CatalogueSite row) => [.. row.Hosts.OrderBy(h => h.Position).Select(h => h.Host)];

    static SiteFields FieldsOf(CatalogueSite row) => new()
    {
        Name = row.Name,
        Tagline = row.Tagline,
        Hosts = string.Join('\n', HostsOf(row)),
        Culture = row.Culture,
        TimeZone = row.TimeZone,
        MailFrom = row.MailFrom,
        MailFromName = row.MailFromName,
    };
}
