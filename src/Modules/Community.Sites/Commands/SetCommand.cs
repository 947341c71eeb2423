using System.CommandLine;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary><c>community sites set</c></summary>
static class SetCommand
{
    public static Command Command(CommandLine line)
    {
        var key = new Argument<string>("KEY") { Description = "The site's key." };
        var name = new Option<string?>("--name") { Description = "The name that visitors read.", HelpName = "NAME" };
        var tagline = new Option<string?>("--tagline") { Description = "A line below the name; \"\" for none.", HelpName = "TEXT" };
        var hosts = new Option<string[]>("--host")
        {
            Description = "All host names from now on; the first is the canonical one. May be repeated.",
            HelpName = "HOST",
        };
        var language = new Option<string?>("--language") { Description = "en or ja.", HelpName = "CODE" };
        var zone = new Option<string?>("--time-zone") { Description = "IANA name: Asia/Tokyo.", HelpName = "ZONE" };
        var from = new Option<string?>("--mail-from")
        {
            Description = "Address that the site's mail comes from; \"\" for no-reply at its first host.",
            HelpName = "EMAIL",
        };
        var fromName = new Option<string?>("--mail-from-name")
        {
            Description = "The sender's name; \"\" for the site's.",
            HelpName = "NAME",
        };
        var yes = new Option<bool>("--yes") { Description = "Change the canonical host, although members have passkeys for it." };
        var command = new Command("set", "Change a site. What is not said here stays as it is.")
        {
            key,
            name,
            tagline,
            hosts,
            language,
            zone,
            from,
            fromName,
            yes,
        };
        command.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    async services =>
                    {
                        var site = typed.GetRequiredValue(key);
                        var fields = new SiteFields
                        {
                            Name = typed.GetValue(name),
                            Tagline = typed.GetValue(tagline),
                            Hosts = typed.GetValue(hosts) is { Length: > 0 } all ? string.Join(' ', all) : null,
                            Culture = typed.GetValue(language),
                            TimeZone = typed.GetValue(zone),
                            MailFrom = typed.GetValue(from),
                            MailFromName = typed.GetValue(fromName),
                        };
                        if (fields == new SiteFields())
                            return CommandLine.Fail("Say what is to change: --name, --host … community sites set --help lists all.");
                        if (!typed.GetValue(yes) && await Passkeys(services, site, typed.GetValue(hosts) ?? [], ct) is { } warning)
                            return CommandLine.Fail(warning);
                        if (!await services.GetRequiredService<ChangeSite>().WithKey(Operators.OfMachine, site, fields, null, ct))
                            return SitesCommands.NoSuch(site);
                        Console.WriteLine($"Changed {site}.");
                        return 0;
                    },
                    ct
                )
        );
        return command;
    }

    /// <summary>What another canonical host name would end; null for nothing.</summary>
    static async Task<string?> Passkeys(IServiceProvider services, string key, string[] hosts, CancellationToken ct)
    {
        if (
            hosts.Length == 0
            || await services.GetRequiredService<SiteDirectory>().FindByKey(key, ct) is not { } site
            || hosts[0] == site.CanonicalHost
        )
            return null;
        var count = await services.GetRequiredService<PasskeysOfSite>().Of(site, ct);
        return count.Members == 0
            ? null
            : $"{count.Members} members have passkeys for {site.CanonicalHost}, which work on no other host; {count.WithoutPassword} of "
                + "them have no password and will come in by the e-mail for a forgotten one. Say --yes to change it.";
    }
}
