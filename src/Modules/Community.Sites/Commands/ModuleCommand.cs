using System.CommandLine;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Sites;

/// <summary>The commands that a module brings, each about one site.</summary>
static class ModuleCommand
{
    public static Command Command(CommandLine line, SiteCommands commands)
    {
        var all = new Command(commands.Name, commands.Description);
        foreach (var command in commands.All)
        {
            var key = new Argument<string>("SITE") { Description = "The site's key." };
            var one = new Command(command.Name, command.Description) { key };
            one.SetAction((typed, ct) => line.With(typed, services => Run(services, command, typed.GetValue(key)!, ct), ct));
            all.Add(one);
        }
        return all;
    }

    static async Task<int> Run(IServiceProvider services, SiteCommand command, string key, CancellationToken ct) =>
        await services.GetRequiredService<SiteDirectory>().FindByKey(key, ct) is { } site
            ? await command.Run(services.GetRequiredService<SiteScopes>(), site, Console.Out, ct)
            : SitesCommands.NoSuch(key);
}
