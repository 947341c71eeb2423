using Community.Kernel;
using Community.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Web.Hosting;

/// <summary>Printed when the sample sites are running: where they are and how to sign in.</summary>
static class Welcome
{
    public static async Task Print(WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<CommunityOptions>>().Value;
        var sites = app.Services.GetRequiredService<IOptions<SitesOptions>>().Value;
        if (!sites.Samples) return;
        await using var catalogue = app.Services.GetRequiredService<Databases>().OpenCatalogue();
        var rows = await catalogue
            .Sites.AsNoTracking()
            .Include(s => s.Hosts)
            .Where(s => s.ReadyAt != null)
            .OrderBy(s => s.Id)
            .ToListAsync();
        var password = app.Configuration["Community:SamplePassword"];
        Console.WriteLine();
        foreach (var site in rows.Select(SiteDirectory.ToSite).OrderBy(s => s.IsConsole))
        {
            Console.WriteLine($"  {site.Name,-28} {options.UrlOf(site, "/")}");
            Console.WriteLine("      " + (site.IsConsole
                ? $"operator        {sites.OperatorEmail}"
                : string.Join("\n      ", new[] { "member", "moderator", "mailer", "webmaster", "administrator" }
                    .Select(role => $"{role,-15} {(role == "administrator" ? "admin" : role)}@{site.Key}.example"))));
        }
        Console.WriteLine($"\n  Password of all of them:     {password}");
        var console = rows.Select(SiteDirectory.ToSite).First(s => s.IsConsole);
        Console.WriteLine(
            options.Relay.Length > 0
                ? $"  Mail leaves by               {Community.Mail.SmtpRelay.Parse(options.Relay)}"
                : $"  Sent mail is shown at        {options.UrlOf(console, "/dev/mail")}"
        );
        Console.WriteLine("  Ctrl-C stops it; started again it goes on with the data it has.\n");
    }
}
