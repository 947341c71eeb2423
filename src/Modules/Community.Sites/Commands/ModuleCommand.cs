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
            var others = command.Arguments.Select(a => new Argument<string>(a.Name) { Description = a.Description }).ToList();
            foreach (var other in others) one.Add(other);
            one.SetAction((typed, ct) => line.With(
                typed, services => Run(services, command, typed.GetValue(key)!, [.. others.Select(o => typed.GetValue(o)!)], ct), ct));
            all.Add(one);
        }
        return all;
    }

    static async Task<int> Run(
        IServiceProvider services,
        SiteCommand command,
        string key,
        IReadOnlyList<string> arguments,
        CancellationToken ct
    ) =>
        await services.GetRequiredService<SiteDirectory>().FindByKey(key, ct) is { } site
            ? await command.Run(new(services.GetRequiredService<SiteScopes>(), site, arguments, Console.Out, ct))
            : SitesCommands.NoSuch(key);
}
