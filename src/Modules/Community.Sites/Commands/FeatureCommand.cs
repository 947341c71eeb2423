using System.CommandLine;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Sites;

/// <summary><c>community site feature KEY [NAME on|off]</c></summary>
static class FeatureCommand
{
    public static Command Command(CommandLine line)
    {
        var key = new Argument<string>("KEY") { Description = "The site's key." };
        var name = new Argument<string>("NAME")
        {
            Description = "The feature; list, or nothing, lists them all.",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => "list",
        };
        var state = new Argument<string?>("STATE") { Description = "on or off.", Arity = ArgumentArity.ZeroOrOne };
        state.AcceptOnlyFromAmong("on", "off");
        var command = new Command("feature", "List the features of a site, or switch one on or off. Its data are kept.")
        {
            key,
            name,
            state,
        };
        command.SetAction(
            (typed, ct) =>
                line.With(
                    typed,
                    services =>
                        typed.GetValue(state) is { } wanted
                            ? Switch(services, typed.GetRequiredValue(key), typed.GetRequiredValue(name), wanted == "on", ct)
                        : typed.GetRequiredValue(name) == "list" ? List(services, typed.GetRequiredValue(key), ct)
                        : Task.FromResult(CommandLine.Fail("Say on or off.")),
                    ct
                )
        );
        return command;
    }

    static async Task<int> List(IServiceProvider services, string key, CancellationToken ct)
    {
        if (await services.GetRequiredService<SiteDirectory>().FindByKey(key, ct) is not { } site) return SitesCommands.NoSuch(key);
        foreach (var module in SwitchFeature.Of(services.GetRequiredService<ModuleList>()))
            Console.WriteLine($"{module.Name,-20} {(site.Features.Contains(module.Name) ? "on" : "off")}");
        return 0;
    }

    static async Task<int> Switch(IServiceProvider services, string key, string name, bool on, CancellationToken ct)
    {
        var (found, refusal, changed) = await services.GetRequiredService<SwitchFeature>().WithKey(key, name, on, ct);
        if (!found) return SitesCommands.NoSuch(key);
        if (refusal is not null)
            return CommandLine.Fail(services.GetRequiredService<IStringLocalizer>().In("en", refusal.Text, [.. refusal.Features]));
        if (changed)
            await services.GetRequiredService<ConsoleLog>().Add(on ? ConsoleLog.FeatureOn : ConsoleLog.FeatureOff, key, ct, name);
        Console.WriteLine($"{name} is {(on ? "on" : "off")}{(changed ? "" : " already")}.");
        return 0;
    }
}
